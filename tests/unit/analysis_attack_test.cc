// Sentences about attackers.
#include "analysis/finding.h"
#include "tests/unit/analysis_store.h"

using nlohmann::json;
using namespace sipsim::analysis;

TEST_CASE(
    "of each case the range of passwords done with and of honest devices, and nothing else where "
    "nothing else happens")
{
    TestStore store;
    store.experiment(json::array({{{"param", "case"},
                                   {"values", json::array({"tight", "loose"})},
                                   {"numeric", json()},
                                   {"unit", ""}},
                                  {{"param", "attacker.scanner.sources"},
                                   {"values", json::array({"1", "20"})},
                                   {"numeric", json::array({1, 20})},
                                   {"unit", ""}}}),
                     json::object());
    for (const char* name : {"guesses_per_hour", "honest_share", "passwords_found"})
    {
        store.info(name, "1", "scalar");
    }
    int point = 0;
    for (const char* limits : {"tight", "loose"})
    {
        for (const char* sources : {"1", "20"})
        {
            const bool tight = std::string(limits) == "tight";
            const int run =
                store.run(point++, 1, {{"case", limits}, {"attacker.scanner.sources", sources}});
            store.metric(run, "guesses_per_hour", tight ? 17.7 : 500.0 + 20.0 * (point % 2));
            store.metric(run, "honest_share", 0.95);
            store.metric(run, "passwords_found", tight ? 0.0 : 3.0);
            store.metric(run, "register_rate_peak", 7.0);
        }
    }
    std::vector<std::string> texts;
    for (const Finding& finding : findings(build_summary(ResultsReader(store.path()))))
    {
        if (finding.topic != "note")
        {
            CHECK(finding.topic == "attack");
            texts.push_back(finding.text);
        }
    }
    REQUIRE(texts.size() == 2);
    CHECK(texts[0] == "In case \"tight\", 17.7 passwords per hour and account attacked are done "
                      "with, looked at or not; "
                      "95.0 % of honest devices are registered.");
    CHECK(texts[1] == "In case \"loose\", 500 to 520 passwords per hour and account attacked are "
                      "done with, looked at or not; "
                      "95.0 % of honest devices are registered; passwords found: 3.00.");
}
