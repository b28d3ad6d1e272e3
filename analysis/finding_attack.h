// Models : sentences about attackers: how many passwords they are done with, and how many honest devices
//          are registered meanwhile. Whoever takes a refusal for a wrong password is also done with one that
//          was not looked at: with 7 in a session of 6 retries that is refused at its next request (V109:
//          132.6 to 140 per hour, of which 113.7 to 120 were looked at).
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
