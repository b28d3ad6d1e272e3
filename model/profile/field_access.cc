#include "model/profile/field_access.h"

#include "model/sip/codec_fields.h"
#include "model/sip/names.h"

#include <cmath>

namespace sipsim::profile::field
{

namespace
{

constexpr double kLargestInteger = std::numeric_limits<std::uint32_t>::max();

// RFC 3261 §25.1, and no longer than a name may be.
bool
is_short_token(std::string_view text)
{
    return sip::is_token(text) && text.size() <= sip::Names::kMaxText;
}

// "5??, 603"
std::vector<Scalar>
between_commas(std::string_view text)
{
    std::vector<Scalar> items;
    while (!text.empty())
    {
        const std::size_t comma = std::min(text.find(','), text.size());
        std::string_view item = text.substr(0, comma);
        item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
        items.emplace_back(std::string{item.substr(0, item.find_last_not_of(' ') + 1)});
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return items;
}

} // namespace

std::vector<std::string>
split(std::string_view words)
{
    std::vector<std::string> items;
    while (!words.empty())
    {
        const std::size_t bar = words.find('|');
        items.emplace_back(words.substr(0, bar));
        words.remove_prefix(bar == std::string_view::npos ? words.size() : bar + 1);
    }
    return items;
}

std::string
joined(std::string_view words, std::string_view between)
{
    std::string text;
    for (const std::string& word : split(words))
    {
        text += (text.empty() ? "" : std::string{between}) + word;
    }
    return text;
}

std::string
out_of(const P& p)
{
    return "must be " + range_text(p);
}

Parsed<SimDuration>
duration_of(const P& p, const Scalar& scalar)
{
    const auto* text = std::get_if<std::string>(&scalar);
    if (text == nullptr)
    {
        return number_of(scalar) ? missing_unit(written(scalar), Dimension::kDuration)
                                 : std::string{"is not a duration: write \"20s\""};
    }
    Parsed<SimDuration> parsed = parse_duration(*text);
    if (const auto* d = std::get_if<SimDuration>(&parsed); d && !p.range.holds(to_seconds(*d)))
    {
        return out_of(p);
    }
    return parsed;
}

Parsed<std::int64_t>
integer_of(const P& p, const Scalar& scalar)
{
    const auto* integer = std::get_if<std::int64_t>(&scalar);
    std::int64_t number = integer == nullptr ? 0 : *integer;
    if (const auto* text = std::get_if<std::string>(&scalar))
    {
        const Parsed<double> parsed = parse_number(*text);
        const auto* real = std::get_if<double>(&parsed);
        if (real == nullptr || std::trunc(*real) != *real || std::abs(*real) > kLargestInteger)
        {
            return std::string{"is not a whole number"};
        }
        number = std::llround(*real);
    }
    else if (integer == nullptr)
    {
        return std::string{"is not a whole number"};
    }
    if (!p.range.holds(static_cast<double>(number)))
    {
        return out_of(p);
    }
    return number;
}

std::string
text_of(const registration::StatusPatterns& patterns)
{
    std::vector<Scalar> list;
    for (const std::uint16_t pattern : patterns)
    {
        if (pattern < 10)
        {
            list.emplace_back(std::to_string(pattern) + "xx");
        }
        else
        {
            list.emplace_back(std::int64_t{pattern});
        }
    }
    return written(Value{list});
}

Clause
read_statuses(const P& p, const Value& value, registration::StatusPatterns& patterns)
{
    registration::StatusPatterns read;
    const auto* whole = std::get_if<std::string>(&value);
    for (const Scalar& item : whole == nullptr ? list_of(value) : between_commas(*whole))
    {
        const auto* text = std::get_if<std::string>(&item);
        const bool a_class = text != nullptr && text->size() == 3 && text->front() >= '3' &&
                             text->front() <= '6' &&
                             (text->ends_with("xx") || text->ends_with("??"));
        const Parsed<std::int64_t> status =
            a_class ? Parsed<std::int64_t>{text->front() - '0'} : integer_of(p, item);
        if (std::holds_alternative<std::string>(status))
        {
            return written(item) + ' ' + out_of(p) + ", or a class from 3xx to 6xx";
        }
        if (!read.push(static_cast<std::uint16_t>(std::get<std::int64_t>(status))))
        {
            return "holds at most " + std::to_string(decltype(read)::capacity()) + " statuses";
        }
    }
    patterns = read;
    return std::nullopt;
}

std::string
get_retransmit_list(const P&, const O& options)
{
    std::vector<Scalar> list;
    const sip::RetransmissionLaw& law = options.registration.transaction.retransmission;
    if (law.kind == sip::RetransmissionLaw::Kind::kList)
    {
        for (const SimDuration d : law.intervals)
        {
            list.emplace_back(format(d));
        }
    }
    return written(Value{list});
}

Clause
set_retransmit_list(const P& p, O& options, const Value& value)
{
    using Kind = sip::RetransmissionLaw::Kind;
    sip::RetransmissionLaw& law = options.registration.transaction.retransmission;
    decltype(law.intervals) intervals;
    for (const Scalar& item : list_of(value))
    {
        const Parsed<SimDuration> d = duration_of(p, item);
        if (const auto* clause = std::get_if<std::string>(&d))
        {
            return written(item) + " " + *clause;
        }
        if (!intervals.push(std::get<SimDuration>(d)))
        {
            return "holds at most " + std::to_string(decltype(intervals)::capacity()) +
                   " intervals";
        }
    }
    law.kind = intervals.empty() ? Kind::kRfc3261 : Kind::kList;
    law.intervals = intervals;
    return std::nullopt;
}

std::string
get_proxy_require(const P& p, const O& options)
{
    return options.proxy_require.empty() ? std::string{p.words} : options.proxy_require;
}

Clause
set_proxy_require(const P& p, O& options, const Value& value)
{
    const auto* text = std::get_if<std::string>(&value);
    if (text != nullptr && (text->empty() || *text == p.words))
    {
        options.proxy_require.clear();
        return std::nullopt;
    }
    if (text == nullptr || !is_short_token(*text))
    {
        return out_of(p);
    }
    options.proxy_require = *text;
    return std::nullopt;
}

} // namespace sipsim::profile::field
