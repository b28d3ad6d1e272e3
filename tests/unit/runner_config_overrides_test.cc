#include "tests/unit/runner_config_files.h"

using namespace sipsim;
using namespace sipsim::runner;
using namespace std::chrono_literals;

TEST_CASE("--set takes TOML values and bare words")
{
    const std::string text = ConfigText{.rest = kOutage}.text();
    CHECK(first_world(text, {{"fault.outage.for", "5min"}}).faults.at(0).length == 5min);
    CHECK(first_world(text, {{"fault.outage.for", "\"5min\""}}).faults.at(0).length == 5min);
    CHECK(first_world(text, {{"fleet.gateways.count", "7"}}).fleets.at(0).count == 7);
    CHECK(first_world(text, {{"fleet.gateways.at", "Kansas City"}}).fleets.at(0).at.size() == 1);
    CHECK(first_world(text, {{"fleet.gateways.at", "[\"Denver\", \"Houston\"]"}})
              .fleets.at(0)
              .at.size() == 2);
    CHECK_FALSE(
        first_world(text, {{"registrar.reg1.bindings", "lost"}}).registrars.at(0).keep_bindings);
    CHECK(first_world(text, {{"fleet.gateways.vendor.Register Expiration", "30"}})
              .fleets.at(0)
              .registration.expires == 1800);
}

TEST_CASE("the last --set of a key counts")
{
    const std::string text = ConfigText{}.text();
    CHECK(first_world(text, {{"fleet.gateways.count", "7"}, {"fleet.gateways.count", "8"}})
              .fleets.at(0)
              .count == 8);
}

TEST_CASE("--set may add what the file does not have")
{
    const Experiment experiment =
        loaded(ConfigText{}.text(), {{"replications.count", "3"}, {"report.capacity", "30/s"}});
    CHECK(experiment.replications == 3);
    CHECK(experiment.report.capacity == 30.0);
}

TEST_CASE("a problem of --set names it and has no line")
{
    const std::string text = ConfigText{.rest = kOutage}.text();
    CHECK(problems_of(text, {{"fault.outage.for", "5"}}) ==
          std::vector<std::string>{
              "0:0: --set fault.outage.for=5: fault.outage.for = 5: has no unit: write \"5s\" "
              "(units: ns us ms s min h d)"});
    CHECK(problems_of(text, {{"fleet.gateway.count", "5"}}) ==
          std::vector<std::string>{
              "0:0: --set fleet.gateway.count=5: \"fleet.gateway.count\" names no "
              "parameter; did you mean \"fleet.gateways.count\"?"});
}

TEST_CASE("what is swept cannot be --set")
{
    const auto problems = problems_of(
        ConfigText{.rest = kOutage + "[sweep.over]\n\"fault.outage.for\" = [\"1min\"]\n"}.text(),
        {{"fault.outage.for", "5min"}});
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find("is swept (line 20)") != std::string::npos);
}

TEST_CASE("--seed replaces the file's seed")
{
    const std::string text = ConfigText{.experiment = "seed = 5\n"}.text();
    CHECK(loaded(text).seed == 5);
    CHECK(loaded(text, {}, 6).seed == 6);
}

TEST_CASE("a file that cannot be read is one problem")
{
    const auto checked = load("no/such/file.toml");
    REQUIRE(std::holds_alternative<std::vector<Problem>>(checked));
    CHECK(format("no/such/file.toml", std::get<std::vector<Problem>>(checked)) ==
          "no/such/file.toml: error: cannot read this file\n");
}

TEST_CASE("the identity of an experiment is what decides its results")
{
    const ConfigText plain{.rest = kOutage};
    const std::string identity = loaded(plain.text()).hash();
    CHECK(identity.size() == 64); // SHA-256

    CHECK(loaded("# a remark\n" + plain.text()).hash() == identity);
    CHECK(loaded(plain.text() + "[replications]\ncount = 5\n").hash() ==
          identity); // more of the same
    CHECK(loaded(plain.text() + "[report]\ncapacity = \"9/s\"\n").hash() == identity);
    CHECK(loaded(ConfigText{.experiment = "run_timeout = \"20min\"\n", .rest = kOutage}.text())
              .hash() == identity);

    CHECK(loaded(plain.text(), {{"fleet.gateways.count", "21"}}).hash() != identity);
    CHECK(loaded(plain.text(), {}, 2).hash() != identity);
    CHECK(loaded(plain.text(), {{"network.route_factor", "1.5"}}).hash() != identity);
    CHECK(loaded(plain.text() + "[sweep.over]\n\"fault.outage.for\" = [\"10min\"]\n").hash() !=
          identity);
}
