// The checks of the guard that need the whole file: see graphml_guard.h.

#include "model/network/graphml_guard.h"
#include "model/network/graphml_values.h"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/connected_components.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace sipsim::network
{

namespace
{

std::string
name_of(const GuardedNode& node)
{
    return node.label.empty() || node.label == node.id
               ? quoted(node.id)
               : quoted(node.label) + " (id " + node.id + ")";
}

bool
is_placed(const GuardedNode& node)
{
    return node.has_latitude && node.has_longitude;
}

std::string
counted(std::size_t n, std::string_view what)
{
    return std::to_string(n) + " " + std::string{what} + (n == 1 ? "" : "s");
}

/// Finds both ends of every edge; false if some are missing, the same, or in doubt.
bool
check_ends(Guarded& guarded)
{
    std::unordered_map<std::string, NodeIndex> by_id;
    bool all_known = true;
    for (NodeIndex i = 0; i < guarded.nodes.size(); ++i)
    {
        // A second node of the same id has been reported; which one an edge means is open.
        all_known &= by_id.try_emplace(guarded.nodes[i].id, i).second;
    }
    for (GuardedEdge& edge : guarded.edges)
    {
        const auto a = by_id.find(edge.source);
        const auto b = by_id.find(edge.target);
        for (const auto& [end, id] : {std::pair{a, &edge.source}, std::pair{b, &edge.target}})
        {
            if (end == by_id.end())
            {
                guarded.add({edge.line,
                             edge.column,
                             "edge ends at node " + quoted(*id) +
                                 ", which is not declared: add the node or delete the edge"});
            }
        }
        edge.known = a != by_id.end() && b != by_id.end() && a != b;
        all_known &= edge.known;
        if (edge.known)
        {
            edge.a = a->second;
            edge.b = b->second;
        }
        else if (a == b && a != by_id.end())
        {
            guarded.add({edge.line,
                         edge.column,
                         "edge joins node " + quoted(edge.source) + " with itself: delete it"});
        }
    }
    return all_known;
}

void
check_size(Guarded& guarded, const TopologyOptions& options)
{
    if (guarded.nodes.size() > std::min(options.max_nodes, kMaxNodes))
    {
        guarded.add({0,
                     0,
                     counted(guarded.nodes.size(), "node") + ", more than the limit of " +
                         std::to_string(std::min(options.max_nodes, kMaxNodes)) +
                         ": draw PoPs, not hosts (fleets stand in the experiment's config)"});
    }
    if (guarded.edges.size() > std::min(options.max_links, kMaxLinks))
    {
        guarded.add({0,
                     0,
                     counted(guarded.edges.size(), "edge") + ", more than the limit of " +
                         std::to_string(std::min(options.max_links, kMaxLinks)) +
                         ": draw parallel cables as one link"});
    }
}

void
check_connected(Guarded& guarded)
{
    using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;
    Graph graph(guarded.nodes.size());
    for (const GuardedEdge& edge : guarded.edges)
    {
        boost::add_edge(edge.a, edge.b, graph);
    }
    std::vector<std::size_t> part(guarded.nodes.size());
    const std::size_t parts = boost::connected_components(
        graph,
        boost::make_iterator_property_map(part.begin(), boost::get(boost::vertex_index, graph)));
    if (parts <= 1)
    {
        return;
    }
    std::vector<std::size_t> size(parts, 0);
    for (const std::size_t p : part)
    {
        ++size[p];
    }
    const auto largest = static_cast<std::size_t>(std::ranges::max_element(size) - size.begin());
    std::string examples;
    int line = 0;
    int column = 0;
    std::size_t shown = 0;
    for (std::size_t p = 0; p < parts && shown < 3; ++p)
    {
        if (p == largest)
        {
            continue;
        }
        const auto& node =
            guarded.nodes[static_cast<std::size_t>(std::ranges::find(part, p) - part.begin())];
        if (shown++ == 0)
        {
            line = node.line;
            column = node.column;
        }
        examples += (shown > 1 ? ", " : "") + counted(size[p], "node") + " with " + name_of(node);
    }
    guarded.add({line,
                 column,
                 "the map falls into " + std::to_string(parts) +
                     " parts with no link between them: " + counted(size[largest], "node") + ", " +
                     examples + (parts - 1 > shown ? ", ..." : "") +
                     "; add links or delete the small parts"});
}

/// The nodes whose place is needed for a delay and not known.
std::vector<NodeIndex>
unplaced(const Guarded& guarded)
{
    std::vector<bool> needed(guarded.nodes.size(), false);
    for (const GuardedEdge& edge : guarded.edges)
    {
        if (edge.known && !edge.has_delay)
        {
            needed[edge.a] = true;
            needed[edge.b] = true;
        }
    }
    std::vector<NodeIndex> result;
    for (NodeIndex i = 0; i < needed.size(); ++i)
    {
        if (needed[i] && !is_placed(guarded.nodes[i]))
        {
            result.push_back(i);
        }
    }
    return result;
}

void
check_places(Guarded& guarded, const TopologyOptions& options)
{
    // Half a place is an error of its own; the list below names those with none.
    for (const GuardedNode& node : guarded.nodes)
    {
        if (node.has_latitude != node.has_longitude)
        {
            guarded.add({node.line,
                         node.column,
                         "node " + name_of(node) + " has no " +
                             (node.has_latitude ? "Longitude" : "Latitude") +
                             ": give both or none"});
        }
    }
    auto missing = unplaced(guarded);
    std::erase_if(missing, [&](NodeIndex i) {
        return guarded.nodes[i].has_latitude || guarded.nodes[i].has_longitude;
    });
    const bool can_guess = std::ranges::any_of(guarded.nodes, is_placed);
    if (missing.empty() ||
        (options.missing_coordinates == MissingCoordinates::kNeighbours && can_guess))
    {
        return;
    }
    std::string list;
    constexpr std::size_t kShown = 8;
    for (std::size_t i = 0; i < std::min(kShown, missing.size()); ++i)
    {
        list += (i == 0 ? "" : ", ") + name_of(guarded.nodes[missing[i]]);
    }
    const GuardedNode& first = guarded.nodes[missing.front()];
    guarded.add({first.line,
                 first.column,
                 counted(missing.size(), "node") +
                     " without coordinates at links without delay_ms: " + list +
                     (missing.size() > kShown ? ", ..." : "") +
                     "; give Latitude and Longitude, or delay_ms to their links" +
                     (can_guess ? ", or set missing_coordinates = \"neighbours\"" : "")});
}

} // namespace

void
Guarded::add(Problem problem)
{
    if (problems.size() < kMaxListed)
    {
        problems.push_back(std::move(problem));
    }
    else
    {
        ++unlisted;
    }
}

void
check_whole(Guarded& guarded, const TopologyOptions& options)
{
    if (guarded.nodes.empty())
    {
        if (guarded.problems.empty())
        {
            guarded.add({1, 1, "the map has no node: draw at least one PoP"});
        }
        return;
    }
    check_size(guarded, options);
    // Parts that come from an edge with a mistake are no news.
    if (check_ends(guarded))
    {
        check_connected(guarded);
    }
    check_places(guarded, options);
}

} // namespace sipsim::network
