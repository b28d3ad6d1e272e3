#include "model/network/xml_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace sipsim::network
{

namespace
{

/// Bytes of the UTF-8 sequence at the front of `text`; 0 if it is not one of RFC 3629.
std::size_t
utf8_length(std::string_view text)
{
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte(i) >= low && byte(i) <= high;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80)
    {
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF)
    {
        return tail(1) ? 2 : 0;
    }
    if (lead >= 0xE0 && lead <= 0xEF)
    {
        // No overlong forms, no surrogates.
        const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = lead == 0xED ? 0x9F : 0xBF;
        return tail(1, low, high) && tail(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4)
    {
        const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
        return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

bool
is_xml_character(std::uint32_t code)
{
    return code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code <= 0xD7FF) ||
           (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x1'0000 && code <= 0x10'FFFF);
}

void
append_utf8(std::uint32_t code, std::string& out)
{
    const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80)
    {
        put(code);
    }
    else if (code < 0x800)
    {
        put(0xC0 | (code >> 6U));
        put(0x80 | (code & 0x3FU));
    }
    else if (code < 0x1'0000)
    {
        put(0xE0 | (code >> 12U));
        put(0x80 | ((code >> 6U) & 0x3FU));
        put(0x80 | (code & 0x3FU));
    }
    else
    {
        put(0xF0 | (code >> 18U));
        put(0x80 | ((code >> 12U) & 0x3FU));
        put(0x80 | ((code >> 6U) & 0x3FU));
        put(0x80 | (code & 0x3FU));
    }
}

/// The character of a reference's name (between & and ;): a number or one of XML's five.
std::optional<std::uint32_t>
referenced(std::string_view name)
{
    constexpr std::pair<std::string_view, char> kFive[] = {{"amp", '&'},
                                                           {"lt", '<'},
                                                           {"gt", '>'},
                                                           {"quot", '"'},
                                                           {"apos", '\''}};
    for (const auto& [known, character] : kFive)
    {
        if (name == known)
        {
            return static_cast<unsigned char>(character);
        }
    }
    if (!name.starts_with('#'))
    {
        return std::nullopt;
    }
    name.remove_prefix(1);
    const int base = name.starts_with('x') ? 16 : 10;
    name.remove_prefix(base == 16 ? 1 : 0);
    std::uint32_t code = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, base);
    const bool whole = error == std::errc{} && end == name.data() + name.size();
    return whole && is_xml_character(code) ? std::optional{code} : std::nullopt;
}

} // namespace

std::optional<std::size_t>
first_bad_byte(std::string_view text)
{
    for (std::size_t i = 0; i < text.size();)
    {
        const std::size_t length = utf8_length(text.substr(i));
        const auto byte = static_cast<unsigned char>(text[i]);
        if (length == 0 || (length == 1 && !is_xml_character(byte)))
        {
            return i;
        }
        i += length;
    }
    return std::nullopt;
}

std::optional<std::size_t>
replace_references(std::string_view raw, std::string& out)
{
    for (std::size_t i = 0; i < raw.size();)
    {
        if (raw[i] != '&')
        {
            const std::size_t stop = std::min(raw.find('&', i), raw.size());
            out.append(raw.substr(i, stop - i));
            i = stop;
            continue;
        }
        constexpr std::size_t kLongestReference = 12;
        const std::size_t semicolon = raw.substr(i, kLongestReference).find(';');
        const auto code = semicolon == std::string_view::npos
                              ? std::nullopt
                              : referenced(raw.substr(i + 1, semicolon - 1));
        if (!code)
        {
            return i;
        }
        append_utf8(*code, out);
        i += semicolon + 1;
    }
    return std::nullopt;
}

std::string
escaped(std::string_view text)
{
    std::string out;
    for (const char c : text)
    {
        switch (c)
        {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

} // namespace sipsim::network
