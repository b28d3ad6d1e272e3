#include "model/network/statistics.h"

#include "model/network/boost_graph.h"

#include <boost/graph/biconnected_components.hpp>
#include <boost/graph/connected_components.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <limits>
#include <queue>
#include <span>
#include <utility>

namespace sipsim::network
{

namespace
{

/// Distances of one node after the other, without what a general graph costs: describe() wants those of
/// all nodes.
class Distances
{
  public:
    explicit Distances(const Topology& topology)
        : first_(topology.nodes().size() + 1, 0),
          hops_(topology.nodes().size()),
          delays_(topology.nodes().size())
    {
        for (NodeIndex node = 0; node < topology.nodes().size(); ++node)
        {
            for (const LinkIndex link : topology.links_at(node))
            {
                arcs_.push_back({.to = topology.other_end(link, node),
                                 .delay = topology.links()[link].propagation});
            }
            first_[node + 1] = arcs_.size();
        }
    }

    /// The most links from `root` to any node it reaches. Breadth first.
    std::uint32_t eccentricity(NodeIndex root)
    {
        constexpr auto kNot = std::numeric_limits<std::uint32_t>::max();
        std::ranges::fill(hops_, kNot);
        hops_[root] = 0;
        reached_.assign(1, root);
        for (std::size_t i = 0; i < reached_.size(); ++i)
        {
            for (const Arc& arc : arcs_of(reached_[i]))
            {
                if (hops_[arc.to] == kNot)
                {
                    hops_[arc.to] = hops_[reached_[i]] + 1;
                    reached_.push_back(arc.to);
                }
            }
        }
        return hops_[reached_.back()];
    }

    /// The least propagation from `root` to each node; max() where there is no path. Dijkstra.
    const std::vector<SimDuration>& delays_from(NodeIndex root)
    {
        std::ranges::fill(delays_, SimDuration::max());
        delays_[root] = SimDuration{0};
        std::priority_queue<Reached, std::vector<Reached>, std::greater<>> next;
        next.emplace(SimDuration{0}, root);
        while (!next.empty())
        {
            const auto [delay, node] = next.top();
            next.pop();
            if (delay > delays_[node])
            {
                continue; // a shorter path was found since
            }
            for (const Arc& arc : arcs_of(node))
            {
                if (const SimDuration onward = delay + arc.delay; onward < delays_[arc.to])
                {
                    delays_[arc.to] = onward;
                    next.emplace(onward, arc.to);
                }
            }
        }
        return delays_;
    }

  private:
    struct Arc
    {
        NodeIndex to;
        SimDuration delay;
    };

    using Reached = std::pair<SimDuration, NodeIndex>;

    [[nodiscard]] std::span<const Arc> arcs_of(NodeIndex node) const
    {
        return std::span{arcs_}.subspan(first_[node], first_[node + 1] - first_[node]);
    }

    std::vector<Arc> arcs_;          // those of a node are together
    std::vector<std::size_t> first_; // of a node in arcs_
    std::vector<std::uint32_t> hops_;
    std::vector<SimDuration> delays_;
    std::vector<NodeIndex> reached_;
};

/// The diameter, with the paths between `to` and the nodes before it.
void
widen(Statistics& s, NodeIndex to, const std::vector<SimDuration>& delays)
{
    for (NodeIndex from = 0; from < to; ++from)
    {
        if (delays[from] > s.diameter_delay && delays[from] != SimDuration::max())
        {
            s.diameter_delay = delays[from];
            s.farthest_from = from;
            s.farthest_to = to;
        }
    }
}

/// Every node's bound, with the delays from one node.
void
shorten(std::vector<SimDuration>& longest, const std::vector<SimDuration>& delays)
{
    SimDuration farthest{0};
    for (const SimDuration delay : delays)
    {
        farthest = delay == SimDuration::max() ? farthest : std::max(farthest, delay);
    }
    for (std::size_t node = 0; node < delays.size(); ++node)
    {
        if (delays[node] != SimDuration::max())
        {
            longest[node] = std::min(longest[node], delays[node] + farthest);
        }
    }
}

} // namespace

Statistics
describe(const Topology& topology)
{
    Statistics s;
    s.nodes = topology.nodes().size();
    s.links = topology.links().size();
    const BoostGraph graph = as_boost_graph(topology);
    std::vector<std::size_t> part(s.nodes);
    s.components = boost::connected_components(
        graph,
        boost::make_iterator_property_map(part.begin(), boost::get(boost::vertex_index, graph)));
    Distances distances(topology);
    // No path to a node is longer than one by way of another node: d(x, to) + the longest of x.
    std::vector<SimDuration> longest(s.nodes, SimDuration::max());
    for (NodeIndex to = 0; to < s.nodes; ++to)
    {
        s.diameter_hops = std::max(s.diameter_hops, distances.eccentricity(to));
        if (longest[to] > s.diameter_delay)
        {
            const auto& delays = distances.delays_from(to);
            widen(s, to, delays);
            shorten(longest, delays);
        }
    }
    std::vector<BoostGraph::vertex_descriptor> cut;
    boost::articulation_points(graph, std::back_inserter(cut));
    s.cut_vertices.assign(cut.begin(), cut.end());
    std::sort(s.cut_vertices.begin(), s.cut_vertices.end());
    return s;
}

} // namespace sipsim::network
