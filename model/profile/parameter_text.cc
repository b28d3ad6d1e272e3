#include "model/base/quantity.h"
#include "model/profile/device_parameters.h"
#include "model/profile/field_access.h"

#include <array>

namespace sipsim::profile
{

namespace
{

using field::joined;
using P = DeviceParameter;

std::string
number_text(const P& p, double value)
{
    const bool time = p.type == ParameterType::kDuration || p.type == ParameterType::kDurations ||
                      p.type == ParameterType::kWholeSeconds ||
                      p.type == ParameterType::kOptionalDuration;
    return time ? format(Quantity{Dimension::kDuration, value}) : format(value);
}

} // namespace

std::string_view
name_of(ParameterType type)
{
    constexpr std::array<std::string_view, 10> kNames{"bool",
                                                      "word",
                                                      "whole seconds",
                                                      "duration",
                                                      "duration or word",
                                                      "share",
                                                      "count",
                                                      "list of durations",
                                                      "list of statuses",
                                                      "token"};
    return kNames.at(static_cast<std::size_t>(type));
}

std::string_view
unit_of(ParameterType type)
{
    switch (type)
    {
    case ParameterType::kWholeSeconds:
    case ParameterType::kDuration:
    case ParameterType::kOptionalDuration:
    case ParameterType::kDurations:
        return "s";
    case ParameterType::kBool:
    case ParameterType::kWord:
    case ParameterType::kShare:
    case ParameterType::kCount:
    case ParameterType::kStatuses:
    case ParameterType::kToken:
        break;
    }
    return "";
}

std::string
range_text(const DeviceParameter& p)
{
    if (p.type == ParameterType::kBool || p.type == ParameterType::kWord)
    {
        return joined(p.words, " | ");
    }
    if (p.type == ParameterType::kToken)
    {
        return "a token (RFC 3261 §25.1), or " + std::string{p.words};
    }
    const std::string low = number_text(p, p.range.low);
    const std::string high = number_text(p, p.range.high);
    std::string text;
    if (!p.range.above_low && !p.range.below_high)
    {
        text = low + " to " + high;
    }
    else
    {
        text = (p.range.above_low ? "above " : "at least ") + low +
               (p.range.below_high ? " and below " : " and at most ") + high;
    }
    if (p.type == ParameterType::kOptionalDuration)
    {
        text += ", or " + std::string{p.words};
    }
    return text;
}

} // namespace sipsim::profile
