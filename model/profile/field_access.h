#pragma once

// Models : reading and writing one field of DeviceOptions as text, by the type of its parameter.
// Drives : the table of registration parameters names a pair of these for each field.
// Keeps  : a field is written only with a value in its parameter's range.
// Leaves : names, ranges and meanings (device_parameters.cc).

#include "model/base/quantity.h"
#include "model/profile/device_parameters.h"

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace sipsim::profile::field
{

using O = DeviceOptions;
using P = DeviceParameter;
using Clause = std::optional<std::string>;

/// The words of "a|b|c", and the same written with something else between them.
[[nodiscard]] std::vector<std::string> split(std::string_view words);
[[nodiscard]] std::string joined(std::string_view words, std::string_view between);

/// "must be 1s to 3600s".
[[nodiscard]] std::string out_of(const P& p);

/// The value in the parameter's range, or the clause that says why not.
[[nodiscard]] Parsed<SimDuration> duration_of(const P& p, const Scalar& scalar);
[[nodiscard]] Parsed<std::int64_t> integer_of(const P& p, const Scalar& scalar);

// Fields of a kind of their own.
[[nodiscard]] std::string get_retransmit_list(const P& p, const O& options);
[[nodiscard]] Clause set_retransmit_list(const P& p, O& options, const Value& value);
[[nodiscard]] std::string get_proxy_require(const P& p, const O& options);
[[nodiscard]] Clause set_proxy_require(const P& p, O& options, const Value& value);

/// "[408, 5xx]", and the patterns that such a value means.
[[nodiscard]] std::string text_of(const registration::StatusPatterns& patterns);
[[nodiscard]] Clause read_statuses(const P& p,
                                   const Value& value,
                                   registration::StatusPatterns& patterns);

// Fields of a type that several have; `ref` names the field.

template <registration::StatusPatterns& (*ref)(O&)>
std::string
get_statuses(const P&, const O& options)
{
    O copy = options;
    return text_of(ref(copy));
}

template <registration::StatusPatterns& (*ref)(O&)>
Clause
set_statuses(const P& p, O& options, const Value& value)
{
    return read_statuses(p, value, ref(options));
}

template <std::optional<SimDuration>& (*ref)(O&)>
std::string
get_optional_duration(const P& p, const O& options)
{
    O copy = options;
    return ref(copy) ? format(*ref(copy)) : std::string{p.words};
}

template <std::optional<SimDuration>& (*ref)(O&)>
Clause
set_optional_duration(const P& p, O& options, const Value& value)
{
    const auto* text = std::get_if<std::string>(&value);
    if (text != nullptr && *text == p.words)
    {
        ref(options).reset();
        return std::nullopt;
    }
    const std::optional<Scalar> scalar = scalar_of(value);
    const Parsed<SimDuration> d =
        scalar ? duration_of(p, *scalar) : Parsed<SimDuration>{"must be one duration, not a list"};
    if (const auto* clause = std::get_if<std::string>(&d))
    {
        return *clause;
    }
    ref(options) = std::get<SimDuration>(d);
    return std::nullopt;
}

template <SimDuration& (*ref)(O&)>
std::string
get_duration(const P&, const O& options)
{
    O copy = options;
    return format(ref(copy));
}

template <SimDuration& (*ref)(O&)>
Clause
set_duration(const P& p, O& options, const Value& value)
{
    const std::optional<Scalar> scalar = scalar_of(value);
    if (!scalar)
    {
        return "must be one duration, not a list";
    }
    const Parsed<SimDuration> d = duration_of(p, *scalar);
    if (const auto* clause = std::get_if<std::string>(&d))
    {
        return *clause;
    }
    ref(options) = std::get<SimDuration>(d);
    return std::nullopt;
}

template <std::uint32_t& (*ref)(O&)>
std::string
get_seconds(const P&, const O& options)
{
    O copy = options;
    return format(SimDuration{std::chrono::seconds{ref(copy)}});
}

template <std::uint32_t& (*ref)(O&)>
Clause
set_seconds(const P& p, O& options, const Value& value)
{
    const std::optional<Scalar> scalar = scalar_of(value);
    if (!scalar)
    {
        return "must be one duration, not a list";
    }
    const Parsed<SimDuration> d = duration_of(p, *scalar);
    if (const auto* clause = std::get_if<std::string>(&d))
    {
        return *clause;
    }
    const SimDuration whole = std::get<SimDuration>(d);
    if (whole % std::chrono::seconds{1} != SimDuration::zero())
    {
        return "must be whole seconds, as SIP writes them (RFC 3261 §20.19)";
    }
    ref(options) = static_cast<std::uint32_t>(whole / std::chrono::seconds{1});
    return std::nullopt;
}

template <double& (*ref)(O&)>
std::string
get_share(const P&, const O& options)
{
    O copy = options;
    return format(ref(copy));
}

template <double& (*ref)(O&)>
Clause
set_share(const P& p, O& options, const Value& value)
{
    const std::optional<Scalar> scalar = scalar_of(value);
    std::optional<double> share = scalar ? number_of(*scalar) : std::nullopt;
    if (scalar && std::holds_alternative<std::string>(*scalar))
    {
        const Parsed<double> parsed = parse_share(std::get<std::string>(*scalar));
        if (const auto* clause = std::get_if<std::string>(&parsed))
        {
            return *clause;
        }
        share = std::get<double>(parsed);
    }
    if (!share)
    {
        return "is not a share: write a number such as 0.05 or \"5%\"";
    }
    if (!p.range.holds(*share))
    {
        return out_of(p);
    }
    ref(options) = *share;
    return std::nullopt;
}

template <auto ref>
std::string
get_count(const P&, const O& options)
{
    O copy = options;
    return std::to_string(ref(copy));
}

template <auto ref>
Clause
set_count(const P& p, O& options, const Value& value)
{
    const std::optional<Scalar> scalar = scalar_of(value);
    if (!scalar)
    {
        return "must be one number, not a list";
    }
    const Parsed<std::int64_t> number = integer_of(p, *scalar);
    if (const auto* clause = std::get_if<std::string>(&number))
    {
        return *clause;
    }
    using Count = std::remove_reference_t<decltype(ref(options))>;
    ref(options) = static_cast<Count>(std::get<std::int64_t>(number));
    return std::nullopt;
}

template <bool& (*ref)(O&)>
std::string
get_bool(const P&, const O& options)
{
    O copy = options;
    return ref(copy) ? "true" : "false";
}

template <bool& (*ref)(O&)>
Clause
set_bool(const P&, O& options, const Value& value)
{
    if (const auto* flag = std::get_if<bool>(&value))
    {
        ref(options) = *flag;
        return std::nullopt;
    }
    const auto* text = std::get_if<std::string>(&value);
    if (text != nullptr && (*text == "true" || *text == "false"))
    {
        ref(options) = *text == "true";
        return std::nullopt;
    }
    return "must be true or false";
}

template <auto ref>
std::string
get_word(const P& p, const O& options)
{
    O copy = options;
    return split(p.words).at(static_cast<std::size_t>(ref(copy)));
}

template <auto ref>
Clause
set_word(const P& p, O& options, const Value& value)
{
    const auto* text = std::get_if<std::string>(&value);
    const std::vector<std::string> words = split(p.words);
    const auto found = text == nullptr ? words.end() : std::ranges::find(words, *text);
    if (found == words.end())
    {
        return "must be one of " + joined(p.words, ", ");
    }
    using Enum = std::remove_reference_t<decltype(ref(options))>;
    ref(options) = static_cast<Enum>(found - words.begin()); // words stand in the order of the enum
    return std::nullopt;
}

} // namespace sipsim::profile::field
