#include "tests/unit/registrar_fixture.h"

using namespace sipsim;
using namespace sipsim::registrar;

TEST_CASE(
    "a request without credentials is challenged, and with right ones accepted (RFC 3261 22.2)")
{
    Fixture f{RegistrarOptions{}};
    const sip::Message m = request_of({contact(20, 3600)});
    const sip::Message challenge = f.answer(at(0s), m);
    CHECK(challenge.status == 401);
    REQUIRE(challenge.challenges.size() == 1);
    CHECK(challenge.challenges[0].realm == kDomain);
    CHECK(challenge.challenges[0].qop);
    CHECK_FALSE(challenge.challenges[0].stale);
    CHECK(challenge.challenges[0].algorithm == sip::DigestAlgorithm::kMd5);
    CHECK(static_cast<std::uint64_t>(challenge.challenges[0].nonce) < sip::kForeign);
    CHECK_FALSE(f.process(at(0s), m).fresh_attempt);
    const Reply reply = f.process(at(1s), f.proven(request_of({contact(20, 3600)}, 2), challenge));
    CHECK(reply.status == 200);
    CHECK(reply.fresh_attempt);
}

TEST_CASE("407 is answered with Proxy-Authorization and 401 with Authorization (RFC 3261 22.3)")
{
    RegistrarOptions options;
    options.challenge_status = 407;
    Fixture f{options};
    const sip::Message challenge = f.answer(at(0s), request_of({contact(20)}));
    CHECK(challenge.status == 407);
    sip::Message m = f.proven(request_of({contact(20)}, 2), challenge);
    CHECK(f.status(at(0s), m) == 200);
    m.cseq = sip::CSeq{3};
    m.proxy_auth = false;
    CHECK(f.status(at(0s), m) == 407);
}

TEST_CASE("credentials made for another resource are owed 400, and are no wrong password "
          "(RFC 2617 3.2.2.5, RFC 3261 22.4)")
{
    Fixture f{RegistrarOptions{}};
    const sip::Message challenge = f.answer(at(0s), request_of({contact(20)}));
    sip::Message m = request_of({contact(20)}, 2);
    const sip::Uri asked = m.request_uri;
    const auto reply_for = [&](const sip::Uri& uri) {
        m.request_uri = uri; // what the digest is over
        sip::Message proven = f.proven(m, challenge);
        proven.request_uri = asked;
        return f.process(at(0s), proven);
    };
    const Reply elsewhere =
        reply_for({.user = {}, .at = {sip::Host{0xC6336401}, 0}, .transport = {}});
    CHECK(elsewhere.status == 400);
    CHECK_FALSE(elsewhere.wrong);
    CHECK_FALSE(elsewhere.changed);
    // What a proxy may have changed on the way is no failure.
    CHECK(reply_for({.user = kAlice, .at = {m.dst.host, 5060}, .transport = {}}).status == 200);
}

TEST_CASE("each offered algorithm is accepted and others are challenged again (RFC 8760 2.3)")
{
    RegistrarOptions options;
    options.algorithms.push(sip::DigestAlgorithm::kSha256);
    options.algorithms.push(sip::DigestAlgorithm::kMd5);
    Fixture f{options};
    sip::Message challenge = f.answer(at(0s), request_of({contact(20)}));
    REQUIRE(challenge.challenges.size() == 2);
    CHECK(challenge.challenges[0].algorithm == sip::DigestAlgorithm::kSha256);
    CHECK(f.status(at(0s), f.proven(request_of({contact(20)}, 2), challenge)) == 200);
    challenge.challenges[0] = challenge.challenges[1];
    CHECK(f.status(at(0s), f.proven(request_of({contact(20)}, 3), challenge)) == 200);

    Fixture md5{RegistrarOptions{}};
    challenge = md5.answer(at(0s), request_of({contact(20)}));
    challenge.challenges[0].algorithm = sip::DigestAlgorithm::kSha256;
    CHECK(md5.status(at(0s), md5.proven(request_of({contact(20)}, 2), challenge)) == 401);
}

TEST_CASE("a wrong password is challenged again without stale, or refused 403 (RFC 3261 22.1)")
{
    RegistrarOptions options;
    Fixture f{options};
    const sip::Message challenge = f.answer(at(0s), request_of({contact(20)}));
    const sip::Message wrong =
        f.proven(request_of({contact(20)}, 2), challenge, 1, sip::SecretId{78});
    const sip::Message again = f.answer(at(0s), wrong);
    CHECK(again.status == 401);
    CHECK_FALSE(again.challenges[0].stale);
    options.wrong_credentials_status = 403;
    Fixture hard{options};
    const sip::Message first = hard.answer(at(0s), request_of({contact(20)}));
    CHECK(hard.status(at(0s),
                      hard.proven(request_of({contact(20)}, 2), first, 1, sip::SecretId{78})) ==
          403);
}

TEST_CASE("an unknown user is answered like a wrong password")
{
    Fixture f{RegistrarOptions{}};
    sip::Message m = request_of({contact(20)});
    m.to.user = sip::UserId{4711};
    const sip::Message challenge = f.answer(at(0s), m);
    CHECK(challenge.status == 401);
    m.cseq = sip::CSeq{2};
    CHECK(f.status(at(0s), f.proven(m, challenge, 1, kSecret, sip::UserId{4711})) == 401);
}

TEST_CASE("a user may change its own bindings only (RFC 3261 10.3 step 4)")
{
    Fixture f{RegistrarOptions{}};
    const sip::Message challenge = f.answer(at(0s), request_of({contact(20)}));
    const sip::Message m =
        f.proven(request_of({contact(20)}, 2), challenge, 1, kSecret, sip::UserId{1002});
    CHECK(f.status(at(0s), m) == 403);
    CHECK(f.bound(at(0s)).empty());
}

TEST_CASE("credentials for another realm are no answer to the challenge (RFC 3261 22.1)")
{
    Fixture f{RegistrarOptions{}};
    sip::Message challenge = f.answer(at(0s), request_of({contact(20)}));
    challenge.challenges[0].realm = sip::Host{sip::kFirstHostName + 9};
    const sip::Message again = f.answer(at(0s), f.proven(request_of({contact(20)}, 2), challenge));
    CHECK(again.status == 401);
    CHECK_FALSE(again.challenges[0].stale);
}

TEST_CASE("a nonce serves up to its lifetime and is stale after it (RFC 7616 3.3)")
{
    Fixture f{RegistrarOptions{}}; // 300 s
    const sip::Message challenge = f.answer(at(10s), request_of({contact(20)}));
    CHECK(f.status(at(10s), f.proven(request_of({contact(20)}, 2), challenge, 1)) == 200);
    CHECK(f.status(at(310s), f.proven(request_of({contact(20)}, 3), challenge, 2)) == 200);
    const sip::Message late =
        f.answer(at(310s + 1ns), f.proven(request_of({contact(20)}, 4), challenge, 3));
    CHECK(late.status == 401);
    CHECK(late.challenges[0].stale);
    CHECK(f.status(at(311s), f.proven(request_of({contact(20)}, 5), late, 1)) == 200);
}

TEST_CASE("stale is said only if the digest was right (RFC 7616 3.3)")
{
    Fixture f{RegistrarOptions{}};
    const sip::Message challenge = f.answer(at(0s), request_of({contact(20)}));
    const sip::Message m = f.proven(request_of({contact(20)}, 2), challenge, 1, sip::SecretId{78});
    CHECK_FALSE(f.answer(at(1000s), m).challenges[0].stale);
}

TEST_CASE("a restart makes every nonce given out before unknown, thus stale")
{
    Fixture f{RegistrarOptions{}};
    const sip::Message challenge = f.answer(at(0s), request_of({contact(20)}));
    f.registrar.on_restart(true);
    const sip::Message again = f.answer(at(1s), f.proven(request_of({contact(20)}, 2), challenge));
    CHECK(again.status == 401);
    CHECK(again.challenges[0].stale);
    CHECK(f.status(at(1s), f.proven(request_of({contact(20)}, 3), again)) == 200);
}

TEST_CASE("a made-up nonce, one from the future and one for another user are not taken")
{
    Fixture f{RegistrarOptions{}};
    sip::Message challenge = f.answer(at(100s), request_of({contact(20)}));
    CHECK(f.status(at(50s), f.proven(request_of({contact(20)}, 2), challenge)) == 401);
    const auto nonce = static_cast<std::uint64_t>(challenge.challenges[0].nonce);
    for (const std::uint64_t bad :
         {nonce ^ 1U, nonce | sip::kForeign, std::uint64_t{1}, nonce + (1U << 24U)})
    {
        challenge.challenges[0].nonce = sip::Nonce{bad};
        CHECK(f.status(at(200s), f.proven(request_of({contact(20)}, 2), challenge)) == 401);
    }
    sip::Message other = request_of({contact(20)});
    other.to.user = sip::UserId{1002};
    challenge = f.answer(at(100s), other);
    CHECK(f.status(at(100s), f.proven(request_of({contact(20)}, 2), challenge)) == 401);
}

TEST_CASE("with nonce_lifetime 0 a nonce serves once")
{
    RegistrarOptions options;
    options.nonce_lifetime = 0s;
    Fixture f{options};
    const sip::Message challenge = f.answer(at(0s), request_of({contact(20)}));
    const sip::Message m = f.proven(request_of({contact(20)}, 2), challenge, 1);
    CHECK(f.status(at(1s), m) == 200);
    // Again with nc 2, as a caching client would, and with a forged nc 1.
    const sip::Message second =
        f.answer(at(2s), f.proven(request_of({contact(20)}, 3), challenge, 2));
    CHECK(second.status == 401);
    CHECK(second.challenges[0].stale);
    CHECK(f.status(at(2s), f.proven(request_of({contact(20)}, 4), challenge, 1)) == 401);
    // One never served, but with a count that says it was.
    const sip::Message counted = f.answer(at(2s), request_of({contact(20)}, 4));
    CHECK(f.status(at(2s), f.proven(request_of({contact(20)}, 5), counted, 2)) == 401);
    // A fresh one serves, but not for ever.
    CHECK(f.status(at(3s), f.proven(request_of({contact(20)}, 5), second, 1)) == 200);
    const sip::Message third = f.answer(at(10s), request_of({contact(20)}, 6));
    CHECK(f.status(at(42s + 1ns), f.proven(request_of({contact(20)}, 7), third, 1)) == 401);
}

TEST_CASE("challenge initial spares the refresh and removal of a live binding by the same Call-ID")
{
    RegistrarOptions options;
    options.challenge = ChallengeWhen::kInitial;
    options.on_second_contact = OnSecondContact::kAppend;
    options.max_contacts = 2;
    Fixture f{options};
    const sip::Message challenge = f.answer(at(0s), request_of({contact(20, 3600)}, 1));
    CHECK(challenge.status == 401);
    CHECK(f.status(at(0s), f.proven(request_of({contact(20, 3600)}, 2), challenge)) == 200);
    CHECK(f.status(at(10s), request_of({contact(20, 3600)}, 3)) == 200);
    CHECK(f.status(at(10s), request_of({contact(20, 3600)}, 4, 501)) == 401); // another Call-ID
    CHECK(f.status(at(10s), request_of({contact(30, 3600)}, 4)) == 401);      // another contact
    CHECK(f.status(at(10s), request_of({contact(20, 60), contact(30, 60)}, 4)) == 401);
    CHECK(f.status(at(10s), request_of({}, 4)) == 401); // a query
    CHECK(f.status(at(10s), star(4, 501)) == 401);
    CHECK(f.status(at(3610s), request_of({contact(20, 3600)}, 4)) == 401); // expired
    CHECK(f.status(at(20s), request_of({contact(20, 3600)}, 5)) == 200);
    CHECK(f.status(at(30s), star(6)) == 200);
    CHECK(f.status(at(40s), star(7)) == 401); // nothing left
}

TEST_CASE("challenge initial knows the refresh of a binding that is kept as seen, not as sent")
{
    for (const ContactAddress kept : {ContactAddress::kSeen, ContactAddress::kSeenHost})
    {
        RegistrarOptions options;
        options.challenge = ChallengeWhen::kInitial;
        options.contact_address = kept;
        Fixture f{options};
        const sip::Message challenge = f.answer(at(0s), request_of({contact(20, 3600)}, 1));
        REQUIRE(f.status(at(0s), f.proven(request_of({contact(20, 3600)}, 2), challenge)) == 200);
        REQUIRE_FALSE(f.bound(at(0s))[0].uri().at.host == sip::Host{20});
        CHECK(f.status(at(10s), request_of({contact(20, 3600)}, 3)) == 200);
        sip::Message moved = request_of({contact(20, 3600)}, 4);
        moved.src.host = sip::Host{0x0A000063}; // its NAT has another address now
        CHECK(f.status(at(20s), moved) == 401);
    }
}

TEST_CASE("OPTIONS is never challenged")
{
    Fixture f{RegistrarOptions{}};
    sip::Message m = request_of({});
    m.method = sip::Method::kOptions;
    CHECK(f.status(at(0s), m) == 200);
}
