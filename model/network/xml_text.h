#pragma once

// Models : characters and references of XML 1.0 (sections 2.2 and 4.1) in UTF-8.
// Drives : the scanner checks a whole text first, then each value; the writer escapes.
// Keeps  : linear time; replace_references(escaped(x)) gives x.
// Leaves : entities of one's own.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sipsim::network
{

/// The first byte that is neither valid UTF-8 (RFC 3629 section 4) nor a character XML allows.
[[nodiscard]] std::optional<std::size_t> first_bad_byte(std::string_view text);

/// Appends `raw` to `out` with XML's five named references and character numbers replaced; gives
/// the offset of the first reference that is neither.
[[nodiscard]] std::optional<std::size_t> replace_references(std::string_view raw, std::string& out);

/// `text` as character data or as an attribute value in double quotes.
[[nodiscard]] std::string escaped(std::string_view text);

} // namespace sipsim::network
