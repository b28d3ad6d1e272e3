#include "model/registration/laws.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <utility>

using namespace sipsim;
using namespace sipsim::registration;

namespace
{

DrawKey
key_of(std::uint32_t device)
{
    return {.seed = 5, .device = device, .account = 0};
}

// The least and the greatest value of a law over 2000 devices. The chance that none of 2000 uniform
// draws falls into the lowest (or highest) 1 % of their interval is 0.99^2000 < 2e-9.
template <class Law>
std::pair<SimDuration, SimDuration>
range_of(const Law& law)
{
    SimDuration low = SimDuration::max();
    SimDuration high = SimDuration::min();
    for (std::uint32_t device = 0; device < 2000; ++device)
    {
        const SimDuration value = law(key_of(device));
        low = std::min(low, value);
        high = std::max(high, value);
    }
    return {low, high};
}

template <class Law>
void
check_fills(const Law& law, SimDuration low, SimDuration high)
{
    const auto [least, greatest] = range_of(law);
    CAPTURE(to_seconds(low));
    CAPTURE(to_seconds(high));
    CHECK(least >= low);
    CHECK(greatest < high);
    CHECK(least < low + (high - low) / 100);
    CHECK(greatest > high - (high - low) / 100);
}

SimDuration
retry(const RetryLaw& law, std::uint16_t failures)
{
    return retry_wait(law, failures, key_of(1), 1);
}

} // namespace

TEST_CASE("The RFC 5626 back-off is uniform between W/2 and W, W = min(1800 s, 30 s * 2^failures) "
          "(RFC 5626 4.5)")
{
    const RetryLaw law{.kind = RetryLaw::Kind::kRfc5626, .base = 30s, .cap = 1800s};
    // 30 * 2^1 = 60, 120, 240, 480, 960, then 1920 capped to 1800.
    const std::pair<SimDuration, SimDuration> expected[]{{30s, 60s},
                                                         {60s, 120s},
                                                         {120s, 240s},
                                                         {240s, 480s},
                                                         {480s, 960s},
                                                         {900s, 1800s}};
    std::uint16_t failures = 0;
    for (const auto& [low, high] : expected)
    {
        ++failures;
        check_fills([&](const DrawKey& key) { return retry_wait(law, failures, key, failures); },
                    low,
                    high);
    }
    // The seventh and the 65535th failure wait as the sixth.
    check_fills([&](const DrawKey& key) { return retry_wait(law, 65535, key, 7); }, 900s, 1800s);
    // Some flows still up: base 90 s.
    const RetryLaw with_flows{.kind = RetryLaw::Kind::kRfc5626, .base = 90s, .cap = 1800s};
    check_fills([&](const DrawKey& key) { return retry_wait(with_flows, 1, key, 1); }, 90s, 180s);
}

TEST_CASE("A constant retry wait is the same after every failure and reads no cap")
{
    // GXW410x allows up to 3600 s, above the default cap of the growing laws.
    const RetryLaw law{.kind = RetryLaw::Kind::kConstant, .base = 3600s, .cap = 1800s};
    CHECK(retry(law, 1) == 3600s);
    CHECK(retry(law, 1000) == 3600s);
}

TEST_CASE("A linear retry wait is base times failures up to the cap")
{
    // FreeSWITCH retry-seconds: 30, 60, 90 ... s.
    const RetryLaw law{.kind = RetryLaw::Kind::kLinear, .base = 30s, .cap = 100s};
    CHECK(retry(law, 1) == 30s);
    CHECK(retry(law, 2) == 60s);
    CHECK(retry(law, 3) == 90s);
    CHECK(retry(law, 4) == 100s);
    CHECK(retry(law, 65535) == 100s);
}

TEST_CASE("A doubling retry wait starts at base and stops at the cap")
{
    const RetryLaw law{.kind = RetryLaw::Kind::kDoubling, .base = 4s, .cap = 60s};
    CHECK(retry(law, 1) == 4s);
    CHECK(retry(law, 2) == 8s);
    CHECK(retry(law, 4) == 32s);
    CHECK(retry(law, 5) == 60s); // 64 s capped
    CHECK(retry(law, 65535) == 60s);
}

TEST_CASE("Growing laws do not overflow at the longest base and cap")
{
    for (const auto kind :
         {RetryLaw::Kind::kLinear, RetryLaw::Kind::kDoubling, RetryLaw::Kind::kRfc5626})
    {
        const RetryLaw law{.kind = kind, .base = kLongestWait, .cap = kLongestWait};
        CHECK(retry(law, 65535) <= kLongestWait);
        CHECK(retry(law, 65535) >= kLongestWait / 2);
        const RetryLaw fine{.kind = kind, .base = 1ns, .cap = kLongestWait};
        CHECK(retry(fine, 65535) > 0ns);
        CHECK(retry(fine, 65535) <= kLongestWait);
    }
}

TEST_CASE("A uniform retry wait fills its bounds")
{
    const RetryLaw law{.kind = RetryLaw::Kind::kUniform, .base = 60s, .cap = 600s};
    check_fills([&](const DrawKey& key) { return retry_wait(law, 1, key, 1); }, 60s, 600s);
}

TEST_CASE("Retry jitter multiplies the wait by a uniform draw around one")
{
    const RetryLaw law{.kind = RetryLaw::Kind::kConstant, .base = 100s, .jitter = 0.2};
    check_fills([&](const DrawKey& key) { return retry_wait(law, 1, key, 1); }, 80s, 120s);
}

TEST_CASE("A refresh comes its lead before the expiry, or at half of it if the lead takes all")
{
    const RefreshLaw law{.kind = RefreshLaw::Kind::kLead, .lead = 60s};
    CHECK(refresh_delay(law, 3600s, key_of(1), 1) == 3540s);
    CHECK(refresh_delay(law, 61s, key_of(1), 1) == 1s);
    CHECK(refresh_delay(law, 60s, key_of(1), 1) == 30s);
    CHECK(refresh_delay(law, 20s, key_of(1), 1) == 10s);
    CHECK(refresh_delay({.kind = RefreshLaw::Kind::kLead, .lead = 0s}, 3600s, key_of(1), 1) ==
          3600s);
}

TEST_CASE("A refresh at a fraction of the expiry is exact to the nanosecond")
{
    const RefreshLaw law{.kind = RefreshLaw::Kind::kFraction, .low = 0.5};
    CHECK(refresh_delay(law, 3600s, key_of(1), 1) == 1800s);
    CHECK(refresh_delay(law, 1s, key_of(1), 1) == 500ms);
}

TEST_CASE("A uniform refresh fills its range of the expiry")
{
    const RefreshLaw law{.kind = RefreshLaw::Kind::kUniform, .low = 0.5, .high = 0.9};
    check_fills([&](const DrawKey& key) { return refresh_delay(law, 3600s, key, 1); },
                1800s,
                3240s);
}

TEST_CASE("Refresh jitter only makes it earlier, anew for each refresh or once for life")
{
    RefreshLaw law{.kind = RefreshLaw::Kind::kFraction, .low = 1.0, .jitter = 0.1};
    // delay - U[0, 360 s): the least value is excluded, the greatest is not.
    const auto [least, greatest] =
        range_of([&](const DrawKey& key) { return refresh_delay(law, 3600s, key, 1); });
    CHECK(least > 3240s);
    CHECK(least < 3244s);
    CHECK(greatest <= 3600s);
    CHECK(greatest > 3596s);
    CHECK(refresh_delay(law, 3600s, key_of(1), 1) != refresh_delay(law, 3600s, key_of(1), 2));
    law.jitter_per_device = true;
    CHECK(refresh_delay(law, 3600s, key_of(1), 1) == refresh_delay(law, 3600s, key_of(1), 2));
    CHECK(refresh_delay(law, 3600s, key_of(1), 1) != refresh_delay(law, 3600s, key_of(2), 1));
}

TEST_CASE("A law's own draw and its jitter are independent, and so are successive numbers")
{
    // Law draw 2n, jitter draw 2n+1: with both uniform, position 1 + jitter 1 must not repeat one number.
    const RetryLaw law{.kind = RetryLaw::Kind::kUniform, .base = 1s, .cap = 2s};
    RetryLaw jittered = law;
    jittered.jitter = 0.5;
    int same = 0;
    double sum = 0;
    constexpr int kDevices = 2000;
    for (std::uint32_t device = 0; device < kDevices; ++device)
    {
        const double wait = to_seconds(retry_wait(law, 1, key_of(device), 1));
        const double with = to_seconds(retry_wait(jittered, 1, key_of(device), 1));
        const double u = wait - 1.0;
        const double v = with / wait - 0.5;
        same += std::abs(u - v) < 1e-6 ? 1 : 0;
        sum += (u - 0.5) * (v - 0.5);
        CHECK(retry_wait(law, 1, key_of(device), 1) == retry_wait(law, 1, key_of(device), 1));
        CHECK(retry_wait(law, 1, key_of(device), 1) != retry_wait(law, 1, key_of(device), 2));
    }
    CHECK(same == 0);
    // The product of two independent centred uniforms has mean 0, variance 1/144: the mean of 2000 has
    // standard deviation 1/(12 * sqrt(2000)) = 1.86e-3; four of them.
    CHECK(std::abs(sum / kDevices) < 7.5e-3);
}

TEST_CASE("sofia-sip refreshes 30 to 60 s before the end of 91 to 299 s, else around the half "
          "(nua_dialog.c)")
{
    // (d + 2) / 4 to that + (d + 1) / 2 in whole seconds: 3600 -> 900 .. 900 + 1800; 300 -> 75 .. 225;
    // 90 -> 23 .. 68; 2 -> 1 .. 2; 1 -> 0, which becomes 1, .. 1.
    const auto window = [](SimDuration granted) {
        const RefreshWindow w = refresh_window(granted);
        return std::pair{w.first.count(), w.last.count()};
    };
    using W = std::pair<std::chrono::seconds::rep, std::chrono::seconds::rep>;
    CHECK(window(3600s) == W{900, 2700});
    CHECK(window(300s) == W{75, 225});
    CHECK(window(299s) == W{239, 269});
    CHECK(window(91s) == W{31, 61});
    CHECK(window(90s) == W{23, 68});
    CHECK(window(2s) == W{1, 2});
    CHECK(window(1s) == W{1, 1});
    // Whole seconds, both ends included: of 2000 draws from 31 values none misses an end but with
    // (30/31)^2000 < 1e-28.
    const RefreshLaw law{.kind = RefreshLaw::Kind::kAroundHalf};
    const auto [least, greatest] =
        range_of([&](const DrawKey& key) { return refresh_delay(law, 120s, key, 1); });
    CHECK(least == 60s);
    CHECK(greatest == 90s);
    CHECK(refresh_delay(law, 3600s, key_of(1), 1) % 1s == 0s);
    CHECK(refresh_delay(law, 3600s, key_of(1), 1) != refresh_delay(law, 3600s, key_of(1), 2));
}

TEST_CASE("A lead that is for longer expiries leaves the shorter ones to their half (FreeSWITCH)")
{
    // sofia_reg.c: expires - 15 where that exceeds 30 s, else expires / 2.
    const RefreshLaw law{.kind = RefreshLaw::Kind::kLead, .lead = 15s, .lead_above = 30s};
    CHECK(refresh_delay(law, 3600s, key_of(1), 1) == 3585s);
    CHECK(refresh_delay(law, 31s, key_of(1), 1) == 16s);
    CHECK(refresh_delay(law, 30s, key_of(1), 1) == 15s);
    CHECK(refresh_delay(law, 20s, key_of(1), 1) == 10s);
}

TEST_CASE("A first wait of its own and an absolute spread: pjsua's 0, then 300 s, +/- 10 s")
{
    const RetryLaw law{.kind = RetryLaw::Kind::kConstant,
                       .base = 300s,
                       .first = SimDuration{0},
                       .earlier = 10s,
                       .later = 10s};
    // From [-10 s, 10 s] only what is not negative is left, as pjsua_acc.c bounds it.
    check_fills([&](const DrawKey& key) { return retry_wait(law, 1, key, 1); }, 0s, 10s);
    check_fills([&](const DrawKey& key) { return retry_wait(law, 2, key, 2); }, 290s, 310s);
    // Cisco's Reg Retry Random Delay only adds.
    const RetryLaw later{.kind = RetryLaw::Kind::kConstant, .base = 30s, .later = 20s};
    check_fills([&](const DrawKey& key) { return retry_wait(later, 1, key, 1); }, 30s, 50s);
    check_fills([&](const DrawKey& key) { return other_wait(1200s, 300s, key, 1); }, 1200s, 1500s);
    CHECK(other_wait(1200s, 0s, key_of(1), 1) == 1200s);
}

TEST_CASE(
    "A device that polls does what is due before its next poll, or 3 s after it (Kamailio uac)")
{
    const PollLaw law{.every = 90s, .ahead = 3s};
    const SimTime now{1000s};
    for (std::uint32_t device = 0; device < 500; ++device)
    {
        const DrawKey key = key_of(device);
        const SimTime due = now + 3600s;
        const SimTime at = at_poll(law, now, due, key);
        // uac_reg_update() leaves what is later than now + 90 + 3 s.
        CHECK(at + 93s >= due);
        CHECK(at + 3s < due);
        // All polls of a device are 90 s apart, whatever they are for, whichever the account.
        CHECK((at - at_poll(law, now, now, key)) % 90s == 0s);
        CHECK(at == at_poll(law, now, due, {.seed = 5, .device = device, .account = 3}));
        // What is due at once is done at the next poll, never at this instant.
        const SimTime next = at_poll(law, now, now, key);
        CHECK(next > now);
        CHECK(next <= now + 90s);
        CHECK(at_poll(law, next, next, key) == next + 90s);
    }
    CHECK(at_poll({}, now, now + 5s, key_of(1)) == now + 5s);
    // The phase is uniform on the 90 s.
    check_fills([&](const DrawKey& key) { return at_poll(law, now, now, key) - now; }, 0s, 90s);
}

TEST_CASE("A pattern of responses is a status or a class")
{
    StatusPatterns patterns;
    patterns.push(408);
    patterns.push(6);
    CHECK(matches(patterns, 408));
    CHECK(matches(patterns, 600));
    CHECK(matches(patterns, 699));
    CHECK_FALSE(matches(patterns, 409));
    CHECK_FALSE(matches(patterns, 503));
    CHECK_FALSE(matches({}, 503));
}
