// RegistrationClient and Registrar held against each other: what neither can show alone.
#include "tests/pair/registration_pair.h"

#include <memory>

using namespace sipsim;
using namespace std::chrono_literals;
using registrar::ChallengeWhen;
using registrar::OnSecondContact;
using registrar::RegistrarOptions;
using registration::RefreshLaw;
using registration::State;

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

TEST_CASE(
    "A registration without a challenge takes one round trip, and both sides agree on its end but "
    "for the way back (RFC 3261 10.2.4, 10.3 step 7)")
{
    Pair p{open_to_all()};
    const SimTime start = p.now;
    p.start();
    p.run_for(1s);
    CHECK(p.ladder() == "REGISTER 200");
    REQUIRE(p.bindings().size() == 1);
    CHECK(p.bindings()[0].contact == p.device().account.address);
    CHECK(p.bindings()[0].expires_at == start + p.one_way + 3600s);
    CHECK(p.device().agent.client().bound_until() == start + 2 * p.one_way + 3600s);
}

TEST_CASE("A challenged registration takes two round trips (RFC 3261 22.2)")
{
    Pair p;
    const SimTime start = p.now;
    p.start();
    p.run_for(1s);
    CHECK(p.ladder() == "REGISTER 401 REGISTER 200");
    CHECK(p.device().agent.client().bound_until() == start + 2 * kRoundTrip + 3600s);
    CHECK(p.bindings().size() == 1);
}

TEST_CASE("A proxy's 407 is answered like a registrar's 401 (RFC 3261 22.3)")
{
    RegistrarOptions options;
    options.challenge_status = 407;
    Pair p{options};
    p.start();
    p.run_for(1s);
    CHECK(p.ladder() == "REGISTER 407 REGISTER 200");
}

TEST_CASE("SHA-256 before MD5 is answered with SHA-256 (RFC 8760 2.4)")
{
    RegistrarOptions options;
    options.algorithms.push(sip::DigestAlgorithm::kSha256);
    options.algorithms.push(sip::DigestAlgorithm::kMd5);
    Pair p{options};
    p.start();
    p.run_for(1s);
    CHECK(p.ladder() == "REGISTER 401 REGISTER 200");
    REQUIRE(p.wire[2].message.credentials);
    CHECK(p.wire[2].message.credentials->algorithm == sip::DigestAlgorithm::kSha256);
}

TEST_CASE("A registrar that offers no qop is satisfied as well (RFC 2617 3.2.2.1)")
{
    RegistrarOptions options;
    options.qop = false;
    Pair p{options};
    p.start();
    p.run_for(1s);
    CHECK(p.ladder() == "REGISTER 401 REGISTER 200");
}

TEST_CASE("A lost REGISTER is repeated after T1 (RFC 3261 17.1.2.2)")
{
    Pair p{open_to_all()};
    p.drop = [&](const Pair::Line&) { return p.wire.empty(); };
    const SimTime start = p.now;
    p.start();
    p.run_for(5s);
    CHECK(p.ladder() == "REGISTER REGISTER 200");
    CHECK(p.device().agent.client().bound_until() == start + 500ms + kRoundTrip + 3600s);
}

TEST_CASE("A lost 200 is repeated from the server transaction: the binding keeps its first expiry "
          "(RFC 3261 "
          "17.2.2)")
{
    Pair p{open_to_all()};
    p.drop = [&](const Pair::Line&) { return p.wire.size() == 1; };
    const SimTime start = p.now;
    p.start();
    p.run_for(5s);
    CHECK(p.ladder() == "REGISTER 200 REGISTER 200");
    CHECK(p.wire[3].again);
    CHECK(p.bindings()[0].expires_at == start + p.one_way + 3600s);
    CHECK(p.device().state() == State::kRegistered);
}

TEST_CASE("A round trip longer than T1 costs copies, not registrations")
{
    Pair p{open_to_all()};
    p.one_way = 400ms;
    p.start();
    p.run_for(60s);
    // 0 s, answered at 0.4 s; the copy at 0.5 s, answered at 0.9 s; the first answer is there at 0.8 s,
    // before the copy that would be due at 1.5 s.
    CHECK(p.ladder() == "REGISTER 200 REGISTER 200");
    CHECK(p.device().agent.client().cseq() == sip::CSeq{1});
    CHECK(p.device().state() == State::kRegistered);
}

TEST_CASE("A refresh before the expiry keeps the binding without a gap")
{
    Pair p{open_to_all()};
    p.options().refresh = {.kind = RefreshLaw::Kind::kLead, .lead = 60s};
    p.start();
    p.run_for(1s);
    p.after_step = [](Pair& pair) { CHECK(pair.bindings().size() == 1); };
    p.run_for(24h);
    // One registration and a refresh each 3540 s and a round trip: floor(86400 / 3540.04) = 24.
    CHECK(p.count(true) == 25);
    CHECK(p.device().agent.client().failures() == 0);
}

TEST_CASE("A refresh at the expiry itself leaves a gap of one round trip each time")
{
    // The registrar's binding ends at arrival + E, the device's at arrival + way back + E; the refresh
    // then needs the way there.
    Pair p{open_to_all()};
    p.options().refresh = {.kind = RefreshLaw::Kind::kLead, .lead = 0s};
    const SimTime start = p.now;
    p.start();
    const SimTime gone = start + p.one_way + 3600s;
    p.run_until(gone - 1ns);
    CHECK(p.bindings().size() == 1);
    p.run_until(gone);
    CHECK(p.bindings().empty());
    p.run_until(gone + kRoundTrip - 1ns);
    CHECK(p.bindings().empty());
    p.run_until(gone + kRoundTrip);
    CHECK(p.bindings().size() == 1);
}

TEST_CASE("A kept nonce saves the challenge while it lives and is replaced when it is stale (RFC "
          "7616 3.3)")
{
    for (const SimDuration lifetime : {SimDuration{2h}, SimDuration{300s}})
    {
        RegistrarOptions options;
        options.nonce_lifetime = lifetime;
        Pair p{options};
        p.options().refresh = {.kind = RefreshLaw::Kind::kFraction, .low = 0.5};
        p.start();
        p.run_for(1s);
        const std::size_t before = p.wire.size();
        p.run_for(1800s);
        CHECK(p.ladder(before) == (lifetime == 2h ? "REGISTER 200" : "REGISTER 401 REGISTER 200"));
        if (lifetime != 2h)
        {
            CHECK(p.wire[before + 1].message.challenges[0].stale);
        }
        CHECK(p.device().state() == State::kRegistered);
    }
}

TEST_CASE("A nonce that serves once is asked for anew at each refresh")
{
    RegistrarOptions options;
    options.nonce_lifetime = 0s;
    Pair p{options};
    p.start();
    p.run_for(1s);
    CHECK(p.ladder() == "REGISTER 401 REGISTER 200");
    p.run_for(3600s);
    CHECK(p.ladder() == "REGISTER 401 REGISTER 200 REGISTER 401 REGISTER 200");
}

TEST_CASE("Challenged at first only, a refresh passes without proof")
{
    RegistrarOptions options;
    options.challenge = ChallengeWhen::kInitial;
    Pair p{options};
    p.options().preemptive_credentials = false;
    p.options().refresh = {.kind = RefreshLaw::Kind::kFraction, .low = 0.5};
    p.start();
    p.run_for(1s);
    const std::size_t before = p.wire.size();
    p.run_for(1800s);
    CHECK(p.ladder(before) == "REGISTER 200");
    // A new life has a new Call-ID and is challenged.
    p.crash();
    const std::size_t crash = p.wire.size();
    p.start();
    p.run_for(1s);
    CHECK(p.ladder(crash) == "REGISTER 401 REGISTER 200");
}

TEST_CASE("A wrong password costs two requests per attempt and never binds (RFC 3261 22.1)")
{
    Pair p;
    p.device().account.secret = sip::SecretId{1};
    p.options().retry.base = 20s;
    p.start();
    p.run_for(1s);
    CHECK(p.ladder() == "REGISTER 401 REGISTER 401");
    CHECK(p.device().state() == State::kWaiting);
    p.run_for(20s);
    CHECK(p.count(true) == 4);
    CHECK(p.bindings().empty());

    RegistrarOptions forbids;
    forbids.wrong_credentials_status = 403;
    Pair q{forbids};
    q.device().account.secret = sip::SecretId{1};
    q.options().stop_on.push(403);
    q.start();
    q.run_for(24h);
    CHECK(q.ladder() == "REGISTER 401 REGISTER 403");
    CHECK(q.device().state() == State::kStopped);
}

TEST_CASE("A password changed under a registered device ends at its next refresh")
{
    RegistrarOptions options;
    options.nonce_lifetime = 24h;
    Pair p{options};
    p.options().refresh = {.kind = RefreshLaw::Kind::kFraction, .low = 0.5};
    p.options().retry.base = 3000s;
    p.start();
    p.run_for(1s);
    const std::size_t before = p.wire.size();
    p.device().account.secret = sip::SecretId{1};
    p.run_for(1801s);
    // The kept nonce fails, a fresh one too; then the device waits.
    CHECK(p.ladder(before) == "REGISTER 401 REGISTER 401");
    CHECK(p.device().state() == State::kWaiting);
    CHECK(p.bindings().size() == 1); // the old binding lives
    p.run_for(1800s);
    CHECK(p.bindings().empty());
}

TEST_CASE("423 raises the expiry at once, and only at the first registration (RFC 3261 10.2.8)")
{
    RegistrarOptions options;
    options.challenge = ChallengeWhen::kNever;
    options.min_expires = 300;
    Pair p{options};
    p.options().expires = 60;
    p.start();
    p.run_for(1s);
    CHECK(p.ladder() == "REGISTER 423 REGISTER 200");
    p.run_for(300s);
    CHECK(p.ladder() == "REGISTER 423 REGISTER 200 REGISTER 200");
}

TEST_CASE("Challenge and 423 in one attempt: proof first, then the longer expiry")
{
    RegistrarOptions options;
    options.min_expires = 300;
    Pair p{options};
    p.options().expires = 60;
    p.start();
    p.run_for(1s);
    CHECK(p.ladder() == "REGISTER 401 REGISTER 423 REGISTER 200");
    CHECK(p.wire[4].message.credentials->nc == 2);
}

TEST_CASE("A registrar that shortens the expiry is refreshed accordingly")
{
    RegistrarOptions options;
    options.challenge = ChallengeWhen::kNever;
    options.default_expires = 300;
    options.max_expires = 300;
    Pair p{options};
    p.options().refresh = {.kind = RefreshLaw::Kind::kFraction, .low = 0.5};
    p.start();
    p.run_for(1h);
    // One, then every 150.04 s: floor(3600 / 150.04) = 23.
    CHECK(p.count(true) == 24);
}

TEST_CASE("A 503 with Retry-After is left alone for that long (RFC 3261 20.33)")
{
    RegistrarOptions options;
    options.refuse_status = 503;
    options.retry_after = 120;
    Pair p{options};
    p.options().retry.base = 1s;
    const SimTime start = p.now;
    p.start();
    p.run_for(119s);
    CHECK(p.ladder() == "REGISTER 503");
    p.registrar_options.refuse_status = 0;
    p.run_for(2s);
    CHECK(p.ladder() == "REGISTER 503 REGISTER 401 REGISTER 200");
    CHECK(p.wire[2].sent == start + kRoundTrip + 120s);
}

TEST_CASE(
    "A redirection to a dead host fails there and the next attempt comes home (RFC 3261 8.1.3.4)")
{
    RegistrarOptions options;
    options.challenge = ChallengeWhen::kNever;
    options.refuse_status = 302;
    options.redirect_to = sip::HostPort{sip::Host{0x0A00'0002U}, 5060};
    Pair p{options};
    p.options().retry.base = 20s;
    p.start();
    p.run_for(1s);
    CHECK(p.wire[2].message.dst == *options.redirect_to);
    p.registrar_options.refuse_status = 0;
    p.run_for(32s);
    CHECK(p.device().state() == State::kWaiting);
    p.run_for(20s);
    CHECK(p.device().state() == State::kRegistered);
}

TEST_CASE("Two runs of the same seed put the same messages on the wire")
{
    const auto record = [] {
        auto p = std::make_unique<Pair>(RegistrarOptions{}, 3);
        p->registrar_options.on_second_contact = OnSecondContact::kAppend;
        p->registrar_options.max_contacts = 3;
        p->options().initial_delay_max = 10s;
        p->options().refresh = {.kind = RefreshLaw::Kind::kUniform};
        for (std::size_t i = 0; i < 3; ++i)
        {
            p->start(i);
        }
        p->run_for(5h);
        return p;
    };
    const auto one = record();
    const auto two = record();
    REQUIRE(one->wire.size() == two->wire.size());
    CHECK(one->wire.size() > 30);
    for (std::size_t i = 0; i < one->wire.size(); ++i)
    {
        CHECK(one->wire[i].sent == two->wire[i].sent);
        CHECK(one->wire[i].message == two->wire[i].message);
    }
}

TEST_CASE("Whatever packets are lost, CSeq goes up by one, nobody is told what is not so, and all "
          "recover")
{
    for (std::uint32_t round = 0; round < 100; ++round)
    {
        CAPTURE(round);
        Pair p;
        p.device().account.key.device = round;
        p.options().expires = 600;
        p.options().refresh = {.kind = RefreshLaw::Kind::kUniform, .low = 0.5, .high = 0.9};
        p.options().retry = {.kind = registration::RetryLaw::Kind::kUniform,
                             .base = 5s,
                             .cap = 60s};
        bool lossy = true;
        p.drop = [&](const Pair::Line&) {
            const DrawKey key{.seed = 3, .device = round, .account = 0};
            return lossy && draw(key, Purpose::kLinkLoss, p.wire.size()) < 0.5;
        };
        p.after_step = [](Pair& q) {
            // A device in Registered may be wrong about the last way back only.
            if (q.device().state() == State::kRegistered &&
                q.device().agent.client().bound_until() > q.now + q.one_way)
            {
                CHECK_FALSE(q.bindings().empty());
            }
        };
        p.start();
        p.run_for(2h);
        lossy = false;
        p.run_for(200s); // a transaction that fails (32 s), a wait (60 s), a new one
        CHECK(p.device().state() == State::kRegistered);
        CHECK(p.bindings().size() == 1);
        std::uint32_t cseq = 0;
        for (const Pair::Line& line : p.wire)
        {
            if (line.to_registrar)
            {
                cseq += line.again ? 0 : 1;
                CHECK(static_cast<std::uint32_t>(line.message.cseq) == cseq);
            }
        }
    }
}
