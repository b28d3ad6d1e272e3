// What the user agent makes of responses that are no 2xx, of errors and of silence.
#include "tests/unit/registration_fixture.h"

#include <initializer_list>

using namespace sipsim;
using namespace sipsim::registration;

TEST_CASE("A challenge is answered at once by a new transaction with the next CSeq (RFC 3261 22.2)")
{
    for (const std::uint16_t status : {401, 407})
    {
        Bench b;
        b.start();
        const sip::Message first = b.request();
        b.now += 40ms;
        b.challenge(11, false, status);
        REQUIRE(b.sent.size() == 2);
        CHECK(b.sent[1].at == kT0 + 40ms);
        CHECK_FALSE(b.sent[1].again);
        const sip::Message& second = b.request();
        CHECK(second.cseq == sip::CSeq{2});
        CHECK(second.call_id == first.call_id);
        CHECK(second.from_tag == first.from_tag);
        CHECK(second.via[0].branch != first.via[0].branch);
        REQUIRE(second.credentials);
        CHECK(second.proxy_auth == (status == 407)); // 22.3: Proxy-Authorization answers a 407
        CHECK(second.credentials->realm == kRealm);
        CHECK(second.credentials->nonce == sip::Nonce{11});
        CHECK(second.credentials->nc == 1);
        CHECK(second.credentials->uri == second.request_uri); // RFC 7616 3.4
        CHECK(second.credentials->cnonce != sip::Cnonce{});
        CHECK(b.has_proved());
        CHECK(b.last().from == State::kRegistering);
        CHECK(b.last().to == State::kRegistering);
        CHECK(b.last().reason == Reason::kChallenged);
        CHECK(b.agent.client().failures() == 0);
        b.grant(3600);
        CHECK(b.state() == State::kRegistered);
    }
}

TEST_CASE("Of several challenges the topmost is answered (RFC 8760 2.4)")
{
    Bench b;
    b.start();
    sip::Message response = b.response(401);
    response.challenges.push(
        {.realm = kRealm, .nonce = sip::Nonce{11}, .algorithm = sip::DigestAlgorithm::kSha256});
    response.challenges.push({.realm = kRealm, .nonce = sip::Nonce{11}});
    b.receive(response);
    REQUIRE(b.request().credentials);
    CHECK(b.request().credentials->algorithm == sip::DigestAlgorithm::kSha256);
    CHECK(b.has_proved());
}

TEST_CASE("Credentials for a challenge without qop carry neither nc nor cnonce (RFC 2617 3.2.2)")
{
    Bench b;
    b.start();
    sip::Message response = b.response(401);
    response.challenges.push({.realm = kRealm, .nonce = sip::Nonce{11}, .qop = false});
    b.receive(response);
    REQUIRE(b.request().credentials);
    CHECK_FALSE(b.request().credentials->qop);
    CHECK(b.request().credentials->nc == 0);
    CHECK(b.request().credentials->cnonce == sip::Cnonce{});
}

TEST_CASE(
    "A cached nonce is used before the next challenge, its count going up by one (RFC 3261 22.2, "
    "RFC 7616 3.4)")
{
    Bench b;
    b.start();
    b.challenge(11);
    b.grant(60);
    sip::Cnonce cnonce = b.request().credentials->cnonce;
    for (std::uint32_t nc = 2; nc <= 4; ++nc)
    {
        b.run_until(b.next_deadline());
        REQUIRE(b.request().credentials);
        CHECK(b.request().credentials->nonce == sip::Nonce{11});
        CHECK(b.request().credentials->nc == nc);
        CHECK(b.request().credentials->cnonce != cnonce);
        CHECK(b.has_proved());
        cnonce = b.request().credentials->cnonce;
        b.grant(60);
    }
    // One request for the challenge, one for each registration.
    CHECK(b.sent.size() == 5);
}

TEST_CASE("A device that does not cache asks for a challenge each time")
{
    Bench b;
    b.options().preemptive_credentials = false;
    b.start();
    b.challenge(11);
    b.grant(60);
    b.run_until(b.next_deadline());
    CHECK_FALSE(b.request().credentials);
    b.challenge(12);
    REQUIRE(b.request().credentials);
    CHECK(b.request().credentials->nonce == sip::Nonce{12});
    CHECK(b.request().credentials->nc == 1);
}

TEST_CASE("A retransmission does not count as another use of the nonce (RFC 3261 17.1.2)")
{
    Bench b;
    b.start();
    b.challenge(11);
    b.run_for(8s); // four copies
    CHECK(b.request().credentials->nc == 1);
    b.grant(60);
    b.run_until(b.next_deadline());
    CHECK(b.request().credentials->nc == 2);
}

TEST_CASE("A stale nonce is replaced at once, counting from one (RFC 7616 3.3)")
{
    Bench b;
    b.start();
    b.challenge(11);
    b.grant(60);
    b.run_until(b.next_deadline());
    b.challenge(12, true);
    CHECK(b.last().reason == Reason::kStaleNonce);
    CHECK(b.state() == State::kRegistering);
    CHECK(b.request().credentials->nonce == sip::Nonce{12});
    CHECK(b.request().credentials->nc == 1);
    CHECK(b.request().cseq == sip::CSeq{4});
    b.grant(60);
    CHECK(b.state() == State::kRegistered);
    CHECK(b.sent.size() == 4);
}

TEST_CASE(
    "A wrong password ends the attempt: rejected credentials are not sent again (RFC 3261 22.1)")
{
    Bench b;
    b.start();
    b.challenge(11);
    b.challenge(12); // a new nonce, not stale: the credentials themselves were rejected
    CHECK(b.state() == State::kWaiting);
    CHECK(b.last().reason == Reason::kRejected);
    CHECK(b.sent.size() == 2);
    CHECK(b.agent.client().failures() == 1);
    // The next attempt shows no credentials until it is asked.
    b.run_until(b.next_deadline());
    CHECK(b.sent.size() == 3);
    CHECK_FALSE(b.request().credentials);
}

TEST_CASE("A kept nonce that is refused for another one, stale or not, is answered once more")
{
    // Model choice, as pjsip: a server that forgot its nonces may fail to say stale=true.
    Bench b;
    b.start();
    b.challenge(11);
    b.grant(60);
    b.run_until(b.next_deadline());
    b.challenge(12);
    CHECK(b.state() == State::kRegistering);
    CHECK(b.last().reason == Reason::kChallenged);
    CHECK(b.request().credentials->nonce == sip::Nonce{12});
    b.challenge(13); // now the password is wrong
    CHECK(b.state() == State::kWaiting);
}

TEST_CASE("The same nonce again is a rejection even when it was kept (RFC 3261 22.1)")
{
    Bench b;
    b.start();
    b.challenge(11);
    b.grant(60);
    b.run_until(b.next_deadline());
    b.challenge(11);
    CHECK(b.state() == State::kWaiting);
}

TEST_CASE("Another realm's challenge rejects nothing that was sent to it (RFC 3261 22.3)")
{
    Bench b;
    b.start();
    b.challenge(11, false, 407);
    b.challenge(12, false, 401);
    CHECK(b.state() == State::kRegistering);
    CHECK(b.request().credentials->nonce == sip::Nonce{12});
    CHECK_FALSE(b.request().proxy_auth);
}

TEST_CASE("One challenge more than the device answers is a failure")
{
    Bench b;
    b.options().max_challenges = 3;
    b.start();
    b.challenge(11);
    b.challenge(12, true);
    b.challenge(13, true);
    CHECK(b.state() == State::kRegistering);
    b.challenge(14, true);
    CHECK(b.state() == State::kWaiting);
    CHECK(b.last().reason == Reason::kRejected);
    CHECK(b.sent.size() == 4);
}

TEST_CASE("A 401 without a challenge that we know is a failure")
{
    Bench b;
    b.start();
    b.answer(401);
    CHECK(b.state() == State::kWaiting);
    CHECK(b.sent.size() == 1);
}

TEST_CASE("423 is obeyed at once with Min-Expires, which is kept (RFC 3261 10.2.8)")
{
    Bench b;
    b.options().expires = 60;
    b.start();
    CHECK(b.request().expires == 60U);
    sip::Message brief = b.response(423);
    brief.min_expires = 300;
    b.receive(brief);
    CHECK(b.state() == State::kRegistering);
    CHECK(b.last().reason == Reason::kIntervalTooBrief);
    REQUIRE(b.sent.size() == 2);
    CHECK(b.request().expires == 300U);
    CHECK(b.request().cseq == sip::CSeq{2});
    b.grant(300);
    b.run_until(b.next_deadline());
    CHECK(b.request().expires == 300U);
    // A new life knows nothing of it.
    b.crash();
    b.start();
    CHECK(b.request().expires == 60U);
}

TEST_CASE("A 423 that cannot be obeyed is a failure")
{
    const auto after_423 = [](std::initializer_list<std::optional<std::uint32_t>> answers,
                              bool adopt) {
        Bench b;
        b.options().expires = 60;
        b.options().adopt_min_expires = adopt;
        b.start();
        for (const auto& min_expires : answers)
        {
            sip::Message brief = b.response(423);
            brief.min_expires = min_expires;
            b.receive(brief);
        }
        return b.state();
    };
    CHECK(after_423({300}, true) == State::kRegistering);
    CHECK(after_423({300}, false) == State::kWaiting);
    CHECK(after_423({std::nullopt}, true) == State::kWaiting);
    CHECK(after_423({60}, true) == State::kWaiting);       // asked for that already
    CHECK(after_423({300, 600}, true) == State::kWaiting); // once per attempt
}

TEST_CASE("423 to a device that named no expiry makes it name one")
{
    Bench b;
    b.options().send_expires = false;
    b.start();
    sip::Message brief = b.response(423);
    brief.min_expires = 300;
    b.receive(brief);
    CHECK(b.request().expires == 300U);
}

TEST_CASE("A redirection is followed to its first Contact for this attempt only (RFC 3261 8.1.3.4)")
{
    Bench b;
    b.start();
    sip::Message moved = b.response(302);
    moved.contacts.push({.uri = {.user = sip::UserId{1}, .at = kOtherServer, .transport = {}},
                         .instance = {},
                         .expires = {}});
    b.receive(moved);
    CHECK(b.last().reason == Reason::kRedirected);
    REQUIRE(b.sent.size() == 2);
    CHECK(b.request().dst == kOtherServer);
    // 8.1.3.4: the URI becomes the Request-URI; 10.2: without its user part.
    CHECK(b.request().request_uri == sip::Uri{sip::UserId{}, kOtherServer, std::nullopt});
    CHECK(b.request().to.at.host == kDomain);
    CHECK(b.request().cseq == sip::CSeq{2});
    b.challenge(11); // a challenge is answered where it came from
    CHECK(b.request().dst == kOtherServer);
    CHECK(b.request().credentials->uri == b.request().request_uri);
    CHECK(b.has_proved());
    b.grant(60);
    b.run_until(b.next_deadline());
    CHECK(b.request().dst == kServer);
    CHECK(b.request().request_uri.at.host == kDomain);
}

TEST_CASE("A nonce is not shown to the server a redirection leads to")
{
    Bench b;
    b.start();
    b.challenge(11);
    REQUIRE(b.request().credentials);
    sip::Message moved = b.response(302);
    sip::Contact contact;
    contact.uri.at = kOtherServer;
    moved.contacts.push(contact);
    b.receive(moved);
    CHECK_FALSE(b.request().credentials);
    b.challenge(12); // the same realm, and yet no rejection
    CHECK(b.state() == State::kRegistering);
    CHECK(b.request().credentials->nonce == sip::Nonce{12});
}

TEST_CASE("A redirection that leads nowhere is a failure")
{
    const auto after = [](OnRedirect policy, std::optional<sip::HostPort> target) {
        Bench b;
        b.options().on_redirect = policy;
        b.start();
        sip::Message moved = b.response(302);
        if (target)
        {
            sip::Contact contact;
            contact.uri.at = *target;
            moved.contacts.push(contact);
        }
        b.receive(moved);
        return b.state();
    };
    CHECK(after(OnRedirect::kFollow, kOtherServer) == State::kRegistering);
    CHECK(after(OnRedirect::kFail, kOtherServer) == State::kWaiting);
    CHECK(after(OnRedirect::kFollow, std::nullopt) == State::kWaiting);
    CHECK(after(OnRedirect::kFollow, kServer) == State::kWaiting); // where we are
    CHECK(after(OnRedirect::kFollow, sip::HostPort{kServer.host, 0}) == State::kWaiting);
    CHECK(after(OnRedirect::kFollow, sip::HostPort{kDomain, 0}) == State::kWaiting); // needs DNS
}

TEST_CASE("A redirection loop ends (RFC 3261 8.1.3.4)")
{
    Bench b;
    b.start();
    for (int i = 0; i < 20 && b.state() == State::kRegistering; ++i)
    {
        sip::Message moved = b.response(302);
        sip::Contact contact;
        contact.uri.at = b.request().dst == kServer ? kOtherServer : kServer;
        moved.contacts.push(contact);
        b.receive(moved);
    }
    CHECK(b.state() == State::kWaiting);
    CHECK(b.sent.size() == 1 + RegistrationClient::kMaxRedirects);
}

TEST_CASE("Every other final response is a failure and waits the retry law (RFC 3261 21.4 to 21.6)")
{
    for (const std::uint16_t status :
         {305, 400, 403, 404, 408, 416, 420, 480, 486, 500, 503, 504, 600, 603})
    {
        CAPTURE(status);
        Bench b;
        b.options().retry.base = 20s;
        b.start();
        b.now += 40ms;
        b.answer(status);
        CHECK(b.state() == State::kWaiting);
        CHECK(b.last().reason == Reason::kRejected);
        CHECK(b.last().bound_until == SimTime::min());
        CHECK(b.next_deadline() == kT0 + 40ms + 20s);
        b.run_until(b.next_deadline());
        CHECK(b.sent.size() == 2);
    }
}

TEST_CASE("Retry-After of a failure replaces the wait where the device honours it (RFC 3261 20.33)")
{
    const auto wait = [](bool honour, std::uint32_t seconds) {
        Bench b;
        b.options().retry.base = 20s;
        b.options().honour_retry_after = honour;
        b.start();
        sip::Message busy = b.response(503);
        busy.retry_after = seconds;
        b.receive(busy);
        return b.next_deadline() - b.now;
    };
    CHECK(wait(true, 120) == 120s);
    CHECK(wait(true, 1) == 1s);
    CHECK(wait(false, 120) == 20s);
    CHECK(wait(true, 0) == 20s); // "a positive integer"
}

TEST_CASE("Retry-After in a 2xx is not read")
{
    Bench b;
    b.start();
    sip::Message ok = b.response(200);
    ok.retry_after = 5;
    b.receive(ok);
    CHECK(b.next_deadline() == kT0 + 3600s);
}

TEST_CASE("Credentials refused with 403 are not sent again: the next attempt takes another "
          "challenge (RFC "
          "3261 22.1)")
{
    for (const bool keeps : {false, true})
    {
        Bench b;
        b.options().preemptive_credentials = keeps;
        b.start();
        b.challenge(11);
        REQUIRE(b.has_proved());
        b.answer(403);
        CHECK(b.state() == State::kWaiting);
        b.run_until(b.next_deadline());
        CHECK(b.state() == State::kRegistering);
        CHECK_FALSE(b.request().credentials);
        // The same nonce, should the server offer it, is a challenge like any other: count 1.
        b.challenge(11);
        REQUIRE(b.request().credentials);
        CHECK(b.request().credentials->nc == 1);
        b.grant(3600);
        // What was accepted is used again (22.2), where the device does that; then refused, it is forgotten.
        b.run_until(b.next_deadline());
        REQUIRE(b.request().credentials.has_value() == keeps);
        b.answer(403);
        b.run_until(b.next_deadline());
        CHECK_FALSE(b.request().credentials);
    }
}

TEST_CASE("A refusal that says nothing of the credentials leaves them to the next attempt")
{
    for (const std::uint16_t status : {404, 480, 500, 503, 603})
    {
        Bench b;
        b.start();
        b.challenge(11);
        b.answer(status);
        b.run_until(b.next_deadline());
        REQUIRE(b.request().credentials);
        CHECK(b.request().credentials->nc == 2);
    }
}

TEST_CASE("A device may wait longer after 403, unless the server names a wait")
{
    Bench b;
    b.options().retry.base = 20s;
    b.options().retry_after_403 = 1200s; // Grandstream HT8xx: 1200 s by default
    b.start();
    b.answer(403);
    CHECK(b.next_deadline() == b.now + 1200s);
    b.run_until(b.next_deadline());
    b.answer(404);
    CHECK(b.next_deadline() == b.now + 20s);
    b.run_until(b.next_deadline());
    sip::Message forbidden = b.response(403);
    forbidden.retry_after = 7;
    b.receive(forbidden);
    CHECK(b.next_deadline() == b.now + 7s);
}

TEST_CASE("Port unreachable ends the attempt at once where the stack listens (RFC 3261 18.4)")
{
    Bench b;
    b.options().retry.base = 20s;
    b.start();
    b.now += 20ms;
    b.transport_error();
    CHECK(b.state() == State::kWaiting);
    CHECK(b.last().reason == Reason::kTransportError);
    CHECK(b.sent.size() == 1);
    CHECK(b.next_deadline() == kT0 + 20ms + 20s);
    b.transport_error(); // late: nothing is under way
    CHECK(b.moved.size() == 2);

    Bench deaf;
    deaf.options().listens_to_icmp = false;
    deaf.start();
    deaf.transport_error();
    CHECK(deaf.state() == State::kRegistering);
}

TEST_CASE("Port unreachable about an earlier request ends no later one (RFC 3261 18.4, 17.1.4)")
{
    Bench b;
    b.start();
    const std::uint64_t first = b.agent.request_number();
    b.challenge(5);
    REQUIRE(b.sent.size() == 2);
    const SimTime next = b.next_deadline();
    b.transport_error(first);
    CHECK(b.state() == State::kRegistering);
    CHECK(b.next_deadline() == next);
    b.grant(3600);
    CHECK(b.state() == State::kRegistered);

    // Nor does one about the request of a former life, which has the same CSeq.
    b.crash();
    b.start();
    REQUIRE(b.agent.client().cseq() == sip::CSeq{1});
    b.transport_error(first);
    CHECK(b.state() == State::kRegistering);
    b.transport_error();
    CHECK(b.state() == State::kWaiting);
}

TEST_CASE("Without a server the attempt fails as it begins and the retry law goes on")
{
    Bench b;
    b.settings.servers = {};
    b.options().retry.base = 20s;
    b.start();
    CHECK(b.sent.empty());
    CHECK(b.moved.size() == 2);
    CHECK(b.state() == State::kWaiting);
    CHECK(b.last().reason == Reason::kNoServer);
    CHECK(b.next_deadline() == kT0 + 20s);
    b.settings.servers = b.servers;
    b.run_until(b.next_deadline());
    CHECK(b.sent.size() == 1);
}
