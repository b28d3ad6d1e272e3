// Models : sentences about which keepalive keeps devices behind NATs reachable, and what it costs.
// Drives : finding.cc.
// Keeps  : as finding.h; "every mapping" means every replication of every point at that interval.
// Leaves : who is behind which NAT (nat_curves.h).
#pragma once

#include "analysis/summary.h"

#include <string>
#include <vector>

namespace sipsim::analysis
{

// "A keepalive every 20 s keeps every mapping of 30 s or more alive; at 40 s a device behind a NAT that
// forgets after 30 s is reachable for 75 % of calls where it preserves ports (closed form 75 %) and for 1.2 %
// where it does not; ..." and what the longest interval leaves of them; none without NATs.
[[nodiscard]] std::vector<std::string> nat_sentences(const Summary& summary);

} // namespace sipsim::analysis
