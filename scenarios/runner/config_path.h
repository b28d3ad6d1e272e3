#pragma once

// Models : a parameter's path: "fleet.gateways.registration.retry_wait", "registrar.reg1.bindings",
//          "fault.outage.for", "fault.2.at", "network.access.delay", "experiment.duration".
// Drives : the axes of a sweep and --set write values by it.
// Keeps  : a path names one key of one section, or a problem says what is near it.
// Leaves : whether a value suits the key (config_values.h).

#include "scenarios/runner/config_document.h"

#include <optional>
#include <string>
#include <string_view>

namespace sipsim::runner
{

struct Target
{
    std::size_t section = 0; // in Document::sections
    std::string key;

    friend bool operator==(const Target&, const Target&) = default;
};

/// The setting that `path` names. Sections that may occur once are added where they are absent.
[[nodiscard]] std::optional<Target> resolve_path(Document& document,
                                                 std::string_view path,
                                                 const Place& place,
                                                 Problems& problems);

/// The product of a section that has one; empty for any other.
[[nodiscard]] std::string product_of(const Section& section);

/// Writes `value` over the target; messages about it will call it `path`.
void write_over(Document& document, const Target& target, std::string_view path, Value value);

} // namespace sipsim::runner
