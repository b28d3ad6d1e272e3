#pragma once

// Models : what name servers and the registrars of located fleets get: queries, failed locations, the load
//          of each registrar.
// Drives : Collector feeds it facts and puts its metrics among the run's.
// Keeps  : nothing but counts; nothing is counted where no fleet locates its servers.
// Leaves : definitions (metrics.cc).

#include "model/world/facts.h"
#include "model/world/rate_bins.h"

#include <array>
#include <cstdint>
#include <vector>

namespace sipsim::world
{

struct MetricValue;
struct Series;

class ServerTally
{
  public:
    /// The first fault lasts from `begin` to `end`; kNever: there is none.
    ServerTally(const World& world, SimTime begin, SimTime end);

    [[nodiscard]] bool any() const
    {
        return any_;
    }

    void on_register(SimTime at, std::uint32_t registrar, bool alive);
    void on_query(SimTime at);
    void on_located(SimTime at, bool located);

    /// In a run that ended at `end`.
    void put(std::vector<MetricValue>& out, SimTime end) const;

    /// Queries over time; of each phase in which a REGISTER came, every registrar's share of them.
    void put_series(std::vector<Series>& out) const;

  private:
    // Before, during and after the first fault.
    static constexpr std::size_t kPhases = 3;

    [[nodiscard]] std::size_t phase(SimTime at) const;
    [[nodiscard]] std::uint64_t all_of(std::size_t phase) const;

    SimTime warm_;
    SimTime begin_;
    SimTime end_;
    bool any_ = false;
    std::uint32_t first_ = 0; // the first located fleet's `server`
    RateBins queries_;
    RateBins others_; // REGISTERs at registrars but the first
    std::uint64_t queries_counted_ = 0;
    std::uint64_t failed_ = 0;
    std::array<std::vector<std::uint64_t>, kPhases> registers_; // by registrar
};

} // namespace sipsim::world
