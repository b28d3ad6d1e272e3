// Models : what a sentence is about: the points of one group along the primary axis, and its words.
// Drives : finding.cc.
// Keeps  : only points that know the metric the sentence is about.
// Leaves : the sentences.
#pragma once

#include "analysis/summary.h"

#include <string>
#include <vector>

namespace sipsim::analysis
{

// The metrics that have sentences; names of the store's metric_info.
inline constexpr const char* kPeak = "register_rate_peak";
inline constexpr const char* kSteady = "register_rate_steady";
inline constexpr const char* kRecovery = "time_to_99";
inline constexpr const char* kShareMin = "share_min";
inline constexpr const char* kShareEnd = "share_end";
inline constexpr const char* kShareBefore = "share_before";
inline constexpr const char* kUnregistered = "unregistered_account_seconds";
inline constexpr const char* kCalls = "calls_offered";
inline constexpr const char* kStaleCalls = "calls_stale";

struct Curve
{
    const Summary* of;
    std::string prefix; // "with bindings = lost, " or nothing
    std::vector<const PointSummary*> points;

    // More than one point to compare.
    [[nodiscard]] bool swept() const;
    // swept() only:
    [[nodiscard]] const Axis& axis() const;
    // "20 s"
    [[nodiscard]] std::string at(const PointSummary& point) const;
    // "(1 s to 1200 s)", "(a, b, c)"
    [[nodiscard]] std::string span() const;
};

// The points of the group whose mean of `metric` exists. A single one of a sweep is named in the
// prefix: "at registration.retry_wait 20 s, ".
[[nodiscard]] Curve curve_with(const Summary& summary,
                               const Group& group,
                               const std::string& metric);

// The same of a curve made otherwise: names its only point in the prefix.
void name_only_point(Curve& curve);

// What the point's first fault is called: "fault", or "first fault" where another begins or ends apart
// from it.
[[nodiscard]] std::string fault_word(const PointSummary& point);

// Names of the registrars; empty where the store does not say.
[[nodiscard]] std::vector<std::string> registrars_of(const Summary& summary);

// Null if there is none.
[[nodiscard]] const MeanEstimate* mean_of(const PointSummary& point, const std::string& name);

// "recovery to 99 % takes 35.0 s [34.1, 35.9]"; empty if no run defines it.
[[nodiscard]] std::string recovery_clause(const PointSummary& point);

// One sentence of the clauses that are not empty.
[[nodiscard]] std::string joined(std::vector<std::string> clauses);

} // namespace sipsim::analysis
