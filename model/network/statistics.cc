#include "model/network/statistics.h"

#include "model/network/boost_graph.h"

#include <boost/graph/biconnected_components.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/connected_components.hpp>

#include <algorithm>
#include <iterator>

namespace sipsim::network
{

namespace
{

/// The most links from `root` to any node it reaches.
std::uint32_t
eccentricity(const BoostGraph& graph, NodeIndex root)
{
    const auto by_vertex = boost::get(boost::vertex_index, graph);
    std::vector<std::uint32_t> hops(boost::num_vertices(graph), 0);
    std::vector<boost::default_color_type> color(hops.size());
    const auto hops_map = boost::make_iterator_property_map(hops.begin(), by_vertex);
    boost::breadth_first_search(
        graph,
        root,
        boost::visitor(
            boost::make_bfs_visitor(boost::record_distances(hops_map, boost::on_tree_edge{})))
            .color_map(boost::make_iterator_property_map(color.begin(), by_vertex)));
    return *std::max_element(hops.begin(), hops.end());
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
    for (NodeIndex to = 0; to < s.nodes; ++to)
    {
        s.diameter_hops = std::max(s.diameter_hops, eccentricity(graph, to));
        const auto costs = costs_to(graph, topology, to);
        for (NodeIndex from = 0; from < to; ++from)
        {
            const auto delay = costs[from] ? costs[from]->delay : SimDuration{0};
            if (delay > s.diameter_delay)
            {
                s.diameter_delay = delay;
                s.farthest_from = from;
                s.farthest_to = to;
            }
        }
    }
    std::vector<BoostGraph::vertex_descriptor> cut;
    boost::articulation_points(graph, std::back_inserter(cut));
    s.cut_vertices.assign(cut.begin(), cut.end());
    std::sort(s.cut_vertices.begin(), s.cut_vertices.end());
    return s;
}

} // namespace sipsim::network
