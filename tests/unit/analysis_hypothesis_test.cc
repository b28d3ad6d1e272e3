#include "analysis/hypothesis_tests.h"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

using namespace sipsim::analysis;
using doctest::Approx;
using Values = std::vector<double>;

namespace
{

// Differences of +1 and -1: the sum depends on their number alone, so p is that of the sign test.
Values
ones(int positive, int negative)
{
    Values d(static_cast<std::size_t>(positive), 1.0);
    d.insert(d.end(), static_cast<std::size_t>(negative), -1.0);
    return d;
}

double
sign_test_p(int positive, int negative)
{
    const boost::math::binomial law(positive + negative, 0.5);
    return 2 * boost::math::cdf(boost::math::complement(law, positive - 1));
}

// Independent normal variates, by their quantile function.
class Normal
{
  public:
    double operator()(double mean = 0, double deviation = 1)
    {
        const double u = (static_cast<double>(generator_() >> 11U) + 0.5) * 0x1p-53;
        return mean + deviation * boost::math::quantile(boost::math::normal(), u);
    }

    Values sample(std::size_t n, double mean = 0, double deviation = 1)
    {
        Values values(n);
        std::ranges::generate(values, [&] { return (*this)(mean, deviation); });
        return values;
    }

  private:
    std::mt19937_64 generator_{20240601};
};

} // namespace

TEST_CASE("sign flips: p of Darwin's maize is 1726 in 32768 (Fisher 1935, section 21)")
{
    // Heights of 15 crossed plants over their self-fertilised partners, in eighths of an inch.
    const Values darwin{49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};
    CHECK(sign_flip_p(darwin) == 1726.0 / 32768);
    CHECK(*paired_t_p(darwin) == Approx(0.0497).epsilon(1e-3)); // there too: 4.970 %
}

TEST_CASE("sign flips: p is the share of sign changes that are as far from 0, counted out by hand")
{
    CHECK(sign_flip_p(Values{1, 2, 3}) == 2.0 / 8);
    CHECK(sign_flip_p(Values{3, 2, -1}) == 4.0 / 8); // 6, 4 and their negatives
    CHECK(sign_flip_p(Values{1, -1, 2, -2}) == 1.0);
    CHECK(sign_flip_p(Values(30, 0.0)) == 1.0);
    CHECK(sign_flip_p(Values{}) == 1.0);
    CHECK(sign_flip_p(Values{5, 0, 0, 5, 0, 5}) == 2.0 / 8); // zeros have no sign
    CHECK(sign_flip_p(Values{0.1, 0.2, -0.3}) == 1.0);       // 0.1 + 0.2 is not 0.3 in binary
    CHECK(sign_flip_p(Values(10, 0.1)) == 2.0 / 1024);
    CHECK(sign_flip_least_p(10) == 2.0 / 1024);
    CHECK(sign_flip_least_p(1) == 1.0);
    CHECK_THROWS_AS(std::ignore = sign_flip_p(Values{1, NAN}), std::invalid_argument);
}

TEST_CASE("sign flips: equal sizes give the sign test, exactly up to 32 pairs, closely beyond")
{
    for (const auto& [positive, negative] : {std::pair{20, 10}, {25, 7}, {31, 0}, {17, 15}})
    {
        CHECK(sign_flip_p(ones(positive, negative)) ==
              Approx(sign_test_p(positive, negative)).epsilon(1e-12));
    }
    // Drawn until 100 are as extreme: a standard error of 10 %; three of them.
    CHECK(sign_flip_p(ones(50, 30)) == Approx(sign_test_p(50, 30)).epsilon(0.3));
    CHECK(sign_flip_p(ones(27, 13)) == Approx(sign_test_p(27, 13)).epsilon(0.3));
    CHECK(sign_flip_p(ones(200, 0), 9999) == 1.0 / 10'000); // none of those drawn: never 0
}

TEST_CASE("permutations: p is the share of divisions whose means are as far apart")
{
    CHECK(permutation_p(Values{1, 2, 3}, Values{4, 5, 6}) == Approx(2.0 / 20));
    // 5 against a mean of 2.5; 1 against one of 3.5 is as far.
    CHECK(permutation_p(Values{5}, Values{1, 2, 3, 4}) == Approx(2.0 / 5));
    CHECK(permutation_p(Values{5}, Values{1, 1, 1, 1}) == Approx(1.0 / 5));
    CHECK(permutation_p(Values{1, 2}, Values{2, 1}) == 1.0);
    CHECK(permutation_p(Values{7, 7}, Values{7, 7, 7}) == 1.0);
    CHECK(permutation_least_p(3, 3) == Approx(2.0 / 20));
    CHECK(permutation_least_p(1, 4) == Approx(1.0 / 5));
    CHECK(permutation_least_p(0, 4) == 1.0);
    CHECK_THROWS_AS(std::ignore = permutation_p(Values{}, Values{1}), std::invalid_argument);
    CHECK_THROWS_AS(std::ignore = permutation_p(Values{INFINITY}, Values{1}),
                    std::invalid_argument);
    // On values 0 and 1 it is Fisher's exact test; 12 + 12 are drawn, p = 0.0123 to three errors of 10 %.
    const Values few{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    const Values many{1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0};
    CHECK(permutation_p(few, many) == Approx(fisher_exact_p({2, 12}, {9, 12})).epsilon(0.3));
}

TEST_CASE("two proportions: Fisher's lady tasting tea, and Newcombe's interval of 56/70 and 48/80")
{
    CHECK(fisher_exact_p({3, 4}, {1, 4}) == Approx(34.0 / 70));
    CHECK(fisher_exact_p({4, 4}, {0, 4}) == Approx(2.0 / 70));
    CHECK(fisher_exact_p({0, 5}, {0, 9}) == 1.0);
    CHECK_THROWS_AS(std::ignore = fisher_exact_p({1, 0}, {1, 1}), std::invalid_argument);
    // Newcombe 1998, table II (a), method 10: 0.0524 to 0.3339.
    const auto interval = proportion_difference({48, 80}, {56, 70}, 0.95);
    CHECK(interval.low == Approx(0.0524).epsilon(1e-3));
    CHECK(interval.high == Approx(0.3339).epsilon(1e-3));
}

TEST_CASE("Welch: with equal variances Student's t; with one side constant the other's freedom")
{
    // t = 3 / sqrt(2/3), 4 degrees of freedom: two-sided p = 1 - 2 (F(t) - 1/2),
    // F(t) - 1/2 = 3/8 s (1 - s^2/12), s = t / sqrt(1 + t^2/4).
    const double t = 3 / std::sqrt(2.0 / 3);
    const double s = t / std::sqrt(1 + t * t / 4);
    const auto equal = welch(Values{1, 2, 3}, Values{4, 5, 6});
    CHECK(equal.difference == Approx(3));
    CHECK(*equal.p == Approx(1 - 0.75 * s * (1 - s * s / 12)).epsilon(1e-9));
    CHECK(equal.interval->high == Approx(3 + 2.776445 * std::sqrt(2.0 / 3)).epsilon(1e-6));
    // 2 degrees of freedom: p = 1 - t / sqrt(2 + t^2), t = 2 sqrt(3).
    CHECK(*welch(Values{5, 5}, Values{6, 7, 8}).p ==
          Approx(1 - std::sqrt(12.0 / 14)).epsilon(1e-9));
    CHECK_FALSE(welch(Values{5, 5}, Values{6, 6}).p);
    CHECK_FALSE(welch(Values{5}, Values{6, 7}).interval);
    CHECK_FALSE(paired_t_p(Values{1, 1, 1}));
    CHECK_FALSE(paired_t_p(Values{1}));
}

TEST_CASE(
    "Holm: adjusted p values of the textbook's 0.01, 0.04, 0.03, 0.005 are .03, .06, .06, .02")
{
    const auto adjusted = holm_adjusted(Values{0.01, 0.04, 0.03, 0.005});
    const Values wanted{0.03, 0.06, 0.06, 0.02};
    for (std::size_t i = 0; i < wanted.size(); ++i)
    {
        CHECK(adjusted[i] == Approx(wanted[i]));
    }
    CHECK(holm_rejects(Values{0.01, 0.04, 0.03, 0.005}, 0.05) ==
          std::vector<bool>{true, false, false, true});
    // 0.026 > 0.05 / 2 stops it at the second smallest, though it is below 0.05.
    CHECK(holm_rejects(Values{0.03, 0.001, 0.026}, 0.05) == std::vector<bool>{false, true, false});
    CHECK(holm_rejects(Values{0.03, 0.001, 0.02}, 0.05) == std::vector<bool>{true, true, true});
    CHECK(holm_adjusted(Values{0.9, 0.8}) == Values{1.0, 1.0});
    CHECK(holm_adjusted(Values{}).empty());
}

TEST_CASE("equivalence needs the whole interval within the margin")
{
    CHECK(equivalent(Values{0.1, -0.1, 0.05, -0.05}, 1.0, 0.01));
    CHECK_FALSE(equivalent(Values{1.1, 0.9, 1.05, 0.95}, 1.0, 0.01));
    CHECK_FALSE(equivalent(Values{0.1}, 1.0, 0.01));
}

TEST_CASE("intervals of a difference cover it in 95 of 100 samples")
{
    // 2000 samples: the share that covers has a standard error of 0.5 %; four of them.
    constexpr int kSamples = 2000;
    Normal normal;
    int welch_covers = 0;
    int newcombe_covers = 0;
    for (int i = 0; i < kSamples; ++i)
    {
        const auto mean = welch(normal.sample(8, 10, 1), normal.sample(12, 13, 4), 0.95);
        welch_covers += mean.interval->low <= 3 && 3 <= mean.interval->high ? 1 : 0;
        Count base{0, 40};
        Count changed{0, 30};
        for (std::size_t n = 0; n < base.n; ++n)
        {
            base.k += normal() < -0.8416212 ? 1 : 0; // in 20 % of cases
        }
        for (std::size_t n = 0; n < changed.n; ++n)
        {
            changed.k += normal() < 0 ? 1 : 0; // in half
        }
        const auto share = proportion_difference(base, changed, 0.95);
        newcombe_covers += share.low <= 0.3 && 0.3 <= share.high ? 1 : 0;
    }
    CHECK(welch_covers == Approx(0.95 * kSamples).epsilon(0.02));
    CHECK(newcombe_covers ==
          Approx(0.95 * kSamples).epsilon(0.02)); // near 95 % for such n (his table)
}

TEST_CASE("no test finds a difference between like samples more often than its level")
{
    constexpr int kSamples = 2000;
    const auto found = [](const std::function<double(Normal&)>& p) {
        Normal normal;
        int below = 0;
        for (int i = 0; i < kSamples; ++i)
        {
            below += p(normal) <= 0.05 ? 1 : 0;
        }
        return below;
    };
    // Standard error of the count: sqrt(2000 * 0.05 * 0.95) = 10; four of them.
    const int most = 140;
    const int least = 60;
    const int flips = found([](Normal& n) { return sign_flip_p(n.sample(9)); });
    const int drawn_flips = found([](Normal& n) { return sign_flip_p(n.sample(40), 2000); });
    const int permuted = found([](Normal& n) { return permutation_p(n.sample(6), n.sample(7)); });
    const int drawn =
        found([](Normal& n) { return permutation_p(n.sample(15), n.sample(15), 2000); });
    const int paired = found([](Normal& n) { return *paired_t_p(n.sample(5)); });
    const int unpaired = found([](Normal& n) { return *welch(n.sample(5), n.sample(5)).p; });
    for (const int count : {flips, drawn_flips, permuted, drawn, paired})
    {
        CHECK(count <= most);
        CHECK(count >= least);
    }
    CHECK(unpaired <= most); // Welch's for few values finds less
    // And each finds a shift of three deviations.
    CHECK(found([](Normal& n) { return sign_flip_p(n.sample(9, 3)); }) > 0.99 * kSamples);
    CHECK(found([](Normal& n) { return permutation_p(n.sample(6), n.sample(7, 3)); }) >
          0.95 * kSamples);
}
