// Models : tests of "both samples are alike" for a few to a few hundred runs: randomization tests
//          (Fisher 1935), exact where they can be counted out; t tests for fewer runs than those need;
//          exact tests of counts; Holm's correction; equivalence.
// Drives : comparison.cc, and tests that hold two carriers against each other.
// Keeps  : equal input gives equal output (random arrangements come from a fixed seed); p is never 0;
//          a p value is valid as such: P(p <= x) <= x if the samples are alike.
// Leaves : which tests make a family (comparison.h); estimates (estimators.h).
#pragma once

#include "analysis/estimators.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace sipsim::analysis
{

// More pairs than this, more arrangements than that are drawn at random, no longer counted out.
inline constexpr std::size_t kExactPairs = 32;
inline constexpr double kExactArrangements = 200'000;

// Random arrangements where they cannot be counted out; fewer where p is large (see randomization_p()).
inline constexpr std::size_t kArrangements = 200'000;

// Two-sided p of "each difference is as likely as its negative": the share of the 2^n sign changes whose
// sum is at least as far from 0 as the one seen (Fisher's randomization test). Up to kExactPairs
// differences other than 0 exactly, by sums of both halves. On differences of 0 and 1 this is McNemar's
// exact test. Any number of finite differences; none gives 1.
[[nodiscard]] double sign_flip_p(std::span<const double> differences,
                                 std::size_t arrangements = kArrangements);

// The smallest p which that test can give for n pairs: 2^(1-n), all differences of one sign.
[[nodiscard]] double sign_flip_least_p(std::size_t pairs);

// Two-sided p of "which value is in which sample is chance": the share of divisions of all values whose
// means are at least as far apart as those seen. Exact up to kExactArrangements divisions. Both
// samples hold at least one value, all finite, else std::invalid_argument.
[[nodiscard]] double permutation_p(std::span<const double> base,
                                   std::span<const double> changed,
                                   std::size_t arrangements = kArrangements);

// The smallest p which that test can give: 1 / C(n+m, n), twice that for n = m.
[[nodiscard]] double permutation_least_p(std::size_t base, std::size_t changed);

// Student's test of mean 0; takes the mean of the differences as normal. None for fewer than two
// differences, or if all are equal (no spread to measure with).
[[nodiscard]] std::optional<double> paired_t_p(std::span<const double> differences);

// mean(changed) - mean(base), with Welch's interval and test (Welch 1947): variances may differ. No
// interval and no p for fewer than two values on a side, no p where neither side has spread.
struct WelchResult
{
    double difference = 0.0;
    std::optional<Interval> interval;
    std::optional<double> p;
};

[[nodiscard]] WelchResult welch(std::span<const double> base,
                                std::span<const double> changed,
                                double confidence = kDefaultConfidence);

// k of n on each side.
struct Count
{
    std::size_t k = 0;
    std::size_t n = 0;
};

// Fisher's exact test of two proportions, two-sided: tables with these margins that are no more
// probable than the one seen. n >= 1 and k <= n on both sides, else std::invalid_argument.
[[nodiscard]] double fisher_exact_p(Count base, Count changed);

// Interval of the difference of two proportions, changed - base: Newcombe 1998, method 10 (from Wilson's
// interval of each). The sides count as independent: for pairs that agree it is too wide. n >= 1.
[[nodiscard]] Interval proportion_difference(Count base,
                                             Count changed,
                                             double confidence = kDefaultConfidence);

// Holm's procedure (1979): adjusted p, at most the family level for those it rejects at that level. It
// holds however the tests depend on each other. Same order as p.
[[nodiscard]] std::vector<double> holm_adjusted(std::span<const double> p);
[[nodiscard]] std::vector<bool> holm_rejects(std::span<const double> p, double level);

// Two one-sided t tests (Schuirmann 1987): the mean difference lies within the margin, at that level
// each, which is to say its interval of confidence 1 - 2 level does. level in (0, 1/2), margin > 0.
[[nodiscard]] bool equivalent(std::span<const double> differences, double margin, double level);

} // namespace sipsim::analysis
