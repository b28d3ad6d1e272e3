#include "scenarios/runner/config_profile.h"

#include "model/base/nearest.h"
#include "model/profile/choice.h"
#include "scenarios/runner/config_world.h"

#include <algorithm>
#include <cmath>

namespace sipsim::runner
{

namespace
{

constexpr std::string_view kRegistration = "registration.";
constexpr std::string_view kNat = "nat.";
constexpr std::string_view kDns = "dns.";
constexpr std::string_view kVendor = "vendor.";

std::optional<profile::Scalar>
scalar_of(const Value& value)
{
    if (const auto* flag = std::get_if<bool>(&value.data))
    {
        return *flag;
    }
    if (const auto* integer = std::get_if<std::int64_t>(&value.data))
    {
        return *integer;
    }
    if (const auto* number = std::get_if<double>(&value.data))
    {
        return *number;
    }
    if (const auto* text = std::get_if<std::string>(&value.data))
    {
        return *text;
    }
    return std::nullopt;
}

// nullopt: a date, or a list of lists.
std::optional<profile::Value>
profile_value_of(const Value& value)
{
    if (const auto scalar = scalar_of(value))
    {
        return profile::value_of(*scalar);
    }
    const auto* elements = std::get_if<std::vector<Value>>(&value.data);
    if (elements == nullptr)
    {
        return std::nullopt;
    }
    std::vector<profile::Scalar> list;
    for (const Value& element : *elements)
    {
        const auto scalar = scalar_of(element);
        if (!scalar)
        {
            return std::nullopt;
        }
        list.push_back(*scalar);
    }
    return list;
}

// Swept, a setting stands at another place for each value: the other one is blamed, once.
void
complain_of_twin(const Setting& second,
                 const Setting& first,
                 const std::string& clause,
                 Problems& problems)
{
    const bool swept = second.label && second.value.place.option.empty();
    const Setting& blamed = swept ? first : second;
    const Setting& other = swept ? second : first;
    const Place& place = other.value.place;
    problems.add(blamed.value.place,
                 complaint(blamed, clause + ": " + shown_key(other)) +
                     (place.option.empty() ? " in line " + std::to_string(place.line)
                                           : " (" + place.option + ")"));
}

// What a fleet says of its product, and where.
struct Written
{
    std::vector<profile::Setting> settings;
    std::vector<const Setting*> origins;
};

Written
settings_of(const Values& fleet, Problems& problems)
{
    Written written;
    for (const Setting& setting : fleet.section().settings)
    {
        if (!is_profile_key(setting.key))
        {
            continue;
        }
        const auto value = setting.table ? std::nullopt : profile_value_of(setting.value);
        if (!value)
        {
            problems.add(
                setting.value.place,
                complaint(setting, "must be a number, a text, true or false, or a list of them"));
            continue;
        }
        written.settings.push_back({setting.key, *value});
        written.origins.push_back(&setting);
    }
    return written;
}

// Keys of the fleet's own that choices of products stand for or need.
profile::FleetKeys
keys_beside(const Values& fleet)
{
    profile::FleetKeys keys;
    const auto says = [&](std::string_view key, std::string_view word) {
        const Setting* setting = fleet.section().find(key);
        const auto* text =
            setting == nullptr ? nullptr : std::get_if<std::string>(&setting->value.data);
        return text != nullptr && *text == word;
    };
    if (fleet.given("proxy") && !says("proxy", "none"))
    {
        keys.emplace_back("proxy");
    }
    if (fleet.given("configured") && !says("configured_ip_role", "name-server"))
    {
        keys.emplace_back("configured");
    }
    return keys;
}

void
report(const Values& fleet,
       const Written& written,
       const profile::SettingProblem& problem,
       Problems& problems)
{
    if (problem.setting && problem.twin)
    {
        complain_of_twin(*written.origins[*problem.setting],
                         *written.origins[*problem.twin],
                         problem.clause,
                         problems);
    }
    else if (problem.setting)
    {
        const Setting& origin = *written.origins[*problem.setting];
        problems.add(origin.value.place, complaint(origin, problem.clause));
    }
    else
    {
        problems.add(fleet.place("profile"), problem.clause);
    }
}

} // namespace

bool
is_profile_key(std::string_view key)
{
    return key.starts_with(kRegistration) || key.starts_with(kNat) || key.starts_with(kDns) ||
           key.starts_with(kVendor);
}

std::vector<std::string>
profile_names()
{
    return profile::builtin_profiles();
}

std::vector<std::string>
profile_keys(std::string_view profile)
{
    const profile::Profile* found = profile::builtin_profile(profile);
    return found == nullptr ? std::vector<std::string>{} : profile::setting_keys(*found);
}

bool
profile_has(std::string_view profile, std::string_view key)
{
    const profile::Profile* found = profile::builtin_profile(profile);
    if (found == nullptr)
    {
        return false;
    }
    if (key.starts_with(kVendor))
    {
        return found->find(key.substr(kVendor.size())) != nullptr;
    }
    const auto keys = profile::setting_keys(*found);
    return std::ranges::find(keys, key) != keys.end();
}

std::optional<SimDuration>
vendor_duration(std::string_view profile, std::string_view key, const Value& value)
{
    const profile::Profile* found = profile::builtin_profile(profile);
    const profile::VendorParameter* parameter = found == nullptr || !key.starts_with(kVendor)
                                                    ? nullptr
                                                    : found->find(key.substr(kVendor.size()));
    const auto written_value = profile_value_of(value);
    if (parameter == nullptr || parameter->one_unit == SimDuration::zero() || parameter->list ||
        !written_value)
    {
        return std::nullopt;
    }
    const Parsed<profile::Meant> parsed =
        profile::understand(*parameter, *written_value, found->product);
    const auto* meant = std::get_if<profile::Meant>(&parsed);
    if (meant == nullptr || meant->numbers.size() != 1)
    {
        return std::nullopt;
    }
    const double ns = meant->numbers.front() * static_cast<double>(parameter->one_unit.count());
    constexpr double kLongest = 9.0e18; // ns; its range refuses more
    return std::abs(ns) < kLongest ? std::optional{SimDuration{std::llround(ns)}} : std::nullopt;
}

const Products::Entry&
Products::get(const std::string& name)
{
    const auto found = entries_.find(name);
    return found != entries_.end() ? found->second
                                   : entries_.emplace(name, read(name)).first->second;
}

Products::Entry
Products::read(const std::string& name) const
{
    Entry entry;
    if (const profile::Profile* builtin = profile::builtin_profile(name))
    {
        entry.text = profile::builtin_text(name);
        entry.profile = *builtin;
        return entry;
    }
    if (!name.ends_with(".toml") && name.find('/') == std::string::npos)
    {
        const std::string hint = did_you_mean(name, profile_names());
        entry.clauses.push_back(
            "is no profile" +
            (hint.empty() ? "; there are " + joined(profile_names()) + ", or the path of a file"
                          : hint));
        return entry;
    }
    if (auto why = read_named_file(folder_ / name, entry.text))
    {
        entry.clauses.push_back(*std::move(why));
        return entry;
    }
    Checked<profile::Profile> loaded = profile::load_profile(entry.text);
    if (const auto* problems = std::get_if<std::vector<Problem>>(&loaded))
    {
        for (const Problem& problem : *problems)
        {
            entry.clauses.push_back(name + ':' + std::to_string(problem.line) + ':' +
                                    std::to_string(problem.column) + ": " + problem.message);
        }
        return entry;
    }
    entry.profile = std::get<profile::Profile>(std::move(loaded));
    return entry;
}

std::optional<Device>
read_device(const Values& fleet, Products& products, Findings& findings)
{
    const auto* name = fleet.find<std::string>("profile");
    if (name == nullptr)
    {
        return std::nullopt;
    }
    const Products::Entry& product = products.get(*name);
    for (const std::string& clause : product.clauses)
    {
        fleet.complain("profile", clause);
    }
    if (!product.profile)
    {
        return std::nullopt;
    }
    const Written written = settings_of(fleet, findings.errors);
    Device device;
    profile::Applied applied;
    const auto found = profile::apply(*product.profile,
                                      written.settings,
                                      device.options,
                                      keys_beside(fleet),
                                      &applied);
    for (const profile::SettingProblem& problem : found)
    {
        report(fleet, written, problem, findings.errors);
    }
    const auto tell = [&](const std::vector<profile::SettingProblem>& told, Problems& problems) {
        for (const profile::SettingProblem& problem : told)
        {
            const Setting& origin = *written.origins[*problem.setting];
            problems.add(origin.value.place, shown_key(origin) + ": " + problem.clause);
        }
    };
    tell(applied.idle, findings.idle);
    tell(applied.raised, findings.warnings);
    for (std::size_t i = 0; i < applied.writes.size(); ++i)
    {
        if (!applied.writes[i].empty())
        {
            const Setting& origin = *written.origins[i];
            device.vendor.push_back({origin.key, shown_key(origin), applied.writes[i]});
        }
    }
    return found.empty() ? std::optional{device} : std::nullopt;
}

} // namespace sipsim::runner
