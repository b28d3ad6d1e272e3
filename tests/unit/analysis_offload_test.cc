#include "analysis/finding.h"
#include "analysis/offload.h"
#include "tests/unit/analysis_store.h"

#include <map>

using nlohmann::json;
using namespace sipsim::analysis;

namespace
{

struct Run
{
    std::string offload;
    std::string expires;
    std::string flows;
    std::map<std::string, double> metrics;
};

// 1000 devices, challenged. Without offload they refresh every 3600 s: 2 * 1000 / 3600 = 0.5556/s at both.
// With it every 40 s (60 s granted) or 280 s, and the registrar hears of each every 1800 s or 1960 s:
// 1000 / 40 + 1000 / 1800 = 25.556/s, 2 * 1000 / 1800 = 1.1111/s; 1000 / 280 + 1000 / 1960 = 4.0816/s, 1.0204/s.
std::vector<Run>
sweep()
{
    const std::map<std::string, double> plain{{"proxy_register_rate_steady", 0.5556},
                                              {"register_rate_steady", 0.5556},
                                              {"register_rate_peak_after", 60},
                                              {"calls_offered", 24000},
                                              {"calls_proxy_down", 2000},
                                              {"calls_proxy_forgot", 4000}};
    auto kept = plain;
    kept["calls_proxy_forgot"] = 0;
    auto quick = plain;
    quick["proxy_register_rate_steady"] = 25.556;
    quick["register_rate_steady"] = 1.1111;
    quick["register_rate_peak_after"] = 400;
    quick["calls_proxy_forgot"] = 30;
    auto slow = quick;
    slow["proxy_register_rate_steady"] = 4.0816;
    slow["register_rate_steady"] = 1.0204;
    slow["register_rate_peak_after"] = 350;
    slow["calls_proxy_forgot"] = 35;
    return {{"false", "60s", "lost", plain},
            {"false", "60s", "kept", kept},
            {"false", "300s", "lost", plain},
            {"false", "300s", "kept", kept},
            {"true", "60s", "lost", quick},
            {"true", "60s", "kept", quick},
            {"true", "300s", "lost", slow},
            {"true", "300s", "kept", slow}};
}

Summary
summary_of(const std::vector<Run>& runs, const std::string& target = "proxy:sbc")
{
    TestStore store;
    store.experiment(
        json::array({{{"param", "proxy.sbc.offload"}, {"values", {"false", "true"}}, {"unit", ""}},
                     {{"param", "proxy.sbc.device_expires"},
                      {"values", {"60s", "300s"}},
                      {"numeric", {60, 300}},
                      {"unit", "s"}},
                     {{"param", "proxy.sbc.flows"}, {"values", {"lost", "kept"}}, {"unit", ""}}}),
        json::object());
    for (std::size_t i = 0; i < runs.size(); ++i)
    {
        const json faults = json::array(
            {{{"kind", "outage"}, {"target", target}, {"start_s", 100}, {"end_s", 700}}});
        const int id = store.run(static_cast<int>(i),
                                 1,
                                 {{"proxy.sbc.offload", runs[i].offload},
                                  {"proxy.sbc.device_expires", runs[i].expires},
                                  {"proxy.sbc.flows", runs[i].flows}},
                                 "ok",
                                 faults);
        for (const auto& [name, value] : runs[i].metrics)
        {
            store.metric(id, name, value);
        }
    }
    return build_summary(ResultsReader(store.path()));
}

std::vector<std::string>
labels(const Summary& summary)
{
    std::vector<std::string> out;
    for (const auto& variant : summary.offload_variants)
    {
        out.push_back(variant.label);
    }
    return out;
}

} // namespace

TEST_CASE("points whose loads and calls are the same are one variant, named by what matters")
{
    const auto summary = summary_of(sweep());
    CHECK(labels(summary) == std::vector<std::string>{"offload = false, flows = lost",
                                                      "offload = false, flows = kept",
                                                      "offload = true, device_expires = 60 s",
                                                      "offload = true, device_expires = 300 s"});
    CHECK(summary.offload_variants[0].points == std::vector<std::size_t>{0, 2});
    CHECK(to_json(summary)["offload_variants"][3] ==
          json{{"label", "offload = true, device_expires = 300 s"}, {"points", {6, 7}}});
    auto runs = sweep();
    runs[5].metrics["calls_reached"] = 1; // now the flows matter at 60 s
    CHECK(labels(summary_of(runs)) ==
          std::vector<std::string>{"offload = false, flows = lost",
                                   "offload = false, flows = kept",
                                   "offload = true, device_expires = 60 s, flows = lost",
                                   "offload = true, device_expires = 60 s, flows = kept",
                                   "offload = true, device_expires = 300 s"});
}

TEST_CASE("the sentences: what the registrar is spared, what comes at once, what is lost")
{
    const auto said = offload_sentences(summary_of(sweep()));
    REQUIRE(said.size() == 3);
    // 25.556 / 1.1111 = 23.0; 4.0816 / 1.0204 = 4.00
    CHECK(
        said[0] ==
        "With offload the proxy takes 25.6 REGISTER/s in steady state and lets 1.11 through, 23.0 "
        "times fewer (device_expires = 60 s); 4.08 and 1.02, 4.00 times fewer (device_expires = "
        "300 s); without it both see 0.556.");
    // 400 / 1.1111 = 360; 350 / 1.0204 = 343
    CHECK(said[1] ==
          "When the proxy is back, the registrar's busiest second brings 350 (device_expires = 300 "
          "s) to 400 (device_expires = 60 s) REGISTER with offload, 343 to 360 times its steady "
          "rate; without offload 60.0.");
    CHECK(said[2] ==
          "The proxy's outage of 10.0 min loses 2000 calls, and flows it has forgotten "
          "lose another 4000, 2.00 times as many, where offload = false, flows = lost; 0 "
          "where offload = false, flows = kept; 30.0 (device_expires = 60 s) to 35.0 "
          "(device_expires = 300 s) with offload.");
}

TEST_CASE("without offload too, the least and the greatest rate are told with what they belong to")
{
    auto runs = sweep();
    runs[1].metrics["register_rate_steady"] = 5.556;
    runs[3].metrics["register_rate_steady"] = 5.556;
    CHECK(offload_sentences(summary_of(runs))
              .at(0)
              .ends_with("; without it both see 0.556 (flows = lost) to 5.56 (flows = kept)."));
}

TEST_CASE("what fails elsewhere is not called the proxy's outage")
{
    const auto said = offload_sentences(summary_of(sweep(), "registrar:r"));
    REQUIRE(said.size() == 1);
    CHECK(said[0].starts_with("With offload the proxy takes"));
}

TEST_CASE("without a proxy that REGISTERs pass, or one side of offload, there is nothing to say")
{
    auto runs = sweep();
    for (Run& run : runs)
    {
        run.metrics.erase("proxy_register_rate_steady");
    }
    CHECK(summary_of(runs).offload_variants.empty());
    CHECK(offload_sentences(summary_of(runs)).empty());
    runs = sweep();
    runs.resize(4); // only without offload has run yet
    CHECK(summary_of(runs).offload_variants.empty());
}
