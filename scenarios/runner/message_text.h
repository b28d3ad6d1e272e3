#pragma once

// Models : a message as a terminal and a log can bear it: what a file says comes back in it.
// Drives : Problems::add(), through which every message about a configuration goes.
// Keeps  : one line without control characters, of bounded length; what is presentable stays as it is.
// Leaves : which words a message has.

#include <string>
#include <string_view>

namespace sipsim::runner
{

/// Control characters as \n, \t, \x1b, \u009b; a quoted text or a single word of more than kLongestQuoted octets
/// loses what is beyond, a message of more than kLongestMessage its middle.
[[nodiscard]] std::string presentable(std::string_view message);

inline constexpr std::size_t kLongestQuoted = 300; // a domain name has 253 at most
inline constexpr std::size_t kLongestMessage = 6000;

} // namespace sipsim::runner
