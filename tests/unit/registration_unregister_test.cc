// How a life ends and the next begins: unregistering, shutdown, crash.
#include "tests/unit/registration_fixture.h"

using namespace sipsim;
using namespace sipsim::registration;

TEST_CASE(
    "A graceful end removes our own binding with a Contact that expires at 0 (RFC 3261 10.2.2)")
{
    Bench b;
    b.options().unregister = Unregister::kOwn;
    b.register_for(3600);
    const sip::Message registered = b.request();
    b.run_for(600s);
    b.shut_down();
    CHECK(b.state() == State::kUnregistering);
    CHECK(b.last().reason == Reason::kShutdown);
    CHECK(b.finished == 0);
    REQUIRE(b.sent.size() == 2);
    const sip::Message& r = b.request();
    CHECK(r.call_id == registered.call_id);
    CHECK(r.cseq == sip::CSeq{2});
    REQUIRE(r.contacts.size() == 1);
    CHECK(r.contacts[0].uri == registered.contacts[0].uri);
    CHECK(r.contacts[0].expires == 0U);
    CHECK_FALSE(r.contact_star);
    b.answer(200);
    CHECK(b.state() == State::kOff);
    CHECK(b.last().reason == Reason::kRemoved);
    CHECK(b.last().bound_until == SimTime::min());
    CHECK(b.finished == 1);
    CHECK(b.next_deadline() == kNever);
}

TEST_CASE("Removing all bindings takes Contact * and Expires 0 together (RFC 3261 10.2.2)")
{
    Bench b;
    b.options().unregister = Unregister::kAll;
    b.register_for(3600);
    b.shut_down();
    CHECK(b.request().contact_star);
    CHECK(b.request().contacts.empty());
    CHECK(b.request().expires == 0U);
}

TEST_CASE("Unregistering is challenged as registering is, and ends only after the second answer")
{
    Bench b;
    b.options().unregister = Unregister::kOwn;
    b.options().preemptive_credentials = false;
    b.start();
    b.challenge(11);
    b.grant(3600);
    b.shut_down();
    CHECK_FALSE(b.request().credentials);
    b.challenge(12);
    CHECK(b.finished == 0);
    CHECK(b.state() == State::kUnregistering);
    CHECK(b.has_proved());
    CHECK(b.request().contacts[0].expires == 0U);
    b.answer(200);
    CHECK(b.finished == 1);

    Bench cached;
    cached.options().unregister = Unregister::kOwn;
    cached.start();
    cached.challenge(11);
    cached.grant(3600);
    cached.shut_down();
    REQUIRE(cached.request().credentials);
    CHECK(cached.request().credentials->nc == 2);
}

TEST_CASE("However unregistering fails, a graceful end is finished with it")
{
    Bench rejected;
    rejected.options().unregister = Unregister::kOwn;
    rejected.register_for(3600);
    rejected.shut_down();
    rejected.answer(403);
    CHECK(rejected.finished == 1);
    CHECK(rejected.last().to == State::kOff);
    CHECK(rejected.last().reason == Reason::kRejected);
    CHECK(rejected.next_deadline() == kNever);

    Bench timed_out;
    timed_out.options().unregister = Unregister::kOwn;
    timed_out.register_for(3600);
    timed_out.shut_down();
    timed_out.run_for(32s);
    CHECK(timed_out.finished == 1);
    CHECK(timed_out.last().reason == Reason::kTimedOut);

    Bench refused;
    refused.options().unregister = Unregister::kOwn;
    refused.register_for(3600);
    refused.shut_down();
    refused.transport_error();
    CHECK(refused.finished == 1);

    Bench lonely;
    lonely.options().unregister = Unregister::kOwn;
    lonely.register_for(3600);
    lonely.settings.servers = {};
    lonely.shut_down();
    CHECK(lonely.finished == 1);
    CHECK(lonely.last().reason == Reason::kNoServer);
}

TEST_CASE("A device whose grace is over ends without an answer")
{
    Bench b;
    b.options().unregister = Unregister::kOwn;
    b.register_for(3600);
    b.shut_down();
    b.run_for(b.options().shutdown_grace);
    CHECK(b.finished == 0);
    b.crash(); // the carrier's part
    CHECK(b.state() == State::kOff);
    CHECK(b.next_deadline() == kNever);
    b.answer(200); // too late
    CHECK(b.finished == 0);
    CHECK(b.state() == State::kOff);
}

TEST_CASE("A device that does not unregister, or holds no binding, is finished at once")
{
    Bench silent;
    silent.register_for(3600);
    silent.shut_down();
    CHECK(silent.finished == 1);
    CHECK(silent.sent.size() == 1);
    CHECK(silent.last().to == State::kOff);
    CHECK(silent.last().reason == Reason::kShutdown);

    Bench unbound; // waiting after its first attempt was refused
    unbound.options().unregister = Unregister::kOwn;
    unbound.start();
    unbound.answer(500);
    unbound.shut_down();
    CHECK(unbound.finished == 1);
    CHECK(unbound.sent.size() == 1);

    Bench expired; // waiting, and its binding has run out
    expired.options().unregister = Unregister::kOwn;
    expired.options().retry.base = 600s;
    expired.register_for(60);
    expired.run_for(60s);
    expired.answer(500);
    expired.run_for(1s);
    expired.shut_down();
    CHECK(expired.finished == 1);
    CHECK(expired.sent.size() == 2);

    Bench off;
    off.options().unregister = Unregister::kOwn;
    off.shut_down();
    CHECK(off.finished == 1);
    CHECK(off.moved.empty());
}

TEST_CASE("A device in its retry wait still removes the binding that lives")
{
    Bench b;
    b.options().unregister = Unregister::kOwn;
    b.options().refresh = {.kind = RefreshLaw::Kind::kFraction, .low = 0.5};
    b.register_for(3600);
    b.run_for(1800s);
    b.answer(500);
    CHECK(b.state() == State::kWaiting);
    b.shut_down();
    CHECK(b.state() == State::kUnregistering);
}

TEST_CASE("Shutdown abandons the attempt under way and removes what it may have bound")
{
    Bench b;
    b.options().unregister = Unregister::kOwn;
    b.start();
    const sip::Message ok = b.response(200);
    b.shut_down();
    CHECK(b.state() == State::kUnregistering);
    REQUIRE(b.sent.size() == 2);
    CHECK(b.request().cseq == sip::CSeq{2});
    b.receive(ok); // of the abandoned request
    CHECK(b.state() == State::kUnregistering);
    b.shut_down(); // told twice
    CHECK(b.sent.size() == 2);
    CHECK(b.finished == 0);
    b.answer(200);
    CHECK(b.finished == 1);
}

TEST_CASE("A device that unregisters at boot does so first, and registers whatever comes of it")
{
    enum class Fate
    {
        kRemoved,
        kRejected,
        kTimedOut,
        kTransportError
    };
    for (const Fate fate :
         {Fate::kRemoved, Fate::kRejected, Fate::kTimedOut, Fate::kTransportError})
    {
        Bench b;
        b.options().unregister = Unregister::kAll;
        b.options().unregister_when = UnregisterWhen::kBoot;
        b.start();
        CHECK(b.state() == State::kUnregistering);
        CHECK(b.last().reason == Reason::kStarted);
        CHECK(b.request().contact_star);
        Reason expected = Reason::kRemoved;
        switch (fate)
        {
        case Fate::kRemoved:
            b.answer(200);
            break;
        case Fate::kRejected:
            b.answer(403);
            expected = Reason::kRejected;
            break;
        case Fate::kTimedOut:
            b.run_for(32s);
            expected = Reason::kTimedOut;
            break;
        case Fate::kTransportError:
            b.transport_error();
            expected = Reason::kTransportError;
            break;
        }
        CHECK(b.state() == State::kRegistering);
        CHECK(b.last().from == State::kUnregistering);
        CHECK(b.last().reason == expected);
        CHECK_FALSE(b.request().contact_star);
        CHECK(b.request().expires == 3600U);
        CHECK(b.request().cseq == sip::CSeq{2});
        CHECK(b.agent.client().failures() == 0);
        CHECK(b.finished == 0);
        b.grant(3600);
        CHECK(b.state() == State::kRegistered);
        // At shutdown such a device says nothing.
        b.shut_down();
        CHECK(b.finished == 1);
        CHECK(b.request().expires == 3600U);
    }
}

TEST_CASE("The initial delay comes before unregistering at boot")
{
    Bench b;
    b.options().unregister = Unregister::kOwn;
    b.options().unregister_when = UnregisterWhen::kBoot;
    b.options().initial_delay_max = 10s;
    b.start();
    CHECK(b.state() == State::kStarting);
    b.run_until(b.next_deadline());
    CHECK(b.state() == State::kUnregistering);
    CHECK(b.request().contacts[0].expires == 0U);
}

TEST_CASE("A boot without a server ends both attempts and waits")
{
    Bench b;
    b.settings.servers = {};
    b.options().unregister = Unregister::kOwn;
    b.options().unregister_when = UnregisterWhen::kBoot;
    b.start();
    REQUIRE(b.moved.size() == 3);
    CHECK(b.moved[0].transition.to == State::kUnregistering);
    CHECK(b.moved[1].transition.to == State::kRegistering);
    CHECK(b.moved[2].transition.to == State::kWaiting);
    CHECK(b.sent.empty());
}

TEST_CASE("A shutdown while unregistering at boot is finished at once")
{
    Bench b;
    b.options().unregister = Unregister::kOwn;
    b.options().unregister_when = UnregisterWhen::kBoot;
    b.start();
    b.shut_down();
    CHECK(b.finished == 1);
    CHECK(b.state() == State::kOff);
    CHECK_FALSE(b.transaction.has_value());
}

TEST_CASE(
    "A crash says nothing and forgets binding, nonce and Min-Expires, not the number of lives")
{
    Bench b;
    b.options().unregister = Unregister::kOwn;
    b.options().expires = 60;
    b.start();
    b.challenge(11);
    sip::Message brief = b.response(423);
    brief.min_expires = 300;
    b.receive(brief);
    b.grant(300);
    const std::size_t sent = b.sent.size();
    b.crash();
    CHECK(b.sent.size() == sent);
    CHECK(b.finished == 0);
    CHECK(b.state() == State::kOff);
    CHECK(b.last().reason == Reason::kCrashed);
    CHECK_FALSE(b.agent.client().bound_until());
    CHECK(b.next_deadline() == kNever);
    b.crash(); // twice is no news
    CHECK(b.last().from == State::kRegistered);
    b.start();
    CHECK(b.agent.client().boots() == 2);
    CHECK_FALSE(b.request().credentials);
    CHECK(b.request().expires == 60U);
}

TEST_CASE("A crash in the middle of an attempt ends its transaction")
{
    Bench b;
    b.start();
    b.crash();
    CHECK_FALSE(b.transaction.has_value());
    b.now += 1h;
    b.poke();
    CHECK(b.sent.size() == 1);
}

TEST_CASE("Every state and reason has a name of its own")
{
    for (int i = 0; i <= static_cast<int>(State::kStopped); ++i)
    {
        CHECK_FALSE(name_of(static_cast<State>(i)).empty());
    }
    CHECK(name_of(State::kRegistered) == "registered");
    CHECK(name_of(State::kStopped) == "stopped");
    CHECK(name_of(Reason::kStarted) == "started");
    CHECK(name_of(Reason::kRemoved) == "removed");
    CHECK(name_of(Reason::kGaveUp) == "gave up");
}
