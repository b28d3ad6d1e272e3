// Models : a sentence about what a registrar refuses, over cases: with which the fleet is back first, with
//          which never, and which wastes least and most of the REGISTERs that reach it.
// Drives : finding.cc.
// Keeps  : as finding.h.
// Leaves : how many REGISTERs there are (finding.cc).
#pragma once

#include "analysis/summary.h"

#include <string>

namespace sipsim::analysis
{

inline constexpr const char* kRefused = "registers_refused";
inline constexpr const char* kWasted = "wasted_registers";

/// Empty where nothing was refused, or fewer than two cases were swept.
[[nodiscard]] std::string policies_sentence(const Summary& summary);

} // namespace sipsim::analysis
