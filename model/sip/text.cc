#include "model/sip/text.h"

#include "model/sip/number_text.h"

#include <algorithm>

namespace sipsim::sip
{

namespace
{

bool
is_user_character(char c)
{
    // RFC 3261 §25.1: alphanum, mark, user-unreserved.
    constexpr std::string_view kOthers = "-_.!~*'()&=+$,;?/";
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kOthers.find(c) != std::string_view::npos;
}

bool
wants_backslash(char c)
{
    return c == '"' || c == '\\';
}

} // namespace

void
append_escaped_user(std::string& out, std::string_view user)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const char c : user)
    {
        if (is_user_character(c))
        {
            out += c;
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);
        out += '%';
        out += kDigits[octet >> 4U];
        out += kDigits[octet & 0xFU];
    }
}

std::size_t
escaped_user_length(std::string_view user)
{
    std::size_t length = 0;
    for (const char c : user)
    {
        length += is_user_character(c) ? 1 : 3;
    }
    return length;
}

std::size_t
foreign_user_length(UserId user, const Names& names)
{
    const std::string_view kept = names.kept(user);
    return kept.empty() ? names.length(user) : escaped_user_length(kept);
}

void
append_quoted(std::string& out, std::string_view text)
{
    out += '"';
    for (const char c : text)
    {
        if (wants_backslash(c))
        {
            out += '\\';
        }
        out += c;
    }
    out += '"';
}

std::size_t
quoted_length(std::string_view text)
{
    return text.size() + 2 + static_cast<std::size_t>(std::ranges::count_if(text, wants_backslash));
}

std::string
lower_case(Transport transport, const Names& names)
{
    std::string text = names.text(transport);
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

void
append_uri(std::string& out, const Uri& uri, const Names& names)
{
    out += kScheme;
    if (uri.user != UserId{})
    {
        const std::string_view kept = names.kept(uri.user);
        if (kept.empty())
        {
            names.append(out, uri.user);
        }
        else
        {
            append_escaped_user(out, kept);
        }
        out += '@';
    }
    names.append(out, uri.at.host);
    if (uri.at.port != 0)
    {
        out += ':';
        out += std::to_string(uri.at.port);
    }
    if (uri.transport)
    {
        out += kTransportParameter;
        out += lower_case(*uri.transport, names);
    }
}

} // namespace sipsim::sip
