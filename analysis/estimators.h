// Models : what independent replications of one point say about it: mean with Student's t interval,
//          quantiles, times that some replications never reach, bands over time, paired differences.
// Drives : summary.cc and tests; plain functions, equal input gives equal output.
// Keeps  : an interval only where it exists (n >= 2); a mean of times only if every replication got
//          there; replications are paired by seed, never by position.
// Leaves : dependence inside one run (a run is one observation), corrections for many comparisons.
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sipsim::analysis
{

inline constexpr double kDefaultConfidence = 0.95;

struct Interval
{
    double low;
    double high;
};

struct MeanEstimate
{
    std::size_t n;
    double mean;
    std::optional<double> stddev;     // with n - 1 in the denominator; none for n = 1
    std::optional<Interval> interval; // mean -+ t_{(1+confidence)/2, n-1} * stddev / sqrt(n)
};

// Quantile of Student's t distribution. p in (0, 1), degrees_of_freedom > 0, else
// std::invalid_argument.
[[nodiscard]] double student_t_quantile(double p, double degrees_of_freedom);

// values: at least one, all finite; confidence in (0, 1). Else std::invalid_argument.
[[nodiscard]] MeanEstimate estimate_mean(std::span<const double> values,
                                         double confidence = kDefaultConfidence);

// Sample quantile of type 7 (Hyndman & Fan 1996; the default of R and NumPy): with the values sorted
// x_0 <= ... <= x_{n-1} and h = (n-1) p, x_floor(h) + (h - floor(h)) (x_floor(h)+1 - x_floor(h)).
// values: at least one, all finite; p in [0, 1]. Else std::invalid_argument.
[[nodiscard]] double quantile(std::span<const double> values, double p);

// Times of which some were not reached before the run ended.
struct CensoredSample
{
    std::vector<double> reached;
    std::size_t not_reached = 0;
};

struct CensoredEstimate
{
    std::size_t reached = 0;
    std::size_t not_reached = 0;
    // Only if every replication got there: a mean over the lucky ones would hide the others.
    std::optional<MeanEstimate> mean;
    // A time not reached counts as +inf; none where the quantile itself was not reached.
    std::optional<double> median;
    std::optional<double> min;
    std::optional<double> max;
};

// Type 7 over the sample with "not reached" as +inf; none if the quantile needs one of those.
// At least one observation, p in [0, 1], else std::invalid_argument.
[[nodiscard]] std::optional<double> censored_quantile(const CensoredSample& sample, double p);

// An empty sample gives an estimate with both counts 0 and nothing else.
[[nodiscard]] CensoredEstimate estimate_censored(const CensoredSample& sample,
                                                 double confidence = kDefaultConfidence);

// Pointwise over time (not simultaneous): at each instant the t interval over the replications.
struct Band
{
    std::size_t replications = 0;
    Eigen::VectorXd mean;
    Eigen::VectorXd low;  // empty for one replication
    Eigen::VectorXd high; // empty for one replication
};

// One row per replication, one column per instant. At least one row, else std::invalid_argument.
[[nodiscard]] Band mean_band(const Eigen::MatrixXd& replications,
                             double confidence = kDefaultConfidence);

// Means over consecutive groups of `per_bin` values; a last group that is short is averaged over what
// it has. per_bin >= 1, else std::invalid_argument.
[[nodiscard]] Eigen::VectorXd bin_means(const Eigen::VectorXd& series, Eigen::Index per_bin);

struct SeedValue
{
    std::int64_t seed;
    double value;
};

// Mean of (changed - base) over the seeds both have: common random numbers make the pairs dependent,
// so the interval is that of the differences. None without a common seed.
[[nodiscard]] std::optional<MeanEstimate> paired_difference(std::span<const SeedValue> base,
                                                            std::span<const SeedValue> changed,
                                                            double confidence = kDefaultConfidence);

} // namespace sipsim::analysis
