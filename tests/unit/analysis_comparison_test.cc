#include "analysis/comparison.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace sipsim::analysis;
using doctest::Approx;

namespace
{

constexpr std::optional<double> kNotReached = std::nullopt;

// One point, one metric, a run per value; seeds from `first_seed`. No value: not reached.
RunSet
set_of(const std::vector<std::optional<double>>& values,
       std::int64_t first_seed = 1,
       const std::string& better = "less",
       const std::string& wait = "20s")
{
    RunSet set;
    set.experiment = "outage";
    set.metric_info["time"] = {.unit = "s", .kind = "time_to", .sentence = {}, .better = better};
    set.points.push_back({.parameters = {{"wait", wait}}, .runs = {}});
    for (const auto& value : values)
    {
        RunOutcome run{.seed = first_seed++, .fingerprint = "f", .metrics = {}};
        run.metrics["time"] = {.value = value, .censored = !value};
        set.points[0].runs.push_back(run);
    }
    return set;
}

// n values with a spread of their own, none equal to another, plus `shift`.
std::vector<std::optional<double>>
spread(std::size_t n, double shift = 0)
{
    std::vector<std::optional<double>> values;
    for (std::size_t i = 0; i < n; ++i)
    {
        values.emplace_back(100 + shift + 10 * std::sin(static_cast<double>(i * i)));
    }
    return values;
}

const Check&
only_check(const Comparison& c)
{
    REQUIRE(c.metrics.size() == 1);
    REQUIRE(c.metrics[0].checks.size() == 1);
    return c.metrics[0].checks[0];
}

} // namespace

TEST_CASE(
    "compare: runs of one seed are pairs; equal ones are identical, and no test is made of them")
{
    const auto same = compare(set_of(spread(5)), set_of(spread(5)));
    CHECK(same.identical);
    CHECK(same.family == 0);
    CHECK(same.points[0].paired);
    CHECK(only_check(same).verdict == Verdict::kIdentical);
    // Another compiler's last bit, in every run the same way.
    auto rounded = spread(5);
    for (auto& value : rounded)
    {
        value = std::nextafter(*value, 1000.0);
    }
    CHECK(compare(set_of(spread(5)), set_of(rounded)).identical);
    auto other = set_of(spread(5));
    other.points[0].runs[3].fingerprint = "g";
    CHECK_FALSE(compare(set_of(spread(5)), other).identical);
}

TEST_CASE("compare: a shift in all of 12 pairs has p = 2/2^12 by sign flips, whatever the spread")
{
    // The spread between runs is 40 times the shift; within pairs there is only the shift.
    const auto c = compare(set_of(spread(12)), set_of(spread(12, 0.5)));
    const Check& check = only_check(c);
    CHECK(check.method == Method::kSignFlip);
    CHECK(check.p == 2.0 / 4096);
    CHECK(check.adjusted_p == check.p); // a family of one
    CHECK(check.difference == Approx(0.5));
    CHECK(check.interval->low == Approx(0.5));
    CHECK(*check.relative() == Approx(0.5 / check.base_mean));
    CHECK(check.verdict == Verdict::kWorse);
}

TEST_CASE("compare: Cohen's d is the difference in standard deviations, of pairs or pooled")
{
    // Differences 1, 2, 3: mean 2, sd 1.
    CHECK(*only_check(compare(set_of({10, 20, 30}), set_of({11, 22, 33}))).d == Approx(2.0));
    // Unpaired: means 4 and 9; squares about them 4 + 0 + 4 and 9 + 9, pooled sqrt(26 / (3 + 2 - 2)).
    const auto apart = compare(set_of({2, 4, 6}), set_of({6, 12}, 100));
    CHECK(*only_check(apart).d == Approx(5 / std::sqrt(26.0 / 3)));
    // One value knows no deviation, but two of the other side do: sd of 2 and 6 is sqrt(8).
    CHECK(*only_check(compare(set_of({2, 6}), set_of({9}, 100))).d == Approx(5 / std::sqrt(8.0)));
    // No deviation, but for rounding; not known; nothing differs.
    CHECK_FALSE(only_check(compare(set_of(spread(12)), set_of(spread(12, 0.5)))).d);
    CHECK_FALSE(only_check(compare(set_of({2}), set_of({3}, 100))).d);
    CHECK_FALSE(only_check(compare(set_of({2}), set_of({3}))).d);
    CHECK(*only_check(compare(set_of({2, 6}), set_of({2, 6}, 100))).d == 0.0);
    CHECK_FALSE(only_check(compare(set_of({2, 6}), set_of({2, 6}))).d);
}

TEST_CASE("compare: with other seeds runs are not paired, and the same shift is lost in the spread")
{
    const auto c = compare(set_of(spread(12)), set_of(spread(12, 0.5), 100));
    CHECK_FALSE(c.points[0].paired);
    CHECK(only_check(c).method == Method::kPermutation);
    CHECK(only_check(c).verdict == Verdict::kNoDifference);
    const auto far = compare(set_of(spread(12)), set_of(spread(12, 50), 100));
    CHECK(only_check(far).verdict == Verdict::kWorse);
    // Half of the smaller side shared are pairs; what has no partner is left out.
    const auto some = compare(set_of(spread(12)), set_of(spread(12, 0.5), 7));
    CHECK(some.points[0].paired);
    CHECK(some.points[0].shared == 6);
    CHECK(only_check(some).base.n == 6);
    CHECK_FALSE(compare(set_of(spread(12)), set_of(spread(12), 8)).points[0].paired);
}

TEST_CASE("compare: which way is worse is the metric's to say, of NEW's declaration before BASE's")
{
    const auto verdict = [](const std::string& base, const std::string& changed, double shift) {
        return compare(set_of(spread(12), 1, base), set_of(spread(12, shift), 1, changed))
            .metrics[0]
            .verdict;
    };
    CHECK(verdict("less", "less", 1) == Verdict::kWorse);
    CHECK(verdict("less", "less", -1) == Verdict::kBetter);
    CHECK(verdict("more", "more", 1) == Verdict::kBetter);
    CHECK(verdict("more", "more", -1) == Verdict::kWorse);
    CHECK(verdict("neither", "neither", 1) == Verdict::kChanged);
    CHECK(verdict("less", "more", 1) == Verdict::kBetter);
    CHECK(verdict("more", "", 1) == Verdict::kBetter); // a store of before has none
    CHECK(verdict("", "", 1) == Verdict::kChanged);
}

TEST_CASE("compare: not reached is counted, by McNemar's exact test, and never averaged")
{
    auto values = spread(20);
    auto lost = values;
    for (std::size_t i = 0; i < 9; ++i)
    {
        lost[i] = kNotReached;
    }
    const auto c = compare(set_of(values), set_of(lost));
    REQUIRE(c.metrics[0].checks.size() == 2);
    const Check& count = c.metrics[0].checks[0];
    CHECK(count.aspect == Aspect::kNotReached);
    CHECK(count.method == Method::kMcNemar);
    CHECK(count.p == 2.0 / 512); // all 9 pairs that disagree, one way
    CHECK(count.changed.k == 9);
    CHECK(count.verdict == Verdict::kWorse);
    const Check& value = c.metrics[0].checks[1]; // the 11 pairs where both got there
    CHECK(value.base.n == 11);
    CHECK(value.verdict == Verdict::kIdentical);
    CHECK(c.metrics[0].verdict == Verdict::kWorse);
    CHECK(decisive(c.metrics[0])->aspect == Aspect::kNotReached);
    // With other seeds Fisher's exact test: 0 of 20 against 9 of 20.
    const auto other = compare(set_of(values), set_of(lost, 100));
    CHECK(other.metrics[0].checks[0].method == Method::kFisher);
    CHECK(other.metrics[0].checks[0].p == Approx(fisher_exact_p({0, 20}, {9, 20})));
    // All of one side: nothing is left to average.
    const std::vector<std::optional<double>> none(20, kNotReached);
    const auto all = compare(set_of(values), set_of(none));
    CHECK(only_check(all).aspect == Aspect::kNotReached);
    CHECK(all.metrics[0].verdict == Verdict::kWorse);
}

TEST_CASE("compare: a run that failed, and a metric without meaning, are outcomes too")
{
    auto changed = set_of(spread(20));
    for (std::size_t i = 0; i < 10; ++i)
    {
        changed.points[0].runs[i].ok = false;
        changed.points[0].runs[i].metrics.clear();
    }
    const auto failed = compare(set_of(spread(20)), changed);
    REQUIRE(failed.metrics.size() == 2);
    CHECK(failed.metrics[0].metric == "runs");
    CHECK(failed.metrics[0].verdict == Verdict::kWorse);
    CHECK(failed.metrics[1].checks[0].base.n == 10);
    for (auto& run : changed.points[0].runs)
    {
        run.ok = true;
    }
    const auto undefined = compare(set_of(spread(20)), changed);
    CHECK(undefined.metrics[0].checks[0].aspect == Aspect::kUndefined);
    CHECK(undefined.metrics[0].verdict == Verdict::kChanged);
}

TEST_CASE(
    "compare: too few runs for randomization take a t test, unless of few values, then nothing")
{
    auto shifted = spread(5);
    double size = 30;
    for (auto& value : shifted)
    {
        *value += size += 0.1;
    }
    const auto c = compare(set_of(spread(5)), set_of(shifted));
    CHECK(only_check(c).method == Method::kPairedT); // least p of 5 pairs: 1/16
    CHECK(only_check(c).verdict == Verdict::kWorse);
    // The same shift in all: nothing to take a spread from.
    const auto equal = compare(set_of({1, 2, 3, 1, 2}), set_of({2, 3, 4, 2, 3}));
    CHECK(only_check(equal).method == Method::kSignFlip);
    CHECK(only_check(equal).verdict == Verdict::kUndecided);
    const auto one = compare(set_of({1}), set_of({2}));
    CHECK(only_check(one).verdict == Verdict::kUndecided);
    CHECK_FALSE(only_check(one).interval);
}

TEST_CASE(
    "compare: where arrangements are drawn, a level below 1 in a million is not theirs to reach")
{
    // Of 40 pairs all 2^40 arrangements are too many: a million are drawn, and p is 1 in a million at best.
    auto longer = spread(40);
    for (auto& value : longer)
    {
        *value *= 2;
    }
    const auto drawn = compare(set_of(spread(40)), set_of(longer));
    CHECK(only_check(drawn).method == Method::kSignFlip);
    CHECK(only_check(drawn).p == 1.0 / 20'001); // the fewest that are drawn; none as extreme
    CHECK(only_check(drawn).least_p == only_check(drawn).p);
    const auto beyond = compare(set_of(spread(40)), set_of(longer), {.alpha = 1e-7});
    CHECK(only_check(beyond).method == Method::kPairedT);
    CHECK(only_check(beyond).verdict == Verdict::kWorse);
    // 32 are counted out: 2^-31.
    longer.resize(32);
    const auto counted = compare(set_of(spread(32)), set_of(longer), {.alpha = 1e-7});
    CHECK(only_check(counted).method == Method::kSignFlip);
    CHECK(only_check(counted).p == std::ldexp(1.0, -31));
    // Likewise of the C(30, 15) = 155117520 divisions of other seeds.
    const auto apart = compare(set_of(spread(15)), set_of(spread(15, 500), 100), {.alpha = 1e-7});
    CHECK(only_check(apart).method == Method::kWelch);
    CHECK(only_check(apart).verdict == Verdict::kWorse);
    // Where no t test can take over, nothing is decided: equal differences, constant sides, counts.
    const std::vector<std::optional<double>> one(40, 1.0);
    const std::vector<std::optional<double>> two(40, 2.0);
    const std::vector<std::optional<double>> none(40, kNotReached);
    for (const auto& c : {compare(set_of(one), set_of(two), {.alpha = 1e-7}),
                          compare(set_of(one), set_of(two, 100), {.alpha = 1e-7}),
                          compare(set_of(one), set_of(none), {.alpha = 1e-7})})
    {
        CHECK(only_check(c).least_p == 1.0 / 1'000'001);
        CHECK(only_check(c).verdict == Verdict::kUndecided);
    }
    // Fisher's test is exact for any number: 2 / C(80, 40) = 2e-23.
    const auto fisher = compare(set_of(one), set_of(none, 100), {.alpha = 1e-7});
    CHECK(only_check(fisher).verdict == Verdict::kWorse);
}

TEST_CASE("compare: what none of BASE and all of NEW do not reach is lost in all, decided or not")
{
    const std::vector<std::optional<double>> none(5, kNotReached);
    const auto c = compare(set_of(spread(5)), set_of(none));
    CHECK(only_check(c).verdict == Verdict::kUndecided); // 5 pairs: 2^-4
    CHECK(only_check(c).lost_in_all());
    CHECK_FALSE(only_check(compare(set_of(none), set_of(spread(5)))).lost_in_all()); // a gain
    CHECK(only_check(compare(set_of(spread(5)), set_of(none, 100))).lost_in_all());
    auto some = spread(5);
    some[2] = kNotReached;
    const auto one = compare(set_of(spread(5)), set_of(some));
    CHECK(one.metrics[0].checks[0].aspect == Aspect::kNotReached);
    CHECK_FALSE(one.metrics[0].checks[0].lost_in_all());
    CHECK_FALSE(one.metrics[0].checks[1].lost_in_all());
    CHECK_FALSE(only_check(compare(set_of({1}), set_of({2}))).lost_in_all()); // values, not counts
}

TEST_CASE("compare: quicker among those that reach it is not better while fewer do")
{
    const auto base = set_of({100.3, 101.1, 99.2, 100.9, 98.7});
    const auto quick = set_of({90.1, 90.7, kNotReached, kNotReached, 88.9});
    const auto c = compare(base, quick);
    REQUIRE(c.metrics[0].checks.size() == 2);
    const Check& value = c.metrics[0].checks[1];
    CHECK(value.adjusted_p < 0.01);
    CHECK(value.difference < -9);
    CHECK(value.fewer_reach);
    CHECK(value.verdict == Verdict::kUndecided);
    CHECK(c.metrics[0].verdict == Verdict::kUndecided);
    // Slower is worse all the same, and as many or more that reach it are no reason to doubt.
    CHECK(
        compare(base, set_of({190.1, 190.7, kNotReached, kNotReached, 188.9})).metrics[0].verdict ==
        Verdict::kWorse);
    const auto slow = set_of({190.1, 190.7, 191.3, kNotReached, 188.9});
    const auto as_many = compare(slow, set_of({90.1, 90.5, 91.4, kNotReached, 89.2}));
    CHECK(as_many.metrics[0].verdict == Verdict::kBetter);
    const auto more = compare(slow, set_of({90.1, 90.5, 91.4, 90, 89.2}));
    CHECK(more.metrics[0].verdict == Verdict::kBetter);
    CHECK_FALSE(more.metrics[0].checks[1].fewer_reach);
}

TEST_CASE("compare: a significant difference below `least` of BASE's mean is small")
{
    // 12 pairs, 4 % longer in each: the largest share that is too much is that one.
    const auto base = set_of(spread(12));
    auto longer = spread(12);
    for (auto& value : longer)
    {
        *value *= 1.04;
    }
    const auto verdict = [](const RunSet& from, const RunSet& to, double least) {
        return compare(from, to, {.least = least}).metrics[0].verdict;
    };
    CHECK(verdict(base, set_of(longer), 0.0) == Verdict::kWorse);
    CHECK(verdict(base, set_of(longer), 0.039) == Verdict::kWorse);
    CHECK(verdict(base, set_of(longer), 0.041) == Verdict::kSmall);
    CHECK_FALSE(compare(base, set_of(longer), {.least = 0.041}).foremost());
    // A rise from nothing has no share, and counts of runs are none.
    const std::vector<std::optional<double>> nothing(12, 0.0);
    CHECK(verdict(set_of(nothing), set_of(spread(12)), 1.0) == Verdict::kWorse);
    const std::vector<std::optional<double>> never(12, kNotReached);
    CHECK(verdict(base, set_of(never), 1.0) == Verdict::kWorse);
    for (const double bad : {-0.1, std::nan(""), std::numeric_limits<double>::infinity()})
    {
        CHECK_THROWS_AS((void)compare(base, base, {.least = bad}), std::invalid_argument);
    }
}

TEST_CASE("compare: of what is as significant, a rise from nothing is foremost")
{
    // 12 pairs one way in both: the same p.
    RunSet base = set_of(spread(12));
    RunSet changed = set_of(spread(12, 50)); // by half
    base.points.push_back(set_of({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 1, "less", "60s").points[0]);
    changed.points.push_back(set_of(spread(12), 1, "less", "60s").points[0]);
    const auto c = compare(base, changed);
    CHECK(c.metrics[0].checks[0].adjusted_p == c.metrics[1].checks[0].adjusted_p);
    CHECK_FALSE(c.metrics[1].checks[0].relative());
    CHECK(std::isinf(c.metrics[1].checks[0].relative_size()));
    CHECK(c.metrics[0].checks[0].relative_size() == Approx(0.5).epsilon(0.1));
    CHECK(c.foremost() == 1);
    CHECK(Check{}.relative_size() == 0.0); // nothing, and no rise
}

TEST_CASE("compare: Holm over all points and metrics that differ at all")
{
    // 10 pairs in one direction: 2/2^10 alone; two of them in a family of two, 2 * 2/2^10.
    RunSet base = set_of(spread(10));
    RunSet changed = set_of(spread(10, 1));
    base.points.push_back(set_of(spread(10), 1, "less", "60s").points[0]);
    changed.points.push_back(set_of(spread(10, 1), 1, "less", "60s").points[0]);
    base.points.push_back(set_of(spread(10), 1, "less", "90s").points[0]);
    changed.points.push_back(base.points.back());
    const auto c = compare(base, changed);
    CHECK(c.points.size() == 3);
    CHECK(c.family == 2);
    CHECK(c.metrics[0].checks[0].adjusted_p == 4.0 / 1024);
    CHECK(c.count(Verdict::kWorse) == 2);
    CHECK(compare(base, changed, {.alpha = 0.003}).count(Verdict::kUndecided) == 2);
    CHECK_THROWS_AS(std::ignore = compare(base, changed, {.alpha = 1.0}), std::invalid_argument);
}

TEST_CASE("compare: points and metrics of one side alone are named, not compared")
{
    RunSet base = set_of(spread(5));
    RunSet changed = set_of(spread(5));
    base.points.push_back(set_of(spread(5), 1, "less", "60s").points[0]);
    changed.metric_info["queue"] = {.unit = "1",
                                    .kind = "scalar",
                                    .sentence = {},
                                    .better = "less"};
    base.metric_info["wave"] = changed.metric_info["queue"];
    const auto c = compare(base, changed);
    CHECK(c.only_base_points == std::vector<std::string>{"wait=60s"});
    CHECK(c.only_changed_metrics == std::vector<std::string>{"queue"});
    CHECK(c.only_base_metrics == std::vector<std::string>{"wave"});
    CHECK_FALSE(c.identical);
    CHECK(compare(changed, base).only_changed_points == std::vector<std::string>{"wait=60s"});
}

TEST_CASE("baseline: what is written reads back to the last bit")
{
    auto set = set_of({0.1 + 0.2, kNotReached, -1e-300, 12345678901234567.0, 7});
    set.metric_info["share"] = {.unit = "1", .kind = "scalar", .sentence = {}, .better = "more"};
    for (auto& run : set.points[0].runs)
    {
        run.metrics["share"] = {.value = 1.0, .censored = false}; // equal in all: written once
    }
    const auto file = std::filesystem::temp_directory_path() /
                      ("sipsim-baseline-" + std::to_string(getpid()) + ".json");
    std::ofstream{file} << baseline_text(set);
    CHECK(is_baseline(file));
    const auto read = read_baseline(file);
    CHECK(baseline_text(read) == baseline_text(set));
    for (std::size_t i = 0; i < 5; ++i)
    {
        CHECK(read.points[0].runs[i].metrics.at("time").value ==
              set.points[0].runs[i].metrics.at("time").value);
        CHECK(read.points[0].runs[i].metrics.at("share").value == 1.0);
    }
    CHECK(read.points[0].runs[1].metrics.at("time").censored);
    CHECK(compare(set, read).identical);
    set.points[0].runs[0].ok = false;
    CHECK_THROWS_AS(std::ignore = baseline_text(set), ResultsError);
    for (const char* text : {R"({"sipsim_baseline": 2})",
                             R"({"sipsim_baseline": 1})",
                             R"({"sipsim_baseline": 1, "experiment": 3})",
                             R"({"sipsim_baseline": )"})
    {
        std::ofstream{file} << text;
        CHECK_THROWS_AS(std::ignore = read_baseline(file), ResultsError);
    }
    std::filesystem::remove(file);
}
