#include "model/profile/choice.h"
#include "model/profile/device_parameters.h"
#include "model/profile/profile.h"
#include "model/profile/standing.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace sipsim::profile
{

namespace
{

constexpr std::string_view kVendor = "vendor.";

// One application of settings to a profile.
class Application
{
  public:
    enum class Unknowns : std::uint8_t
    {
        kRefused,
        kLeft, // at the model's defaults
    };

    Application(const Profile& profile,
                std::span<const Setting> settings,
                FleetKeys fleet,
                Unknowns unknowns)
        : profile_(profile),
          settings_(settings),
          fleet_(std::move(fleet)),
          unknowns_(unknowns),
          standing_(profile, settings, fleet_)
    {
        applied_.writes.resize(settings.size());
    }

    std::vector<SettingProblem> run(DeviceOptions& options)
    {
        assume();
        settle();
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
        warn_of_readings();
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

    [[nodiscard]] const Applied& applied() const
    {
        return applied_;
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

    void assume()
    {
        for (const Assumption& assumption : profile_.assumptions)
        {
            // The loader has tried all of them.
            static_cast<void>(
                find_device_parameter(assumption.sets)->write(options_, assumption.value));
        }
    }

    void settle()
    {
        standing_.settle();
        problems_ = standing_.problems();
        applied_.idle = standing_.idle();
        applied_.raised = standing_.raised();
        for (const Standing::Demand& demanded : standing_.demands())
        {
            if (unknowns_ == Unknowns::kRefused)
            {
                demand(demanded.key, demanded.why);
            }
        }
    }

    // A setting of the product that holds under the choice of another refines it.
    [[nodiscard]] bool refines(std::size_t at, std::size_t other_setting) const
    {
        const std::optional<Condition>& when = profile_.parameters[at].when;
        return when && standing_.set_by(standing_.index_of(*profile_.find(when->parameter))) ==
                           other_setting;
    }

    // `beside`: a setting of ours may write over it.
    void write(std::size_t at, std::string_view name, const Value& value, bool beside)
    {
        const DeviceParameter* own = find_device_parameter(name);
        const std::string before = own->read(options_);
        const std::optional<std::string> clause = own->write(options_, value);
        const std::optional<std::size_t> setting = standing_.set_by(at);
        if (clause)
        {
            complain(setting, *clause);
        }
        if (!setting)
        {
            return;
        }
        if (!standing_.must_be_set(profile_.parameters[at]))
        {
            applied_.writes[*setting].emplace_back(name);
        }
        const auto [writer, first] = writer_.try_emplace(std::string{name}, *setting);
        const bool refined = !first && writer->second != *setting && refines(at, writer->second);
        if (!first && writer->second != *setting && !refined && own->read(options_) != before)
        {
            complain(setting,
                     "sets " + std::string{name} + ", as " + settings_[writer->second].key +
                         " does: leave one of them out");
        }
        if (refined)
        {
            writer->second = *setting;
        }
        if ((first || refined) && beside)
        {
            beside_.emplace(name);
        }
        else if (refined)
        {
            beside_.erase(std::string{name});
        }
    }

    // A setting that another one depends on has an effect, whatever becomes of what it sets.
    void keep(const VendorParameter& p)
    {
        if (const std::optional<std::size_t> setting = standing_.set_by(standing_.index_of(p)))
        {
            applied_.writes[*setting].clear();
        }
    }

    void take_effect(std::size_t at)
    {
        const VendorParameter& p = profile_.parameters[at];
        if (!standing_.meant(at) || p.simulated != Simulated::kYes)
        {
            return;
        }
        if (!standing_.holds(p.when))
        {
            // Nothing is wrong: a sweep may set what it depends on.
            applied_.idle.push_back({.setting = standing_.set_by(at),
                                     .clause = "has no effect unless vendor.\"" +
                                               p.when->parameter + "\" is " + p.when->choice});
            return;
        }
        if (p.when && standing_.set_by(at))
        {
            keep(*profile_.find(p.when->parameter));
        }
        const Meant& meant = *standing_.meant(at);
        const bool number = meant.choice == nullptr;
        if (number)
        {
            write(at, p.number_sets, converted(p, meant), false);
            decided_[p.number_sets] = nullptr;
        }
        const std::vector<Effect>& effects = number ? p.also : meant.choice->effects;
        for (const Effect& effect : effects)
        {
            const bool itself = effect.value == Value{std::string{"$"}};
            if (const auto value = itself ? converted(p, meant) : standing_.word_of(effect.value))
            {
                write(at, effect.sets, *value, !number && &effect != effects.data());
                decided_[effect.sets] = standing_.reading_of(effect.value);
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
        const VendorParameter* p = standing_.vendor_of(setting.key);
        const std::optional<Meant>* meant =
            p == nullptr ? nullptr : &standing_.meant(standing_.index_of(*p));
        const Choice* choice = meant != nullptr && *meant ? (*meant)->choice : nullptr;
        if (p != nullptr && (choice == nullptr || !standing_.makes(setting, *choice)))
        {
            if (const std::optional<std::string> clause =
                    check_range(*p, setting.value, profile_.product))
            {
                complain(i, *clause);
                return;
            }
        }
        const std::string before = own->read(options_);
        if (const std::optional<std::string> clause = own->write(options_, setting.value))
        {
            complain(i, *clause);
        }
        if (own->read(options_) != before)
        {
            decided_.erase(setting.key);
        }
        writer_[setting.key] = i;
    }

    // Readings that the user chose and that nothing is left to.
    void warn_of_readings()
    {
        for (const VendorParameter& p : profile_.parameters)
        {
            const std::optional<std::size_t> setting = standing_.set_by(standing_.index_of(p));
            const bool decides =
                std::ranges::any_of(decided_, [&](const auto& one) { return one.second == &p; });
            if (p.reading && setting && !decides)
            {
                applied_.idle.push_back(
                    {.setting = setting,
                     .clause = "has no effect: the other settings leave nothing to it"});
            }
        }
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
    FleetKeys fleet_;
    Unknowns unknowns_;
    Standing standing_;
    std::map<std::string, std::size_t> writer_; // registration.* parameter: index of a setting
    std::set<std::string, std::less<>> beside_; // of these, what a choice sets beside its first
    // Parameter of ours: the reading that what it is set to was left to, or none.
    std::map<std::string, const VendorParameter*> decided_;
    DeviceOptions options_;
    std::vector<SettingProblem> problems_;
    Applied applied_;
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
apply(const Profile& profile,
      std::span<const Setting> settings,
      DeviceOptions& options,
      const FleetKeys& fleet,
      Applied* applied)
{
    Application application{profile, settings, fleet, Application::Unknowns::kRefused};
    std::vector<SettingProblem> problems = application.run(options);
    if (applied != nullptr)
    {
        *applied = application.applied();
    }
    return problems;
}

void
apply_known(const Profile& profile, DeviceOptions& options)
{
    static_cast<void>(Application{profile, {}, {}, Application::Unknowns::kLeft}.run(options));
}

std::vector<std::string>
must_be_set(const Profile& profile)
{
    DeviceOptions options;
    Application application{profile, {}, {}, Application::Unknowns::kRefused};
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
