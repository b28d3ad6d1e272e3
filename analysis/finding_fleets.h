// Models : sentences about several fleets after a fault: who is back first and last, who is not, who sends
//          most.
// Drives : finding.cc.
// Keeps  : as finding.h; a sentence per point.
// Leaves : one fleet alone (finding.cc).
#pragma once

#include "analysis/summary.h"

#include <string>
#include <vector>

namespace sipsim::analysis
{

inline constexpr const char* kFleetTime = "fleet_time_to_99"; // series, value i of fleet i
inline constexpr const char* kFleetReached = "fleet_reached";
inline constexpr const char* kFleetLoad = "fleet_load_share";
inline constexpr const char* kFleetEnd = "fleet_share_end";

/// Empty with one fleet, or without a fault.
[[nodiscard]] std::vector<std::string> fleet_sentences(const Summary& summary);

} // namespace sipsim::analysis
