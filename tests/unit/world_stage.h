#pragma once

// Models : a small world, and a collector told of it by hand.
// Drives : tests/unit/world_*_test.cc.
// Keeps  : facts are those a carrier would report, in order of time if the test tells them so.
// Leaves : how they come about (tests/carrier, tests/oracle).

#include "model/world/collector.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace sipsim::world
{

using namespace std::chrono_literals;

/// A world of `devices` phones, one registrar and, if told, one outage from 100 s to 160 s.
inline World
phones(std::uint32_t devices, bool outage)
{
    World world;
    world.seed = 1;
    world.duration = 300s;
    world.warmup = 10s;
    world.topology = network::Topology({{.id = "0", .name = "A"}}, {});
    world.registrars.push_back({.name = "reg1", .at = 0});
    FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = devices;
    fleet.at = {0};
    world.fleets = {fleet};
    if (outage)
    {
        world.faults.push_back({.kind = FaultKind::kOutage, .at = SimTime{100s}, .length = 60s});
    }
    return world;
}

/// Facts about the world, as a carrier would report them.
struct Stage
{
    explicit Stage(const World& w)
        : world(w),
          layout(world),
          collector(world, layout)
    {
        for (DeviceIndex device = 0; device < layout.devices(); ++device)
        {
            collector.on_device(SimTime{}, device, true, layout.address(device));
        }
    }

    void bind(SimDuration at, AccountIndex account, SimDuration lasts)
    {
        registrar::Binding binding;
        binding.contact = layout.account(account).address;
        binding.expires_at = SimTime{at + lasts};
        registrar::LocationService::Bindings bindings;
        bindings.push(binding);
        collector.on_bindings(SimTime{at}, layout.aor_of(account), bindings);
    }

    void unbind(SimDuration at, AccountIndex account)
    {
        collector.on_bindings(SimTime{at}, layout.aor_of(account), {});
    }

    /// A registration succeeds at the user agent.
    void grant(SimDuration at, AccountIndex account)
    {
        collector.on_transition(SimTime{at},
                                account,
                                {.from = registration::State::kRegistering,
                                 .to = registration::State::kRegistered,
                                 .reason = registration::Reason::kGranted});
    }

    [[nodiscard]] MetricValue metric(const Results& results, std::string_view name) const
    {
        const auto found = std::ranges::find(results.metrics, name, &MetricValue::name);
        REQUIRE(found != results.metrics.end());
        return *found;
    }

    [[nodiscard]] bool has(const Results& results, std::string_view name) const
    {
        return std::ranges::count(results.metrics, name, &MetricValue::name) > 0;
    }

    [[nodiscard]] std::vector<double> series(const Results& results, std::string_view name) const
    {
        const auto found = std::ranges::find(results.series, name, &Series::name);
        REQUIRE(found != results.series.end());
        return found->values;
    }

    World world;
    Layout layout;
    Collector collector;
};

} // namespace sipsim::world
