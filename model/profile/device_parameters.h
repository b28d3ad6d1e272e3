#pragma once

// Models : the registration.* and nat.* parameters of a fleet: every field of DeviceOptions under its
//          name, with unit, range, meaning and source, once.
// Drives : profiles and configurations set options through it; `sipsim params` lists it.
// Keeps  : read(write(x)) == x for every parameter; what is out of range is never stored.
// Leaves : relations between parameters (registration::validate), products (profile.h).

#include "model/base/time.h"
#include "model/profile/device_options.h"
#include "model/profile/value.h"

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sipsim::profile
{

enum class ParameterType : std::uint8_t
{
    kBool,
    kWord,         // one of a few
    kWholeSeconds, // a duration without a fraction of a second
    kDuration,
    kOptionalDuration, // or a word that stands for "none"
    kShare,            // 0.05 or "5%"
    kCount,
    kDurations, // a list
    kStatuses,  // a list of response codes
    kToken,     // RFC 3261 §25.1, or a word that stands for "none"
};

/// Limits of numbers, in seconds for durations; of each item of a list.
struct Range
{
    double low = 0.0;
    double high = std::numeric_limits<double>::infinity();
    bool above_low = false;  // low itself is out
    bool below_high = false; // high itself is out

    [[nodiscard]] bool holds(double value) const
    {
        return (above_low ? value > low : value >= low) &&
               (below_high ? value < high : value <= high);
    }
};

struct DeviceParameter
{
    // The text of its value in some options, and the change of options to a value; the clause says why
    // not. A clause follows "name = value: ".
    using Get = std::string (*)(const DeviceParameter&, const DeviceOptions&);
    using Set = std::optional<std::string> (*)(const DeviceParameter&,
                                               DeviceOptions&,
                                               const Value&);

    std::string_view name; // "registration.retry_wait"
    ParameterType type = ParameterType::kBool;
    Range range;
    std::string_view
        words; // "lead|fraction|uniform"; of kOptionalDuration and kToken the word for none
    std::string_view meaning;
    std::string_view source;
    Get get = nullptr;
    Set set = nullptr;

    /// Canonical text, as a configuration may write it (without quotes).
    [[nodiscard]] std::string read(const DeviceOptions& options) const
    {
        return get(*this, options);
    }

    /// nullopt: stored. Otherwise the clause, and `options` is as before.
    [[nodiscard]] std::optional<std::string> write(DeviceOptions& options, const Value& value) const
    {
        return set(*this, options, value);
    }
};

/// All of them, in the order of the documentation.
[[nodiscard]] std::span<const DeviceParameter> device_parameters();

[[nodiscard]] const DeviceParameter* find_device_parameter(std::string_view name);

/// "bool", "duration", "whole seconds", "share", ... and its range: "1s to 3600s", "lead | fraction".
[[nodiscard]] std::string_view name_of(ParameterType type);
[[nodiscard]] std::string range_text(const DeviceParameter& parameter);
/// "s" for durations; empty where there is no unit.
[[nodiscard]] std::string_view unit_of(ParameterType type);

} // namespace sipsim::profile
