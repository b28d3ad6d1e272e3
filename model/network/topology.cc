#include "model/network/topology.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sipsim::network
{

Topology::Topology(std::vector<Node> nodes, std::vector<Link> links)
    : nodes_(std::move(nodes)),
      links_(std::move(links)),
      first_(nodes_.size() + 1, 0)
{
    assert(nodes_.size() <= kMaxNodes && links_.size() <= kMaxLinks);
    for (const Link& link : links_)
    {
        assert(link.a != link.b && link.a < nodes_.size() && link.b < nodes_.size());
        ++first_[link.a + 1];
        ++first_[link.b + 1];
    }
    for (std::size_t i = 1; i < first_.size(); ++i)
    {
        first_[i] += first_[i - 1];
    }
    incident_.resize(2 * links_.size());
    std::vector<std::size_t> next = first_;
    for (LinkIndex i = 0; i < links_.size(); ++i)
    {
        incident_[next[links_[i].a]++] = i;
        incident_[next[links_[i].b]++] = i;
    }
    for (NodeIndex node = 0; node < nodes_.size(); ++node)
    {
        const auto begin = incident_.begin() + static_cast<std::ptrdiff_t>(first_[node]);
        const auto end = incident_.begin() + static_cast<std::ptrdiff_t>(first_[node + 1]);
        std::sort(begin, end, [&](LinkIndex x, LinkIndex y) {
            return std::pair{other_end(x, node), x} < std::pair{other_end(y, node), y};
        });
    }
}

std::span<const LinkIndex>
Topology::links_at(NodeIndex node) const
{
    return std::span{incident_}.subspan(first_[node], first_[node + 1] - first_[node]);
}

NodeIndex
Topology::other_end(LinkIndex link, NodeIndex node) const
{
    const Link& l = links_[link];
    return l.a == node ? l.b : l.a;
}

NodeIndex
Topology::source(DirectedLink direction) const
{
    const Link& link = links_[link_of(direction)];
    return index(direction) % 2 == 0 ? link.a : link.b;
}

NodeIndex
Topology::target(DirectedLink direction) const
{
    return source(reversed(direction));
}

std::vector<NodeIndex>
Topology::find_nodes(std::string_view reference) const
{
    std::vector<NodeIndex> by_name;
    std::vector<NodeIndex> by_id;
    constexpr std::string_view kIdPrefix = "id:";
    const bool id_only = reference.starts_with(kIdPrefix);
    const std::string_view id = id_only ? reference.substr(kIdPrefix.size()) : reference;
    for (NodeIndex i = 0; i < nodes_.size(); ++i)
    {
        if (nodes_[i].name == reference)
        {
            by_name.push_back(i);
        }
        if (nodes_[i].id == id)
        {
            by_id.push_back(i);
        }
    }
    return by_name.empty() || (id_only && !by_id.empty()) ? by_id : by_name;
}

std::vector<LinkIndex>
Topology::find_links(NodeIndex one, NodeIndex other) const
{
    std::vector<LinkIndex> found;
    for (const LinkIndex link : links_at(one))
    {
        if (other_end(link, one) == other)
        {
            found.push_back(link);
        }
    }
    return found;
}

} // namespace sipsim::network
