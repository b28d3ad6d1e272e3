#include "scenarios/runner/config_values.h"

#include "model/base/nearest.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace sipsim::runner
{

namespace
{

using enum KeyType;

std::string
must_be(const KeySpec& spec)
{
    return "must be " + type_text(spec);
}

Dimension
dimension_of(KeyType type)
{
    switch (type)
    {
    case kRate:
        return Dimension::kRate;
    case kBitRate:
        return Dimension::kBitRate;
    case kShare:
        return Dimension::kShare;
    default:
        return Dimension::kDuration;
    }
}

bool
in_range(const KeySpec& spec, double value)
{
    return value <= spec.range.high &&
           (spec.range.above_low ? value > spec.range.low : value >= spec.range.low);
}

std::string
out_of_range(const KeySpec& spec)
{
    const std::string range = range_text(spec);
    return range.empty() ? "must not be negative" : "must be " + range;
}

Parsed<Typed>
typed_integer(const KeySpec& spec, const Value& value)
{
    const auto* integer = std::get_if<std::int64_t>(&value.data);
    if (integer == nullptr)
    {
        const bool quoted = std::holds_alternative<std::string>(value.data);
        return must_be(spec) + (quoted ? ", without quotes" : "");
    }
    if (!spec.choices.empty())
    {
        return is_one_of(std::to_string(*integer), spec.choices) ? Parsed<Typed>{Typed{*integer}}
                                                                 : must_be(spec);
    }
    if (!in_range(spec, static_cast<double>(*integer)))
    {
        return out_of_range(spec);
    }
    return Typed{*integer};
}

Parsed<Typed>
typed_duration(const KeySpec& spec, const std::string& text)
{
    const Parsed<SimDuration> parsed = parse_duration(text);
    if (const auto* clause = std::get_if<std::string>(&parsed))
    {
        return *clause;
    }
    const SimDuration duration = std::get<SimDuration>(parsed);
    if (!in_range(spec, to_seconds(duration)))
    {
        return out_of_range(spec);
    }
    if (spec.type == kWholeSeconds && duration % std::chrono::seconds{1} != SimDuration::zero())
    {
        return std::string{"must be whole seconds"};
    }
    return Typed{duration};
}

std::string
sample_of(Dimension dimension)
{
    switch (dimension)
    {
    case Dimension::kDuration:
        return " such as \"20s\"";
    case Dimension::kRate:
        return " such as \"50/s\"";
    case Dimension::kBitRate:
        return " such as \"10Mbps\"";
    default:
        return {};
    }
}

// What to write instead of 10000000 or 2: the number may have been meant in more than one unit.
std::string
bare_number(const std::string& number, Dimension dimension)
{
    if (dimension == Dimension::kRate)
    {
        return "has no unit: write \"" + number + "/s\" or \"" + number +
               "/h\" (units: " + std::string{units_of(dimension)} + ')';
    }
    if (dimension == Dimension::kBitRate)
    {
        return "has no unit: write \"" + number +
               "bps\" (units: " + std::string{units_of(dimension)} + ')';
    }
    return missing_unit(number, dimension);
}

// Durations, rates, bit rates and shares.
Parsed<Typed>
typed_quantity(const KeySpec& spec, const Value& value)
{
    const Dimension dimension = dimension_of(spec.type);
    std::string text;
    if (const auto* written_text = std::get_if<std::string>(&value.data))
    {
        text = *written_text;
    }
    else if (const auto* integer = std::get_if<std::int64_t>(&value.data))
    {
        text = std::to_string(*integer);
    }
    else if (const auto* number = std::get_if<double>(&value.data))
    {
        if (!std::isfinite(*number))
        {
            return must_be(spec);
        }
        text = format(*number);
    }
    else
    {
        return must_be(spec) + sample_of(dimension);
    }
    if (!std::holds_alternative<std::string>(value.data) && dimension != Dimension::kShare)
    {
        return bare_number(text, dimension);
    }
    if (dimension == Dimension::kDuration)
    {
        return typed_duration(spec, text);
    }
    const Parsed<Quantity> parsed = parse_quantity(text, dimension);
    if (const auto* clause = std::get_if<std::string>(&parsed))
    {
        return *clause;
    }
    const double number = std::get<Quantity>(parsed).value;
    return in_range(spec, number) ? Parsed<Typed>{Typed{number}} : out_of_range(spec);
}

std::string
not_one_of(const KeySpec& spec, std::string_view word)
{
    return must_be(spec) + did_you_mean(word, split_choices(spec.choices));
}

Parsed<Typed>
typed_text(const KeySpec& spec, const Value& value)
{
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr)
    {
        return must_be(spec) + (spec.choices.empty() ? ", in quotes" : "");
    }
    if (spec.type == kChoice && !is_one_of(*text, spec.choices))
    {
        return not_one_of(spec, *text);
    }
    if (spec.type == kName && !is_name(*text))
    {
        return std::string{"must be 1 to 64 letters, digits, \"-\" or \"_\""};
    }
    if (text->empty())
    {
        return std::string{"must not be empty"};
    }
    return Typed{*text};
}

Parsed<Typed>
typed_texts(const KeySpec& spec, const Value& value)
{
    Texts texts;
    const std::vector<Value> single{value};
    const auto* list = std::get_if<std::vector<Value>>(&value.data);
    for (const Value& element : list == nullptr ? single : *list)
    {
        const auto* text = std::get_if<std::string>(&element.data);
        if (text == nullptr)
        {
            return must_be(spec);
        }
        if (!spec.choices.empty() && !is_one_of(*text, spec.choices))
        {
            return not_one_of(spec, *text);
        }
        if (std::ranges::find(texts, *text, &PlacedText::text) != texts.end())
        {
            return "names \"" + *text + "\" twice";
        }
        texts.push_back({*text, element.place});
    }
    if (texts.empty())
    {
        return std::string{"must not be empty"};
    }
    return Typed{texts};
}

Value
default_value(const KeySpec& spec)
{
    // Names and choices are texts, even where TOML would read a number.
    const bool bare = spec.type == kInteger || spec.type == kBool || spec.type == kShare;
    return bare ? read_value(spec.fallback, {})
                : Value{.data = std::string{spec.fallback}, .place = {}};
}

// Keys of the same section that begin with "key.".
std::vector<std::string>
keys_below(std::string_view section, std::string_view key)
{
    std::vector<std::string> below;
    const std::string prefix = std::string{key} + '.';
    for (const std::string& name : keys_of(section))
    {
        if (name.starts_with(prefix))
        {
            below.push_back(name.substr(prefix.size()));
        }
    }
    return below;
}

} // namespace

bool
is_name(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    });
}

std::string
header_of(std::string_view section)
{
    const auto sections = config_sections();
    const auto found = std::ranges::find(sections, section, &SectionSpec::section);
    const bool listed = found != sections.end() && found->listed;
    return (listed ? "[[" : "[") + std::string{section} + (listed ? "]]" : "]");
}

std::string
complaint(const Setting& setting, std::string_view clause)
{
    return shown_key(setting) + " = " + written(setting.value) + ": " + std::string{clause};
}

std::string
shown_key(const Setting& setting)
{
    const std::string& key = setting.label ? *setting.label : setting.key;
    const std::size_t vendor = key.find("vendor.");
    const std::size_t name = vendor + std::string_view{"vendor."}.size();
    if (vendor == std::string::npos || is_name(key.substr(name)))
    {
        return key;
    }
    return key.substr(0, name) + '"' + key.substr(name) + '"';
}

Parsed<Typed>
typed(const KeySpec& spec, const Value& value)
{
    switch (spec.type)
    {
    case kBool:
        if (const auto* flag = std::get_if<bool>(&value.data))
        {
            return Typed{*flag};
        }
        return must_be(spec) +
               (std::holds_alternative<std::string>(value.data) ? ", without quotes" : "");
    case kInteger:
        return typed_integer(spec, value);
    case kShare:
    case kDuration:
    case kWholeSeconds:
    case kRate:
    case kBitRate:
        return typed_quantity(spec, value);
    case kTexts:
        return typed_texts(spec, value);
    case kText:
    case kName:
    case kChoice:
    case kStart:
        break;
    }
    return typed_text(spec, value);
}

Values::Values(const Section& section, Problems& problems, bool (*foreign)(std::string_view key))
    : section_(section),
      problems_(problems)
{
    for (const Setting& setting : section.settings)
    {
        const KeySpec* spec = find_key(section.kind, setting.key);
        if (spec != nullptr)
        {
            read(setting, *spec);
        }
        else if (foreign == nullptr || !foreign(setting.key))
        {
            report_unknown(setting);
        }
    }
    fill_absent();
}

void
Values::read(const Setting& setting, const KeySpec& spec)
{
    if (setting.table)
    {
        problems_.add(setting.key_place, setting.key + " " + must_be(spec) + ", not a table");
        return;
    }
    const Parsed<Typed> value = typed(spec, setting.value);
    if (const auto* clause = std::get_if<std::string>(&value))
    {
        problems_.add(setting.value.place, complaint(setting, *clause));
    }
    else
    {
        values_.emplace(setting.key, std::get<Typed>(value));
    }
}

void
Values::fill_absent()
{
    for (const KeySpec& spec : config_keys())
    {
        if (spec.section != section_.kind || spec.fallback == kOptional)
        {
            continue;
        }
        if (spec.fallback != kRequired)
        {
            if (!values_.contains(spec.key))
            {
                values_.emplace(spec.key, std::get<Typed>(typed(spec, default_value(spec))));
            }
        }
        else if (!given(spec.key) && !misspelt_.contains(spec.key) &&
                 (spec.kinds.empty() || is_one_of(get<std::string>("kind"), spec.kinds)))
        {
            problems_.add(section_.place,
                          header_of(section_.kind) + " needs a key \"" + std::string{spec.key} +
                              "\" (" + type_text(spec) + "): " + std::string{spec.meaning});
        }
    }
}

void
Values::report_unknown(const Setting& setting)
{
    const std::vector<std::string> below = keys_below(section_.kind, setting.key);
    if (!below.empty())
    {
        if (!setting.table)
        {
            problems_.add(setting.value.place,
                          complaint(setting, "must be a table { ... } of " + joined(below)));
        }
        return;
    }
    for (std::size_t dot = setting.key.find('.'); dot != std::string::npos;
         dot = setting.key.find('.', dot + 1))
    {
        if (const KeySpec* spec = find_key(section_.kind, setting.key.substr(0, dot)))
        {
            misspelt_.insert(std::string{spec->key});
            problems_.add(setting.key_place,
                          std::string{spec->key} + " " + must_be(*spec) + ", not a table");
            return;
        }
    }
    const std::vector<std::string> known = keys_of(section_.kind);
    std::string hint = did_you_mean(setting.key, known);
    if (const auto meant = nearest(setting.key, known))
    {
        misspelt_.insert(*meant);
    }
    for (const KeySpec& spec : config_keys())
    {
        if (hint.empty() && spec.key == setting.key)
        {
            hint = "; it belongs to " + header_of(spec.section);
        }
    }
    problems_.add(setting.key_place,
                  "unknown key \"" + shown_key(setting) + "\" in " + header_of(section_.kind) +
                      (hint.empty() ? "; its keys are " + joined(known) : hint));
}

bool
Values::given(std::string_view key) const
{
    return section_.find(key) != nullptr;
}

Place
Values::place(std::string_view key) const
{
    return section_.place_of(key);
}

void
Values::complain(std::string_view key, std::string_view clause) const
{
    const Setting* setting = section_.find(key);
    problems_.add(place(key),
                  setting == nullptr ? std::string{key} + ": " + std::string{clause}
                                     : complaint(*setting, clause));
}

} // namespace sipsim::runner
