#pragma once

// Models : where each parameter of a product stands: at what its user set it to, under the product's name or
//          ours, at what a key of the fleet makes of it, or at its default.
// Drives : apply() settles it first and then sees to the effects.
// Keeps  : a parameter stands at one value or at none; what stands otherwise than it is written is told.
// Leaves : what values do (apply.cc), what they mean (choice.h).

#include "model/profile/choice.h"
#include "model/profile/profile.h"

#include <string>
#include <vector>

namespace sipsim::profile
{

class Standing
{
  public:
    Standing(const Profile& profile, std::span<const Setting> settings, const FleetKeys& fleet);

    /// Once, before anything is asked.
    void settle();

    /// A parameter of the product that must be set and is not.
    struct Demand
    {
        std::string key;
        std::string why;
    };

    [[nodiscard]] const std::vector<SettingProblem>& problems() const
    {
        return problems_;
    }

    [[nodiscard]] const std::vector<SettingProblem>& idle() const
    {
        return idle_;
    }

    [[nodiscard]] const std::vector<SettingProblem>& raised() const
    {
        return raised_;
    }

    [[nodiscard]] const std::vector<Demand>& demands() const
    {
        return demands_;
    }

    [[nodiscard]] std::size_t index_of(const VendorParameter& p) const
    {
        return static_cast<std::size_t>(&p - profile_.parameters.data());
    }

    /// nullopt: it stands at nothing.
    [[nodiscard]] const std::optional<Meant>& meant(std::size_t parameter) const
    {
        return meant_[parameter];
    }

    /// The setting under the product's name.
    [[nodiscard]] std::optional<std::size_t> set_by(std::size_t parameter) const
    {
        return set_by_[parameter];
    }

    /// The product reads it, with what the parameters before it are set to.
    [[nodiscard]] bool holds(const std::optional<Condition>& when) const;

    /// The vendor's parameter that one of ours stands for in this product, if it has one.
    [[nodiscard]] const VendorParameter* vendor_of(std::string_view name) const;

    /// The setting, of ours, is the choice. A choice is known by what it sets first; what else it sets may be
    /// set otherwise beside it.
    [[nodiscard]] bool makes(const Setting& setting, const Choice& choice) const;

    /// "$Name" is the word that the reading of that name stands at; nullptr: no reading.
    [[nodiscard]] const VendorParameter* reading_of(const Value& value) const;
    [[nodiscard]] std::optional<Value> word_of(const Value& value) const;

    /// Its sources give no value that is simulated.
    [[nodiscard]] bool must_be_set(const VendorParameter& p) const;

  private:
    void complain(std::size_t setting, std::string clause);
    void complain_of_twin(std::size_t setting, std::size_t twin);
    void read_vendor(std::size_t setting);
    [[nodiscard]] bool takes(const VendorParameter& p, std::size_t setting, const Meant& meant);
    void lead_readings(const VendorParameter& p);
    void lead_reading(const VendorParameter& reading, std::size_t setting);
    void follow_fleet(std::size_t parameter);
    void follow_own(std::size_t parameter);
    [[nodiscard]] bool follow_number(std::size_t parameter);
    [[nodiscard]] std::optional<double> number_beside_names(const VendorParameter& p,
                                                            const Value& value) const;
    /// A setting of ours that is a number of the product, and no name of a choice that sets the same.
    [[nodiscard]] bool is_number(const Setting& setting) const;
    void fall_back(std::size_t parameter);

    const Profile& profile_;
    std::span<const Setting> settings_;
    const FleetKeys& fleet_;
    std::vector<std::optional<Meant>> meant_;        // by parameter
    std::vector<std::optional<std::size_t>> set_by_; // by parameter: index of a setting
    std::vector<SettingProblem> problems_;
    std::vector<SettingProblem> idle_;
    std::vector<SettingProblem> raised_;
    std::vector<Demand> demands_;
};

/// "the fleet's `server`", of "registrar.second_contact" "the registrar's `second_contact`".
[[nodiscard]] std::string owner_and_key(std::string_view instead);

/// `; did you mean vendor."Register Expiration"?`; empty: nothing is near.
[[nodiscard]] std::string suggestion(std::string_view key, const Profile& profile);

} // namespace sipsim::profile
