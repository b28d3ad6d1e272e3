#pragma once

// Models : nothing of its own: it runs a World on ns-3 with one event per slice of time.
// Drives : the runner calls run_on_fleet() once per run; several runs in one process are independent.
// Keeps  : facts equal to those of run_on_packets(): to the nanosecond, in the same order for each user
//          agent. Slices end at faults and at the end of the run.
// Leaves : what happens inside a slice (FleetEngine).

#include "model/fleet/fleet_engine.h"

#include <cstdint>
#include <functional>

namespace sipsim::fleet
{

struct FleetRunOptions
{
    SimDuration slice = std::chrono::seconds{1}; // > 0
    std::uint32_t requests_kept = kRequestsKept; // see there
    bool books_ahead = true; // false: a datagram has an event at each link; no result depends on it
    std::function<bool()> stop{}; // asked after each slice; true ends the run early
};

struct FleetRunCost
{
    std::uint64_t events = 0;       // of the engine
    std::uint64_t slices = 0;       // events of ns-3
    std::uint64_t sip_messages = 0; // sent by user agents and servers
    FleetMemory memory;             // at the end
    bool stopped_early = false;
};

[[nodiscard]] FleetRunCost run_on_fleet(const world::World& world,
                                        const world::Layout& layout,
                                        world::Observer& observer,
                                        const FleetRunOptions& options = {});

} // namespace sipsim::fleet
