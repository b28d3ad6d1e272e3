#include "scenarios/runner/config_names.h"

#include "model/base/nearest.h"

#include <algorithm>
#include <iterator>

namespace sipsim::runner
{

namespace
{

std::vector<std::string>
unique_names(const Document& document, std::string_view kind, Problems& problems)
{
    std::vector<std::string> names;
    std::vector<int> lines;
    for (const Section& section : document.sections)
    {
        if (section.kind != kind)
        {
            continue;
        }
        const std::string name = section.name();
        const auto twin = position_of(name, names);
        if (!name.empty() && twin)
        {
            const Setting& setting = *section.find("name");
            problems.add(setting.value.place,
                         complaint(setting,
                                   "is the name of the " + header_of(kind) + " in line " +
                                       std::to_string(lines[*twin]) + " already"));
        }
        names.push_back(name);
        lines.push_back(section.place.line);
    }
    return names;
}

std::optional<network::NodeIndex>
node_of(const Values& values,
        const PlacedText& reference,
        const network::Topology& topology,
        Problems& problems)
{
    if (topology.nodes().empty())
    {
        return std::nullopt; // the map's own problem
    }
    const auto found = find_node(topology, reference.text);
    if (const auto* clause = std::get_if<std::string>(&found))
    {
        const Setting* setting = values.section().find("at");
        const std::string label = setting == nullptr ? "at" : setting->label.value_or(setting->key);
        problems.add(reference.place, label + " = \"" + reference.text + "\": " + *clause);
        return std::nullopt;
    }
    return std::get<network::NodeIndex>(found);
}

} // namespace

std::string
hint(std::string_view name, const std::vector<std::string>& names)
{
    std::vector<std::string> good;
    std::ranges::copy_if(names, std::back_inserter(good), is_name);
    return did_you_mean(name, good);
}

std::vector<std::string>
names_of(const Document& document, std::string_view kind)
{
    std::vector<std::string> names;
    for (const Section& section : document.sections)
    {
        if (section.kind == kind)
        {
            names.push_back(section.name());
        }
    }
    return names;
}

Names
collect_names(const Document& document, Problems& problems)
{
    Names names{.registrars = unique_names(document, "registrar", problems),
                .fleets = unique_names(document, "fleet", problems),
                .proxies = unique_names(document, "proxy", problems),
                .stuns = unique_names(document, "stun", problems),
                .nats = unique_names(document, "nat", problems),
                .zones = unique_names(document, "zone", problems),
                .dns = unique_names(document, "dns", problems)};
    (void)unique_names(document, "fault", problems);
    (void)unique_names(document, "attacker", problems);
    return names;
}

std::optional<std::uint32_t>
position_of(std::string_view name, const std::vector<std::string>& names)
{
    const auto found = std::ranges::find(names, name);
    if (found == names.end())
    {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(found - names.begin());
}

std::optional<std::uint32_t>
named(const Values& values,
      std::string_view key,
      const std::vector<std::string>& names,
      std::string_view kind)
{
    const auto* name = values.find<std::string>(key);
    if (name == nullptr)
    {
        return std::nullopt;
    }
    const auto position = position_of(*name, names);
    if (!position)
    {
        values.complain(key, "is no " + header_of(kind) + hint(*name, names));
    }
    return position;
}

std::vector<std::uint32_t>
all_named(const Values& values,
          std::string_view key,
          const std::vector<std::string>& names,
          std::string_view kind,
          Problems& problems)
{
    std::vector<std::uint32_t> positions;
    const Texts texts = values.get<Texts>(key);
    for (const PlacedText& name : texts)
    {
        if (const auto position = position_of(name.text, names))
        {
            positions.push_back(*position);
            continue;
        }
        problems.add(name.place,
                     std::string{key} + ": there is no " + header_of(kind) + " \"" + name.text +
                         '"' + hint(name.text, names));
    }
    return positions;
}

network::NodeIndex
node_at(const Values& values, const network::Topology& topology, Problems& problems)
{
    const auto* at = values.find<std::string>("at");
    if (at == nullptr)
    {
        return 0; // the key's own problem
    }
    return node_of(values, {*at, values.place("at")}, topology, problems).value_or(0);
}

std::vector<network::NodeIndex>
nodes_at(const Values& values, const network::Topology& topology, Problems& problems)
{
    std::vector<network::NodeIndex> nodes;
    const Texts at = values.get<Texts>("at");
    for (const PlacedText& reference : at)
    {
        if (reference.text == "*" && at.size() == 1)
        {
            for (network::NodeIndex i = 0; i < topology.nodes().size(); ++i)
            {
                nodes.push_back(i);
            }
        }
        else if (const auto index = node_of(values, reference, topology, problems))
        {
            nodes.push_back(*index);
        }
    }
    return nodes;
}

} // namespace sipsim::runner
