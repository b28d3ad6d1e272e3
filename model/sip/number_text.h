#pragma once

// Models : numbers as the texts SIP and our canonical identities use.
// Drives : Names and the codec.
// Keeps  : what is appended or measured here is what is parsed back here.
// Leaves : numbers in header fields (codec_fields.h is stricter about what stands around them).

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

[[nodiscard]] constexpr std::size_t
decimal_length(std::uint64_t number)
{
    // 1233/4096 is just above log10(2): the length, or one more where the power of ten is not reached.
    const std::uint64_t positive = number | 1U; // 0 has one digit, too
    const std::size_t guess = (static_cast<std::size_t>(std::bit_width(positive)) * 1233) >> 12U;
    return guess + (positive >= kPowersOfTen[guess] ? 1 : 0);
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
