#pragma once

// Models : what becomes of calls, to users and by devices.
// Drives : Collector feeds it facts and puts its metrics among the run's.
// Keeps  : nothing but counts; only what a World can have is put.
// Leaves : definitions (metrics.cc), the classes themselves (calls.h, outgoing.h).

#include "model/world/facts.h"

#include <array>
#include <cstdint>
#include <vector>

namespace sipsim::world
{

struct MetricValue;

class CallTally
{
  public:
    /// `world` outlives this.
    explicit CallTally(const World& world);

    void on_call(SimTime at, CallClass call);
    void on_outgoing(SimTime at, OutgoingClass call);

    void put(std::vector<MetricValue>& out) const;

  private:
    void put_outgoing(std::vector<MetricValue>& out) const;

    const World& world_;
    bool any_ = false;
    std::array<std::uint64_t, static_cast<std::size_t>(CallClass::kCount)> calls_{};
    std::array<std::uint64_t, static_cast<std::size_t>(OutgoingClass::kCount)> outgoing_{};
};

} // namespace sipsim::world
