// Models : sentences about attackers: how many passwords they get tried, and how many honest devices are
//          registered meanwhile.
// Drives : finding.cc.
// Keeps  : one sentence for each case swept, about the range of all that else is swept; one for all without
//          cases; none without attackers.
// Leaves : faults beside an attack (finding.cc).
#pragma once

#include "analysis/summary.h"

#include <string>
#include <vector>

namespace sipsim::analysis
{

[[nodiscard]] std::vector<std::string> attack_sentences(const Summary& summary);

// Attackers are all that happens to the fleets: what else is measured would say the same again.
[[nodiscard]] bool answered_by_attack(const Summary& summary);

} // namespace sipsim::analysis
