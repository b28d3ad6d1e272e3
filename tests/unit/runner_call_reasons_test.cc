// What becomes of calls in a run has its words in the call table of analysis/, which does not know the model.

#include "analysis/call_table.h"
#include "model/world/call_tally.h"
#include "model/world/collector.h"
#include "tests/unit/analysis_store.h"

#include <set>
#include <string>
#include <vector>

using nlohmann::json;
using namespace sipsim;
using namespace std::chrono_literals;

namespace
{

/// What a run puts of one call that ends so, in a World that can have every class of them.
std::vector<world::MetricValue>
metrics_of(world::CallClass call)
{
    world::World world;
    world.fleets.emplace_back();
    world.fleets[0].call_gap = 1s;
    world.fleets[0].call_server = world::CallServer::kFirst;
    world.nats.emplace_back();
    world.proxies.emplace_back();
    world::CallTally tally(world);
    tally.on_call(SimTime{world.warmup}, call);
    std::vector<world::MetricValue> metrics;
    tally.put(metrics);
    return metrics;
}

analysis::CallCell
cell_of(world::CallClass call)
{
    const std::string type = "nat.home.type";
    TestStore store;
    store.experiment(json::array({{{"param", type},
                                   {"values", {"open", "symmetric"}},
                                   {"numeric", nullptr},
                                   {"unit", ""}}}),
                     json::object());
    const int run = store.run(0, 1, {{type, "open"}});
    for (const auto& metric : metrics_of(call))
    {
        store.metric(run, std::string(metric.name), metric.value);
    }
    const auto summary = analysis::build_summary(analysis::ResultsReader(store.path()));
    REQUIRE(summary.call_table);
    return *summary.call_table->cells[0][0];
}

} // namespace

TEST_CASE("every class of a call that is not reached is a reason in the call table, each its own")
{
    CHECK(cell_of(world::CallClass::kReached).reason.empty());
    CHECK(cell_of(world::CallClass::kReached).reached == 1.0);
    std::set<std::string> reasons;
    constexpr int kClasses = static_cast<int>(world::CallClass::kCount);
    for (int i = static_cast<int>(world::CallClass::kReached) + 1; i < kClasses; ++i)
    {
        const auto cell = cell_of(static_cast<world::CallClass>(i));
        CHECK_MESSAGE(cell.share == 1.0, "class ", i, ": ", cell.reason);
        reasons.insert(cell.reason);
    }
    CHECK(reasons.size() == kClasses - 1);
    CHECK_FALSE(reasons.contains(""));
}
