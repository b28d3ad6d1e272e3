#pragma once

// Models : zones and name servers from their sections of a configuration.
// Drives : config_world.cc reads names, places and links beside it.
// Keeps  : every problem is reported at its key, of a record at its line.
// Leaves : who asks them (config_locating.h).

#include "model/world/world.h"
#include "scenarios/runner/config_names.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace sipsim::runner
{

/// Records as "OWNER [TTL] TYPE DATA": an owner and a target that end without a dot are below the origin, @
/// is the origin; A takes an address, registrar:NAME or proxy:NAME (config_records.h).
[[nodiscard]] world::ZoneSpec read_zone(const Values& values,
                                        const Names& names,
                                        Findings& findings);

/// All of a [[dns]] section but its name, place and link.
void read_dns(const Values& values, const Names& names, world::DnsSpec& spec, Findings& findings);

/// `prefix` before timeout, attempts, cache, udp_size and use_truncated; all but its servers.
[[nodiscard]] dns::ResolverSettings resolver_of(const Values& values, std::string_view prefix);

/// In lower case (RFC 4343 3) and without the last dot, "." for the root; empty: no name by RFC 1035.
[[nodiscard]] std::optional<std::string> canonical_name(const std::string& text);

/// Why that is none, as a clause, for what canonical_name() refuses and for letters that are not ASCII, which a
/// name of the DNS has as an A-label; nullopt: it is one.
[[nodiscard]] std::optional<std::string> why_no_name(const std::string& text);

/// The name servers (index) that a query to one of `asked` may come to, over resolvers; none beyond
/// `highest`.
[[nodiscard]] std::vector<std::uint32_t> reached_servers(
    const world::World& world,
    const std::vector<std::uint32_t>& asked,
    std::uint32_t highest = std::numeric_limits<std::uint32_t>::max());

/// Complains if the name servers of `key` are more than a resolver takes.
void demand_few(const Values& values, std::string_view key, std::size_t count);

/// What is wrong with zones together, and with resolvers. Precondition: no errors.
void check_dns(const Document& document, const world::World& world, Findings& findings);

} // namespace sipsim::runner
