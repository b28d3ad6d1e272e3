#include "model/network/graphml_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace sipsim::network
{

std::string
quoted(std::string_view text)
{
    // A message is a line of a terminal, whatever the file holds.
    constexpr std::size_t kLongest = 60;
    std::string shown{text.substr(0, kLongest)};
    std::replace_if(
        shown.begin(),
        shown.end(),
        [](unsigned char c) { return c < 0x20; },
        ' ');
    return "\"" + shown + (text.size() > kLongest ? "...\"" : "\"");
}

std::string
shortest_text(double value)
{
    std::array<char, 32> digits{};
    const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return {digits.data(), result.ptr};
}

std::string_view
trimmed(std::string_view text)
{
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kSpace);
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string
fault_of_number(const GraphmlAttribute& attribute, std::string_view type, std::string_view text)
{
    const std::string what = std::string{attribute.name} + " " + quoted(text);
    double value = 0.0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || stop != end)
    {
        return what + " is not a number: write one like 12.5, or delete the <data>";
    }
    if (!std::isfinite(value))
    {
        return what + " is not a finite number: write one, or delete the <data>";
    }
    if (value < attribute.min || value > attribute.max)
    {
        return what + " is out of range: " + shortest_text(attribute.min) + " to " +
               shortest_text(attribute.max) + " " + std::string{attribute.unit};
    }
    long long whole = 0;
    const auto integer = std::from_chars(text.data(), end, whole);
    const bool fits = integer.ec == std::errc{} && integer.ptr == end &&
                      (type == "long" || std::in_range<int>(whole));
    if ((type == "int" || type == "long") && !fits)
    {
        return what + " is no " + std::string{type} + ": declare its key with attr.type=\"double\"";
    }
    return {};
}

} // namespace sipsim::network
