#pragma once

// Models : what a sweep will cost before it is run.
// Drives : `sipsim plan`.
// Keeps  : an estimate from the experiment's own numbers; it says "about".
// Leaves : measurements (cost of stored runs, tests/bench).

#include "scenarios/runner/experiment.h"

namespace sipsim::runner
{

struct Estimate
{
    double cpu_s = 0;      // of one core, all runs
    double disk_bytes = 0; // of the result store
};

/// SIP messages of each point from its refresh periods (steady state and outages at the retry law's
/// pace), times the cost of a message on this class of machine.
[[nodiscard]] Estimate estimate(const Experiment& experiment);

} // namespace sipsim::runner
