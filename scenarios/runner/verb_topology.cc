#include "model/base/quantity.h"
#include "model/network/generators.h"
#include "model/network/graphml.h"
#include "model/network/statistics.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sipsim::runner
{

namespace
{

void
print(const network::Topology& map, const network::Statistics& s)
{
    const auto& nodes = map.nodes();
    fmt::print("nodes           {}\nlinks           {}\n", s.nodes, s.links);
    fmt::print("diameter        {} hops\n", s.diameter_hops);
    constexpr double kLeastShown = 0.0005; // ms: less is 0.000
    if (const double ms = 1e3 * to_seconds(s.diameter_delay); ms >= kLeastShown)
    {
        fmt::print("widest path     {:.3f} ms, {} to {}\n",
                   ms,
                   nodes[s.farthest_from].name,
                   nodes[s.farthest_to].name);
    }
    std::vector<std::string> cut;
    for (const auto node : s.cut_vertices)
    {
        cut.push_back(nodes[node].name);
    }
    fmt::print("cut vertices    {}\n",
               cut.empty() ? "none" : fmt::format("{}", fmt::join(cut, ", ")));
}

nlohmann::ordered_json
to_json(const network::Topology& map, const network::Statistics& s)
{
    nlohmann::ordered_json out{{"nodes", s.nodes},
                               {"links", s.links},
                               {"components", s.components},
                               {"diameter_hops", s.diameter_hops},
                               {"diameter_ms", 1e3 * to_seconds(s.diameter_delay)},
                               {"cut_vertices", nlohmann::ordered_json::array()},
                               {"node_names", nlohmann::ordered_json::array()}};
    for (const auto node : s.cut_vertices)
    {
        out["cut_vertices"].push_back(map.nodes()[node].name);
    }
    for (const auto& node : map.nodes())
    {
        out["node_names"].push_back(node.name);
    }
    return out;
}

} // namespace

int
topology(const TopologyArgs& args)
{
    if (args.file.has_value() == args.generate.has_value())
    {
        fmt::print(stderr, "sipsim: error: topology: give a FILE, or --generate SPEC\n");
        return kUsage;
    }
    const std::string place = args.file ? args.file->string() : *args.generate;
    Checked<network::Topology> checked = std::vector<Problem>{};
    if (args.generate)
    {
        checked = network::generate(*args.generate);
    }
    else
    {
        const auto text = read_or_explain(*args.file);
        if (!text)
        {
            return kUsage;
        }
        checked = network::read_graphml(*text);
    }
    if (const auto* problems = std::get_if<std::vector<Problem>>(&checked))
    {
        fmt::print(stderr, "{}", format(place, *problems));
        return kUsage;
    }
    const auto& map = std::get<network::Topology>(checked);
    if (args.generate && !args.json)
    {
        fmt::print("{}", network::to_graphml(map));
        return kOk;
    }
    const auto statistics = network::describe(map);
    if (args.json)
    {
        fmt::print("{}\n", to_json(map, statistics).dump());
    }
    else
    {
        print(map, statistics);
    }
    return kOk;
}

} // namespace sipsim::runner
