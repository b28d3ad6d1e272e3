#pragma once

// Models : the <key> declarations of a GraphML file.
// Drives : the guard declares each key, then asks what a <data> of it means.
// Keeps  : the first declaration of an id stands.
// Leaves : attributes sipsim does not know (they are declared, and mean nothing).

#include "model/base/problem.h"
#include "model/network/graphml_attributes.h"
#include "model/network/xml_scanner.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sipsim::network
{

struct GraphmlKey
{
    std::string name{};
    std::string type{};
    std::string owner{}; // the attribute `for`; "all" if there is none
    bool has_default = false;

    /// May stand in a `node`, `edge` ... element.
    [[nodiscard]] bool is_for(std::string_view element) const
    {
        return owner == "all" || owner == element;
    }

    /// The attribute it means there; nullptr if sipsim knows none.
    [[nodiscard]] const GraphmlAttribute* meaning(Owner of) const;
    [[nodiscard]] const GraphmlAttribute* meaning() const;
};

class GraphmlKeys
{
  public:
    /// Takes a <key ...>; gives everything wrong with it.
    std::vector<std::string> declare(const XmlEvent& event);

    /// nullptr if there is no such key.
    [[nodiscard]] GraphmlKey* find(const std::string& id);

    /// Some key of this meaning has a <default>.
    [[nodiscard]] bool has_default(const GraphmlAttribute& attribute) const;

  private:
    struct Named
    {
        int line = 0;
        std::string id{};
    };

    std::vector<std::string> faults_of(const std::string& id, const GraphmlKey& key, int line);

    std::unordered_map<std::string, GraphmlKey> keys_;
    std::unordered_map<std::string, Named> names_; // "node label", ...: who declared it
};

/// The value of an XML attribute; empty if there is none.
[[nodiscard]] std::string attribute_of(const XmlEvent& event, std::string_view name);

} // namespace sipsim::network
