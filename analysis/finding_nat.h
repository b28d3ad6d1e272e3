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

// Which keepalive swept reaches everybody at what cost, what the next longer one loses (beside the closed
// form, by port assignment), and the longest that reaches everybody by timeout; none without NATs.
[[nodiscard]] std::vector<std::string> nat_sentences(const Summary& summary);

} // namespace sipsim::analysis
