#include "model/profile/choice.h"
#include "model/profile/device_parameters.h"
#include "model/profile/profile.h"
#include "model/profile/standing.h"

#include <algorithm>

namespace sipsim::profile
{

namespace
{

std::string
effect_text(const VendorParameter& p)
{
    if (p.simulated == Simulated::kInstead)
    {
        return "set " + owner_and_key(p.instead) + " instead";
    }
    if (p.simulated == Simulated::kNot)
    {
        return p.only ? "not simulated but for " + written(*p.only) : "not simulated";
    }
    std::string text;
    const auto add = [](std::string& to, const std::vector<Effect>& effects) {
        for (const Effect& effect : effects)
        {
            to += (to.empty() ? "" : ", ") + effect.sets + " = " + written(effect.value);
        }
    };
    if (!p.number_sets.empty())
    {
        text = p.number_sets + (p.plus == 0 ? "" : " (+" + std::to_string(p.plus) + ")");
        add(text, p.also);
    }
    for (const Choice& choice : p.choices)
    {
        std::string effects = choice.word ? written(*choice.word) : "";
        add(effects, choice.effects);
        if (!choice.instead.empty())
        {
            effects =
                "the fleet's `" + choice.instead + "`" + (effects.empty() ? "" : ", ") + effects;
        }
        else if (!choice.simulated)
        {
            effects += "not simulated";
        }
        if (!choice.needs.empty())
        {
            effects += (effects.empty() ? "" : ", ") + ("with the fleet's `" + choice.needs + "`");
        }
        text += (text.empty() ? "" : "; ") + choice.name + ": " + effects;
    }
    if (p.when)
    {
        text += "; if " + p.when->parameter + " is " + p.when->choice;
    }
    return text;
}

std::string
type_text(const VendorParameter& p)
{
    if (p.list)
    {
        return "list of numbers";
    }
    if (p.numeric)
    {
        return p.choices.empty() ? "number" : "number or choice";
    }
    return p.choices.empty() ? "text" : "choice";
}

ParameterInfo
row_of(const VendorParameter& p)
{
    ParameterInfo row;
    row.key = "vendor.\"" + p.name + "\"";
    row.keys = p.keys;
    row.kind = p.reading ? "reading" : "vendor";
    row.type = type_text(p);
    row.unit = p.unit;
    row.default_value = p.default_value ? written(*p.default_value) : "unknown";
    row.value = p.default_value ? row.default_value : p.assumed ? written(*p.assumed) : "";
    row.range = range_text(p);
    row.effect = effect_text(p);
    row.meaning = p.meaning;
    row.source = p.source;
    row.note = p.note;
    return row;
}

ParameterInfo
row_of(const DeviceParameter& own, const DeviceOptions& options)
{
    ParameterInfo row;
    row.key = own.name;
    row.kind = "model";
    row.type = name_of(own.type);
    row.unit = unit_of(own.type);
    row.default_value = own.read({});
    row.value = own.read(options);
    row.range = range_text(own);
    row.meaning = own.meaning;
    row.source = own.source;
    return row;
}

} // namespace

std::vector<ParameterInfo>
parameters()
{
    std::vector<ParameterInfo> rows;
    for (const DeviceParameter& own : device_parameters())
    {
        rows.push_back(row_of(own, {}));
    }
    return rows;
}

std::vector<ParameterInfo>
parameters(const Profile& profile)
{
    DeviceOptions options;
    apply_known(profile, options);
    const std::vector<std::string> demanded = must_be_set(profile);
    std::vector<ParameterInfo> rows;
    for (const DeviceParameter& own : device_parameters())
    {
        ParameterInfo row = row_of(own, options);
        for (const VendorParameter& p : profile.parameters)
        {
            if (p.simulated == Simulated::kYes && p.number_sets == own.name && p.low < p.high)
            {
                row.range = format(p.low) + p.unit + " to " + format(p.high) + p.unit;
                row.note = profile.product + ": " + p.name;
            }
        }
        const auto unknown = std::ranges::find_if(profile.unknowns, [&](const Unknown& u) {
            return u.sets == own.name;
        });
        if (unknown != profile.unknowns.end())
        {
            row.value = "unknown: must be set";
            row.note = unknown->why;
        }
        const auto why = std::ranges::find_if(profile.assumptions, [&](const Assumption& a) {
            return a.sets == own.name;
        });
        if (why != profile.assumptions.end())
        {
            row.note = why->why;
        }
        rows.push_back(row);
    }
    for (const VendorParameter& p : profile.parameters)
    {
        rows.push_back(row_of(p));
        if (std::ranges::find(demanded, rows.back().key) != demanded.end())
        {
            rows.back().value = "unknown: must be set";
        }
    }
    return rows;
}

} // namespace sipsim::profile
