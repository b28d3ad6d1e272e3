#include "analysis/estimators.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

using namespace sipsim::analysis;
using doctest::Approx;

TEST_CASE("Student's t quantiles are those of the published table (two-sided 95 %, 99 %)")
{
    // Fisher & Yates, Statistical Tables, table III: three decimals.
    CHECK(student_t_quantile(0.975, 1) == Approx(12.706).epsilon(5e-5));
    CHECK(student_t_quantile(0.975, 4) == Approx(2.776).epsilon(2e-4));
    CHECK(student_t_quantile(0.975, 9) == Approx(2.262).epsilon(2e-4));
    CHECK(student_t_quantile(0.975, 30) == Approx(2.042).epsilon(3e-4));
    CHECK(student_t_quantile(0.995, 4) == Approx(4.604).epsilon(1e-4));
    CHECK(student_t_quantile(0.025, 4) == Approx(-2.776).epsilon(2e-4));
}

TEST_CASE("the interval of five replications is mean -+ 2.776 s / sqrt(5)")
{
    // 2 4 4 4 6: mean 4, squared deviations 4+0+0+0+4 = 8, s = sqrt(8/4) = sqrt(2),
    // half-width 2.7764 * sqrt(2) / sqrt(5) = 1.7560.
    const std::array<double, 5> values{2, 4, 4, 4, 6};
    const auto e = estimate_mean(values);
    CHECK(e.n == 5);
    CHECK(e.mean == Approx(4.0));
    CHECK(e.stddev.value() == Approx(std::sqrt(2.0)));
    REQUIRE(e.interval);
    CHECK(e.interval->low == Approx(4.0 - 1.7560).epsilon(1e-4));
    CHECK(e.interval->high == Approx(4.0 + 1.7560).epsilon(1e-4));
}

TEST_CASE("one replication has a mean and neither deviation nor interval")
{
    const std::array<double, 1> value{7.5};
    const auto e = estimate_mean(value);
    CHECK(e.mean == 7.5);
    CHECK_FALSE(e.stddev);
    CHECK_FALSE(e.interval);
}

TEST_CASE("equal replications have an interval of width zero, whatever the rounding of their sum")
{
    // 0.1 three times sums to 0.30000000000000004.
    const std::array<double, 3> values{0.1, 0.1, 0.1};
    const auto e = estimate_mean(values);
    CHECK(e.mean == 0.1);
    CHECK(e.stddev.value() == 0.0);
    CHECK(e.interval->low == 0.1);
    CHECK(e.interval->high == 0.1);
}

TEST_CASE("a 95 % interval covers the true mean in 95 % of 4000 samples of five")
{
    // Binomial: standard deviation sqrt(.95 * .05 / 4000) = 0.0034, so +-0.0138 is four of them.
    std::mt19937_64 engine(20240607);
    std::normal_distribution<double> normal(10.0, 3.0);
    int covered = 0;
    for (int sample = 0; sample < 4000; ++sample)
    {
        std::array<double, 5> values{};
        for (auto& value : values)
        {
            value = normal(engine);
        }
        const auto e = estimate_mean(values);
        covered += e.interval->low <= 10.0 && 10.0 <= e.interval->high ? 1 : 0;
    }
    CHECK(covered / 4000.0 > 0.95 - 0.0138);
    CHECK(covered / 4000.0 < 0.95 + 0.0138);
}

TEST_CASE("nothing, not-a-number and an impossible confidence are refused")
{
    const std::vector<double> none;
    const std::array<double, 2> broken{1.0, std::nan("")};
    const std::array<double, 2> fine{1.0, 2.0};
    CHECK_THROWS_AS((void)estimate_mean(none), std::invalid_argument);
    CHECK_THROWS_AS((void)estimate_mean(broken), std::invalid_argument);
    CHECK_THROWS_AS((void)estimate_mean(fine, 1.0), std::invalid_argument);
    CHECK_THROWS_AS((void)quantile(none, 0.5), std::invalid_argument);
    CHECK_THROWS_AS((void)quantile(fine, 1.5), std::invalid_argument);
    CHECK_THROWS_AS((void)student_t_quantile(0.0, 4), std::invalid_argument);
    CHECK_THROWS_AS((void)student_t_quantile(0.5, 0), std::invalid_argument);
}

TEST_CASE("quantiles are of type 7: linear between order statistics at (n - 1) p")
{
    // Sorted 10 20 30 40. p = 0.5: h = 1.5 -> 25. p = 0.25: h = 0.75 -> 10 + .75 * 10 = 17.5.
    // p = 0.9: h = 2.7 -> 30 + .7 * 10 = 37.
    const std::array<double, 4> values{40, 10, 30, 20};
    CHECK(quantile(values, 0.0) == 10.0);
    CHECK(quantile(values, 0.25) == Approx(17.5));
    CHECK(quantile(values, 0.5) == Approx(25.0));
    CHECK(quantile(values, 0.9) == Approx(37.0));
    CHECK(quantile(values, 1.0) == 40.0);
}

TEST_CASE("a time that one of five runs did not reach has a median and no mean")
{
    const CensoredSample sample{.reached = {30, 10, 40, 20}, .not_reached = 1};
    const auto e = estimate_censored(sample);
    CHECK(e.reached == 4);
    CHECK(e.not_reached == 1);
    CHECK_FALSE(e.mean);
    CHECK(e.median.value() == 30.0); // 10 20 30 40 inf
    CHECK(e.min.value() == 10.0);
    CHECK_FALSE(e.max);
}

TEST_CASE("a median that needs a time not reached is itself not reached")
{
    CHECK_FALSE(censored_quantile({.reached = {10, 20}, .not_reached = 3}, 0.5));
    // 10 20 inf inf: h = 1.5 lies between 20 and inf.
    CHECK_FALSE(censored_quantile({.reached = {10, 20}, .not_reached = 2}, 0.5));
    // 10 20 inf: h = 1 is exactly 20.
    CHECK(censored_quantile({.reached = {10, 20}, .not_reached = 1}, 0.5).value() == 20.0);
    CHECK_FALSE(censored_quantile({.reached = {}, .not_reached = 2}, 0.0));
}

TEST_CASE("times that all runs reached are an ordinary sample")
{
    const auto e = estimate_censored({.reached = {1, 2, 6}, .not_reached = 0});
    CHECK(e.mean->mean == Approx(3.0));
    CHECK(e.median.value() == 2.0);
    CHECK(e.max.value() == 6.0);
}

TEST_CASE("no observation at all gives counts of zero and nothing else")
{
    const auto e = estimate_censored({});
    CHECK(e.reached == 0);
    CHECK(e.not_reached == 0);
    CHECK_FALSE(e.mean);
    CHECK_FALSE(e.median);
    CHECK_FALSE(e.min);
}

TEST_CASE("the band over replications is the t interval of each instant")
{
    // Column 0: 1 3 -> mean 2, s = sqrt(2), half = 12.706 * sqrt(2) / sqrt(2) = 12.706.
    // Column 1: 5 5 -> half 0.
    Eigen::MatrixXd values(2, 2);
    values << 1, 5, 3, 5;
    const auto band = mean_band(values);
    CHECK(band.replications == 2);
    CHECK(band.mean[0] == Approx(2.0));
    CHECK(band.low[0] == Approx(2.0 - 12.706).epsilon(1e-4));
    CHECK(band.high[0] == Approx(2.0 + 12.706).epsilon(1e-4));
    CHECK(band.low[1] == Approx(5.0));
    CHECK(band.high[1] == Approx(5.0));
}

TEST_CASE("the band agrees with estimate_mean at every instant")
{
    std::mt19937_64 engine(7);
    std::uniform_real_distribution<double> uniform(0.0, 50.0);
    Eigen::MatrixXd values(5, 40);
    for (auto& value : values.reshaped())
    {
        value = uniform(engine);
    }
    const auto band = mean_band(values, 0.9);
    for (Eigen::Index t = 0; t < values.cols(); ++t)
    {
        const Eigen::VectorXd column = values.col(t);
        const auto e = estimate_mean({column.data(), 5}, 0.9);
        CHECK(band.mean[t] == Approx(e.mean));
        CHECK(band.low[t] == Approx(e.interval->low));
        CHECK(band.high[t] == Approx(e.interval->high));
    }
}

TEST_CASE("one replication has a line and no band")
{
    const auto band = mean_band(Eigen::MatrixXd::Ones(1, 3));
    CHECK(band.mean.size() == 3);
    CHECK(band.low.size() == 0);
    CHECK(band.high.size() == 0);
    CHECK_THROWS_AS((void)mean_band(Eigen::MatrixXd(0, 3)), std::invalid_argument);
}

TEST_CASE("bins average whole groups, and the short last one over what it has")
{
    Eigen::VectorXd series(5);
    series << 1, 3, 5, 7, 100;
    const auto bins = bin_means(series, 2);
    REQUIRE(bins.size() == 3);
    CHECK(bins[0] == 2.0);
    CHECK(bins[1] == 6.0);
    CHECK(bins[2] == 100.0);
    CHECK(bin_means(series, 1) == series);
    CHECK(bin_means(Eigen::VectorXd(), 4).size() == 0);
    CHECK_THROWS_AS((void)bin_means(series, 0), std::invalid_argument);
}

TEST_CASE("pairs are made by seed, and the interval is that of the differences")
{
    // Seeds 1 2 3 are common, differences 1 1 1: the wide spread over seeds cancels.
    const std::vector<SeedValue> base{{1, 10}, {2, 50}, {3, 90}, {4, 0}};
    const std::vector<SeedValue> changed{{3, 91}, {1, 11}, {9, 500}, {2, 51}};
    const auto e = paired_difference(base, changed);
    REQUIRE(e);
    CHECK(e->n == 3);
    CHECK(e->mean == 1.0);
    CHECK(e->interval->low == 1.0);
    CHECK(e->interval->high == 1.0);
    CHECK_FALSE(paired_difference(base, std::vector<SeedValue>{{77, 1.0}}));
}
