#include "model/sip/number_text.h"

#include <array>
#include <charconv>

namespace sipsim::sip
{

std::array<char, kHexDigits>
hex(std::uint64_t number)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::array<char, kHexDigits> digits{};
    for (std::size_t i = kHexDigits; i-- > 0; number >>= 4U)
    {
        digits[i] = kDigits[number & 0xFU];
    }
    return digits;
}

void
append_decimal(std::string& out, std::uint64_t number, std::size_t least_digits)
{
    const std::size_t digits = decimal_length(number);
    out.append(digits < least_digits ? least_digits - digits : 0, '0');
    std::array<char, 20> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    out.append(text.data(), end);
}

std::optional<std::uint64_t>
parse_hex(std::string_view text)
{
    std::uint64_t number = 0;
    for (const char c : text)
    {
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
        {
            return std::nullopt;
        }
        number = (number << 4U) | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return number;
}

std::optional<std::uint32_t>
parse_quad(std::string_view text)
{
    std::uint32_t address = 0;
    for (int part = 0; part < 4; ++part)
    {
        if (part > 0)
        {
            if (text.empty() || text.front() != '.')
            {
                return std::nullopt;
            }
            text.remove_prefix(1);
        }
        std::uint32_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const auto length = static_cast<std::size_t>(end - text.data());
        if (error != std::errc{} || value > 255 || length != decimal_length(value))
        {
            return std::nullopt;
        }
        address = (address << 8U) | value;
        text.remove_prefix(length);
    }
    return text.empty() ? std::optional{address} : std::nullopt;
}

} // namespace sipsim::sip
