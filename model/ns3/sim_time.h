#pragma once

// Models : nothing: the edge between SimTime and ns3::Time.
// Drives : whoever schedules an ns-3 event or reads ns-3's clock goes through here.
// Keeps  : exact: both count nanoseconds (ns-3's default resolution); delays are never negative, which
//          ns-3 would accept in silence and run in the past.
// Leaves : ns3::Time anywhere in a state: before a run each one is registered in a global set.

#include "model/base/time.h"

#include "ns3/nstime.h"
#include "ns3/simulator.h"

#include <algorithm>

namespace sipsim::ns3carrier
{

/// The present instant of the simulation.
[[nodiscard]] inline SimTime
SimNow()
{
    return SimTime{SimDuration{ns3::Simulator::Now().GetNanoSeconds()}};
}

[[nodiscard]] inline ns3::Time
ToNs3(SimDuration duration)
{
    return ns3::NanoSeconds(static_cast<std::uint64_t>(std::max(duration, SimDuration{0}).count()));
}

/// The delay from now to `at`, 0 if that is past.
[[nodiscard]] inline ns3::Time
DelayUntil(SimTime at)
{
    return ToNs3(at - SimNow());
}

} // namespace sipsim::ns3carrier
