// Models : sentences about which keepalive keeps devices behind NATs reachable, and what it costs.
// Drives : finding.cc.
// Keeps  : as finding.h; "every mapping" means every replication of every point at that interval.
// Leaves : who is behind which NAT (nat_curves.h).
#pragma once

#include "analysis/curve.h"

#include <string>
#include <vector>

namespace sipsim::analysis
{

// Which keepalive swept reaches everybody at what cost, what the next longer one loses (beside the closed
// form, by port assignment), and the longest that reaches everybody by timeout; none without NATs.
[[nodiscard]] std::vector<std::string> nat_sentences(const Summary& summary);

inline constexpr const char* kBlocked = "calls_blocked_by_nat";

// A closed form's sentence tells of every point at which NATs block calls.
[[nodiscard]] bool blocking_is_told(const Summary& summary);

// "NATs block no call at nat.keepalive_interval 10 s, 20 s; at 31 s 3537 of 3584 calls, which leaves 1.30 %
// reached"; empty where none is blocked.
[[nodiscard]] std::string blocked_sentence(const Curve& curve);

} // namespace sipsim::analysis
