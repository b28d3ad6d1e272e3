#pragma once

// Models : what each of several fleets does after the first fault: when it is back, how much of the load is
//          its own, how many of it are left out at the end.
// Drives : Collector feeds it facts and puts its series among the run's.
// Keeps  : nothing where there is one fleet, or no fault; attackers are no fleet here.
// Leaves : definitions (metrics.cc), the registered counts (ShareTracker).

#include "model/world/collector_recovery.h"
#include "model/world/facts.h"
#include "model/world/share_tracker.h"

#include <cstdint>
#include <vector>

namespace sipsim::world
{

struct Series;

class FleetTally
{
  public:
    /// `fault` outlives this.
    FleetTally(const World& world, const FirstFault& fault);

    /// The fault is about to begin.
    void mark(const ShareTracker& tracker);

    /// The counts hold from `from` on; the first time from the fault's end.
    void hold(SimTime from, const ShareTracker& tracker);

    /// A REGISTER, repeats too, by a device of `fleet`.
    void on_sent(SimTime at, std::uint32_t fleet);

    /// In a run that ended at `end`, if that is after the fault.
    void put_series(std::vector<Series>& out, SimTime end, const ShareTracker& tracker) const;

    [[nodiscard]] bool any() const
    {
        return !fleets_.empty();
    }

  private:
    struct Fleet
    {
        std::uint32_t before = 0; // registered just before the fault
        std::uint64_t sent = 0;   // REGISTERs within the load's window after its end
        Recovery recovery{0.99};
    };

    const FirstFault& fault_;
    bool marked_ = false;
    std::vector<Fleet> fleets_;
};

} // namespace sipsim::world
