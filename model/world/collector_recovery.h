#pragma once

// Models : the first fault, and when a registered count is back at a share of what it was before it.
// Drives : Collector and FleetTally say what held from when on, and read the instant.
// Keeps  : only what lasts counts, not what an instant passes through; O(1).
// Leaves : the counts (ShareTracker), their metrics (metrics.cc).

#include "model/world/world.h"

#include <cstdint>
#include <optional>
#include <set>

namespace sipsim::world
{

/// The fault that times to recovery count from: the first to begin after the warm-up. Those that begin at
/// the same instant are one, which ends with the last of them.
struct FirstFault
{
    SimTime begin = kNever;
    SimTime end = kNever;
    // What falls from then on is not this fault's: another one begins, or all bindings it found have ended.
    SimTime next = kNever;
    std::set<std::uint32_t> fleets{}; // whose devices it hits
};

[[nodiscard]] FirstFault first_fault(const World& world);

/// Waits for a count to come back to a share of what it was. Where it has not fallen below by the fault's
/// end, it may still do so until FirstFault::next, and is back only after that.
class Recovery
{
  public:
    explicit Recovery(double share)
        : share_(share)
    {
    }

    /// From `from` on `count` are registered, of `before`. In order of time, the first time from the
    /// fault's end.
    void hold(const FirstFault& fault, SimTime from, double count, double before)
    {
        const bool back = count >= share_ * before;
        if (back && !reached_)
        {
            reached_ = from;
        }
        else if (!back && reached_ == fault.end && from < fault.next)
        {
            reached_.reset();
        }
    }

    /// When it was back, by what is known now; the fault's end: it is not below since.
    [[nodiscard]] std::optional<SimTime> reached() const
    {
        return reached_;
    }

    /// It is back after it was below.
    [[nodiscard]] bool came_back(const FirstFault& fault) const
    {
        return reached_ && *reached_ > fault.end;
    }

  private:
    double share_;
    std::optional<SimTime> reached_{};
};

} // namespace sipsim::world
