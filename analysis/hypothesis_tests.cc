#include "analysis/hypothesis_tests.h"

#include <boost/math/distributions/hypergeometric.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/binomial.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <stdexcept>

namespace sipsim::analysis
{
namespace
{

// Sums of the same terms in another order differ by less than this share of the terms' sizes.
constexpr double kRounding = 1e-12;
// Where so many arrangements were as far apart, p is known well enough.
constexpr std::size_t kEnough = 100;

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

// Besag & Clifford 1991: draws until kEnough arrangements were as extreme as the one seen, or
// `arrangements` are drawn; p = h / l in the first case, (g + 1) / (n + 1) in the second, valid in both.
template <class AsExtreme>
double
randomization_p(std::size_t arrangements, const AsExtreme& as_extreme)
{
    std::size_t extreme = 0;
    for (std::size_t drawn = 1; drawn <= arrangements; ++drawn)
    {
        extreme += as_extreme() ? 1 : 0;
        if (extreme == kEnough)
        {
            return static_cast<double>(kEnough) / static_cast<double>(drawn);
        }
    }
    return static_cast<double>(extreme + 1) / static_cast<double>(arrangements + 1);
}

// The sums of all subsets, ascending.
std::vector<double>
subset_sums(std::span<const double> terms)
{
    std::vector<double> sums{0.0};
    for (const double term : terms)
    {
        std::vector<double> with(sums.size());
        std::ranges::transform(sums, with.begin(), [term](double s) { return s + term; });
        std::vector<double> both(2 * sums.size());
        std::ranges::merge(sums, with, both.begin());
        sums = std::move(both);
    }
    return sums;
}

// Of the 2^n subsets of the sizes, how many sum to at least `least`: for each sum of one half, those of
// the other half that make up for the rest.
double
subsets_reaching(std::span<const double> sizes, double least)
{
    const auto low = subset_sums(sizes.first(sizes.size() / 2));
    const auto high = subset_sums(sizes.subspan(sizes.size() / 2));
    double count = 0;
    std::size_t first = high.size(); // first of `high` that is enough
    for (const double sum : low)
    {
        while (first > 0 && sum + high[first - 1] >= least)
        {
            --first;
        }
        count += static_cast<double>(high.size() - first);
    }
    return count;
}

double
sign_flip_drawn(std::span<const double> sizes, double seen, std::size_t arrangements)
{
    std::mt19937_64 signs{1};
    return randomization_p(arrangements, [&] {
        double sum = 0;
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < sizes.size(); ++i)
        {
            bits = i % 64 == 0 ? signs() : bits >> 1U;
            sum += (bits & 1U) != 0 ? sizes[i] : -sizes[i];
        }
        return std::abs(sum) >= seen;
    });
}

// Below `bound`, without the differences between standard libraries.
std::size_t
below(std::mt19937_64& generator, std::size_t bound)
{
    return static_cast<std::size_t>(generator() % bound); // bias below 1e-15 for any sample
}

double
permutation_drawn(std::vector<double> all,
                  std::size_t taken,
                  double centre,
                  double seen,
                  std::size_t draws)
{
    std::mt19937_64 generator{1};
    return randomization_p(draws, [&] {
        double sum = 0;
        for (std::size_t i = 0; i < taken; ++i)
        {
            std::swap(all[i], all[i + below(generator, all.size() - i)]);
            sum += all[i];
        }
        return std::abs(sum - centre) >= seen;
    });
}

// Over all choices of `taken` of the values.
double
permutation_counted(const std::vector<double>& all, std::size_t taken, double centre, double seen)
{
    std::vector<std::size_t> chosen(taken);
    std::iota(chosen.begin(), chosen.end(), 0);
    double extreme = 0;
    double count = 0;
    while (true)
    {
        double sum = 0;
        for (const std::size_t i : chosen)
        {
            sum += all[i];
        }
        extreme += std::abs(sum - centre) >= seen ? 1 : 0;
        count += 1;
        std::size_t i = taken; // the last index that can still move on
        while (i > 0 && chosen[i - 1] == all.size() - taken + i - 1)
        {
            --i;
        }
        if (i == 0)
        {
            return extreme / count;
        }
        ++chosen[i - 1];
        for (; i < taken; ++i)
        {
            chosen[i] = chosen[i - 1] + 1;
        }
    }
}

double
arrangements_of(std::size_t base, std::size_t changed)
{
    if (base + changed > 1000)
    {
        return std::numeric_limits<double>::infinity(); // beyond double for halves of them
    }
    return boost::math::binomial_coefficient<double>(static_cast<unsigned>(base + changed),
                                                     static_cast<unsigned>(base));
}

double
two_sided_t_p(double t, double degrees_of_freedom)
{
    const boost::math::students_t law(degrees_of_freedom);
    const double p = 2.0 * boost::math::cdf(boost::math::complement(law, std::abs(t)));
    return std::max(p, std::numeric_limits<double>::min());
}

Interval
wilson(Count count, double z)
{
    const auto n = static_cast<double>(count.n);
    const double p = static_cast<double>(count.k) / n;
    const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return {.low = std::max(0.0, centre - half), .high = std::min(1.0, centre + half)};
}

void
require_count(Count count)
{
    require(count.n >= 1 && count.k <= count.n,
            "a proportion is of at least one, and at most of all");
}

} // namespace

double
sign_flip_p(std::span<const double> differences, std::size_t arrangements)
{
    require(all_finite(differences), "sign_flip_p: a difference is not finite");
    std::vector<double> sizes;
    double sum = 0;
    double size = 0;
    for (const double d : differences)
    {
        sum += d;
        size += std::abs(d);
        if (d != 0) // its sign changes nothing
        {
            sizes.push_back(std::abs(d));
        }
    }
    const double seen = std::abs(sum) - kRounding * size;
    if (seen <= 0)
    {
        return 1.0;
    }
    if (sizes.size() > kExactPairs)
    {
        return sign_flip_drawn(sizes, seen, arrangements);
    }
    // With X the sum of those taken as positive the signed sum is 2 X - size; the other tail is as large.
    const double reaching = 2 * subsets_reaching(sizes, (size + seen) / 2);
    return std::min(1.0, std::ldexp(reaching, -static_cast<int>(sizes.size())));
}

double
sign_flip_least_p(std::size_t pairs)
{
    return pairs == 0 ? 1.0
                      : std::ldexp(1.0, 1 - static_cast<int>(std::min<std::size_t>(pairs, 1000)));
}

double
permutation_p(std::span<const double> base,
              std::span<const double> changed,
              std::size_t arrangements)
{
    require(!base.empty() && !changed.empty(), "permutation_p: no values");
    require(all_finite(base) && all_finite(changed), "permutation_p: a value is not finite");
    std::vector<double> all(base.begin(), base.end());
    all.insert(all.end(), changed.begin(), changed.end());
    // The means' distance grows with that of the smaller sample's sum from its expectation.
    const auto few = changed.size() < base.size() ? changed : base;
    const double total = std::accumulate(all.begin(), all.end(), 0.0);
    const double centre = total * static_cast<double>(few.size()) / static_cast<double>(all.size());
    double size = 0;
    std::ranges::for_each(all, [&](double v) { size += std::abs(v); });
    const double seen =
        std::abs(std::accumulate(few.begin(), few.end(), 0.0) - centre) - kRounding * size;
    if (seen <= 0)
    {
        return 1.0;
    }
    if (arrangements_of(base.size(), changed.size()) > kExactArrangements)
    {
        return permutation_drawn(std::move(all), few.size(), centre, seen, arrangements);
    }
    return permutation_counted(all, few.size(), centre, seen);
}

double
permutation_least_p(std::size_t base, std::size_t changed)
{
    if (base == 0 || changed == 0)
    {
        return 1.0;
    }
    return std::min(1.0, (base == changed ? 2.0 : 1.0) / arrangements_of(base, changed));
}

std::optional<double>
paired_t_p(std::span<const double> differences)
{
    if (differences.size() < 2)
    {
        return std::nullopt;
    }
    const auto mean = estimate_mean(differences);
    if (*mean.stddev == 0)
    {
        return std::nullopt;
    }
    const auto n = static_cast<double>(differences.size());
    return two_sided_t_p(mean.mean / (*mean.stddev / std::sqrt(n)), n - 1);
}

WelchResult
welch(std::span<const double> base, std::span<const double> changed, double confidence)
{
    const auto b = estimate_mean(base, confidence);
    const auto c = estimate_mean(changed, confidence);
    WelchResult out{.difference = c.mean - b.mean, .interval = std::nullopt, .p = std::nullopt};
    if (b.n < 2 || c.n < 2)
    {
        return out;
    }
    const double vb = *b.stddev * *b.stddev / static_cast<double>(b.n);
    const double vc = *c.stddev * *c.stddev / static_cast<double>(c.n);
    if (vb + vc == 0)
    {
        out.interval = Interval{.low = out.difference, .high = out.difference};
        return out;
    }
    const double freedom =
        (vb + vc) * (vb + vc) /
        (vb * vb / static_cast<double>(b.n - 1) + vc * vc / static_cast<double>(c.n - 1));
    const double half = student_t_quantile(0.5 * (1 + confidence), freedom) * std::sqrt(vb + vc);
    out.interval = Interval{.low = out.difference - half, .high = out.difference + half};
    out.p = two_sided_t_p(out.difference / std::sqrt(vb + vc), freedom);
    return out;
}

double
fisher_exact_p(Count base, Count changed)
{
    require_count(base);
    require_count(changed);
    const std::size_t hits = base.k + changed.k;
    const std::size_t all = base.n + changed.n;
    if (hits == 0 || hits == all)
    {
        return 1.0;
    }
    const boost::math::hypergeometric law(hits, base.n, all);
    const double seen = boost::math::pdf(law, base.k) * (1 + 1e-7);
    double p = 0;
    for (std::size_t k = hits > changed.n ? hits - changed.n : 0; k <= std::min(hits, base.n); ++k)
    {
        const double probability = boost::math::pdf(law, k);
        p += probability <= seen ? probability : 0;
    }
    return std::min(1.0, p);
}

Interval
proportion_difference(Count base, Count changed, double confidence)
{
    require_count(base);
    require_count(changed);
    require(confidence > 0 && confidence < 1,
            "proportion_difference: confidence must lie in (0, 1)");
    const double z = boost::math::quantile(boost::math::normal(), 0.5 * (1 + confidence));
    const double p1 = static_cast<double>(base.k) / static_cast<double>(base.n);
    const double p2 = static_cast<double>(changed.k) / static_cast<double>(changed.n);
    const auto w1 = wilson(base, z);
    const auto w2 = wilson(changed, z);
    return {.low = p2 - p1 - std::hypot(p2 - w2.low, w1.high - p1),
            .high = p2 - p1 + std::hypot(w2.high - p2, p1 - w1.low)};
}

std::vector<double>
holm_adjusted(std::span<const double> p)
{
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, {}, [&](std::size_t i) { return p[i]; });
    std::vector<double> adjusted(p.size());
    double largest = 0;
    for (std::size_t rank = 0; rank < order.size(); ++rank)
    {
        largest = std::max(largest, static_cast<double>(p.size() - rank) * p[order[rank]]);
        adjusted[order[rank]] = std::min(1.0, largest);
    }
    return adjusted;
}

std::vector<bool>
holm_rejects(std::span<const double> p, double level)
{
    std::vector<bool> rejected;
    for (const double adjusted : holm_adjusted(p))
    {
        rejected.push_back(adjusted <= level);
    }
    return rejected;
}

bool
equivalent(std::span<const double> differences, double margin, double level)
{
    const auto mean = estimate_mean(differences, 1 - 2 * level);
    return mean.interval && mean.interval->low > -margin && mean.interval->high < margin;
}

} // namespace sipsim::analysis
