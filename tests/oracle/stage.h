#pragma once

// Models : a small world for oracle tests: one fleet, one registrar, a map of two PoPs.
// Drives : an oracle test sets what its closed form needs and runs it on the packet carrier.
// Keeps  : defaults without loss or queues, so that closed forms hold up to path time.
// Leaves : configuration files (tests/golden, tests/runner).

#include "model/ns3/packet_carrier.h"
#include "model/world/collector.h"
#include "model/world/layout.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>

namespace sipsim::oracle
{

using namespace std::chrono_literals;

/// `devices` on A, one account each; the registrar on B, 10 ms away.
inline world::World
one_fleet(std::uint32_t devices, std::uint64_t seed)
{
    world::World world;
    world.seed = seed;
    world.duration = 3600s;
    world.topology = network::Topology({{.id = "0", .name = "A"}, {.id = "1", .name = "B"}},
                                       {{.a = 0, .b = 1, .propagation = 10ms}});
    world::RegistrarSpec registrar;
    registrar.name = "reg1";
    registrar.at = 1;
    world.registrars.push_back(registrar);
    world::FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = devices;
    fleet.at = {0};
    fleet.access.propagation = 5ms;
    world.fleets.push_back(fleet);
    return world;
}

/// Runs the world and gives what the collector found; `also` sees the same facts.
inline world::Results
run(const world::World& world, world::Observer* also = nullptr)
{
    const world::Layout layout(world);
    world::Collector collector(world, layout);
    world::Observers observers;
    observers.add(collector);
    if (also != nullptr)
    {
        observers.add(*also);
    }
    std::ignore = ns3carrier::run_on_packets(world, layout, observers);
    return collector.finish(SimTime{world.duration});
}

inline double
metric(const world::Results& results, std::string_view name)
{
    const auto found = std::ranges::find(results.metrics, name, &world::MetricValue::name);
    REQUIRE(found != results.metrics.end());
    REQUIRE(found->value.has_value());
    return *found->value;
}

} // namespace sipsim::oracle
