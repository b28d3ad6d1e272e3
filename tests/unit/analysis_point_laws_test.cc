#include "analysis/results_reader.h"
#include "analysis/summary.h"
#include "tests/unit/analysis_store.h"

#include <doctest/doctest.h>

using namespace sipsim::analysis;
using doctest::Approx;
using nlohmann::json;

TEST_CASE(
    "the life of what a crash leaves behind has its closed form where every run has its settings")
{
    for (const bool both : {true, false})
    {
        TestStore store;
        store.experiment(json::array(), json::object());
        for (const int seed : {1, 2})
        {
            const int run = store.run(0, seed, json::object());
            store.metric(run, "stale_per_account", 2100.0);
            if (both || seed == 1) // of the second run not all were registered
            {
                store.metric(run, "binding_expiry", 3600.0);
                store.metric(run, "refresh_shortest", 3000.0);
                store.metric(run, "refresh_longest", 3000.0);
            }
        }
        const auto summary = build_summary(ResultsReader(store.path()));
        const auto& laws = summary.points.at(0).metric_laws;
        CHECK(laws.contains("stale_per_account") == both);
        if (both)
        {
            CHECK(laws.at("stale_per_account") == Approx(3600.0 - 3000.0 / 2));
        }
    }
}
