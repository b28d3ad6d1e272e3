#include "analysis/estimators.h"

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

namespace sipsim::analysis
{
namespace
{

void
require(bool condition, const char* message)
{
    if (!condition)
    {
        throw std::invalid_argument(message);
    }
}

bool
all_finite(std::span<const double> values)
{
    return std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
}

// sorted may end in +inf.
double
sorted_quantile(const std::vector<double>& sorted, double p)
{
    const double h = static_cast<double>(sorted.size() - 1) * p;
    const auto below = static_cast<std::size_t>(std::floor(h));
    const double fraction = h - std::floor(h);
    if (fraction == 0.0)
    {
        return sorted[below]; // also keeps 0 * inf out
    }
    return sorted[below] + fraction * (sorted[below + 1] - sorted[below]);
}

} // namespace

double
student_t_quantile(double p, double degrees_of_freedom)
{
    require(p > 0.0 && p < 1.0, "student_t_quantile: p must lie in (0, 1)");
    require(degrees_of_freedom > 0.0, "student_t_quantile: degrees of freedom must be > 0");
    return boost::math::quantile(boost::math::students_t(degrees_of_freedom), p);
}

MeanEstimate
estimate_mean(std::span<const double> values, double confidence)
{
    require(!values.empty(), "estimate_mean: no values");
    require(all_finite(values), "estimate_mean: a value is not finite");
    require(confidence > 0.0 && confidence < 1.0, "estimate_mean: confidence must lie in (0, 1)");
    const auto n = static_cast<double>(values.size());
    const Eigen::Map<const Eigen::ArrayXd> x(values.data(),
                                             static_cast<Eigen::Index>(values.size()));
    // Equal values give exactly that value: rounding in the sum must not invent a variance.
    const bool constant = x.maxCoeff() == x.minCoeff();
    MeanEstimate out{.n = values.size(),
                     .mean = constant ? x[0] : x.mean(),
                     .stddev = std::nullopt,
                     .interval = std::nullopt};
    if (values.size() >= 2)
    {
        const double stddev = constant ? 0.0 : std::sqrt((x - out.mean).square().sum() / (n - 1.0));
        const double half =
            student_t_quantile(0.5 * (1.0 + confidence), n - 1.0) * stddev / std::sqrt(n);
        out.stddev = stddev;
        out.interval = Interval{.low = out.mean - half, .high = out.mean + half};
    }
    return out;
}

double
quantile(std::span<const double> values, double p)
{
    require(!values.empty(), "quantile: no values");
    require(all_finite(values), "quantile: a value is not finite");
    require(p >= 0.0 && p <= 1.0, "quantile: p must lie in [0, 1]");
    std::vector<double> sorted(values.begin(), values.end());
    std::ranges::sort(sorted);
    return sorted_quantile(sorted, p);
}

std::optional<double>
censored_quantile(const CensoredSample& sample, double p)
{
    require(!sample.reached.empty() || sample.not_reached > 0, "censored_quantile: no values");
    require(all_finite(sample.reached), "censored_quantile: a value is not finite");
    require(p >= 0.0 && p <= 1.0, "censored_quantile: p must lie in [0, 1]");
    std::vector<double> sorted = sample.reached;
    std::ranges::sort(sorted);
    sorted.insert(sorted.end(), sample.not_reached, std::numeric_limits<double>::infinity());
    const double q = sorted_quantile(sorted, p);
    return std::isfinite(q) ? std::optional(q) : std::nullopt;
}

CensoredEstimate
estimate_censored(const CensoredSample& sample, double confidence)
{
    CensoredEstimate out;
    out.reached = sample.reached.size();
    out.not_reached = sample.not_reached;
    if (out.reached + out.not_reached == 0)
    {
        return out;
    }
    out.median = censored_quantile(sample, 0.5);
    if (!sample.reached.empty())
    {
        out.min = std::ranges::min(sample.reached);
    }
    if (sample.not_reached == 0)
    {
        out.mean = estimate_mean(sample.reached, confidence);
        out.max = std::ranges::max(sample.reached);
    }
    return out;
}

Band
mean_band(const Eigen::MatrixXd& replications, double confidence)
{
    require(replications.rows() >= 1, "mean_band: no replications");
    require(confidence > 0.0 && confidence < 1.0, "mean_band: confidence must lie in (0, 1)");
    const auto n = static_cast<double>(replications.rows());
    Band band;
    band.replications = static_cast<std::size_t>(replications.rows());
    band.mean = replications.colwise().mean().transpose();
    if (replications.rows() >= 2)
    {
        const Eigen::MatrixXd centred = replications.rowwise() - band.mean.transpose();
        const Eigen::VectorXd half =
            (student_t_quantile(0.5 * (1.0 + confidence), n - 1.0) *
             (centred.colwise().squaredNorm() / ((n - 1.0) * n)).array().sqrt())
                .matrix()
                .transpose();
        band.low = band.mean - half;
        band.high = band.mean + half;
    }
    return band;
}

Eigen::VectorXd
bin_means(const Eigen::VectorXd& series, Eigen::Index per_bin)
{
    require(per_bin >= 1, "bin_means: a bin holds at least one value");
    const Eigen::Index bins = (series.size() + per_bin - 1) / per_bin;
    Eigen::VectorXd out(bins);
    for (Eigen::Index b = 0; b < bins; ++b)
    {
        const Eigen::Index first = b * per_bin;
        out[b] = series.segment(first, std::min(per_bin, series.size() - first)).mean();
    }
    return out;
}

std::optional<MeanEstimate>
paired_difference(std::span<const SeedValue> base,
                  std::span<const SeedValue> changed,
                  double confidence)
{
    std::map<std::int64_t, double> by_seed;
    for (const auto& [seed, value] : base)
    {
        by_seed.emplace(seed, value);
    }
    std::vector<double> differences;
    for (const auto& [seed, value] : changed)
    {
        if (const auto it = by_seed.find(seed); it != by_seed.end())
        {
            differences.push_back(value - it->second);
        }
    }
    if (differences.empty())
    {
        return std::nullopt;
    }
    return estimate_mean(differences, confidence);
}

} // namespace sipsim::analysis
