#include "model/network/graphml.h"
#include "model/network/graphml_attributes.h"
#include "model/network/graphml_values.h"
#include "model/network/xml_text.h"

namespace sipsim::network
{

namespace
{

void
write_key(std::string& out, const GraphmlAttribute& attribute)
{
    out += "  <key id=\"" + std::string{attribute.name} + "\" for=\"" +
           (attribute.owner == Owner::kNode ? "node" : "edge") + "\" attr.name=\"" +
           std::string{attribute.name} + "\" attr.type=\"" +
           (attribute.is_number ? "double" : "string") + "\"/>\n";
}

void
write_data(std::string& out, const GraphmlAttribute& attribute, const std::string& value)
{
    out += "<data key=\"" + std::string{attribute.name} + "\">" + value + "</data>";
}

/// Milliseconds with as many decimals as the nanoseconds need.
std::string
ms_text(SimDuration duration)
{
    constexpr SimDuration::rep kNsPerMs = 1'000'000;
    constexpr std::size_t kDecimals = 6;
    std::string text = std::to_string(duration.count() / kNsPerMs);
    std::string decimals = std::to_string(duration.count() % kNsPerMs);
    decimals.insert(0, kDecimals - decimals.size(), '0');
    decimals.erase(decimals.find_last_not_of('0') + 1);
    return decimals.empty() ? text : text + "." + decimals;
}

void
write_node(std::string& out, const Node& node)
{
    out += "    <node id=\"" + escaped(node.id) + "\">";
    if (node.name != node.id)
    {
        write_data(out, kLabel, escaped(node.name));
    }
    if (node.place)
    {
        write_data(out, kLatitude, shortest_text(node.place->latitude));
        write_data(out, kLongitude, shortest_text(node.place->longitude));
    }
    out += "</node>\n";
}

void
write_link(std::string& out, const Topology& topology, const Link& link)
{
    out += "    <edge source=\"" + escaped(topology.nodes()[link.a].id) + "\" target=\"" +
           escaped(topology.nodes()[link.b].id) + "\">";
    if (link.delay_given)
    {
        write_data(out, kDelay, ms_text(link.propagation));
    }
    if (link.bandwidth_bps != 0)
    {
        write_data(out, kBandwidth, std::to_string(link.bandwidth_bps));
    }
    if (link.loss > 0.0)
    {
        write_data(out, kLoss, shortest_text(link.loss));
    }
    if (link.jitter > SimDuration{0})
    {
        write_data(out, kJitter, ms_text(link.jitter));
    }
    out += "</edge>\n";
}

} // namespace

std::string
to_graphml(const Topology& topology)
{
    std::string out = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n";
    for (const GraphmlAttribute& attribute : kGraphmlAttributes)
    {
        if (attribute.name != kLinkSpeed.name)
        {
            write_key(out, attribute);
        }
    }
    out += "  <graph edgedefault=\"undirected\">\n";
    for (const Node& node : topology.nodes())
    {
        write_node(out, node);
    }
    for (const Link& link : topology.links())
    {
        write_link(out, topology, link);
    }
    out += "  </graph>\n</graphml>\n";
    return out;
}

} // namespace sipsim::network
