#pragma once

// Models : quantities as people write them: "20s", "60min", "50/s", "2/h", "1500B", "100Mbps", "5%".
// Drives : configuration, profiles and listings turn text into typed values and back.
// Keeps  : parsing is exact (decimal arithmetic in integers); parse(format(x)) == x; a number without
//          its unit is refused with the remedy; no locale, no exceptions.
// Leaves : where the text stood (the loader adds line and column), ranges (whoever owns the value).

#include "model/base/time.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace sipsim
{

/// What a text measures.
enum class Dimension : std::uint8_t
{
    kNumber,   // no unit
    kDuration, // ns us ms s min h d
    kRate,     // /s /min /h /d
    kSize,     // B kB MB GB (powers of 1000), KiB MiB GiB (powers of 1024)
    kBitRate,  // bps kbps Mbps Gbps
    kShare,    // % or a bare number: a share of one has no unit
};

/// Events per second.
struct Rate
{
    double per_second = 0.0;

    friend bool operator==(const Rate&, const Rate&) = default;
};

/// Octets.
struct Size
{
    std::uint64_t octets = 0;

    friend bool operator==(const Size&, const Size&) = default;
};

struct BitRate
{
    std::uint64_t bits_per_second = 0;

    friend bool operator==(const BitRate&, const BitRate&) = default;
};

/// A value, or one clause that says what is wrong and what to write instead; the clause follows
/// "name = value: ".
template <class Value>
using Parsed = std::variant<Value, std::string>;

/// "20s", "1.5 h", "-5ms": a decimal number and a unit, with or without blanks between them; exact to
/// the nanosecond, finer or longer than SimDuration holds (292 years) is refused.
[[nodiscard]] Parsed<SimDuration> parse_duration(std::string_view text);

/// "50/s", "2/h"; >= 0.
[[nodiscard]] Parsed<Rate> parse_rate(std::string_view text);

/// "1500B", "64KiB"; whole octets, >= 0.
[[nodiscard]] Parsed<Size> parse_size(std::string_view text);

/// "100Mbps", "9600bps"; whole bits per second, >= 0.
[[nodiscard]] Parsed<BitRate> parse_bit_rate(std::string_view text);

/// "5%" is 0.05; "0.05" is too. Not limited to [0, 1].
[[nodiscard]] Parsed<double> parse_share(std::string_view text);

/// A bare decimal number.
[[nodiscard]] Parsed<double> parse_number(std::string_view text);

/// Canonical texts, without a blank. A duration is written in seconds up to one hour, as this trade
/// does, beyond that in the largest of d, h, min, s that divides it; in ms, us or ns where it is no
/// whole second.
[[nodiscard]] std::string format(SimDuration duration);
/// In the first of /s, /min, /h, /d that gives at most six digits, otherwise /s with all digits.
[[nodiscard]] std::string format(Rate rate);
[[nodiscard]] std::string format(Size size);
[[nodiscard]] std::string format(BitRate rate);
/// As a number; shortest text that reads back as the same double.
[[nodiscard]] std::string format(double number);

/// A value of any dimension: what a sweep steps through.
struct Quantity
{
    Dimension dimension = Dimension::kNumber;
    double value = 0.0; // in si_unit(dimension)

    friend bool operator==(const Quantity&, const Quantity&) = default;
};

/// "s", "1/s", "B", "bit/s"; empty for numbers and shares.
[[nodiscard]] std::string_view si_unit(Dimension dimension);

/// "a duration", "a rate", ... for messages.
[[nodiscard]] std::string_view name_of(Dimension dimension);

/// The units of a dimension as a list for messages: "ns us ms s min h d".
[[nodiscard]] std::string_view units_of(Dimension dimension);

/// The text in whatever unit it carries; "%" gives kShare, no unit kNumber.
[[nodiscard]] Parsed<Quantity> parse_quantity(std::string_view text);

/// The text in the units of `dimension`, or the clause that asks for them.
[[nodiscard]] Parsed<Quantity> parse_quantity(std::string_view text, Dimension dimension);

/// Canonical text; durations are rounded to the nanosecond, sizes and bit rates to whole ones.
[[nodiscard]] std::string format(const Quantity& quantity);

/// The clause for a bare number where a unit is due: has no unit: write "20s" (units: ns us ms s min h d).
[[nodiscard]] std::string missing_unit(std::string_view number, Dimension dimension);

} // namespace sipsim
