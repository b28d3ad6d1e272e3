#pragma once

// Models : what a configuration says about the map: which one it is, which of its nodes and links are
//          meant, and the numbers of access links.
// Drives : the builder of worlds.
// Keeps  : a map is read once however many runs use it.
// Leaves : GraphML and generators (model/network).

#include "model/network/link.h"
#include "model/network/topology.h"
#include "scenarios/runner/config_profile.h"
#include "scenarios/runner/config_values.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace sipsim::runner
{

/// The maps of an experiment; a sweep may have several.
class Maps
{
  public:
    /// Paths of maps are relative to `folder`.
    explicit Maps(std::filesystem::path folder)
        : folder_(std::move(folder)),
          products_(folder_)
    {
    }

    /// The products of the configuration in the same folder.
    [[nodiscard]] Products& products()
    {
        return products_;
    }

    /// The map that [network] names; nullptr, and problems at `topology`, if it is none.
    [[nodiscard]] std::shared_ptr<const network::Topology> get(const Values& network);

    /// The text of every map read so far, for the identity of the experiment.
    [[nodiscard]] std::string texts() const;

  private:
    struct Entry
    {
        std::string text;
        std::shared_ptr<const network::Topology> topology;
        std::vector<std::string> clauses;
    };

    [[nodiscard]] Entry read(const std::string& name, double route_factor, bool neighbours) const;

    std::filesystem::path folder_;
    Products products_;
    std::map<std::tuple<std::string, double, bool>, Entry> entries_;
};

/// The node that `reference` names, or the clause that says why there is none.
[[nodiscard]] Parsed<network::NodeIndex> find_node(const network::Topology& topology,
                                                   std::string_view reference);

/// The links of "Chicago-Denver", node names may hold hyphens; or the clause.
[[nodiscard]] Parsed<std::vector<network::LinkIndex>> find_link(const network::Topology& topology,
                                                                std::string_view reference);

/// The links between the nodes of "Seattle,Denver" and all others; or the clause.
[[nodiscard]] Parsed<std::vector<network::LinkIndex>> find_cut(const network::Topology& topology,
                                                               std::string_view reference);

/// access.* of a section; what it does not say is `fallback`'s.
[[nodiscard]] network::LinkSpec access_of(const Values& section,
                                          const network::LinkSpec& fallback = {});

} // namespace sipsim::runner
