#include "model/world/collector_recovery.h"
#include "tests/unit/world_stage.h"

#include <doctest/doctest.h>

#include <optional>
#include <set>
#include <utility>
#include <vector>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;

namespace
{

/// Two phones with an outage from 100 s to 160 s. One is registered throughout, the other from the start until
/// `falls` and again from `returns`; of both, 99 % are two.
std::optional<double>
time_to_99(World world, SimDuration falls, SimDuration returns)
{
    Stage stage(world);
    stage.bind(0s, 0, 400s);
    stage.bind(0s, 1, falls);
    stage.bind(returns, 1, 400s);
    return stage.metric(stage.collector.finish(SimTime{300s}), "time_to_99").value;
}

World
with_outage(SimDuration at, SimDuration length)
{
    World world = phones(2, true);
    world.faults.push_back({.kind = FaultKind::kOutage, .at = SimTime{at}, .length = length});
    return world;
}

} // namespace

TEST_CASE("time to 99 % counts from the fault's end until the share is 99 % of what it was before")
{
    Stage stage(phones(100, true));
    for (AccountIndex account = 0; account < 100; ++account)
    {
        stage.bind(0s, account, account < 10 ? 120s : 300s);
    }
    stage.collector.on_fault(SimTime{100s}, 0, true);
    stage.collector.on_fault(SimTime{160s}, 0, false);
    // Ten expired at 120 s. 95 of 100 are back with the fifth return, 99 with the ninth.
    for (AccountIndex account = 0; account < 10; ++account)
    {
        stage.bind(161s + std::chrono::seconds{account}, account, 300s);
    }
    const auto results = stage.collector.finish(SimTime{300s});
    CHECK(stage.metric(results, "share_before").value == 1.0);
    CHECK(stage.metric(results, "time_to_95").value == 5.0);
    CHECK(stage.metric(results, "time_to_99").value == 9.0);
    CHECK(stage.metric(results, "share_min").value == 0.9);
}

TEST_CASE("a run that does not get there is censored and has no time")
{
    Stage stage(phones(100, true));
    for (AccountIndex account = 0; account < 100; ++account)
    {
        stage.bind(0s, account, account < 10 ? 120s : 300s);
    }
    const auto results = stage.collector.finish(SimTime{250s});
    CHECK_FALSE(stage.metric(results, "time_to_99").value.has_value());
    CHECK(stage.metric(results, "time_to_99").censored);
}

TEST_CASE("a share that never fell has recovered at the fault's end")
{
    Stage stage(phones(10, true));
    for (AccountIndex account = 0; account < 10; ++account)
    {
        stage.bind(0s, account, 300s);
    }
    stage.collector.on_fault(SimTime{100s}, 0, true);
    stage.collector.on_fault(SimTime{160s}, 0, false);
    const auto results = stage.collector.finish(SimTime{300s});
    CHECK(stage.metric(results, "time_to_99").value == 0.0);
}

TEST_CASE("the first fault to begin is the one that times and rates count from, wherever it stands")
{
    World world = phones(100, false);
    world.faults.push_back({.kind = FaultKind::kOutage,
                            .at = SimTime{200s},
                            .length = 20s}); // later, though first here
    world.faults.push_back({.kind = FaultKind::kOutage, .at = SimTime{100s}, .length = 60s});
    Stage stage(world);
    for (AccountIndex account = 0; account < 100; ++account)
    {
        stage.bind(0s, account, account < 10 ? 120s : 300s);
    }
    stage.collector.on_register_arrival(SimTime{130s}, 0, false);
    stage.collector.on_register_arrival(SimTime{210s}, 0, false);
    for (AccountIndex account = 0; account < 10; ++account)
    {
        stage.bind(215s + std::chrono::seconds{account}, account, 80s); // the ninth at 223 s
    }
    const auto results = stage.collector.finish(SimTime{300s});
    CHECK(stage.metric(results, "time_to_99").value == 63.0); // from 160 s
    CHECK(stage.metric(results, "register_rate_outage").value == doctest::Approx(1.0 / 60.0));
    CHECK(stage.metric(results, "register_rate_peak_after").value == 1.0);
}

TEST_CASE("a fault that begins in the warm-up is none that recovery counts from")
{
    World world = phones(2, true);
    world.faults.insert(world.faults.begin(),
                        {.kind = FaultKind::kOutage, .at = SimTime{5s}, .length = 1s});
    Stage stage(world);
    stage.bind(0s, 0, 300s);
    stage.bind(0s, 1, 120s);
    stage.bind(170s, 1, 100s);
    const auto results = stage.collector.finish(SimTime{300s});
    // Counted from the second fault's end at 160 s, not from 6 s.
    CHECK(stage.metric(results, "time_to_99").value == 10.0);
}

TEST_CASE(
    "a fall that comes only after the fault's end is the fault's: recovery is when it is over")
{
    // No fact comes between expiry and return.
    CHECK(time_to_99(phones(2, true), 170s, 200s) == 40.0);
    CHECK(time_to_99(phones(2, true), 160s, 161s) == 1.0);
    CHECK_FALSE(time_to_99(phones(2, true), 170s, 300s).has_value());
    // Fallen at 120 s, back at 150 s, before the fault ends: nothing is down at its end.
    Stage stage(phones(2, true));
    stage.bind(0s, 0, 400s);
    stage.bind(0s, 1, 120s);
    stage.bind(150s, 1, 50s);
    stage.bind(230s, 1, 100s);
    CHECK(stage.metric(stage.collector.finish(SimTime{300s}), "time_to_99").value == 70.0);
}

TEST_CASE("a fall to no less than the share asked for is none")
{
    Stage stage(phones(100, true));
    for (AccountIndex account = 0; account < 100; ++account)
    {
        stage.bind(0s, account, account < 5 ? 170s + account * 10s : 400s);
    }
    // 99 at 170 s, 98 at 180 s, 95 at 210 s; 96 to 100 from 250 s to 254 s.
    for (AccountIndex account = 0; account < 5; ++account)
    {
        stage.bind(250s + account * 1s, account, 100s);
    }
    const auto results = stage.collector.finish(SimTime{300s});
    CHECK(stage.metric(results, "time_to_95").value == 0.0);
    CHECK(stage.metric(results, "time_to_99").value == 93.0);
}

TEST_CASE(
    "99 % are not back before 95 % are: a dip that is over sooner is not the fall that counts")
{
    // 98 of 100 at the fault's end, 100 at 163 s; 90 from 170 s, 100 at 200 s.
    Stage stage(phones(100, true));
    for (AccountIndex account = 0; account < 100; ++account)
    {
        stage.bind(0s, account, account < 2 ? 150s : account < 12 ? 170s : 400s);
    }
    stage.bind(163s, 0, 200s);
    stage.bind(163s, 1, 200s);
    for (AccountIndex account = 2; account < 12; ++account)
    {
        stage.bind(200s, account, 100s);
    }
    const auto results = stage.collector.finish(SimTime{300s});
    CHECK(stage.metric(results, "time_to_95").value == 40.0);
    CHECK(stage.metric(results, "time_to_99").value == 40.0);
}

TEST_CASE("what has come back is not asked again, however often it falls later")
{
    for (const SimDuration first_fall : {120s, 170s}) // before the fault's end, and after
    {
        Stage stage(phones(2, true));
        stage.bind(0s, 0, 400s);
        stage.bind(0s, 1, first_fall);
        stage.bind(190s, 1, 20s);
        stage.bind(250s, 1, 10s);
        CHECK(stage.metric(stage.collector.finish(SimTime{300s}), "time_to_99").value == 30.0);
    }
}

TEST_CASE("a fall after another fault has begun is not the first one's, what began before it is")
{
    CHECK(time_to_99(with_outage(180s, 10s), 200s, 220s) == 0.0);
    CHECK(time_to_99(with_outage(180s, 10s), 180s, 220s) == 0.0); // at the same instant
    CHECK(time_to_99(with_outage(180s, 10s), 170s, 220s) == 60.0);
    CHECK(time_to_99(with_outage(130s, 200s), 170s, 220s) == 0.0); // begun before the first ends
    CHECK(time_to_99(with_outage(130s, 200s), 120s, 220s) == 60.0);
}

TEST_CASE("what an instant passes through is no fall, and no recovery")
{
    Stage stage(phones(1, true));
    stage.bind(0s, 0, 400s);
    for (const SimDuration at : {160s, 200s})
    {
        stage.unbind(at, 0);
        stage.bind(at, 0, 400s);
    }
    CHECK(stage.metric(stage.collector.finish(SimTime{300s}), "time_to_99").value == 0.0);

    // A phone boots at the fault's end, still bound; a second later it removes that binding, and registers anew.
    World world = phones(1, false);
    world.fleets[0].registration.boot_time = 60s;
    world.faults = {{.kind = FaultKind::kReboot, .at = SimTime{100s}}};
    Stage boot(world);
    boot.bind(0s, 0, 400s);
    boot.collector.on_fault(SimTime{100s}, 0, true);
    boot.collector.on_device(SimTime{100s}, 0, false, boot.layout.address(0));
    boot.collector.on_fault(SimTime{160s}, 0, false);
    boot.collector.on_device(SimTime{160s}, 0, true, boot.layout.address(0));
    boot.unbind(161s, 0);
    boot.bind(163s, 0, 400s);
    CHECK(boot.metric(boot.collector.finish(SimTime{300s}), "time_to_99").value == 3.0);
}

TEST_CASE("each of several fleets comes back by itself, by the same rule")
{
    World world = phones(2, true);
    world.fleets.resize(4, world.fleets[0]);
    const auto times = [](const World& w) {
        Stage stage(w);
        for (const AccountIndex account : {0U, 2U, 3U, 4U, 6U})
        {
            stage.bind(0s, account, 400s);
        }
        stage.bind(0s, 1, 200s); // falls after the end
        stage.bind(0s, 5, 120s); // before it
        stage.bind(0s, 7, 250s); // after it, and is not seen again
        stage.bind(163s, 5, 400s);
        stage.bind(205s, 1, 400s);
        const auto results = stage.collector.finish(SimTime{300s});
        return std::pair{stage.series(results, "fleet_time_to_99"),
                         stage.series(results, "fleet_reached")};
    };
    CHECK(times(world) ==
          std::pair{std::vector{45.0, 0.0, 3.0, 140.0}, std::vector{1.0, 1.0, 1.0, 0.0}});
    world.faults.push_back({.kind = FaultKind::kOutage, .at = SimTime{180s}, .length = 1s});
    CHECK(times(world) ==
          std::pair{std::vector{0.0, 0.0, 3.0, 0.0}, std::vector{1.0, 1.0, 1.0, 1.0}});
}

TEST_CASE("faults that begin together are one, in whatever order they stand")
{
    World world = phones(2, false);
    world.fleets.resize(4, world.fleets[0]);
    const FaultSpec early{.kind = FaultKind::kCrash, .at = SimTime{50s}, .length = 1s, .fleet = 0};
    const FaultSpec cut{.kind = FaultKind::kPowerCut,
                        .at = SimTime{100s},
                        .length = 60s,
                        .fleet = 1};
    const FaultSpec crash{.kind = FaultKind::kCrash,
                          .at = SimTime{100s},
                          .length = 30s,
                          .fleet = 3};
    const FaultSpec outage{.kind = FaultKind::kOutage, .at = SimTime{100s}, .length = 70s};
    const FaultSpec later{.kind = FaultKind::kCrash, .at = SimTime{120s}, .length = 1s, .fleet = 2};
    world.warmup = 60s; // the early one is none
    for (const auto& faults : {std::vector{early, cut, crash, outage, later},
                               std::vector{later, outage, crash, cut, early}})
    {
        world.faults = faults;
        const FirstFault first = first_fault(world);
        CHECK(first.begin == SimTime{100s});
        CHECK(first.end == SimTime{170s});
        CHECK(first.next == SimTime{120s});
        CHECK(first.fleets == std::set<std::uint32_t>{1, 3});
    }
    world.faults = {outage, outage};
    // The last binding that was there at the end has ended then.
    world.fleets[0].registration.expires = 300;
    world.fleets[1].registration.expires = 900;
    world.registrars[0].options.max_expires = 600;
    CHECK(first_fault(world).next == SimTime{170s + 600s});
    CHECK(first_fault(world).fleets.empty());
    world.faults = {early};
    CHECK(first_fault(world).begin == kNever);
    CHECK(first_fault(world).end == kNever);
}
