#pragma once

// Models : rows of the tables of device parameters, one maker for each type of field.
// Drives : the tables (parameter_tables.h).
// Keeps  : a row reads and writes the field it was made for.
// Leaves : names, meanings and sources (the tables).

#include "model/base/quantity.h"
#include "model/profile/field_access.h"

#include <string_view>

// One accessor per field.
#define SIPSIM_FIELD(name, type, field)                                                            \
    type& name(O& options)                                                                         \
    {                                                                                              \
        return options.field;                                                                      \
    }

namespace sipsim::profile::makers
{

using field::O;
using field::P;

inline constexpr double kMaxSeconds = std::numeric_limits<std::uint32_t>::max();
inline constexpr Range kSeconds{.low = 1.0, .high = kMaxSeconds};
inline constexpr Range kWait{.low = 0.0, .high = to_seconds(registration::kLongestWait)};
inline constexpr Range kPositiveWait{.low = 0.0,
                                     .high = to_seconds(registration::kLongestWait),
                                     .above_low = true};
inline constexpr Range kInterval{.low = 0.1, .high = 86'400.0};
inline constexpr Range kTimer{.low = 0.0, .high = 86'400.0, .above_low = true};
inline constexpr Range kNoLimits{};

template <bool& (*ref)(O&)>
constexpr P
flag(std::string_view name, std::string_view meaning, std::string_view source)
{
    return {name,
            ParameterType::kBool,
            kNoLimits,
            "true|false",
            meaning,
            source,
            field::get_bool<ref>,
            field::set_bool<ref>};
}

template <SimDuration& (*ref)(O&)>
constexpr P
duration(std::string_view name, Range range, std::string_view meaning, std::string_view source)
{
    return {name,
            ParameterType::kDuration,
            range,
            "",
            meaning,
            source,
            field::get_duration<ref>,
            field::set_duration<ref>};
}

template <std::uint32_t& (*ref)(O&)>
constexpr P
whole_seconds(std::string_view name, std::string_view meaning, std::string_view source)
{
    return {name,
            ParameterType::kWholeSeconds,
            kSeconds,
            "",
            meaning,
            source,
            field::get_seconds<ref>,
            field::set_seconds<ref>};
}

template <double& (*ref)(O&)>
constexpr P
share(std::string_view name, Range range, std::string_view meaning, std::string_view source)
{
    return {name,
            ParameterType::kShare,
            range,
            "",
            meaning,
            source,
            field::get_share<ref>,
            field::set_share<ref>};
}

template <auto ref>
constexpr P
count(std::string_view name, Range range, std::string_view meaning, std::string_view source)
{
    return {name,
            ParameterType::kCount,
            range,
            "",
            meaning,
            source,
            field::get_count<ref>,
            field::set_count<ref>};
}

template <auto ref>
constexpr P
word(std::string_view name,
     std::string_view words,
     std::string_view meaning,
     std::string_view source)
{
    return {name,
            ParameterType::kWord,
            kNoLimits,
            words,
            meaning,
            source,
            field::get_word<ref>,
            field::set_word<ref>};
}

inline constexpr std::string_view kHabit = "device habit; no norm sets it";

template <std::optional<SimDuration>& (*ref)(O&)>
constexpr P
optional_duration(std::string_view name,
                  Range range,
                  std::string_view none,
                  std::string_view meaning,
                  std::string_view source)
{
    return {name,
            ParameterType::kOptionalDuration,
            range,
            none,
            meaning,
            source,
            field::get_optional_duration<ref>,
            field::set_optional_duration<ref>};
}

template <registration::StatusPatterns& (*ref)(O&)>
constexpr P
statuses(std::string_view name, std::string_view meaning, std::string_view source)
{
    return {name,
            ParameterType::kStatuses,
            {.low = 300.0, .high = 699.0},
            "",
            meaning,
            source,
            field::get_statuses<ref>,
            field::set_statuses<ref>};
}

} // namespace sipsim::profile::makers
