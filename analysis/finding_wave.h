// Models : sentences about a wave of registrations: its echo, and what it does to a registrar that queues.
// Drives : finding.cc.
// Keeps  : as finding.h.
// Leaves : peak and recovery (finding.cc).
#pragma once

#include "analysis/curve.h"

#include <string>

namespace sipsim::analysis
{

inline constexpr const char* kOrder = "order_parameter"; // a series
inline constexpr const char* kEchoLength = "echo_length";
inline constexpr const char* kFailed = "attempts_failed";
inline constexpr const char* kQueuePeak = "queue_peak";
inline constexpr const char* kService99 = "service_p99";

// The points of the group that saw at least kFewestRefreshes: less is no decay.
inline constexpr int kFewestRefreshes = 4;
[[nodiscard]] Curve curve_with_echo(const Summary& summary, const Group& group);

// "The order parameter is below 0.1 after 3 refreshes at refresh.jitter 0.3; at 0.05 it is 0.897 after 24".
[[nodiscard]] std::string echo_sentence(const Curve& curve);

// "The smallest initial_delay swept at which no attempt fails is 120 s; recovery ...", the largest where
// attempts fail above it; and where they fail again on its other side. Empty for a sweep without numbers.
[[nodiscard]] std::string overload_sentence(const Curve& curve);

} // namespace sipsim::analysis
