#pragma once

// Models : numbers as the texts SIP and our canonical identities use.
// Drives : Names and the codec.
// Keeps  : what is appended or measured here is what is parsed back here.
// Leaves : numbers in header fields (codec_fields.h is stricter about what stands around them).

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sipsim::sip
{

inline constexpr std::size_t kHexDigits = 16;

/// Lower-case hexadecimal, all 16 digits.
[[nodiscard]] std::array<char, kHexDigits> hex(std::uint64_t number);

/// Lower-case hexadecimal digits only, at most 16 of them; nullopt if there is any other character.
[[nodiscard]] std::optional<std::uint64_t> parse_hex(std::string_view text);

/// Decimal, with leading zeros up to `least_digits`.
void append_decimal(std::string& out, std::uint64_t number, std::size_t least_digits);

inline constexpr std::array<std::uint64_t, 20> kPowersOfTen = [] {
    std::array<std::uint64_t, 20> powers{};
    std::uint64_t power = 1;
    for (auto& p : powers)
    {
        p = power;
        power *= 10;
    }
    return powers;
}();

/// By the place of a number's first bit: the upper half of the sum of this and the number is its length (Kendall
/// Willets, Daniel Lemire).
inline constexpr std::array<std::uint64_t, 32> kLengthSummands = [] {
    std::array<std::uint64_t, 32> summands{};
    std::uint64_t length = 1;
    for (std::size_t bit = 0; bit < summands.size(); ++bit)
    {
        const bool longer = (std::uint64_t{2} << bit) > kPowersOfTen[length]; // than the shortest
        summands[bit] = ((length + (longer ? 1 : 0)) << 32U) - (longer ? kPowersOfTen[length] : 0);
        length += longer ? 1 : 0;
    }
    return summands;
}();

[[nodiscard]] constexpr std::size_t
decimal_length(std::uint64_t number)
{
    if (number <= UINT32_MAX)
    {
        const auto width = static_cast<std::size_t>(std::bit_width(number | 1U)); // 0 has one digit
        return (number + kLengthSummands[width - 1]) >> 32U;
    }
    return static_cast<std::size_t>(std::ranges::upper_bound(kPowersOfTen, number) -
                                    kPowersOfTen.begin());
}

inline constexpr std::array<std::uint8_t, 256> kOctetLengths = [] {
    std::array<std::uint8_t, 256> lengths{};
    for (std::size_t octet = 0; octet < lengths.size(); ++octet)
    {
        lengths[octet] = static_cast<std::uint8_t>(decimal_length(octet));
    }
    return lengths;
}();

/// Length of the dotted quad of an address.
[[nodiscard]] constexpr std::size_t
quad_length(std::uint32_t address)
{
    return std::size_t{3} + kOctetLengths[address >> 24U] +
           kOctetLengths[(address >> 16U) & 0xFFU] + kOctetLengths[(address >> 8U) & 0xFFU] +
           kOctetLengths[address & 0xFFU];
}

/// The strict dotted quad: four decimal numbers up to 255 without leading zeros; host byte order.
[[nodiscard]] std::optional<std::uint32_t> parse_quad(std::string_view text);

} // namespace sipsim::sip
