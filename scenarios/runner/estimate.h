#pragma once

// Models : what a sweep will cost before it is run: processor time, disk, memory.
// Drives : `sipsim plan` prints it; check, run and trace refuse what does not fit into memory.
// Keeps  : an estimate from the experiment's own numbers, of either carrier; it says "about".
// Leaves : measurements (cost of stored runs, tests/bench).

#include "scenarios/runner/experiment.h"

#include <functional>
#include <optional>
#include <vector>

namespace sipsim::runner
{

struct Estimate
{
    double cpu_s = 0;        // of one core, all runs
    double disk_bytes = 0;   // of the result store
    double memory_bytes = 0; // of the largest run, at its peak
};

/// SIP messages of each point from its refresh periods (steady state and outages at the retry law's
/// pace), times the cost of a message on this class of machine; memory as run_memory().
[[nodiscard]] Estimate estimate(const Experiment& experiment);

/// Octets that a run takes at its peak, metrics included: what stands for devices and accounts, and for
/// the registrations under way at once when many are due together. A queue before an overloaded
/// registrar or link can grow beyond it.
[[nodiscard]] double run_memory(const world::World& world, Carrier carrier);

/// Which points are looked at; empty: all.
using PointFilter = std::function<bool(const Point&)>;

/// A problem at the count of the largest fleet of every point of which one run alone takes more than
/// `available` octets. nullopt: nobody knows what is available, so nothing is said.
[[nodiscard]] std::vector<Problem> memory_problems(const Experiment& experiment,
                                                   std::optional<double> available,
                                                   const PointFilter& chosen = {});

/// How many of `workers` runs fit into `available` octets at once; at least one.
[[nodiscard]] unsigned workers_that_fit(const Experiment& experiment,
                                        unsigned workers,
                                        std::optional<double> available,
                                        const PointFilter& chosen = {});

/// "34.5 GB", "210 MB".
[[nodiscard]] std::string octets_in_words(double octets);

} // namespace sipsim::runner
