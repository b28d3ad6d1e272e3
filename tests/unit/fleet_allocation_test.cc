// The fleet carrier's engine in its steady state takes no memory for a message: every operator new of
// this executable is counted.

#include "model/fleet/fleet_engine.h"
#include "tests/unit/counted_new.h"

#include <doctest/doctest.h>

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
