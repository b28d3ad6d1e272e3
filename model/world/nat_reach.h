#pragma once

// Models : what of a World the closed forms of reachability behind a NAT depend on (analysis/models.h).
// Drives : the collector writes it beside what the run measured.
// Keeps  : nullopt wherever those forms do not hold; O(fleets).
// Leaves : the forms; loss on the way, which they do not know of.

#include "model/world/layout.h"

#include <cstdint>
#include <optional>

namespace sipsim::world
{

struct NatReach
{
    SimDuration timeout{0};   // of a mapping without traffic
    SimDuration keepalive{0}; // from one to the next
    bool keeps_port = false;  // a new mapping takes the port of the last one; else a fresh one
    SimDuration refresh{0};   // mean, from one REGISTER of a device to the next
    // Devices that send keepalives; nullopt: not all of them at the same interval.
    std::optional<std::uint64_t> devices{};
};

/// Of the fleets that get calls, where all of them are alike in this: one account per device, registered and
/// alone at its AOR, keepalives, a home's NAT and none of a carrier's, with one timeout that only time and
/// outbound traffic decide, refreshes of which the mean is enough, a registrar that calls where it saw the
/// REGISTER come from; and where nothing breaks. Else nullopt.
[[nodiscard]] std::optional<NatReach> nat_reach(const World& world, const Layout& layout);

} // namespace sipsim::world
