#pragma once

// Models : "did you mean": the known name a mistyped one stands closest to.
// Drives : loaders add it to the message about an unknown name.
// Keeps  : no suggestion rather than a far-fetched one; ties go to the earlier candidate.
// Leaves : languages; it counts inserted, deleted, replaced and swapped letters, case aside.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sipsim
{

/// The candidate within a third of the longer name's length (2 at least), or one that `name` is the
/// last dotted part of; nullopt if there is none.
[[nodiscard]] std::optional<std::string> nearest(std::string_view name,
                                                 std::span<const std::string> candidates);

/// `; did you mean "x"?`, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       std::span<const std::string> candidates);

} // namespace sipsim
