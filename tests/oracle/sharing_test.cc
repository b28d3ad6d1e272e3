// Who is not reached while a binding is on its way to the other registrars of its domain.

#include "model/fleet/fleet_carrier.h"
#include "model/world/collector.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

using namespace sipsim;
using namespace std::chrono_literals;

namespace
{

constexpr std::uint32_t kPhones = 20'000;
constexpr SimDuration kStart = 100s; // they first register at random within it
constexpr SimDuration kDelay = 20s;
constexpr SimDuration kGap = 20s; // mean time between calls to one

/// Two registrars behind SRV records of one priority, replicated with kDelay; the second as `priority`
/// says. Nobody refreshes before the run ends.
world::World
two_registrars(std::uint16_t priority)
{
    world::World world;
    world.seed = 5;
    world.duration = kStart + kDelay + 10s;
    world.topology = network::Topology({{.id = "0", .name = "A"}}, {});
    world.zones.push_back({.name = "z", .origin = "sip.example"});
    for (std::uint32_t i = 0; i < 2; ++i)
    {
        const std::string host = i == 0 ? "a.sip.example" : "b.sip.example";
        world::RegistrarSpec registrar;
        registrar.name = host;
        registrar.options.challenge = registrar::ChallengeWhen::kNever;
        registrar.sharing = {.kind = registrar::Sharing::kReplicated, .replication_delay = kDelay};
        world.registrars.push_back(registrar);
        world.zones[0].records.push_back({.owner = "_sip._udp.sip.example",
                                          .type = dns::Type::kSrv,
                                          .priority = i == 0 ? std::uint16_t{1} : priority,
                                          .weight = 50,
                                          .port = 5060,
                                          .target = host});
        world.zones[0].records.push_back({.owner = host, .type = dns::Type::kA, .server = i});
    }
    world::DnsSpec dns;
    dns.name = "ns";
    dns.zones = {0};
    world.dns.push_back(dns);
    world::FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = kPhones;
    fleet.at = {0};
    fleet.start = {.kind = world::Start::Kind::kRandom, .span = kStart};
    fleet.call_gap = kGap;
    fleet.locating = world::LocatingSpec{.name = "sip.example", .resolvers = {0}};
    fleet.locating->location.mode = dns::DnsMode::kSrv;
    fleet.locating->location.selection = dns::Selection::kProportional;
    world.fleets.push_back(fleet);
    return world;
}

double
metric(const world::World& world, std::string_view name)
{
    const world::Layout layout(world);
    world::Collector collector(world, layout);
    (void)fleet::run_on_fleet(world, layout, collector);
    const auto results = collector.finish(SimTime{world.duration});
    const auto found = std::ranges::find(results.metrics, name, &world::MetricValue::name);
    REQUIRE(found != results.metrics.end());
    return found->value.value();
}

} // namespace

TEST_CASE("a call at the other registrar within the delay of a first registration finds no binding")
{
    // Each of N phones registers once, at either registrar with probability 1/2. A caller takes either with
    // probability 1/2, so for a time D after it half of the calls to it, of rate c = 1/gap, come to the
    // one that does not know it yet: N c D / 2 = 20000 * 20 / 20 / 2 = 10000 in the mean. Calls are
    // Poisson, so is what is left of them by independent draws: standard deviation 100; four of these.
    world::World world = two_registrars(1);
    world.fleets[0].call_server = world::CallServer::kLocated;
    CHECK(std::abs(metric(world, "calls_no_binding_here") - 10'000) < 400);
    // At the fleet's own server it is the same: half of the phones are at the other one.
    world.fleets[0].call_server = world::CallServer::kFirst;
    CHECK(std::abs(metric(world, "calls_no_binding_here") - 10'000) < 400);
    // Whoever finds the one that knows is never wrong; nor is a database.
    world.registrars[0].sharing.kind = registrar::Sharing::kDatabase;
    world.registrars[1].sharing.kind = registrar::Sharing::kDatabase;
    CHECK(metric(world, "calls_no_binding_here") == 0);
}

TEST_CASE(
    "a registrar that dies just after a first registration leaves nobody who knows it, for a while")
{
    // All of N phones register at the first one, uniformly over S; it dies at S + 1 s. Of those who came at
    // S + 1 s - u, with density N / S for u in (1 s, D), the other one learns u before D is over: calls of
    // rate c go astray for D - u. The sum is N c / S * (D - 1 s)^2 / 2 = 20000 / 20 / 100 * 180.5 = 1805; the
    // number of these phones varies too, by their own draw: its variance adds N / S * c^2 * (D - 1 s)^3 / 3
    // = 1143. Standard deviation sqrt(1805 + 1143) = 54; four of these.
    world::World world = two_registrars(2);
    world.warmup = kStart + 1s;
    world::FaultSpec fault;
    fault.kind = world::FaultKind::kOutage;
    fault.at = SimTime{kStart + 1s};
    fault.length = kDelay + 9s;
    world.faults = {fault};
    CHECK(std::abs(metric(world, "calls_not_registered") - 1805) < 216);
    world.registrars[0].sharing.replication_delay = 0s;
    world.registrars[1].sharing.replication_delay = 0s;
    CHECK(metric(world, "calls_not_registered") == 0);
}
