// Outages, crashes and orderly ends between a device and its registrar.
#include "tests/pair/registration_pair.h"

using namespace sipsim;
using namespace std::chrono_literals;
using registrar::ChallengeWhen;
using registrar::OnSecondContact;
using registrar::RegistrarOptions;
using registration::RefreshLaw;
using registration::State;
using registration::Unregister;
using registration::UnregisterWhen;

namespace
{

constexpr SimDuration kRoundTrip = 40ms;

RegistrarOptions
open_to_all()
{
    RegistrarOptions options;
    options.challenge = ChallengeWhen::kNever;
    return options;
}

} // namespace

TEST_CASE("In an outage with bindings kept only a refresh that falls into it is felt: 11 messages "
          "per 32 s "
          "and wait (validation point 9)")
{
    Pair p{open_to_all()};
    p.options().refresh = {.kind = RefreshLaw::Kind::kFraction, .low = 0.5};
    p.options().retry.base = 20s;
    const SimTime start = p.now;
    p.start();
    p.run_for(100s);
    p.up = false;
    p.run_for(600s);
    p.restart(true);
    CHECK(p.count(true) == 1); // not affected
    CHECK(p.device().state() == State::kRegistered);

    // Down for 10 min from 10 s before the refresh: attempts begin 10, 62, 114 ... s into it, each sends
    // at 0 .5 1.5 3.5 7.5 11.5 15.5 19.5 ... s. The twelfth begins at 10 + 11 * 52 = 582 s, so its copy at
    // 15.5 s is the last in vain (597.5 s) and the one at 19.5 s the first to be answered.
    const SimTime refresh = start + kRoundTrip + 1800s;
    const SimTime down = refresh - 10s;
    p.run_until(down);
    p.up = false;
    const std::size_t before = p.wire.size();
    p.run_until(down + 600s);
    // 11 whole attempts of 11 messages, and 7 of the twelfth.
    CHECK(p.count(true, before) == 11 * 11 + 7);
    CHECK(p.bindings().size() == 1); // kept, and it lives: expiry 1800 s after the refresh was due
    p.restart(true);
    p.run_for(10s);
    CHECK(p.device().state() == State::kRegistered);
    CHECK(p.wire.back().sent == refresh + 11 * 52s + 19'500ms + p.one_way);
    CHECK(p.device().agent.client().failures() == 0);
}

TEST_CASE("An outage that ends in the wait is noticed at the end of the wait")
{
    Pair p{open_to_all()};
    p.options().retry.base = 300s;
    p.up = false;
    const SimTime start = p.now;
    p.start();
    p.run_for(40s); // the attempt failed at 32 s
    p.restart(true);
    p.run_until(start + 332s - 1ns);
    CHECK(p.bindings().empty());
    p.run_until(start + 332s + p.one_way);
    CHECK(p.bindings().size() == 1);
}

TEST_CASE(
    "After an outage that loses bindings the device believes in its binding until the next refresh")
{
    Pair p; // with challenge
    p.registrar_options.nonce_lifetime = 24h;
    p.start();
    const SimTime refresh = p.now + 2 * kRoundTrip + 3600s;
    p.run_for(100s);
    p.up = false;
    p.run_for(60s);
    p.restart(false);
    const std::size_t before = p.wire.size();
    p.run_until(refresh - 1ns);
    CHECK(p.bindings().empty());
    CHECK(p.device().state() == State::kRegistered);
    p.run_for(1s);
    CHECK(p.bindings().size() == 1);
    // Its nonces are lost with the process: the kept one is stale.
    CHECK(p.ladder(before) == "REGISTER 401 REGISTER 200");
    CHECK(p.wire[before + 1].message.challenges[0].stale);
}

TEST_CASE(
    "With port unreachable a cycle is one message, a round trip and the wait (validation point 9)")
{
    Pair p{open_to_all()};
    p.options().retry.base = 20s;
    p.up = false;
    p.icmp = true;
    const SimTime start = p.now;
    p.start();
    p.run_for(200s);
    // Attempts at k * 20.04 s: k = 0 .. 9 in 200 s.
    CHECK(p.count(true) == 10);
    for (std::size_t k = 0; k < p.wire.size(); ++k)
    {
        CHECK(p.wire[k].sent == start + static_cast<int>(k) * (20s + kRoundTrip));
        CHECK_FALSE(p.wire[k].again);
    }
    p.restart(true);
    p.run_for(1s);
    CHECK(p.device().state() == State::kRegistered);

    Pair deaf{open_to_all()};
    deaf.options().listens_to_icmp = false;
    deaf.up = false;
    deaf.icmp = true;
    deaf.start();
    deaf.run_for(31s);
    CHECK(deaf.count(true) == 10);
}

TEST_CASE("A device that crashed and came back replaces its binding under a new Call-ID (RFC 3261 "
          "10.3 step 7)")
{
    Pair p{open_to_all()};
    p.registrar_options.on_second_contact = OnSecondContact::kAppend;
    p.registrar_options.max_contacts = 4;
    p.start();
    p.run_for(100s);
    const sip::CallId first = p.bindings()[0].call_id;
    p.crash();
    p.run_for(60s);
    CHECK(p.bindings().size() == 1); // stays behind
    p.start();
    p.run_for(1s);
    // The same URI: CSeq 1 again is no step back under another Call-ID.
    REQUIRE(p.bindings().size() == 1);
    CHECK(p.bindings()[0].call_id != first);
    CHECK(p.device().state() == State::kRegistered);
}

TEST_CASE("A device that comes back with another address leaves a stale binding, unless it is "
          "replaced or "
          "known by its instance")
{
    enum class Kind
    {
        kAppend,
        kReplace,
        kInstance
    };
    for (const Kind kind : {Kind::kAppend, Kind::kReplace, Kind::kInstance})
    {
        Pair p{open_to_all()};
        p.registrar_options.on_second_contact =
            kind == Kind::kReplace ? OnSecondContact::kReplace : OnSecondContact::kAppend;
        p.registrar_options.max_contacts = 4;
        p.options().send_instance = kind == Kind::kInstance;
        p.start();
        p.run_for(100s);
        p.crash();
        p.device().account.address.host = sip::Host{0x0A02'0001U};
        p.start();
        p.run_for(1s);
        REQUIRE(p.bindings().size() == (kind == Kind::kAppend ? 2 : 1));
        const auto bound = p.bindings();
        CHECK(bound[bound.size() - 1].contact.host == p.device().account.address.host);
    }
}

TEST_CASE("A clean shutdown leaves no binding (VOS3000: REGISTER 401 REGISTER 200)")
{
    Pair p;
    p.options().unregister = Unregister::kOwn;
    p.options().preemptive_credentials = false;
    p.start();
    p.run_for(600s);
    const std::size_t before = p.wire.size();
    p.shut_down();
    p.run_for(kRoundTrip);
    CHECK(p.bindings().size() == 1); // challenged: not yet
    p.run_for(kRoundTrip);
    CHECK(p.ladder(before) == "REGISTER 401 REGISTER 200");
    CHECK(p.bindings().empty());
    CHECK(p.device().finished == 1);
    CHECK(p.device().state() == State::kOff);
}

TEST_CASE("A challenged removal is cut off by a grace shorter than a round trip")
{
    // The second REGISTER, the one that proves itself, leaves when the challenge is there.
    for (const SimDuration grace : {kRoundTrip - 1ns, kRoundTrip})
    {
        Pair p;
        p.options().unregister = Unregister::kOwn;
        p.options().preemptive_credentials = false;
        p.start();
        p.run_for(600s);
        p.shut_down();
        p.run_for(grace);
        p.crash(); // the grace is over
        p.run_for(1s);
        CHECK(p.bindings().size() == (grace < kRoundTrip ? 1 : 0));
        CHECK(p.device().finished == 0);
    }
}

TEST_CASE("A removal into a dead network leaves the binding until it expires")
{
    Pair p{open_to_all()};
    p.options().unregister = Unregister::kOwn;
    const SimTime start = p.now;
    p.start();
    p.run_for(600s);
    p.drop = [](const Pair::Line&) { return true; };
    p.shut_down();
    p.run_for(32s);
    CHECK(p.device().finished == 1);
    CHECK(p.bindings().size() == 1);
    p.run_until(start + p.one_way + 3600s);
    CHECK(p.bindings().empty());
}

TEST_CASE(
    "Own contact removes one binding of the AOR, Contact * those of all devices (RFC 3261 10.2.2)")
{
    for (const Unregister kind : {Unregister::kOwn, Unregister::kAll})
    {
        RegistrarOptions options;
        options.on_second_contact = OnSecondContact::kAppend;
        options.max_contacts = 2;
        Pair p{options, 2};
        p.options().unregister = kind;
        p.start(0);
        p.start(1);
        p.run_for(100s);
        REQUIRE(p.bindings().size() == 2);
        p.shut_down(0);
        p.run_for(1s);
        CHECK(p.device(0).finished == 1);
        if (kind == Unregister::kAll)
        {
            CHECK(p.bindings().empty());
            CHECK(p.device(1).state() == State::kRegistered); // it does not know
            continue;
        }
        REQUIRE(p.bindings().size() == 1);
        CHECK(p.bindings()[0].contact == p.device(1).account.address);
    }
}

TEST_CASE("Unregister all at boot clears what a crash left behind")
{
    for (const Unregister kind : {Unregister::kNone, Unregister::kOwn, Unregister::kAll})
    {
        RegistrarOptions options;
        options.on_second_contact = OnSecondContact::kAppend;
        options.max_contacts = 4;
        Pair p{options};
        p.options().unregister = kind;
        p.options().unregister_when = UnregisterWhen::kBoot;
        p.start();
        p.run_for(100s);
        p.crash();
        p.device().account.address.host = sip::Host{0x0A02'0001U};
        p.start();
        p.run_for(1s);
        CHECK(p.device().state() == State::kRegistered);
        // Its own new contact was never bound: removing it helps nobody.
        CHECK(p.bindings().size() == (kind == Unregister::kAll ? 1 : 2));
    }
}
