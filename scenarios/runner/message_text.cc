#include "scenarios/runner/message_text.h"

#include <cstdio>

namespace sipsim::runner
{

namespace
{

constexpr std::string_view kCut = "...";

// C0 and DEL, and C1 as UTF-8 has it (C2 80 to C2 9F), which terminals obey as well.
std::string
without_controls(std::string_view text)
{
    std::string shown;
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        const auto octet = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        char escape[8] = "";
        if (octet == '\n' || octet == '\t' || octet == '\r')
        {
            shown += octet == '\n' ? "\\n" : octet == '\t' ? "\\t" : "\\r";
        }
        else if (octet < 0x20 || octet == 0x7F)
        {
            std::snprintf(escape, sizeof escape, "\\x%02x", octet);
            shown += escape;
        }
        else if (octet == 0xC2 && next >= 0x80 && next < 0xA0)
        {
            std::snprintf(escape, sizeof escape, "\\u%04x", next);
            shown += escape;
            ++i;
        }
        else
        {
            shown += text[i];
        }
    }
    return shown;
}

// The first `octets` of it or fewer: no character is cut in two.
std::string_view
beginning(std::string_view text, std::size_t octets)
{
    while (octets > 0 && octets < text.size() &&
           (static_cast<unsigned char>(text[octets]) & 0xC0U) == 0x80U)
    {
        --octets;
    }
    return text.substr(0, octets);
}

std::string
cut(std::string_view text)
{
    return text.size() <= kLongestQuoted
               ? std::string{text}
               : std::string{beginning(text, kLongestQuoted - kCut.size())}.append(kCut);
}

// Of what stands between two quotes, its words.
std::string
cut_words(std::string_view text)
{
    std::string shown;
    while (!text.empty())
    {
        const std::size_t space = text.find(' ');
        const std::string_view word = text.substr(0, space);
        const bool told = word.ends_with(':'); // "PATH: what is wrong with it"
        shown += cut(word.substr(0, word.size() - (told ? 1 : 0))) + (told ? ":" : "");
        if (space == std::string_view::npos)
        {
            break;
        }
        shown += ' ';
        text.remove_prefix(space + 1);
    }
    return shown;
}

} // namespace

std::string
presentable(std::string_view message)
{
    const std::string plain = without_controls(message);
    std::string_view rest = plain;
    std::string shown;
    for (bool quoted = false;; quoted = !quoted)
    {
        const std::size_t quote = rest.find('"');
        const std::string_view piece = rest.substr(0, quote);
        // An odd quote ends nothing.
        shown += quoted && quote != std::string_view::npos ? cut(piece) : cut_words(piece);
        if (quote == std::string_view::npos)
        {
            break;
        }
        shown += '"';
        rest.remove_prefix(quote + 1);
    }
    if (shown.size() <= kLongestMessage)
    {
        return shown;
    }
    // What is wrong stands at the beginning, what to do at the end.
    std::string_view last = std::string_view{shown}.substr(shown.size() - kLongestMessage / 4);
    while (!last.empty() && (static_cast<unsigned char>(last.front()) & 0xC0U) == 0x80U)
    {
        last.remove_prefix(1); // of a character cut in two
    }
    const std::string_view first = beginning(shown, kLongestMessage / 2);
    return std::string{first}.append(" ").append(kCut).append(" ").append(
        last.substr(last.find(' ') + 1));
}

} // namespace sipsim::runner
