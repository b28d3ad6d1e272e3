#include "model/base/nearest.h"
#include "model/profile/profile.h"
#include "scenarios/runner/config_schema.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sipsim::runner
{

namespace
{

using profile::ParameterInfo;

nlohmann::ordered_json
to_json(const std::string& profile, const ParameterInfo& p)
{
    return {{"profile", profile},
            {"key", p.key},
            {"other_names", p.keys},
            {"kind", p.kind},
            {"type", p.type},
            {"unit", p.unit},
            {"default", p.default_value},
            {"value", p.value},
            {"range", p.range},
            {"effect", p.effect},
            {"meaning", p.meaning},
            {"source", p.source},
            {"note", p.note}};
}

/// "key (other names)" and below it what there is to say.
void
print(const ParameterInfo& p)
{
    fmt::print("{}{}\n",
               p.key,
               p.keys.empty() ? "" : fmt::format("  [{}]", fmt::join(p.keys, ", ")));
    const auto line = [](const char* label, const std::string& text) {
        if (!text.empty())
        {
            fmt::print("    {:<8} {}\n", label, text);
        }
    };
    line("is", p.meaning);
    line("type", p.type);
    line("default", p.default_value);
    line("value", p.value != p.default_value ? p.value : "");
    line("range", p.range + (p.unit.empty() ? "" : fmt::format(" [{}]", p.unit)));
    line("sets", p.effect);
    line("source", p.source);
    line("note", p.note);
}

/// A group of parameters under one heading.
struct Group
{
    std::string profile; // empty: our own
    std::string heading;
    std::vector<ParameterInfo> parameters;
};

/// The keys of a configuration other than a fleet's registration.* and vendor.*.
Group
config_group()
{
    Group group{"", "Keys of an experiment file", {}};
    for (const KeySpec& key : config_keys())
    {
        ParameterInfo info;
        info.key = fmt::format("{}.{}", key.section, key.key);
        info.kind = "config";
        info.type = type_text(key);
        info.default_value = key.fallback == kRequired && !key.kinds.empty()
                                 ? "(required of these kinds)"
                                 : std::string{key.fallback};
        info.range = range_text(key);
        info.meaning = key.meaning;
        info.note =
            key.kinds.empty() ? "" : fmt::format("of {} only", joined(split_choices(key.kinds)));
        group.parameters.push_back(std::move(info));
    }
    return group;
}

std::vector<Group>
all_groups()
{
    std::vector<Group> groups{
        config_group(),
        {"", "registration.* of a fleet, whatever its profile", profile::parameters()}};
    for (const auto& name : profile::builtin_profiles())
    {
        const profile::Profile& product = *profile::builtin_profile(name);
        Group group{name,
                    fmt::format("{} ({})", product.product, name),
                    profile::parameters(product)};
        std::erase_if(group.parameters, [](const ParameterInfo& p) { return p.kind == "model"; });
        groups.push_back(std::move(group));
    }
    return groups;
}

} // namespace

int
params(const ParamsArgs& args)
{
    std::vector<Group> groups;
    if (args.profile)
    {
        const profile::Profile* product = profile::builtin_profile(*args.profile);
        if (product == nullptr)
        {
            fmt::print(stderr,
                       "sipsim: error: --profile {}: no such profile{}; there are {}\n",
                       *args.profile,
                       did_you_mean(*args.profile, profile::builtin_profiles()),
                       fmt::join(profile::builtin_profiles(), ", "));
            return kUsage;
        }
        groups.push_back({*args.profile,
                          fmt::format("{} ({})", product->product, *args.profile),
                          profile::parameters(*product)});
    }
    else
    {
        groups = all_groups();
    }
    auto json = nlohmann::ordered_json::array();
    for (const auto& group : groups)
    {
        if (!args.json)
        {
            fmt::print("{}{}\n\n", &group == groups.data() ? "" : "\n", group.heading);
        }
        for (const auto& parameter : group.parameters)
        {
            if (args.json)
            {
                json.push_back(to_json(group.profile, parameter));
            }
            else
            {
                print(parameter);
            }
        }
    }
    if (args.json)
    {
        fmt::print("{}\n", json.dump(1));
    }
    return kOk;
}

} // namespace sipsim::runner
