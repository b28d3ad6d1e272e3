#include "model/registration/laws.h"

#include <algorithm>

namespace sipsim::registration
{

namespace
{

constexpr std::uint64_t kPollPhase = 0;
constexpr std::uint64_t kJitterForLife = 1; // refresh numbers begin at 1, so their draws at 2

constexpr std::uint64_t
law_draw(std::uint32_t n)
{
    return std::uint64_t{2} * n;
}

constexpr std::uint64_t
jitter_draw(std::uint32_t n)
{
    return law_draw(n) + 1;
}

// min(cap, base * factor) without overflow.
SimDuration
capped(SimDuration base, std::uint64_t factor, SimDuration cap)
{
    const auto room = static_cast<std::uint64_t>(cap / base);
    return factor > room ? cap : base * static_cast<SimDuration::rep>(factor);
}

// 2^exponent, saturated far beyond any cap / base.
constexpr std::uint64_t
power_of_two(std::uint32_t exponent)
{
    return std::uint64_t{1} << std::min(exponent, 62U);
}

SimDuration
unjittered(const RetryLaw& law, std::uint16_t failures, const DrawKey& key, std::uint32_t n)
{
    if (law.first && failures == 1)
    {
        return *law.first;
    }
    switch (law.kind)
    {
    case RetryLaw::Kind::kConstant:
        return law.base;
    case RetryLaw::Kind::kLinear:
        return capped(law.base, failures, law.cap);
    case RetryLaw::Kind::kRfc5626: {
        // RFC 5626 §4.5: W = min(max-time, base-time * 2^consecutive-failures), then a uniform draw
        // between 50 % and 100 % of it.
        const SimDuration upper = capped(law.base, power_of_two(failures), law.cap);
        return draw_between(key, Purpose::kRetry, law_draw(n), upper / 2, upper);
    }
    case RetryLaw::Kind::kDoubling:
        return capped(law.base, power_of_two(failures - 1U), law.cap);
    case RetryLaw::Kind::kUniform:
        return draw_between(key, Purpose::kRetry, law_draw(n), law.base, law.cap);
    }
    return law.base;
}

} // namespace

RefreshWindow
refresh_window(SimDuration granted)
{
    const auto s = std::chrono::floor<std::chrono::seconds>(granted).count();
    if (s > 90 && s < 300)
    {
        return {std::chrono::seconds{s - 60}, std::chrono::seconds{s - 30}};
    }
    const auto quarter = (s + 2) / 4;
    return {std::chrono::seconds{std::max(quarter, decltype(s){1})},
            std::chrono::seconds{quarter + (s + 1) / 2}};
}

SimDuration
refresh_delay(const RefreshLaw& law, SimDuration granted, const DrawKey& key, std::uint32_t n)
{
    SimDuration delay = granted;
    switch (law.kind)
    {
    case RefreshLaw::Kind::kLead:
        // Model choice: a lead that leaves nothing of the binding becomes half of it.
        delay = std::max(law.lead, law.lead_above) < granted ? granted - law.lead : granted / 2;
        break;
    case RefreshLaw::Kind::kFraction:
        delay = scaled(granted, law.low);
        break;
    case RefreshLaw::Kind::kUniform:
        delay = draw_between(key,
                             Purpose::kRefresh,
                             law_draw(n),
                             scaled(granted, law.low),
                             scaled(granted, law.high));
        break;
    case RefreshLaw::Kind::kAroundHalf: {
        const RefreshWindow window = refresh_window(granted);
        const SimDuration at = draw_between(key,
                                            Purpose::kRefresh,
                                            law_draw(n),
                                            window.first,
                                            window.last + std::chrono::seconds{1});
        delay = std::chrono::floor<std::chrono::seconds>(at);
        break;
    }
    }
    if (law.jitter > 0.0)
    {
        const std::uint64_t number = law.jitter_per_device ? kJitterForLife : jitter_draw(n);
        delay -=
            draw_between(key, Purpose::kRefresh, number, SimDuration{0}, scaled(delay, law.jitter));
    }
    return delay;
}

SimDuration
retry_wait(const RetryLaw& law, std::uint16_t failures, const DrawKey& key, std::uint32_t n)
{
    const SimDuration wait = unjittered(law, std::max<std::uint16_t>(failures, 1), key, n);
    if (law.jitter > 0.0)
    {
        return draw_between(key,
                            Purpose::kRetry,
                            jitter_draw(n),
                            scaled(wait, 1.0 - law.jitter),
                            scaled(wait, 1.0 + law.jitter));
    }
    if (law.earlier > SimDuration{0} || law.later > SimDuration{0})
    {
        return draw_between(key,
                            Purpose::kRetry,
                            jitter_draw(n),
                            std::max(wait - law.earlier, SimDuration{0}),
                            wait + law.later);
    }
    return wait;
}

SimDuration
other_wait(SimDuration wait, SimDuration random, const DrawKey& key, std::uint32_t n)
{
    return random > SimDuration{0}
               ? draw_between(key, Purpose::kRetry, jitter_draw(n), wait, wait + random)
               : wait;
}

SimTime
at_poll(const PollLaw& law, SimTime now, SimTime due, const DrawKey& key)
{
    if (law.every <= SimDuration{0})
    {
        return due;
    }
    const DrawKey device{.seed = key.seed, .device = key.device, .account = 0};
    const SimTime phase{
        draw_between(device, Purpose::kRefresh, kPollPhase, SimDuration{0}, law.every)};
    const SimTime from = std::max(due - law.ahead - law.every, now + SimDuration{1});
    const SimDuration since = from - phase;
    const auto polls = since / law.every + (since % law.every > SimDuration{0} ? 1 : 0);
    return phase + law.every * std::max(polls, decltype(polls){0});
}

} // namespace sipsim::registration
