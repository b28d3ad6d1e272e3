#include "tests/unit/runner_config_files.h"

#include <set>

using namespace sipsim;
using namespace sipsim::runner;
using namespace std::chrono_literals;

namespace
{

std::string
swept(const std::string& axes, const std::string& more = "")
{
    return ConfigText{.rest = kOutage + "[sweep.over]\n" + axes + more}.text();
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("points are the product of the axes in file order, the last axis fastest")
{
    const Experiment experiment =
        loaded(swept("\"fleet.gateways.registration.retry_wait\" = [\"1s\", \"20s\"]\n"
                     "\"registrar.reg1.bindings\" = [\"kept\", \"lost\"]\n"));
    REQUIRE(experiment.points.size() == 4);
    const std::vector<std::pair<std::string, std::string>> expected{{"1s", "kept"},
                                                                    {"1s", "lost"},
                                                                    {"20s", "kept"},
                                                                    {"20s", "lost"}};
    for (std::uint32_t i = 0; i < 4; ++i)
    {
        const Point& point = experiment.points[i];
        CHECK(point.index == i);
        REQUIRE(point.parameters.size() == 2);
        CHECK(point.parameters[0].first == "fleet.gateways.registration.retry_wait");
        CHECK(point.parameters[0].second == expected[i].first);
        CHECK(point.parameters[1].second == expected[i].second);
        const world::World world = experiment.world(point, 1);
        CHECK(world.fleets.at(0).registration.retry.base == (i < 2 ? 1s : 20s));
        CHECK(world.registrars.at(0).keep_bindings == (i % 2 == 0));
    }
}

TEST_CASE("without a sweep there is one point without parameters")
{
    const Experiment experiment = loaded(ConfigText{}.text());
    REQUIRE(experiment.points.size() == 1);
    CHECK(experiment.points[0].parameters.empty());
    CHECK(experiment.axes.empty());
}

TEST_CASE("an axis has canonical texts, SI values and their unit")
{
    const Experiment experiment =
        loaded(swept("\"fleet.gateways.registration.retry_wait\" = [\"500s\", \"0.5h\"]\n"
                     "\"fleet.gateways.calls\" = [\"120/h\", \"1/s\"]\n"
                     "\"network.access.bandwidth\" = [\"1000kbps\", \"0.5Mbps\"]\n"
                     "\"network.access.loss\" = [0, \"5%\"]\n"
                     "\"registrar.reg1.bindings\" = [\"kept\", \"lost\"]\n"));
    REQUIRE(experiment.axes.size() == 5);
    CHECK(experiment.axes[0].values == Texts{"500s", "1800s"});
    CHECK(experiment.axes[0].numeric == std::vector<double>{500, 1800});
    CHECK(experiment.axes[0].unit == "s");
    CHECK(experiment.axes[0].line == 20);
    CHECK(experiment.axes[1].values == Texts{"2/min", "1/s"});
    CHECK(experiment.axes[1].numeric[0] == doctest::Approx(120.0 / 3600.0));
    CHECK(experiment.axes[1].unit == "1/s");
    CHECK(experiment.axes[2].values == Texts{"1Mbps", "500kbps"});
    CHECK(experiment.axes[2].numeric == std::vector<double>{1e6, 5e5});
    CHECK(experiment.axes[2].unit == "bit/s");
    CHECK(experiment.axes[3].values == Texts{"0", "0.05"});
    CHECK(experiment.axes[3].unit.empty());
    CHECK(experiment.axes[4].values == Texts{"kept", "lost"});
    CHECK(experiment.axes[4].numeric.empty());
}

TEST_CASE("an axis over a vendor's own name is in SI too: the product knows its unit")
{
    const Experiment minutes =
        loaded(swept("\"fleet.gateways.vendor.Register Expiration\" = [2, \"5min\", 120]\n"));
    REQUIRE(minutes.axes.size() == 1);
    CHECK(minutes.axes[0].values == Texts{"120s", "300s", "2h"});
    CHECK(minutes.axes[0].numeric == std::vector<double>{120, 300, 7200});
    CHECK(minutes.axes[0].unit == "s");
    const Experiment choices = loaded(swept("\"fleet.gateways.vendor.P81\" = [0, 1]\n"));
    CHECK(choices.axes.at(0).values == Texts{"0", "1"});
    CHECK(choices.axes.at(0).unit.empty());
}

TEST_CASE("a range includes its end if it is hit")
{
    const auto values = [](const std::string& axis) {
        return loaded(swept("\"fleet.gateways.registration.retry_wait\" = " + axis + "\n"))
            .axes[0]
            .values;
    };
    CHECK(values(R"({ range = ["10s", "40s"], step = "10s" })") ==
          Texts{"10s", "20s", "30s", "40s"});
    CHECK(values(R"({ range = ["10s", "45s"], step = "10s" })") ==
          Texts{"10s", "20s", "30s", "40s"});
    CHECK(values(R"({ range = ["3s", "1s"], step = "-1s" })") == Texts{"3s", "2s", "1s"});
}

TEST_CASE("a range in steps that binary fractions cannot hold has the values that were meant")
{
    // 0 + 3 * 0.1 is 0.30000000000000004 in binary.
    const Experiment experiment =
        loaded(swept("\"network.access.loss\" = { range = [0.0, 0.3], step = 0.1 }\n"));
    CHECK(experiment.axes[0].values == Texts{"0", "0.1", "0.2", "0.3"});
}

TEST_CASE("linspace spaces evenly, logspace by one factor, both with their ends")
{
    const Experiment experiment = loaded(
        swept("\"fault.outage.for\" = { linspace = [\"1min\", \"10min\", 4] }\n"
              "\"fleet.gateways.registration.retry_wait\" = { logspace = [\"1s\", \"1000s\", 4] }\n"
              "\"fleet.gateways.count\" = { linspace = [10, 30, 3] }\n"));
    CHECK(experiment.axes[0].values == Texts{"60s", "240s", "420s", "600s"});
    CHECK(experiment.axes[1].values == Texts{"1s", "10s", "100s", "1000s"});
    CHECK(experiment.axes[2].values == Texts{"10", "20", "30"});
}

TEST_CASE("the seed of a replication is the same for all points and differs between replications")
{
    const Experiment experiment = loaded(swept("\"fault.outage.for\" = [\"1min\", \"2min\"]\n"));
    std::set<std::uint64_t> seeds;
    for (std::uint32_t r = 0; r < 100; ++r)
    {
        seeds.insert(experiment.replication_seed(r));
        CHECK(experiment.replication_seed(r) < (std::uint64_t{1} << 53U)); // exact in every reader
    }
    CHECK(seeds.size() == 100);
    CHECK(experiment.replication_seed(3) == loaded(ConfigText{}.text()).replication_seed(3));
    CHECK(experiment.replication_seed(3) != loaded(ConfigText{}.text(), {}, 2).replication_seed(3));
}

TEST_CASE("the same point and seed give the same world, whatever was asked before")
{
    const Experiment experiment = loaded(swept("\"fault.outage.for\" = [\"1min\", \"2min\"]\n"
                                               "\"fleet.gateways.count\" = [10, 20]\n"));
    const world::World first = experiment.world(experiment.points[1], 9);
    (void)experiment.world(experiment.points[2], 8);
    const world::World again = experiment.world(experiment.points[1], 9);
    CHECK(first.seed == again.seed);
    CHECK(first.topology == again.topology);
    CHECK(first.fleets.at(0).count == 20);
    CHECK(again.fleets.at(0).count == 20);
    CHECK(again.faults.at(0).length == 1min);
}

TEST_CASE("a map may be swept")
{
    const std::string axis = "\"network.topology\" = [\"generate:scale-free?nodes=20&links=2\", "
                             "\"generate:scale-free?nodes=30&links=2\"]\n";
    const Experiment experiment = loaded(swept(axis), {{"registrar.reg1.at", "pop-1"}});
    CHECK(experiment.world(experiment.points[0], 1).topology.nodes().size() == 20);
    CHECK(experiment.world(experiment.points[1], 1).topology.nodes().size() == 30);
}

TEST_CASE("a key that the file does not have may be swept, even a required one")
{
    const std::string text =
        "[experiment]\nduration = \"3h\"\n[network]\n" + kMap +
        "[[registrar]]\nname = \"reg1\"\nat = \"Chicago\"\n"
        "[[fleet]]\nname = \"gateways\"\nprofile = \"rfc3261\"\nserver = \"reg1\"\n"
        "[sweep.over]\n\"fleet.gateways.count\" = [5, 6]\n";
    CHECK(loaded(text).points.size() == 2);
}

TEST_CASE("axes may be written as tables of their own")
{
    const Experiment experiment =
        loaded(swept("fault.outage.for = [\"1min\", \"2min\"]\n"
                     "[sweep.over.\"fleet.gateways.count\"]\nlinspace = [1, 3, 3]\n"));
    REQUIRE(experiment.axes.size() == 2);
    CHECK(experiment.axes[0].parameter == "fault.outage.for");
    CHECK(experiment.axes[1].values == Texts{"1", "2", "3"});
}

TEST_CASE("a fault is named by its name, its kind where it is the only one, or its number")
{
    const std::string second =
        "[[fault]]\nname = \"later\"\nkind = \"outage\"\ntarget = \"registrar:reg1\"\n"
        "at = \"100min\"\nfor = \"10min\"\n";
    const auto length = [&](const std::string& path, std::size_t fault) {
        const std::string text = ConfigText{.rest = kOutage + second}.text();
        return first_world(text, {{path, "1min"}}).faults.at(fault).length;
    };
    CHECK(length("fault.1.for", 0) == 1min);
    CHECK(length("fault.2.for", 1) == 1min);
    CHECK(length("fault.later.for", 1) == 1min);
    const auto problems =
        problems_of(ConfigText{.rest = kOutage + second}.text(), {{"fault.outage.for", "1min"}});
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find("names no parameter") != std::string::npos);
}

TEST_CASE("cases are one axis: each sets its parameters together, the others have the file's")
{
    const Experiment experiment = loaded(ConfigText{
        .rest = kOutage + "[sweep.cases.\"as it is\"]\n"
                          "[sweep.cases.patient]\n"
                          "\"fleet.gateways.registration.retry_wait\" = \"60s\"\n"
                          "\"fault.outage.for\" = \"5min\"\n"
                          "[sweep.cases.restarted]\n\"registrar.reg1.bindings\" = \"lost\"\n"
                          "[sweep.over]\n\"fleet.gateways.count\" = [5, 6]\n"}
                                             .text());
    REQUIRE(experiment.points.size() == 6);
    for (std::size_t i = 0; i < 6; ++i)
    {
        const Point& point = experiment.points[i];
        REQUIRE(point.parameters.size() == 2);
        CHECK(point.parameters[0] == std::pair<std::string, std::string>{"case",
                                                                         i < 2   ? "as it is"
                                                                         : i < 4 ? "patient"
                                                                                 : "restarted"});
        const world::World world = experiment.world(point, 1);
        const bool patient = i == 2 || i == 3;
        CHECK(world.fleets.at(0).registration.retry.base == (patient ? 60s : 20s));
        CHECK(world.faults.at(0).length == (patient ? SimDuration{5min} : SimDuration{10min}));
        CHECK(world.registrars.at(0).keep_bindings == (i < 4));
        CHECK(world.fleets.at(0).count == 5 + i % 2);
    }
}

TEST_CASE("what goes along with an axis has its value at each of the axis's")
{
    const Experiment experiment =
        loaded(swept("\"fleet.gateways.registration.expires\" = [\"5min\", \"1h\"]\n"
                     "\"registrar.reg1.bindings\" = [\"kept\", \"lost\"]\n",
                     "[sweep.along.\"fleet.gateways.registration.expires\"]\n"
                     "\"fault.outage.for\" = [\"2min\", \"20min\"]\n"
                     "\"fleet.gateways.count\" = [7, 8]\n"));
    REQUIRE(experiment.points.size() == 4);
    REQUIRE(experiment.axes.size() == 2); // it is none of its own
    for (std::size_t i = 0; i < 4; ++i)
    {
        const world::World world = experiment.world(experiment.points[i], 1);
        CHECK(world.fleets.at(0).registration.expires == (i < 2 ? 300U : 3600U));
        CHECK(world.faults.at(0).length == (i < 2 ? SimDuration{2min} : SimDuration{20min}));
        CHECK(world.fleets.at(0).count == (i < 2 ? 7 : 8));
        CHECK(world.registrars.at(0).keep_bindings == (i % 2 == 0));
    }
}
