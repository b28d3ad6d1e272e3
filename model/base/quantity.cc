#include "model/base/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

namespace sipsim
{

namespace
{

struct Unit
{
    std::string_view name;
    std::uint64_t factor; // in the dimension's smallest unit
};

// Ascending; the smallest unit first.
constexpr std::array<Unit, 7> kDurations{{{"ns", 1},
                                          {"us", 1'000},
                                          {"ms", 1'000'000},
                                          {"s", 1'000'000'000},
                                          {"min", 60'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"d", 86'400'000'000'000}}};
constexpr std::array<Unit, 4> kRates{{{"/s", 1}, {"/min", 60}, {"/h", 3'600}, {"/d", 86'400}}};
constexpr std::array<Unit, 7> kSizes{{{"B", 1},
                                      {"kB", 1'000},
                                      {"KiB", 1'024},
                                      {"MB", 1'000'000},
                                      {"MiB", 1'048'576},
                                      {"GB", 1'000'000'000},
                                      {"GiB", 1'073'741'824}}};
constexpr std::array<Unit, 4> kBitRates{
    {{"bps", 1}, {"kbps", 1'000}, {"Mbps", 1'000'000}, {"Gbps", 1'000'000'000}}};
constexpr std::array<Unit, 1> kShares{{{"%", 1}}};

struct DimensionInfo
{
    std::string_view name;
    std::string_view si_unit;
    std::string_view units;
    std::string_view sample_unit; // of the remedy for a bare number
    std::span<const Unit> table;
};

const DimensionInfo&
info_of(Dimension dimension)
{
    static const std::array<DimensionInfo, 6> infos{
        {{"a number", "", "", "", {}},
         {"a duration", "s", "ns us ms s min h d", "s", kDurations},
         {"a rate", "1/s", "/s /min /h /d", "/s", kRates},
         {"a size", "B", "B kB MB GB KiB MiB GiB", "B", kSizes},
         {"a bit rate", "bit/s", "bps kbps Mbps Gbps", "Mbps", kBitRates},
         {"a share", "", "%", "", kShares}}};
    return infos.at(static_cast<std::size_t>(dimension));
}

// A decimal number without rounding: mantissa / 10^decimals.
struct Decimal
{
    bool negative = false;
    std::uint64_t mantissa = 0;
    unsigned decimals = 0;
    double approximate = 0.0;
    std::string_view number; // the text of the number
    std::string_view unit;   // what follows it
};

std::string_view
trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    {
        text.remove_suffix(1);
    }
    return text;
}

constexpr std::string_view kDigits = "0123456789";

// nullopt: does not begin with a number. A mantissa beyond 64 bits is refused like nonsense: such a
// number has more digits than any quantity here.
std::optional<Decimal>
read_decimal(std::string_view text)
{
    text = trimmed(text);
    Decimal d;
    std::size_t i = 0;
    if (i < text.size() && (text[i] == '-' || text[i] == '+'))
    {
        d.negative = text[i] == '-';
        ++i;
    }
    const std::size_t first = i;
    std::size_t digits = 0;
    bool point = false;
    for (; i < text.size(); ++i)
    {
        const char c = text[i];
        if (c == '.' && !point && digits > 0)
        {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
        {
            break;
        }
        ++digits;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (d.mantissa > (std::numeric_limits<std::uint64_t>::max() - digit) / 10)
        {
            return std::nullopt;
        }
        d.mantissa = d.mantissa * 10 + digit;
        d.decimals += point ? 1U : 0U;
    }
    if (digits == 0 || text[i - 1] == '.')
    {
        return std::nullopt;
    }
    d.number = text.substr(0, i);
    d.unit = trimmed(text.substr(i));
    std::from_chars(text.data() + first, text.data() + i, d.approximate);
    d.approximate = d.negative ? -d.approximate : d.approximate;
    return d;
}

std::string
quoted(std::string_view text)
{
    return "\"" + std::string{text} + "\"";
}

std::string
not_understood(Dimension dimension)
{
    const DimensionInfo& info = info_of(dimension);
    std::string clause = "is not " + std::string{info.name};
    if (dimension == Dimension::kShare)
    {
        return clause + ": write a number such as 0.05 or \"5%\"";
    }
    if (info.units.empty())
    {
        return clause;
    }
    return clause + ": write a number and a unit such as \"20" + std::string{info.sample_unit} +
           "\" (units: " + std::string{info.units} + ")";
}

std::string
unknown_unit(std::string_view unit, Dimension dimension)
{
    std::string clause = "has the unit " + quoted(unit) + ", not " +
                         (dimension == Dimension::kShare ? "%" : "one of ");
    if (dimension != Dimension::kShare)
    {
        clause += info_of(dimension).units;
    }
    return clause;
}

const Unit*
find_unit(std::span<const Unit> table, std::string_view name)
{
    const auto found =
        std::ranges::find_if(table, [&](const Unit& unit) { return unit.name == name; });
    return found == table.end() ? nullptr : &*found;
}

// Number and unit, or the clause that says what is missing.
Parsed<Decimal>
read(std::string_view text, Dimension dimension, const Unit*& unit)
{
    const std::optional<Decimal> d = read_decimal(text);
    if (!d)
    {
        return not_understood(dimension);
    }
    if (d->unit.empty())
    {
        return missing_unit(d->number, dimension);
    }
    unit = find_unit(info_of(dimension).table, d->unit);
    if (unit == nullptr)
    {
        return unknown_unit(d->unit, dimension);
    }
    return *d;
}

// mantissa * factor / 10^decimals as a whole number.
Parsed<std::uint64_t>
whole(const Decimal& d, const Unit& unit, std::string_view smallest)
{
    std::uint64_t mantissa = d.mantissa;
    std::uint64_t factor = unit.factor;
    for (const std::uint64_t prime : {std::uint64_t{2}, std::uint64_t{5}})
    {
        for (unsigned i = 0; i < d.decimals && mantissa != 0; ++i)
        {
            std::uint64_t& divisible = mantissa % prime == 0 ? mantissa : factor;
            if (divisible % prime != 0)
            {
                return "is finer than 1 " + std::string{smallest};
            }
            divisible /= prime;
        }
    }
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(mantissa, factor, &product) ||
        product > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    {
        return std::string{"is too large"};
    }
    return product;
}

std::string
negative_clause()
{
    return "must not be negative";
}

Parsed<std::uint64_t>
parse_whole(std::string_view text, Dimension dimension)
{
    const Unit* unit = nullptr;
    const Parsed<Decimal> d = read(text, dimension, unit);
    if (const auto* clause = std::get_if<std::string>(&d))
    {
        return *clause;
    }
    if (std::get<Decimal>(d).negative)
    {
        return negative_clause();
    }
    return whole(std::get<Decimal>(d), *unit, info_of(dimension).table.front().name);
}

std::string
format_whole(std::uint64_t value, std::span<const Unit> table, std::span<const unsigned> used)
{
    for (const unsigned i : used)
    {
        if (value != 0 && value % table[i].factor == 0)
        {
            return std::to_string(value / table[i].factor) + std::string{table[i].name};
        }
    }
    return std::to_string(value) + std::string{table.front().name};
}

} // namespace

Parsed<SimDuration>
parse_duration(std::string_view text)
{
    const Unit* unit = nullptr;
    const Parsed<Decimal> d = read(text, Dimension::kDuration, unit);
    if (const auto* clause = std::get_if<std::string>(&d))
    {
        return *clause;
    }
    const Parsed<std::uint64_t> ns = whole(std::get<Decimal>(d), *unit, "ns");
    if (const auto* clause = std::get_if<std::string>(&ns))
    {
        return *clause;
    }
    const auto count = static_cast<SimDuration::rep>(std::get<std::uint64_t>(ns));
    return SimDuration{std::get<Decimal>(d).negative ? -count : count};
}

Parsed<Rate>
parse_rate(std::string_view text)
{
    const Unit* unit = nullptr;
    const Parsed<Decimal> d = read(text, Dimension::kRate, unit);
    if (const auto* clause = std::get_if<std::string>(&d))
    {
        return *clause;
    }
    if (std::get<Decimal>(d).negative)
    {
        return negative_clause();
    }
    return Rate{std::get<Decimal>(d).approximate / static_cast<double>(unit->factor)};
}

Parsed<Size>
parse_size(std::string_view text)
{
    const Parsed<std::uint64_t> octets = parse_whole(text, Dimension::kSize);
    if (const auto* clause = std::get_if<std::string>(&octets))
    {
        return *clause;
    }
    return Size{std::get<std::uint64_t>(octets)};
}

Parsed<BitRate>
parse_bit_rate(std::string_view text)
{
    const Parsed<std::uint64_t> bits = parse_whole(text, Dimension::kBitRate);
    if (const auto* clause = std::get_if<std::string>(&bits))
    {
        return *clause;
    }
    return BitRate{std::get<std::uint64_t>(bits)};
}

Parsed<double>
parse_share(std::string_view text)
{
    const std::optional<Decimal> d = read_decimal(text);
    if (!d)
    {
        return not_understood(Dimension::kShare);
    }
    if (d->unit.empty())
    {
        return d->approximate;
    }
    if (d->unit != "%")
    {
        return unknown_unit(d->unit, Dimension::kShare);
    }
    return d->approximate / 100.0;
}

Parsed<double>
parse_number(std::string_view text)
{
    const std::string_view number = trimmed(text);
    double value = 0.0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc{} || end != number.data() + number.size() || !std::isfinite(value))
    {
        return not_understood(Dimension::kNumber);
    }
    return value;
}

std::string
format(SimDuration duration)
{
    if (duration == SimDuration::zero())
    {
        return "0s";
    }
    // -(min + 1) + 1: the magnitude of the most negative count has no positive counterpart.
    const bool negative = duration.count() < 0;
    const auto ns = negative ? static_cast<std::uint64_t>(-(duration.count() + 1)) + 1
                             : static_cast<std::uint64_t>(duration.count());
    static constexpr std::array<unsigned, 4> kShort{3, 2, 1, 0};         // s ms us ns
    static constexpr std::array<unsigned, 7> kLong{6, 5, 4, 3, 2, 1, 0}; // d h min s ...
    const bool is_short = ns <= 3'600'000'000'000;
    return (negative ? "-" : "") + format_whole(ns,
                                                kDurations,
                                                is_short ? std::span<const unsigned>{kShort}
                                                         : std::span<const unsigned>{kLong});
}

std::string
format(double number)
{
    std::array<char, 32> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    return error == std::errc{} ? std::string(buffer.data(), end) : std::string{"nan"};
}

std::string
format(Rate rate)
{
    constexpr double kSixDigits = 1e6;
    for (const Unit& unit : kRates)
    {
        const double count = rate.per_second * static_cast<double>(unit.factor);
        const double rounded = std::round(count * kSixDigits) / kSixDigits;
        const std::string text = format(rounded);
        const auto digits = std::ranges::count_if(text, [](char c) {
            return kDigits.find(c) != std::string_view::npos;
        });
        if (rounded / static_cast<double>(unit.factor) == rate.per_second && digits <= 6)
        {
            return text + std::string{unit.name};
        }
    }
    return format(rate.per_second) + "/s";
}

std::string
format(Size size)
{
    static constexpr std::array<unsigned, 6> kUsed{6, 5, 4, 3, 2, 1};
    return format_whole(size.octets, kSizes, kUsed);
}

std::string
format(BitRate rate)
{
    static constexpr std::array<unsigned, 3> kUsed{3, 2, 1};
    return format_whole(rate.bits_per_second, kBitRates, kUsed);
}

std::string_view
si_unit(Dimension dimension)
{
    return info_of(dimension).si_unit;
}

std::string_view
name_of(Dimension dimension)
{
    return info_of(dimension).name;
}

std::string_view
units_of(Dimension dimension)
{
    return info_of(dimension).units;
}

std::string
missing_unit(std::string_view number, Dimension dimension)
{
    const DimensionInfo& info = info_of(dimension);
    return "has no unit: write \"" + std::string{number} + std::string{info.sample_unit} +
           "\" (units: " + std::string{info.units} + ")";
}

Parsed<Quantity>
parse_quantity(std::string_view text, Dimension dimension)
{
    const auto as_quantity = [dimension](const auto& parsed, auto&& value) -> Parsed<Quantity> {
        if (const auto* clause = std::get_if<std::string>(&parsed))
        {
            return *clause;
        }
        return Quantity{dimension, value(std::get<0>(parsed))};
    };
    switch (dimension)
    {
    case Dimension::kDuration:
        return as_quantity(parse_duration(text), [](SimDuration d) { return to_seconds(d); });
    case Dimension::kRate:
        return as_quantity(parse_rate(text), [](Rate r) { return r.per_second; });
    case Dimension::kSize:
        return as_quantity(parse_size(text), [](Size s) { return static_cast<double>(s.octets); });
    case Dimension::kBitRate:
        return as_quantity(parse_bit_rate(text),
                           [](BitRate r) { return static_cast<double>(r.bits_per_second); });
    case Dimension::kShare:
        return as_quantity(parse_share(text), [](double d) { return d; });
    case Dimension::kNumber:
        break;
    }
    return as_quantity(parse_number(text), [](double d) { return d; });
}

Parsed<Quantity>
parse_quantity(std::string_view text)
{
    if (std::holds_alternative<double>(parse_number(text)))
    {
        return parse_quantity(text, Dimension::kNumber);
    }
    const std::optional<Decimal> d = read_decimal(text);
    if (d)
    {
        for (const Dimension dimension : {Dimension::kDuration,
                                          Dimension::kRate,
                                          Dimension::kSize,
                                          Dimension::kBitRate,
                                          Dimension::kShare})
        {
            if (find_unit(info_of(dimension).table, d->unit) != nullptr)
            {
                return parse_quantity(text, dimension);
            }
        }
        return "has the unknown unit " + quoted(d->unit) +
               " (known: " + std::string{units_of(Dimension::kDuration)} + ", " +
               std::string{units_of(Dimension::kRate)} + ", " +
               std::string{units_of(Dimension::kSize)} + ", " +
               std::string{units_of(Dimension::kBitRate)} + ", %)";
    }
    return std::string{"is not a number with a unit"};
}

std::string
format(const Quantity& quantity)
{
    const auto rounded = [&] {
        return static_cast<std::uint64_t>(std::llround(std::max(quantity.value, 0.0)));
    };
    switch (quantity.dimension)
    {
    case Dimension::kDuration:
        return format(SimDuration{std::llround(quantity.value * 1e9)});
    case Dimension::kRate:
        return format(Rate{quantity.value});
    case Dimension::kSize:
        return format(Size{rounded()});
    case Dimension::kBitRate:
        return format(BitRate{rounded()});
    case Dimension::kNumber:
    case Dimension::kShare:
        break;
    }
    return format(quantity.value);
}

} // namespace sipsim
