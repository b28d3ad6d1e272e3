// The fleet carrier's engine in its steady state takes no memory for a message: every operator new of
// this executable is counted.

#include "model/fleet/fleet_engine.h"
#include "tests/unit/counted_new.h"

#include <doctest/doctest.h>

#include <string>

using namespace sipsim;
using namespace std::chrono_literals;

TEST_CASE("in the steady state, refreshes and challenges behind NATs allocate nothing per message")
{
    world::World world;
    world.seed = 3;
    world.duration = 12h;
    world.keepalives = world::Keepalives::kComputed;
    world.topology = network::Topology({{.id = "0", .name = "A"}}, {});
    world.registrars.push_back({.name = "reg1", .at = 0});
    world.registrars[0].options.contact_address = registrar::ContactAddress::kSeen;
    world.nats.push_back({.name = "home", .options = *nat::preset("port-restricted-cone")});
    world::FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = 5000;
    fleet.at = {0};
    fleet.access.propagation = 5ms;
    fleet.nat_box = 0;
    fleet.nat.keepalive.kind = nat::KeepaliveOptions::Kind::kBlank;
    fleet.registration.expires = 600;
    world.fleets.push_back(fleet);

    const world::Layout layout(world);
    world::Observer nobody;
    fleet::FleetEngine engine(world, layout, nobody);
    engine.run_until(SimTime{10h}); // sixty refreshes of each: pools are as large as they get
    const std::size_t before = allocations;
    const std::uint64_t messages = engine.sip_messages();
    engine.run_until(SimTime{11h});
    CHECK(engine.sip_messages() - messages > 100'000);
    // A queue's next block now and then, for a quarter of a million messages.
    CHECK(allocations - before <= 2);
}

TEST_CASE(
    "in the steady state, devices that locate their servers allocate nothing per query, nor do "
    "replicas of their bindings")
{
    for (const auto sharing : {registrar::Sharing::kNothing, registrar::Sharing::kReplicated})
    {
        world::World world;
        world.seed = 4;
        world.duration = 6h;
        world.topology = network::Topology({{.id = "0", .name = "A"}}, {});
        world.registrars.push_back({.name = "reg1", .at = 0});
        world.registrars.push_back({.name = "reg2", .at = 0});
        for (auto& registrar : world.registrars)
        {
            registrar.sharing = {.kind = sharing, .replication_delay = 5s};
        }
        world.zones.push_back({.name = "zone", .origin = "sip.example"});
        for (std::uint32_t server = 0; server < 2; ++server)
        {
            const std::string host = server == 0 ? "a.sip.example" : "b.sip.example";
            world.zones[0].records.push_back({.owner = "_sip._udp.sip.example",
                                              .type = dns::Type::kSrv,
                                              .weight = 1,
                                              .port = 5060,
                                              .target = host});
            world.zones[0].records.push_back(
                {.owner = host, .type = dns::Type::kA, .server = server});
        }
        world.dns.push_back({.name = "ns", .at = 0, .zones = {0}});
        world::FleetSpec fleet;
        fleet.name = "phones";
        fleet.count = 2000;
        fleet.at = {0};
        fleet.access.propagation = 5ms;
        fleet.registration.expires = 600;
        fleet.locating = world::LocatingSpec{.name = "sip.example", .resolvers = {0}};
        fleet.locating->location.mode = dns::DnsMode::kSrv;
        world.fleets.push_back(fleet);

        struct Queries final : world::Observer
        {
            void on_dns_query(SimTime, std::uint32_t, bool) override
            {
                ++count;
            }

            std::size_t count = 0;
        };

        const world::Layout layout(world);
        Queries queries;
        fleet::FleetEngine engine(world, layout, queries);
        engine.run_until(SimTime{4h});
        const std::size_t before = allocations;
        const std::size_t asked = queries.count;
        engine.run_until(SimTime{5h});
        // A list of 300 s has run out at each refresh, which comes when 600 s and a little are over.
        CHECK(queries.count - asked > 11'000);
        CHECK(allocations - before <= 2);
    }
}
