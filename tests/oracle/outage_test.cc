#include "analysis/models.h"
#include "tests/oracle/stage.h"

#include <array>
#include <cmath>
#include <map>
#include <set>
#include <vector>

using namespace sipsim;
using namespace sipsim::oracle;
using registration::Reason;
using registration::State;

namespace
{

constexpr std::uint32_t kAccounts = 1000;
constexpr SimDuration kPeriod = 30min;
constexpr SimDuration kBegin = 40min;
constexpr SimDuration kOutage = 10min;

/// Who failed during the outage, what arrived at the dead host, and when each came back.
class OutageFacts final : public world::Observer
{
  public:
    void on_register_arrival(SimTime, std::uint32_t /*registrar*/, bool alive) override
    {
        dead_arrivals += alive ? 0 : 1;
    }

    void on_transition(SimTime at,
                       world::AccountIndex ua,
                       const registration::Transition& t) override
    {
        if (t.from == State::kRegistering && t.to == State::kWaiting)
        {
            failed.insert(ua);
            began.emplace(ua, at);
        }
        if (t.to == State::kRegistered && failed.contains(ua) && !back.contains(ua))
        {
            back.emplace(ua, at);
        }
    }

    std::set<world::AccountIndex> failed;
    std::map<world::AccountIndex, SimTime> began; // first failure
    std::map<world::AccountIndex, SimTime> back;
    int dead_arrivals = 0;
};

world::World
outage_world(SimDuration wait, bool keep, world::Unreachable how, std::uint64_t seed)
{
    world::World world = one_fleet(kAccounts, seed);
    world.warmup = kPeriod;
    world.duration = kBegin + kOutage + kPeriod + 30min;
    auto& registration = world.fleets[0].registration;
    registration.expires = 3600;
    registration.refresh = {.kind = registration::RefreshLaw::Kind::kFraction, .low = 0.5};
    registration.retry = {.base = wait};
    world.registrars[0].options.challenge = registrar::ChallengeWhen::kNever;
    world.registrars[0].keep_bindings = keep;
    world.faults.push_back({.kind = world::FaultKind::kOutage,
                            .at = SimTime{kBegin},
                            .length = kOutage,
                            .unreachable = how});
    return world;
}

analysis::OutageLaw
law_of(double wait_s, bool lost)
{
    return {.accounts = kAccounts,
            .refresh_period_s = to_seconds(kPeriod),
            .outage_s = to_seconds(kOutage),
            .retry_wait_s = wait_s,
            .refresh_lead_s = 1800,
            .bindings_lost = lost};
}

} // namespace

TEST_CASE("an outage of length D touches N min(1, D/r) accounts, whose refresh falls into it")
{
    for (const bool keep : {true, false})
    {
        OutageFacts facts;
        run(outage_world(20s, keep, world::Unreachable::kSilent, 4), &facts);
        // A refresh less than 32 s before the end is answered by a copy sent after it and does not
        // fail: n = N (D - 32 + about half a second)/r fail. Binomial(1000, 0.316): sd 14.7.
        const double share = (600.0 - 31.5) / 1800.0;
        CHECK(std::abs(static_cast<double>(facts.failed.size()) - kAccounts * share) <
              4 * std::sqrt(kAccounts * share * (1 - share)));
    }
}

TEST_CASE("a silent outage draws 11 messages per 32 s + wait from each account it touches")
{
    for (const double wait : {1.0, 20.0, 300.0})
    {
        OutageFacts facts;
        run(outage_world(std::chrono::milliseconds{static_cast<int>(wait * 1000)},
                         true,
                         world::Unreachable::kSilent,
                         5),
            &facts);
        // The exact sum over the accounts' schedules; N(D/r) accounts are binomial, each with at most
        // its full D/(32+wait)*11 messages: sd below sqrt(1000 * 1/3 * 2/3) * (mean + spread) of them.
        const auto law = law_of(wait, false);
        const double expected = analysis::expected_requests_in_outage(law);
        const double per_account = expected / analysis::accounts_in_retry(law);
        const double sd =
            std::sqrt(kAccounts / 3.0) * per_account * std::sqrt(2.0 / 3.0 + 1.0 / 3.0);
        CHECK(std::abs(facts.dead_arrivals - expected) < 4 * sd);
        // The short form: rate per account times the mean time in retry, D/2. It leaves out that the
        // first attempt comes at once, half a cycle early, so it holds where the cycle is short.
        const double brief = analysis::accounts_in_retry(law) *
                             analysis::offered_rate_per_account(law) * to_seconds(kOutage) / 2;
        CHECK((wait > 32 || std::abs(expected - brief) < 0.15 * brief));
    }
}

TEST_CASE(
    "after a silent outage an account is back within 4 s with probability 32/(32 + wait), else "
    "uniformly within the wait")
{
    constexpr double kWait = 60.0;
    std::vector<double> delays;
    for (std::uint64_t seed = 10; seed < 14; ++seed)
    {
        OutageFacts facts;
        run(outage_world(60s, true, world::Unreachable::kSilent, seed), &facts);
        for (const auto& [ua, at] : facts.back)
        {
            const double delay = to_seconds(at - SimTime{kBegin + kOutage});
            // In mid-cycle when the outage ends: failed long before, so the phase is uniform.
            if (facts.began.at(ua) < SimTime{kBegin + kOutage - 92s})
            {
                delays.push_back(delay);
            }
        }
    }
    const auto n = static_cast<double>(delays.size());
    REQUIRE(n > 800);
    const auto within = [&](double t) {
        return static_cast<double>(
                   std::ranges::count_if(delays, [t](double d) { return d <= t; })) /
               n;
    };
    // Path time is 30 ms there and back; 4.1 s leaves room for it. Binomial sd sqrt(p q / n).
    for (const double t : {0.5, 2.0, 4.1, 20.0, 40.0, 61.0})
    {
        const double p = analysis::resend_within_uniform_phase(law_of(kWait, false), t);
        CHECK(std::abs(within(t) - p) < 4 * std::sqrt(std::max(p * (1 - p), 0.01) / n) + 0.01);
    }
    // The short form itself: 32/92 = 0.348 within 4 s (exactly 31.5/92 = 0.342 of the phases).
    CHECK(std::abs(within(4.1) - 32.0 / (32.0 + kWait)) < 4 * std::sqrt(0.348 * 0.652 / n) + 0.006);
    CHECK(within(kWait + 0.6) == 1.0);
}

TEST_CASE("with port unreachable the cycle is a round trip and the wait, with one message")
{
    OutageFacts facts;
    run(outage_world(20s, true, world::Unreachable::kIcmp, 6), &facts);
    // 15 ms there and back is 30 ms: cycle 20.03 s. Expected over starts uniform in D: the sum over
    // attempts k of N/r * (D - k * cycle)+.
    double expected = 0;
    for (int k = 0; k * 20.03 < 600; ++k)
    {
        expected += kAccounts / 1800.0 * (600 - k * 20.03);
    }
    const double per_account = expected / (kAccounts / 3.0);
    CHECK(std::abs(facts.dead_arrivals - expected) < 4 * std::sqrt(kAccounts / 3.0) * per_account);
    // One message per cycle, not eleven per attempt: eleven would be 11/52 against 1/20.03, 4.2 times.
    CHECK(facts.dead_arrivals < 1.5 * expected);
}

TEST_CASE(
    "with bindings lost all accounts are away until their next refresh, with bindings kept none "
    "that refreshes in time")
{
    const auto kept = run(outage_world(20s, true, world::Unreachable::kSilent, 7));
    // Refresh at half the expiry: an old binding lives 30 min longer, more than the outage.
    CHECK(metric(kept, "share_min") == 1.0);
    const auto lost = run(outage_world(20s, false, world::Unreachable::kSilent, 7));
    CHECK(metric(lost, "share_min") == 0.0);
    // Those not in retry notice at their next refresh, uniform over the remaining r - D = 1200 s:
    // 99 % are back when the last 1 % of all, uniform, is: about 1200 * (1 - 0.01 * 3/2) = 1182 s.
    const double closed = analysis::time_to_expected_share(law_of(20, true), 0.99, 1800);
    CHECK(closed > 1100);
    // The order statistic of 1000 uniform accounts near the top: sd about 1200 * sqrt(15)/1000 = 5 s.
    CHECK(std::abs(metric(lost, "time_to_99") - closed) < 25.0);
}
