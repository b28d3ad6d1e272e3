#pragma once

// Models : a map of points of presence (PoPs) and the full-duplex links between them.
// Drives : the GraphML reader and the generators make one; paths, worlds and statistics read it.
// Keeps  : node ids are unique; a link joins two different nodes of the map; file order stays
//          (`at = "*"` goes round the nodes in it).
// Leaves : hosts and their access links (model/world), routes (paths.h), the state of a link (link.h).

#include "model/base/time.h"
#include "model/network/geo.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::network
{

/// Position of a node or a link in the map, from 0, in file order.
using NodeIndex = std::uint32_t;
using LinkIndex = std::uint32_t;

/// The largest map: next-hop tables hold 16-bit directed links for every pair of nodes.
inline constexpr std::size_t kMaxNodes = 4096;
inline constexpr std::size_t kMaxLinks = 32'767;

struct Node
{
    /// The file's own id, unique in the map.
    std::string id;
    /// What people call it; the id if the file has no label. Not always unique.
    std::string name;
    /// Absent where no link needs it.
    std::optional<Coordinates> place{};

    friend bool operator==(const Node&, const Node&) = default;
};

/// A full-duplex link: both directions have the same numbers and a queue each.
/// Not modelled: asymmetric links.
struct Link
{
    NodeIndex a = 0;
    NodeIndex b = 0;
    /// One way, >= 0.
    SimDuration propagation{};
    /// Bits per second of the datagram's IP length; 0 = infinite.
    std::uint64_t bandwidth_bps = 0;
    /// Probability in [0, 1] that a datagram is lost, each way, independent of all others.
    double loss = 0.0;
    /// Each datagram waits an extra time uniform on [0, jitter).
    SimDuration jitter{};
    /// The file said the delay (delay_ms); otherwise it came from the distance.
    bool delay_given = false;

    friend bool operator==(const Link&, const Link&) = default;
};

/// One direction of a link of the map: 2 * link for a -> b, and 2 * link + 1 for b -> a. Values
/// from kFirstAccessLink on are access links (link.h).
enum class DirectedLink : std::uint32_t
{
};

[[nodiscard]] constexpr DirectedLink
a_to_b(LinkIndex link)
{
    return DirectedLink{2 * link};
}

[[nodiscard]] constexpr DirectedLink
b_to_a(LinkIndex link)
{
    return DirectedLink{2 * link + 1};
}

[[nodiscard]] constexpr std::uint32_t
index(DirectedLink direction)
{
    return static_cast<std::uint32_t>(direction);
}

[[nodiscard]] constexpr LinkIndex
link_of(DirectedLink direction)
{
    return index(direction) / 2;
}

[[nodiscard]] constexpr DirectedLink
reversed(DirectedLink direction)
{
    return DirectedLink{index(direction) ^ 1U};
}

class Topology
{
  public:
    Topology() = default;

    /// `nodes` and `links` keep the promises of the first comment, within kMaxNodes and kMaxLinks;
    /// parallel links are allowed.
    Topology(std::vector<Node> nodes, std::vector<Link> links);

    [[nodiscard]] const std::vector<Node>& nodes() const
    {
        return nodes_;
    }

    [[nodiscard]] const std::vector<Link>& links() const
    {
        return links_;
    }

    /// The links that end at `node`, ordered by the other end, then by link.
    [[nodiscard]] std::span<const LinkIndex> links_at(NodeIndex node) const;

    /// The end of `link` that is not `node`.
    [[nodiscard]] NodeIndex other_end(LinkIndex link, NodeIndex node) const;

    [[nodiscard]] NodeIndex source(DirectedLink direction) const;
    [[nodiscard]] NodeIndex target(DirectedLink direction) const;

    /// The nodes a config means by `reference`: none, one, or several of that name, which is the
    /// referrer's error. A name is tried first, then an id; "id:17" is the id 17 only.
    [[nodiscard]] std::vector<NodeIndex> find_nodes(std::string_view reference) const;

    /// All links between two nodes, in file order.
    [[nodiscard]] std::vector<LinkIndex> find_links(NodeIndex one, NodeIndex other) const;

    friend bool operator==(const Topology& x, const Topology& y)
    {
        return x.nodes_ == y.nodes_ && x.links_ == y.links_;
    }

  private:
    std::vector<Node> nodes_;
    std::vector<Link> links_;
    std::vector<LinkIndex> incident_; // links of node 0, of node 1, ...
    std::vector<std::size_t> first_;  // where each node's begin in incident_, and the end
};

} // namespace sipsim::network
