#include "analysis/call_table.h"
#include "analysis/finding.h"
#include "tests/unit/analysis_store.h"

#include <map>
#include <utility>

using doctest::Approx;
using nlohmann::json;
using namespace sipsim::analysis;

namespace
{

const std::string kType = "nat.home.type";
const std::string kMode = "fleet.f.nat.traversal";
const std::string kProxy = "fleet.f.proxy";

struct Run
{
    std::string type;
    std::string mode;
    std::string proxy;
    std::map<std::string, double> calls; // offered 1000
    int seed = 1;
};

std::vector<Run>
sweep()
{
    const std::map<std::string, double> all{{"calls_reached", 1000}};
    const std::map<std::string, double> hidden{{"calls_nat_private", 1000}};
    const std::map<std::string, double> expired{{"calls_reached", 18}, {"calls_nat_expired", 982}};
    const std::map<std::string, double> nobody{{"calls_not_registered", 1000}};
    return {{"open", "none", "none", all},
            {"open", "none", "edge", all},
            {"open", "stun", "none", all},
            {"open", "stun", "edge", all},
            {"symmetric", "none", "none", hidden},
            {"symmetric", "none", "edge", expired},
            {"symmetric", "stun", "none", hidden},
            {"symmetric", "stun", "edge", all},
            {"udp-blocked", "none", "none", nobody},
            {"udp-blocked", "none", "edge", nobody},
            {"udp-blocked", "stun", "none", nobody},
            {"udp-blocked", "stun", "edge", all}};
}

json
axis(const std::string& param, const std::vector<std::string>& values)
{
    return {{"param", param}, {"values", values}, {"numeric", nullptr}, {"unit", ""}};
}

Summary
summary_of(const std::vector<Run>& runs,
           const json& faults = json::array(),
           const std::string& type_key = kType)
{
    TestStore store;
    store.experiment(json::array({axis(type_key, {"open", "symmetric", "udp-blocked"}),
                                  axis(kMode, {"none", "stun"}),
                                  axis(kProxy, {"none", "edge"})}),
                     json::object());
    std::map<std::string, int> points;
    for (const Run& run : runs)
    {
        const auto [at, fresh] =
            points.emplace(run.type + run.mode + run.proxy, static_cast<int>(points.size()));
        const int id = store.run(at->second,
                                 run.seed,
                                 {{type_key, run.type}, {kMode, run.mode}, {kProxy, run.proxy}},
                                 "ok",
                                 faults);
        store.metric(id, "register_rate_peak", 4);
        store.metric(id, "calls_offered", 1000);
        for (const auto& [name, count] : run.calls)
        {
            store.metric(id, name, count);
        }
    }
    return build_summary(ResultsReader(store.path()));
}

std::vector<std::string>
topics(const Summary& summary)
{
    std::vector<std::string> out;
    for (const auto& finding : findings(summary))
    {
        out.push_back(finding.topic);
    }
    return out;
}

} // namespace

TEST_CASE("a sweep over a NAT's type is a table of it against whatever else was swept")
{
    const auto summary = summary_of(sweep());
    REQUIRE(summary.call_table);
    const auto& table = *summary.call_table;
    CHECK(table.rows == std::vector<std::string>{"open", "symmetric", "udp-blocked"});
    CHECK(table.columns ==
          std::vector<std::string>{"none", "none + proxy", "STUN", "STUN + proxy"});
    CHECK(cell_text(table, 0, 0) == "reached 100 %");
    CHECK(cell_text(table, 1, 0) == "private contact 100 %");
    CHECK(cell_text(table, 1, 1) == "mapping expired 98.2 %");
    CHECK(table.cells[1][1]->reached == Approx(0.018));
    CHECK(cell_text(table, 2, 2) == "not registered 100 %");
}

TEST_CASE("the table in plain text is a line per type, in as many blocks as are not too wide")
{
    CHECK(table_text(*summary_of(sweep()).call_table) ==
          "NAT          none                   none + proxy            STUN                   STUN "
          "+ proxy\n"
          "open         reached 100 %          reached 100 %           reached 100 %          "
          "reached 100 %\n"
          "symmetric    private contact 100 %  mapping expired 98.2 %  private contact 100 %  "
          "reached 100 %\n"
          "udp-blocked  not registered 100 %   not registered 100 %    not registered 100 %   "
          "reached 100 %\n");
    CallTable wide{.rows = {"open"}, .columns = {}, .cells = {{}}};
    for (int i = 0; i < 7; ++i) // 22 characters each with their space: five on 120 beside "open"
    {
        wide.columns.push_back("a column of 20 chars" + std::to_string(i));
        wide.cells[0].push_back(std::nullopt);
    }
    const auto text = table_text(wide);
    CHECK(std::ranges::count(text, '\n') == 2 + 1 + 2); // an empty line between
    CHECK(text.find("chars4\n") != std::string::npos);
    CHECK(text.find("\n\nNAT ") != std::string::npos);
}

TEST_CASE("sentences say which settings bring all calls through, and why the others do not")
{
    const auto said = call_table_sentences(*summary_of(sweep()).call_table);
    REQUIRE(said.size() == 2);
    CHECK(said[0] == "All calls get through with STUN + proxy behind every NAT swept.");
    CHECK(said[1] == "All calls get through with none and STUN only behind open, elsewhere private "
                     "contact 100 % and not registered 100 %; with none + proxy only behind open, "
                     "elsewhere mapping expired 98.2 % and not registered 100 %.");
    auto runs = sweep();
    runs[6].calls = {{"calls_reached", 1000}}; // STUN behind symmetric
    runs[11].calls = {{"calls_lost", 400}, {"calls_reached", 600}};
    CHECK(call_table_sentences(*summary_of(runs).call_table)[0] ==
          "All calls get through with STUN behind all but udp-blocked (not registered 100 %); with "
          "STUN + proxy behind all but udp-blocked (path cut 40.0 %).");
}

TEST_CASE("shares are of the calls of all replications, and 100 % is all of them")
{
    auto runs = sweep();
    runs[5].calls = {{"calls_reached", 0}, {"calls_nat_expired", 1000}};
    runs.push_back({"symmetric", "none", "edge", {{"calls_nat_expired", 1000}}, 2});
    CHECK(cell_text(*summary_of(runs).call_table, 1, 1) == "mapping expired 100 %");
    runs.back().calls = {{"calls_reached", 500}, {"calls_nat_filtered", 500}};
    CHECK(cell_text(*summary_of(runs).call_table, 1, 1) == "mapping expired 50.0 %");
    // 1999 of 2000 is rounded to 100.0 by three digits.
    runs.back().calls = {{"calls_nat_expired", 999.5}, {"calls_reached", 0.5}};
    CHECK(cell_text(*summary_of(runs).call_table, 1, 1) == "mapping expired >99.9 %");
}

TEST_CASE("a call that came to a registrar without the binding that another has is told as such")
{
    auto runs = sweep();
    runs[0].calls = {{"calls_reached", 480}, {"calls_no_binding_here", 500}, {"calls_stale", 20}};
    CHECK(cell_text(*summary_of(runs).call_table, 0, 0) == "registered elsewhere 50.0 %");
}

TEST_CASE("without a fault the table is all there is to say; with one the rest is said too")
{
    CHECK(topics(summary_of(sweep())) ==
          std::vector<std::string>{"traversal", "traversal", "note"});
    const json fault = json::array(
        {{{"kind", "outage"}, {"target", "registrar:r"}, {"start_s", 10}, {"end_s", 20}}});
    const auto said = topics(summary_of(sweep(), fault));
    CHECK(std::ranges::count(said, "traversal") == 2);
    CHECK(std::ranges::count(said, "capacity") > 0);
}

TEST_CASE("there is no table without a NAT's type among what was swept, or without calls")
{
    const auto other = summary_of(sweep(), json::array(), "fleet.f.type");
    CHECK_FALSE(other.call_table);
    CHECK(to_json(other)["call_table"].is_null());
    TestStore store;
    store.experiment(json::array({axis(kType, {"open", "symmetric"})}), json::object());
    store.metric(store.run(0, 1, {{kType, "open"}}), "register_rate_peak", 4);
    CHECK_FALSE(build_summary(ResultsReader(store.path())).call_table);
}

TEST_CASE("a point that has not run yet is an empty cell")
{
    auto runs = sweep();
    runs.pop_back();
    const auto summary = summary_of(runs);
    CHECK_FALSE(summary.call_table->cells[2][3]);
    CHECK(cell_text(*summary.call_table, 2, 3).empty());
    CHECK(to_json(summary)["call_table"]["cells"][2][3].is_null());
    CHECK(to_json(summary)["call_table"]["cells"][1][1]["text"] == "mapping expired 98.2 %");
}
