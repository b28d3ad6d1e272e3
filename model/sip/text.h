#pragma once

// Models : the canonical text of the parts of a message that more than one file prints or measures.
// Drives : codec, digest and encoded_size().
// Keeps  : x_length(...) is the number of octets append_x(...) adds.
// Leaves : header fields (codec).

#include "model/sip/message.h"
#include "model/sip/names.h"
#include "model/sip/number_text.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace sipsim::sip
{

/// "sip:user@host:port;transport=udp"; the user part escaped (RFC 3261 §19.1.2), what is not set left out.
void append_uri(std::string& out, const Uri& uri, const Names& names);

/// The user part with every octet outside unreserved and user-unreserved as %HH (RFC 3261 §25.1).
void append_escaped_user(std::string& out, std::string_view user);
[[nodiscard]] std::size_t escaped_user_length(std::string_view user);

/// Text in double quotes, '"' and '\' escaped (RFC 3261 §25.1 quoted-string).
void append_quoted(std::string& out, std::string_view text);
/// Length of the same, quotes included.
[[nodiscard]] std::size_t quoted_length(std::string_view text);

inline constexpr std::string_view kScheme = "sip:";

inline constexpr std::string_view kTransportParameter = ";transport=";

/// In lower case, as a URI's parameter has it (RFC 3261 §19.1.1).
[[nodiscard]] std::string lower_case(Transport transport, const Names& names);

/// Of the user part of a URI. Precondition: its text came from outside.
[[nodiscard, gnu::cold]] std::size_t foreign_user_length(UserId user, const Names& names);

/// Length of what append_uri() appends. Apart, as a message has up to six and its size is asked often: the
/// processor would read as many copies of it.
[[nodiscard, gnu::noinline]] inline std::size_t
uri_length(const Uri& uri, const Names& names)
{
    std::size_t length = kScheme.size() + names.length(uri.at.host);
    if (uri.user != UserId{})
    {
        const bool ours = static_cast<std::uint64_t>(uri.user) < kForeign;
        length += 1 + (ours ? names.length(uri.user) : foreign_user_length(uri.user, names));
    }
    if (uri.at.port != 0)
    {
        length += 1 + decimal_length(uri.at.port);
    }
    if (uri.transport)
    {
        length += kTransportParameter.size() + names.length(*uri.transport);
    }
    return length;
}

} // namespace sipsim::sip
