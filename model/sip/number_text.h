#pragma once

// Models : numbers as the texts SIP and our canonical identities use.
// Drives : Names and the codec.
// Keeps  : what is appended or measured here is what is parsed back here.
// Leaves : numbers in header fields (codec_fields.h is stricter about what stands around them).

#include <array>
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
[[nodiscard]] std::size_t decimal_length(std::uint64_t number);

/// The strict dotted quad: four decimal numbers up to 255 without leading zeros; host byte order.
[[nodiscard]] std::optional<std::uint32_t> parse_quad(std::string_view text);

} // namespace sipsim::sip
