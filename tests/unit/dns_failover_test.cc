#include "model/dns/failover.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sipsim;
using namespace sipsim::dns;

namespace
{

constexpr Endpoint kA{sip::Host{0x0A000001}, 5060};
constexpr Endpoint kB{sip::Host{0x0A000002}, 5060};
constexpr Endpoint kC{sip::Host{0x0A000003}, 5060};

Located
list_until(SimTime until, std::vector<Endpoint> endpoints = {kA, kB, kC})
{
    Located list;
    for (const auto& endpoint : endpoints)
    {
        list.targets.push({endpoint});
    }
    list.until = until;
    return list;
}

constexpr SimDuration kTimerF = 32s; // RFC 3261 §17.1.2.2

char
letter(const Endpoint& endpoint)
{
    return static_cast<char>('A' + (static_cast<std::uint32_t>(endpoint.host) & 15U) - 1);
}

/// The server is silent in [from, to), in seconds.
struct Outage
{
    char server = 'A';
    int from = 0;
    int to = 0;
};

/// An account that refreshes 600 s after each answer, waits 60 s after a failed round, and has a list
/// that is located anew by the first REGISTER that finds it run out, 1800 s old. Each send as "<s><server>".
std::string
walk(const FailoverOptions& options, const std::vector<Outage>& outages, int until)
{
    Failover failover;
    Located list = list_until(SimTime{1800s});
    std::string sends;
    SimTime now{};
    while (now < SimTime{std::chrono::seconds{until}})
    {
        if (now >= list.until)
        {
            list.until = now + 1800s;
            failover.on_located(options);
        }
        failover.on_request(options, list, RequestKind::kRegister, now);
        Failover::Next next = Failover::Next::kAgain;
        while (next != Failover::Next::kExhausted)
        {
            const char server = letter(failover.target(options, list));
            const auto second = now.time_since_epoch() / 1s;
            sends += std::to_string(second) + server + " ";
            bool silent = false;
            for (const Outage& outage : outages)
            {
                silent = silent ||
                         (outage.server == server && second >= outage.from && second < outage.to);
            }
            if (!silent)
            {
                failover.on_answered(options, failover.target(options, list), now);
                now =
                    std::min(now + 600s, std::max(now + 1s, failover.next_failback(options, list)));
                break;
            }
            now += options.try_timeout > SimDuration{} ? options.try_timeout : kTimerF;
            next = failover.on_failed(options, list, failover.target(options, list), {}, now);
        }
        now += next == Failover::Next::kExhausted ? SimDuration{60s} : SimDuration{};
    }
    return sends;
}

FailoverOptions
prefer(Preference preference)
{
    FailoverOptions options;
    options.preference = preference;
    return options;
}

/// The primary fails after its first answer and is back at 1500 s, before the TTL's end at 1800 s; the
/// secondary fails at 2700 s for twenty minutes.
const std::vector<Outage> kScript{{'A', 300, 1500}, {'B', 2700, 3900}};

} // namespace

TEST_CASE(
    "Default begins at the top each time: back on the primary with the first REGISTER after its "
    "repair (P3)")
{
    // Two tries of 32 s: A at 600 and 632, B at 664; 600 s later the same; at 1928 A is back.
    CHECK(walk(prefer(Preference::kNone), kScript, 3200) ==
          "0A 600A 632A 664B 1264A 1296A 1328B 1928A 2528A 3128A ");
}

TEST_CASE("Default, read as round robin, goes on where it was (ambiguity 1)")
{
    auto options = prefer(Preference::kNone);
    options.round_robin = true;
    CHECK(walk(options, kScript, 3800) ==
          "0A 600A 632A 664B 1264B 1864B 2464B 3064B 3096B 3128C 3728C ");
    // One address per attempt: the pause of 60 s stands between A and B.
    options.targets_per_round = 1;
    CHECK(walk(options, kScript, 1400) == "0A 600A 632A 724B 1324B ");
}

TEST_CASE(
    "Saved one until DNS TTL: the secondary until the list runs out, then the primary (P4, P6)")
{
    // The list of 0 s runs out at 1800 s: the REGISTER of 1864 s locates anew and begins at the top.
    CHECK(walk(prefer(Preference::kUntilTtl), kScript, 3000) ==
          "0A 600A 632A 664B 1264B 1864A 2464A ");
    // Were the primary still dead then, it would be found out by two tries.
    CHECK(walk(prefer(Preference::kUntilTtl), {{'A', 300, 5000}}, 2600) ==
          "0A 600A 632A 664B 1264B 1864A 1896A 1928B 2528B ");
}

TEST_CASE("Saved one until no responses: the TTL does not matter, only silence does (P5, P6)")
{
    CHECK(walk(prefer(Preference::kUntilNoResponse), kScript, 4400) ==
          "0A 600A 632A 664B 1264B 1864B 2464B 3064B 3096B 3128C 3728C 4328C ");
}

TEST_CASE("the two saved modes part at the TTL's end and not before (P6)")
{
    const auto ttl = walk(prefer(Preference::kUntilTtl), kScript, 1800);
    CHECK(ttl == walk(prefer(Preference::kUntilNoResponse), kScript, 1800));
    CHECK(walk(prefer(Preference::kUntilTtl), kScript, 1900) !=
          walk(prefer(Preference::kUntilNoResponse), kScript, 1900));
}

TEST_CASE("newer models fail back 60 min after the failover, with the next REGISTER")
{
    // Failed over at 664 s: until 4264 s.
    CHECK(walk(prefer(Preference::kForDuration), {{'A', 300, 1500}}, 4300) ==
          "0A 600A 632A 664B 1264B 1864B 2464B 3064B 3664B 4264A ");
    // The primary still dead then: the hour begins anew at 4328 s.
    CHECK(walk(prefer(Preference::kForDuration), {{'A', 300, 5000}}, 8000) ==
          "0A 600A 632A 664B 1264B 1864B 2464B 3064B 3664B "
          "4264A 4296A 4328B 4928B 5528B 6128B 6728B 7328B 7928A ");
}

TEST_CASE("a preference may end at once instead of with the next REGISTER (ambiguity 2)")
{
    auto options = prefer(Preference::kUntilTtl);
    options.failback_at_once = true;
    CHECK(walk(options, kScript, 2500) == "0A 600A 632A 664B 1264B 1800A 2400A ");
    options = prefer(Preference::kForDuration);
    options.failback_at_once = true;
    options.failback_after = 1000s;
    CHECK(walk(options, kScript, 1700) == "0A 600A 632A 664B 1264B 1664A ");
}

TEST_CASE("a saved address that fails is followed by those after it, or by all from the top")
{
    const std::vector<Outage> outages{{'A', 300, 700}, {'B', 1200, 5000}};
    auto options = prefer(Preference::kUntilNoResponse);
    CHECK(walk(options, outages, 1300) == "0A 600A 632A 664B 1264B 1296B 1328C ");
    options.then_from_top = true;
    CHECK(walk(options, outages, 1300) == "0A 600A 632A 664B 1264B 1296B 1328A ");
}

TEST_CASE("a round tries each target so often, then ends; the next begins at the top (P3)")
{
    const std::vector<Outage> all{{'A', 0, 9999}, {'B', 0, 9999}, {'C', 0, 9999}};
    for (const auto preference : {Preference::kNone,
                                  Preference::kUntilTtl,
                                  Preference::kUntilNoResponse,
                                  Preference::kForDuration,
                                  Preference::kUntilRegistration})
    {
        CHECK(walk(prefer(preference), all, 250) == "0A 32A 64B 96B 128C 160C ");
        CHECK(walk(prefer(preference), all, 253) ==
              "0A 32A 64B 96B 128C 160C 252A 284A 316B 348B 380C 412C ");
    }
    auto once = prefer(Preference::kNone);
    once.tries = 1;
    once.try_timeout = 4s;
    CHECK(walk(once, all, 10) == "0A 4B 8C ");
}

TEST_CASE("after a round in which the saved address failed as well it is forgotten")
{
    // B holds from 664 s; at 1264 s B, C and A are silent in turn; the next round begins with A.
    const std::vector<Outage> outages{{'A', 300, 9999}, {'B', 1200, 9999}, {'C', 0, 9999}};
    CHECK(walk(prefer(Preference::kUntilNoResponse), outages, 1520) ==
          "0A 600A 632A 664B 1264B 1296B 1328C 1360C 1392A 1424A "
          "1516A 1548A 1580B 1612B 1644C 1676C ");
}

TEST_CASE(
    "Saved one until no responses: one that is silent is forgotten, though the next refuses (P5)")
{
    const auto saved_after = [](Preference preference, const Ended& failed) {
        const auto options = prefer(preference);
        const Located list = list_until(kNever);
        Failover failover;
        failover.on_answered(options, kB, SimTime{});
        failover.on_request(options, list, RequestKind::kRegister, SimTime{});
        // "Default" begins at the top, where A has failed already.
        const Endpoint first = failover.target(options, list);
        CHECK(first ==
              (preference == Preference::kNone || preference == Preference::kUntilRegistration
                   ? kA
                   : kB));
        Failover::Next next = Failover::Next::kAgain;
        while (next == Failover::Next::kAgain)
        {
            CHECK(failover.saved() == kB);
            next = failover.on_failed(options, list, first, failed, SimTime{});
        }
        CHECK(next == Failover::Next::kNext);
        CHECK(failover.on_failed(options,
                                 list,
                                 failover.target(options, list),
                                 {.kind = Ended::Kind::kStatus, .status = 403},
                                 SimTime{}) == Failover::Next::kAnswered);
        return failover.saved();
    };
    for (const Ended& failed :
         {Ended{}, Ended{Ended::Kind::kTransportError}, Ended{Ended::Kind::kStatus, 503}})
    {
        CHECK_FALSE(saved_after(Preference::kUntilNoResponse, failed));
        // The others have a time of their own (P4).
        CHECK(saved_after(Preference::kUntilTtl, failed) == kB);
        CHECK(saved_after(Preference::kForDuration, failed) == kB);
        CHECK(saved_after(Preference::kUntilRegistration, failed) == kB);
        CHECK(saved_after(Preference::kNone, failed) == kB);
    }
}

TEST_CASE(
    "a call begins where its mode says: at the top, or at the address of the binding (P29095, "
    "HT8xx P28092)")
{
    const auto first_of_call = [](const FailoverOptions& options) {
        const Located list = list_until(SimTime{1800s});
        Failover failover;
        failover.on_request(options, list, RequestKind::kRegister, SimTime{});
        CHECK(failover.on_failed(options, list, kA, {Ended::Kind::kTransportError}, SimTime{}) ==
              Failover::Next::kNext);
        failover.on_answered(options, kB, SimTime{});
        CHECK(failover.saved() == kB);
        Failover call = failover;
        call.on_request(options, list, RequestKind::kCall, SimTime{60s});
        return letter(call.target(options, list));
    };
    CHECK(first_of_call(prefer(Preference::kNone)) == 'A');
    auto follow = prefer(Preference::kNone);
    follow.calls_follow = true;
    CHECK(first_of_call(follow) == 'B');
    CHECK(first_of_call(prefer(Preference::kUntilRegistration)) == 'B');
    CHECK(first_of_call(prefer(Preference::kUntilTtl)) == 'B');
    CHECK(walk(prefer(Preference::kUntilRegistration), kScript, 3200) ==
          walk(prefer(Preference::kNone), kScript, 3200));
}

TEST_CASE("calls that follow begin where the binding is, between the end of a saved address's time "
          "and the "
          "next refresh too (P26040 = 1 with P28092)")
{
    const auto call_at = [](const Failover& failover,
                            const FailoverOptions& options,
                            const Located& list,
                            SimTime at) {
        Failover call = failover;
        call.on_request(options, list, RequestKind::kCall, at);
        return letter(call.target(options, list));
    };
    for (const bool follow : {false, true})
    {
        CAPTURE(follow);
        auto options = prefer(Preference::kUntilTtl);
        options.calls_follow = follow;
        CHECK(validate(options).empty());
        Failover failover;
        Located list = list_until(SimTime{1800s});
        failover.on_request(options, list, RequestKind::kRegister, SimTime{});
        CHECK(failover.on_failed(options, list, kA, {Ended::Kind::kTransportError}, SimTime{}) ==
              Failover::Next::kNext);
        failover.on_answered(options, kB, SimTime{});
        CHECK(call_at(failover, options, list, SimTime{1799s}) == 'B');
        CHECK(call_at(failover, options, list, SimTime{1801s}) == (follow ? 'B' : 'A'));
        // Located anew: REGISTER begins at the top, calls do once that is answered.
        list = list_until(SimTime{3600s});
        failover.on_located(options);
        CHECK(call_at(failover, options, list, SimTime{1900s}) == (follow ? 'B' : 'A'));
        failover.on_request(options, list, RequestKind::kRegister, SimTime{1900s});
        CHECK(failover.target(options, list) == kA);
        failover.on_answered(options, kA, SimTime{1900s});
        CHECK(call_at(failover, options, list, SimTime{1901s}) == 'A');
    }
    for (const auto preference : {Preference::kUntilNoResponse, Preference::kUntilRegistration})
    {
        for (const bool follow : {false, true})
        {
            // B, which has the binding, is silent at the next refresh: no longer preferred, but it has it still.
            auto options = prefer(preference);
            options.calls_follow = follow;
            options.tries = 1;
            Failover failover;
            const Located list = list_until(kNever);
            failover.on_request(options, list, RequestKind::kRegister, SimTime{});
            CHECK(
                failover.on_failed(options, list, kA, {Ended::Kind::kTransportError}, SimTime{}) ==
                Failover::Next::kNext);
            failover.on_answered(options, kB, SimTime{});
            failover.on_request(options, list, RequestKind::kRegister, SimTime{60s});
            while (failover.on_failed(options,
                                      list,
                                      failover.target(options, list),
                                      {Ended::Kind::kTransportError},
                                      SimTime{60s}) == Failover::Next::kNext)
            {
            }
            CHECK(call_at(failover, options, list, SimTime{61s}) == (follow ? 'B' : 'A'));
        }
    }
    // A refresh never follows.
    auto options = prefer(Preference::kUntilTtl);
    options.calls_follow = true;
    CHECK(walk(options, kScript, 3000) == walk(prefer(Preference::kUntilTtl), kScript, 3000));
}

TEST_CASE(
    "silence, a transport error and 503 fail over, other answers do not unless 5xx is set (RFC "
    "3263 4.3)")
{
    const Located list = list_until(kNever);
    const auto next = [&list](const FailoverOptions& options, const Ended& ended) {
        Failover failover;
        failover.on_request(options, list, RequestKind::kRegister, SimTime{});
        return failover.on_failed(options, list, kA, ended, SimTime{});
    };
    FailoverOptions options;
    const auto status = [](std::uint16_t code) { return Ended{Ended::Kind::kStatus, code}; };
    CHECK(next(options, {}) == Failover::Next::kAgain);
    CHECK(next(options, {Ended::Kind::kTransportError}) == Failover::Next::kNext);
    CHECK(next(options, status(503)) == Failover::Next::kNext);
    CHECK(next(options, status(500)) == Failover::Next::kAnswered);
    CHECK(next(options, status(403)) == Failover::Next::kAnswered);
    CHECK(next(options, status(600)) == Failover::Next::kAnswered);
    options.on_other_5xx = true;
    CHECK(next(options, status(500)) == Failover::Next::kNext);
    CHECK(next(options, status(403)) == Failover::Next::kAnswered);
    CHECK(next(options, status(600)) == Failover::Next::kAnswered);
    options.on_503 = false;
    CHECK(next(options, status(503)) == Failover::Next::kAnswered);
}

TEST_CASE("a saved address that the new list lacks is tried first still, then the list")
{
    const auto options = prefer(Preference::kUntilNoResponse);
    Failover failover;
    const Located before = list_until(SimTime{100s});
    failover.on_request(options, before, RequestKind::kRegister, SimTime{});
    CHECK(failover.on_failed(options, before, kA, {Ended::Kind::kTransportError}, SimTime{}) ==
          Failover::Next::kNext);
    failover.on_answered(options, kB, SimTime{});
    const Located after = list_until(SimTime{200s}, {kA, kC});
    failover.on_located(options);
    failover.on_request(options, after, RequestKind::kRegister, SimTime{100s});
    std::string order;
    auto next = Failover::Next::kNext;
    while (next == Failover::Next::kNext)
    {
        const Endpoint tried = failover.target(options, after);
        order += letter(tried);
        next = failover.on_failed(options,
                                  after,
                                  tried,
                                  {Ended::Kind::kTransportError},
                                  SimTime{100s});
    }
    CHECK(order == "BAC");
}

// The list is the device's: another account's location may fail, or bring another list, while a try is under way.
TEST_CASE(
    "a list that is gone or has shrunk when a try ends: the round ends, or goes on in what is left")
{
    for (const bool in_turn : {false, true})
    {
        FailoverOptions options;
        options.round_robin = in_turn;
        options.blocked_for = 100s;
        const Located list = list_until(SimTime{100s});
        const ServerList gone{{}, SimTime{}};
        Failover failover;
        Blocklist blocklist;
        failover.on_request(options, list, RequestKind::kRegister, SimTime{}, &blocklist);
        CHECK(failover.target(options, list) == kA);
        CHECK(failover.on_failed(options,
                                 gone,
                                 kA,
                                 {Ended::Kind::kTransportError},
                                 SimTime{},
                                 &blocklist) == Failover::Next::kExhausted);
        CHECK(blocklist.blocked(kA, SimTime{99s})); // the one that was tried
        CHECK(!blocklist.blocked(kB, SimTime{99s}));

        failover.on_request(options, list, RequestKind::kRegister, SimTime{100s}, &blocklist);
        const Located shrunk = list_until(SimTime{200s}, {kC});
        CHECK(failover.on_failed(options,
                                 shrunk,
                                 kA,
                                 {Ended::Kind::kTransportError},
                                 SimTime{100s}) == Failover::Next::kExhausted);
    }
    auto options = prefer(Preference::kUntilNoResponse);
    Failover failover;
    failover.on_request(options, ServerList{{}, SimTime{}}, RequestKind::kRegister, SimTime{});
    failover.on_answered(options, kB, SimTime{}); // whoever answered is remembered, list or not
    CHECK(failover.saved() == kB);
}

TEST_CASE("options are checked at once")
{
    CHECK(validate(FailoverOptions{}).empty());
    FailoverOptions bad;
    bad.preference = Preference::kUntilNoResponse;
    bad.round_robin = true;
    bad.failback_at_once = true;
    bad.failback_after = 0s;
    bad.tries = 0;
    bad.try_timeout = -1s;
    bad.blocked_for = -1s;
    CHECK(validate(bad).size() == 6);
}

TEST_CASE("with one target a round and no turns, those beyond are never tried")
{
    FailoverOptions one;
    one.targets_per_round = 1;
    one.tries = 1;
    CHECK(validate(one).empty());
    // 32 s of Timer F and 60 s of pause.
    CHECK(walk(one, {{'A', 0, 9999}}, 200) == "0A 92A 184A ");
}
