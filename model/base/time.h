#pragma once

// Models : simulated time, in nanoseconds since the start of a run; never a wall clock.
// Drives : every core takes a SimTime argument; carriers convert at their edge.
// Keeps  : SimTime is totally ordered and exact; kNever is later than any instant of a run.
// Leaves : conversion to ns3::Time (model/ns3) and to text (model/base/quantity.h).

#include <chrono>
#include <cstdint>

namespace sipsim
{

using SimDuration = std::chrono::nanoseconds;

/// The clock of a simulated run. It has no now(): the instant is always an argument.
struct SimClock
{
    using rep = SimDuration::rep;
    using period = SimDuration::period;
    using duration = SimDuration;
    using time_point = std::chrono::time_point<SimClock, SimDuration>;
    static constexpr bool is_steady = true;
};

using SimTime = SimClock::time_point;

/// "No deadline": later than every instant of a run.
inline constexpr SimTime kNever = SimTime::max();

/// Seconds as a double, for metrics and messages only; cores compute in integers.
[[nodiscard]] constexpr double
to_seconds(SimDuration d)
{
    return std::chrono::duration<double>(d).count();
}

[[nodiscard]] constexpr double
to_seconds(SimTime t)
{
    return to_seconds(t.time_since_epoch());
}

/// The nearest nanosecond to `fraction` of `whole`; `fraction` in [0, 1e6].
[[nodiscard]] constexpr SimDuration
scaled(SimDuration whole, double fraction)
{
    // Not std::llround: this must be constexpr.
    const double exact = static_cast<double>(whole.count()) * fraction;
    const auto below = static_cast<SimDuration::rep>(exact);
    return SimDuration{below + (exact - static_cast<double>(below) >= 0.5 ? 1 : 0)};
}

} // namespace sipsim
