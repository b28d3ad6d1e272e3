#pragma once

// Models : what a run makes of the load that comes after its first fault: goodput, REGISTERs that no
//          registration needed, refusals, SUBSCRIBEs beside.
// Drives : Collector feeds it facts and puts its metrics among the run's.
// Keeps  : nothing but counts.
// Leaves : definitions (metrics.cc), rates over time (RateBins), when the fleet has recovered (Collector).

#include "model/world/facts.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sipsim::world
{

struct MetricValue;

class LoadTally
{
  public:
    /// The first fault ends at `fault_end`; kNever: there is none, and the run is judged from its warm-up
    /// on. `world` outlives this.
    LoadTally(const World& world, SimTime fault_end);

    void on_register(SimTime at, bool alive)
    {
        registers_ += alive && judged(at) ? 1 : 0;
    }

    /// A registration succeeded with `requests` of its attempt. `recovered`: 99 % were registered again
    /// before it.
    void on_registered(SimTime at, std::uint8_t requests, bool recovered)
    {
        useful_ += judged(at) ? requests : 0;
        good_ += judged(at) && !recovered ? 1 : 0;
    }

    void on_refused(SimTime at)
    {
        refused_ += counted(at) ? 1 : 0;
    }

    void on_extra(SimTime at)
    {
        extras_ += counted(at) ? 1 : 0;
    }

    /// In a run that ended at `end` and recovered then, if it did.
    void put(std::vector<MetricValue>& out, SimTime end, std::optional<SimTime> recovered) const;

  private:
    [[nodiscard]] bool counted(SimTime at) const
    {
        return at.time_since_epoch() >= world_.warmup;
    }

    [[nodiscard]] bool judged(SimTime at) const
    {
        return at >= mark_;
    }

    const World& world_;
    bool faulty_;
    SimTime mark_;                // from when on the run is judged
    std::uint64_t registers_ = 0; // at living registrars
    std::uint64_t useful_ = 0;    // of these, what registrations needed
    std::uint64_t good_ = 0;      // registrations until it recovered
    std::uint64_t refused_ = 0;
    std::uint64_t extras_ = 0; // SUBSCRIBEs
};

} // namespace sipsim::world
