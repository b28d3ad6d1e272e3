#pragma once

// Models : what `sipsim topology` says of a map.
// Drives : the command line calls describe() once; O(nodes * links * log nodes) at worst.
// Keeps  : diameters are over pairs with a path between them; cut vertices ascend.
// Leaves : traffic, bandwidth.

#include "model/network/topology.h"

#include <cstdint>
#include <vector>

namespace sipsim::network
{

struct Statistics
{
    std::size_t nodes = 0;
    std::size_t links = 0;
    /// Connected parts; 1 for every map the reader accepts.
    std::size_t components = 0;
    /// The largest number of links between two nodes on a path of fewest links.
    std::uint32_t diameter_hops = 0;
    /// The largest one-way propagation between two nodes on the path of least propagation, and one
    /// such pair (the first by index).
    SimDuration diameter_delay{};
    NodeIndex farthest_from = 0;
    NodeIndex farthest_to = 0;
    /// Nodes whose loss would part the map (articulation points).
    std::vector<NodeIndex> cut_vertices;
};

[[nodiscard]] Statistics describe(const Topology& topology);

} // namespace sipsim::network
