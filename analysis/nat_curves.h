// Models : reachability behind NATs against the keepalive's interval: which points lie on one curve, and
//          the closed form through them.
// Drives : summary.cc.
// Keeps  : what a point's NAT is like is read from its metrics (model/world/nat_reach.h), never from the
//          name of a scenario or of an axis.
// Leaves : the closed forms (models.h).
#pragma once

#include "analysis/summary.h"

#include <vector>

namespace sipsim::analysis
{

inline constexpr const char* kReachability = "reachability";
inline constexpr const char* kKeepaliveRate = "keepalive_rate_mean";

// Puts the point's closed forms of kReachability and kKeepaliveRate into its metric_laws, where its runs
// define what they depend on.
void add_nat_laws(PointSummary& point);

// Its keepalive's interval in seconds, of a point that has a closed form of kReachability.
[[nodiscard]] double keepalive_of(const PointSummary& point);

[[nodiscard]] std::vector<NatCurve> nat_curves_of(const std::vector<PointSummary>& points);

} // namespace sipsim::analysis
