#pragma once

// Models : a World on ns-3 in real time, one of its hosts being the real network.
// Drives : `sipsim live`.
// Keeps  : as run_on_packets(), but paced by the wall clock; a host that is late is late, nothing is
//          skipped. Not reproducible: what comes from outside comes when it comes.
// Leaves : the interface (scenarios/runner/live_interface.h).

#include "model/ns3/tap_place.h"
#include "model/world/facts.h"
#include "model/world/world.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

namespace sipsim::ns3carrier
{

struct LiveOptions
{
    int descriptor = -1; // of the tun interface, non-blocking
    TapPlace place;
    std::optional<std::filesystem::path> pcap; // of the tap's link
    std::function<void()> ready;               // called once the simulation runs
    std::function<bool()> stop;                // asked 20 times a second; true ends the run
};

struct LiveCost
{
    std::uint64_t events = 0;
    std::uint64_t late = 0; // events more than 1 ms later than their instant
    std::chrono::nanoseconds largest{0};
    std::uint64_t in = 0;      // datagrams from the real network
    std::uint64_t out = 0;     // to it
    std::uint64_t refused = 0; // neither: not carried (carried_datagram.h), or not taken
    bool stopped_early = false;
    bool interface_lost = false; // which ended the run
};

/// Runs until the world's duration is over, `stop` says so, or the interface is gone.
[[nodiscard]] LiveCost run_live(const world::World& world,
                                const world::Layout& layout,
                                world::Observer& observer,
                                const LiveOptions& options);

} // namespace sipsim::ns3carrier
