#include "analysis/finding.h"
#include "analysis/models.h"
#include "analysis/nat_curves.h"
#include "tests/unit/analysis_store.h"

#include <utility>

using doctest::Approx;
using nlohmann::json;
using namespace sipsim::analysis;

namespace
{

std::vector<std::string>
sentences(const Summary& summary)
{
    std::vector<std::string> out;
    for (const auto& finding : findings(summary))
    {
        if (finding.topic == "nat")
        {
            out.push_back(finding.text);
        }
    }
    return out;
}

struct Run
{
    double timeout;
    double keepalive;
    double keeps;
    double reached;
    double refresh = 3600;
};

// 1000 devices; one point per run, along "k".
Summary
summary_of(const std::vector<Run>& runs)
{
    TestStore store;
    std::vector<std::string> values;
    std::vector<double> numeric;
    for (std::size_t i = 0; i < runs.size(); ++i)
    {
        values.push_back(std::to_string(i));
        numeric.push_back(static_cast<double>(i));
    }
    store.experiment(
        json::array({{{"param", "a.k"}, {"values", values}, {"numeric", numeric}, {"unit", ""}}}),
        json::object());
    store.info("reachability", "1", "scalar");
    for (std::size_t i = 0; i < runs.size(); ++i)
    {
        const int run = store.run(static_cast<int>(i), 1, {{"a.k", values[i]}});
        store.metric(run, "nat_timeout", runs[i].timeout);
        store.metric(run, "nat_keepalive", runs[i].keepalive);
        store.metric(run, "nat_keeps_port", runs[i].keeps);
        store.metric(run, "nat_refresh", runs[i].refresh);
        store.metric(run, "nat_devices", 1000);
        store.metric(run, "reachability", runs[i].reached);
        store.metric(run, "keepalive_rate_mean", 1000 / runs[i].keepalive);
    }
    return build_summary(ResultsReader(store.path()));
}

} // namespace

TEST_CASE(
    "a keepalive that comes before the mapping times out makes a device reachable at all times")
{
    CHECK(reachability_behind_nat(30, 20, true, 3600) == 1.0);
    CHECK(reachability_behind_nat(30, 29.999, false, 3600) == 1.0);
}

TEST_CASE(
    "a later one brings a port that is preserved back for T of each k, and a REGISTER for T of "
    "what is left of each r")
{
    CHECK(reachability_behind_nat(30, 40, true, 3600) == Approx(0.75 + 0.25 * 30 / 3600));
    CHECK(reachability_behind_nat(30, 160, true, 3600) == Approx(0.1875 + 0.8125 * 30 / 3600));
    CHECK(reachability_behind_nat(30, 80, true, 280) == Approx(0.375 + 0.625 * 30 / 280));
    CHECK(reachability_behind_nat(30, 30, true, 3600) == 1.0); // dead for an instant only
    CHECK(reachability_behind_nat(30, 80, true, 30) == 1.0);   // REGISTERs alone
}

TEST_CASE("where each mapping takes a fresh port, the registered one lives T + T^2/(2k) of each r")
{
    // k = 50 s: with 30/50 the keepalive comes in time and makes it 45 s on average, else 30 s:
    // 0.6 * 45 + 0.4 * 30 = 39 s.
    CHECK(reachability_behind_nat(30, 50, false, 3600) == Approx(39.0 / 3600));
    // k = T: each keepalive finds it dead at that very instant, but the first one after the REGISTER.
    CHECK(reachability_behind_nat(30, 30, false, 3600) == Approx(45.0 / 3600));
    // Rare keepalives: T/r.
    CHECK(reachability_behind_nat(30, 1e9, false, 3600) == Approx(30.0 / 3600));
    // r < 2T: the next REGISTER makes the port right again. With 10/50 the keepalive comes within 10 s and
    // the mapping lives 55 s on average, else to the REGISTER: 0.2 * 55 + 0.8 * 60 = 59 s of 60.
    CHECK(reachability_behind_nat(50, 50, false, 60) == Approx(59.0 / 60));
    CHECK(reachability_behind_nat(50, 70, false, 40) == 1.0); // REGISTERs alone keep it
}

TEST_CASE("N devices send N/k keepalives per second")
{
    CHECK(keepalive_rate(1000, 20) == Approx(50));
}

TEST_CASE(
    "points that differ in the keepalive only are one curve, with the step of its closed form")
{
    const auto summary = summary_of({{60, 80, 1, 0.75},
                                     {30, 40, 0, 0.012},
                                     {30, 20, 0, 1.0},
                                     {30, 20, 1, 1.0},
                                     {60, 20, 1, 1.0}});
    REQUIRE(summary.nat_curves.size() == 3);
    CHECK(summary.nat_curves[0].keeps_port);
    CHECK(summary.nat_curves[0].timeout_s == 30);
    CHECK(summary.nat_curves[1].points == std::vector<std::size_t>{4, 0});
    const auto& fresh = summary.nat_curves[2];
    CHECK(fresh.points == std::vector<std::size_t>{2, 1});
    CHECK(fresh.keepalive_s[0] == Approx(20));
    CHECK(fresh.keepalive_s[fresh.keepalive_s.size() - 1] == Approx(40));
    CHECK(fresh.keepalive_rate[0] == Approx(50));
    bool step = false;
    for (Eigen::Index i = 1; i < fresh.keepalive_s.size(); ++i)
    {
        if (fresh.keepalive_s[i] == 30)
        {
            step = true;
            CHECK(fresh.reachability[i - 1] == 1.0);
            CHECK(fresh.reachability[i] == Approx(45.0 / 3600));
        }
    }
    CHECK(step);
    const auto written = to_json(summary);
    CHECK(written["points"][1]["metrics"]["reachability"]["law"] == Approx(41.25 / 3600));
    CHECK(written["points"][1]["metrics"]["keepalive_rate_mean"]["law"] == Approx(25));
    CHECK(written["points"][1]["metrics"]["nat_timeout"]["law"].is_null());
    CHECK(written["nat_curves"][2]["points"] == json({2, 1}));
}

TEST_CASE("without the inputs of the closed form there are no curves and no sentences")
{
    TestStore store;
    store.experiment(json::array(), json::object());
    const int run = store.run(0, 1, json::object());
    store.metric(run, "reachability", 0.5);
    store.metric(run, "nat_timeout", std::nullopt);
    store.metric(run, "nat_keepalive", 20);
    const auto summary = build_summary(ResultsReader(store.path()));
    CHECK(summary.nat_curves.empty());
    CHECK(summary.points.at(0).metric_laws.empty());
    CHECK(sentences(summary).empty());
}

TEST_CASE("the keepalive that reaches everybody is named, and what the next longer one loses")
{
    const std::vector<Run> runs{{30, 20, 1, 1.0},
                                {30, 40, 1, 0.751},
                                {60, 20, 1, 1.0},
                                {60, 40, 1, 1.0},
                                {30, 20, 0, 1.0},
                                {30, 40, 0, 0.0116}};
    const auto said = sentences(summary_of(runs));
    REQUIRE(said.size() == 2);
    CHECK(said[0] ==
          "A keepalive every 20 s (50.0 keepalives/s at the server) keeps every mapping of 30 s or "
          "more alive; at 40 s (25.0) a NAT that forgets after 30 s lets in 75.1 % of calls where "
          "it preserves ports (closed form 75.2 %) and 1.16 % where each new mapping takes a fresh "
          "port (closed form 1.15 %).");
    CHECK(said[1] == "The longest keepalive swept that reaches every device is 20 s (50.0 "
                     "keepalives/s) where mappings live 30 s, 40 s (25.0) where 60 s.");
    // One port assignment, one timeout.
    CHECK(sentences(summary_of({runs[4], runs[5]})) ==
          std::vector<std::string>{
              "A keepalive every 20 s (50.0 keepalives/s at the server) keeps every mapping of 30 "
              "s alive; at 40 s (25.0) a NAT that forgets after 30 s lets in 1.16 % of calls where "
              "each new mapping takes a fresh port (closed form 1.15 %)."});
    // None reaches all, or all do.
    CHECK(sentences(summary_of({runs[1], {30, 60, 1, 0.5}}))
              .at(0)
              .starts_with(
                  "No keepalive swept, from 40 s on, reaches every device; at 40 s (25.0) a NAT"));
    CHECK(sentences(summary_of({runs[2], runs[3]})) ==
          std::vector<std::string>{"A keepalive every 40 s (25.0 keepalives/s at the server) keeps "
                                   "every mapping of 60 s alive."});
}

TEST_CASE(
    "of devices that refresh at two periods those with the fewest calls are told, with theirs")
{
    const auto said = sentences(summary_of({{30, 20, 1, 1.0, 100},
                                            {30, 40, 1, 0.825, 100},
                                            {30, 40, 0, 0.412, 100},
                                            {30, 20, 1, 1.0},
                                            {30, 40, 1, 0.751},
                                            {30, 40, 0, 0.0116}}));
    REQUIRE(!said.empty());
    CHECK(said[0] ==
          "A keepalive every 20 s (50.0 keepalives/s at the server) keeps every mapping of 30 s or "
          "more alive; at 40 s (25.0) and a REGISTER every 3600 s a NAT that forgets after 30 s "
          "lets in 75.1 % of calls where it preserves ports (closed form 75.2 %) and 1.16 % where "
          "each new mapping takes a fresh port (closed form 1.15 %).");
}

namespace
{

// A run at which NATs block some of 1000 calls.
struct Blocked
{
    std::string keepalive;
    double blocked;
};

Summary
blocked_summary(const std::vector<Blocked>& runs)
{
    TestStore store;
    std::vector<std::string> values;
    std::vector<double> numeric;
    for (const auto& run : runs)
    {
        values.push_back(run.keepalive);
        numeric.push_back(std::stod(run.keepalive));
    }
    store.experiment(
        json::array({{{"param", "a.k"}, {"values", values}, {"numeric", numeric}, {"unit", "s"}}}),
        json::object());
    for (std::size_t i = 0; i < runs.size(); ++i)
    {
        const int run = store.run(static_cast<int>(i), 1, {{"a.k", values[i]}});
        store.metric(run, "calls_offered", 1000);
        store.metric(run, "calls_blocked_by_nat", runs[i].blocked);
        store.metric(run, "reachability", 1.0 - runs[i].blocked / 1000);
    }
    return build_summary(ResultsReader(store.path()));
}

} // namespace

TEST_CASE("calls that NATs block are told of without a closed form too")
{
    CHECK(
        sentences(blocked_summary({{"10s", 0}, {"20s", 0}, {"31s", 980}, {"60s", 988}})) ==
        std::vector<std::string>{
            "NATs block no call at a.k 10 s, 20 s; at 31 s 980 of 1000 calls, which leaves 2.00 % "
            "reached; at 60 s 988 of 1000 calls, which leaves 1.20 % reached."});
    CHECK(
        sentences(blocked_summary({{"10s", 10}, {"20s", 30}})) ==
        std::vector<std::string>{
            "NATs block calls at every a.k swept; at 10 s 10.0 of 1000 calls, which leaves 99.0 % "
            "reached; at 20 s 30.0 of 1000 calls, which leaves 97.0 % reached."});
    // First, after the largest step, most.
    CHECK(sentences(blocked_summary({{"1s", 0}, {"2s", 10}, {"3s", 700}, {"4s", 750}})) ==
          std::vector<std::string>{
              "NATs block no call at a.k 1 s; at 2 s 10.0 of 1000 calls, which leaves 99.0 % "
              "reached; at 3 s 700 of 1000 calls, which leaves 30.0 % reached; at 4 s 750 of 1000 "
              "calls, which leaves 25.0 % reached."});
    CHECK(sentences(blocked_summary({{"10s", 10}, {"20s", 10}})) ==
          std::vector<std::string>{"NATs block 10.0 of 1000 calls, which leaves 99.0 % reached, "
                                   "whatever the a.k (10 s to 20 s)."});
    CHECK(sentences(blocked_summary({{"10s", 10}})) ==
          std::vector<std::string>{"NATs block 10.0 of 1000 calls, which leaves 99.0 % reached."});
    CHECK(sentences(blocked_summary({{"10s", 0}, {"20s", 0}})).empty());
}
