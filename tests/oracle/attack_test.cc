// The seeds' guesses per hour (V108, V109), found by a fleet that guesses, and what the limits per session
// and per terminal do to attackers that know them. The attacker is 46 ms away, and alone at the registrar.

#include "tests/oracle/guess_law.h"

using namespace sipsim;
using namespace sipsim::carrier;
using namespace sipsim::oracle;

namespace
{

constexpr SimDuration kWait = 150ms; // after a refusal or no answer

/// One AOR whose owner is away, and attackers that guess at once.
world::World
attacked(const registrar::AdmissionOptions& admission,
         registration::GuessLaw law = {},
         std::uint32_t sources = 1)
{
    world::World world = three_pops(1, 1);
    world.duration = 10h;
    world.registrars[0].options.admission = admission;
    world.fleets[0].registration.enabled = false;
    world::FleetSpec attacker;
    attacker.name = "scanner";
    attacker.count = sources;
    attacker.at = {0};
    attacker.access.propagation = 5ms;
    attacker.attack = world::AttackSpec{};
    attacker.registration.guess = law;
    attacker.registration.guess.passwords = 1'000'000'000;
    attacker.registration.guess.skips_refused = true;
    attacker.registration.retry.base = kWait;
    auto& retransmission = attacker.registration.transaction.retransmission;
    retransmission.kind = sip::RetransmissionLaw::Kind::kList;
    retransmission.intervals.push(kAnswerWait);
    world.fleets.push_back(attacker);
    return world;
}

/// What the collector found; no fact is kept.
world::Results
results_of(const world::World& world)
{
    const world::Layout layout(world);
    world::Collector collector(world, layout);
    std::ignore = fleet::run_on_fleet(world, layout, collector, {});
    return collector.finish(SimTime{world.duration});
}

/// Passwords that the registrar looked at, per hour.
double
looked_at(const world::World& world)
{
    return metric(results_of(world), "wrong_passwords_per_hour");
}

} // namespace

TEST_CASE("a fleet that guesses: 114, 18 and 514 per hour where a burst fills the timeout (V108)")
{
    check_table(
        [](const registrar::AdmissionOptions& limit, SimDuration period) {
            return looked_at(attacked(limit, {.spacing = period - kRoundTrip}));
        },
        [](SimDuration) { return kWait; });
}

TEST_CASE(
    "a fleet that guesses at once gets a burst per suspension, 119.8 per hour (V109), however "
    "many hosts it guesses from")
{
    const double law = 6 * 3600.0 / cycle(6, 180s, kRoundTrip, kWait);
    CHECK(law == doctest::Approx(119.8).epsilon(0.005));
    const double alone = looked_at(attacked(terminal_limit(6, 180s)));
    CHECK(std::abs(alone - law) <= 6 / kHours);
    // The account is suspended, not the host: the sixth wrong one, whoever sent it, ends the burst.
    const auto twenty = [](const registrar::AdmissionOptions& admission) {
        world::World world = attacked(admission, {}, 20);
        world.duration = 2h; // up to one burst more or less is three per hour
        return looked_at(world);
    };
    const double account = twenty(terminal_limit(6, 180s));
    CHECK(account <= 120.0 + 3);
    CHECK(account >= law - 3);
    // Where hosts are the terminals, each has its own bursts.
    registrar::AdmissionOptions by_source = terminal_limit(6, 180s);
    by_source.terminal = registrar::AdmissionOptions::Terminal::kSource;
    CHECK(std::abs(twenty(by_source) - 20 * law) <= 20 * 3);
}

TEST_CASE(
    "the limit per session suspends nobody who begins another session in time: 2160 per hour by "
    "the clock, 67000 as fast as the line allows (V96, V99, V117)")
{
    // A session is a request that asks for the challenge, a round trip, and six guesses `period` apart; the
    // attacker leaves it before the seventh would be refused.
    const auto law = [](SimDuration period) {
        return 6 * 3600.0 / to_seconds(6 * period + kRoundTrip);
    };
    const SimDuration by_clock = SimDuration{10s} / 6;
    const double slow =
        looked_at(attacked(session_limit(), {.spacing = by_clock - kRoundTrip, .per_session = 6}));
    CHECK(std::abs(slow - law(by_clock)) <= 6 / kHours);
    CHECK(slow == doctest::Approx(2160).epsilon(0.006));
    const double fast = looked_at(attacked(session_limit(), {.per_session = 6}));
    CHECK(std::abs(fast - law(kRoundTrip)) <= 6 / kHours);
    CHECK(fast == doctest::Approx(67080).epsilon(0.001));
    // Who stays for the seventh is suspended.
    CHECK(looked_at(attacked(session_limit())) < 121);
    // The limit per terminal counts over sessions.
    registrar::AdmissionOptions both = session_limit();
    both.terminal_retries = 6;
    CHECK(looked_at(attacked(both, {.per_session = 6})) ==
          doctest::Approx(6 * 3600.0 / cycle(6, 180s, kRoundTrip, kWait)).epsilon(0.005));
}

TEST_CASE("a password that is the sixtieth of the list is found in the tenth burst")
{
    // Nine bursts of six and what follows them; the request, the challenge and five guesses before it.
    const auto found_at = [](std::uint16_t retries, SimDuration suspend) {
        const int bursts = (60 - 1) / retries;
        const int before = (60 - 1) % retries;
        const double from_first =
            bursts * cycle(retries, suspend, kRoundTrip, kWait) +
            before * to_seconds(kRoundTrip); // guess to guess, at the registrar
        return SimDuration{
            std::llround(1e9 * (from_first + 2 * to_seconds(kRoundTrip)))}; // answered
    };
    for (const std::uint16_t retries : {6, 7})
    {
        for (const SimDuration off : {SimDuration{-1ms}, SimDuration{1ms}})
        {
            world::World world = attacked(terminal_limit(retries, 180s));
            world.fleets[1].attack->found_at = 60;
            world.duration = found_at(retries, 180s) + off;
            const auto results = results_of(world);
            CHECK(metric(results, "passwords_found") == (off > 0s ? 1.0 : 0.0));
        }
    }
}

TEST_CASE(
    "an attacker is what locks an account's owner out: suspended for 180 s of every 180.3 (V113)")
{
    // A phone that refreshes every 300 s and repeats what is refused every 3 s, unanswered for 100 ms. Its
    // account is suspended but for the time from one suspension's end to the next burst's last guess: the
    // attacker's poll comes within 250 ms of it, its challenge a round trip later, the sixth guess five
    // later. Whatever the phone sends in that window gets through, in the rest nothing does; without the
    // attacker it is always registered.
    const auto unregistered = [](bool attack) {
        world::World world = attacked(terminal_limit(6, 180s));
        world.fleets[1].registration.enabled = attack;
        auto& phone = world.fleets[0].registration;
        phone = world.fleets[1].registration;
        phone.enabled = true;
        phone.guess = {};
        phone.expires = 600;
        phone.retry.base = 3s;
        const auto results = results_of(world);
        return metric(results, "unregistered_account_seconds");
    };
    CHECK(unregistered(false) < 600); // up to its first REGISTER of the steady start
    // A poll of 3.1 s hits a window of about 0.3 s in one suspension out of ten, so the phone is in for its
    // 600 s, of which it needs 300 to try again: in 1800 s, more than half are without it.
    CHECK(unregistered(true) > 0.3 * 36000);
}

TEST_CASE("more retries spare no device with the right password, whatever the loss (V106, V110)")
{
    // What is lost is sent again and is a copy: no password was wrong, so no retry is used. Only the time
    // counts: with a limit of one retry, the same phones register at the same instants as with ten.
    std::vector<world::Results> all;
    for (const std::uint16_t retries : {1, 3, 6, 10})
    {
        world::World world = three_pops(200, 3);
        give_loss(world, 0.1, SimDuration{0});
        world.fleets[0].registration.preemptive_credentials = false;
        auto& admission = world.registrars[0].options.admission;
        admission.session_retries = retries;
        admission.session_timeout = 10s;
        admission.terminal_retries = retries;
        admission.suspend = 600s;
        all.push_back(results_of(world));
        CHECK(metric(all.back(), "wrong_passwords_per_hour") == 0.0);
        CHECK(metric(all.back(), "attempts_failed") == metric(all.front(), "attempts_failed"));
        CHECK(all.back().fingerprint == all.front().fingerprint);
    }
}
