#pragma once

// What the collector knows while a run goes on.
//
// Written by: the facts (collector.cc), in the order of time.
// Read by   : the results (collector_results.cc), at the run's end.

#include "model/base/sparse_array.h"
#include "model/world/admission_tally.h"
#include "model/world/belief.h"
#include "model/world/call_tally.h"
#include "model/world/collector.h"
#include "model/world/collector_recovery.h"
#include "model/world/fingerprint.h"
#include "model/world/fleet_tally.h"
#include "model/world/keepalive_count.h"
#include "model/world/latency_histogram.h"
#include "model/world/load_tally.h"
#include "model/world/nat_reach.h"
#include "model/world/rate_bins.h"
#include "model/world/refresh_phases.h"
#include "model/world/server_tally.h"
#include "model/world/share_tracker.h"
#include "model/world/stale_law.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace sipsim::world
{

/// Between two samples of how many accounts are registered.
inline constexpr SimDuration kLevelStep = std::chrono::seconds{10};

/// An attempt under way.
struct Attempt
{
    SimDuration::rep since : 56 = 0; // ns; a run is at most a year
    std::uint64_t needed : 8 = 1; // requests: the first, and one for each that an answer asked for
};

static_assert(sizeof(Attempt) == 8);

struct Collector::Impl
{
    Impl(const World& w, const Layout& l)
        : world(w),
          layout(l),
          fault(first_fault(w)),
          reach(nat_reach(w, l)),
          left_behind(stale_law(w, l)),
          tracker(w, l, [this](SimTime at) { integrate(at); }),
          belief(l.accounts(), w.duration, kLevelStep),
          phases(w, l, fault.end, fault.fleets),
          attempts_under_way(l.accounts()),
          registers(w.duration),
          registers_after(fault.end),
          goodput(w.duration),
          attempts(w.duration),
          queue(w.duration),
          proxied(w.proxies.empty() ? SimDuration{0} : w.duration),
          keepalives(w, l)
    {
    }

    [[nodiscard]] bool counted(SimTime at) const
    {
        return at.time_since_epoch() >= world.warmup;
    }

    [[nodiscard]] double share_of(double accounts) const
    {
        return tracker.expected() == 0 ? 0.0 : accounts / tracker.expected();
    }

    /// What held from the last change until `at`, as far as recovery asks.
    void watch(SimTime at)
    {
        const SimTime from = std::max(integrated_to, fault.end);
        if (!before || at <= from)
        {
            return;
        }
        for (auto& recovery : recoveries)
        {
            recovery.hold(fault, from, tracker.registered(), *before);
        }
        fleets.hold(from, tracker);
    }

    /// Integrates what held since the last change; called just before the counts change at `at`.
    void integrate(SimTime at)
    {
        watch(at);
        const SimTime from = std::max(integrated_to, SimTime{world.warmup});
        if (at > from)
        {
            const double s = to_seconds(at - from);
            unregistered_s += s * (tracker.expected() - tracker.registered());
            stale_s += s * tracker.stale();
            lowest = std::min(lowest, tracker.registered());
        }
        integrated_to = std::max(integrated_to, at);
    }

    /// Everything that happens by itself up to `now`: expiries, samples, the mark before the fault.
    void advance(SimTime now)
    {
        if (now >= next_sample || (now >= fault.begin && !before) || tracker.due(now))
        {
            catch_up(now);
        }
    }

    void catch_up(SimTime now);
    void expire(SimTime now);

    void mix(SimTime at, std::uint64_t entity, std::uint64_t event)
    {
        fingerprint.mix(static_cast<std::uint64_t>(at.time_since_epoch().count()));
        fingerprint.mix(entity);
        fingerprint.mix(event);
    }

    [[nodiscard]] static double mean_rate(const RateBins& of, SimTime from, SimTime to);
    void time_to(std::vector<MetricValue>& out) const;
    void echo(std::vector<MetricValue>& out) const;
    void nat(std::vector<MetricValue>& out) const;
    void stale_window(std::vector<MetricValue>& out) const;
    void servers(std::vector<MetricValue>& out, SimTime end) const;
    void scalars(std::vector<MetricValue>& out, SimTime end) const;

    const World& world;
    const Layout& layout;
    FirstFault fault;
    std::optional<NatReach> reach;
    std::optional<StaleLaw> left_behind;
    ShareTracker tracker;
    Belief belief;
    RefreshPhases phases;
    SparseArray<Attempt, 32> attempts_under_way;
    RateBins registers;
    PeakRate registers_after; // from the first fault's end on
    RateBins goodput;
    RateBins attempts;
    RateBins queue; // most that waited, in each second
    RateBins proxied;
    KeepaliveCount keepalives;
    LatencyHistogram latency;
    LatencyHistogram service;
    Fingerprint fingerprint;

    SimTime next_sample{};
    std::vector<double> registered_share;
    std::vector<double> believed_share;
    std::vector<double> stale_bindings;
    std::vector<double> keepalive_rate;

    SimTime integrated_to{};
    double unregistered_s = 0;
    double stale_s = 0;
    std::uint32_t lowest = UINT32_MAX;
    std::optional<std::uint32_t> before;
    std::array<Recovery, 2> recoveries{Recovery{0.95}, Recovery{0.99}};

    /// When the share was back at that of the i-th: at 99 % no sooner than at 95 %. A dip between the two may
    /// be over before the fall that counts.
    [[nodiscard]] std::optional<SimTime> recovered(std::size_t i) const
    {
        const auto first = recoveries[0].reached();
        const auto own = recoveries[i].reached();
        return first && own ? std::max(first, own) : std::nullopt;
    }

    std::uint64_t registers_counted = 0;
    std::uint64_t attempts_offered = 0;
    std::uint64_t attempts_failed = 0;
    std::uint64_t proxied_counted = 0; // REGISTERs at proxies
    std::uint64_t spared_counted = 0;  // of these, answered there
    std::uint64_t stun_counted = 0;
    std::uint64_t pings_counted = 0;
    bool any_station = false;
    bool any_pings = false;
    ServerTally located{world, fault.begin, fault.end};
    CallTally calls{world};
    AdmissionTally admission{world, layout};
    LoadTally load{world, fault.end};
    FleetTally fleets{world, fault};
};

} // namespace sipsim::world
