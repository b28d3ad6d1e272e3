#pragma once

// Models : routes over the intact map: least propagation delay, for every pair of PoPs.
// Drives : carriers ask for the next hop of a datagram; worlds and statistics ask for whole paths.
// Keeps  : exact and the same everywhere: among equal delays fewer hops, then the next node of the
//          smallest index, then the link of the smallest index. Following next hops never loops.
// Leaves : queueing and bandwidth (not weighed), load sharing over parallel or equal paths.
//
// Not modelled: rerouting. A link or PoP that is down loses what is routed over it; routes stay
// those of the intact map.

#include "model/network/topology.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sipsim::network
{

/// What a path costs: compared by delay, then hops.
struct PathCost
{
    SimDuration delay{};
    std::uint32_t hops = 0;

    friend bool operator==(const PathCost&, const PathCost&) = default;

    friend bool operator<(const PathCost& x, const PathCost& y)
    {
        return x.delay != y.delay ? x.delay < y.delay : x.hops < y.hops;
    }
};

/// The cost from every node to `destination`; nullopt where there is no path. Dijkstra's algorithm
/// (Boost.Graph), O((nodes + links) log nodes).
[[nodiscard]] std::vector<std::optional<PathCost>> costs_to(const Topology& topology,
                                                            NodeIndex destination);

class Paths
{
  public:
    /// All pairs: 2 bytes each (1.1 MB at 754 nodes). Keeps no reference to `topology`.
    explicit Paths(const Topology& topology);

    /// The first link of the path; nullopt if from == to or there is no path. O(1).
    [[nodiscard]] std::optional<DirectedLink> next_link(NodeIndex from, NodeIndex to) const;

    /// The next node of the path; `from` itself where next_link() has none. O(1).
    [[nodiscard]] NodeIndex next_hop(NodeIndex from, NodeIndex to) const;

    [[nodiscard]] bool reachable(NodeIndex from, NodeIndex to) const;

    /// The links of the path in order; empty if from == to or there is no path.
    [[nodiscard]] std::vector<DirectedLink> path(NodeIndex from, NodeIndex to) const;

  private:
    static constexpr std::uint16_t kNone = UINT16_MAX;

    std::size_t nodes_ = 0;
    std::vector<std::uint16_t> next_;  // by (to, from): a directed link or kNone
    std::vector<NodeIndex> target_of_; // by directed link
};

/// Time of a datagram of `wire_bytes` over `path` when nothing else is on it, without jitter: the
/// sum over hops of serialization + propagation.
[[nodiscard]] SimDuration uncontended_time(const Topology& topology,
                                           const std::vector<DirectedLink>& path,
                                           std::uint32_t wire_bytes);

} // namespace sipsim::network
