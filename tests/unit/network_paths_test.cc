#include "model/network/generators.h"
#include "model/network/paths.h"
#include "model/network/statistics.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <variant>

using namespace sipsim;
using namespace sipsim::network;
using namespace std::chrono_literals;

namespace
{

/// `count` nodes named 0, 1, ... and the links given.
Topology
map_of(std::size_t count, std::vector<Link> links)
{
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < count; ++i)
    {
        nodes.push_back({.id = std::to_string(i), .name = std::to_string(i)});
    }
    return {std::move(nodes), std::move(links)};
}

Link
link(NodeIndex a, NodeIndex b, SimDuration propagation)
{
    return {.a = a, .b = b, .propagation = propagation};
}

/// Every pair's cost by Floyd and Warshall's algorithm, which shares nothing with Dijkstra's.
std::vector<std::vector<PathCost>>
floyd_warshall(const Topology& map)
{
    const std::size_t n = map.nodes().size();
    constexpr PathCost kFar{1h, 1'000'000};
    std::vector<std::vector<PathCost>> cost(n, std::vector<PathCost>(n, kFar));
    for (std::size_t i = 0; i < n; ++i)
    {
        cost[i][i] = {};
    }
    for (const Link& l : map.links())
    {
        const PathCost step{l.propagation, 1};
        cost[l.a][l.b] = std::min(cost[l.a][l.b], step);
        cost[l.b][l.a] = std::min(cost[l.b][l.a], step);
    }
    for (std::size_t k = 0; k < n; ++k)
    {
        for (std::size_t i = 0; i < n; ++i)
        {
            for (std::size_t j = 0; j < n; ++j)
            {
                const PathCost via{cost[i][k].delay + cost[k][j].delay,
                                   cost[i][k].hops + cost[k][j].hops};
                cost[i][j] = std::min(cost[i][j], via);
            }
        }
    }
    return cost;
}

} // namespace

TEST_CASE("a path is the one of least delay even with more hops")
{
    const auto map = map_of(3, {link(0, 2, 10ms), link(0, 1, 4ms), link(2, 1, 5ms)});
    const Paths paths{map};
    CHECK(paths.path(0, 2) == std::vector{a_to_b(1), b_to_a(2)});
    CHECK(paths.path(2, 0) == std::vector{a_to_b(2), b_to_a(1)});
    CHECK(paths.next_hop(0, 2) == 1);
}

TEST_CASE("among equal delays the path of fewer hops wins")
{
    const auto map = map_of(3, {link(0, 1, 1ms), link(1, 2, 1ms), link(0, 2, 2ms)});
    CHECK(Paths{map}.path(0, 2) == std::vector{a_to_b(2)});
}

TEST_CASE("among equal delays and hops the next node of the smallest index wins")
{
    // The link to node 2 stands first in the file, and does not matter.
    const auto map =
        map_of(4, {link(0, 2, 1ms), link(2, 3, 1ms), link(3, 1, 1ms), link(1, 0, 1ms)});
    const Paths paths{map};
    CHECK(paths.next_hop(0, 3) == 1);
    CHECK(paths.next_hop(3, 0) == 1);
}

TEST_CASE("of parallel links the fastest is used and of equals the first")
{
    const auto map = map_of(2, {link(0, 1, 3ms), link(1, 0, 2ms), link(0, 1, 2ms)});
    const Paths paths{map};
    CHECK(paths.next_link(0, 1) == b_to_a(1));
    CHECK(paths.next_link(1, 0) == a_to_b(1));
    CHECK(map.find_links(1, 0) == std::vector<LinkIndex>{0, 1, 2});
}

TEST_CASE("paths over links without delay do not loop")
{
    const auto map =
        map_of(4, {link(0, 1, 0ms), link(1, 2, 0ms), link(2, 3, 0ms), link(3, 0, 0ms)});
    const Paths paths{map};
    CHECK(paths.path(0, 2).size() == 2);
    CHECK(paths.next_hop(0, 2) == 1);
    CHECK(paths.path(1, 3).size() == 2);
}

TEST_CASE("a node has no path to itself and none to another part of the map")
{
    const auto map = map_of(3, {link(0, 1, 1ms)});
    const Paths paths{map};
    CHECK(paths.path(0, 0).empty());
    CHECK(paths.next_hop(0, 0) == 0);
    CHECK(paths.reachable(0, 0));
    CHECK_FALSE(paths.reachable(0, 2));
    CHECK_FALSE(paths.next_link(2, 1).has_value());
    CHECK(paths.path(0, 2).empty());
}

TEST_CASE("every path of a map of 60 nodes costs what Floyd and Warshall say")
{
    const auto made = generate(ScaleFree{.nodes = 60, .links = 2, .seed = 3});
    REQUIRE(std::holds_alternative<Topology>(made));
    const auto& map = std::get<Topology>(made);
    const Paths paths{map};
    const auto expected = floyd_warshall(map);
    for (NodeIndex from = 0; from < 60; ++from)
    {
        const auto costs = costs_to(map, from);
        for (NodeIndex to = 0; to < 60; ++to)
        {
            PathCost walked{};
            NodeIndex at = from;
            for (const DirectedLink step : paths.path(from, to))
            {
                CHECK(map.source(step) == at);
                at = map.target(step);
                walked.delay += map.links()[link_of(step)].propagation;
                ++walked.hops;
            }
            CHECK(at == to);
            CHECK(walked == expected[from][to]);
            CHECK(costs[to] == expected[from][to]);
        }
    }
}

TEST_CASE("uncontended path time is the sum over hops of serialization and propagation")
{
    // 500 bytes: 4 ms at 1 Mbit/s, 0.4 ms at 10 Mbit/s, nothing at infinite rate.
    const auto map = map_of(4,
                            {{.a = 0, .b = 1, .propagation = 3ms, .bandwidth_bps = 1'000'000},
                             {.a = 2, .b = 1, .propagation = 5ms, .bandwidth_bps = 10'000'000},
                             {.a = 2, .b = 3, .propagation = 7ms}});
    CHECK(uncontended_time(map, Paths{map}.path(0, 3), 500) == 19'400us);
    CHECK(uncontended_time(map, {}, 500) == 0ms);
}

TEST_CASE("a dumbbell of two triangles has its two bridge ends for cut vertices")
{
    // 0 - 1 - 2 - 0, 2 - 3, 3 - 4 - 5 - 3. Far ends: 0 or 1 to 4 or 5, three links.
    const auto map = map_of(6,
                            {link(0, 1, 1ms),
                             link(1, 2, 1ms),
                             link(2, 0, 2ms),
                             link(2, 3, 10ms),
                             link(3, 4, 1ms),
                             link(4, 5, 1ms),
                             link(5, 3, 1ms)});
    const auto s = describe(map);
    CHECK(s.nodes == 6);
    CHECK(s.links == 7);
    CHECK(s.components == 1);
    CHECK(s.cut_vertices == std::vector<NodeIndex>{2, 3});
    CHECK(s.diameter_hops == 3);
    CHECK(s.diameter_delay == 13ms); // 0 - 2: 2 ms either way, 10 ms, 1 ms
    CHECK(s.farthest_from == 0);
    CHECK(s.farthest_to == 4);
}

TEST_CASE("diameters in hops and in delay may lie elsewhere")
{
    // Four hops of 1 ms, and a spur of 50 ms on the middle.
    const auto map = map_of(
        6,
        {link(0, 1, 1ms), link(1, 2, 1ms), link(2, 3, 1ms), link(3, 4, 1ms), link(2, 5, 50ms)});
    const auto s = describe(map);
    CHECK(s.diameter_hops == 4);
    CHECK(s.diameter_delay == 52ms);
    CHECK(s.cut_vertices == std::vector<NodeIndex>{1, 2, 3});
}

TEST_CASE("a ring has no cut vertex and parts are counted")
{
    const auto map =
        map_of(5, {link(0, 1, 1ms), link(1, 2, 1ms), link(2, 0, 1ms), link(3, 4, 1ms)});
    const auto s = describe(map);
    CHECK(s.cut_vertices.empty());
    CHECK(s.components == 2);
    CHECK(s.diameter_hops == 1);
}

TEST_CASE("one PoP alone is a map")
{
    const auto s = describe(map_of(1, {}));
    CHECK(s.nodes == 1);
    CHECK(s.components == 1);
    CHECK(s.diameter_hops == 0);
    CHECK(s.diameter_delay == 0ms);
}

TEST_CASE("a node is found by name before id and a name may be ambiguous")
{
    const Topology map{{{.id = "a", .name = "Athens"},
                        {.id = "b", .name = "Athens"},
                        {.id = "c", .name = "a"},
                        {.id = "d", .name = "Rome"}},
                       {}};
    CHECK(map.find_nodes("Rome") == std::vector<NodeIndex>{3});
    CHECK(map.find_nodes("d") == std::vector<NodeIndex>{3});
    CHECK(map.find_nodes("Athens") == std::vector<NodeIndex>{0, 1});
    CHECK(map.find_nodes("a") == std::vector<NodeIndex>{2});
    CHECK(map.find_nodes("id:a") == std::vector<NodeIndex>{0});
    CHECK(map.find_nodes("rome").empty());
}
