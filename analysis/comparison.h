// Models : does NEW behave as BASE does? Runs are paired by point and seed, metric by metric, and what
//          differs is judged against chance.
// Drives : `sipsim compare`; plain functions, equal input gives equal output.
// Keeps  : which test, stated with each result:
//            sign-flip    paired values, seeds shared: Fisher's randomization of the differences' signs
//            permutation  values with other seeds: randomization of which run is on which side
//            paired-t, welch  instead of these where they cannot reach the level (too few runs; a million
//                         arrangements drawn); take means as normal, so only where at least three
//                         values (differences), and three of four, are distinct
//            mcnemar, fisher  counts of runs: not reached, not defined, failed; paired, unpaired
//          one family over all points and metrics, Holm's correction: with probability 1 - alpha nothing
//          is called a difference where there is none. "Not reached" is an outcome of its own: compared
//          as a count; values are compared among runs (pairs) that have one, and these make nothing
//          better while fewer of NEW's have one.
// Leaves : cost, series, histograms; why something changed.
#pragma once

#include "analysis/hypothesis_tests.h"
#include "analysis/run_set.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sipsim::analysis
{

struct CompareOptions
{
    double alpha = 0.01; // family level, in (0, 1); intervals have confidence 1 - alpha each
    // In [0, inf): a value's significant difference that is a smaller share of BASE's mean is kSmall. The
    // estimate decides; that the true one is smaller is not tested.
    double least = 0.0;
};

// By weight: a metric's is the weightiest of its checks'.
enum class Verdict
{
    kIdentical,    // equal in every run (pair) there is
    kNoDifference, // no more than chance explains
    kSmall,        // significantly, and by less than CompareOptions::least
    kUndecided,    // differs, and no difference of so few runs reaches the level; or fewer_reach
    kBetter,
    kChanged, // significantly, in a metric of which neither way is better
    kWorse,
};

enum class Aspect
{
    kValue,
    kNotReached, // runs that ended before
    kUndefined,  // runs in which it has no meaning
    kFailed,     // runs that failed or timed out
};

enum class Method
{
    kNone, // identical: nothing to test
    kSignFlip,
    kPermutation,
    kPairedT,
    kWelch,
    kMcNemar,
    kFisher,
};

// One hypothesis of the family.
struct Check
{
    Aspect aspect = Aspect::kValue;
    Method method = Method::kNone;
    bool paired = false;
    Count base; // of runs (of pairs) n; k have the aspect, or a value
    Count changed;
    double base_mean = 0.0; // of values, or the share k/n
    double changed_mean = 0.0;
    double difference = 0.0;
    std::optional<Interval> interval; // of the difference
    // Of values: Cohen's d, the difference in standard deviations (Cohen 1988, 2.2 and 2.3.5). Paired, d_z: of
    // the differences of pairs; unpaired: of the values, pooled over both sides. None where the deviation is
    // 0, but for rounding, or not known: one pair, one value on each side.
    std::optional<double> d;
    double p = 1.0;
    double least_p = 1.0; // the smallest that so many runs (arrangements drawn) could give
    double adjusted_p = 1.0;
    bool fewer_reach = false; // better, but fewer of NEW's runs than of BASE's have a value
    Verdict verdict = Verdict::kIdentical;

    // Of the base's mean; none where that is 0.
    [[nodiscard]] std::optional<double> relative() const;
    // The size of that: infinite for a rise from 0.
    [[nodiscard]] double relative_size() const;
    // All runs of NEW fail, or do not reach it, and none of BASE.
    [[nodiscard]] bool lost_in_all() const;
};

struct MetricComparison
{
    std::size_t point = 0; // index into Comparison::points
    std::string metric;    // "runs" for those that failed
    MetricInfo info;
    std::vector<Check> checks;
    Verdict verdict = Verdict::kIdentical;
};

struct PointComparison
{
    std::string label;
    bool paired = false;
    std::size_t base_runs = 0;
    std::size_t changed_runs = 0;
    std::size_t shared = 0;    // seeds that both have
    std::size_t same_path = 0; // of these, with equal fingerprints
};

struct Comparison
{
    double alpha = 0.01;
    double least = 0.0;
    std::vector<PointComparison> points;
    std::vector<MetricComparison> metrics; // by point, then name
    std::vector<std::string> only_base_points;
    std::vector<std::string> only_changed_points;
    std::vector<std::string> only_base_metrics;
    std::vector<std::string> only_changed_metrics;
    std::size_t family = 0; // checks that Holm corrects for: all that are not identical
    bool identical = false; // same points, seeds, fingerprints and metrics on both sides

    [[nodiscard]] std::size_t count(Verdict verdict) const; // of metrics
    // The worst in size of what is significant: by verdict, then adjusted p, then relative_size().
    [[nodiscard]] std::optional<std::size_t> foremost() const; // index into metrics
};

// The check that decided a metric's verdict; none where nothing was there to check.
[[nodiscard]] const Check* decisive(const MetricComparison& metric);

// std::invalid_argument for alpha outside (0, 1), least outside [0, inf).
[[nodiscard]] Comparison compare(const RunSet& base,
                                 const RunSet& changed,
                                 const CompareOptions& options = {});

[[nodiscard]] const char* text_of(Verdict verdict);
[[nodiscard]] const char* text_of(Aspect aspect);
[[nodiscard]] const char* text_of(Method method);

} // namespace sipsim::analysis
