#pragma once

// Models : a topology as Boost.Graph sees it.
// Drives : paths.cc, statistics.cc and the reader's connectivity check build one when they need it.
// Keeps  : vertex i is node i; the edge_index of an edge is its link.
// Leaves : everything else of the topology. Included by .cc files only: it is slow to compile.

#include "model/network/paths.h"
#include "model/network/topology.h"

#include <boost/graph/adjacency_list.hpp>

namespace sipsim::network
{

using BoostGraph = boost::adjacency_list<boost::vecS,
                                         boost::vecS,
                                         boost::undirectedS,
                                         boost::no_property,
                                         boost::property<boost::edge_index_t, LinkIndex>>;

[[nodiscard]] inline BoostGraph
as_boost_graph(const Topology& topology)
{
    BoostGraph graph(topology.nodes().size());
    LinkIndex next = 0;
    for (const Link& link : topology.links())
    {
        boost::add_edge(link.a, link.b, next++, graph);
    }
    return graph;
}

/// costs_to() of paths.h on a graph that is already made.
[[nodiscard]] std::vector<std::optional<PathCost>> costs_to(const BoostGraph& graph,
                                                            const Topology& topology,
                                                            NodeIndex destination);

} // namespace sipsim::network
