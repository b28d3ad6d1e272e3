// When the user agent acts: start, refresh, retry, giving up.
#include "tests/unit/registration_fixture.h"

#include <algorithm>

using namespace sipsim;
using namespace sipsim::registration;

TEST_CASE("A lost REGISTER is sent 11 times and fails at 32 s, then waits its retry (RFC 3261 "
          "17.1.2.2)")
{
    Bench b;
    b.options().retry.base = 20s;
    b.start();
    // T1 = 0.5 s, T2 = 4 s: sends at 0, T1, 3 T1, 7 T1, 15 T1, then every T2; Timer F = 64 T1 = 32 s.
    b.run_for(32s - 1ns);
    const std::vector<SimDuration> expected{0ms,
                                            500ms,
                                            1500ms,
                                            3500ms,
                                            7500ms,
                                            11500ms,
                                            15500ms,
                                            19500ms,
                                            23500ms,
                                            27500ms,
                                            31500ms};
    REQUIRE(b.sent.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
    {
        CHECK(b.sent[i].at - kT0 == expected[i]);
        CHECK(b.sent[i].again == (i > 0));
        CHECK(b.sent[i].message == b.sent[0].message);
    }
    CHECK(b.state() == State::kRegistering);
    b.run_for(1ns);
    CHECK(b.state() == State::kWaiting);
    CHECK(b.last().reason == Reason::kTimedOut);
    CHECK_FALSE(b.transaction.has_value());
    CHECK(b.agent.client().failures() == 1);
    // 32 s + 20 s: the next attempt, to the nanosecond.
    CHECK(b.next_deadline() == kT0 + 52s);
    b.run_until(kT0 + 52s);
    REQUIRE(b.sent.size() == 12);
    CHECK(b.sent.back().at == kT0 + 52s);
    CHECK_FALSE(b.sent.back().again);
    CHECK(b.request().cseq == sip::CSeq{2});
}

TEST_CASE("Registration begins at boot, or uniformly within the initial delay")
{
    Bench at_once;
    at_once.start();
    CHECK(at_once.last().from == State::kOff);
    CHECK(at_once.last().to == State::kRegistering);
    CHECK(at_once.last().reason == Reason::kStarted);

    // 2000 devices: none in the lowest or highest 1 % of the interval has probability 0.99^2000 < 2e-9.
    SimDuration least = SimDuration::max();
    SimDuration greatest{0};
    for (std::uint32_t device = 0; device < 2000; ++device)
    {
        Bench b;
        b.account.key.device = device;
        b.options().initial_delay_max = 100s;
        b.start();
        CHECK(b.state() == State::kStarting);
        CHECK(b.sent.empty());
        least = std::min(least, b.next_deadline() - kT0);
        greatest = std::max(greatest, b.next_deadline() - kT0);
        b.run_until(b.next_deadline());
        CHECK(b.last().to == State::kRegistering);
        CHECK(b.last().reason == Reason::kDeadline);
        CHECK(b.sent.size() == 1);
    }
    CHECK(least >= 0s);
    CHECK(least < 1s);
    CHECK(greatest < 100s);
    CHECK(greatest > 99s);
}

TEST_CASE("A new life draws a new initial delay")
{
    Bench b;
    b.options().initial_delay_max = 100s;
    b.start();
    const SimDuration first = b.next_deadline() - b.now;
    b.crash();
    b.start();
    CHECK(b.next_deadline() - b.now != first);
}

TEST_CASE("A steady start sends its first REGISTER at the instant told and removes nothing first")
{
    Bench b;
    b.options().initial_delay_max = 100s;
    b.options().unregister = Unregister::kAll;
    b.options().unregister_when = UnregisterWhen::kBoot;
    b.start_at(kT0 + 1234s);
    CHECK(b.state() == State::kStarting);
    CHECK(b.next_deadline() == kT0 + 1234s);
    b.run_until(kT0 + 1234s);
    REQUIRE(b.sent.size() == 1);
    CHECK_FALSE(b.request().contact_star);
    CHECK(b.request().expires == 3600U);
}

TEST_CASE("A device that does not register stays off and ends at once")
{
    Bench b;
    b.options().enabled = false;
    b.start();
    b.start_at(kT0 + 1s);
    CHECK(b.next_deadline() == kNever);
    CHECK(b.moved.empty());
    b.shut_down();
    CHECK(b.finished == 1);
    CHECK(b.sent.empty());
}

TEST_CASE("A 2xx binds until now plus the granted expiry and is refreshed by the law (RFC 3261 "
          "10.2.4)")
{
    Bench b;
    b.options().refresh = {.kind = RefreshLaw::Kind::kLead, .lead = 60s};
    b.start();
    b.now += 40ms;
    b.grant(1800); // the registrar shortened it
    CHECK(b.state() == State::kRegistered);
    CHECK(b.last().reason == Reason::kGranted);
    CHECK(b.last().bound_until == kT0 + 40ms + 1800s);
    CHECK(b.agent.client().bound_until() == kT0 + 40ms + 1800s);
    CHECK(b.next_deadline() == kT0 + 40ms + 1740s);
    b.run_until(b.next_deadline());
    CHECK(b.last().from == State::kRegistered);
    CHECK(b.last().to == State::kRegistering);
    CHECK(b.last().reason == Reason::kDeadline);
    CHECK(b.last().bound_until == kT0 + 40ms + 1800s); // the binding lives on
    CHECK(b.request().expires == 3600U);
}

TEST_CASE(
    "The granted expiry is our Contact's parameter, else the Expires header field, else what was "
    "asked (RFC 3261 10.2.4)")
{
    const auto granted = [](auto change) {
        Bench b;
        b.start();
        sip::Message ok = b.response(200);
        change(ok, b);
        b.receive(ok);
        REQUIRE(b.state() == State::kRegistered);
        return *b.agent.client().bound_until() - b.now;
    };
    const auto own = [](const Bench& b) { return b.request().contacts[0]; };
    CHECK(granted([&](sip::Message& ok, const Bench& b) {
              sip::Contact contact = own(b);
              contact.expires = 100;
              ok.contacts.push(contact);
              ok.expires = 200;
          }) == 100s);
    CHECK(granted([&](sip::Message& ok, const Bench& b) {
              ok.contacts.push(own(b));
              ok.expires = 200;
          }) == 200s);
    // Somebody else's binding says nothing about ours, whatever it differs in.
    CHECK(granted([&](sip::Message& ok, const Bench& b) {
              sip::Contact contact = own(b);
              contact.expires = 100;
              contact.uri.at.port = 5062;
              ok.contacts.push(contact);
              contact = own(b);
              contact.expires = 101;
              contact.uri.user = sip::UserId{1};
              ok.contacts.push(contact);
              contact = own(b);
              contact.expires = 102;
              ok.contacts.push(contact);
          }) == 102s);
    CHECK(granted([](sip::Message& ok, const Bench&) { ok.expires = 200; }) == 200s);
    CHECK(granted([](sip::Message&, const Bench&) {}) == 3600s);
}

TEST_CASE("A Contact rewritten on the way is still ours by its instance (RFC 5626 4.2.1)")
{
    for (const bool send_instance : {true, false})
    {
        Bench b;
        b.options().send_instance = send_instance;
        b.start();
        sip::Message ok = b.response(200);
        sip::Contact contact = b.request().contacts[0];
        contact.instance = b.account.instance;
        contact.uri.at = kOtherServer;
        contact.expires = 100;
        ok.contacts.push(contact);
        b.receive(ok);
        CHECK(*b.agent.client().bound_until() - b.now == (send_instance ? 100s : 3600s));
    }
}

TEST_CASE(
    "A registrar that names no expiry to a device that asked for none binds for an hour (RFC 3261 "
    "10.2)")
{
    Bench b;
    b.options().send_expires = false;
    b.start();
    b.answer(200);
    CHECK(*b.agent.client().bound_until() - b.now == 3600s);
}

TEST_CASE("A granted expiry outside the device's range is clamped")
{
    Bench b;
    b.options().min_granted = 20;
    b.options().max_granted = 7200; // VOS3000: 20 to 7200 s
    b.start();
    b.grant(5);
    CHECK(*b.agent.client().bound_until() - b.now == 20s);
    b.run_for(20s);
    b.grant(100'000);
    CHECK(*b.agent.client().bound_until() - b.now == 7200s);
    b.run_for(7200s);
    b.grant(0); // a registrar that grants nothing
    CHECK(*b.agent.client().bound_until() - b.now == 20s);
}

TEST_CASE("The longest expiry of the protocol does not overflow")
{
    Bench b;
    b.options().expires = 0xFFFF'FFFFU;
    b.start();
    b.grant(0xFFFF'FFFFU);
    CHECK(b.next_deadline() == kT0 + std::chrono::seconds{0xFFFF'FFFFU});
}

TEST_CASE("After a failed refresh the old binding lives on, and nothing happens when it ends")
{
    Bench b;
    b.options().refresh = {.kind = RefreshLaw::Kind::kFraction, .low = 0.5};
    b.options().retry.base = 600s;
    b.register_for(100);
    const SimTime bound = kT0 + 100s;
    b.run_until(kT0 + 50s);
    CHECK(b.sent.size() == 2);
    b.run_for(32s);
    CHECK(b.state() == State::kWaiting);
    CHECK(b.last().bound_until == bound);
    const std::size_t transitions = b.moved.size();
    b.run_until(bound + 100s);
    CHECK(b.moved.size() == transitions);
    CHECK(b.state() == State::kWaiting);
    CHECK(b.agent.client().bound_until() == bound); // in the past: not bound
    b.run_until(kT0 + 50s + 32s + 600s);
    b.grant(100);
    CHECK(b.state() == State::kRegistered);
    CHECK(b.last().bound_until == b.now + 100s);
}

TEST_CASE("Failures count up to a growing wait and are forgotten at success")
{
    Bench b;
    b.options().retry = {.kind = RetryLaw::Kind::kLinear, .base = 30s, .cap = 1000s};
    b.start();
    for (int failures = 1; failures <= 3; ++failures)
    {
        b.answer(500);
        CHECK(b.agent.client().failures() == failures);
        CHECK(b.next_deadline() == b.now + failures * 30s);
        b.run_until(b.next_deadline());
    }
    b.grant(60);
    CHECK(b.agent.client().failures() == 0);
    b.run_until(b.next_deadline());
    b.answer(500);
    CHECK(b.next_deadline() == b.now + 30s);
}

TEST_CASE("Successive retries and refreshes take draws of their own")
{
    Bench b;
    b.options().retry = {.kind = RetryLaw::Kind::kUniform, .base = 1s, .cap = 100s};
    b.start();
    b.answer(500);
    const SimDuration first = b.next_deadline() - b.now;
    b.run_until(b.next_deadline());
    b.answer(500);
    const SimDuration second = b.next_deadline() - b.now;
    CHECK(first != second);
    // A new life goes on where the last one stopped, so that a fleet does not repeat itself.
    b.crash();
    b.start();
    b.answer(500);
    CHECK(b.next_deadline() - b.now != first);
    CHECK(b.next_deadline() - b.now != second);
}

TEST_CASE("A draw does not depend on when or in which order it is made")
{
    // Two devices, run one after the other and in turns.
    const auto waits = [](std::uint32_t device, SimTime at) {
        Bench b;
        b.account.key.device = device;
        b.now = at;
        b.options().retry = {.kind = RetryLaw::Kind::kRfc5626};
        b.options().refresh = {.kind = RefreshLaw::Kind::kUniform};
        std::vector<SimDuration> result;
        b.start();
        for (int i = 0; i < 5; ++i)
        {
            b.answer(503);
            result.push_back(b.next_deadline() - b.now);
            b.run_until(b.next_deadline());
            b.grant(3600);
            result.push_back(b.next_deadline() - b.now);
            b.run_until(b.next_deadline());
        }
        return result;
    };
    const auto one = waits(1, kT0);
    const auto two = waits(2, kT0);
    CHECK(waits(2, kT0 + 77s) == two);
    CHECK(waits(1, kT0 + 78s) == one);
    CHECK(one != two);
}

TEST_CASE("A client gives up after the told number of failures and stays silent")
{
    Bench b;
    b.options().retry.stop_after = 3;
    b.start();
    b.answer(500);
    b.run_until(b.next_deadline());
    b.answer(500);
    b.run_until(b.next_deadline());
    CHECK(b.state() == State::kRegistering);
    b.answer(500);
    CHECK(b.state() == State::kStopped);
    CHECK(b.last().reason == Reason::kGaveUp);
    CHECK(b.next_deadline() == kNever);
    b.now += 24h;
    b.poke();
    CHECK(b.sent.size() == 3);
    // The next life tries again.
    b.crash();
    b.start();
    CHECK(b.state() == State::kRegistering);
}

TEST_CASE("A status in stop_on ends the attempts, a timeout counting as 408 and an error as 503 "
          "(RFC 3261 "
          "8.1.3.1)")
{
    Bench rejected;
    rejected.options().stop_on.push(404);
    rejected.options().stop_on.push(403);
    rejected.start();
    rejected.answer(403);
    CHECK(rejected.state() == State::kStopped);

    Bench timed_out;
    timed_out.options().stop_on.push(408);
    timed_out.start();
    timed_out.run_for(32s);
    CHECK(timed_out.state() == State::kStopped);

    Bench refused;
    refused.options().stop_on.push(503);
    refused.start();
    refused.transport_error();
    CHECK(refused.state() == State::kStopped);

    Bench other;
    other.options().stop_on.push(408);
    other.start();
    other.answer(404);
    CHECK(other.state() == State::kWaiting);
}

TEST_CASE("Spurious deadlines are harmless in every state")
{
    Bench b;
    b.poke(); // off
    b.options().initial_delay_max = 10s;
    b.options().unregister = Unregister::kOwn;
    b.start();
    b.poke(); // starting
    b.run_until(b.next_deadline());
    b.poke(); // registering
    b.answer(500);
    b.poke(); // waiting
    b.run_until(b.next_deadline());
    b.grant(3600);
    b.poke(); // registered
    b.shut_down();
    b.poke(); // unregistering
    b.answer(200);
    b.poke(); // off again
    b.now += 24h;
    b.poke();
    CHECK(b.finished == 1);
}
