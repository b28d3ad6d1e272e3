// Targets that are passed over: those that failed lately, and those that asked for it.

#include "model/dns/failover.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace sipsim;
using namespace sipsim::dns;

namespace
{

constexpr Endpoint kA{sip::Host{0x0A000001}, 5060};
constexpr Endpoint kB{sip::Host{0x0A000002}, 5060};
constexpr Endpoint kC{sip::Host{0x0A000003}, 5060};

char
letter(const Endpoint& endpoint)
{
    return static_cast<char>('A' + (static_cast<std::uint32_t>(endpoint.host) & 15U) - 1);
}

/// One list for which failures are remembered, walked by REGISTERs of an account each.
struct Blocking
{
    FailoverOptions options;
    Blocklist blocklist;
    Located list = [] {
        Located three;
        for (const Endpoint& endpoint : {kA, kB, kC})
        {
            three.targets.push({endpoint});
        }
        return three;
    }();

    /// The targets of one round at `now`, the last of which is not `silent` unless all are.
    std::string round(SimTime now, std::string_view silent)
    {
        Failover failover;
        failover.on_request(options, list, RequestKind::kRegister, now, &blocklist);
        std::string order;
        auto next = Failover::Next::kNext;
        while (next == Failover::Next::kNext)
        {
            const Endpoint tried = failover.target(options, list);
            order += letter(tried);
            if (silent.find(order.back()) == std::string_view::npos)
            {
                break;
            }
            next = fail(failover, tried, {Ended::Kind::kTransportError}, now);
        }
        return order;
    }

    Failover::Next fail(Failover& failover, const Endpoint& tried, const Ended& ended, SimTime now)
    {
        return failover.on_failed(options, list, tried, ended, now, &blocklist);
    }
};

} // namespace

TEST_CASE("a blocked target is passed over while another is not, until its time has passed")
{
    Blocking b;
    b.options.blocked_for = 100s;
    CHECK(b.round(SimTime{0s}, "A") == "AB");
    CHECK(b.round(SimTime{99s}, "AB") == "BC");
    CHECK(b.round(SimTime{100s}, "") == "A");
    CHECK(b.round(SimTime{101s}, "AC") == "AC"); // B until 199 s
    // A until 201 s, B until 199 s, C until 201 s: all blocked, so none is.
    CHECK(b.round(SimTime{102s}, "") == "A");
    CHECK(b.round(SimTime{200s}, "") == "B");
}

TEST_CASE("if all are blocked none is, the whole round long: the others may live")
{
    Blocking b;
    b.options.blocked_for = 1800s;
    CHECK(b.round(SimTime{0s}, "ABC") == "ABC");
    CHECK(b.round(SimTime{60s}, "A") == "AB"); // B is back
    CHECK(b.round(SimTime{70s}, "AB") == "ABC");
    CHECK(b.round(SimTime{80s}, "ABC") == "ABC");
}

TEST_CASE("targets that are passed over are none of those that a round may try")
{
    Blocking b;
    b.options.blocked_for = 3600s;
    b.options.targets_per_round = 2;
    CHECK(b.round(SimTime{0s}, "AB") == "AB");
    CHECK(b.round(SimTime{10s}, "AB") == "C");
    CHECK(b.round(SimTime{20s}, "ABC") == "C");
    CHECK(b.round(SimTime{30s}, "ABC") == "AB"); // all are blocked; two of them
    // One a round, in turn: behind the last that was tried.
    Blocking turn;
    turn.options = b.options;
    turn.options.targets_per_round = 1;
    turn.options.round_robin = true;
    Failover failover;
    turn.blocklist.block(kB, SimTime{100s});
    for (const char* const tried : {"A", "C", "A", "C"})
    {
        failover.on_request(turn.options, turn.list, RequestKind::kRegister, {}, &turn.blocklist);
        const Endpoint target = failover.target(turn.options, turn.list);
        CHECK(letter(target) == *tried);
        turn.options.blocked_for = 0s;
        CHECK(turn.fail(failover, target, {Ended::Kind::kTransportError}, {}) ==
              Failover::Next::kExhausted);
    }
}

TEST_CASE("a server that names a time in its 503 is passed over for so long (RFC 3261 21.5.4)")
{
    Blocking b;
    Failover failover;
    failover.on_request(b.options, b.list, RequestKind::kRegister, SimTime{}, &b.blocklist);
    const Ended busy{.kind = Ended::Kind::kStatus, .status = 503, .retry_after = 900s};
    CHECK(b.fail(failover, kA, busy, SimTime{}) == Failover::Next::kNext);
    CHECK(failover.target(b.options, b.list) == kB);
    CHECK(b.round(SimTime{899s}, "") == "B");
    CHECK(b.round(SimTime{900s}, "") == "A");
    // The longer of it and of what the device does by itself.
    b.options.blocked_for = 1000s;
    failover.on_request(b.options, b.list, RequestKind::kRegister, SimTime{}, &b.blocklist);
    CHECK(b.fail(failover, failover.target(b.options, b.list), busy, SimTime{}) ==
          Failover::Next::kNext);
    CHECK(b.blocklist.blocked(kB, SimTime{999s}));
    // Where 503 is an answer, the client itself waits.
    Blocking answer;
    answer.options.on_503 = false;
    failover.on_request(answer.options, answer.list, RequestKind::kRegister, {}, nullptr);
    CHECK(answer.fail(failover, kA, busy, SimTime{}) == Failover::Next::kAnswered);
    CHECK_FALSE(answer.blocklist.blocked(kA, SimTime{}));
}

TEST_CASE(
    "a REGISTER that begins at a target has tried those before it, and remembers nothing of it")
{
    Blocking b;
    Failover failover;
    b.options.targets_per_round = 2;
    CHECK(failover.on_request_at(b.options, b.list, kB, SimTime{}));
    CHECK(failover.target(b.options, b.list) == kB);
    CHECK(b.fail(failover, kB, {Ended::Kind::kTransportError}, {}) == Failover::Next::kExhausted);
    CHECK_FALSE(failover.on_request_at(b.options, b.list, kC, SimTime{}));
    b.blocklist.block(kA, SimTime{100s}); // passed over, so not tried
    CHECK(failover.on_request_at(b.options, b.list, kC, SimTime{}, &b.blocklist));
    CHECK(failover.target(b.options, b.list) == kC);
    CHECK_FALSE(b.blocklist.blocked(kB, SimTime{}));
}

TEST_CASE("the blocklist forgets the one that is free soonest")
{
    Blocklist blocklist;
    for (std::uint32_t i = 0; i < 9; ++i)
    {
        blocklist.block({sip::Host{i + 1}, 5060}, SimTime{std::chrono::seconds{100 + i}});
    }
    CHECK_FALSE(blocklist.blocked({sip::Host{1}, 5060}, SimTime{}));
    CHECK(blocklist.blocked({sip::Host{2}, 5060}, SimTime{100s}));
    CHECK_FALSE(blocklist.blocked({sip::Host{2}, 5061}, SimTime{}));
    CHECK_FALSE(blocklist.blocked({sip::Host{2}, 5060}, SimTime{101s}));
}
