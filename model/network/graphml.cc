#include "model/network/graphml.h"

#include "model/network/graphml_attributes.h"
#include "model/network/graphml_guard.h"
#include "model/network/graphml_values.h"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/graphml.hpp>
#include <boost/make_shared.hpp>

#include <charconv>
#include <cmath>
#include <exception>
#include <sstream>
#include <utility>

namespace sipsim::network
{

namespace
{

struct ReadNode
{
    std::string label{};
    std::optional<double> latitude{};
    std::optional<double> longitude{};
};

struct ReadEdge
{
    std::optional<double> delay_ms{};
    std::optional<double> bandwidth_bps{};
    std::optional<double> link_speed{};
    std::optional<double> loss{};
    std::optional<double> jitter_ms{};
};

using ReadGraph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, ReadNode, ReadEdge>;

/// A number of any of GraphML's types, as Boost's reader hands it over.
double
number_in(const boost::any& value)
{
    if (const auto* of_double = boost::any_cast<double>(&value))
    {
        return *of_double;
    }
    if (const auto* of_float = boost::any_cast<float>(&value))
    {
        return *of_float;
    }
    if (const auto* of_int = boost::any_cast<int>(&value))
    {
        return *of_int;
    }
    if (const auto* of_long = boost::any_cast<long>(&value))
    {
        return static_cast<double>(*of_long);
    }
    const auto& text = boost::any_cast<const std::string&>(value);
    double number = 0.0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// Puts an attribute of type int, long, float, double or string into a member. Boost's own adaptor
/// takes one declared type per attribute only.
template <class Descriptor, class Bundle, class Value>
class MemberMap : public boost::dynamic_property_map
{
  public:
    MemberMap(ReadGraph& graph, Value Bundle::*member)
        : graph_(graph),
          member_(member)
    {
    }

    void put(const boost::any& key, const boost::any& value) override
    {
        Value& target = graph_[boost::any_cast<Descriptor>(key)].*member_;
        if constexpr (std::is_same_v<Value, std::string>)
        {
            target = boost::any_cast<std::string>(value);
        }
        else
        {
            target = number_in(value);
        }
    }

    boost::any get(const boost::any& /*key*/) override
    {
        return {};
    }

    std::string get_string(const boost::any& /*key*/) override
    {
        return {};
    }

    [[nodiscard]] const std::type_info& key() const override
    {
        return typeid(Descriptor);
    }

    [[nodiscard]] const std::type_info& value() const override
    {
        return typeid(Value);
    }

  private:
    ReadGraph& graph_;
    Value Bundle::*member_;
};

template <class Descriptor, class Bundle, class Value>
void
bind(boost::dynamic_properties& properties,
     const GraphmlAttribute& attribute,
     ReadGraph& graph,
     Value Bundle::*member)
{
    properties.insert(std::string{attribute.name},
                      boost::make_shared<MemberMap<Descriptor, Bundle, Value>>(graph, member));
}

boost::shared_ptr<boost::dynamic_property_map>
ignore(const std::string& /*name*/, const boost::any& /*key*/, const boost::any& /*value*/)
{
    return {};
}

/// Throws what Boost throws.
ReadGraph
read_with_boost(const std::string& clean)
{
    ReadGraph graph;
    boost::dynamic_properties properties{ignore};
    using Vertex = ReadGraph::vertex_descriptor;
    using Edge = ReadGraph::edge_descriptor;
    bind<Vertex>(properties, kLabel, graph, &ReadNode::label);
    bind<Vertex>(properties, kLatitude, graph, &ReadNode::latitude);
    bind<Vertex>(properties, kLongitude, graph, &ReadNode::longitude);
    bind<Edge>(properties, kDelay, graph, &ReadEdge::delay_ms);
    bind<Edge>(properties, kBandwidth, graph, &ReadEdge::bandwidth_bps);
    bind<Edge>(properties, kLinkSpeed, graph, &ReadEdge::link_speed);
    bind<Edge>(properties, kLoss, graph, &ReadEdge::loss);
    bind<Edge>(properties, kJitter, graph, &ReadEdge::jitter_ms);
    std::istringstream stream{clean};
    boost::read_graphml(stream, graph, properties);
    return graph;
}

SimDuration
from_ms(double ms)
{
    constexpr double kNsPerMs = 1e6;
    return SimDuration{std::llround(ms * kNsPerMs)};
}

/// Gives every node a place, round by round outwards from those that have one.
void
place_at_neighbours(std::vector<Node>& nodes, const std::vector<Link>& links)
{
    for (bool progress = true; progress;)
    {
        std::vector<std::vector<Coordinates>> around(nodes.size());
        for (const Link& link : links)
        {
            for (const auto& [one, other] : {std::pair{link.a, link.b}, std::pair{link.b, link.a}})
            {
                if (!nodes[one].place && nodes[other].place)
                {
                    around[one].push_back(*nodes[other].place);
                }
            }
        }
        progress = false;
        for (std::size_t i = 0; i < nodes.size(); ++i)
        {
            if (!around[i].empty())
            {
                nodes[i].place = centre_of(around[i]);
                progress = true;
            }
        }
    }
}

Link
link_from(const ReadEdge& edge, NodeIndex a, NodeIndex b)
{
    Link link{.a = a, .b = b};
    if (edge.delay_ms)
    {
        link.propagation = from_ms(*edge.delay_ms);
        link.delay_given = true;
    }
    const auto bandwidth = edge.bandwidth_bps ? edge.bandwidth_bps : edge.link_speed;
    link.bandwidth_bps = static_cast<std::uint64_t>(std::llround(bandwidth.value_or(0.0)));
    link.loss = edge.loss.value_or(0.0);
    link.jitter = from_ms(edge.jitter_ms.value_or(0.0));
    return link;
}

Topology
assembled(const Guarded& guarded, const ReadGraph& graph, const TopologyOptions& options)
{
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < guarded.nodes.size(); ++i)
    {
        const ReadNode& read = graph[i];
        Node& node = nodes.emplace_back(Node{.id = guarded.nodes[i].id, .name = read.label});
        if (node.name.empty())
        {
            node.name = node.id;
        }
        if (read.latitude && read.longitude)
        {
            node.place = Coordinates{*read.latitude, *read.longitude};
        }
    }
    std::vector<Link> links;
    for (const auto& edge : boost::make_iterator_range(boost::edges(graph)))
    {
        const GuardedEdge& ends = guarded.edges[links.size()];
        links.push_back(link_from(graph[edge], ends.a, ends.b));
    }
    if (options.missing_coordinates == MissingCoordinates::kNeighbours)
    {
        place_at_neighbours(nodes, links);
    }
    for (Link& link : links)
    {
        if (!link.delay_given)
        {
            // The guard has seen to it that both ends have a place.
            const double km = great_circle_km(*nodes[link.a].place, *nodes[link.b].place);
            link.propagation = propagation_over(km, options.route_factor);
        }
    }
    return {std::move(nodes), std::move(links)};
}

/// Boost's reader and the guard saw the same nodes and the same edges, in the same order.
bool
agree(const Guarded& guarded, const ReadGraph& graph)
{
    if (boost::num_vertices(graph) != guarded.nodes.size() ||
        boost::num_edges(graph) != guarded.edges.size())
    {
        return false;
    }
    auto expected = guarded.edges.begin();
    for (const auto& edge : boost::make_iterator_range(boost::edges(graph)))
    {
        const auto a = boost::source(edge, graph);
        const auto b = boost::target(edge, graph);
        if (std::minmax<std::size_t>(a, b) != std::minmax<std::size_t>(expected->a, expected->b))
        {
            return false;
        }
        ++expected;
    }
    return true;
}

} // namespace

std::vector<Problem>
validate(const TopologyOptions& options)
{
    std::vector<Problem> problems;
    if (!(options.route_factor >= 1.0 && options.route_factor <= 10.0))
    {
        problems.push_back({0,
                            0,
                            "route_factor = " + shortest_text(options.route_factor) +
                                ": must be from 1 (great circle) to 10"});
    }
    return problems;
}

Checked<Topology>
read_graphml(std::string_view text, const TopologyOptions& options)
{
    const Guarded guarded = guard_graphml(text, options);
    if (!guarded.problems.empty())
    {
        return guarded.problems;
    }
    try
    {
        const ReadGraph graph = read_with_boost(guarded.clean);
        if (agree(guarded, graph))
        {
            return assembled(guarded, graph, options);
        }
    }
    catch (const std::exception& error)
    {
        return std::vector{
            Problem{0, 0, "Boost.Graph refuses the file: " + std::string{error.what()}}};
    }
    return std::vector{Problem{0, 0, "Boost.Graph reads another graph than the guard: report it"}};
}

} // namespace sipsim::network
