#include "model/profile/standing.h"

#include "model/base/nearest.h"
#include "model/profile/device_parameters.h"
#include "model/profile/field_access.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace sipsim::profile
{

namespace
{

constexpr std::string_view kVendor = "vendor.";

// Two values of one of our parameters are one.
bool
same_of_ours(std::string_view name, const Value& a, const Value& b)
{
    const DeviceParameter* own = find_device_parameter(name);
    DeviceOptions one;
    DeviceOptions other;
    return own != nullptr && !own->write(one, a) && !own->write(other, b) &&
           own->read(one) == own->read(other);
}

bool
contains(const FleetKeys& fleet, std::string_view key)
{
    return std::ranges::find(fleet, key) != fleet.end();
}

} // namespace

Standing::Standing(const Profile& profile,
                   std::span<const Setting> settings,
                   const FleetKeys& fleet)
    : profile_(profile),
      settings_(settings),
      fleet_(fleet),
      meant_(profile.parameters.size()),
      set_by_(profile.parameters.size())
{
}

void
Standing::settle()
{
    for (std::size_t i = 0; i < settings_.size(); ++i)
    {
        read_vendor(i);
    }
    for (const VendorParameter& p : profile_.parameters)
    {
        lead_readings(p);
    }
    for (const bool readings : {true, false}) // which choices may name
    {
        for (std::size_t p = 0; p < profile_.parameters.size(); ++p)
        {
            if (profile_.parameters[p].reading == readings)
            {
                follow_fleet(p);
                follow_own(p);
                fall_back(p);
            }
        }
    }
}

bool
Standing::holds(const std::optional<Condition>& when) const
{
    if (!when)
    {
        return true;
    }
    const std::optional<Meant>& meant = meant_[index_of(*profile_.find(when->parameter))];
    return meant && meant->choice != nullptr &&
           std::ranges::any_of(field::split(when->choice), [&](const std::string& choice) {
               return same_word(meant->choice->name, choice);
           });
}

const VendorParameter*
Standing::vendor_of(std::string_view name) const
{
    const auto found = std::ranges::find_if(profile_.parameters, [&](const VendorParameter& p) {
        return p.simulated == Simulated::kYes && p.number_sets == name && holds(p.when);
    });
    return found == profile_.parameters.end() ? nullptr : &*found;
}

bool
Standing::makes(const Setting& setting, const Choice& choice) const
{
    if (!choice.simulated || choice.effects.empty() || setting.key != choice.effects.front().sets)
    {
        return false;
    }
    const std::optional<Value> first = word_of(choice.effects.front().value);
    return first && same_of_ours(setting.key, setting.value, *first);
}

const VendorParameter*
Standing::reading_of(const Value& value) const
{
    const auto* text = std::get_if<std::string>(&value);
    const bool names = text != nullptr && text->size() > 1 && text->front() == '$';
    return names ? profile_.find(std::string_view{*text}.substr(1)) : nullptr;
}

std::optional<Value>
Standing::word_of(const Value& value) const
{
    const VendorParameter* reading = reading_of(value);
    if (reading == nullptr)
    {
        return value;
    }
    const std::optional<Meant>& meant = meant_[index_of(*reading)];
    return meant ? meant->choice->word : std::nullopt;
}

bool
Standing::must_be_set(const VendorParameter& p) const
{
    const std::optional<Value>& value = p.default_value ? p.default_value : p.assumed;
    if (!value)
    {
        return true;
    }
    const Meant meant = std::get<Meant>(understand(p, *value, profile_.product));
    return meant.choice != nullptr && !meant.choice->simulated;
}

void
Standing::complain(std::size_t setting, std::string clause)
{
    problems_.push_back({.setting = setting, .clause = std::move(clause)});
}

void
Standing::complain_of_twin(std::size_t setting, std::size_t twin)
{
    problems_.push_back(
        {.setting = setting, .clause = "is set a second time, by another name", .twin = twin});
}

void
Standing::read_vendor(std::size_t i)
{
    const Setting& setting = settings_[i];
    if (!setting.key.starts_with(kVendor))
    {
        return;
    }
    const VendorParameter* p = profile_.find(std::string_view{setting.key}.substr(kVendor.size()));
    if (p == nullptr)
    {
        complain(i, "is no parameter of " + profile_.product + suggestion(setting.key, profile_));
        return;
    }
    if (p->simulated == Simulated::kInstead)
    {
        complain(i, "is " + owner_and_key(p->instead) + ": set that instead");
        return;
    }
    const std::string why = p->note.empty() ? "" : ": " + p->note;
    if (p->simulated == Simulated::kNot && !p->only)
    {
        complain(i, "is not simulated" + why);
        return;
    }
    const Parsed<Meant> parsed = understand(*p, setting.value, profile_.product);
    if (const auto* clause = std::get_if<std::string>(&parsed))
    {
        complain(i, *clause);
        return;
    }
    const Meant& meant = std::get<Meant>(parsed);
    if (!takes(*p, i, meant))
    {
        return;
    }
    const std::size_t at = index_of(*p);
    if (set_by_[at])
    {
        complain_of_twin(i, *set_by_[at]);
        return;
    }
    meant_[at] = meant;
    set_by_[at] = i;
    if (meant.raised)
    {
        raised_.push_back({.setting = i,
                           .clause = "is taken as " + format(meant.numbers.front()) + p->unit +
                                     ", as " + profile_.product + " does"});
    }
}

// What the product has and we simulate.
bool
Standing::takes(const VendorParameter& p, std::size_t i, const Meant& meant)
{
    const std::string why = p.note.empty() ? "" : ": " + p.note;
    const Choice* choice = meant.choice;
    if (choice != nullptr && !choice->instead.empty())
    {
        complain(i, "is the fleet's `" + choice->instead + "`: set that instead" + why);
        return false;
    }
    if (choice != nullptr && !choice->simulated)
    {
        complain(i, "is not simulated" + why);
        return false;
    }
    if (choice != nullptr && !choice->needs.empty() && !contains(fleet_, choice->needs))
    {
        complain(i, "needs the fleet's `" + choice->needs + "`");
        return false;
    }
    if (p.simulated == Simulated::kNot &&
        !(meant == std::get<Meant>(understand(p, *p.only, profile_.product))))
    {
        complain(i, "is not simulated; only " + written(*p.only) + " is");
        return false;
    }
    return true;
}

// A setting of ours that is one word of the reading a choice leaves it to says the choice and the reading.
void
Standing::lead_readings(const VendorParameter& p)
{
    if (set_by_[index_of(p)] || p.simulated != Simulated::kYes)
    {
        return;
    }
    for (const Choice& choice : p.choices)
    {
        const VendorParameter* reading =
            choice.effects.empty() ? nullptr : reading_of(choice.effects.front().value);
        for (std::size_t i = 0; reading != nullptr && i < settings_.size(); ++i)
        {
            if (settings_[i].key == choice.effects.front().sets)
            {
                lead_reading(*reading, i);
            }
        }
    }
}

void
Standing::lead_reading(const VendorParameter& reading, std::size_t i)
{
    const auto says = [&](const Choice& word) {
        return same_of_ours(settings_[i].key, settings_[i].value, *word.word);
    };
    const auto word = std::ranges::find_if(reading.choices, says);
    if (word == reading.choices.end())
    {
        return;
    }
    const std::size_t at = index_of(reading);
    if (!set_by_[at])
    {
        meant_[at] = Meant{.choice = &*word};
    }
    else if (meant_[at]->choice != &*word)
    {
        complain_of_twin(i, *set_by_[at]);
    }
}

void
Standing::follow_fleet(std::size_t at)
{
    const VendorParameter& p = profile_.parameters[at];
    const auto given = std::ranges::find_if(p.choices, [&](const Choice& choice) {
        return !choice.instead.empty() && contains(fleet_, choice.instead);
    });
    if (!meant_[at] && p.simulated == Simulated::kYes && given != p.choices.end())
    {
        meant_[at] = Meant{.choice = &*given};
    }
}

// What is set under our own names is set in the product, if that is a number that it has beside named values,
// or one choice of it: then what goes with that holds, too.
void
Standing::follow_own(std::size_t at)
{
    const VendorParameter& p = profile_.parameters[at];
    if (meant_[at] || p.simulated != Simulated::kYes || !holds(p.when) || follow_number(at))
    {
        return;
    }
    const auto fits = [&](const Choice& choice) {
        return std::ranges::any_of(settings_, [&](const Setting& set) {
            return makes(set, choice) && !is_number(set);
        });
    };
    if (std::ranges::count_if(p.choices, fits) == 1)
    {
        meant_[at] = Meant{.choice = &*std::ranges::find_if(p.choices, fits)};
    }
}

bool
Standing::follow_number(std::size_t at)
{
    const VendorParameter& p = profile_.parameters[at];
    const auto own = std::ranges::find(settings_, p.number_sets, &Setting::key);
    const std::optional<double> number =
        own == settings_.end() ? std::nullopt : number_beside_names(p, own->value);
    if (number)
    {
        meant_[at] = Meant{.choice = nullptr, .numbers = {*number}};
    }
    return number.has_value();
}

std::optional<double>
Standing::number_beside_names(const VendorParameter& p, const Value& value) const
{
    const bool both = p.numeric && !p.list && !p.choices.empty();
    return !both || check_range(p, value, profile_.product) ? std::nullopt : number_in(p, value);
}

bool
Standing::is_number(const Setting& setting) const
{
    return std::ranges::any_of(profile_.parameters, [&](const VendorParameter& p) {
        return p.number_sets == setting.key && number_beside_names(p, setting.value);
    });
}

void
Standing::fall_back(std::size_t at)
{
    const VendorParameter& p = profile_.parameters[at];
    if (meant_[at] || p.simulated != Simulated::kYes || !holds(p.when))
    {
        return;
    }
    const std::optional<Value>& value = p.default_value ? p.default_value : p.assumed;
    if (!must_be_set(p))
    {
        meant_[at] = std::get<Meant>(understand(p, *value, profile_.product));
        return;
    }
    const std::string range = range_text(p);
    std::string why = profile_.product + "'s sources give no default";
    if (!range.empty() && value)
    {
        why = profile_.product + " allows " + range + " and its default, " +
              std::get<Meant>(understand(p, *value, profile_.product)).choice->name +
              ", is not simulated";
    }
    else if (!range.empty())
    {
        why = profile_.product + " allows " + range + " and its sources give no default";
    }
    demands_.push_back({.key = std::string{kVendor} + '"' + p.name + '"', .why = std::move(why)});
}

std::string
owner_and_key(std::string_view instead)
{
    constexpr std::string_view kRegistrar = "registrar.";
    const bool of_registrar = instead.starts_with(kRegistrar);
    return (of_registrar ? "the registrar's `" : "the fleet's `") +
           std::string{instead.substr(of_registrar ? kRegistrar.size() : 0)} + '`';
}

// `; did you mean vendor."Register Expiration"?`: as TOML wants it written.
std::string
suggestion(std::string_view key, const Profile& profile)
{
    const auto known = nearest(key, setting_keys(profile));
    if (!known)
    {
        return {};
    }
    const bool bare = std::ranges::all_of(*known, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
    });
    return "; did you mean " +
           (bare ? '"' + *known : std::string{kVendor} + '"' + known->substr(kVendor.size())) +
           "\"?";
}

} // namespace sipsim::profile
