#include "model/profile/choice.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sipsim::profile
{

namespace
{

std::string
with_unit(const VendorParameter& p, double number)
{
    return format(number) + p.unit;
}

std::string
allows(const VendorParameter& p, std::string_view product)
{
    return std::string{product} + " allows " + range_text(p) + " (" + p.name + ")";
}

bool
stands_for(bool flag, std::string_view name)
{
    static constexpr std::array<std::string_view, 3> kTrue{"yes", "on", "enabled"};
    static constexpr std::array<std::string_view, 3> kFalse{"no", "off", "disabled"};
    return std::ranges::any_of(flag ? kTrue : kFalse,
                               [&](std::string_view word) { return same_word(word, name); });
}

const Choice*
named(const VendorParameter& p, const Scalar& scalar)
{
    const auto found = std::ranges::find_if(p.choices, [&](const Choice& choice) {
        if (const auto* flag = std::get_if<bool>(&scalar))
        {
            return stands_for(*flag, choice.name);
        }
        if (const auto* code = std::get_if<std::int64_t>(&scalar))
        {
            return choice.code == *code; // of a number too: one that has a name of its own
        }
        const auto* text = std::get_if<std::string>(&scalar);
        return text != nullptr && same_word(*text, choice.name);
    });
    return found == p.choices.end() ? nullptr : &*found;
}

// A number in the parameter's unit: bare, or a duration that is a whole number of units.
Parsed<double>
number_in_units(const VendorParameter& p, const Scalar& scalar)
{
    std::optional<double> number = number_of(scalar);
    const auto* text = std::get_if<std::string>(&scalar);
    if (text != nullptr)
    {
        const Parsed<double> bare = parse_number(*text);
        const Parsed<SimDuration> duration = parse_duration(*text);
        if (const auto* n = std::get_if<double>(&bare))
        {
            number = *n;
        }
        else if (p.one_unit == SimDuration::zero())
        {
            return std::string{"is not a number"};
        }
        else if (const auto* clause = std::get_if<std::string>(&duration))
        {
            return *clause;
        }
        else
        {
            const SimDuration d = std::get<SimDuration>(duration);
            if (!p.list && !p.fractions && d % p.one_unit != SimDuration::zero())
            {
                return "is not a whole number of " + p.unit;
            }
            number = static_cast<double>(d.count()) / static_cast<double>(p.one_unit.count());
        }
    }
    if (!number)
    {
        return std::string{"is not a number"};
    }
    // Most settings of devices are whole numbers; lists of waits have fractions.
    if (!p.list && !p.fractions && std::trunc(*number) != *number)
    {
        return std::string{"is not a whole number"} + (p.unit.empty() ? "" : " of " + p.unit);
    }
    return *number;
}

std::vector<Scalar>
items_of(const VendorParameter& p, const Value& value)
{
    const auto* text = std::get_if<std::string>(&value);
    if (!p.list || text == nullptr)
    {
        return list_of(value);
    }
    std::vector<Scalar> items; // "0.5, 1, 2"
    for (std::size_t begin = 0; begin <= text->size() && !text->empty();)
    {
        const std::size_t comma = std::min(text->find(',', begin), text->size());
        items.emplace_back(text->substr(begin, comma - begin));
        begin = comma + 1;
    }
    return items;
}

} // namespace

std::string
range_text(const VendorParameter& p)
{
    std::string text;
    if (p.numeric && p.low < p.high)
    {
        text = with_unit(p, p.low) + " to " + with_unit(p, p.high);
    }
    for (const Choice& choice : p.choices)
    {
        text += choice.simulated ? (text.empty() ? "" : " | ") + choice.name : "";
    }
    return text;
}

Parsed<Meant>
understand(const VendorParameter& p, const Value& value, std::string_view product)
{
    const std::optional<Scalar> scalar = scalar_of(value);
    if (scalar)
    {
        if (const Choice* choice = named(p, *scalar))
        {
            return Meant{.choice = choice, .numbers = {}};
        }
    }
    if (!p.numeric && !p.number_sets.empty())
    {
        const auto* text = std::get_if<std::string>(&value);
        return text == nullptr ? Parsed<Meant>{"must be a text"} : Meant{.text = *text};
    }
    if (!p.numeric)
    {
        return p.choices.empty() ? std::string{"takes no value here"} : allows(p, product);
    }
    if (!scalar && !p.list)
    {
        return std::string{"must be one number, not a list"};
    }
    Meant meant;
    for (const Scalar& item : items_of(p, value))
    {
        const Parsed<double> number = number_in_units(p, item);
        if (const auto* clause = std::get_if<std::string>(&number))
        {
            const std::string range = range_text(p);
            return *clause + (range.empty() ? "" : "; " + allows(p, product));
        }
        double n = std::get<double>(number);
        if (p.raised && n >= *p.raised && n < p.low)
        {
            n = p.low;
            meant.raised = true;
        }
        if (p.low < p.high && !(n >= p.low && n <= p.high))
        {
            return allows(p, product);
        }
        meant.numbers.push_back(n);
    }
    return meant;
}

Value
converted(const VendorParameter& p, const Meant& meant)
{
    if (meant.text)
    {
        return *meant.text;
    }
    std::vector<Scalar> items;
    for (const double number : meant.numbers)
    {
        if (p.unit == "%")
        {
            items.emplace_back(format(number) + p.unit);
            continue;
        }
        if (p.one_unit == SimDuration::zero())
        {
            items.emplace_back(std::int64_t{std::llround(number)} + p.plus);
            continue;
        }
        const double ns = number * static_cast<double>(p.one_unit.count());
        // A finite text for what int64 cannot hold; its range refuses it.
        items.emplace_back(std::abs(ns) < 9.0e18 ? format(SimDuration{std::llround(ns)})
                                                 : std::string{"106751d"});
    }
    return p.list ? Value{items} : value_of(items.at(0));
}

std::optional<double>
number_in(const VendorParameter& p, const Value& value)
{
    const std::optional<Scalar> scalar = scalar_of(value);
    if (!p.numeric || p.list || !scalar)
    {
        return std::nullopt;
    }
    const auto* text = std::get_if<std::string>(&*scalar);
    if (p.one_unit == SimDuration::zero() && text == nullptr)
    {
        // Ours are shares where the product has percentages.
        const std::optional<double> number = number_of(*scalar);
        const bool share = p.unit == "%";
        return !number
                   ? std::nullopt
                   : std::optional{share ? *number * 100.0 : *number - static_cast<double>(p.plus)};
    }
    if (text == nullptr)
    {
        return std::nullopt;
    }
    if (p.unit == "%" && text->ends_with('%'))
    {
        const Parsed<double> number = parse_number(text->substr(0, text->size() - 1));
        const auto* n = std::get_if<double>(&number);
        return n == nullptr ? std::nullopt : std::optional{*n};
    }
    const Parsed<SimDuration> duration = parse_duration(*text);
    const auto* d = std::get_if<SimDuration>(&duration);
    return d == nullptr || p.one_unit == SimDuration::zero()
               ? std::nullopt
               : std::optional{static_cast<double>(d->count()) /
                               static_cast<double>(p.one_unit.count())};
}

std::optional<std::string>
check_range(const VendorParameter& p, const Value& value, std::string_view product)
{
    const std::optional<double> n = number_in(p, value);
    if (!n)
    {
        return std::nullopt; // for the registration.* parameter to complain about
    }
    if (p.low < p.high && !(*n >= p.low && *n <= p.high))
    {
        // Choices have no place in a registration.* parameter.
        const auto plus = static_cast<double>(p.plus);
        return std::string{product} + " allows " + with_unit(p, p.low + plus) + " to " +
               with_unit(p, p.high + plus) + " (" + p.name +
               (p.plus == 0 ? "" : " + " + std::to_string(p.plus)) + ")";
    }
    constexpr double kRounding =
        1e-9; // of a share that is a whole percentage, of a duration in minutes
    if (!p.fractions && std::abs(*n - std::round(*n)) > kRounding * std::max(1.0, std::abs(*n)))
    {
        return std::string{product} + " counts it in whole " +
               (p.unit.empty() ? "numbers" : p.unit) + " (" + p.name + ")";
    }
    return std::nullopt;
}

} // namespace sipsim::profile
