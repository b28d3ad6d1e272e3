// The sentence about what a registrar refuses.
#include "analysis/finding.h"
#include "tests/unit/analysis_store.h"

using nlohmann::json;
using namespace sipsim::analysis;

namespace
{

/// Of three cases, the last of which does not get there.
std::string
policies(double refused)
{
    TestStore store;
    store.experiment(json::array({{{"param", "case"}, {"values", {"drop", "503", "oc"}}}}),
                     json::object());
    for (const char* name : {"time_to_99", "registers_refused", "wasted_registers"})
    {
        store.info(name, "1", name == std::string{"time_to_99"} ? "time_to" : "scalar");
    }
    int point = 0;
    for (const char* name : {"drop", "503", "oc"})
    {
        const int run = store.run(point, 1, {{"case", name}});
        if (point == 2)
        {
            store.metric(run, "time_to_99", std::nullopt, true);
        }
        else
        {
            store.metric(run, "time_to_99", point == 0 ? 90.0 : 60.0);
        }
        store.metric(run, "registers_refused", point == 0 ? 0 : refused);
        store.metric(run, "wasted_registers", point == 0 ? 500 : point == 1 ? 700 : 3);
        ++point;
    }
    for (const Finding& finding : findings(build_summary(ResultsReader(store.path()))))
    {
        if (finding.topic == "policies")
        {
            return finding.text;
        }
    }
    return {};
}

} // namespace

TEST_CASE("with which policy the fleet is back first, with which not, and which wastes how much")
{
    CHECK(policies(40) ==
          "99 % are back first, after 60.0 s, with 503, and not in every run with oc; "
          "fewest REGISTERs are wasted at the registrar, 3.00, with oc, most, 700, "
          "with 503.");
    CHECK(policies(0) == std::string{}); // nothing was refused: no question of policy
}
