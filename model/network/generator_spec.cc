// The text form of the generators: see generators.h.

#include "model/network/generators.h"
#include "model/network/graphml_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace sipsim::network
{

namespace
{

/// Where a parameter goes.
using Target = std::variant<std::uint32_t*, std::uint64_t*, double*>;

struct Parameter
{
    std::string_view name;
    Target target;
};

template <class Number>
bool
parse_into(Number* target, std::string_view text)
{
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, *target);
    if (!text.empty() && error == std::errc{} && stop == end)
    {
        return true;
    }
    if constexpr (std::is_integral_v<Number>)
    {
        // 100e9 is a whole number, too; up to 2^53 a double tells them all apart.
        constexpr auto kMost = static_cast<double>(
            std::min(std::uint64_t{std::numeric_limits<Number>::max()}, std::uint64_t{1} << 53U));
        double number = 0;
        if (parse_into(&number, text) && number >= 0 && number <= kMost &&
            number == std::floor(number))
        {
            *target = static_cast<Number>(number);
            return true;
        }
    }
    return false;
}

std::string
names_of(const std::vector<Parameter>& parameters)
{
    std::string names;
    for (const Parameter& parameter : parameters)
    {
        names += (names.empty() ? "" : ", ") + std::string{parameter.name};
    }
    return names;
}

/// Sets one "name=value"; gives what is wrong with it.
std::string
set(const std::vector<Parameter>& parameters, std::vector<bool>& given, std::string_view setting)
{
    const std::size_t equals = setting.find('=');
    const std::string_view name = setting.substr(0, equals);
    if (equals == std::string_view::npos)
    {
        return quoted(setting) + " is no parameter: write name=value";
    }
    const std::string_view value = setting.substr(equals + 1);
    for (std::size_t i = 0; i < parameters.size(); ++i)
    {
        if (parameters[i].name != name)
        {
            continue;
        }
        if (given[i])
        {
            return quoted(name) + " is given twice";
        }
        given[i] = true;
        const bool read = std::visit([&](auto* target) { return parse_into(target, value); },
                                     parameters[i].target);
        const bool whole = !std::holds_alternative<double*>(parameters[i].target);
        return read ? std::string{}
                    : quoted(setting) + ": the value must be a " +
                          (whole ? "whole number, 0 or more" : "number");
    }
    return "no parameter " + quoted(name) + ": there are " + names_of(parameters);
}

/// Reads "name=value&name=value"; `column` is that of its first character.
std::vector<Problem>
read_settings(const std::vector<Parameter>& parameters, std::string_view settings, int column)
{
    std::vector<Problem> problems;
    std::vector<bool> given(parameters.size(), false);
    while (!settings.empty())
    {
        const std::string_view setting = settings.substr(0, settings.find('&'));
        std::string fault = set(parameters, given, setting);
        if (!fault.empty())
        {
            problems.push_back({1, column, std::move(fault)});
        }
        const std::size_t step = std::min(setting.size() + 1, settings.size());
        settings.remove_prefix(step);
        column += static_cast<int>(step);
    }
    return problems;
}

template <class Family>
Checked<Topology>
generate_family(Family& family,
                const std::vector<Parameter>& parameters,
                std::string_view settings,
                int column,
                double route_factor)
{
    auto problems = read_settings(parameters, settings, column);
    if (!problems.empty())
    {
        return problems;
    }
    return generate(family, route_factor);
}

} // namespace

Checked<Topology>
generate(std::string_view spec, double route_factor)
{
    constexpr std::string_view kPrefix = "generate:";
    std::string_view rest = spec;
    if (rest.starts_with(kPrefix))
    {
        rest.remove_prefix(kPrefix.size());
    }
    const std::string_view family = rest.substr(0, rest.find_first_of("?:"));
    const std::string_view settings = rest.substr(std::min(family.size() + 1, rest.size()));
    const int column = static_cast<int>(spec.size() - settings.size()) + 1;
    if (family == "access-rings")
    {
        AccessRings what;
        return generate_family(what,
                               {{"core", &what.core},
                                {"aggregation_rings", &what.aggregation_rings},
                                {"aggregation", &what.aggregation},
                                {"access_rings", &what.access_rings},
                                {"access", &what.access},
                                {"core_km", &what.core_km},
                                {"aggregation_km", &what.aggregation_km},
                                {"access_km", &what.access_km},
                                {"core_bps", &what.core_bps},
                                {"aggregation_bps", &what.aggregation_bps},
                                {"access_bps", &what.access_bps},
                                {"latitude", &what.centre.latitude},
                                {"longitude", &what.centre.longitude}},
                               settings,
                               column,
                               route_factor);
    }
    if (family == "scale-free")
    {
        ScaleFree what;
        return generate_family(what,
                               {{"nodes", &what.nodes},
                                {"links", &what.links},
                                {"seed", &what.seed},
                                {"radius_km", &what.radius_km},
                                {"bps", &what.bps},
                                {"latitude", &what.centre.latitude},
                                {"longitude", &what.centre.longitude}},
                               settings,
                               column,
                               route_factor);
    }
    return std::vector{
        Problem{1,
                static_cast<int>(spec.size() - rest.size()) + 1,
                "no generator " + quoted(family) + ": there are access-rings and scale-free"}};
}

} // namespace sipsim::network
