// Sentences about fleets that locate their servers.
#include "analysis/finding.h"
#include "tests/unit/analysis_store.h"

using nlohmann::json;
using namespace sipsim::analysis;

TEST_CASE("whether a failed server's load comes back, and what it costs")
{
    TestStore store;
    store.experiment(
        json::array({{{"param", "zone.main.ttl"}, {"values", json::array({60, 3600})}}}),
        {{"registrars", json::array({"primary", "backup"})}});
    store.info("server_share_before", "1", "server_series");
    store.info("server_share_after", "1", "server_series");
    store.info("dns_query_rate_mean", "1/s", "scalar");
    store.info("unregistered_account_seconds", "s", "scalar");
    for (int point = 0; point < 2; ++point)
    {
        const int run = store.run(point, 1, {{"zone.main.ttl", point == 0 ? 60 : 3600}});
        store.series(run, "server_share_before", {0.75, 0.25});
        // The first point's backup keeps 60 points of the load; the second's gives back all but 4.
        store.series(run,
                     "server_share_after",
                     point == 0 ? std::vector{0.15, 0.85} : std::vector{0.71, 0.29});
        store.metric(run, "dns_query_rate_mean", point == 0 ? 7.5 : 0.5);
        store.metric(run, "unregistered_account_seconds", point == 0 ? 7200.0 : 3600.0);
    }
    std::string text;
    for (const Finding& finding : findings(build_summary(ResultsReader(store.path()))))
    {
        text += finding.topic == "servers" ? finding.text + "\n" : "";
    }
    CHECK(
        text ==
        "The load is back where it was, every registrar within 5 points of its share, at 1 of 2 "
        "points; furthest from it is primary, 75.0 % before and 15.0 % after (zone.main.ttl = "
        "60).\n"
        "Not registered, account-hours: least 1.00 (zone.main.ttl = 3600), most 2.00 "
        "(zone.main.ttl = 60).\n"
        "DNS queries: least 0.500 /s (zone.main.ttl = 3600), most 7.50 /s (zone.main.ttl = 60).\n");
}

TEST_CASE("a price that all points pay alike is not told as that of one")
{
    TestStore store;
    store.experiment(
        json::array({{{"param", "zone.main.ttl"}, {"values", json::array({60, 3600})}}}),
        json::object());
    store.info("dns_query_rate_mean", "1/s", "scalar");
    for (int point = 0; point < 2; ++point)
    {
        const int run = store.run(point, 1, {{"zone.main.ttl", point == 0 ? 60 : 3600}});
        store.metric(run, "dns_query_rate_mean", 7.5);
    }
    std::string text;
    for (const Finding& finding : findings(build_summary(ResultsReader(store.path()))))
    {
        text += finding.topic == "servers" ? finding.text : "";
    }
    CHECK(text == "DNS queries: 7.50 /s, whatever the zone.main.ttl.");
}
