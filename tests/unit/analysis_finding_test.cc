#include "analysis/finding.h"
#include "analysis/text.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace sipsim::analysis;

namespace
{

// Values of one metric over the seeds 1, 2, ...; what is missing was not reached.
using Values = std::vector<std::optional<double>>;

MetricSummary
metric(const Values& values)
{
    MetricSummary out;
    CensoredSample sample;
    std::int64_t seed = 0;
    for (const auto& value : values)
    {
        ++seed;
        if (value)
        {
            sample.reached.push_back(*value);
            out.by_seed.push_back({seed, *value});
        }
        else
        {
            ++sample.not_reached;
        }
    }
    out.estimate = estimate_censored(sample);
    return out;
}

struct Case
{
    Values peak;
    Values recovery;
};

// One group over waits of 1 s, 20 s, 60 s ... as many as there are cases.
Summary
over_waits(const std::vector<Case>& cases, std::optional<double> capacity)
{
    static const std::vector<std::string> kTexts{"1s", "20s", "60s", "300s"};
    static const std::vector<double> kNumbers{1, 20, 60, 300};
    Summary summary;
    summary.capacity = capacity;
    const auto n = static_cast<std::ptrdiff_t>(cases.size());
    summary.axes = {{.param = "fleet.gateways.registration.retry_wait",
                     .label = "registration.retry_wait",
                     .unit = "s",
                     .values = {kTexts.begin(), kTexts.begin() + n},
                     .numeric = {kNumbers.begin(), kNumbers.begin() + n}}};
    summary.primary_axis = 0;
    summary.points_planned = cases.size();
    summary.groups = {{.label = "", .points = {}}};
    for (std::size_t i = 0; i < cases.size(); ++i)
    {
        PointSummary point;
        point.point = static_cast<std::int64_t>(i);
        point.index = {i};
        point.runs_ok = cases[i].peak.size();
        point.metrics["register_rate_peak"] = metric(cases[i].peak);
        if (!cases[i].recovery.empty())
        {
            point.metrics["time_to_99"] = metric(cases[i].recovery);
        }
        summary.points.push_back(point);
        summary.groups[0].points.push_back(i);
    }
    summary.runs_ok = cases.size() * cases.front().peak.size();
    return summary;
}

std::string
first(const Summary& summary, const std::string& topic)
{
    for (const auto& finding : findings(summary))
    {
        if (finding.topic == topic)
        {
            return finding.text;
        }
    }
    return {};
}

} // namespace

TEST_CASE(
    "the smallest wait under the capacity is named with its peak, its neighbour and its price")
{
    // 22 23 24: mean 23, s = 1, half-width 4.3027 / sqrt(3) = 2.484. 30 s of recovery likewise.
    const auto summary = over_waits(
        {{{84, 85, 86}, {4, 4, 4}}, {{22, 23, 24}, {34, 35, 36}}, {{10, 11, 12}, {90, 91, 92}}},
        30.0);
    CHECK(first(summary, "capacity") ==
          "The smallest registration.retry_wait swept whose peak stays under 30 REGISTER/s is 20 s "
          "(peak 23.0 [20.5, 25.5]; at 1 s it is 85.0 [82.5, 87.5]); recovery to 99 % takes 35.0 s "
          "[32.5, 37.5].");
}

TEST_CASE("a mean under the capacity does not count while its interval or one replication is above")
{
    // 24 28 32: one replication above. 28 29 29.5: the interval's upper end is 30.7.
    const auto one = over_waits({{{24, 28, 32}, {}}, {{10, 11, 12}, {}}}, 30.0);
    CHECK(first(one, "capacity").find("is 20 s (peak 11.0") != std::string::npos);
    const auto interval = over_waits({{{28, 29, 29.5}, {}}, {{10, 11, 12}, {}}}, 30.0);
    CHECK(first(interval, "capacity").find("is 20 s (peak 11.0") != std::string::npos);
    CHECK(first(interval, "capacity-note").find("every replication") != std::string::npos);
}

TEST_CASE("where no value stays under the capacity, the lowest peak is named")
{
    const auto summary = over_waits({{{85, 85}, {4, 4}}, {{40, 40}, {35, 35}}}, 30.0);
    CHECK(
        first(summary, "capacity") ==
        "No value of registration.retry_wait swept (1 s to 20 s) keeps the peak under 30 "
        "REGISTER/s; the lowest peak is 40.0 [equal in all 2 runs] at 20 s; recovery to 99 % takes "
        "35.0 s [equal in all 2 runs].");
}

TEST_CASE("where every value stays under the capacity, the highest peak is named")
{
    const auto summary = over_waits({{{20, 20}, {4, 4}}, {{5, 5}, {35, 35}}}, 30.0);
    CHECK(first(summary, "capacity") ==
          "Every value of registration.retry_wait swept (1 s to 20 s) keeps the peak under 30 "
          "REGISTER/s; the highest peak is 20.0 [equal in all 2 runs] at 1 s; there, recovery to "
          "99 % "
          "takes 4.00 s [equal in all 2 runs].");
}

TEST_CASE("a peak that grows along the axis asks for the largest value, and tells of exceptions")
{
    const auto largest = over_waits({{{5, 5}, {}}, {{20, 20}, {}}, {{40, 40}, {}}}, 30.0);
    CHECK(first(largest, "capacity") ==
          "The largest registration.retry_wait swept whose peak stays under 30 REGISTER/s is 20 s "
          "(peak 20.0 [equal in all 2 runs]; at 60 s it is 40.0 [equal in all 2 runs]).");
    const auto again =
        over_waits({{{50, 50}, {}}, {{20, 20}, {}}, {{40, 40}, {}}, {{9, 9}, {}}}, 30.0);
    CHECK(first(again, "capacity").find("beyond it the peak is too high again at 60 s.") !=
          std::string::npos);
}

TEST_CASE("a value that recovers sooner under the same capacity is named, paired over common seeds")
{
    const auto summary = over_waits(
        {{{85, 85, 85}, {4, 4, 4}}, {{22, 23, 24}, {100, 105, 110}}, {{10, 11, 12}, {90, 95, 100}}},
        30.0);
    CHECK(
        first(summary, "capacity")
            .ends_with("; 60 s stays under it too and recovers 10.0 s [equal in all 3 runs] sooner "
                       "(paired over 3 common seeds)."));
}

TEST_CASE("without a capacity the range of the peak and the price in recovery are told")
{
    const auto summary =
        over_waits({{{84, 85, 86}, {4, 4, 4}}, {{3, 4, 5}, {890, 900, 910}}}, std::nullopt);
    CHECK(first(summary, "capacity") ==
          "Over registration.retry_wait (1 s to 20 s) the peak lies between 4.00 [1.52, 6.48] (at "
          "20 s) and 85.0 [82.5, 87.5] REGISTER/s (at 1 s); at 1 s, recovery to 99 % takes 4.00 s "
          "[equal in all 3 runs]; at 20 s, recovery to 99 % takes 15.0 min [14.6, 15.4]; the lower "
          "peak "
          "is paid with a slower recovery.");
}

TEST_CASE("what is not reached is counted, never averaged")
{
    const auto some = over_waits({{{85, 85, 85}, {4, 5, std::nullopt}}}, 100.0);
    CHECK(first(some, "capacity")
              .ends_with("; 99 % is not reached before the run ends in 1 of 3 runs (median 5.00 "
                         "s)."));
    const auto most =
        over_waits({{{85, 85, 85}, {4, std::nullopt, std::nullopt}}, {{8, 8, 8}, {}}}, 10.0);
    CHECK(first(most, "capacity").find("recovery") == std::string::npos); // 20 s has none
    const auto none = over_waits({{{85, 85}, {std::nullopt, std::nullopt}}}, 100.0);
    CHECK(first(none, "capacity")
              .ends_with("; 99 % is not reached before the run ends in any of the 2 runs."));
}

TEST_CASE("a median that was not reached is said to be so")
{
    const auto summary = over_waits({{{85, 85, 85}, {4, std::nullopt, std::nullopt}}}, 100.0);
    CHECK(first(summary, "capacity").ends_with("in 2 of 3 runs (median not reached)."));
}

TEST_CASE("nothing swept: one peak, judged by the capacity if there is one")
{
    auto summary = over_waits({{{22, 23, 24}, {34, 35, 36}}}, 30.0);
    summary.primary_axis.reset();
    summary.axes.clear();
    CHECK(first(summary, "capacity") ==
          "The peak is 23.0 [20.5, 25.5] REGISTER/s, under the capacity of 30 REGISTER/s; recovery "
          "to 99 % takes 35.0 s [32.5, 37.5].");
    summary.capacity = 25.0;
    CHECK(first(summary, "capacity").find("not under the capacity of 25 REGISTER/s") !=
          std::string::npos);
    summary.capacity.reset();
    CHECK(first(summary, "capacity") ==
          "The peak is 23.0 [20.5, 25.5] REGISTER/s; recovery to 99 % takes 35.0 s [32.5, 37.5].");
}

TEST_CASE("each series has its sentence, and one serves all where they say the same")
{
    auto summary = over_waits({{{20, 20}, {4, 4}}, {{20, 20}, {50, 50}}}, 30.0);
    summary.axes[0].values = {"1s"};
    summary.axes[0].numeric = {1};
    summary.axes.push_back(
        {.param = "b", .label = "bindings", .unit = "", .values = {"kept", "lost"}, .numeric = {}});
    summary.points[0].index = {0, 0};
    summary.points[1].index = {0, 1};
    summary.groups = {{.label = "bindings = kept", .points = {0}},
                      {.label = "bindings = lost", .points = {1}}};
    const auto all = findings(summary);
    CHECK(all[0].text.starts_with(
        "With bindings = kept, at registration.retry_wait 1 s, the peak is "));
    CHECK(all[1].text.starts_with(
        "With bindings = lost, at registration.retry_wait 1 s, the peak is "));
    CHECK(all[2].topic == "rate");
    CHECK(all[2].text ==
          "Whatever the bindings, the busiest second brings 20.0 [equal in all 2 runs] "
          "REGISTER/s.");
}

TEST_CASE("the rate is set against the steady one, the share against the one before")
{
    auto summary = over_waits({{{100, 100}, {}}, {{20, 20}, {}}}, std::nullopt);
    for (auto& point : summary.points)
    {
        const double low = point.index[0] == 0 ? 0.9 : 0.8;
        point.metrics["register_rate_steady"] = metric({0.5, 0.5});
        point.metrics["share_before"] = metric({1.0, 1.0});
        point.metrics["share_min"] = metric({low, low});
        point.share_from_fault = metric({low, low});
        point.metrics["unregistered_account_seconds"] = metric({7200 / low, 7200 / low});
        point.faults = {{.kind = "outage", .target = "registrar:reg1", .start_s = 1, .end_s = 2}};
    }
    CHECK(first(summary, "rate") ==
          "The registrar sees 0.500 [equal in all 2 runs] REGISTER/s before the fault, and the "
          "busiest "
          "second brings 100 [equal in all 2 runs] (registration.retry_wait 1 s) down to 20.0 "
          "[equal in all 2 runs] (20 s), 200 to 40.0 times the steady rate.");
    CHECK(
        first(summary, "share") ==
        "The registered share falls from 100 % to 80.0 % [equal in all 2 runs] at its lowest for "
        "registration.retry_wait 20 s, to 90.0 % [equal in all 2 runs] for 1 s; unregistered time "
        "adds up to 2.22 account-hours [equal in all 2 runs] (1 s) to 2.50 account-hours [equal in "
        "all 2 runs] (20 s).");
    for (auto& point : summary.points)
    {
        point.share_from_fault = metric({1.0, 1.0}); // share_min was before the fault
    }
    CHECK(first(summary, "share") == "The registered share stays at 100 % [equal in all 2 runs].");
}

TEST_CASE("a sweep that changes the steady rate sets each peak against its own")
{
    auto summary = over_waits({{{40, 40}, {}}, {{20, 20}, {}}}, std::nullopt);
    for (auto& point : summary.points)
    {
        const double rate = point.index[0] == 0 ? 2.0 : 0.5;
        point.metrics["register_rate_steady"] = metric({rate, rate});
        point.faults = {{.kind = "outage", .target = "registrar:reg1", .start_s = 1, .end_s = 2}};
    }
    // 40/2 and 20/0.5.
    CHECK(first(summary, "rate")
              .ends_with("or 0.500 [equal in all 2 runs] (20 s) REGISTER/s before the fault, and "
                         "the busiest second brings 40.0 [equal in all 2 runs] "
                         "(registration.retry_wait 1 s) down to 20.0 [equal in all 2 runs] (20 s), "
                         "20.0 to 40.0 times the steady rate."));
    // Equal peaks do not make the steady rates equal: 20/0.5 and 20/2.
    summary.points[0].metrics["register_rate_peak"] = metric({20, 20});
    CHECK(first(summary, "rate")
              .ends_with("the busiest second brings 20.0 [equal in all 2 runs] REGISTER/s, 40.0 to "
                         "10.0 times the steady rate."));
}

TEST_CASE("without a fault no sentence speaks of one, and none ends in nothing")
{
    auto summary = over_waits({{{20, 20}, {}}, {{5, 5}, {}}}, 30.0);
    for (auto& point : summary.points)
    {
        const double low = point.index[0] == 0 ? 0.9 : 0.8;
        point.metrics["register_rate_steady"] = metric({0.5, 0.5});
        point.metrics["share_min"] = metric({low, low});
    }
    CHECK(first(summary, "capacity") ==
          "Every value of registration.retry_wait swept (1 s to 20 s) keeps the peak under 30 "
          "REGISTER/s; the highest peak is 20.0 [equal in all 2 runs] at 1 s.");
    CHECK(first(summary, "rate").find("fault") == std::string::npos);
    CHECK(first(summary, "share") ==
          "The registered share is at least 80.0 % [equal in all 2 runs] for "
          "registration.retry_wait 20 s, 90.0 % [equal in all 2 runs] for 1 s.");
}

TEST_CASE("a fleet that begins unregistered is told of by what it comes to")
{
    auto summary = over_waits({{{20, 20}, {}}, {{5, 5}, {}}}, std::nullopt);
    for (auto& point : summary.points)
    {
        const double end = point.index[0] == 0 ? 0.85 : 0.98;
        point.metrics["share_min"] = metric({0.0, 0.0});
        point.metrics["share_end"] = metric({end, end});
    }
    CHECK(first(summary, "share") ==
          "At the end the registered share is 85.0 % [equal in all 2 runs] for "
          "registration.retry_wait 1 s, 98.0 % [equal in all 2 runs] for 20 s.");
    summary.points[1].metrics["share_min"] = metric({0.4, 0.4}); // which did not
    CHECK(first(summary, "share").starts_with("The registered share is at least 0 %"));
}

TEST_CASE("points that begin from different shares are not said to fall from one")
{
    auto summary = over_waits({{{20, 20}, {}}, {{5, 5}, {}}}, std::nullopt);
    for (auto& point : summary.points)
    {
        const double before = point.index[0] == 0 ? 1.0 : 0.4;
        point.metrics["share_before"] = metric({before, before});
        point.metrics["share_min"] = metric({0.0, 0.0});
        point.share_from_fault = metric({0.0, 0.0});
    }
    CHECK(first(summary, "share") == "The registered share falls from between 40.0 and 100 % to 0 "
                                     "% [equal in all 2 runs], whatever "
                                     "the registration.retry_wait (1 s to 20 s).");
    // 1 s falls from 100 % to 60 %, 20 s stays at its 40 %.
    summary.points[0].share_from_fault = metric({0.6, 0.6});
    summary.points[1].share_from_fault = metric({0.4, 0.4});
    CHECK(first(summary, "share") ==
          "The registered share stays at 40.0 % [equal in all 2 runs] for registration.retry_wait "
          "20 s and falls from 100 % to 60.0 % [equal in all 2 runs] for 1 s.");
    // Each from its own.
    summary.points[1].share_from_fault = metric({0.1, 0.1});
    CHECK(first(summary, "share") ==
          "The registered share falls from 40.0 % to 10.0 % [equal in all 2 runs] at its lowest "
          "for registration.retry_wait 20 s, from 100 % to 60.0 % [equal in all 2 runs] for 1 s.");
    summary.points[0].share_from_fault = metric({1.0, 1.0});
    CHECK(first(summary, "share")
              .ends_with("20 s and stays at 100 % [equal in all 2 runs] for 1 s."));
}

TEST_CASE("where no series tells when the share was smallest, no fall is named")
{
    auto summary = over_waits({{{20, 20}, {}}, {{5, 5}, {}}}, std::nullopt);
    for (auto& point : summary.points)
    {
        point.metrics["share_before"] = metric({1.0, 1.0});
        point.metrics["share_min"] = metric({0.5, 0.5});
    }
    CHECK(first(summary, "share") == "The registered share is at least 50.0 % [equal in all 2 "
                                     "runs], whatever the registration.retry_wait (1 s to 20 s).");
}

TEST_CASE("points that recover alike are told once, and all at once where all do")
{
    auto summary = over_waits({{{20, 20}, {0, 0}}, {{20, 20}, {0, 0}}, {{20, 20}, {30, 30}}}, {});
    CHECK(first(summary, "capacity") ==
          "The peak is 20.0 [equal in all 2 runs] REGISTER/s whatever the registration.retry_wait "
          "(1 s to 60 s); at 1 s, 20 s, the registered share is still at 99 % or more when the "
          "fault ends, and stays there; at 60 s, recovery to 99 % takes 30.0 s [equal in all 2 "
          "runs].");
    summary.points[2].metrics["time_to_99"] = metric({0, 0});
    CHECK(first(summary, "capacity")
              .ends_with("(1 s to 60 s); at each, the registered share is still at 99 % or more "
                         "when the fault ends, and stays there."));
    auto twice = summary;
    for (auto& point : twice.points)
    {
        point.faults = {{.kind = "outage", .target = "", .start_s = 1, .end_s = 2},
                        {.kind = "outage", .target = "", .start_s = 5, .end_s = 6}};
    }
    CHECK(first(twice, "capacity")
              .ends_with("when the first fault ends, and stays there until another begins."));
    summary.capacity = 30.0;
    CHECK(first(summary, "capacity") ==
          "Every value of registration.retry_wait swept (1 s to 60 s) keeps the peak under 30 "
          "REGISTER/s; it is 20.0 [equal in all 2 runs] at each; at each, the registered share is "
          "still at 99 % or more when the fault ends, and stays there.");
}

TEST_CASE(
    "of several faults the rate is that before the first; of two at the same time there is one")
{
    auto summary = over_waits({{{20, 20}, {}}}, std::nullopt);
    auto& point = summary.points[0];
    point.metrics["register_rate_steady"] = metric({0.5, 0.5});
    point.faults = {{.kind = "outage", .target = "a", .start_s = 1, .end_s = 2},
                    {.kind = "outage", .target = "b", .start_s = 1, .end_s = 2}};
    CHECK(first(summary, "rate").find("REGISTER/s before the fault, and") != std::string::npos);
    point.faults[1].end_s = 3;
    CHECK(first(summary, "rate").find("REGISTER/s before the first fault") != std::string::npos);
}

TEST_CASE("a rate over several registrars is said to be that of all")
{
    auto summary = over_waits({{{20, 20}, {}}}, std::nullopt);
    summary.points[0].metrics["register_rate_steady"] = metric({0.5, 0.5});
    summary.experiment.report = {{"registrars", {"one"}}};
    CHECK(first(summary, "rate").find("the registrar sees 0.500") != std::string::npos);
    summary.experiment.report = {{"registrars", {"one", "two"}}};
    CHECK(first(summary, "rate").find("all registrars together see 0.500") != std::string::npos);
}

TEST_CASE("calls that only meet stale contacts are counted against those offered")
{
    auto summary = over_waits({{{20, 20}, {}}, {{5, 5}, {}}}, std::nullopt);
    CHECK(first(summary, "calls").empty()); // no calls: no sentence
    for (auto& point : summary.points)
    {
        const double stale = point.index[0] == 0 ? 0 : 150;
        point.metrics["calls_stale"] = metric({stale, stale});
        point.metrics["calls_offered"] = metric({1400, 1400});
    }
    CHECK(first(summary, "calls") ==
          "0 [equal in all 2 runs] (1 s) to 150 [equal in all 2 runs] (20 s) of 1400 [equal in all "
          "2 runs] calls are offered to stale contacts only.");
    summary.points[1].metrics["calls_stale"] = metric({0, 0});
    CHECK(first(summary, "calls") ==
          "None of 1400 [equal in all 2 runs] calls is offered to stale contacts only.");
}

TEST_CASE("failed runs, missing points and single replications are told")
{
    auto summary = over_waits({{{23}, {35}}}, std::nullopt);
    summary.runs_failed = 2;
    summary.points_planned = 4;
    const auto all = findings(summary);
    std::vector<std::string> told;
    for (const auto& finding : all)
    {
        if (finding.topic == "runs" || finding.topic == "note")
        {
            told.push_back(finding.text);
        }
    }
    const std::vector<std::string> expected{
        "2 of 3 runs failed or timed out and took no part in any number.",
        "3 of 4 points of the sweep have no finished run yet.",
        "One replication per point: no confidence intervals."};
    CHECK(told == expected);
    CHECK(first(summary, "capacity") == "At registration.retry_wait 1 s, the peak is 23.0 "
                                        "REGISTER/s; recovery to 99 % takes 35.0 s.");
}

TEST_CASE("numbers keep three digits, durations find their unit, intervals do not collapse")
{
    CHECK(number_text(0.0) == "0");
    CHECK(number_text(-0.0) == "0");
    CHECK(number_text(0.5613) == "0.561");
    CHECK(number_text(23.44) == "23.4");
    CHECK(number_text(1234.4) == "1234");
    CHECK(setting_text(30.0) == "30");
    CHECK(duration_text(35.0) == "35.0 s");
    CHECK(duration_text(2472.0) == "41.2 min");
    CHECK(duration_text(9000.0) == "2.50 h");
    const MeanEstimate narrow{.n = 5,
                              .mean = 8964.0,
                              .stddev = 1.0,
                              .interval = Interval{.low = 8960, .high = 8968}};
    CHECK(duration_text(narrow) == "2.490 h [2.489, 2.491]");
    // 200 h: two decimals more are 36 s; 6 s are less.
    const MeanEstimate narrower{.n = 2,
                                .mean = 720000.0,
                                .stddev = 1.0,
                                .interval = Interval{.low = 719994, .high = 720006}};
    CHECK(duration_text(narrower) == "200.00 h [within 0.01]");
}
