#include "scenarios/runner/config_network.h"

#include "model/base/nearest.h"
#include "model/network/generators.h"
#include "model/network/graphml.h"

#include <algorithm>

namespace sipsim::runner
{

namespace
{

constexpr std::string_view kGenerate = "generate:";
constexpr std::size_t kMostClauses = 10;

std::vector<std::string>
node_names(const network::Topology& topology)
{
    std::vector<std::string> names;
    for (const network::Node& node : topology.nodes())
    {
        names.push_back(node.name);
    }
    return names;
}

std::string
no_such_node(const network::Topology& topology, std::string_view reference)
{
    const std::vector<std::string> names = node_names(topology);
    std::string clause = "is no node of the map";
    const std::string hint = did_you_mean(reference, names);
    if (!hint.empty())
    {
        return clause + hint;
    }
    constexpr std::size_t kShown = 12;
    for (std::size_t i = 0; i < names.size() && i < kShown; ++i)
    {
        clause += (i == 0 ? "; it has " : ", ") + names[i];
    }
    return clause + (names.size() > kShown ? ", ..." : "");
}

std::string_view
trimmed(std::string_view text)
{
    while (text.starts_with(' '))
    {
        text.remove_prefix(1);
    }
    while (text.ends_with(' '))
    {
        text.remove_suffix(1);
    }
    return text;
}

// Problems of a map as clauses of the key that names it: the map's file, line and column first.
std::vector<std::string>
clauses_of(const std::string& where, const std::vector<Problem>& problems)
{
    std::vector<std::string> clauses;
    for (const Problem& problem : problems)
    {
        if (clauses.size() == kMostClauses)
        {
            clauses.push_back("and " + std::to_string(problems.size() - kMostClauses) +
                              " more problems of this map; `sipsim topology` shows all");
            break;
        }
        std::string place = where;
        if (where.empty()) // the key's own text
        {
            place = "column " + std::to_string(problem.column);
        }
        else if (problem.line > 0)
        {
            place += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
        }
        clauses.push_back(place + ": " + problem.message);
    }
    return clauses;
}

} // namespace

Maps::Entry
Maps::read(const std::string& name, double route_factor, bool neighbours) const
{
    Entry entry;
    Checked<network::Topology> checked;
    std::string where = name;
    if (name.starts_with(kGenerate))
    {
        entry.text = name;
        checked = network::generate(name, route_factor);
        where.clear();
    }
    else
    {
        if (auto why = read_named_file(folder_ / name, entry.text))
        {
            entry.clauses.push_back(*std::move(why));
            return entry;
        }
        checked = network::read_graphml(
            entry.text,
            {.route_factor = route_factor,
             .missing_coordinates = neighbours ? network::MissingCoordinates::kNeighbours
                                               : network::MissingCoordinates::kRefuse});
    }
    if (const auto* problems = std::get_if<std::vector<Problem>>(&checked))
    {
        entry.clauses = clauses_of(where, *problems);
    }
    else
    {
        entry.topology = std::make_shared<const network::Topology>(
            std::get<network::Topology>(std::move(checked)));
    }
    return entry;
}

std::shared_ptr<const network::Topology>
Maps::get(const Values& network)
{
    const auto* name = network.find<std::string>("topology");
    if (name == nullptr)
    {
        return nullptr;
    }
    const auto factor = network.get<double>("route_factor");
    const bool neighbours = network.get<std::string>("missing_coordinates") == "neighbours";
    const auto key = std::tuple{*name, factor, neighbours};
    auto found = entries_.find(key);
    if (found == entries_.end())
    {
        found = entries_.emplace(key, read(*name, factor, neighbours)).first;
    }
    for (const std::string& clause : found->second.clauses)
    {
        network.complain("topology", clause);
    }
    return found->second.topology;
}

std::string
Maps::texts() const
{
    std::string all;
    for (const auto& [key, entry] : entries_)
    {
        all += std::get<0>(key) + '\n' + entry.text + '\n';
    }
    return all;
}

Parsed<network::NodeIndex>
find_node(const network::Topology& topology, std::string_view reference)
{
    const std::vector<network::NodeIndex> found = topology.find_nodes(reference);
    if (found.size() == 1)
    {
        return found.front();
    }
    if (found.empty())
    {
        return no_such_node(topology, reference);
    }
    std::string clause =
        "is the name of " + std::to_string(found.size()) + " nodes of the map: write ";
    for (std::size_t i = 0; i < found.size(); ++i)
    {
        clause += (i == 0 ? "\"id:" : " or \"id:") + topology.nodes()[found[i]].id + '"';
    }
    return clause;
}

Parsed<std::vector<network::LinkIndex>>
find_link(const network::Topology& topology, std::string_view reference)
{
    std::string clause = "must be link:NODE-NODE";
    for (std::size_t hyphen = reference.find('-'); hyphen != std::string_view::npos;
         hyphen = reference.find('-', hyphen + 1))
    {
        const std::string_view one = trimmed(reference.substr(0, hyphen));
        const std::string_view other = trimmed(reference.substr(hyphen + 1));
        const auto a = find_node(topology, one);
        const auto b = find_node(topology, other);
        if (a.index() == 0 && b.index() == 0)
        {
            auto links = topology.find_links(std::get<0>(a), std::get<0>(b));
            if (!links.empty())
            {
                return links;
            }
            clause = "names nodes without a link between them";
        }
        else if (clause.starts_with("must"))
        {
            const bool first = a.index() != 0;
            clause = '"' + std::string{first ? one : other} + "\" " + std::get<1>(first ? a : b);
        }
    }
    return clause;
}

Parsed<std::vector<network::LinkIndex>>
find_cut(const network::Topology& topology, std::string_view reference)
{
    std::vector<bool> inside(topology.nodes().size(), false);
    while (true)
    {
        const std::size_t comma = std::min(reference.find(','), reference.size());
        const std::string_view name = trimmed(reference.substr(0, comma));
        const auto node = find_node(topology, name);
        if (const auto* clause = std::get_if<std::string>(&node))
        {
            return '"' + std::string{name} + "\" " + *clause;
        }
        inside[std::get<0>(node)] = true;
        if (comma == reference.size())
        {
            break;
        }
        reference.remove_prefix(comma + 1);
    }
    std::vector<network::LinkIndex> cut;
    for (network::LinkIndex i = 0; i < topology.links().size(); ++i)
    {
        const network::Link& link = topology.links()[i];
        if (inside[link.a] != inside[link.b])
        {
            cut.push_back(i);
        }
    }
    if (cut.empty())
    {
        return std::string{"cuts no link: all nodes are on one side"};
    }
    return cut;
}

network::LinkSpec
access_of(const Values& section, const network::LinkSpec& fallback)
{
    network::LinkSpec spec = fallback;
    if (const auto* bandwidth = section.find<double>("access.bandwidth"))
    {
        spec.bandwidth_bps = static_cast<std::uint64_t>(*bandwidth);
    }
    if (const auto* delay = section.find<SimDuration>("access.delay"))
    {
        spec.propagation = *delay;
    }
    if (const auto* loss = section.find<double>("access.loss"))
    {
        spec.loss = *loss;
    }
    if (const auto* jitter = section.find<SimDuration>("access.jitter"))
    {
        spec.jitter = *jitter;
    }
    if (const auto* limit = section.find<SimDuration>("access.queue_limit"))
    {
        spec.queue_limit = *limit;
    }
    return spec;
}

} // namespace sipsim::runner
