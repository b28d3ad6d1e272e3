// Who has lost its first registrar and is stopped when that one is back: where its cancel goes, and what is
// left behind, on both carriers (VOS3000 V11, V14; Grandstream P19, G6 with P3, P4).

#include "tests/carrier/both_carriers.h"
#include "tests/carrier/located_world.h"

using namespace sipsim;
using namespace sipsim::carrier;
using dns::Preference;
using registration::Unregister;
using world::FaultKind;

namespace
{

constexpr SimTime kStop{930s};

/// Registrar 0 is silent from 500 s to 900 s and comes back empty. A device registers within 100 s and refreshes
/// 300 s after each answer, so once more before that; the refresh after it, at 600 to 700 s, takes 64 s at
/// registrar 0 (two tries of 64*T1) and is answered by registrar 1 at 664 to 765 s, for 600 s. The next one is due
/// from 964 s on: at 930 s, when the devices stop for 100 s, all bindings are at registrar 1, and only there.
world::World
stopped_after_failover(std::uint32_t devices, Unregister unregister)
{
    world::World world = located(devices);
    world.warmup = 920s;
    world.duration = 1800s;
    world.registrars[0].keep_bindings = false;
    world.fleets[0].registration.unregister = unregister;
    world.fleets[0].registration.boot_time = 0s;
    world::FaultSpec stop = fault_at(FaultKind::kRestart, 0, 930s, 100s);
    world.faults = {fault_at(FaultKind::kOutage, 0, 500s, 400s), stop};
    return world;
}

/// REGISTERs that arrive there within a second of the stop.
std::size_t
cancels_at(const Seen& seen, std::uint32_t registrar)
{
    const auto all = instants(seen, "arrival " + std::to_string(registrar) + " ");
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [](SimTime at) { return kStop <= at && at < kStop + 1s; }));
}

std::size_t
reasons(const Seen& seen, std::string_view reason)
{
    std::size_t n = 0;
    for (const auto& [ua, facts] : seen.recorder.of_ua)
    {
        n += static_cast<std::size_t>(std::ranges::count_if(facts, [&](const Fact& fact) {
            return fact.what.find(" by " + std::string{reason} + " bound") != std::string::npos;
        }));
    }
    return n;
}

} // namespace

TEST_CASE("both carriers: the cancel after a failover goes to the registrar that has the binding, "
          "and nothing is "
          "left (V11, V14, P19, P21, P22)")
{
    constexpr std::uint32_t kDevices = 30;
    for (const auto preference : {Preference::kNone,
                                  Preference::kUntilTtl,
                                  Preference::kUntilNoResponse,
                                  Preference::kForDuration,
                                  Preference::kUntilRegistration})
    {
        for (const Unregister unregister : {Unregister::kNone, Unregister::kOwn, Unregister::kAll})
        {
            world::World world = stopped_after_failover(kDevices, unregister);
            world.fleets[0].locating->failover.preference = preference;
            const Seen seen = check_same(world);
            const bool cancels = unregister != Unregister::kNone;
            CHECK(cancels_at(seen, 0) == 0);
            CHECK(cancels_at(seen, 1) == (cancels ? kDevices : 0));
            CHECK(reasons(seen, "removed") == (cancels ? kDevices : 0));
            // Left alone, a binding misleads calls while its device is away, 100 s.
            CHECK(metric(seen, "stale_per_account") ==
                  doctest::Approx(cancels ? 0.0 : 100.0).epsilon(0.001));
        }
    }
}

TEST_CASE("both carriers: the cancel asks no DNS though the list has run out (V11)")
{
    world::World world = stopped_after_failover(10, Unregister::kOwn);
    // Located at 0 to 100 s and for 830 s: the refresh at 664 s and more did not ask, one at 930 s would.
    for (auto& record : world.zones[0].records)
    {
        record.ttl = 830;
    }
    const Seen seen = check_same(world);
    CHECK(cancels_at(seen, 1) == 10);
    const auto asked = instants(seen, "query at 0");
    CHECK(std::ranges::none_of(asked, [](SimTime at) { return kStop <= at && at < kStop + 1s; }));
}

TEST_CASE("both carriers: a holder that refuses the cancel keeps the binding, and the 200 of the "
          "other registrar "
          "is no removal, unless they share their bindings")
{
    constexpr std::uint32_t kDevices = 10;
    for (const auto kind : {registrar::Sharing::kNothing, registrar::Sharing::kDatabase})
    {
        world::World world = stopped_after_failover(kDevices, Unregister::kOwn);
        for (auto& registrar : world.registrars)
        {
            registrar.sharing.kind = kind;
        }
        world::FaultSpec drain = fault_at(FaultKind::kDrain, 0, 925s, 10s);
        drain.drained = {1};
        drain.grace = 60s;
        world.faults.push_back(drain);
        const Seen seen = check_same(world);
        CHECK(cancels_at(seen, 1) == kDevices); // refused (503)
        CHECK(cancels_at(seen, 0) == kDevices);
        CHECK(reasons(seen, "removed") == 0);
        CHECK(reasons(seen, "removed elsewhere") == kDevices);
        const bool gone = kind == registrar::Sharing::kDatabase;
        CHECK(metric(seen, "stale_per_account") ==
              doctest::Approx(gone ? 0.0 : 100.0).epsilon(0.001));
    }
}

TEST_CASE("both carriers: a device that unregisters at boot begins at the top, as it has forgotten "
          "the holder")
{
    constexpr std::uint32_t kDevices = 10;
    world::World world = stopped_after_failover(kDevices, Unregister::kOwn);
    world.fleets[0].registration.unregister_when = registration::UnregisterWhen::kBoot;
    const Seen seen = check_same(world);
    CHECK(cancels_at(seen, 0) + cancels_at(seen, 1) == 0);
    const auto there = instants(seen, "arrival 0 ");
    // The removal and the registration after it, once each.
    CHECK(std::ranges::count_if(there, [](SimTime at) {
              return at >= kStop + 100s && at < kStop + 102s;
          }) == 2 * kDevices);
}
