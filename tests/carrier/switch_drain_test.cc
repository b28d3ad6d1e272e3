// A standby that takes over an address, and registrars that are drained one after the other, on both
// carriers.

#include "tests/carrier/both_carriers.h"
#include "tests/carrier/located_world.h"

#include <cmath>

using namespace sipsim;
using namespace sipsim::carrier;
using registrar::Sharing;
using world::FaultKind;

namespace
{

void
share(world::World& world, Sharing kind, SimDuration delay = 2s)
{
    for (auto& registrar : world.registrars)
    {
        registrar.sharing = {.kind = kind, .replication_delay = delay};
    }
}

/// A fleet that goes to registrar 0 itself, whose address registrar 1 takes over at 500 s + `length`.
world::World
switched(std::uint32_t devices, SimDuration length)
{
    world::World world = located(devices);
    world.fleets[0].locating.reset();
    world::FaultSpec fault = fault_at(FaultKind::kVipSwitch, 0, 500s, length);
    fault.standby = 1;
    world.faults = {fault};
    return world;
}

/// Both registrars are drained, from 500 s on: each refuses for 100 s and is down for 200 s.
world::World
drained(std::uint32_t devices)
{
    world::World world = located(devices);
    world::FaultSpec fault = fault_at(FaultKind::kDrain, 0, 500s, 200s);
    fault.drained = {0, 1};
    fault.grace = 100s;
    fault.each = 400s;
    world.faults = {fault};
    return world;
}

} // namespace

TEST_CASE("both carriers: a standby takes over an address, by sharing, death, queue and loss")
{
    for (const Sharing kind : {Sharing::kNothing, Sharing::kReplicated, Sharing::kDatabase})
    {
        for (const bool stationed : {false, true})
        {
            world::World world = switched(60, stationed ? 3s : 70s);
            share(world, kind, 30s);
            world.fleets[0].accounts = 2;
            world.fleets[0].call_gap = 60s;
            world.faults[0].unreachable =
                stationed ? world::Unreachable::kIcmp : world::Unreachable::kSilent;
            for (auto& registrar : world.registrars)
            {
                registrar.options.challenge = registrar::ChallengeWhen::kAlways;
                registrar.options.station.workers = stationed ? 1 : 0;
                registrar.options.station.unauthenticated = 30ms;
                registrar.options.station.authenticated = 70ms;
            }
            if (!stationed)
            {
                give_loss(world, 0.05, 2ms);
            }
            const Seen seen = check_same(world);
            CHECK(seen.recorder.count("bindings lost 0") == (kind == Sharing::kDatabase ? 0 : 1));
            CHECK(seen.recorder.count("arrival 1 1") == 0); // nobody goes to its own address
        }
    }
}

TEST_CASE("both carriers: located phones, one of whose registrars is the other's standby")
{
    for (const Sharing kind : {Sharing::kNothing, Sharing::kReplicated})
    {
        world::World world = located(40);
        share(world, kind);
        world.zones[0].records[1].priority = 1;
        world.fleets[0].call_gap = 60s;
        world.fleets[0].call_server = world::CallServer::kLocated;
        world::FaultSpec fault = fault_at(FaultKind::kVipSwitch, 0, 900s, 50s);
        fault.standby = 1;
        world.faults = {fault};
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("arrival 1 1") > 40);
    }
}

TEST_CASE("both carriers: a rolling drain, by sharing, with a queue, calls located or found")
{
    for (const Sharing kind : {Sharing::kNothing, Sharing::kReplicated, Sharing::kDatabase})
    {
        for (const auto server :
             {world::CallServer::kFinds, world::CallServer::kLocated, world::CallServer::kFirst})
        {
            world::World world = drained(40);
            share(world, kind, 20s);
            world.fleets[0].accounts = 2;
            world.fleets[0].call_gap = 60s;
            world.fleets[0].call_server = server;
            world.faults[0].retry_after = 7;
            world.faults[0].at = SimTime{620s}; // refreshes are due in 600 to 700 s, 900 to 1000 s
            world.faults[0].each = 300s;
            world.zones[0].records[1].priority = 1;
            for (auto& registrar : world.registrars)
            {
                registrar.keep_bindings = kind != Sharing::kReplicated;
                registrar.options.station.workers = server == world::CallServer::kFirst ? 1 : 0;
                registrar.options.station.unauthenticated = 50ms;
            }
            const Seen seen = check_same(world);
            CHECK(seen.recorder.count("answered 0 1006") > 0); // 503
            CHECK(seen.recorder.count("answered 1 1006") > 0);
        }
    }
}

TEST_CASE(
    "a database lets the standby go on where the dead one stopped, a table of its own does not")
{
    for (const Sharing kind : {Sharing::kNothing, Sharing::kDatabase})
    {
        world::World world = switched(200, 3s);
        share(world, kind);
        world.warmup = 400s;
        world.duration = 1200s;
        world.fleets[0].call_gap = 30s;
        const Seen seen = run_on(Carrier::kFleet, world);
        const bool shared = kind == Sharing::kDatabase;
        CHECK(metric(seen, "share_min") == (shared ? doctest::Approx(1) : doctest::Approx(0)));
        // By its first refresh after the switch each is known again. It is due at 600 s + u, u uniform on
        // (0, 100 s) as the first REGISTER was: from 503 s on that is 147 s in the mean, a call each 30 s,
        // 200 phones: 980. Variance 980 for the calls, 200 (100/30)^2/12 = 185 for the u: four times 34.
        CHECK(metric(seen, "share_end") == 1.0);
        const double calls = metric(seen, "calls_not_registered");
        CHECK(std::abs(calls - (shared ? 0 : 980)) <= (shared ? 0 : 136));
    }
}

TEST_CASE("RFC 3261 21.5.4, RFC 3263 4.3: a phone that a draining registrar refuses is at the next "
          "at once")
{
    world::World world = drained(1);
    world.duration = 1000s;
    const Seen seen = run_on(Carrier::kPacket, world);
    // Registered at 0, refreshed half of 600 s after each 2xx: the refresh at 600 s finds the first one
    // down since then; see the next test. A drain from 590 s on meets it.
    world.faults[0].at = SimTime{590s};
    const Seen met = run_on(Carrier::kPacket, world);
    const SimDuration refresh = kRoundTrip + 2 * (kRoundTrip + 300s);
    CHECK(instants(met, "answered 0 1006") == std::vector{SimTime{refresh + kOneWay}});
    CHECK(instants(met, "arrival 1 1").front() == SimTime{refresh + kRoundTrip + kOneWay});
    CHECK(instants(seen, "answered 0 1006").empty());
}

TEST_CASE(
    "each drained registrar refuses for its grace, is down for its time, and is back for the next")
{
    // A phone of each registrar that registers every 10 s tells how it is.
    world::World world = drained(2);
    world.duration = 2000s;
    world.fleets[0].locating.reset();
    world.fleets.push_back(world.fleets[0]);
    world.fleets[1].name = "others";
    world.fleets[1].registrar = 1;
    for (auto& fleet : world.fleets)
    {
        fleet.registration.expires = 100;
        fleet.registration.refresh = {.kind = registration::RefreshLaw::Kind::kFraction,
                                      .low = 0.1};
        fleet.registration.retry.base = 1s;
    }
    for (auto& registrar : world.registrars)
    {
        registrar.options.min_expires = 0;
    }
    const Seen seen = check_same(world);
    for (const int registrar : {0, 1})
    {
        const SimTime turn{500s + registrar * 400s};
        const auto name = std::to_string(registrar);
        const auto refused = instants(seen, "answered " + name + " 1006");
        REQUIRE(refused.size() > 100); // two phones, 100 s, a second and a little between
        CHECK(refused.front() >= turn);
        CHECK(refused.front() < turn + 10s + 1s);
        CHECK(refused.back() < turn + 100s);
        CHECK(refused.back() > turn + 98s);
        for (const SimTime at : instants(seen, "arrival " + name + " 0"))
        {
            CHECK(at >= turn + 100s);
            CHECK(at < turn + 300s);
        }
        for (const SimTime at : instants(seen, "answered " + name + " 400"))
        {
            CHECK((at < turn || at >= turn + 300s));
        }
    }
}
