#include "model/base/draw.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <vector>

using namespace sipsim;
using namespace std::chrono_literals;

TEST_CASE("A draw is a pure function of key, purpose and number")
{
    const DrawKey key{.seed = 0x5eed, .device = 17, .account = 0};
    CHECK(draw_bits(key, Purpose::kRetry, 3) == draw_bits(key, Purpose::kRetry, 3));
    CHECK(draw_bits(key, Purpose::kRetry, 3) != draw_bits(key, Purpose::kRetry, 4));
    CHECK(draw_bits(key, Purpose::kRetry, 3) != draw_bits(key, Purpose::kRefresh, 3));
    CHECK(draw_bits(key, Purpose::kRetry, 3) != draw_bits({0x5eed, 18, 0}, Purpose::kRetry, 3));
    CHECK(draw_bits(key, Purpose::kRetry, 3) != draw_bits({0x5eed, 17, 1}, Purpose::kRetry, 3));
    CHECK(draw_bits(key, Purpose::kRetry, 3) != draw_bits({0x5eee, 17, 0}, Purpose::kRetry, 3));
}

TEST_CASE("Philox4x64-10 gives the known answer of its authors (Random123 kat_vectors)")
{
    // kat_vectors: philox4x64 10, counter 0 0 0 0, key 0 0. Purpose 0 and key 0 lay exactly that input.
    const std::array<std::uint64_t, 4> known{0x16554d9eca36314cULL,
                                             0xdb20fe9d672d0fdcULL,
                                             0xd7e772cee186176bULL,
                                             0x7e68b68aec7ba23bULL};
    CHECK(draw_words({}, static_cast<Purpose>(0), 0) == known);
    CHECK(draw_bits({}, static_cast<Purpose>(0), 0) == known[0]);
}

TEST_CASE("Uniform draws fill the unit interval evenly")
{
    // 10^5 draws over 16 cells: chi-square with 15 degrees of freedom, 99.99 % quantile 44.3.
    constexpr int kDraws = 100'000;
    std::array<int, 16> cells{};
    for (int n = 0; n < kDraws; ++n)
    {
        const double u = draw({1, 2, 3}, Purpose::kStart, static_cast<std::uint64_t>(n));
        REQUIRE(u >= 0.0);
        REQUIRE(u < 1.0);
        ++cells.at(static_cast<std::size_t>(u * 16));
    }
    double chi_square = 0;
    for (const int count : cells)
    {
        const double expected = kDraws / 16.0;
        chi_square += (count - expected) * (count - expected) / expected;
    }
    CHECK(chi_square < 44.3);
}

TEST_CASE("draw_between stays from low up to but below high and gives low for an empty interval")
{
    const DrawKey key{7, 8, 9};
    for (std::uint64_t n = 0; n < 1000; ++n)
    {
        const SimDuration d = draw_between(key, Purpose::kRefresh, n, 10s, 11s);
        CHECK(d >= 10s);
        CHECK(d < 11s);
    }
    CHECK(draw_between(key, Purpose::kRefresh, 0, 5s, 5s) == 5s);
    CHECK(draw_between(key, Purpose::kRefresh, 0, 5s, 4s) == 5s);
}

TEST_CASE("Exponential draws have the given mean")
{
    // Mean of 10^5 draws: standard error 1 % / sqrt(10) = 0.316 %; 4 of them.
    double sum = 0;
    for (std::uint64_t n = 0; n < 100'000; ++n)
    {
        const SimDuration d = draw_exponential({1, 1, 1}, Purpose::kCall, n, 100s);
        REQUIRE(d >= 0ns);
        sum += to_seconds(d);
    }
    CHECK(std::abs(sum / 100'000 - 100.0) < 4 * 0.316);
}

TEST_CASE("Identities differ: by number always, by all else as random 64 bits would")
{
    // Of one key and purpose no two can be the same (a bijection of n). Over 2^20 of many keys and purposes
    // n^2 / 2 / 2^64 = 3e-8 are expected.
    std::vector<std::uint64_t> seen;
    for (std::uint32_t i = 0; i < (1U << 18U); ++i)
    {
        seen.push_back(draw_identity({1, 2, 3}, Purpose::kBranch, i));
        seen.push_back(draw_identity({1, i, 0}, Purpose::kIdentity, 2));
        seen.push_back(draw_identity({1, 0, i + 1}, Purpose::kIdentity, 3));
        seen.push_back(draw_identity({i + 2, 2, 3}, static_cast<Purpose>(1 + i % 36), 0));
    }
    std::ranges::sort(seen);
    CHECK(std::ranges::adjacent_find(seen) == seen.end());
}

TEST_CASE("Each bit of an identity's key, purpose and number moves half of its bits")
{
    // A bit that is moved at random is moved in half of 4 000 samples; standard deviation sqrt(4000) / 2 =
    // 31.6, and 6 of them once in 10^9. Purposes are below 64: 6 bits.
    constexpr std::uint32_t kSamples = 4000;
    using Drawn = std::function<std::uint64_t(std::uint32_t sample, std::uint64_t flipped)>;
    const std::array<std::pair<std::uint32_t, Drawn>, 5> inputs{{
        {64,
         [](std::uint32_t i, std::uint64_t flipped) {
             return draw_identity({i ^ flipped, 5, 6}, Purpose::kNonce, 7);
         }},
        {32,
         [](std::uint32_t i, std::uint64_t flipped) {
             return draw_identity({1, i ^ static_cast<std::uint32_t>(flipped), 6},
                                  Purpose::kNonce,
                                  7);
         }},
        {32,
         [](std::uint32_t i, std::uint64_t flipped) {
             return draw_identity({1, 5, i ^ static_cast<std::uint32_t>(flipped)},
                                  Purpose::kNonce,
                                  7);
         }},
        {64,
         [](std::uint32_t i, std::uint64_t flipped) {
             return draw_identity({1, 5, 6}, Purpose::kNonce, i ^ flipped);
         }},
        {6,
         [](std::uint32_t i, std::uint64_t flipped) {
             return draw_identity({1, 5, 6}, static_cast<Purpose>((i % 64) ^ flipped), i);
         }},
    }};
    for (const auto& [bits, drawn] : inputs)
    {
        for (std::uint32_t bit = 0; bit < bits; ++bit)
        {
            std::array<std::uint32_t, 64> moved{};
            for (std::uint32_t i = 0; i < kSamples; ++i)
            {
                const std::uint64_t change = drawn(i, 0) ^ drawn(i, std::uint64_t{1} << bit);
                for (std::uint32_t out = 0; out < moved.size(); ++out)
                {
                    moved.at(out) += (change >> out) & 1U;
                }
            }
            const auto [least, most] = std::ranges::minmax(moved);
            CHECK(least > kSamples / 2 - 6 * 32);
            CHECK(most < kSamples / 2 + 6 * 32);
        }
    }
}
