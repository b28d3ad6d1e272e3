#include "model/base/draw.h"
#include "model/network/graphml.h"
#include "model/network/paths.h"
#include "model/network/statistics.h"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <variant>

using namespace sipsim;
using namespace sipsim::network;
using namespace std::chrono_literals;
using doctest::Approx;

namespace
{

/// A file with the usual keys, <label> being the default of nothing.
std::string
file_of(const std::string& graph)
{
    return R"(<graphml>
<key id="n" for="node" attr.name="label" attr.type="string"/>
<key id="lat" for="node" attr.name="Latitude" attr.type="double"/>
<key id="lon" for="node" attr.name="Longitude" attr.type="double"/>
<key id="d" for="edge" attr.name="delay_ms" attr.type="double"/>
<key id="b" for="edge" attr.name="bandwidth_bps" attr.type="double"/>
<key id="p" for="edge" attr.name="loss" attr.type="double"/>
<key id="j" for="edge" attr.name="jitter_ms" attr.type="double"/>
<graph edgedefault="undirected">
)" + graph +
           "\n</graph></graphml>\n";
}

std::string
node(const std::string& id, const std::string& lat, const std::string& lon)
{
    return "<node id='" + id + "'><data key='lat'>" + lat + "</data><data key='lon'>" + lon +
           "</data></node>";
}

std::string
edge(const std::string& a, const std::string& b, const std::string& data = "")
{
    return "<edge source='" + a + "' target='" + b + "'>" + data + "</edge>";
}

Topology
read(const std::string& text, const TopologyOptions& options = {})
{
    auto result = read_graphml(text, options);
    if (const auto* problems = std::get_if<std::vector<Problem>>(&result))
    {
        FAIL(problems->front().line << ": " << problems->front().message);
    }
    return std::get<Topology>(result);
}

} // namespace

TEST_CASE("delays come from the file or else from the distance")
{
    const auto map = read(file_of(node("a", "0", "0") + node("b", "0", "1") + edge("a", "b") +
                                  edge("a", "b", "<data key='d'> 2.5 </data>")));
    // One degree of the equator is 111.195 km: 555.975 us at 200 km/ms.
    CHECK(to_seconds(map.links()[0].propagation) == Approx(555.975e-6).epsilon(1e-6));
    CHECK_FALSE(map.links()[0].delay_given);
    CHECK(map.links()[1].propagation == 2500us);
    CHECK(map.links()[1].delay_given);
}

TEST_CASE("the route factor stretches distances and not given delays")
{
    const auto text = file_of(node("a", "0", "0") + node("b", "0", "1") + edge("a", "b") +
                              edge("a", "b", "<data key='d'>2.5</data>"));
    const auto straight = read(text);
    const auto detour = read(text, {.route_factor = 1.5});
    CHECK(to_seconds(detour.links()[0].propagation) ==
          Approx(1.5 * to_seconds(straight.links()[0].propagation)).epsilon(1e-6));
    CHECK(detour.links()[1].propagation == 2500us);
}

TEST_CASE("bandwidth loss and jitter are read and are infinite or none by default")
{
    const auto map = read(file_of(node("a", "0", "0") + node("b", "0", "1") + edge("a", "b") +
                                  edge("a",
                                       "b",
                                       "<data key='b'>1.5e6</data><data key='p'>0.01</data>"
                                       "<data key='j'>0.25</data>")));
    CHECK(map.links()[0].bandwidth_bps == 0);
    CHECK(map.links()[0].loss == 0.0);
    CHECK(map.links()[0].jitter == 0ms);
    CHECK(map.links()[1].bandwidth_bps == 1'500'000);
    CHECK(map.links()[1].loss == 0.01);
    CHECK(map.links()[1].jitter == 250us);
}

TEST_CASE("the Topology Zoo's LinkSpeedRaw is the bandwidth unless bandwidth_bps is given")
{
    const std::string keys =
        "<key id='s' for='edge' attr.name='LinkSpeedRaw' attr.type='double'/><graph ";
    auto text = file_of(node("a", "0", "0") + node("b", "0", "1") +
                        edge("a", "b", "<data key='s'>155000000.0</data>") +
                        edge("a", "b", "<data key='s'>1e9</data><data key='b'>2e9</data>"));
    text.replace(text.find("<graph "), 7, keys);
    const auto map = read(text);
    CHECK(map.links()[0].bandwidth_bps == 155'000'000);
    CHECK(map.links()[1].bandwidth_bps == 2'000'000'000);
}

TEST_CASE("nodes keep the order of the file and are named by label or else by id")
{
    const auto map = read(file_of(edge("z", "y") +
                                  "<node id='z'><data key='lat'>1</data><data key='lon'>2</data>"
                                  "<data key='n'>Saint  &amp; &#x20AC;</data></node>" +
                                  node("y", "0", "0")));
    REQUIRE(map.nodes().size() == 2);
    CHECK(map.nodes()[0].id == "z");
    CHECK(map.nodes()[0].name == "Saint & \xE2\x82\xAC"); // white space is one blank
    CHECK(map.nodes()[0].place == Coordinates{1, 2});
    CHECK(map.nodes()[1].name == "y");
    CHECK(map.links()[0].a == 0);
    CHECK(map.links()[0].b == 1);
}

TEST_CASE("attributes may be declared int or string and have defaults")
{
    const auto map = read(R"(<graphml>
<key id="lat" for="node" attr.name="Latitude" attr.type="int"/>
<key id="lon" for="node" attr.name="Longitude" attr.type="string"/>
<key id="b" for="edge" attr.name="bandwidth_bps" attr.type="long"><default>5000000000</default></key>
<graph edgedefault="undirected">)" +
                          node("a", "40", "2.5") + node("b", "41", "3") + edge("a", "b") +
                          edge("a", "b", "<data key='b'>64000</data>") + "</graph></graphml>");
    CHECK(map.nodes()[0].place == Coordinates{40, 2.5});
    CHECK(map.links()[0].bandwidth_bps == 5'000'000'000);
    CHECK(map.links()[1].bandwidth_bps == 64'000);
}

TEST_CASE("what sipsim does not know is ignored whatever it holds")
{
    // As editors write it: keys without a type, namespaces, booleans, graphics inside data.
    const auto map = read(R"(<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<graphml xmlns:y="http://www.yworks.com/xml/graphml"><desc>a map</desc>
<key id="g" for="node" yfiles.type="nodegraphics"/><key id="r" for="graphml" yfiles.type="resources"/>
<key id="x" for="all" attr.name="internal" attr.type="boolean"><default>true</default></key>
<key id="lat" for="node" attr.name="Latitude" attr.type="double"/>
<key id="lon" for="node" attr.name="Longitude" attr.type="double"/>
<graph edgedefault="undirected" id="G"><data key="x">false</data>
<node id="a"><data key="g"><y:ShapeNode><y:Fill color="#FFCC00"/>text</y:ShapeNode></data>
<data key="lat">1</data><data key="x"/><data key="lon">1</data></node></graph>
<data key="r"><y:Resources/></data></graphml>)");
    CHECK(map.nodes().size() == 1);
    CHECK(map.nodes()[0].place == Coordinates{1, 1});
}

TEST_CASE("coordinates are not needed where delays are given")
{
    const auto map =
        read(file_of("<node id='a'/><node id='b'/>" + edge("a", "b", "<data key='d'>1</data>")));
    CHECK_FALSE(map.nodes()[0].place.has_value());
    CHECK(map.links()[0].propagation == 1ms);
}

TEST_CASE("nodes without coordinates are placed amid their neighbours if asked for")
{
    // h lies between a and b; far hangs on h only and gets its place in the second round.
    const auto text =
        file_of(node("a", "0", "10") + node("b", "0", "20") + "<node id='h'/><node id='far'/>" +
                edge("a", "h") + edge("h", "b") + edge("h", "far"));
    CHECK(std::holds_alternative<std::vector<Problem>>(read_graphml(text)));
    const auto map = read(text, {.missing_coordinates = MissingCoordinates::kNeighbours});
    REQUIRE(map.nodes()[2].place.has_value());
    CHECK(map.nodes()[2].place->latitude == Approx(0.0));
    CHECK(map.nodes()[2].place->longitude == Approx(15.0));
    CHECK(map.nodes()[3].place == map.nodes()[2].place);
    CHECK(map.links()[2].propagation == 0ns);
}

TEST_CASE("a written map reads back as the same map")
{
    const Topology map{
        {{.id = "a<1>", .name = "A & B", .place = Coordinates{1.5, -0.1}},
         {.id = "b", .name = "\"b\"", .place = Coordinates{-89.99999, 180}},
         {.id = "c", .name = "c"}},
        {{.a = 1,
          .b = 0,
          .propagation = propagation_over(great_circle_km({-89.99999, 180}, {1.5, -0.1}), 1.0),
          .bandwidth_bps = 9'953'280'000},
         {.a = 0,
          .b = 2,
          .propagation = SimDuration{1'234'567},
          .loss = 0.1,
          .jitter = SimDuration{1},
          .delay_given = true},
         {.a = 2, .b = 0, .delay_given = true}}};
    CHECK(read(to_graphml(map)) == map);
    CHECK(to_graphml(read(to_graphml(map))) == to_graphml(map));
}

TEST_CASE("the shipped Abilene has 11 PoPs and 14 links of OC-192 and no cut vertex")
{
    std::ifstream file(SIPSIM_SOURCE_DIR "/topologies/abilene.graphml");
    std::ostringstream text;
    text << file.rdbuf();
    const auto map = read(text.str());
    const auto s = describe(map);
    CHECK(s.nodes == 11);
    CHECK(s.links == 14);
    CHECK(s.components == 1);
    CHECK(s.cut_vertices.empty()); // two rings with a common chain: every PoP has two ways out
    for (const Link& link : map.links())
    {
        CHECK(link.bandwidth_bps == 192 * 51'840'000ULL);
    }
    // Farthest in hops and in delay: Seattle - Denver - Kansas City - Indianapolis - Atlanta -
    // Washington, 1641 + 897 + 727 + 688 + 873 km = 4824 km (law of cosines), 24.12 ms.
    CHECK(s.diameter_hops == 5);
    CHECK(to_seconds(s.diameter_delay) == Approx(24.12e-3).epsilon(2e-4));
    CHECK(map.nodes()[s.farthest_from].name == "Seattle");
    CHECK(map.nodes()[s.farthest_to].name == "Washington DC");
    CHECK(map.find_nodes("Chicago").size() == 1);
    CHECK(map.find_nodes("CHIN") == map.find_nodes("Chicago"));
}

TEST_CASE("a file that was cut off anywhere is refused")
{
    const auto text = file_of(node("a", "0", "0") + node("b", "0", "1") +
                              edge("a", "b", "<data key='d'>1</data>"));
    const std::size_t whole = text.find_last_not_of('\n') + 1;
    for (std::size_t length = 0; length < whole; ++length)
    {
        CHECK(std::holds_alternative<std::vector<Problem>>(read_graphml(text.substr(0, length))));
    }
}

TEST_CASE("a file with bytes changed at random is refused or read and never harms")
{
    const auto good =
        file_of(node("a", "10", "-20.5") + node("b", "0", "1") +
                edge("a", "b", "<data key='d'>1</data><data key='p'>0.5</data>") + edge("a", "b"));
    constexpr std::string_view kBytes = "<>/'\"=& a0-.e#;![]\xFF\n";
    const DrawKey key{.seed = 42};
    std::size_t refused = 0;
    for (std::uint64_t round = 0; round < 3000; ++round)
    {
        std::string text = good;
        for (std::uint64_t change = 0; change < 3; ++change)
        {
            const std::uint64_t bits = draw_bits(key, Purpose::kTopology, 3 * round + change);
            text[bits % text.size()] = kBytes[(bits >> 32U) % kBytes.size()];
        }
        const auto result = read_graphml(text);
        if (const auto* problems = std::get_if<std::vector<Problem>>(&result))
        {
            REQUIRE_FALSE(problems->empty());
            CHECK(problems->front().message.find("Boost") == std::string::npos);
            ++refused;
        }
        else
        {
            CHECK(read(to_graphml(std::get<Topology>(result))) == std::get<Topology>(result));
        }
    }
    CHECK(refused > 1000);
}
