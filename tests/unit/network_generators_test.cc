#include "model/network/generators.h"
#include "model/network/graphml.h"
#include "model/network/statistics.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <variant>

using namespace sipsim;
using namespace sipsim::network;
using doctest::Approx;

namespace
{

Topology
made(const Checked<Topology>& result)
{
    if (const auto* problems = std::get_if<std::vector<Problem>>(&result))
    {
        FAIL(problems->front().message);
    }
    return std::get<Topology>(result);
}

std::vector<Problem>
refused(std::string_view spec)
{
    const auto result = generate(spec);
    REQUIRE(std::holds_alternative<std::vector<Problem>>(result));
    return std::get<std::vector<Problem>>(result);
}

/// "column: message".
std::string
refusal(std::string_view spec)
{
    const auto problems = refused(spec);
    REQUIRE(problems.size() == 1);
    return std::to_string(problems[0].column) + ": " + problems[0].message;
}

std::string
file(const std::string& name)
{
    std::ifstream stream(SIPSIM_SOURCE_DIR "/topologies/" + name);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("access rings have the nodes links and cut vertices of their construction")
{
    // C core PoPs; R rings of A on each: C R A more; S rings of B on each of those: C R A S B more.
    // A ring of k more PoPs has k + 1 links. Cut vertices are the PoPs rings hang on.
    struct Case
    {
        std::uint32_t c, r, a, s, b;
    };

    for (const auto [c, r, a, s, b] :
         {Case{4, 1, 3, 1, 4}, Case{3, 2, 2, 3, 2}, Case{5, 1, 4, 0, 2}, Case{7, 0, 2, 1, 2}})
    {
        const auto map = made(generate(AccessRings{.core = c,
                                                   .aggregation_rings = r,
                                                   .aggregation = a,
                                                   .access_rings = s,
                                                   .access = b}));
        const auto stats = describe(map);
        CHECK(stats.nodes == c + c * r * a + c * r * a * s * b);
        CHECK(stats.links == c + c * r * (a + 1) + c * r * a * s * (b + 1));
        CHECK(stats.components == 1);
        const std::size_t hung_on = (r > 0 ? c : 0) + (r > 0 && s > 0 ? c * r * a : 0);
        CHECK(stats.cut_vertices.size() == hung_on);
    }
}

TEST_CASE("the default access rings are 10 links across")
{
    // Ring sizes 4 (core), 4 (aggregation) and 5 (access) with the PoP they hang on: halfway round
    // each is 2, 2 and 2 links. Down one side, over the core, and up: 2 + 2 + 2 + 2 + 2.
    CHECK(describe(made(generate("access-rings"))).diameter_hops == 10);
}

TEST_CASE("rings are circles of their radius and links have the rates of their level")
{
    const auto map = made(generate("access-rings?core=4&core_km=100&access_bps=0"));
    // Neighbours of four on a circle of 100 km are 141.42 km apart on the plane; the sphere bends
    // that by less than 1e-4 at this size, the grid by 1 m.
    const Link& core = map.links()[0];
    CHECK(to_seconds(core.propagation) == Approx(141.42 / 200e3).epsilon(2e-4));
    CHECK(core.bandwidth_bps == 100'000'000'000);
    CHECK(map.links().back().bandwidth_bps == 0);
    CHECK(map.nodes()[0].name == "core-1");
    CHECK(map.find_nodes("access-12-4").size() == 1);
}

TEST_CASE("a scale-free map has the links of its growth and is connected")
{
    // A complete graph of m + 1, then m links for each of the other n - m - 1.
    for (const std::uint32_t m : {1U, 2U, 5U})
    {
        const std::uint32_t n = 80;
        const auto map = made(generate(ScaleFree{.nodes = n, .links = m, .seed = 9}));
        const auto stats = describe(map);
        CHECK(stats.nodes == n);
        CHECK(stats.links == m * (m + 1) / 2 + (n - m - 1) * m);
        CHECK(stats.components == 1);
        std::set<std::pair<NodeIndex, NodeIndex>> pairs;
        for (const Link& link : map.links())
        {
            pairs.insert(std::minmax(link.a, link.b));
        }
        CHECK(pairs.size() == map.links().size()); // no parallel links
    }
}

TEST_CASE("a scale-free map has hubs that a uniform one has not")
{
    // Barabasi and Albert: degrees fall as 2 m^2 / k^3, and the largest of n is about m sqrt(n) = 63
    // here. If newcomers chose uniformly, degrees would fall as exp(-k / m), and the largest would be
    // about m (1 + ln n) = 16. 30 tells them apart.
    const auto map = made(generate(ScaleFree{.nodes = 1000, .links = 2}));
    std::size_t largest = 0;
    for (NodeIndex node = 0; node < 1000; ++node)
    {
        largest = std::max(largest, map.links_at(node).size());
    }
    CHECK(largest > 30);
}

TEST_CASE("a scale-free map lies within its disc")
{
    const auto map = made(generate("scale-free?nodes=300&radius_km=50&latitude=0&longitude=180"));
    for (const Node& node : map.nodes())
    {
        CHECK(great_circle_km({0, 180}, *node.place) < 50.01); // the grid is 1 m
    }
}

TEST_CASE("the same seed draws the same map and another seed another")
{
    const auto map = made(generate("scale-free?seed=5"));
    CHECK(made(generate("generate:scale-free?seed=5")) == map);
    CHECK(made(generate("scale-free:seed=5")) == map);
    CHECK_FALSE(made(generate("scale-free?seed=6")) == map);
    CHECK(made(generate("scale-free")) == made(generate("scale-free?nodes=100&links=2&seed=1")));
}

TEST_CASE("a generated map survives being written and read")
{
    for (const char* spec : {"access-rings", "scale-free"})
    {
        const auto map = made(generate(spec));
        CHECK(made(read_graphml(to_graphml(map))) == map);
        CHECK(made(read_graphml(to_graphml(map), {.route_factor = 1.4})) ==
              made(generate(spec, 1.4)));
    }
}

TEST_CASE("the shipped examples are what their generators draw")
{
    CHECK(file("access-rings-64.graphml") == to_graphml(made(generate("access-rings"))));
    CHECK(file("scale-free-100.graphml") == to_graphml(made(generate("scale-free"))));
}

TEST_CASE("a whole number may be written with an exponent")
{
    CHECK(made(generate("access-rings?core_bps=100e9&core=0.4e1")) ==
          made(generate("access-rings?core_bps=100000000000&core=4")));
    CHECK(refusal("scale-free?nodes=1e-1") ==
          "12: \"nodes=1e-1\": the value must be a whole number, 0 or more");
    CHECK(refusal("scale-free?nodes=1e10") == // beyond 32 bits
          "12: \"nodes=1e10\": the value must be a whole number, 0 or more");
    CHECK(refusal("scale-free?seed=nan") ==
          "12: \"seed=nan\": the value must be a whole number, 0 or more");
}

TEST_CASE("a wrong generator or parameter is refused at its column")
{
    CHECK(refusal("rings") == "1: no generator \"rings\": there are access-rings and scale-free");
    CHECK(refusal("generate:") == "10: no generator \"\": there are access-rings and scale-free");
    CHECK(refusal("scale-free?node=5") == "12: no parameter \"node\": there are nodes, links, "
                                          "seed, radius_km, bps, latitude, longitude");
    CHECK(refusal("scale-free?nodes=5&links") == "20: \"links\" is no parameter: write name=value");
    CHECK(refusal("scale-free?nodes=five") ==
          "12: \"nodes=five\": the value must be a whole number, 0 or more");
    CHECK(refusal("scale-free?nodes=-5") ==
          "12: \"nodes=-5\": the value must be a whole number, 0 or more");
    CHECK(refusal("scale-free?radius_km=1km") ==
          "12: \"radius_km=1km\": the value must be a number");
    CHECK(refusal("scale-free?nodes=5&nodes=6") == "20: \"nodes\" is given twice");
    CHECK(refused("access-rings?core=x&foo=1&bar").size() == 3);
}

TEST_CASE("a parameter out of range is refused with the range")
{
    CHECK(refusal("scale-free?nodes=2&links=2") == "0: nodes = 2: must be from 3 to 4096");
    CHECK(refusal("scale-free?nodes=5000") == "0: nodes = 5000: must be from 2 to 4096");
    CHECK(refusal("scale-free?links=0") == "0: links = 0: must be from 1 to 4095");
    CHECK(refusal("scale-free?nodes=4096&links=9") ==
          "0: number of links = 36819: must be from 0 to 32767"); // 45 + 4086 * 9
    CHECK(refusal("scale-free?radius_km=nan") == "0: radius_km = nan: must be from 0.01 to 5000");
    CHECK(refusal("scale-free?bps=1") == "0: bps = 1: must be from 16 to 10000000000000");
    CHECK(refusal("access-rings?core=2") == "0: core = 2: must be from 3 to 4096");
    CHECK(refusal("access-rings?latitude=80") == "0: latitude = 80: must be from -60 to 60");
    // 4096 + 4096 * 3 + 4096 * 3 * 4 nodes.
    CHECK(refusal("access-rings?core=4096").starts_with("0: number of nodes = 65536"));
    CHECK(refused("access-rings?core=2&access=1&core_km=0").size() == 3);
}
