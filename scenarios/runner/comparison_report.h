#pragma once

// Models : what `sipsim compare` says: a sentence, a table, JSON, JUnit XML.
// Drives : verb_compare.cc.
// Keeps  : the same findings in all four; each names its test, its p value after Holm's correction, and the
//          difference with its interval; no colours.
// Leaves : the statistics (analysis/comparison.h).

#include "analysis/comparison.h"

#include <nlohmann/json.hpp>

#include <string>

namespace sipsim::runner
{

struct ComparisonReport
{
    const analysis::RunSet& base;
    const analysis::RunSet& changed;
    const analysis::Comparison& comparison;
    bool only_worse = false; // a change of a metric of which neither way is better is no failure

    [[nodiscard]] bool fails(analysis::Verdict verdict) const;
    [[nodiscard]] bool failed() const; // some metric does

    /// The finding in one sentence.
    [[nodiscard]] std::string finding() const;
    /// Point by point what is significant or undecided; with `all`, everything.
    [[nodiscard]] std::string table(bool all) const;
    [[nodiscard]] nlohmann::json json() const;
    /// A test case per point and metric; what only one side has is skipped.
    [[nodiscard]] std::string junit() const;
};

} // namespace sipsim::runner
