#pragma once

#include "model/base/draw.h"
#include "model/dns/codec.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace sipsim::dns
{

/// Hex digits, blanks between them ignored; 'text' in quotes stands for itself.
inline std::string
octets(std::string_view hex)
{
    std::string text;
    for (std::size_t i = 0; i < hex.size(); ++i)
    {
        if (hex[i] == '\'')
        {
            for (++i; hex[i] != '\''; ++i)
            {
                text.push_back(hex[i]);
            }
        }
        else if (hex[i] != ' ')
        {
            text.push_back(
                static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
            ++i;
        }
    }
    return text;
}

inline std::string
hex(std::string_view octets)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const char c : octets)
    {
        text.push_back(kDigits[static_cast<std::uint8_t>(c) >> 4U]);
        text.push_back(kDigits[static_cast<std::uint8_t>(c) & 15U]);
    }
    return text;
}

/// Names and records, written short.
struct Book
{
    Names names{10'000};

    Name operator()(std::string_view text)
    {
        const auto name = names.name(text);
        REQUIRE_MESSAGE(name, text);
        return *name;
    }

    Octets text(std::string_view text)
    {
        return names.octets(text).value();
    }

    Record a(std::string_view owner, std::uint32_t address, std::uint32_t ttl = 300)
    {
        return {(*this)(owner), Type::kA, Class::kIn, ttl, A{address}};
    }

    Record aaaa(std::string_view owner, std::uint32_t last, std::uint32_t ttl = 300)
    {
        return {(*this)(owner), Type::kAaaa, Class::kIn, ttl, Aaaa{{0x20010DB8, 0, 0, last}}};
    }

    Record cname(std::string_view owner, std::string_view target, std::uint32_t ttl = 300)
    {
        return {(*this)(owner), Type::kCname, Class::kIn, ttl, Pointer{(*this)(target)}};
    }

    Record srv(std::string_view owner,
               std::uint16_t priority,
               std::uint16_t weight,
               std::string_view target,
               std::uint16_t port = 5060,
               std::uint32_t ttl = 300)
    {
        return {(*this)(owner),
                Type::kSrv,
                Class::kIn,
                ttl,
                Srv{priority, weight, port, (*this)(target)}};
    }

    Record naptr(std::string_view owner,
                 std::uint16_t order,
                 std::uint16_t preference,
                 std::string_view services,
                 std::string_view replacement,
                 std::uint32_t ttl = 300)
    {
        return {(*this)(owner),
                Type::kNaptr,
                Class::kIn,
                ttl,
                Naptr{order, preference, text("s"), text(services), {}, (*this)(replacement)}};
    }

    Record soa(std::string_view origin, std::uint32_t ttl = 3600, std::uint32_t minimum = 60)
    {
        const std::string at = origin == "." ? "" : "." + std::string{origin};
        Soa soa{(*this)("ns1" + at), (*this)("hostmaster" + at)};
        soa.minimum = minimum;
        return {(*this)(origin), Type::kSoa, Class::kIn, ttl, soa};
    }
};

inline Message
taken(const Decoded& decoded)
{
    if (const auto* refusal = std::get_if<Refusal>(&decoded))
    {
        FAIL(reason(refusal->flaw));
    }
    return std::get<Message>(decoded);
}

} // namespace sipsim::dns
