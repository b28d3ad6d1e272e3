#include "analysis/finding.h"
#include "analysis/models.h"
#include "tests/unit/analysis_store.h"

#include <cmath>

using doctest::Approx;
using nlohmann::json;
using namespace sipsim::analysis;

namespace
{

constexpr const char* kParam = "fleet.phones.registration.refresh.jitter";

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

json
axis(const std::string& param, const std::vector<std::string>& values, const std::vector<double>& n)
{
    return json::array({{{"param", param}, {"values", values}, {"numeric", n}, {"unit", ""}}});
}

// A point per count of failures, 60 s apart; 100 REGISTER fewer in the busiest second and 30 s more to recover
// at each.
std::string
overload_of(const std::vector<double>& failures)
{
    const std::string param = "fleet.a.registration.initial_delay";
    TestStore store;
    std::vector<std::string> values;
    std::vector<double> numeric;
    for (std::size_t i = 0; i < failures.size(); ++i)
    {
        values.push_back(std::to_string(60 * i) + "s");
        numeric.push_back(60.0 * static_cast<double>(i));
    }
    store.experiment(axis(param, values, numeric), json::object());
    for (std::size_t i = 0; i < failures.size(); ++i)
    {
        const int run = store.run(static_cast<int>(i), 1, {{param, values[i]}});
        store.metric(run, "queue_peak", 5);
        store.metric(run, "attempts_failed", failures[i]);
        store.metric(run, "register_rate_peak", 900.0 - 100.0 * static_cast<double>(i));
        store.metric(run, "time_to_99", 30.0 * static_cast<double>(i + 1));
    }
    return first(build_summary(ResultsReader(store.path())), "overload");
}

} // namespace

TEST_CASE("the order parameter after k periods is |sinc x|^k drawn anew and |sinc kx| kept")
{
    // sinc(1/2) = 2/pi; sinc(1) = 0; sinc(3/2) = -2/(3 pi).
    const double two_over_pi = 0.6366197723675814;
    CHECK(echo_order(0.5, false, 1) == Approx(two_over_pi));
    CHECK(echo_order(0.5, false, 3) == Approx(two_over_pi * two_over_pi * two_over_pi));
    CHECK(echo_order(0.5, true, 1) == Approx(two_over_pi));
    CHECK(std::abs(echo_order(0.5, true, 2)) < 1e-15);
    CHECK(echo_order(0.5, true, 3) == Approx(two_over_pi / 3));
    CHECK(echo_order(0.0, false, 7) == 1.0);
    CHECK(echo_order(0.0, true, 7) == 1.0);
    CHECK(echo_order(0.5, false, 0) == 1.0);
}

TEST_CASE("the echo of each point has its closed form beside it, over the periods all runs saw")
{
    TestStore store;
    store.experiment(axis(kParam, {"0", "0.5"}, {0, 0.5}), json::object());
    store.info("order_parameter", "1", "period_series");
    store.info("echo_length", "1", "time_to");
    store.info("refresh_spread", "1", "scalar");
    store.info("refresh_spread_kept", "1", "scalar");
    for (int point = 0; point < 2; ++point)
    {
        for (int seed = 1; seed <= 2; ++seed)
        {
            const int run = store.run(point, seed, {{kParam, point == 0 ? "0" : "0.5"}});
            store.metric(run, "refresh_spread", 0.5 * point);
            store.metric(run, "refresh_spread_kept", point);
            std::vector<double> order{1, 1, 1, 1, 1, 0.8};
            if (point == 1)
            {
                order = {1, 0.6, 0.02, 0.2, 0.01};
                order.resize(static_cast<std::size_t>(seed + 4), 0.1); // the second saw one more
            }
            store.series(run, "order_parameter", order);
            store.metric(run,
                         "echo_length",
                         point == 0 ? std::nullopt : std::optional{2.0},
                         point == 0);
        }
    }
    const auto summary = build_summary(ResultsReader(store.path()));
    const auto& kept = summary.points.at(1);
    REQUIRE(kept.series.at("order_parameter").all.band.mean.size() == 5);
    REQUIRE(kept.laws.at("order_parameter").size() == 5);
    CHECK(kept.laws.at("order_parameter")[1] == Approx(0.63662));
    CHECK(summary.points.at(0).laws.at("order_parameter")[4] == 1.0);
    const auto written = to_json(summary);
    CHECK(written["points"][1]["series"]["order_parameter"]["law"][1] == Approx(0.63662));
    CHECK(first(summary, "echo") ==
          "The order parameter is still 0.800 after 5 refreshes at registration.refresh.jitter 0; "
          "it first falls below 0.1 after 2.00 [equal in all 2 runs] refreshes at 0.5.");
}

TEST_CASE("one or two refreshes after a fault are no echo to speak of")
{
    TestStore store;
    store.experiment(json::array(), json::object());
    store.info("order_parameter", "1", "period_series");
    const int run = store.run(0, 1, json::object());
    store.series(run, "order_parameter", {1, 0.9, 0.8});
    const auto summary = build_summary(ResultsReader(store.path()));
    CHECK(first(summary, "echo").empty());
    CHECK(summary.points.at(0).laws.empty());
}

TEST_CASE("what did not begin together has no closed form, what nearly did has one for a while")
{
    for (const double begin : {0.53, 0.99, 0.999})
    {
        TestStore store;
        store.experiment(json::array(), json::object());
        store.info("order_parameter", "1", "period_series");
        const int run = store.run(0, 1, json::object());
        store.metric(run, "refresh_spread", 0);
        store.metric(run, "refresh_spread_kept", 0);
        store.series(run, "order_parameter", {begin, begin, begin, begin, begin, begin});
        const auto summary = build_summary(ResultsReader(store.path()));
        const auto& laws = summary.points.at(0).laws;
        CHECK(laws.contains("order_parameter") == (begin > 0.99));
        if (begin > 0.99)
        {
            // 0.999 to the power of (k + 1)^2 is 0.984 for k = 3, 0.975 for k = 4.
            CHECK(laws.at("order_parameter").size() == 4);
        }
    }
}

TEST_CASE("an echo that one point of a sweep alone has is told with its point")
{
    TestStore store;
    store.experiment(axis(kParam, {"0", "0.5"}, {0, 0.5}), json::object());
    store.info("order_parameter", "1", "period_series");
    store.run(0, 1, {{kParam, "0"}});
    const int run = store.run(1, 1, {{kParam, "0.5"}});
    store.series(run, "order_parameter", {1, 0.9, 0.8, 0.7, 0.6});
    CHECK(first(build_summary(ResultsReader(store.path())), "echo") ==
          "At registration.refresh.jitter 0.5, the order parameter is still 0.600 after 4 "
          "refreshes.");
}

TEST_CASE("of the lengths of a queue in a bin the largest is kept")
{
    TestStore store;
    store.experiment(json::array(), json::object());
    store.info("queue_length", "1", "rate_series");
    store.info("register_rate", "1/s", "rate_series");
    const int run = store.run(0, 1, json::object());
    store.series(run, "queue_length", {0, 8, 2, 4, 6});
    store.series(run, "register_rate", {0, 8, 2, 4, 6});
    const auto summary = build_summary(ResultsReader(store.path()), SummaryOptions{.max_bins = 3});
    const auto& series = summary.points.at(0).series;
    CHECK(series.at("queue_length").all.band.mean == Eigen::Vector3d(8, 4, 6));
    CHECK(series.at("register_rate").all.band.mean == Eigen::Vector3d(4, 3, 6));
}

TEST_CASE("of a registrar that queues, the smallest value at which no attempt fails is named")
{
    CHECK(
        overload_of({700, 3, 0, 0}) ==
        "The smallest registration.initial_delay swept at which no attempt fails is 120 s (busiest "
        "second 700 REGISTER); recovery to 99 % takes 90.0 s; at 0 s 700 attempts fail, the "
        "busiest second brings 900 REGISTER, and recovery to 99 % takes 30.0 s.");
    CHECK(overload_of({0, 0}) ==
          "No attempt fails at any registration.initial_delay swept (0 s to 60 s).");
    CHECK(overload_of({700, 3}) ==
          "Attempts fail at every registration.initial_delay swept; at 0 s 700 attempts fail, the "
          "busiest second brings 900 REGISTER, and recovery to 99 % takes 30.0 s; at 60 s 3.00 "
          "attempts fail, the busiest second brings 800 REGISTER, and recovery to 99 % takes 60.0 "
          "s.");
}

TEST_CASE("where more attempts fail at greater values, it is the largest at which none does")
{
    const std::string worst =
        "at 120 s 17828 attempts fail, the busiest second brings 700 REGISTER, and "
        "recovery to 99 % takes 90.0 s.";
    CHECK(overload_of({0, 307, 17828}) ==
          "The largest registration.initial_delay swept at which no attempt fails is 0 s (busiest "
          "second 900 REGISTER); recovery to 99 % takes 30.0 s; " +
              worst);
    CHECK(overload_of({3, 0, 17828}) ==
          "The largest registration.initial_delay swept at which no attempt fails is 60 s (busiest "
          "second 800 REGISTER); recovery to 99 % takes 60.0 s; below it attempts fail again at 0 "
          "s; " +
              worst);
}

TEST_CASE(
    "values beyond the calm one at which attempts fail again are named, and the worst is told")
{
    CHECK(
        overload_of({700, 0, 5, 0, 8}) ==
        "The smallest registration.initial_delay swept at which no attempt fails is 60 s (busiest "
        "second 800 REGISTER); recovery to 99 % takes 60.0 s; above it attempts fail again at 120 "
        "s, 240 s; at 0 s 700 attempts fail, the busiest second brings 900 REGISTER, and recovery "
        "to 99 % takes 30.0 s.");
    CHECK(
        overload_of({0, 5, 0}) ==
        "The smallest registration.initial_delay swept at which no attempt fails is 0 s (busiest "
        "second 900 REGISTER); recovery to 99 % takes 30.0 s; above it attempts fail again at 60 "
        "s; at 60 s 5.00 attempts fail, the busiest second brings 800 REGISTER, and recovery to 99 "
        "% takes 60.0 s.");
}
