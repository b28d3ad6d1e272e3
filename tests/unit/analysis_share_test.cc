#include "analysis/share_fall.h"

#include <doctest/doctest.h>

#include <optional>
#include <utility>
#include <vector>

using namespace sipsim::analysis;

namespace
{

// Warm-up to 40 s, a fault at 80 s; 2 REGISTER/s in the warm-up, 1 from then on.
ShareRun
run_with(double share_min, std::vector<double> share)
{
    std::vector<double> rate(40, 2.0);
    rate.resize(120, 1.0);
    return {.share_min = share_min,
            .steady_rate = 1.0,
            .share = {.t0_s = 0, .dt_s = 10, .values = std::move(share)},
            .rate = {.t0_s = 0, .dt_s = 1, .values = std::move(rate)}};
}

std::optional<double>
share_from_fault(const ShareRun& run, double fault_s)
{
    const auto shares = shares_from_fault({run}, fault_s);
    return shares ? std::optional{shares->at(0)} : std::nullopt;
}

} // namespace

TEST_CASE("a smallest share that a sample from the fault on shows is the fall's")
{
    const auto run = run_with(0.5, {0, 0.3, 0.6, 1, 1, 1, 1, 1, 0.5, 0.7, 1, 1});
    CHECK(share_from_fault(run, 80) == std::optional{0.5});
}

TEST_CASE(
    "one between two samples is the fall's unless a sample from the warm-up's end on is as small")
{
    // All are back within a step; the ramp through 30 % lies in the warm-up.
    auto run = run_with(0.2, {0, 0.1, 0.6, 1, 1, 1, 1, 1, 1, 1, 1, 1});
    CHECK(share_from_fault(run, 80) == std::optional{0.2});
    // The ramp goes on beyond the warm-up: 45 % is the fall's, 20 % is not.
    run = run_with(0.2, {0, 0, 0, 0, 0.2, 0.6, 0.9, 1, 0.45, 0.5, 0.8, 1});
    CHECK(share_from_fault(run, 80) == std::optional{0.45});
}

TEST_CASE("without the warm-up's end or a sample after the fault nothing is told")
{
    auto run = run_with(0.2, {0, 0, 0, 0, 0.2, 0.6, 0.9, 1, 0.45, 0.5, 0.8, 1});
    run.steady_rate = std::nullopt;
    CHECK(share_from_fault(run, 80) == std::nullopt);
    run.steady_rate = 7.0; // no stretch up to the fault has that mean
    CHECK(share_from_fault(run, 80) == std::nullopt);
    CHECK(share_from_fault(run, 500) == std::nullopt);
}

TEST_CASE("a shallow dip that no sample shows to be the fault's is not told")
{
    auto run = run_with(0.995, {0, 0, 0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1});
    CHECK(share_from_fault(run, 80) == std::nullopt);
    run.share.values[9] = 0.996; // lower than any before
    CHECK(share_from_fault(run, 80) == std::optional{0.995});
}

TEST_CASE("the warm-up ends where all runs of a point agree")
{
    auto one = run_with(0.5, {0, 0.2, 0.4, 0.6, 1, 1, 1, 1, 1, 1, 1, 1});
    auto two = one;
    // Seen alone, it may end at 20 s: 20 s and 60 s of 1 REGISTER/s.
    for (std::size_t i = 20; i < 40; ++i)
    {
        one.rate.values[i] = 1.0;
    }
    CHECK(shares_from_fault({one}, 80) == std::optional{std::vector{1.0}});
    CHECK(shares_from_fault({one, two}, 80) == std::optional{std::vector{0.5, 0.5}});
    CHECK(shares_from_fault({}, 80) == std::nullopt);
}
