#include "scenarios/runner/sweep_values.h"

#include "scenarios/runner/config_values.h"

#include <cmath>
#include <cstdio>

namespace sipsim::runner
{

namespace
{

constexpr std::size_t kMostValues = 100'000;

// -0.0 and 0.0 are one value, though they are written differently.
double
unsigned_zero(double value)
{
    return value == 0.0 ? 0.0 : value;
}

std::optional<Quantity>
quantity_of(const Value& value)
{
    if (const auto* integer = std::get_if<std::int64_t>(&value.data))
    {
        return Quantity{Dimension::kNumber, static_cast<double>(*integer)};
    }
    if (const auto* number = std::get_if<double>(&value.data))
    {
        return std::isfinite(*number)
                   ? std::optional{Quantity{Dimension::kNumber, unsigned_zero(*number)}}
                   : std::nullopt;
    }
    if (const auto* text = std::get_if<std::string>(&value.data))
    {
        const Parsed<Quantity> parsed = parse_quantity(*text);
        if (const auto* quantity = std::get_if<Quantity>(&parsed))
        {
            return Quantity{quantity->dimension, unsigned_zero(quantity->value)};
        }
    }
    return std::nullopt;
}

// Twelve digits: what was meant, without the dust of binary fractions.
double
tidy(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.12g", value);
    return std::strtod(text, nullptr);
}

Value
value_from(Quantity quantity, const Place& place)
{
    quantity.value = tidy(quantity.value);
    const bool bare =
        quantity.dimension == Dimension::kNumber || quantity.dimension == Dimension::kShare;
    if (!bare)
    {
        return {.data = format(quantity), .place = place};
    }
    if (quantity.value == std::floor(quantity.value) && std::abs(quantity.value) < 1e15)
    {
        return {.data = static_cast<std::int64_t>(quantity.value), .place = place};
    }
    return {.data = quantity.value, .place = place};
}

// Reads one kind of axis; every failure is one sentence at one place.
class Generator
{
  public:
    Generator(const std::string& path,
              const Place& place,
              const AxisParts& parts,
              Problems& problems)
        : path_(path),
          place_(place),
          parts_(parts),
          problems_(problems)
    {
    }

    std::optional<std::vector<Value>> run()
    {
        const bool range = parts_.contains("range");
        const bool step = parts_.contains("step");
        const bool linear = parts_.contains("linspace");
        const bool logarithmic = parts_.contains("logspace");
        if (range && step && !linear && !logarithmic)
        {
            return stepped(parts_.at("range"), parts_.at("step"));
        }
        if (linear != logarithmic && !range && !step)
        {
            return spaced(parts_.at(linear ? "linspace" : "logspace"), logarithmic);
        }
        return fail(
            place_,
            "write { linspace = [first, last, count] }, { logspace = [first, last, count] } or "
            "{ range = [first, last], step = ... }");
    }

  private:
    std::nullopt_t fail(const Place& place, const std::string& clause)
    {
        problems_.add(place, path_ + ": " + clause);
        return std::nullopt;
    }

    // The two ends of an axis, of one dimension.
    std::optional<std::pair<Quantity, Quantity>> ends(const std::vector<Value>& list)
    {
        const auto first = quantity_of(list[0]);
        const auto last = quantity_of(list[1]);
        if (!first || !last)
        {
            const Value& culprit = first ? list[1] : list[0];
            return fail(culprit.place,
                        written(culprit) + " is neither a number nor a number with a unit");
        }
        if (first->dimension != last->dimension)
        {
            return fail(list[1].place,
                        written(list[0]) + " and " + written(list[1]) + " are not of one unit");
        }
        return std::pair{*first, *last};
    }

    std::optional<std::vector<Value>> stepped(const Value& range, const Value& step)
    {
        const auto* list = std::get_if<std::vector<Value>>(&range.data);
        if (list == nullptr || list->size() != 2)
        {
            return fail(range.place, "range must be [first, last]");
        }
        const auto both = ends(*list);
        const auto by = quantity_of(step);
        if (!both)
        {
            return std::nullopt;
        }
        const auto [first, last] = *both;
        if (!by || by->dimension != first.dimension || by->value == 0 ||
            (last.value - first.value) / by->value < 0)
        {
            return fail(step.place,
                        "step " + written(step) + " does not lead from " + written((*list)[0]) +
                            " to " + written((*list)[1]));
        }
        // A little slack: 0.1 * 3 is more than 0.3.
        const double steps = std::floor((last.value - first.value) / by->value + 1e-9);
        if (steps >= static_cast<double>(kMostValues))
        {
            return fail(step.place, "makes more than " + std::to_string(kMostValues) + " values");
        }
        std::vector<Value> values;
        for (std::size_t i = 0; static_cast<double>(i) <= steps; ++i)
        {
            const double value = first.value + static_cast<double>(i) * by->value;
            values.push_back(value_from({first.dimension, value}, range.place));
        }
        return values;
    }

    std::optional<std::vector<Value>> spaced(const Value& what, bool logarithmic)
    {
        const std::string word = logarithmic ? "logspace" : "linspace";
        const auto* list = std::get_if<std::vector<Value>>(&what.data);
        const auto* count = list == nullptr || list->size() != 3
                                ? nullptr
                                : std::get_if<std::int64_t>(&(*list)[2].data);
        if (count == nullptr || *count < 2 || *count > static_cast<std::int64_t>(kMostValues))
        {
            return fail(what.place,
                        word + " must be [first, last, count] with a count of 2 to " +
                            std::to_string(kMostValues));
        }
        const auto both = ends(*list);
        if (!both)
        {
            return std::nullopt;
        }
        const auto [first, last] = *both;
        if (logarithmic && (first.value <= 0 || last.value <= 0))
        {
            return fail(what.place, "logspace needs ends above zero");
        }
        std::vector<Value> values;
        for (std::int64_t i = 0; i < *count; ++i)
        {
            const double way = static_cast<double>(i) / static_cast<double>(*count - 1);
            const double value = logarithmic ? first.value * std::pow(last.value / first.value, way)
                                             : first.value + (last.value - first.value) * way;
            values.push_back(value_from({first.dimension, value}, what.place));
        }
        return values;
    }

    const std::string& path_;
    const Place& place_;
    const AxisParts& parts_;
    Problems& problems_;
};

CanonicalValue
canonical_of(const KeySpec& spec, const Typed& typed_value)
{
    if (const auto* duration = std::get_if<SimDuration>(&typed_value))
    {
        return canonical_duration(*duration);
    }
    if (const auto* integer = std::get_if<std::int64_t>(&typed_value))
    {
        return {std::to_string(*integer),
                Quantity{Dimension::kNumber, static_cast<double>(*integer)}};
    }
    if (const auto* number = std::get_if<double>(&typed_value))
    {
        const Quantity quantity{spec.type == KeyType::kRate      ? Dimension::kRate
                                : spec.type == KeyType::kBitRate ? Dimension::kBitRate
                                                                 : Dimension::kShare,
                                unsigned_zero(*number)};
        return {format(quantity), quantity};
    }
    if (const auto* flag = std::get_if<bool>(&typed_value))
    {
        return {*flag ? "true" : "false", std::nullopt};
    }
    if (const auto* texts = std::get_if<Texts>(&typed_value))
    {
        std::string list;
        for (const PlacedText& text : *texts)
        {
            list += (list.empty() ? "" : ", ") + text.text;
        }
        return {list, std::nullopt};
    }
    return {std::get<std::string>(typed_value), std::nullopt};
}

} // namespace

std::optional<std::vector<Value>>
generate_values(const std::string& path,
                const Place& place,
                const AxisParts& parts,
                Problems& problems)
{
    return Generator{path, place, parts, problems}.run();
}

CanonicalValue
canonical_value(const KeySpec* spec, const Value& value)
{
    if (spec != nullptr)
    {
        const Parsed<Typed> parsed = typed(*spec, value);
        if (const auto* good = std::get_if<Typed>(&parsed))
        {
            return canonical_of(*spec, *good);
        }
    }
    else if (const auto quantity = quantity_of(value))
    {
        return {format(*quantity), quantity};
    }
    const auto* text = std::get_if<std::string>(&value.data);
    return {text == nullptr ? written(value) : *text, std::nullopt};
}

CanonicalValue
canonical_duration(SimDuration duration)
{
    return {format(duration), Quantity{Dimension::kDuration, to_seconds(duration)}};
}

} // namespace sipsim::runner
