#pragma once

// Models : what registrars and proxies do, from their sections of a configuration.
// Drives : config_world.cc reads their names, places and links beside it.
// Keeps  : every problem is reported at its key.
// Leaves : references to other sections.

#include "model/world/world.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

#include <span>
#include <string_view>

namespace sipsim::runner
{

/// What a registrar's domain may be. RFC 3261 §25.1, hostname: labels of letters, digits and hyphens, the last
/// begins with a letter.
[[nodiscard]] bool is_domain(std::string_view text);

/// Fills in options, domain and what a restart does to bindings.
void read_registrar(const Values& values, world::RegistrarSpec& spec, Findings& findings);

/// What registrars share, once all are read: `sections` are theirs. What one of a domain says holds for
/// all of it.
void share_bindings(std::span<const Section* const> sections,
                    world::World& world,
                    Findings& findings);

/// Fills in options and supports of `spec`.
void read_proxy(const Values& values, world::ProxySpec& spec, Findings& findings);

} // namespace sipsim::runner
