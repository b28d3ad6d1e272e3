// The REGISTER that goes before a call which has failed over: "Register Before DNS SRV Failover" (Grandstream
// P29095), INVITE timeout on A -> REGISTER to B -> 200 -> INVITE to B.

#include "tests/unit/registration_known_servers.h"

#include <doctest/doctest.h>

#include <variant>

using namespace sipsim;
using namespace sipsim::registration;
using namespace std::chrono_literals;

namespace
{

struct Phone : Bench
{
    Known known;

    Phone()
    {
        account.servers = &known.servers;
    }

    Outputs fail_over_to(const sip::Endpoint& target)
    {
        Outputs out{room};
        agent.on_call_failed_over(settings, account, transaction, now, target, out);
        take(out);
        return out;
    }

    /// A call that fails over changes nothing.
    void check_idle()
    {
        const State before = state();
        const SimTime next = next_deadline();
        const auto server = agent.server();
        CHECK(fail_over_to(kB).empty());
        CHECK(state() == before);
        CHECK(next_deadline() == next);
        CHECK(agent.server() == server);
    }
};

} // namespace

TEST_CASE("P29095: before a call that fails over to B, a registered account registers at B")
{
    Phone phone;
    phone.register_for(3600);
    const sip::Message first = phone.request();
    REQUIRE(first.dst == kA);
    phone.run_for(10s);
    phone.fail_over_to(kB);
    CHECK(phone.last().from == State::kRegistered);
    CHECK(phone.last().to == State::kRegistering);
    CHECK(phone.last().reason == Reason::kCallFailedOver);
    CHECK(name_of(Reason::kCallFailedOver) == "call failed over");
    REQUIRE(phone.sent.size() == 2); // none to A, at which the call has been
    CHECK_FALSE(phone.sent[1].again);
    CHECK(phone.sent[1].at == kT0 + 10s);
    CHECK(phone.request().dst == kB);
    // RFC 3261 §10.2: the same Call-ID, CSeq one more.
    CHECK(phone.request().call_id == first.call_id);
    CHECK(phone.request().cseq == sip::CSeq{static_cast<std::uint32_t>(first.cseq) + 1});
    phone.challenge(5); // and stays there with its credentials
    CHECK(phone.request().dst == kB);
    CHECK(phone.has_proved());
    phone.grant(3600);
    CHECK(phone.state() == State::kRegistered);
    CHECK_FALSE(phone.last().initial);
    CHECK(phone.known.failover.saved() == kB);
}

TEST_CASE(
    "the next refresh goes where the policy says of an account whose last REGISTER B answered")
{
    for (const bool keeps : {false, true})
    {
        Phone phone;
        phone.known.options.preference =
            keeps ? dns::Preference::kUntilNoResponse : dns::Preference::kNone;
        phone.register_for(3600);
        phone.fail_over_to(kB);
        phone.grant(3600);
        phone.run_until(phone.next_deadline());
        CHECK(phone.sent.size() == 3);
        CHECK(phone.request().dst == (keeps ? kB : kA));
    }
}

TEST_CASE("where B fails too, the REGISTER goes on behind B, and begins anew after the pause")
{
    Phone phone;
    REQUIRE(phone.known.options.tries == 2);
    phone.register_for(3600);
    phone.fail_over_to(kB);
    // B has both its tries, each as long as Timer F: 64*T1.
    const SimTime begin = phone.now;
    phone.run_until(begin + 32s);
    CHECK(phone.request().dst == kB);
    CHECK_FALSE(phone.sent.back().again);
    phone.run_until(begin + 64s);
    CHECK(phone.request().dst == kC);
    CHECK(phone.last().reason == Reason::kNextServer);
    phone.answer(503);
    CHECK(phone.state() == State::kWaiting);
    phone.run_until(phone.next_deadline());
    CHECK(phone.request().dst == kA);
}

TEST_CASE("no REGISTER goes before a call while one is under way, or an account waits or is off")
{
    Phone phone;
    phone.check_idle();
    phone.start();
    phone.run_until(phone.now);
    REQUIRE(phone.state() == State::kRegistering);
    phone.check_idle();
    phone.answer(403);
    REQUIRE(phone.state() == State::kWaiting);
    phone.check_idle();
    phone.crash();
    phone.check_idle();
    CHECK(phone.sent.size() == 1);
}

TEST_CASE("the list that the call has used serves its REGISTER though it has run out")
{
    Phone phone;
    phone.known.servers.list.until = phone.now + 60s;
    phone.register_for(3600);
    phone.run_for(100s);
    const Outputs out = phone.fail_over_to(kB);
    CHECK(out.transitions.size() == 1);
    CHECK(out.next == Outputs::Next::kSend);
    CHECK(phone.request().dst == kB);
}

TEST_CASE("of a server that the list has no more, a REGISTER begins as any other")
{
    Phone phone;
    phone.known.options.preference = dns::Preference::kUntilNoResponse;
    phone.known.failover.on_answered(phone.known.options, kC, phone.now);
    ServerWalk walk;
    const dns::Failover before = phone.known.failover;
    walk.on_attempt_started_at(phone.known.servers, kOtherServer, phone.now);
    CHECK_FALSE(walk.target());
    CHECK(phone.known.failover.saved() == before.saved());

    Phone other;
    other.register_for(3600);
    other.fail_over_to(kOtherServer);
    CHECK(other.request().dst == kA);
    other.grant(3600);
    other.known.servers.list = {{}, SimTime::min()};
    const Outputs out = other.fail_over_to(kB);
    CHECK(out.transitions.size() == 1);
    CHECK(out.next == Outputs::Next::kResolve);
}

TEST_CASE(
    "the walk of a REGISTER comes to the call's server in its own order, and goes on from there")
{
    Known known;
    ServerWalk walk;
    walk.on_attempt_started_at(known.servers, kB, kT0);
    CHECK(walk.target() == kB);
    CHECK(walk.again() == 0);
    CHECK(known.fail(walk) == kC);
    CHECK(known.fail(walk) == sip::Endpoint{});

    // With the saved one first, A is the last.
    known.options.preference = dns::Preference::kUntilNoResponse;
    known.failover.on_answered(known.options, kB, kT0);
    walk.on_attempt_started_at(known.servers, kC, kT0);
    CHECK(walk.target() == kC);
    CHECK(known.failover.saved() == kB); // until somebody answers or nobody does
    CHECK(known.fail(walk) == kA);

    // A 2xx from there is remembered.
    walk.on_answered(&known.servers, kT0);
    CHECK(known.failover.saved() == kA);

    // A saved one that is for calls only is none for a REGISTER: from the top, C is the last.
    known.options.preference = dns::Preference::kUntilRegistration;
    known.failover.on_answered(known.options, kB, kT0);
    walk.on_attempt_started_at(known.servers, kC, kT0);
    CHECK(walk.target() == kC);
    CHECK(known.fail(walk) == sip::Endpoint{});
}

TEST_CASE("a late ICMP error about A ends nothing at B, to which the same request has gone")
{
    Phone phone;
    phone.start();
    const std::uint64_t to_a = phone.agent.request_number();
    phone.run_for(500ms); // T1: sent to A again
    REQUIRE(phone.sent.size() == 2);
    phone.run_for(100ms);
    phone.transport_error(to_a);
    REQUIRE(phone.sent.size() == 3);
    CHECK(phone.request().dst == kB);
    CHECK(phone.request().cseq == phone.sent[0].message.cseq);
    phone.run_for(400ms);
    phone.transport_error(to_a); // about the second datagram
    CHECK(phone.state() == State::kRegistering);
    CHECK(phone.agent.server() == kB);
    phone.grant(3600);
    CHECK(phone.state() == State::kRegistered);
}

TEST_CASE("what a call has passed over is not blocked by its REGISTER, what fails the REGISTER is")
{
    Known known;
    known.options.blocked_for = 100s;
    ServerWalk walk;
    walk.on_attempt_started_at(known.servers, kB, kT0);
    CHECK(walk.target() == kB);
    CHECK_FALSE(known.blocklist.blocked(kA, kT0));
    CHECK(known.fail(walk) == kC);
    CHECK(known.blocklist.blocked(kB, kT0));
    // One that is blocked already is passed over as ever.
    known.blocklist = {};
    known.blocklist.block(kA, kT0 + 50s);
    walk.on_attempt_started_at(known.servers, kC, kT0);
    CHECK(walk.target() == kC);
}
