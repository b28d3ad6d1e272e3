// A client that guesses its password: what it tries when, and what it makes of the answers.
#include "tests/unit/registration_fixture.h"

#include <set>

using namespace sipsim;
using namespace sipsim::registration;

namespace
{

struct Guesser : Bench
{
    explicit Guesser(GuessLaw law, std::uint32_t right = 0)
    {
        options().guess = law;
        options().retry.base = 60s;
        account.right_guess = right;
    }

    /// The last request, and the state after it is challenged again.
    void refuse()
    {
        challenge(++nonce);
    }

    std::uint64_t nonce = 100;
};

} // namespace

TEST_CASE("a guesser tries one password after another in one session (RFC 3261 22.2: each with the "
          "challenge that refused the one before)")
{
    Guesser b({.passwords = 10, .spacing = 3s}, 3);
    b.start();
    CHECK_FALSE(b.request().credentials);
    const sip::CallId session = b.request().call_id;
    b.refuse(); // the first challenge is answered at once
    REQUIRE(b.request().credentials);
    CHECK(b.sent.back().at == kT0);
    std::vector<sip::Proof> proofs;
    for (std::uint32_t n = 1; n <= 2; ++n)
    {
        CHECK_FALSE(b.has_proved());
        CHECK(b.request().credentials->nonce == sip::Nonce{b.nonce});
        CHECK(b.request().credentials->nc == 1);
        CHECK(b.request().call_id == session);
        CHECK(b.request().cseq == sip::CSeq{n + 1}); // 10.2: one higher for each REGISTER
        CHECK(b.agent.client().guess_number() == n);
        proofs.push_back(b.request().credentials->proof);
        b.refuse();
        CHECK(b.last().reason == Reason::kWrongGuess);
        CHECK(b.state() == State::kWaiting);
        CHECK(b.next_deadline() == kT0 + n * 3s);
        b.run_for(3s);
    }
    CHECK(proofs[0] != proofs[1]);
    CHECK(b.has_proved()); // the third is the right one
    b.grant(3600);
    CHECK(b.state() == State::kRegistered);
    // From now on it is a device that knows its password.
    CHECK_FALSE(b.agent.client().guesses(b.options()));
    b.run_until(b.next_deadline());
    CHECK(b.has_proved());
}

TEST_CASE(
    "a guesser that keeps its sessions short takes a new Call-ID and asks for a new challenge")
{
    Guesser b({.passwords = 100, .spacing = 1s, .per_session = 3});
    b.start();
    std::set<std::uint64_t> sessions;
    std::uint32_t cseq = 0;
    std::uint32_t guesses = 0;
    for (int request = 0; request < 12; ++request) // of each session 1 + 3
    {
        const sip::Message& sent = b.request();
        sessions.insert(static_cast<std::uint64_t>(sent.call_id));
        CHECK(sessions.size() == static_cast<std::size_t>(request / 4 + 1));
        CHECK(sent.credentials.has_value() == (request % 4 != 0));
        CHECK(sent.cseq == sip::CSeq{++cseq}); // so that no two requests are ever the same
        guesses += sent.credentials ? 1 : 0;
        CHECK(b.agent.client().guess_number() == guesses + (sent.credentials ? 0 : 1));
        b.refuse();
        b.run_for(1s);
    }
    CHECK(guesses == 9);
}

TEST_CASE(
    "after a refusal or no answer a guesser waits by its retry law, and tries the same password "
    "again in another session")
{
    for (const bool silence : {false, true})
    {
        CAPTURE(silence);
        Guesser b({.passwords = 10});
        b.start();
        b.refuse();
        b.refuse();
        b.run_for(0s); // without spacing the next one leaves at once
        CHECK(b.agent.client().guess_number() == 2);
        const sip::CallId session = b.request().call_id;
        if (silence)
        {
            b.run_for(32s); // Timer F
        }
        else
        {
            b.answer(403);
        }
        CHECK(b.state() == State::kWaiting);
        CHECK(b.next_deadline() == b.now + 60s);
        b.run_for(60s);
        CHECK(b.request().call_id != session);
        CHECK_FALSE(b.request().credentials);
        CHECK(b.agent.client().guess_number() == 2);
        b.refuse();
        CHECK(b.request().credentials);
        CHECK(b.agent.client().guess_number() == 2);
    }
}

TEST_CASE("a guesser stops when its list is through, or where it gives up on a refusal")
{
    Guesser through({.passwords = 2});
    through.start();
    through.refuse();
    through.refuse();
    through.run_for(0s);
    through.refuse();
    CHECK(through.state() == State::kStopped);
    CHECK(through.last().reason == Reason::kWrongGuess);
    CHECK(through.next_deadline() == kNever);

    Guesser cautious({.passwords = 10});
    cautious.options().stop_on.push(403);
    cautious.start();
    cautious.refuse();
    cautious.answer(403);
    CHECK(cautious.state() == State::kStopped);
    CHECK(cautious.last().reason == Reason::kGaveUp);
}

TEST_CASE("a right guess whose nonce was too old is sent once more, however long the session "
          "(RFC 7616 3.3: stale)")
{
    Guesser b({.passwords = 10}, 5);
    b.start();
    b.refuse();
    for (int wrong = 0; wrong < 4; ++wrong)
    {
        b.refuse();
        b.run_for(0s);
    }
    REQUIRE(b.has_proved());
    b.challenge(7, true);
    CHECK(b.request().credentials->nonce == sip::Nonce{7});
    CHECK(b.has_proved());
}

TEST_CASE("a guesser that takes a 403 for an answer goes on with the next password")
{
    Guesser b({.passwords = 2, .skips_refused = true});
    b.options().retry.base = 5s;
    b.start();
    b.refuse();
    b.answer(403);
    CHECK(b.last().reason == Reason::kWrongGuess);
    CHECK(b.agent.client().guess_number() == 2);
    b.run_for(5s);
    CHECK_FALSE(b.request().credentials); // another session
    b.answer(403);                        // says nothing about a password, as none was sent
    CHECK(b.agent.client().guess_number() == 2);
    b.run_for(5s);
    b.refuse();
    b.answer(403); // the last one
    CHECK(b.state() == State::kStopped);
}
