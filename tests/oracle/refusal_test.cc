// What a registrar under pressure turns away, and what it says to it, against what follows from the laws.

#include "model/base/leaky_bucket.h"
#include "model/registrar/service_station.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <vector>

using namespace sipsim;
using namespace std::chrono_literals;
using registrar::ServiceStation;
using registrar::StationOptions;

namespace
{

constexpr DrawKey kServer{.seed = 3, .device = kServerDevice, .account = 0};
constexpr DrawKey kSource{.seed = 3, .device = kServerDevice + 1, .account = 0};

/// REGISTER number `n` of all; no two have the Call-ID in common.
sip::Message
request(std::uint64_t n)
{
    sip::Message message;
    message.method = sip::Method::kRegister;
    message.to.user = sip::UserId{1 + n % 7};
    message.call_id = sip::CallId{draw_bits(kSource, Purpose::kIdentity, n)};
    message.cseq = sip::CSeq{1};
    return message;
}

/// The instants at which requests of a Poisson process pass a bucket of 100 a second.
std::vector<SimTime>
passed(std::uint32_t burst, double offered, std::uint64_t arrivals)
{
    LeakyBucket bucket;
    std::vector<SimTime> times;
    SimTime now{};
    for (std::uint64_t n = 0; n < arrivals; ++n)
    {
        now +=
            draw_exponential(kSource, Purpose::kCall, n, SimDuration{std::llround(1e9 / offered)});
        if (bucket.offer(now, 10ms, (burst - 1) * 10ms))
        {
            times.push_back(now);
        }
    }
    return times;
}

StationOptions
refusing(StationOptions::RetryAfter law)
{
    StationOptions options;
    options.workers = 2;
    options.unauthenticated = 20ms;
    options.authenticated = 30ms;
    options.queue = 10;
    options.when_full = StationOptions::WhenFull::kRefuse;
    options.retry_after_law = law;
    return options;
}

void
fill(ServiceStation& station, SimTime now)
{
    while (station.offer(now, false))
    {
    }
}

} // namespace

TEST_CASE("a token bucket from rest lets its burst pass at once, then one each 1/rate")
{
    LeakyBucket bucket;
    for (int i = 0; i < 5; ++i)
    {
        CHECK(bucket.offer(SimTime{1s}, 10ms, 40ms));
    }
    CHECK_FALSE(bucket.offer(SimTime{1s}, 10ms, 40ms));
    CHECK_FALSE(bucket.offer(SimTime{1s + 10ms - 1ns}, 10ms, 40ms));
    CHECK(bucket.offer(SimTime{1s + 10ms}, 10ms, 40ms)); // refused ones have cost nothing
    CHECK_FALSE(bucket.offer(SimTime{1s + 10ms}, 10ms, 40ms));
}

TEST_CASE(
    "a token bucket of burst 1 is a counter with a dead time: of rate L it passes L/(1 + L T)")
{
    // A request passes T = 10 ms at least after the last one that did (a dead time that is not
    // extended): the mean gap is T + 1/L, so the rate is 1/(T + 1/L). The relative standard error over
    // n passed is sd(gap)/mean/sqrt(n) <= 1/sqrt(n) = 0.4 % for 67 000; 2 % are five of them.
    const auto times = passed(1, 200, 200'000);
    const double rate = static_cast<double>(times.size() - 1) / to_seconds(times.back() - times[0]);
    CHECK(std::abs(rate / (200 / (1 + 200 * 0.01)) - 1) < 0.02);
}

TEST_CASE("in no interval does a token bucket pass more than its burst and its rate")
{
    // k + 1 passed in t: k + 1 <= b + r t, so t >= (k + 1 - b)/r.
    for (const std::uint32_t burst : {1U, 7U, 50U})
    {
        const auto times = passed(burst, 300, 30'000);
        for (std::size_t i = 0; i < times.size(); ++i)
        {
            for (const std::size_t k : {std::size_t{1}, std::size_t{burst}, std::size_t{120}})
            {
                if (i + k < times.size() && k + 1 > burst)
                {
                    REQUIRE(times[i + k] - times[i] >=
                            static_cast<SimDuration::rep>(k + 1 - burst) * SimDuration{10ms});
                }
            }
        }
        // At three times the rate it is never short of requests for long: all of the rate is used.
        const double rate =
            static_cast<double>(times.size()) / to_seconds(times.back() - SimTime{});
        CHECK(rate < 101);
        CHECK(rate > (burst == 1 ? 74 : 98)); // burst 1: 300/(1 + 3) = 75
    }
}

TEST_CASE("a registrar's rate limit turns away what the bucket does, though workers are idle")
{
    StationOptions options = refusing(StationOptions::RetryAfter::kFixed);
    options.rate_limit = 100;
    options.burst = 3;
    ServiceStation station(options, kServer);
    for (int i = 0; i < 3; ++i)
    {
        CHECK(station.offer(SimTime{1s}, false).has_value());
    }
    CHECK_FALSE(station.offer(SimTime{1s}, false).has_value());
    CHECK(station.offer(SimTime{1s + 10ms}, false).has_value());
    CHECK(station.refuse(SimTime{1s + 10ms}, request(0)).aloud);
    CHECK(station.refuse(SimTime{1s + 10ms}, request(0)).seconds == 0); // none was configured
}

TEST_CASE("a random Retry-After is uniform over the seconds from the least to the most")
{
    StationOptions options = refusing(StationOptions::RetryAfter::kRandom);
    options.retry_after = 11;
    options.retry_after_max = 20;
    REQUIRE(registrar::validate(options).empty());
    ServiceStation station(options, kServer);
    constexpr std::uint64_t kRefused = 50'000;
    std::array<double, 10> counts{};
    for (std::uint64_t n = 0; n < kRefused; ++n)
    {
        const auto refusal = station.refuse(SimTime{}, request(n));
        REQUIRE(refusal.seconds >= 11);
        REQUIRE(refusal.seconds <= 20);
        counts[refusal.seconds - 11] += 1;
    }
    double chi2 = 0;
    for (const double count : counts)
    {
        const double expected = kRefused / 10.0;
        chi2 += (count - expected) * (count - expected) / expected;
    }
    CHECK(chi2 < 27.9); // 99.9 % of chi squared with 9 degrees of freedom
    // A copy of a request is told the same, whenever it comes.
    CHECK(station.refuse(SimTime{9s}, request(5)).seconds ==
          station.refuse(SimTime{}, request(5)).seconds);
}

TEST_CASE("an adaptive Retry-After sends each one back when those before it have been served")
{
    const StationOptions options = refusing(StationOptions::RetryAfter::kAdaptive);
    ServiceStation station(options, kServer);
    fill(station, SimTime{});
    // 2 are served and 10 wait: each worker is busy for 6 times 20 ms, W = 120 ms. A registration costs
    // 20 + 30 ms of one of two workers, s = 25 ms. The n-th of those refused now waits W + n s, a second
    // at least, in whole seconds.
    std::uint64_t told = 0;
    std::uint64_t due = 0;
    std::array<int, 12> in_second{};
    for (int n = 0; n < 400; ++n)
    {
        const auto refusal = station.refuse(SimTime{}, request(static_cast<std::uint64_t>(n)));
        told += refusal.seconds;
        due += static_cast<std::uint64_t>(std::max(1.0, std::ceil((120 + 25 * n) / 1000.0 - 1e-9)));
        ++in_second.at(refusal.seconds);
    }
    CHECK(told == due);
    // As the sum over n of W + n s, n W + s n (n - 1)/2 = 48 s + 1995 s, but for rounding up by half a
    // second each on average: W and s are multiples of 5 ms, so of (1000 - 5)/2 ms.
    CHECK(std::abs(static_cast<double>(told) - (48 + 1995 + 400 * 0.4975)) < 25);
    // As many come back in a second as it serves: 1 s / 25 ms.
    for (std::size_t second = 2; second <= 10; ++second)
    {
        CHECK(in_second[second] == 40);
    }

    SUBCASE("those appointed before come first, though nothing waits any more")
    {
        // The next place is 120 ms + 400 * 25 ms = 10.12 s.
        CHECK(station.refuse(SimTime{5s}, request(1)).seconds == 6);
    }
    SUBCASE("a process that died knows nothing of them")
    {
        station.clear();
        CHECK(station.refuse(SimTime{5s}, request(1)).seconds == 1);
    }
}

TEST_CASE("an adaptive Retry-After stays within its bounds, and so do appointments")
{
    StationOptions options = refusing(StationOptions::RetryAfter::kAdaptive);
    options.retry_after = 3;
    options.retry_after_max = 5;
    ServiceStation station(options, kServer);
    fill(station, SimTime{});
    CHECK(station.refuse(SimTime{}, request(0)).seconds == 3);
    for (std::uint64_t n = 1; n < 400; ++n)
    {
        CHECK(station.refuse(SimTime{}, request(n)).seconds <= 5);
    }
    CHECK(station.refuse(SimTime{4s}, request(1)).seconds == 3); // not 10.12 s - 4 s
}

TEST_CASE("with a rate limit an appointment takes two tokens, one for each leg")
{
    StationOptions options = refusing(StationOptions::RetryAfter::kAdaptive);
    options.rate_limit = 10; // 200 ms per registration, more than the workers' 25 ms
    ServiceStation station(options, kServer);
    for (std::uint64_t n = 0; n < 5; ++n)
    {
        CHECK(station.refuse(SimTime{}, request(n)).seconds == 1);
    }
    for (std::uint64_t n = 5; n < 11; ++n)
    {
        // n * 200 ms
        CHECK(station.refuse(SimTime{}, request(n)).seconds == (n == 5 ? 1 : n <= 10 ? 2 : 3));
    }
}

TEST_CASE("a process that begins anew serves nothing until it has read its bindings")
{
    StationOptions options = refusing(StationOptions::RetryAfter::kAdaptive);
    options.load_time = 2s;
    options.load_per_binding = 1ms;
    options.while_loading = StationOptions::WhenFull::kRefuse;
    ServiceStation station(options, kServer);
    CHECK(station.offer(SimTime{}, false).has_value()); // the first process is there from the start
    station.clear();
    station.begin(SimTime{10s}, 3000); // until 15 s
    CHECK(station.loading(SimTime{15s - 1ns}));
    CHECK_FALSE(station.offer(SimTime{15s - 1ns}, false).has_value());
    CHECK(station.refuse(SimTime{12s}, request(0)).seconds == 3);
    CHECK(station.refuse(SimTime{12s}, request(1)).seconds == 4); // 25 ms after the other
    CHECK_FALSE(station.loading(SimTime{15s}));
    CHECK(station.offer(SimTime{15s}, false)->begins == SimTime{15s});

    options.while_loading = StationOptions::WhenFull::kDrop;
    station.begin(SimTime{20s}, 0);
    CHECK_FALSE(station.refuse(SimTime{21s}, request(0)).aloud);
}
