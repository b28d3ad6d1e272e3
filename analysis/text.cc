#include "analysis/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace sipsim::analysis
{
namespace
{

int
decimals_of(double value)
{
    const double size = std::abs(value);
    if (size == 0.0 || size >= 100.0)
    {
        return 0;
    }
    return std::clamp(2 - static_cast<int>(std::floor(std::log10(size))), 0, 9);
}

// Enough that the ends of the interval differ in print, at most two more than usual.
int
decimals_of(const MeanEstimate& e, double scale)
{
    const int usual = decimals_of(e.mean * scale);
    if (!e.interval || e.interval->low == e.interval->high)
    {
        return usual;
    }
    const double half = 0.5 * (e.interval->high - e.interval->low) * scale;
    const int needed = static_cast<int>(std::ceil(-std::log10(half)));
    return std::clamp(needed, usual, usual + 2);
}

std::string
fixed(double value, int decimals)
{
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
    const std::string text = buffer.data();
    return text.find_first_not_of("-0.") == std::string::npos ? "0" : text; // no "-0.0"
}

struct Scale
{
    double factor;
    const char* unit;
};

Scale
duration_scale(double seconds)
{
    if (std::abs(seconds) < 120.0)
    {
        return {1.0, "s"};
    }
    return std::abs(seconds) < 7200.0 ? Scale{1.0 / 60.0, "min"} : Scale{1.0 / 3600.0, "h"};
}

} // namespace

std::string
number_text(double value)
{
    return fixed(value, decimals_of(value));
}

std::string
setting_text(double value)
{
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.6g", value);
    return buffer.data();
}

std::string
estimate_text(const MeanEstimate& e, double scale, const std::string& unit)
{
    const int decimals = decimals_of(e, scale);
    std::string mean =
        fixed(e.mean * scale, decimals) + (unit.empty() ? std::string() : " " + unit);
    if (!e.interval)
    {
        return mean;
    }
    if (e.interval->low == e.interval->high)
    {
        return mean + " [equal in all " + std::to_string(e.n) + " runs]";
    }
    const std::string low = fixed(e.interval->low * scale, decimals);
    const std::string high = fixed(e.interval->high * scale, decimals);
    return mean + (low == high ? " [within " + fixed(std::pow(10.0, -decimals), decimals) + "]"
                               : " [" + low + ", " + high + "]");
}

std::string
duration_text(const MeanEstimate& seconds)
{
    const auto [factor, unit] = duration_scale(seconds.mean);
    return estimate_text(seconds, factor, unit);
}

std::string
duration_text(double seconds)
{
    const auto [factor, unit] = duration_scale(seconds);
    return number_text(seconds * factor) + " " + unit;
}

} // namespace sipsim::analysis
