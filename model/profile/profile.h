#pragma once

// Models : a product: the parameters its manual gives its operator, with the manual's names, units,
//          ranges and defaults, and what each of them sets in our model.
// Drives : a fleet names one and writes settings over it; `sipsim params` lists it.
// Keeps  : a profile that loaded makes valid options by itself or says which parameters its user must
//          set; a setting takes effect or is refused, never ignored; no number outside the device's range
//          gets through, and a choice brings with it what it does in the device, under whichever name it is set.
// Leaves : reading files (the runner), registrars' parameters.

#include "model/base/problem.h"
#include "model/profile/device_options.h"
#include "model/profile/value.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::profile
{

/// One thing a parameter's value does: sets a registration.*, nat.* or dns.* parameter. A text value
/// "$Name" is the word chosen by the reading of that name, "$" the number that is set.
struct Effect
{
    std::string sets;
    Value value;
};

/// One value of a parameter that has names for them.
struct Choice
{
    std::string name;                 // "Yes", "Auto Negotiation"
    std::optional<std::int64_t> code; // as provisioning files write it
    std::vector<Effect> effects;      // as written: the first is what the choice is known by
    std::optional<Value> word;        // of a reading: what "$Name" stands for
    std::string instead;              // refused: the key of a fleet that does it, and sets it so
    std::string needs;                // the key of a fleet without which it is refused
    // False: refused. A parameter whose default is such a value must be set by its user.
    bool simulated = true;
};

/// A parameter that the product reads only where another one stands at a choice of its own.
struct Condition
{
    std::string parameter;
    std::string choice; // "SRV", or several: "SRV|NAPTR/SRV"
};

/// What happens when a parameter is set.
enum class Simulated : std::uint8_t
{
    kYes,
    kNot, // refused, but for the one value that is how we behave anyway (`only`)
    kInstead, // refused with the name of the key of a fleet, or of a registrar, that does it (`instead`)
};

/// A parameter as the product has it, or a reading: a switch of ours over what its manual leaves open.
struct VendorParameter
{
    std::string name;
    std::vector<std::string> keys; // other names: provisioning keys, "P32"
    bool reading = false;

    std::vector<Choice> choices; // named values; may stand beside numbers
    bool numeric = false;
    bool list = false;      // of numbers
    bool fractions = false; // it need not be whole
    std::string unit;       // of a bare number: "s", "min"; empty: none
    double low = 0.0;       // in units
    double high = 0.0;      // in units
    std::string
        number_sets; // registration.*, nat.* or dns.* parameter that the number or text goes to
    std::int64_t plus = 0;         // added to a number without unit on the way: retries to failures
    std::optional<double> raised;  // a number from here to below `low` is taken as `low`
    std::vector<Effect> also;      // what a number sets beside that
    std::optional<Condition> when; // names one that comes before it
    SimDuration one_unit{0};       // 0: no unit of time

    std::optional<Value> default_value; // documented; nullopt: the sources give none
    std::optional<Value> assumed;       // Model choice, where none is documented

    Simulated simulated = Simulated::kYes;
    std::optional<Value> only;
    std::string instead;

    std::string meaning;
    std::string source; // manual and page
    std::string note;   // what is unclear and how it is read
};

/// A registration.* value of the product that no parameter of it sets. Model choice.
struct Assumption
{
    std::string sets;
    Value value;
    std::string why;
};

/// What no source says about the product: its user must say it.
struct Unknown
{
    std::string sets;
    std::string why;
};

struct Profile
{
    std::string name;    // "grandstream-gxw410x"
    std::string product; // "Grandstream GXW410x"
    std::string meaning;
    std::vector<VendorParameter> parameters; // readings last
    std::vector<Assumption> assumptions;
    std::vector<Unknown> unknowns;

    /// By name or key, in any case of letters; nullptr: none.
    [[nodiscard]] const VendorParameter* find(std::string_view name_or_key) const;
};

/// The text of a profile, TOML; see data/*.toml. Every problem in one pass, with its place.
[[nodiscard]] Checked<Profile> load_profile(std::string_view text);

/// A product's parameter or one of ours set by a fleet: "registration.retry_wait", "vendor.P32",
/// "vendor.Register Expiration".
struct Setting
{
    std::string key;
    Value value;
};

struct SettingProblem
{
    std::optional<std::size_t> setting; // index of the one to blame; nullopt: none of them
    std::string clause; // follows "key = value: "; a whole sentence if there is no setting
    std::optional<std::size_t> twin = {}; // index of another one that sets the same
};

/// Keys of its own that a fleet gives ("proxy", "configured"): a choice of a product may need one, or be one.
using FleetKeys = std::vector<std::string>;

/// What apply() has to say of settings beside problems.
struct Applied
{
    std::vector<SettingProblem> idle;   // without effect
    std::vector<SettingProblem> raised; // with another value than is written
    // By setting: the parameters of ours that one of the product's sets; none, where its user must set it, or
    // where another setting depends on it.
    std::vector<std::vector<std::string>> writes;
};

/// The options of the product with `settings` over it. Every problem at once; `options` is untouched
/// unless there is none.
///
/// Vendor values may be bare numbers in the vendor's unit, or texts with a unit; named values may be
/// written as their names, their codes, or true and false for Yes and No, On and Off. A parameter of ours
/// that is a number of the product under a name of its own is held to the product's range and step, and is
/// that number also where the product stands at a named value; one that is what a single choice of the
/// product sets first sets the product to that choice, with all it does, where that is not set otherwise, and
/// a reading that the choice leaves it to, to what it says; any other is free: a what-if.
[[nodiscard]] std::vector<SettingProblem> apply(const Profile& profile,
                                                std::span<const Setting> settings,
                                                DeviceOptions& options,
                                                const FleetKeys& fleet = {},
                                                Applied* applied = nullptr);

/// The product as far as its sources know it: what its user must set has the model's defaults.
void apply_known(const Profile& profile, DeviceOptions& options);

/// The keys that its user must set, as a fleet writes them.
[[nodiscard]] std::vector<std::string> must_be_set(const Profile& profile);

/// Names that settings of this product may have, for suggestions.
[[nodiscard]] std::vector<std::string> setting_keys(const Profile& profile);

/// One row of `sipsim params`.
struct ParameterInfo
{
    std::string key; // as a fleet writes it: registration.expires, vendor."Register Expiration"
    std::vector<std::string> keys;
    std::string kind;          // "model", "vendor" or "reading"
    std::string type;          // "duration", "number", "choice", "list", ...
    std::string unit;          // of a bare number; of ours the unit of its range
    std::string default_value; // "unknown" where the sources give none
    std::string value;         // with this profile and no setting
    std::string range;
    std::string effect; // what it sets; "not simulated"; empty for ours
    std::string meaning;
    std::string source;
    std::string note;
};

/// Ours with this product's values and ranges, then the product's, then its readings.
[[nodiscard]] std::vector<ParameterInfo> parameters(const Profile& profile);

/// Ours alone, with the defaults of DeviceOptions.
[[nodiscard]] std::vector<ParameterInfo> parameters();

// Profiles compiled in: data/*.toml.

[[nodiscard]] std::vector<std::string> builtin_profiles();
/// nullptr: there is none of that name.
[[nodiscard]] const Profile* builtin_profile(std::string_view name);
/// Its TOML, which identifies it; empty: there is none.
[[nodiscard]] std::string_view builtin_text(std::string_view name);

} // namespace sipsim::profile
