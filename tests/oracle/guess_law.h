#pragma once

// Models : guesses per hour against a limit per terminal, in closed form, and the seeds' table of them.
// Drives : oracles of devices with a wrong password and of attackers, 46 ms from a registrar alone.
// Keeps  : nothing queues; whoever guesses waits for the answer to one request before he sends another.
// Leaves : the limits per session.

#include "tests/carrier/both_carriers.h"

#include <cmath>
#include <functional>

namespace sipsim::oracle
{

using namespace std::chrono_literals;

inline constexpr SimDuration kRoundTrip = 46ms; // 5 + 10 + 7 + 1 ms each way (three_pops)
inline constexpr SimDuration kAnswerWait = 100ms;
inline constexpr double kHours = 10; // of a run

inline double
metric(const world::Results& results, std::string_view name)
{
    const auto found = std::ranges::find(results.metrics, name, &world::MetricValue::name);
    REQUIRE(found != results.metrics.end());
    return found->value.value_or(NAN);
}

inline registrar::AdmissionOptions
terminal_limit(std::uint16_t retries, SimDuration suspend)
{
    registrar::AdmissionOptions o;
    o.terminal_retries = retries;
    o.suspend = suspend;
    return o;
}

/// SS_SIP_AUTHENTICATION_* at their defaults, without the limit per terminal.
inline registrar::AdmissionOptions
session_limit()
{
    registrar::AdmissionOptions o;
    o.session_retries = 6;
    o.session_timeout = 10s;
    o.suspend = 180s;
    return o;
}

/// Seconds from one burst to the next. Guesses arrive `period` apart; the last one suspends, its refusal is
/// back half a round trip later, and `wait` after it the attacker asks again: unanswered, every wait +
/// kAnswerWait, until the suspension is over. What arrives then is challenged, and guessed a round trip
/// later.
inline double
cycle(std::uint16_t retries, SimDuration suspend, SimDuration period, SimDuration wait)
{
    const double first = to_seconds(kRoundTrip + wait);
    const double poll = to_seconds(wait + kAnswerWait);
    const double polls = std::max(0.0, std::ceil((to_seconds(suspend) - first) / poll));
    return (retries - 1) * to_seconds(period) + first + polls * poll + to_seconds(kRoundTrip);
}

/// The seeds' table (V108): retries * 3600 / (suspend + 10 s), for bursts that last 10 s. `measured` gives
/// guesses per hour, `wait` the wait after a refusal, both at a period.
inline void
check_table(const std::function<double(const registrar::AdmissionOptions&, SimDuration)>& measured,
            const std::function<SimDuration(SimDuration)>& wait)
{
    struct Row
    {
        std::uint16_t retries;
        SimDuration suspend;
        double table;
    };

    for (const Row& row : {Row{6, 180s, 113.7}, Row{3, 600s, 17.7}, Row{10, 60s, 514.3}})
    {
        // From the first guess to the one that suspends, 10 s.
        const SimDuration period = SimDuration{10s} / (row.retries - 1);
        const double found = measured(terminal_limit(row.retries, row.suspend), period);
        // Ten hours end within a burst: up to one burst more or less than the law's.
        const double law =
            row.retries * 3600.0 / cycle(row.retries, row.suspend, period, wait(period));
        CHECK(std::abs(found - law) <= row.retries / kHours);
        CHECK(found == doctest::Approx(row.table).epsilon(0.02)); // as seeds' V108 demands
    }
}

} // namespace sipsim::oracle
