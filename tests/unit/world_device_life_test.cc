#include "model/world/device_life.h"

#include <doctest/doctest.h>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;

namespace
{

DeviceLife
running()
{
    DeviceLife life{SimTime{}};
    REQUIRE(life.on_deadline(SimTime{}) == LifeStep::kBoot);
    REQUIRE(life.next_deadline() == kNever);
    return life;
}

} // namespace

TEST_CASE("a crash says nothing and the device boots after the fault's length")
{
    DeviceLife life = running();
    CHECK(life.on_fault(SimTime{10s}, FaultKind::kCrash, 60s, 4s, 1, false) == LifeStep::kCrash);
    CHECK_FALSE(life.powered());
    CHECK(life.next_deadline() == SimTime{70s});
    CHECK(life.on_deadline(SimTime{70s} - 1ns) == LifeStep::kNothing);
    CHECK(life.on_deadline(SimTime{70s}) == LifeStep::kBoot);
    CHECK(life.powered());
}

TEST_CASE("a graceful end goes down when the last account has finished")
{
    DeviceLife life = running();
    CHECK(life.on_fault(SimTime{10s}, FaultKind::kReboot, 60s, 4s, 2, false) ==
          LifeStep::kShutdown);
    CHECK(life.on_finished(SimTime{10s + 100ms}) == LifeStep::kNothing);
    CHECK(life.powered());
    CHECK(life.on_finished(SimTime{10s + 200ms}) == LifeStep::kCrash);
    CHECK_FALSE(life.powered());
    CHECK(life.next_deadline() == SimTime{70s + 200ms});
}

TEST_CASE("a graceful end is cut short by the grace time")
{
    DeviceLife life = running();
    REQUIRE(life.on_fault(SimTime{10s}, FaultKind::kRestart, 60s, 4s, 1, false) ==
            LifeStep::kShutdown);
    CHECK(life.next_deadline() == SimTime{14s});
    CHECK(life.on_deadline(SimTime{14s}) == LifeStep::kCrash);
    CHECK(life.on_finished(SimTime{15s}) == LifeStep::kNothing);
    CHECK(life.on_deadline(SimTime{74s}) == LifeStep::kBoot);
}

TEST_CASE("a second fault while down brings the device back at the later of the two ends")
{
    DeviceLife life = running();
    REQUIRE(life.on_fault(SimTime{10s}, FaultKind::kPowerCut, 100s, 4s, 1, false) ==
            LifeStep::kCrash);
    CHECK(life.on_fault(SimTime{20s}, FaultKind::kPowerCut, 10s, 4s, 1, false) ==
          LifeStep::kNothing);
    CHECK(life.next_deadline() == SimTime{110s});
    CHECK(life.on_fault(SimTime{30s}, FaultKind::kPowerCut, 100s, 4s, 1, false) ==
          LifeStep::kNothing);
    CHECK(life.next_deadline() == SimTime{130s});
}

TEST_CASE("power lost during a graceful end ends it at once")
{
    DeviceLife life = running();
    REQUIRE(life.on_fault(SimTime{10s}, FaultKind::kRestart, 60s, 4s, 1, false) ==
            LifeStep::kShutdown);
    CHECK(life.on_fault(SimTime{11s}, FaultKind::kPowerCut, 10s, 4s, 1, false) == LifeStep::kCrash);
    // The restart's 60 s still hold: they are the longer.
    CHECK(life.next_deadline() == SimTime{71s});
}

TEST_CASE("a new address is taken at the boot after the power cut, not before")
{
    DeviceLife life = running();
    REQUIRE(life.on_fault(SimTime{10s}, FaultKind::kPowerCut, 10s, 4s, 1, true) ==
            LifeStep::kCrash);
    CHECK(life.address_life() == 0);
    REQUIRE(life.on_deadline(SimTime{20s}) == LifeStep::kBoot);
    CHECK(life.address_life() == 1);
    REQUIRE(life.on_fault(SimTime{30s}, FaultKind::kPowerCut, 10s, 4s, 1, false) ==
            LifeStep::kCrash);
    REQUIRE(life.on_deadline(SimTime{40s}) == LifeStep::kBoot);
    CHECK(life.address_life() == 1);
}

TEST_CASE("deadlines come to nothing while the device is up")
{
    DeviceLife life = running();
    for (int s = 0; s < 100; ++s)
    {
        CHECK(life.on_deadline(SimTime{std::chrono::seconds{s}}) == LifeStep::kNothing);
    }
}

TEST_CASE(
    "a fault hits the drawn share of its own fleet only, each device on its place of the ramp")
{
    World world;
    world.fleets.resize(2);
    world.faults.push_back({.kind = FaultKind::kPowerCut,
                            .at = SimTime{100s},
                            .length = 60s,
                            .fleet = 1,
                            .share = 0.25,
                            .return_ramp = 40s});
    int hit = 0;
    for (std::uint32_t device = 0; device < 10'000; ++device)
    {
        const DrawKey key{.seed = 3, .device = device, .account = 0};
        CHECK_FALSE(hit_for(world, 0, key, 0, device).has_value());
        if (const auto down = hit_for(world, 0, key, 1, device))
        {
            ++hit;
            CHECK(*down >= 60s);
            CHECK(*down < 100s);
        }
    }
    // Binomial(10^4, 1/4): mean 2500, sd 43.3; five sd either way.
    CHECK(hit > 2283);
    CHECK(hit < 2717);
}
