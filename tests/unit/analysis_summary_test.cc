#include "analysis/results_reader.h"
#include "analysis/summary.h"
#include "tests/unit/analysis_store.h"

#include <doctest/doctest.h>

#include <fstream>

using namespace sipsim::analysis;
using doctest::Approx;
using nlohmann::json;

namespace
{

const std::string kWait = "fleet.gateways.registration.retry_wait";
const std::string kBindings = "registrar.reg1.bindings";

json
wait_axis()
{
    return {{"param", kWait}, {"values", {"1s", "20s"}}, {"numeric", {1, 20}}, {"unit", "s"}};
}

json
bindings_axis()
{
    return {{"param", kBindings}, {"values", {"kept", "lost"}}, {"numeric", nullptr}, {"unit", ""}};
}

std::string
error_of(const std::filesystem::path& path)
{
    try
    {
        (void)summarize(path);
    }
    catch (const ResultsError& e)
    {
        return e.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("a metric of two runs is summarised with its interval, a censored one with its counts")
{
    TestStore store;
    store.experiment(json::array({wait_axis()}), {{"capacity", 30.0}});
    for (const int seed : {1, 2})
    {
        const int run = store.run(0, seed, {{kWait, "1s"}});
        store.metric(run, "register_rate_peak", seed == 1 ? 4.0 : 6.0);
        store.metric(run, "time_to_99", seed == 1 ? std::optional(9.0) : std::nullopt, seed == 2);
        store.metric(run, "register_rate_outage", std::nullopt);
    }
    store.info("register_rate_peak", "1/s", "scalar");
    const auto summary = summarize(store.path());
    const auto& metrics = summary["points"][0]["metrics"];
    // 4 and 6: s = sqrt(2), half-width 12.706 * sqrt(2) / sqrt(2); no rate is below 0.
    CHECK(metrics["register_rate_peak"]["mean"] == 5.0);
    CHECK(metrics["register_rate_peak"]["interval"][0] == 0.0);
    CHECK(metrics["register_rate_peak"]["interval"][1].get<double>() ==
          Approx(17.706).epsilon(1e-4));
    CHECK(metrics["time_to_99"]["mean"].is_null());
    CHECK(metrics["time_to_99"]["median"].is_null());
    CHECK(metrics["time_to_99"]["reached"] == 1);
    CHECK(metrics["time_to_99"]["not_reached"] == 1);
    CHECK(metrics["register_rate_outage"]["undefined"] == 2);
    CHECK(metrics["register_rate_outage"]["not_reached"] == 0);
    CHECK(summary["capacity"] == 30.0);
    CHECK(summary["metric_info"]["register_rate_peak"]["unit"] == "1/s");
}

TEST_CASE("the first numeric axis is the primary one, the others make groups in file order")
{
    TestStore store;
    store.experiment(json::array({bindings_axis(), wait_axis()}), json::object());
    int point = 0;
    for (const char* bindings : {"kept", "lost"})
    {
        for (const char* wait : {"1s", "20s"})
        {
            store.run(point++, 1, {{kBindings, bindings}, {kWait, wait}});
        }
    }
    const auto summary = summarize(store.path());
    CHECK(summary["primary_axis"] == 1);
    REQUIRE(summary["groups"].size() == 2);
    CHECK(summary["groups"][0]["label"] == "bindings = kept");
    CHECK(summary["groups"][0]["points"] == json({0, 1}));
    CHECK(summary["groups"][1]["label"] == "bindings = lost");
    CHECK(summary["groups"][1]["points"] == json({2, 3}));
    CHECK(summary["points"][3]["label"] == "20 s");
    CHECK(summary["axes"][1]["label"] == "registration.retry_wait");
}

TEST_CASE("points lie along a numeric axis in the order of its values, not of the file")
{
    TestStore store;
    store.experiment(
        json::array({{{"param", "p"}, {"values", {"60", "5", "20"}}, {"numeric", {60, 5, 20}}}}),
        json::object());
    store.run(0, 1, {{"p", "60"}});
    store.run(1, 1, {{"p", "5"}});
    store.run(2, 1, {{"p", "20"}});
    CHECK(summarize(store.path())["groups"][0]["points"] == json({1, 2, 0}));
}

TEST_CASE("a store without a sweep has one point, one group and no axis")
{
    TestStore store;
    store.experiment(json::array(), json::object());
    store.run(0, 1, json::object());
    const auto summary = summarize(store.path());
    CHECK(summary["primary_axis"].is_null());
    CHECK(summary["groups"] == json::array({{{"label", ""}, {"points", {0}}}}));
    CHECK(summary["capacity"].is_null());
}

TEST_CASE("labels that would meet keep their full name")
{
    TestStore store;
    const auto axis = [](const char* param) {
        return json{{"param", param}, {"values", {"1s"}}, {"numeric", {1}}, {"unit", "s"}};
    };
    store.experiment(json::array({axis("fleet.a.count"), axis("fleet.b.count")}), json::object());
    store.run(0, 1, {{"fleet.a.count", "1s"}, {"fleet.b.count", "1s"}});
    const auto summary = summarize(store.path());
    CHECK(summary["axes"][0]["label"] == "fleet.a.count");
    CHECK(summary["axes"][1]["label"] == "fleet.b.count");
}

TEST_CASE("a series becomes a band over the finished runs, binned before the band is taken")
{
    TestStore store;
    store.experiment(json::array(), json::object());
    store.info("register_rate", "1/s", "rate_series");
    store.info("registered_share", "1", "level_series");
    const json fault = json::array({{{"kind", "outage"}, {"start_s", 1.0}, {"end_s", 3.0}}});
    const int first = store.run(0, 1, json::object(), "ok", fault);
    const int second = store.run(0, 2, json::object(), "ok", fault);
    const int failed = store.run(0, 3, json::object(), "failed", fault);
    store.series(first, "register_rate", {0, 2, 4, 6});
    store.series(second, "register_rate", {2, 4, 4, 8});
    store.series(failed, "register_rate", {900, 900, 900, 900});
    store.series(first, "registered_share", {1, 1, 0.5, 1});
    store.series(second, "registered_share", {1, 1, 0.7, 1});
    SummaryOptions options;
    options.max_bins = 2;
    options.detail_before_s = 1.0;
    options.detail_after_s = 60.0;
    const auto summary = build_summary(ResultsReader(store.path()), options);
    const auto& rate = summary.points.at(0).series.at("register_rate");
    // Bins of two: 1 5 and 3 6, so means 2 and 5.5; half-widths 12.706 * 1 and 12.706 * 0.5.
    CHECK(rate.all.bin_s == 2.0);
    CHECK(rate.all.step_s == 1.0);
    CHECK(to_json(summary)["points"][0]["series"]["registered_share"]["step_s"] == 1.0);
    CHECK(rate.all.band.replications == 2);
    CHECK(rate.all.band.mean[0] == Approx(2.0));
    CHECK(rate.all.band.mean[1] == Approx(5.5));
    CHECK(rate.all.band.low[0] == 0.0); // cut: a rate is not negative
    CHECK(rate.all.band.high[0] == Approx(14.706).epsilon(1e-4));
    CHECK(rate.all.band.high[1] == Approx(5.5 + 6.353).epsilon(1e-4));
    // Around the fault's end at 3 s, one second before to the end of the run: 4 4 and 6 8.
    REQUIRE(rate.detail);
    CHECK(rate.detail->t0_s == 2.0);
    CHECK(rate.detail->band.mean[0] == Approx(4.0));
    CHECK(rate.detail->band.mean[1] == Approx(7.0));
    const auto& share = summary.points.at(0).series.at("registered_share");
    CHECK_FALSE(share.detail);
    CHECK(share.all.band.high.maxCoeff() <= 1.0);
    CHECK(summary.runs_failed == 1);
}

TEST_CASE(
    "of faults that begin together the last to end is the first, in whatever order they stand")
{
    const auto fault = [](const char* target, double start_s, double end_s) {
        return json{{"kind", "power-cut"},
                    {"target", target},
                    {"start_s", start_s},
                    {"end_s", end_s}};
    };
    const json later = fault("fleet:c", 20, 21);
    const json quick = fault("fleet:a", 10, 11);
    const json slow = fault("fleet:b", 10, 15);
    for (const auto& faults :
         {json::array({later, quick, slow}), json::array({slow, quick, later})})
    {
        TestStore store;
        store.experiment(json::array(), json::object());
        store.run(0, 1, json::object(), "ok", faults);
        const auto summary = build_summary(ResultsReader(store.path()));
        const auto& windows = summary.points.at(0).faults;
        REQUIRE(windows.size() == 3);
        CHECK(windows[0].target == "fleet:b");
        CHECK(windows[1].target == "fleet:a");
        CHECK(windows[2].target == "fleet:c");
    }
}

TEST_CASE("a path that is no result store is refused with the reason")
{
    const auto folder = std::filesystem::temp_directory_path();
    CHECK(error_of(folder / "sipsim-no-such-file.sqlite").find("no such file") !=
          std::string::npos);
    const auto text = folder / "sipsim-analysis-text.sqlite";
    std::ofstream(text) << "This is text, long enough to be no database header at all. "
                           "This is text, long enough to be no database header at all.";
    CHECK(error_of(text).find("not a result store (no SQLite database)") != std::string::npos);
    std::filesystem::remove(text);
}

TEST_CASE("a store of another schema names the table or column that is missing")
{
    TestStore store;
    store.sql("ALTER TABLE run DROP COLUMN faults_json");
    CHECK(error_of(store.path()).find("table run has no column faults_json") != std::string::npos);
    store.sql("DROP TABLE metric_info");
    store.sql("ALTER TABLE run ADD COLUMN faults_json TEXT");
    CHECK(error_of(store.path()).find("no table metric_info") != std::string::npos);
}

TEST_CASE("a store of a later version is refused with both versions")
{
    TestStore store;
    store.sql("PRAGMA user_version = 7");
    CHECK(error_of(store.path()).find("version 7, this sipsim reads version 1") !=
          std::string::npos);
}

TEST_CASE("a store without a finished run says so, and how many failed")
{
    TestStore store;
    CHECK(error_of(store.path()).find("no experiment in it") != std::string::npos);
    store.experiment(json::array(), json::object());
    store.run(0, 1, json::object(), "failed");
    store.run(0, 2, json::object(), "timeout");
    const auto error = error_of(store.path());
    CHECK(error.find("no finished run of experiment 'outage' (2 failed)") != std::string::npos);
    CHECK(error.starts_with(store.path().string()));
}

TEST_CASE(
    "a store that contradicts itself is refused: value outside the sweep, torn or uneven series")
{
    TestStore outside;
    outside.experiment(json::array({wait_axis()}), json::object());
    outside.run(0, 1, {{kWait, "7s"}});
    CHECK(error_of(outside.path()).find("= '7s', which is not in the sweep") != std::string::npos);

    TestStore uneven;
    uneven.experiment(json::array(), json::object());
    uneven.info("register_rate", "1/s", "rate_series");
    uneven.series(uneven.run(0, 1, json::object()), "register_rate", {1, 2, 3});
    uneven.series(uneven.run(0, 2, json::object()), "register_rate", {1, 2});
    CHECK(error_of(uneven.path()).find("register_rate of run 2 does not cover the same instants") !=
          std::string::npos);
    uneven.sql("UPDATE series SET n = 9");
    CHECK(error_of(uneven.path()).find("holds 24 bytes for 9 values") != std::string::npos);

    TestStore torn;
    torn.experiment(json::array(), json::object());
    torn.sql("UPDATE experiment SET sweep_json = '[{'");
    CHECK(error_of(torn.path()).find("experiment.sweep_json is not JSON") != std::string::npos);
}

TEST_CASE("quantities are spaced from their unit, other text is left alone")
{
    CHECK(spaced_quantity("20s") == "20 s");
    CHECK(spaced_quantity("0.5min") == "0.5 min");
    CHECK(spaced_quantity("10Mbps") == "10 Mbps");
    CHECK(spaced_quantity("kept") == "kept");
    CHECK(spaced_quantity("50/s") == "50/s");
    CHECK(spaced_quantity("3") == "3");
    CHECK(spaced_quantity("gxw410x") == "gxw410x");
    CHECK(spaced_quantity("1h30min") == "1h30min");
}
