#include "model/network/paths.h"

#include "model/network/boost_graph.h"
#include "model/network/link.h"

#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/property_map/function_property_map.hpp>

namespace sipsim::network
{

namespace
{

constexpr PathCost kUnreachable{SimDuration::max(), UINT32_MAX};

struct Joined
{
    PathCost operator()(const PathCost& x, const PathCost& y) const
    {
        if (x == kUnreachable || y == kUnreachable)
        {
            return kUnreachable;
        }
        return {x.delay + y.delay, x.hops + y.hops};
    }
};

/// The first link, in the order of links_at(), that lies on a best path from `from`.
std::optional<DirectedLink>
best_link(const Topology& topology,
          const std::vector<std::optional<PathCost>>& cost,
          NodeIndex from)
{
    for (const LinkIndex link : topology.links_at(from))
    {
        const auto& onward = cost[topology.other_end(link, from)];
        const Link& l = topology.links()[link];
        if (onward && Joined{}(*onward, {l.propagation, 1}) == *cost[from])
        {
            return l.a == from ? a_to_b(link) : b_to_a(link);
        }
    }
    return std::nullopt;
}

} // namespace

std::vector<std::optional<PathCost>>
costs_to(const BoostGraph& graph, const Topology& topology, NodeIndex destination)
{
    const auto cost_of_edge = boost::make_function_property_map<BoostGraph::edge_descriptor>(
        [&](const BoostGraph::edge_descriptor& edge) {
            const LinkIndex link = boost::get(boost::edge_index, graph, edge);
            return PathCost{topology.links()[link].propagation, 1};
        });
    std::vector<PathCost> cost(topology.nodes().size());
    const auto cost_map =
        boost::make_iterator_property_map(cost.begin(), boost::get(boost::vertex_index, graph));
    boost::dijkstra_shortest_paths(graph,
                                   destination,
                                   boost::weight_map(cost_of_edge)
                                       .distance_map(cost_map)
                                       .distance_compare(std::less<PathCost>{})
                                       .distance_combine(Joined{})
                                       .distance_inf(kUnreachable)
                                       .distance_zero(PathCost{}));
    std::vector<std::optional<PathCost>> result(cost.size());
    for (std::size_t i = 0; i < cost.size(); ++i)
    {
        if (cost[i] != kUnreachable)
        {
            result[i] = cost[i];
        }
    }
    return result;
}

std::vector<std::optional<PathCost>>
costs_to(const Topology& topology, NodeIndex destination)
{
    return costs_to(as_boost_graph(topology), topology, destination);
}

Paths::Paths(const Topology& topology)
    : nodes_(topology.nodes().size()),
      next_(nodes_ * nodes_, kNone)
{
    for (LinkIndex link = 0; link < topology.links().size(); ++link)
    {
        target_of_.push_back(topology.target(a_to_b(link)));
        target_of_.push_back(topology.target(b_to_a(link)));
    }
    const BoostGraph graph = as_boost_graph(topology);
    for (NodeIndex to = 0; to < nodes_; ++to)
    {
        const auto cost = costs_to(graph, topology, to);
        for (NodeIndex from = 0; from < nodes_; ++from)
        {
            if (from == to || !cost[from])
            {
                continue;
            }
            if (const auto link = best_link(topology, cost, from))
            {
                next_[to * nodes_ + from] = static_cast<std::uint16_t>(index(*link));
            }
        }
    }
}

std::optional<DirectedLink>
Paths::next_link(NodeIndex from, NodeIndex to) const
{
    const std::uint16_t next = next_[to * nodes_ + from];
    return next == kNone ? std::nullopt : std::optional{DirectedLink{next}};
}

NodeIndex
Paths::next_hop(NodeIndex from, NodeIndex to) const
{
    const auto link = next_link(from, to);
    return link ? target_of_[index(*link)] : from;
}

bool
Paths::reachable(NodeIndex from, NodeIndex to) const
{
    return from == to || next_link(from, to).has_value();
}

std::vector<DirectedLink>
Paths::path(NodeIndex from, NodeIndex to) const
{
    std::vector<DirectedLink> links;
    for (auto next = next_link(from, to); next; next = next_link(from, to))
    {
        links.push_back(*next);
        from = target_of_[index(*next)];
    }
    return links;
}

SimDuration
uncontended_time(const Topology& topology,
                 const std::vector<DirectedLink>& path,
                 std::uint32_t wire_bytes)
{
    SimDuration total{};
    for (const DirectedLink direction : path)
    {
        total += uncontended_time(spec_of(topology.links()[link_of(direction)]), wire_bytes);
    }
    return total;
}

} // namespace sipsim::network
