#pragma once

// Models : what `sipsim compare` says: a sentence, a table, JSON, JUnit XML.
// Drives : verb_compare.cc.
// Keeps  : the same findings in all four; each names its test, its p value after Holm's correction, and the
//          difference with its interval; no colours.
// Leaves : the statistics (analysis/comparison.h).

#include "analysis/comparison.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace sipsim::runner
{

/// A check that is undecided, and so important that the whole is.
struct OpenQuestion
{
    const analysis::MetricComparison* metric;
    const analysis::Check* check;

    [[nodiscard]] std::string name() const; // "time_to_99 not reached"
};

struct ComparisonReport
{
    const analysis::RunSet& base;
    const analysis::RunSet& changed;
    const analysis::Comparison& comparison;
    bool only_worse = false; // a change of a metric of which neither way is better is no failure

    [[nodiscard]] bool fails(analysis::Verdict verdict) const;
    [[nodiscard]] bool failed() const; // some metric does

    /// None if something fails. Else the undecided checks that separate the sides, and all others if no metric
    /// is decided: those that separate first, then by p and size.
    [[nodiscard]] std::vector<OpenQuestion> open_questions() const;

    /// The finding in one sentence.
    [[nodiscard]] std::string finding() const;
    /// Point by point what is significant or undecided; with `all`, everything.
    [[nodiscard]] std::string table(bool all) const;
    [[nodiscard]] nlohmann::json json() const;
    /// A test case per point and metric; what only one side has is skipped.
    [[nodiscard]] std::string junit() const;
};

} // namespace sipsim::runner
