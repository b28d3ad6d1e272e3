#include "analysis/axes.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>

namespace sipsim::analysis
{
namespace
{

using nlohmann::json;

std::string
text_of(const json& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// "fleet.gateways.registration.retry_wait" -> "registration.retry_wait": without the kind and the name
// of what it belongs to.
std::string
short_label(const std::string& param)
{
    for (const char* kind : {"fleet.", "registrar.", "fault.", "nat.", "proxy.", "dns."})
    {
        const auto dot = param.find('.', std::string(kind).size());
        if (param.starts_with(kind) && dot != std::string::npos && dot + 1 < param.size())
        {
            return param.substr(dot + 1);
        }
    }
    return param;
}

Axis
axis_of(const json& entry)
{
    Axis axis;
    axis.param = entry.at("param").get<std::string>();
    axis.label = axis.param;
    if (const auto unit = entry.find("unit"); unit != entry.end() && unit->is_string())
    {
        axis.unit = unit->get<std::string>();
    }
    for (const auto& value : entry.at("values"))
    {
        axis.values.push_back(text_of(value));
    }
    if (const auto numeric = entry.find("numeric"); numeric != entry.end() && numeric->is_array())
    {
        for (const auto& value : *numeric)
        {
            if (value.is_number())
            {
                axis.numeric.push_back(value.get<double>());
            }
        }
    }
    if (axis.numeric.size() != axis.values.size())
    {
        axis.numeric.clear();
    }
    return axis;
}

} // namespace

std::vector<Axis>
axes_of(const json& sweep)
{
    std::vector<Axis> axes;
    try
    {
        std::ranges::transform(sweep, std::back_inserter(axes), axis_of);
    }
    catch (const json::exception& e)
    {
        throw BrokenStore(std::string("experiment.sweep_json: ") + e.what());
    }
    std::map<std::string, int> uses;
    for (const auto& axis : axes)
    {
        ++uses[short_label(axis.param)];
    }
    for (auto& axis : axes)
    {
        if (const auto label = short_label(axis.param); uses[label] == 1)
        {
            axis.label = label;
        }
    }
    return axes;
}

std::optional<std::size_t>
primary_axis(const std::vector<Axis>& axes)
{
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < axes.size(); ++i)
    {
        if (axes[i].values.size() < 2)
        {
            continue;
        }
        if (!axes[i].numeric.empty())
        {
            return i;
        }
        first = first.value_or(i);
    }
    return first;
}

std::vector<std::size_t>
point_index(const RunRow& run, const std::vector<Axis>& axes)
{
    std::vector<std::size_t> index;
    for (const auto& axis : axes)
    {
        const auto param = run.params.find(axis.param);
        const auto value = param == run.params.end() ? std::string() : text_of(*param);
        const auto at = std::ranges::find(axis.values, value);
        if (at == axis.values.end())
        {
            throw BrokenStore("run " + std::to_string(run.id) + " has " + axis.param + " = '" +
                              value + "', which is not in the sweep");
        }
        index.push_back(static_cast<std::size_t>(at - axis.values.begin()));
    }
    return index;
}

std::string
spaced_quantity(const std::string& text)
{
    const auto unit = text.find_first_not_of("0123456789.-+");
    const bool number = unit != std::string::npos && unit > 0 &&
                        std::isdigit(static_cast<unsigned char>(text[unit - 1])) != 0;
    const bool letters = number && std::isalpha(static_cast<unsigned char>(text[unit])) != 0 &&
                         text.find_first_of("0123456789", unit) == std::string::npos;
    return letters ? text.substr(0, unit) + " " + text.substr(unit) : text;
}

} // namespace sipsim::analysis
