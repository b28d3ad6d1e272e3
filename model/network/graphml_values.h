#pragma once

// Models : single values of a GraphML file, and how a message shows them.
// Drives : the guard checks each value it keeps; all messages quote through quoted().
// Keeps  : what fault_of_number() accepts, Boost.Graph's reader accepts too.
// Leaves : storing values.

#include "model/network/graphml_attributes.h"

#include <string>
#include <string_view>

namespace sipsim::network
{

/// `text` in quotes for a message of one line: at most 60 bytes, no control characters.
[[nodiscard]] std::string quoted(std::string_view text);

/// Without XML's white space at either end.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// What is wrong with `text` as a value of `attribute` in a key of attr.type `type`, and the remedy;
/// empty if nothing.
[[nodiscard]] std::string fault_of_number(const GraphmlAttribute& attribute,
                                          std::string_view type,
                                          std::string_view text);

/// The shortest text that reads back as `value`.
[[nodiscard]] std::string shortest_text(double value);

} // namespace sipsim::network
