#include "model/base/nearest.h"
#include "model/base/quantity.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace sipsim;
using namespace std::chrono_literals;

namespace
{

std::string
clause(const auto& parsed)
{
    const auto* text = std::get_if<std::string>(&parsed);
    return text == nullptr ? "(no error)" : *text;
}

} // namespace

TEST_CASE("a duration is a number and one of ns us ms s min h d")
{
    CHECK(std::get<SimDuration>(parse_duration("7ns")) == 7ns);
    CHECK(std::get<SimDuration>(parse_duration("7us")) == 7us);
    CHECK(std::get<SimDuration>(parse_duration("500ms")) == 500ms);
    CHECK(std::get<SimDuration>(parse_duration("20s")) == 20s);
    CHECK(std::get<SimDuration>(parse_duration("60min")) == 3600s);
    CHECK(std::get<SimDuration>(parse_duration("1.5 h")) == 5400s);
    CHECK(std::get<SimDuration>(parse_duration("2d")) == 48h);
    CHECK(std::get<SimDuration>(parse_duration("-5s")) == -5s);
    CHECK(std::get<SimDuration>(parse_duration("0s")) == 0s);
}

TEST_CASE("a duration is exact where a double would round")
{
    // 0.1 s has no finite binary expansion; 9007199.254740993 s is 2^53 + 1 ns.
    CHECK(std::get<SimDuration>(parse_duration("0.1s")).count() == 100'000'000);
    CHECK(std::get<SimDuration>(parse_duration("9007199.254740993s")).count() ==
          9'007'199'254'740'993);
    // 0.000000000125 d = 1.25e-10 * 86400e9 ns = 10800 ns
    CHECK(std::get<SimDuration>(parse_duration("0.000000000125d")).count() == 10'800);
    CHECK(clause(parse_duration("0.5ns")) == "is finer than 1 ns");
    CHECK(clause(parse_duration("0.0000000001s")) == "is finer than 1 ns");
}

TEST_CASE("a duration longer than the simulated clock is refused, not wrapped")
{
    // 2^63 - 1 ns = 106751.99 d
    CHECK(std::get<SimDuration>(parse_duration("106751d")) == 106751 * 24h);
    CHECK(clause(parse_duration("106752d")) == "is too large");
    CHECK(clause(parse_duration("99999999999999999999s")).starts_with("is not a duration"));
}

TEST_CASE("a bare number where a unit is due is refused with the remedy")
{
    CHECK(clause(parse_duration("20")) == "has no unit: write \"20s\" (units: ns us ms s min h d)");
    CHECK(clause(parse_rate("50")) == "has no unit: write \"50/s\" (units: /s /min /h /d)");
    CHECK(clause(parse_bit_rate("100")) ==
          "has no unit: write \"100Mbps\" (units: bps kbps Mbps Gbps)");
    CHECK(clause(parse_size("1500")) ==
          "has no unit: write \"1500B\" (units: B kB MB GB KiB MiB GiB)");
}

TEST_CASE("a unit of another dimension or of nobody's is named")
{
    CHECK(clause(parse_duration("20sec")) == "has the unit \"sec\", not one of ns us ms s min h d");
    CHECK(clause(parse_duration("5m")) == "has the unit \"m\", not one of ns us ms s min h d");
    CHECK(clause(parse_duration("5S")).starts_with("has the unit \"S\""));
    CHECK(clause(parse_rate("20s")).starts_with("has the unit \"s\""));
    CHECK(clause(parse_share("5s")) == "has the unit \"s\", not %");
    for (const char* nonsense :
         {"", " ", "s", "-", ".", "1.", "--5s", "1e3s", "1.2.3s", "nan", "s5"})
    {
        CAPTURE(nonsense);
        CHECK(std::holds_alternative<std::string>(parse_duration(nonsense)));
    }
}

TEST_CASE("rates, sizes, bit rates and shares")
{
    CHECK(std::get<Rate>(parse_rate("50/s")).per_second == 50.0);
    CHECK(std::get<Rate>(parse_rate("120/min")).per_second == 2.0);
    CHECK(std::get<Rate>(parse_rate("2/h")).per_second == 2.0 / 3600.0);
    CHECK(std::get<Size>(parse_size("64KiB")).octets == 65'536);
    CHECK(std::get<Size>(parse_size("1.5kB")).octets == 1'500);
    CHECK(std::get<BitRate>(parse_bit_rate("100Mbps")).bits_per_second == 100'000'000);
    CHECK(std::get<BitRate>(parse_bit_rate("0.064 Mbps")).bits_per_second == 64'000);
    CHECK(std::get<double>(parse_share("5%")) == 0.05);
    CHECK(std::get<double>(parse_share("0.05")) == 0.05);
    CHECK(clause(parse_rate("-1/s")) == "must not be negative");
    CHECK(clause(parse_size("-1B")) == "must not be negative");
    CHECK(clause(parse_size("0.5B")) == "is finer than 1 B");
}

TEST_CASE("durations are written in seconds up to an hour and in the largest whole unit beyond")
{
    CHECK(format(20s) == "20s");
    CHECK(format(SimDuration{1200s}) == "1200s");
    CHECK(format(SimDuration{3600s}) == "3600s");
    CHECK(format(SimDuration{4h}) == "4h");
    CHECK(format(SimDuration{80min}) == "80min");
    CHECK(format(SimDuration{48h}) == "2d");
    CHECK(format(SimDuration{3601s}) == "3601s");
    CHECK(format(SimDuration{500ms}) == "500ms");
    CHECK(format(SimDuration{1500ms}) == "1500ms");
    CHECK(format(SimDuration{0}) == "0s");
    CHECK(format(SimDuration{-5s}) == "-5s");
    CHECK(format(SimDuration::min()) == "-9223372036854775808ns");
}

TEST_CASE("rates, sizes and bit rates are written in the unit that keeps them short")
{
    CHECK(format(Rate{50.0}) == "50/s");
    CHECK(format(Rate{2.0 / 3600.0}) == "2/h");
    CHECK(format(Rate{0.0}) == "0/s");
    CHECK(format(Rate{0.5}) == "0.5/s");
    CHECK(format(Size{1500}) == "1500B");
    CHECK(format(Size{65'536}) == "64KiB");
    CHECK(format(Size{2'000}) == "2kB");
    CHECK(format(Size{0}) == "0B");
    CHECK(format(BitRate{100'000'000}) == "100Mbps");
    CHECK(format(BitRate{9'600}) == "9600bps");
}

TEST_CASE("what is written reads back as the same value")
{
    std::uint64_t x = 88172645463325252ULL; // xorshift64, Marsaglia 2003
    for (int i = 0; i < 2000; ++i)
    {
        x ^= x << 13U;
        x ^= x >> 7U;
        x ^= x << 17U;
        const SimDuration d{
            static_cast<SimDuration::rep>(x >> (1U + static_cast<unsigned>(i) % 62U))};
        CHECK(std::get<SimDuration>(parse_duration(format(d))) == d);
        const Size size{x >> (1U + static_cast<unsigned>(i) % 60U)};
        CHECK(std::get<Size>(parse_size(format(size))) == size);
        const Rate rate{static_cast<double>(i) / 3600.0};
        CHECK(std::get<Rate>(parse_rate(format(rate))) == rate);
    }
}

TEST_CASE("a quantity keeps the dimension of its unit")
{
    CHECK(std::get<Quantity>(parse_quantity("20s")) == Quantity{Dimension::kDuration, 20.0});
    CHECK(std::get<Quantity>(parse_quantity("50/s")) == Quantity{Dimension::kRate, 50.0});
    CHECK(std::get<Quantity>(parse_quantity("5%")) == Quantity{Dimension::kShare, 0.05});
    CHECK(std::get<Quantity>(parse_quantity("1e3")) == Quantity{Dimension::kNumber, 1000.0});
    CHECK(clause(parse_quantity("20sec")).starts_with("has the unknown unit \"sec\""));
    CHECK(clause(parse_quantity("20", Dimension::kDuration)).starts_with("has no unit"));
    CHECK(format(Quantity{Dimension::kDuration, 20.0}) == "20s");
    CHECK(format(Quantity{Dimension::kDuration, 0.1}) == "100ms");
    CHECK(si_unit(Dimension::kDuration) == "s");
    CHECK(si_unit(Dimension::kBitRate) == "bit/s");
}

TEST_CASE("a mistyped name finds its neighbour and nonsense finds none")
{
    const std::vector<std::string> known{"registration.retry_wait",
                                         "registration.expires",
                                         "duration",
                                         "warmup"};
    CHECK(nearest("registration.rety_wait", known) == "registration.retry_wait");
    CHECK(nearest("retry_wait", known) == "registration.retry_wait");
    CHECK(nearest("duraiton", known) == "duration");
    CHECK(nearest("WarmUp", known) == "warmup");
    CHECK_FALSE(nearest("topology", known));
    CHECK_FALSE(nearest("x", known));
    CHECK_FALSE(nearest("", known));
    CHECK(did_you_mean("duraton", known) == "; did you mean \"duration\"?");
    CHECK(did_you_mean("zzz", known).empty());
}
