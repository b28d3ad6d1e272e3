#include "model/network/graphml_keys.h"

#include "model/network/graphml_values.h"

#include <algorithm>
#include <utility>

namespace sipsim::network
{

namespace
{

bool
equal_but_for_case(std::string_view x, std::string_view y)
{
    const auto fold = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; };
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [&](char a, char b) {
        return fold(a) == fold(b);
    });
}

std::string_view
owner_name(Owner owner)
{
    return owner == Owner::kNode ? "node" : "edge";
}

/// What a key may be for, as GraphML's schema has it.
constexpr std::array<std::string_view, 8>
    kOwners{"all", "graphml", "graph", "node", "edge", "hyperedge", "port", "endpoint"};

bool
type_fits(const GraphmlAttribute& attribute, std::string_view type)
{
    constexpr std::array<std::string_view, 5> kTypes{"double", "float", "int", "long", "string"};
    return attribute.is_number ? std::ranges::find(kTypes, type) != kTypes.end() : type == "string";
}

} // namespace

std::string
attribute_of(const XmlEvent& event, std::string_view name)
{
    for (const XmlAttribute& attribute : event.attributes)
    {
        if (attribute.name == name)
        {
            return attribute.value;
        }
    }
    return {};
}

const GraphmlAttribute*
GraphmlKey::meaning(Owner of) const
{
    for (const GraphmlAttribute& attribute : kGraphmlAttributes)
    {
        if (attribute.owner == of && attribute.name == name && is_for(owner_name(of)))
        {
            return &attribute;
        }
    }
    return nullptr;
}

const GraphmlAttribute*
GraphmlKey::meaning() const
{
    const GraphmlAttribute* of_nodes = meaning(Owner::kNode);
    return of_nodes != nullptr ? of_nodes : meaning(Owner::kEdge);
}

std::vector<std::string>
GraphmlKeys::declare(const XmlEvent& event)
{
    const std::string id = attribute_of(event, "id");
    GraphmlKey key{.name = attribute_of(event, "attr.name"),
                   .type = attribute_of(event, "attr.type"),
                   .owner = attribute_of(event, "for")};
    if (key.owner.empty())
    {
        key.owner = "all";
    }
    auto faults = faults_of(id, key, event.line);
    if (attribute_of(event, "for").empty() && key.meaning() != nullptr)
    {
        // "all" by the specification, which Boost's reader does not know.
        faults.push_back("key " + quoted(id) + " does not say for what: write for=" +
                         quoted(owner_name(key.meaning()->owner)));
    }
    keys_.try_emplace(id, std::move(key));
    return faults;
}

std::vector<std::string>
GraphmlKeys::faults_of(const std::string& id, const GraphmlKey& key, int line)
{
    std::vector<std::string> faults;
    if (id.empty())
    {
        faults.emplace_back("<key> without id: give it one");
    }
    else if (keys_.contains(id))
    {
        faults.push_back("key id " + quoted(id) + " is declared twice: rename one of them");
    }
    if (std::ranges::find(kOwners, key.owner) == kOwners.end())
    {
        faults.push_back("key " + quoted(id) + " is for=" + quoted(key.owner) +
                         ": write node, edge, graph or all");
    }
    if (const GraphmlAttribute* attribute = key.meaning())
    {
        if (!type_fits(*attribute, key.type))
        {
            faults.push_back("key " + quoted(id) + " (" + key.name + ") has attr.type " +
                             quoted(key.type) + ": declare it " +
                             (attribute->is_number ? "\"double\"" : "\"string\""));
        }
        const std::string name = std::string{owner_name(attribute->owner)} + " " + key.name;
        const auto [other, added] = names_.try_emplace(name, Named{line, id});
        if (!added && other->second.id != id)
        {
            faults.push_back("a second key named " + quoted(key.name) + ", after line " +
                             std::to_string(other->second.line) + ": keep one of them");
        }
        return faults;
    }
    for (const GraphmlAttribute& attribute : kGraphmlAttributes)
    {
        if (key.is_for(owner_name(attribute.owner)) && equal_but_for_case(key.name, attribute.name))
        {
            faults.push_back("key named " + quoted(key.name) + " would be ignored: is " +
                             quoted(attribute.name) + " meant?");
        }
    }
    return faults;
}

GraphmlKey*
GraphmlKeys::find(const std::string& id)
{
    const auto found = keys_.find(id);
    return found == keys_.end() ? nullptr : &found->second;
}

bool
GraphmlKeys::has_default(const GraphmlAttribute& attribute) const
{
    return std::ranges::any_of(keys_, [&](const auto& entry) {
        const GraphmlAttribute* meant = entry.second.meaning(attribute.owner);
        return entry.second.has_default && meant != nullptr && meant->name == attribute.name;
    });
}

} // namespace sipsim::network
