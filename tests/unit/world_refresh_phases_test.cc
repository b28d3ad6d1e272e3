#include "model/world/refresh_phases.h"
#include "tests/unit/world_stage.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;

namespace
{

// Refreshes every 900 s: 1000 s less a lead of 100 s.
World
four_devices()
{
    World world;
    world.topology = network::Topology({{.id = "0", .name = "A"}}, {});
    world.registrars.push_back({.name = "reg1"});
    FleetSpec fleet;
    fleet.count = 4;
    fleet.at = {0};
    fleet.registration.expires = 1000;
    fleet.registration.refresh.lead = 100s;
    world.fleets = {fleet, fleet};
    return world;
}

} // namespace

TEST_CASE("the order parameter is 1 where all refresh together and 0 where evenly over the period")
{
    const World world = four_devices();
    const Layout layout(world);
    RefreshPhases phases(world, layout, SimTime{50s}, {1});
    for (AccountIndex i = 4; i < 8; ++i)
    {
        phases.add(SimTime{49s}, i);                          // before the mark
        phases.add(SimTime{60s}, i);                          // all at once
        phases.add(SimTime{60s + 900s + (i - 4) * 225s}, i);  // quarters of the period
        phases.add(SimTime{60s + 2700s + (i % 2) * 225s}, i); // two phases a quarter apart: cos 45°
    }
    phases.add(SimTime{77s}, 0); // not of this fleet
    const auto order = phases.order();
    REQUIRE(order.size() == 3);
    CHECK(order[0] == doctest::Approx(1.0));
    CHECK(std::abs(order[1]) < 1e-12);
    CHECK(order[2] == doctest::Approx(std::numbers::sqrt2 / 2));
    CHECK(echo_length(order) == 1);
    CHECK_FALSE(echo_length(std::vector<double>{0.0, 1.0, 0.5}).has_value());
}

TEST_CASE("the order parameter ends where not all accounts have come yet")
{
    const World world = four_devices();
    const Layout layout(world);
    RefreshPhases phases(world, layout, SimTime{}, {});
    CHECK(phases.order().empty());
    for (AccountIndex i = 0; i < 8; ++i)
    {
        phases.add(SimTime{1s}, i);
    }
    phases.add(SimTime{2s}, 3); // 1 of 8
    CHECK(phases.order().size() == 1);
    RefreshPhases none(world, layout, kNever, {});
    none.add(SimTime{1s}, 0);
    CHECK(none.order().empty());
}

TEST_CASE(
    "of several fleets each has its own period, from the mark on; those between are not looked at")
{
    World world = four_devices();
    world.fleets.resize(3, world.fleets[0]);
    world.fleets[2].registration.expires = 500; // refreshes every 400 s
    const Layout layout(world);
    RefreshPhases phases(world, layout, SimTime{50s}, {0, 2});
    for (AccountIndex i = 0; i < 12; ++i)
    {
        const SimDuration period = i < 8 ? 900s : 400s;
        const SimDuration late = i >= 4 && i < 8 ? 77s : 0s; // of fleet 1
        phases.add(SimTime{50s + late}, i);
        phases.add(SimTime{50s + period + late}, i);
    }
    for (AccountIndex i = 0; i < 12; ++i)
    {
        phases.add(SimTime{50s + (i < 8 ? 1800s + 450s : 800s)}, i); // fleet 0 half a period late
    }
    const auto order = phases.order();
    REQUIRE(order.size() == 3);
    CHECK(order[0] == doctest::Approx(1.0));
    CHECK(order[1] == doctest::Approx(1.0));
    CHECK(std::abs(order[2]) < 1e-12); // four and four, opposite
}

TEST_CASE("of faults that begin together, the order in the file does not change whose echo it is")
{
    World world = phones(2, false);
    world.fleets[0].registration.expires = 100;
    world.fleets[0].registration.refresh.lead = 10s; // refreshes every 90 s
    world.fleets.resize(3, world.fleets[0]);
    const FaultSpec a{.kind = FaultKind::kPowerCut, .at = SimTime{20s}, .length = 10s, .fleet = 0};
    const FaultSpec b{.kind = FaultKind::kPowerCut, .at = SimTime{20s}, .length = 10s, .fleet = 1};
    for (const auto& faults :
         {std::vector{a, b}, std::vector{b, a}, std::vector{a}, std::vector{b}})
    {
        world.faults = faults;
        Stage stage(world);
        // Fleets 0 and 1 half a period apart, then together; fleet 2 elsewhere.
        for (const AccountIndex i : {0U, 1U, 4U, 5U})
        {
            stage.grant(i < 4 ? 30s : 40s, i);
        }
        for (const AccountIndex i : {2U, 3U})
        {
            stage.grant(75s, i);
        }
        for (AccountIndex i = 0; i < 6; ++i)
        {
            stage.grant(120s + (i < 4 ? 0s : 10s), i);
        }
        const auto results = stage.collector.finish(SimTime{300s});
        const auto order = stage.series(results, "order_parameter");
        REQUIRE(order.size() == 2);
        CHECK(std::abs(order[0] - (faults.size() == 2 ? 0.0 : 1.0)) < 1e-12);
        CHECK(stage.metric(results, "order_parameter_first").value == doctest::Approx(1.0));
        CHECK(stage.has(results, "refresh_spread") == (faults.size() == 1));
    }
}

TEST_CASE("the period is that of the expiry which a proxy tells that answers refreshes itself")
{
    World world = four_devices();
    world.fleets.resize(1);
    ProxySpec proxy;
    proxy.options.offload = true;
    proxy.options.device_expires = 500;
    world.proxies = {proxy};
    world.fleets[0].proxy = 0;
    const Layout layout(world);
    RefreshPhases phases(world, layout, SimTime{}, {});
    for (AccountIndex i = 0; i < 4; ++i)
    {
        phases.add(SimTime{10s + i * 100s}, i); // quarters of 500 s less the lead of 100 s
        phases.add(SimTime{400s}, i);
    }
    const auto order = phases.order();
    REQUIRE(order.size() == 2);
    CHECK(std::abs(order[0]) < 1e-12);
    CHECK(order[1] == doctest::Approx(1.0));
}

TEST_CASE("what spreads refreshes is told by the settings of user agent and registrar")
{
    registration::RegistrationOptions device;
    registrar::RegistrarOptions server;
    device.expires = 1000;
    device.refresh.lead = 100s;
    CHECK(refresh_spread(device, server)->width == 0.0);
    device.refresh.jitter = 0.5;
    device.refresh.jitter_per_device = true;
    // Uniform on [450, 900] s: 450 / 675.
    CHECK(refresh_spread(device, server)->width == doctest::Approx(450.0 / 675.0));
    CHECK(refresh_spread(device, server)->kept);
    server.expiry_spread = 0.2;
    CHECK_FALSE(refresh_spread(device, server).has_value()); // both
    device.refresh.jitter = 0.0;
    // Granted 800, 801 .. 1000 s, mean 900 s; refreshed 100 s before.
    CHECK(refresh_spread(device, server)->width == doctest::Approx(201.0 / 800.0));
    CHECK_FALSE(refresh_spread(device, server)->kept);
    server.expiry_spread = 0.95; // 60 s is the least, the lead is longer
    CHECK_FALSE(refresh_spread(device, server).has_value());
    server.expiry_spread = 0.0;
    device.refresh = {.kind = registration::RefreshLaw::Kind::kUniform, .low = 0.5, .high = 0.9};
    CHECK(refresh_spread(device, server)->width == doctest::Approx(0.4 / 0.7));
}
