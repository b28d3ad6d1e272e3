#pragma once

// Models : when metrics of two carriers over other seeds on each count as of one distribution.
// Drives : statistics_test.cc.
// Keeps  : no distribution is assumed.
// Leaves : pairs, and the correction for many tests (analysis/hypothesis_tests.h).

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace sipsim::carrier
{

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
