#pragma once

// Models : when two carriers' metrics over many seeds count as the same, and when as different.
// Drives : statistics_test.cc.
// Keeps  : pairs are runs of one seed, which share their random numbers, so only differences within
//          pairs are looked at; no test assumes a distribution but the equivalence test, which takes
//          the mean of the differences as normal.
// Leaves : intervals (analysis/estimators.h).

#include "analysis/estimators.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace sipsim::carrier
{

/// Two-sided p value of "the differences are as likely as their negatives": the share of sign changes
/// whose sum is at least as far from 0 as the one seen (Fisher's randomization test), over
/// `kFlips` random sign changes and the one seen, so that p is never 0. At most 64 differences.
inline double
sign_flip_p(std::span<const double> differences)
{
    constexpr std::uint32_t kFlips = 20'000;
    double sum = 0;
    double size = 0;
    for (const double d : differences)
    {
        sum += d;
        size += std::abs(d);
    }
    const double seen = std::abs(sum) - 1e-12 * size; // sums of the same terms in another order
    std::mt19937_64 signs{1};
    std::uint32_t as_far = 1;
    for (std::uint32_t i = 0; i < kFlips; ++i)
    {
        std::uint64_t bits = signs();
        double flipped = 0;
        for (const double d : differences)
        {
            flipped += (bits & 1U) != 0 ? d : -d;
            bits >>= 1U;
        }
        as_far += std::abs(flipped) >= seen ? 1 : 0;
    }
    return static_cast<double>(as_far) / (kFlips + 1);
}

/// Which hypotheses Holm's procedure (1979) rejects at that family level.
inline std::vector<bool>
holm_rejects(std::span<const double> p, double level)
{
    std::vector<std::size_t> order(p.size());
    for (std::size_t i = 0; i < order.size(); ++i)
    {
        order[i] = i;
    }
    std::ranges::sort(order, {}, [&](std::size_t i) { return p[i]; });
    std::vector<bool> rejected(p.size(), false);
    for (std::size_t rank = 0; rank < order.size(); ++rank)
    {
        if (p[order[rank]] > level / static_cast<double>(p.size() - rank))
        {
            break;
        }
        rejected[order[rank]] = true;
    }
    return rejected;
}

/// Two one-sided t tests (Schuirmann 1987): the mean difference lies within the margin, at that level
/// each, which is to say its interval of confidence 1 - 2 level does.
inline bool
equivalent(std::span<const double> differences, double margin, double level)
{
    const auto mean = analysis::estimate_mean(differences, 1 - 2 * level);
    return mean.interval && mean.interval->low > -margin && mean.interval->high < margin;
}

/// Largest distance between the two empirical distribution functions.
inline double
ks_distance(std::vector<double> a, std::vector<double> b)
{
    std::ranges::sort(a);
    std::ranges::sort(b);
    double distance = 0;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size())
    {
        const double x = std::min(a[i], b[j]);
        i = static_cast<std::size_t>(std::ranges::upper_bound(a, x) - a.begin());
        j = static_cast<std::size_t>(std::ranges::upper_bound(b, x) - b.begin());
        distance = std::max(distance,
                            std::abs(static_cast<double>(i) / static_cast<double>(a.size()) -
                                     static_cast<double>(j) / static_cast<double>(b.size())));
    }
    return distance;
}

/// The distance that two samples of one distribution exceed with probability `level` (Smirnov 1948,
/// first term of Kolmogorov's series; with ties, or few values, with less).
inline double
ks_critical(std::size_t a, std::size_t b, double level)
{
    const auto n = static_cast<double>(a);
    const auto m = static_cast<double>(b);
    return std::sqrt(-0.5 * std::log(level / 2) * (n + m) / (n * m));
}

} // namespace sipsim::carrier
