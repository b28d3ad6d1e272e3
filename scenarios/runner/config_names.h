#pragma once

// Models : what sections call each other and the map's nodes by.
// Drives : the readers of sections, each with the names of all.
// Keeps  : faulty sections have a name and a position too, so that no error breeds another.
// Leaves : targets of faults (config_faults.h), names in the DNS (config_dns.h).

#include "scenarios/runner/config_network.h"
#include "scenarios/runner/config_values.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sipsim::runner
{

/// By position, which is their index in the World.
struct Names
{
    std::vector<std::string> registrars;
    std::vector<std::string> fleets;
    std::vector<std::string> proxies;
    std::vector<std::string> stuns;
    std::vector<std::string> nats;
    std::vector<std::string> zones;
    std::vector<std::string> dns;
};

/// Names of the sections of a kind ("fleet").
[[nodiscard]] std::vector<std::string> names_of(const Document& document, std::string_view kind);

/// Those of all kinds; reports a name that two sections of a kind have.
[[nodiscard]] Names collect_names(const Document& document, Problems& problems);

/// did_you_mean(), but never one of `names` that is refused itself.
[[nodiscard]] std::string hint(std::string_view name, const std::vector<std::string>& names);

/// Where `name` stands among `names`.
[[nodiscard]] std::optional<std::uint32_t> position_of(std::string_view name,
                                                       const std::vector<std::string>& names);

/// The section of a kind that `key` names. None where the key is absent, or names none, which is reported.
[[nodiscard]] std::optional<std::uint32_t> named(const Values& values,
                                                 std::string_view key,
                                                 const std::vector<std::string>& names,
                                                 std::string_view kind);

/// The sections of a kind that `key` lists; reports the names that are none.
[[nodiscard]] std::vector<std::uint32_t> all_named(const Values& values,
                                                   std::string_view key,
                                                   const std::vector<std::string>& names,
                                                   std::string_view kind,
                                                   Problems& problems);

/// The node that `at` names; node 0 where there is none, which is reported.
[[nodiscard]] network::NodeIndex node_at(const Values& values,
                                         const network::Topology& topology,
                                         Problems& problems);

/// The nodes that `at` lists, all for "*"; reports those that are none.
[[nodiscard]] std::vector<network::NodeIndex> nodes_at(const Values& values,
                                                       const network::Topology& topology,
                                                       Problems& problems);

} // namespace sipsim::runner
