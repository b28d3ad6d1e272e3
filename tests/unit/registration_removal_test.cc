// Where the cancel of an orderly end goes after a failover: to the server that has the binding (VOS3000 V11,
// V14; Grandstream P19, P21, P22, G6), and what follows if that one does not answer.

#include "tests/unit/registration_known_servers.h"

#include <doctest/doctest.h>

#include <array>
#include <variant>

using namespace sipsim;
using namespace sipsim::registration;
using namespace std::chrono_literals;
using dns::Preference;

namespace
{

struct Phone : Bench
{
    Known known;

    explicit Phone(Unregister unregister = Unregister::kOwn)
    {
        options().unregister = unregister;
        // So early that a refresh which fails leaves the binding alive.
        options().refresh = {.kind = RefreshLaw::Kind::kFraction, .low = 0.5};
        account.servers = &known.servers;
    }

    // The first server refuses the first refresh, so that the second one has the binding.
    void register_at_b()
    {
        register_for(3600);
        REQUIRE(request().dst == kA);
        run_until(next_deadline());
        answer(503);
        REQUIRE(request().dst == kB);
        grant(3600);
        REQUIRE(state() == State::kRegistered);
    }

    // The Outputs of an orderly end.
    Outputs stop()
    {
        Outputs out{room};
        agent.on_shutdown(settings, account, transaction, now, out);
        take(out);
        return out;
    }

    // The first request of an orderly end goes there.
    void check_cancel_to(const sip::Endpoint& target)
    {
        const std::size_t before = sent.size();
        const Outputs out = stop();
        CHECK(out.transitions.size() == 1);
        CHECK(out.next == Outputs::Next::kSend);
        CHECK(sent.size() == before + 1);
        CHECK(state() == State::kUnregistering);
        CHECK(request().dst == target);
    }
};

} // namespace

TEST_CASE("V11: the cancel goes to the server that answered the last REGISTER, whatever is "
          "preferred, and "
          "own or all bindings (V14, P21, P22)")
{
    for (const auto preference : {Preference::kNone,
                                  Preference::kUntilTtl,
                                  Preference::kUntilNoResponse,
                                  Preference::kForDuration,
                                  Preference::kUntilRegistration})
    {
        for (const Unregister unregister : {Unregister::kOwn, Unregister::kAll})
        {
            Phone phone(unregister);
            phone.known.options.preference = preference;
            phone.register_at_b();
            phone.run_for(60s);
            phone.check_cancel_to(kB);
            CHECK(phone.request().contact_star == (unregister == Unregister::kAll));
            phone.challenge(5); // and stays there with its credentials
            CHECK(phone.request().dst == kB);
            CHECK(phone.has_proved());
            phone.answer(200);
            CHECK(phone.last().reason == Reason::kRemoved);
            CHECK(phone.finished == 1);
        }
    }
}

TEST_CASE("a cancel asks no DNS, though the list has run out, is lost or leaves the holder out")
{
    Phone old;
    old.register_at_b();
    old.known.servers.list.until = old.now;
    old.check_cancel_to(kB);

    Phone lost;
    lost.register_at_b();
    lost.known.servers.list = {{}, SimTime::min()};
    lost.check_cancel_to(kB);
    lost.answer(503); // nobody else is known
    CHECK(lost.finished == 1);
    CHECK(lost.last().reason == Reason::kRejected);

    // Of a list without it, that list follows, from its top.
    Phone moved;
    moved.register_at_b();
    const std::array<dns::Target, 2> others{dns::Target{kA}, dns::Target{kC}};
    moved.known.servers.list = {others, kNever};
    moved.check_cancel_to(kB);
    moved.answer(503);
    CHECK(moved.request().dst == kA);
    moved.answer(503);
    CHECK(moved.request().dst == kC);
}

TEST_CASE("a holder that is silent or says 503 is followed as the policy says, and a 200 from "
          "another server "
          "is no removal at the holder")
{
    Phone refused;
    refused.register_at_b();
    refused.check_cancel_to(kB);
    refused.answer(503);
    CHECK(refused.last().reason == Reason::kNextServer);
    CHECK(refused.request().dst == kC); // the next of the list
    refused.answer(200);
    CHECK(refused.last().reason == Reason::kRemovedElsewhere);
    CHECK(name_of(Reason::kRemovedElsewhere) == "removed elsewhere");
    CHECK(refused.finished == 1);

    Phone from_top;
    from_top.known.options.then_from_top = true;
    from_top.register_at_b();
    from_top.check_cancel_to(kB);
    from_top.answer(503);
    CHECK(from_top.request().dst == kA);

    // Two tries of 64*T1 each (RFC 3261 17.1.2.2).
    Phone silent;
    REQUIRE(silent.known.options.tries == 2);
    silent.register_at_b();
    silent.check_cancel_to(kB);
    const SimTime begin = silent.now;
    silent.run_until(begin + 64s - 1ns);
    CHECK(silent.request().dst == kB);
    silent.run_until(begin + 64s);
    CHECK(silent.request().dst == kC);

    // One address per attempt: the end is over with the holder.
    Phone one;
    one.register_at_b();
    one.known.options.targets_per_round = 1;
    one.check_cancel_to(kB);
    one.answer(503);
    CHECK(one.finished == 1);
    CHECK(one.last().reason == Reason::kRejected);

    // Any other refusal is an answer (RFC 3263 4.3).
    Phone told;
    told.register_at_b();
    told.check_cancel_to(kB);
    told.answer(500);
    CHECK(told.finished == 1);
}

TEST_CASE("while a refresh is under way elsewhere, or a round has failed, the binding is still at "
          "the holder")
{
    // Default begins each refresh at the top: at the end of the life one is under way at A.
    Phone walking;
    walking.register_at_b();
    walking.run_until(walking.next_deadline());
    REQUIRE(walking.request().dst == kA);
    walking.check_cancel_to(kB);

    for (const auto preference : {Preference::kNone,
                                  Preference::kUntilTtl,
                                  Preference::kUntilNoResponse,
                                  Preference::kForDuration})
    {
        Phone waiting;
        waiting.known.options.preference = preference;
        waiting.register_at_b();
        waiting.run_until(waiting.next_deadline());
        while (waiting.state() == State::kRegistering)
        {
            waiting.answer(503);
        }
        REQUIRE(waiting.state() == State::kWaiting);
        REQUIRE(waiting.agent.client().bound_until() > waiting.now);
        CHECK_FALSE(waiting.known.failover.saved()); // nobody is preferred
        waiting.check_cancel_to(kB);
    }
}

TEST_CASE("in turn, a round that failed leaves the cancel to begin where the next round would")
{
    Phone phone;
    phone.known.options.round_robin = true;
    phone.known.options.targets_per_round = 1;
    phone.register_for(3600);
    phone.run_until(phone.next_deadline());
    phone.answer(503); // by A, which has the binding
    REQUIRE(phone.state() == State::kWaiting);
    phone.check_cancel_to(kB);
}

TEST_CASE("a holder whose Retry-After lasts is passed over (RFC 3261 21.5.4)")
{
    Phone phone;
    phone.known.options.preference = Preference::kUntilNoResponse;
    phone.register_at_b();
    phone.run_until(phone.next_deadline());
    REQUIRE(phone.request().dst == kB);
    sip::Message busy = phone.response(503);
    busy.retry_after = 300;
    phone.receive(busy);
    REQUIRE(phone.request().dst == kC);
    phone.check_cancel_to(kC);
    phone.answer(200);
    CHECK(phone.last().reason == Reason::kRemovedElsewhere);
}

TEST_CASE(
    "a device that unregisters at boot has forgotten the holder: from the top, and located before")
{
    for (const bool located : {true, false})
    {
        Phone phone;
        phone.options().unregister_when = UnregisterWhen::kBoot;
        phone.start();
        phone.answer(200); // unregistered at A
        REQUIRE(phone.state() == State::kRegistering);
        phone.answer(503);
        REQUIRE(phone.request().dst == kB);
        phone.grant(3600);
        CHECK(phone.known.failover.holder() == kB);
        phone.crash();
        if (!located)
        {
            phone.known.servers.list.until = phone.now;
        }
        const std::size_t before = phone.sent.size();
        Outputs out{phone.room};
        phone.agent.on_start(phone.settings, phone.account, phone.transaction, phone.now, out);
        phone.take(out);
        CHECK_FALSE(phone.known.failover.holder());
        CHECK(phone.state() == State::kUnregistering);
        CHECK(phone.sent.size() == before + (located ? 1 : 0));
        if (located)
        {
            CHECK(phone.request().dst == kA);
            phone.answer(200);
            CHECK(phone.last().reason == Reason::kRemoved);
        }
        else
        {
            CHECK(out.next == Outputs::Next::kResolve);
        }
    }
}

TEST_CASE("a binding that a redirection led to is cancelled by the server that redirects (RFC 3261 "
          "8.1.3.4)")
{
    Phone phone;
    phone.register_at_b();
    phone.run_until(phone.next_deadline());
    REQUIRE(phone.request().dst == kA);
    sip::Message moved = phone.response(302);
    sip::Contact there;
    there.uri.at = kOtherServer;
    moved.contacts.push(there);
    phone.receive(moved);
    REQUIRE(phone.request().dst == kOtherServer);
    phone.grant(3600);
    CHECK_FALSE(phone.known.failover.holder());
    phone.check_cancel_to(kA);
    moved = phone.response(302);
    moved.contacts.push(there);
    phone.receive(moved);
    CHECK(phone.request().dst == kOtherServer);
    phone.answer(200);
    CHECK(phone.last().reason == Reason::kRemoved);
}
