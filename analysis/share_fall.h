// Models : the smallest registered share of a point's runs from their first fault on.
// Drives : summary.cc; finding_share.cc tells of it.
// Keeps  : share_min, which is exact, wherever it fell from the fault on; a sample where it was before.
// Leaves : dips between two samples of a run whose smallest share was before its fault.
#pragma once

#include "analysis/results_reader.h"

#include <optional>
#include <vector>

namespace sipsim::analysis
{

struct ShareRun
{
    double share_min = 0.0;            // after the warm-up, before the fault or from it on
    std::optional<double> steady_rate; // REGISTER/s between warm-up and fault
    SeriesData share;                  // sampled
    SeriesData rate;                   // REGISTER/s by bin
};

// Of each run, in their order; all have one warm-up. None where the series of one do not tell: no sample from
// the fault on, a warm-up whose end is not known, or a dip of less than 1 % that no sample shows to be the
// fault's.
[[nodiscard]] std::optional<std::vector<double>> shares_from_fault(
    const std::vector<ShareRun>& runs,
    double fault_s);

} // namespace sipsim::analysis
