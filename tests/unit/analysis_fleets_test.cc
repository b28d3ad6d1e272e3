// Sentences about several fleets.
#include "analysis/finding.h"
#include "tests/unit/analysis_store.h"

using nlohmann::json;
using namespace sipsim::analysis;

TEST_CASE("who is back first and last, who is not in every run, who sends most")
{
    TestStore store;
    store.experiment(json::array(), {{"fleets", json::array({"gateways", "phones", "proxies"})}});
    for (const char* name :
         {"fleet_time_to_99", "fleet_reached", "fleet_load_share", "fleet_share_end"})
    {
        store.info(name, "1", "fleet_series");
    }
    for (int seed = 1; seed <= 2; ++seed)
    {
        const int run = store.run(0, seed, json::object());
        // Means: 110 and 300 s; the proxies come back in the first run only, with 0.9 at the end on average.
        store.series(run,
                     "fleet_time_to_99",
                     {100.0 + 20 * (seed - 1), 300.0, seed == 1 ? 500.0 : 3600.0});
        store.series(run, "fleet_reached", {1.0, 1.0, seed == 1 ? 1.0 : 0.0});
        store.series(run, "fleet_load_share", {0.25, 0.5, 0.25});
        store.series(run, "fleet_share_end", {1.0, 1.0, seed == 1 ? 1.0 : 0.8});
    }
    std::string text;
    for (const Finding& finding : findings(build_summary(ResultsReader(store.path()))))
    {
        text += finding.topic == "fleets" ? finding.text : "";
    }
    CHECK(text.starts_with("2 of 3 fleets are back to 99 %, first gateways after 110 s ["));
    CHECK(text.find("and last phones after 300 s") != std::string::npos);
    CHECK(
        text.ends_with("not in every run: proxies (90.0 % at the end); phones sends 50.0 % of the "
                       "REGISTERs."));
}
