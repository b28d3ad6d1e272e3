#include "model/base/nearest.h"
#include "model/profile/choice.h"
#include "model/profile/device_parameters.h"
#include "model/profile/field_access.h"
#include "model/profile/profile.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace sipsim::profile
{

namespace
{

constexpr std::string_view kVendor = "vendor.";

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

// One application of settings to a profile.
class Application
{
  public:
    enum class Unknowns : std::uint8_t
    {
        kRefused,
        kLeft, // at the model's defaults
    };

    Application(const Profile& profile, std::span<const Setting> settings, Unknowns unknowns)
        : profile_(profile),
          settings_(settings),
          unknowns_(unknowns),
          meant_(profile.parameters.size()),
          set_by_(profile.parameters.size())
    {
    }

    std::vector<SettingProblem> run(DeviceOptions& options)
    {
        assume();
        for (std::size_t i = 0; i < settings_.size(); ++i)
        {
            read_vendor(i);
        }
        for (const bool readings : {true, false}) // which choices may name
        {
            for (std::size_t p = 0; p < profile_.parameters.size(); ++p)
            {
                if (profile_.parameters[p].reading == readings)
                {
                    follow_own(p);
                    fall_back(p);
                }
            }
        }
        for (std::size_t p = 0; p < profile_.parameters.size(); ++p)
        {
            take_effect(p);
        }
        for (std::size_t i = 0; i < settings_.size(); ++i)
        {
            write_own(i);
        }
        for (const Unknown& unknown : profile_.unknowns)
        {
            if (unknowns_ == Unknowns::kRefused && !writer_.contains(unknown.sets))
            {
                demand(unknown.sets, unknown.why);
            }
        }
        if (problems_.empty())
        {
            check_relations();
        }
        if (problems_.empty())
        {
            options = options_;
        }
        return std::move(problems_);
    }

    [[nodiscard]] const std::vector<std::string>& demanded() const
    {
        return demanded_;
    }

  private:
    void complain(std::optional<std::size_t> setting, std::string clause)
    {
        problems_.push_back({.setting = setting, .clause = std::move(clause)});
    }

    void complain_of_twin(std::size_t setting, std::size_t twin)
    {
        problems_.push_back(
            {.setting = setting, .clause = "is set a second time, by another name", .twin = twin});
    }

    void demand(const std::string& key, const std::string& why)
    {
        demanded_.push_back(key);
        complain(std::nullopt, "profile " + profile_.name + ": " + key + " must be set: " + why);
    }

    [[nodiscard]] std::size_t index_of(const VendorParameter& p) const
    {
        return static_cast<std::size_t>(&p - profile_.parameters.data());
    }

    // The product reads it, with what the parameters before it are set to.
    [[nodiscard]] bool holds(const std::optional<Condition>& when) const
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

    // The vendor's parameter that one of ours stands for in this product, if it has one.
    [[nodiscard]] const VendorParameter* vendor_of(std::string_view name) const
    {
        const auto found = std::ranges::find_if(profile_.parameters, [&](const VendorParameter& p) {
            return p.simulated == Simulated::kYes && p.number_sets == name && holds(p.when);
        });
        return found == profile_.parameters.end() ? nullptr : &*found;
    }

    void assume()
    {
        for (const Assumption& assumption : profile_.assumptions)
        {
            // The loader has tried all of them.
            static_cast<void>(
                find_device_parameter(assumption.sets)->write(options_, assumption.value));
        }
    }

    void read_vendor(std::size_t i)
    {
        const Setting& setting = settings_[i];
        if (!setting.key.starts_with(kVendor))
        {
            return;
        }
        const VendorParameter* p =
            profile_.find(std::string_view{setting.key}.substr(kVendor.size()));
        if (p == nullptr)
        {
            complain(i,
                     "is no parameter of " + profile_.product + suggestion(setting.key, profile_));
            return;
        }
        if (p->simulated == Simulated::kInstead)
        {
            complain(i, "is the fleet's `" + p->instead + "`: set that instead");
            return;
        }
        if (p->simulated == Simulated::kNot && !p->only)
        {
            complain(i, "is not simulated");
            return;
        }
        const Parsed<Meant> meant = understand(*p, setting.value, profile_.product);
        if (const auto* clause = std::get_if<std::string>(&meant))
        {
            complain(i, *clause);
            return;
        }
        const auto at = index_of(*p);
        if (const Choice* choice = std::get<Meant>(meant).choice; choice && !choice->simulated)
        {
            complain(i, "is not simulated" + (p->note.empty() ? "" : ": " + p->note));
            return;
        }
        if (p->simulated == Simulated::kNot &&
            !(std::get<Meant>(meant) ==
              std::get<Meant>(understand(*p, *p->only, profile_.product))))
        {
            complain(i, "is not simulated; only " + written(*p->only) + " is");
            return;
        }
        if (set_by_[at])
        {
            complain_of_twin(i, *set_by_[at]);
            return;
        }
        meant_[at] = std::get<Meant>(meant);
        set_by_[at] = i;
    }

    // A choice is known by what it sets first; what else it sets may be set otherwise beside it.
    [[nodiscard]] bool makes(const Setting& setting, const Choice& choice) const
    {
        if (!choice.simulated || choice.effects.empty() ||
            setting.key != choice.effects.front().sets)
        {
            return false;
        }
        const DeviceParameter* own = find_device_parameter(setting.key);
        DeviceOptions one;
        DeviceOptions other;
        return own != nullptr && !own->write(one, setting.value) &&
               !own->write(other, choice.effects.front().value) &&
               own->read(one) == own->read(other);
    }

    // What is set under our own names is set in the product, if that is one choice of it: then what goes with the
    // choice holds, too.
    void follow_own(std::size_t at)
    {
        const VendorParameter& p = profile_.parameters[at];
        if (meant_[at] || p.simulated != Simulated::kYes || !holds(p.when))
        {
            return;
        }
        const auto fits = [&](const Choice& choice) {
            return std::ranges::any_of(settings_,
                                       [&](const Setting& set) { return makes(set, choice); });
        };
        if (std::ranges::count_if(p.choices, fits) == 1)
        {
            meant_[at] = Meant{.choice = &*std::ranges::find_if(p.choices, fits)};
        }
    }

    void fall_back(std::size_t at)
    {
        const VendorParameter& p = profile_.parameters[at];
        if (meant_[at] || p.simulated != Simulated::kYes || !holds(p.when))
        {
            return;
        }
        const std::optional<Value>& value = p.default_value ? p.default_value : p.assumed;
        std::string why = "its sources give no default";
        if (value)
        {
            const Meant meant = std::get<Meant>(understand(p, *value, profile_.product));
            if (meant.choice == nullptr || meant.choice->simulated)
            {
                meant_[at] = meant;
                return;
            }
            why = "its default, " + meant.choice->name + ", is not simulated";
        }
        if (unknowns_ == Unknowns::kRefused)
        {
            const std::string range = range_text(p);
            demand("vendor.\"" + p.name + "\"",
                   profile_.product + (range.empty() ? "'s " : " allows " + range + " and ") +
                       (range.empty() ? "sources give no default" : why));
        }
    }

    // "$Name" is the word that the reading of that name stands at.
    [[nodiscard]] std::optional<Value> word_of(const Value& value) const
    {
        const auto* text = std::get_if<std::string>(&value);
        if (text == nullptr || !text->starts_with('$'))
        {
            return value;
        }
        const std::size_t at = index_of(*profile_.find(std::string_view{*text}.substr(1)));
        return meant_[at] ? meant_[at]->choice->word : std::nullopt;
    }

    // `beside`: a setting of ours may write over it.
    void write(std::size_t at, std::string_view name, const Value& value, bool beside)
    {
        const DeviceParameter* own = find_device_parameter(name);
        const std::string before = own->read(options_);
        const std::optional<std::string> clause = own->write(options_, value);
        if (clause)
        {
            complain(set_by_[at], *clause);
        }
        if (set_by_[at])
        {
            const auto [writer, first] = writer_.try_emplace(std::string{name}, *set_by_[at]);
            // One that holds under the choice of another refines it.
            const std::optional<Condition>& when = profile_.parameters[at].when;
            const bool refines =
                when && set_by_[index_of(*profile_.find(when->parameter))] == writer->second;
            if (!first && writer->second != *set_by_[at] && !refines &&
                own->read(options_) != before)
            {
                complain(set_by_[at],
                         "sets " + std::string{name} + ", as " + settings_[writer->second].key +
                             " does: leave one of them out");
            }
            if (first && beside)
            {
                beside_.emplace(name);
            }
        }
    }

    void take_effect(std::size_t at)
    {
        const VendorParameter& p = profile_.parameters[at];
        if (!meant_[at] || p.simulated != Simulated::kYes)
        {
            return;
        }
        if (!holds(p.when))
        {
            complain(set_by_[at],
                     "has no effect unless vendor.\"" + p.when->parameter + "\" is " +
                         p.when->choice);
            return;
        }
        const Meant& meant = *meant_[at];
        if (meant.choice == nullptr)
        {
            write(at, p.number_sets, converted(p, meant), false);
        }
        const bool number = meant.choice == nullptr;
        const std::vector<Effect>& effects = number ? p.also : meant.choice->effects;
        for (const Effect& effect : effects)
        {
            const bool itself = effect.value == Value{std::string{"$"}};
            if (const auto value = itself ? converted(p, meant) : word_of(effect.value))
            {
                write(at, effect.sets, *value, !number && &effect != effects.data());
            }
        }
    }

    void write_own(std::size_t i)
    {
        const Setting& setting = settings_[i];
        if (setting.key.starts_with(kVendor))
        {
            return;
        }
        const DeviceParameter* own = find_device_parameter(setting.key);
        if (own == nullptr)
        {
            complain(i, "is no parameter of a device" + suggestion(setting.key, profile_));
            return;
        }
        const auto writer = writer_.find(setting.key);
        if (writer != writer_.end() && writer->second != i && !beside_.contains(setting.key))
        {
            complain_of_twin(i, writer->second);
            return;
        }
        const VendorParameter* p = vendor_of(setting.key);
        const Choice* choice =
            p != nullptr && meant_[index_of(*p)] ? meant_[index_of(*p)]->choice : nullptr;
        if (p != nullptr && (choice == nullptr || !makes(setting, *choice)))
        {
            if (const std::optional<std::string> clause =
                    check_range(*p, setting.value, profile_.product))
            {
                complain(i, *clause);
                return;
            }
        }
        if (const std::optional<std::string> clause = own->write(options_, setting.value))
        {
            complain(i, *clause);
        }
        writer_[setting.key] = i;
    }

    void check_relations()
    {
        blame("registration.", registration::validate(options_.registration));
        blame("nat.", nat::validate(options_.nat));
        blame("dns.", dns::validate(options_.locating));
        blame("dns.failover.", dns::validate(options_.failover));
    }

    // What a validate() finds is about a parameter it names first: "retry.cap = 1s: must be at least retry.base
    // (60s)". Where that is the profile's own, a setting of the other one is told.
    void blame(const std::string& table, const std::vector<std::string>& problems)
    {
        for (const std::string& problem : problems)
        {
            const std::size_t colon = std::min(problem.find(": "), problem.size());
            const std::string clause = problem.substr(std::min(colon + 2, problem.size()));
            const auto named_in = [&](const std::string& words) {
                return std::ranges::find_if(writer_, [&](const auto& writer) {
                    const std::string& key = writer.first;
                    const std::string name =
                        key == "registration.retry_wait" ? "registration.retry.base" : key;
                    return name.starts_with(table) &&
                           (words + ' ').find(' ' + name.substr(table.size()) + ' ') < words.size();
                });
            };
            const auto own = named_in(' ' + problem.substr(0, problem.find(' ')));
            const auto other = named_in(' ' + clause);
            const std::string told = table + problem.substr(0, colon) + " (default): " + clause;
            if (own != writer_.end())
            {
                complain(own->second, clause);
                continue;
            }
            const bool at_other = other != writer_.end();
            complain(at_other ? std::optional{other->second} : std::nullopt,
                     (at_other ? "does not go with " : "") + told);
        }
    }

    const Profile& profile_;
    std::span<const Setting> settings_;
    Unknowns unknowns_;
    std::vector<std::optional<Meant>> meant_;        // by parameter
    std::vector<std::optional<std::size_t>> set_by_; // by parameter: index of a setting
    std::map<std::string, std::size_t> writer_;      // registration.* parameter: index of a setting
    std::set<std::string, std::less<>> beside_; // of these, what a choice sets beside its first
    DeviceOptions options_;
    std::vector<SettingProblem> problems_;
    std::vector<std::string> demanded_; // keys that must be set and are not
};

} // namespace

const VendorParameter*
Profile::find(std::string_view name_or_key) const
{
    const auto found = std::ranges::find_if(parameters, [&](const VendorParameter& p) {
        return same_word(p.name, name_or_key) ||
               std::ranges::any_of(p.keys, [&](const std::string& key) {
                   return same_word(key, name_or_key);
               });
    });
    return found == parameters.end() ? nullptr : &*found;
}

std::vector<SettingProblem>
apply(const Profile& profile, std::span<const Setting> settings, DeviceOptions& options)
{
    return Application{profile, settings, Application::Unknowns::kRefused}.run(options);
}

void
apply_known(const Profile& profile, DeviceOptions& options)
{
    static_cast<void>(Application{profile, {}, Application::Unknowns::kLeft}.run(options));
}

std::vector<std::string>
must_be_set(const Profile& profile)
{
    DeviceOptions options;
    Application application{profile, {}, Application::Unknowns::kRefused};
    static_cast<void>(application.run(options));
    return application.demanded();
}

std::vector<std::string>
setting_keys(const Profile& profile)
{
    std::vector<std::string> keys;
    for (const DeviceParameter& own : device_parameters())
    {
        keys.emplace_back(own.name);
    }
    for (const VendorParameter& p : profile.parameters)
    {
        keys.push_back(std::string{kVendor} + p.name);
        for (const std::string& key : p.keys)
        {
            keys.push_back(std::string{kVendor} + key);
        }
    }
    return keys;
}

} // namespace sipsim::profile
