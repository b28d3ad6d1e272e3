#include "tests/unit/registrar_fixture.h"

#include <algorithm>
#include <cmath>

using namespace sipsim;
using namespace sipsim::registrar;

TEST_CASE("a request for another domain is answered 404 (RFC 3261 10.3 step 1, 8.2.2.1)")
{
    Fixture f;
    sip::Message m = request_of({contact(20)});
    m.request_uri.at.host = sip::Host{sip::kFirstHostName + 2};
    CHECK(f.status(at(0s), m) == 404);
    CHECK(f.bound(at(0s)).empty());
}

TEST_CASE("nothing of a reply stays for the next request that is processed into it")
{
    RegistrarOptions options;
    options.min_expires = 60;
    options.max_contacts = 8;
    options.on_second_contact = OnSecondContact::kAppend;
    Fixture once{options};
    Fixture anew{options}; // likewise, each request into a reply of its own
    Reply reused;
    const auto both = [&](const sip::Message& m, std::uint16_t status) {
        once.registrar.process(at(1s), m, reused);
        const Reply fresh = anew.process(at(1s), m);
        CHECK(fresh.status == status);
        CHECK(reused.fresh_attempt == fresh.fresh_attempt);
        CHECK(reused.changed == fresh.changed);
        CHECK(reused.wrong == fresh.wrong);
        CHECK(reused.repeat == fresh.repeat);
        CHECK(reused.limit == fresh.limit);
        const sip::Message response = once.registrar.response(at(1s), m, reused);
        CHECK(response == anew.registrar.response(at(1s), m, fresh));
        return response;
    };
    const sip::Message two = request_of({contact(20, 600), contact(30, 600)});
    const sip::Message challenge = both(two, 401);
    CHECK(both(once.proven(two, challenge), 200).contacts.size() == 2);
    CHECK(both(once.proven(request_of({contact(20, 5)}, 2), challenge, 2), 423).contacts.empty());
    CHECK_FALSE(both(once.proven(two, challenge, 3, sip::SecretId{78}), 401).min_expires);
    sip::Message m = request_of({contact(20)}, 3);
    m.request_uri.at.host = sip::Host{sip::kFirstHostName + 2};
    CHECK(both(m, 404).challenges.empty());
    m.method = sip::Method::kOptions;
    m.request_uri.at.host = kDomain;
    CHECK(both(m, 200).contacts.empty());
}

TEST_CASE("the address a request was sent to stands for the domain")
{
    Fixture f;
    sip::Message m = request_of({contact(20)});
    m.request_uri.at.host = kServer.host;
    m.to.at.host = kServer.host;
    CHECK(f.status(at(0s), m) == 200);
}

TEST_CASE("a required extension is answered 420 and listed (RFC 3261 10.3 step 2, 8.2.2.3)")
{
    Fixture f;
    sip::Message m = request_of({contact(20)});
    m.require.push(sip::OptionTag{4});
    m.require.push(sip::OptionTag{6});
    const sip::Message response = f.answer(at(0s), m);
    CHECK(response.status == 420);
    CHECK(response.unsupported == m.require);
    CHECK(f.bound(at(0s)).empty());
}

TEST_CASE("methods: OPTIONS 200, CANCEL 481, others 405, ACK nothing (RFC 3261 8.2.1, 9.2, 11.2)")
{
    Fixture f;
    sip::Message m = request_of({});
    m.method = sip::Method::kOptions;
    CHECK(f.status(at(0s), m) == 200);
    m.method = sip::Method::kCancel;
    CHECK(f.status(at(0s), m) == 481);
    for (const sip::Method method :
         {sip::Method::kInvite, sip::Method::kBye, sip::Method::kMessage, sip::Method::kUnknown})
    {
        m.method = method;
        CHECK(f.status(at(0s), m) == 405);
    }
    m.method = sip::Method::kAck;
    CHECK_FALSE(f.server.on_request(at(0s), m).response);
}

TEST_CASE(
    "a SUBSCRIBE to a package that is known is answered 200 and its Expires, else 489 (RFC 6665)")
{
    Fixture f;
    sip::Message m = request_of({});
    m.method = sip::Method::kSubscribe;
    CHECK(f.status(at(0s), m) == 489); // §4.2.1.1
    m.via[0].branch = sip::Branch{sip::canonical(901)};
    m.event = sip::EventPackage::kMessageSummary;
    m.expires = 600;
    const auto handled = f.server.on_request(at(0s), m);
    REQUIRE(handled.response.has_value());
    CHECK(handled.response->status == 200); // unasked for credentials, unlike a REGISTER
    CHECK(handled.response->expires == 600U);
    CHECK(handled.response->contacts.empty());
    CHECK(f.server.on_request(at(0s), m).repeat);
    m.via[0].branch = sip::Branch{sip::canonical(902)};
    m.to.user = sip::UserId{999'999};
    CHECK(f.status(at(0s), m) == 404);
}

TEST_CASE("an unknown user is answered 404 (RFC 3261 10.3 step 5)")
{
    Fixture f;
    sip::Message m = request_of({contact(20)});
    m.to.user = sip::UserId{4711};
    CHECK(f.status(at(0s), m) == 404);
    m = request_of({contact(20)});
    m.to.at.host = sip::Host{sip::kFirstHostName + 2};
    CHECK(f.status(at(0s), m) == 404);
}

TEST_CASE("a binding is granted, listed with its seconds, and gone at its expiry (RFC 3261 10.3)")
{
    Fixture f;
    const sip::Message response = f.answer(at(5ns), request_of({contact(20, 3600)}));
    CHECK(response.status == 200);
    REQUIRE(response.contacts.size() == 1);
    CHECK(response.contacts[0] == contact(20, 3600));
    // Granted at t = 5 ns for e = 3600 s: live at t + e - 1 ns, not at t + e.
    CHECK(f.bound(at(3600s + 5ns - 1ns)).size() == 1);
    CHECK(f.bound(at(3600s + 5ns)).empty());
}

TEST_CASE("a query lists what is bound and changes nothing (RFC 3261 10.3 step 6)")
{
    Fixture f;
    static_cast<void>(f.process(at(0s), request_of({contact(20, 3600)})));
    const Reply reply = f.process(at(100s + 1ns), request_of({}, 2));
    CHECK(reply.status == 200);
    CHECK_FALSE(reply.changed);
    const sip::Message response = f.registrar.response(at(100s + 1ns), request_of({}, 2), reply);
    REQUIRE(response.contacts.size() == 1);
    // 3500 s - 1 ns are left; seconds are rounded up.
    CHECK(response.contacts[0].expires == 3500);
    CHECK(f.answer(at(3600s), request_of({}, 3)).contacts.empty());
}

TEST_CASE("expiry: the contact's parameter, else Expires, else the default (RFC 3261 10.3 step 7)")
{
    Fixture f;
    sip::Message m = request_of({contact(20, 900)}, 1);
    m.expires = 1800;
    CHECK(f.answer(at(0s), m).contacts[0].expires == 900);
    m = request_of({contact(20)}, 2);
    m.expires = 1800;
    CHECK(f.answer(at(0s), m).contacts[0].expires == 1800);
    m = request_of({contact(20)}, 3);
    CHECK(f.answer(at(0s), m).contacts[0].expires == 3600);
}

TEST_CASE(
    "the default expiry is granted even below the minimum: nobody requested it (RFC 3261 10.3)")
{
    RegistrarOptions options;
    options.challenge = ChallengeWhen::kNever;
    options.default_expires = 30;
    options.min_expires = 60;
    Fixture f(options);
    const Reply reply = f.process(at(0s), request_of({contact(20)}, 1));
    CHECK(reply.status == 200);
    REQUIRE(reply.bindings.size() == 1);
    CHECK(reply.bindings[0].expires_at == at(30s));
}

TEST_CASE("423 if and only if 0 < requested < 3600 s and below the minimum (RFC 3261 10.3 step 7)")
{
    RegistrarOptions options = open_to_all();
    options.min_expires = 300;
    Fixture f{options};
    const sip::Message brief = f.answer(at(0s), request_of({contact(20, 299)}, 1));
    CHECK(brief.status == 423);
    CHECK(brief.min_expires == 300);
    CHECK(f.bound(at(0s)).empty());
    CHECK(f.status(at(0s), request_of({contact(20, 1)}, 2)) == 423);
    CHECK(f.status(at(0s), request_of({contact(20, 300)}, 3)) == 200);
    CHECK(f.status(at(0s), request_of({contact(20, 0)}, 4)) == 200);

    // From an hour on no interval is too brief, whatever the minimum.
    options.min_expires = 5000;
    Fixture strict{options};
    CHECK(strict.status(at(0s), request_of({contact(20, 3599)}, 1)) == 423);
    const sip::Message hour = strict.answer(at(0s), request_of({contact(20, 3600)}, 2));
    CHECK(hour.status == 200);
    CHECK(hour.contacts[0].expires == 3600);
}

TEST_CASE("an expiry above the maximum is shortened (RFC 3261 10.3 step 7)")
{
    Fixture f;
    const sip::Message response = f.answer(at(0s), request_of({contact(20, 0xFFFF'FFFF)}));
    CHECK(response.contacts[0].expires == 7200);
    CHECK(f.bound(at(7200s)).empty());
}

TEST_CASE(
    "a registrar may grant less than asked: uniform on [(1-x) e, e], another draw each time (RFC "
    "3261 10.3)")
{
    RegistrarOptions options = open_to_all();
    options.expiry_spread = 0.3;
    Fixture f{options};
    constexpr std::uint32_t kGrants = 4000;
    double sum = 0;
    std::uint32_t least = 3600;
    std::uint32_t most = 0;
    for (std::uint32_t i = 1; i <= kGrants; ++i)
    {
        const sip::Message request = request_of({contact(20, 3600)}, i);
        const sip::Message response = f.answer(at(i * 1s), request);
        REQUIRE(response.contacts.size() == 1);
        const std::uint32_t granted = response.contacts[0].expires.value();
        CHECK(f.bound(at(i * 1s))[0].expires_at == at(i * 1s + std::chrono::seconds{granted}));
        sum += granted;
        least = std::min(least, granted);
        most = std::max(most, granted);
    }
    // 2520 .. 3600 s, mean 3060 s, sd 1081/sqrt(12) = 312 s: of the mean 4.9 s, four of them.
    CHECK(least >= 2520);
    CHECK(most <= 3600);
    // 4000 draws miss a part of 10 s at an end with probability (1 - 10/1081)^4000 = 7e-17.
    CHECK(least < 2530);
    CHECK(most > 3590);
    CHECK(std::abs(sum / kGrants - 3060.0) < 19.7);
}

TEST_CASE("an expiry spread per user is the same at every grant and differs between users")
{
    RegistrarOptions options = open_to_all();
    options.expiry_spread = 0.3;
    options.expiry_spread_per_user = true;
    Fixture f{options};
    const auto granted = [&f](std::uint32_t cseq, std::uint64_t call_id, sip::UserId user) {
        sip::Message m = request_of({contact(20, 3600)}, cseq, call_id);
        m.to.user = user;
        return f.answer(at(cseq * 1s), m).contacts[0].expires.value();
    };
    const std::uint32_t alice = granted(1, 500, kAlice);
    CHECK(granted(2, 500, kAlice) == alice);
    CHECK(granted(3, 999, kAlice) == alice); // after a restart of the device, too
    CHECK(granted(1, 500, sip::UserId{1002}) != alice);
}

TEST_CASE("an expiry is not spread below the minimum, a removal not at all")
{
    RegistrarOptions options = open_to_all();
    options.expiry_spread = 0.9;
    options.min_expires = 600;
    Fixture f{options};
    for (std::uint32_t i = 1; i <= 200; ++i)
    {
        const std::uint32_t granted =
            f.answer(at(0s), request_of({contact(20, 1200)}, i)).contacts[0].expires.value();
        CHECK(granted >= 600);
        CHECK(granted <= 1200);
    }
    CHECK(f.answer(at(0s), request_of({contact(20, 600)}, 300)).contacts[0].expires == 600);
    CHECK(f.answer(at(0s), request_of({contact(20, 0)}, 301)).contacts.empty());
    CHECK(shortest_grant(options, 3600) == 600);
    CHECK(shortest_grant(options, 10'000) == 1000);
    CHECK(shortest_grant(options, 60) == 60); // the default's, briefer than the minimum
    CHECK(shortest_grant(options, 0) == 0);
}

TEST_CASE("a copy of a request is granted what the request was, with and without its transaction")
{
    for (const bool stateless : {false, true})
    {
        RegistrarOptions options = open_to_all();
        options.expiry_spread = 0.3;
        options.stateless = stateless;
        Fixture f{options};
        const sip::Message request = request_of({contact(20, 3600)});
        const Reply first = f.process(at(0s), request);
        const std::uint32_t granted =
            f.registrar.response(at(0s), request, first).contacts[0].expires.value();
        if (stateless)
        {
            CHECK(f.answer(at(0s), request).contacts[0].expires == granted);
        }
        f.locations.store(kAlice, {}); // the registrar forgets, the draw is the same
        CHECK(f.answer(at(0s), request).contacts[0].expires == granted);
    }
}

TEST_CASE("expires 0 removes a binding, and is 200 when there is none (RFC 3261 10.2.2, 10.3)")
{
    Fixture f;
    CHECK(f.status(at(0s), request_of({contact(20, 0)}, 1)) == 200);
    CHECK(f.status(at(0s), request_of({contact(20, 3600)}, 2)) == 200);
    const Reply removed = f.process(at(1s), request_of({contact(20, 0)}, 3));
    CHECK(removed.status == 200);
    CHECK(removed.changed);
    CHECK(removed.bindings.empty());
    CHECK(f.locations.size() == 0);
}

TEST_CASE("`*` stands alone and with Expires 0, else 400 (RFC 3261 10.3 step 6)")
{
    Fixture f;
    static_cast<void>(f.process(at(0s), request_of({contact(20, 3600)}, 1)));
    CHECK(f.status(at(0s), star(2, 500, std::nullopt)) == 400);
    CHECK(f.status(at(0s), star(2, 500, 60)) == 400);
    sip::Message both = star(2);
    both.contacts.push(contact(20));
    CHECK(f.status(at(0s), both) == 400);
    CHECK(f.bound(at(0s)).size() == 1);
    const Reply removed = f.process(at(0s), star(2));
    CHECK(removed.status == 200);
    CHECK(removed.changed);
    CHECK(f.bound(at(0s)).empty());
    CHECK_FALSE(f.process(at(0s), star(3)).changed);
}

TEST_CASE(
    "`*` removes bindings of other Call-IDs, and nothing if its CSeq is not higher (10.3 step 6)")
{
    RegistrarOptions options = open_to_all();
    options.on_second_contact = OnSecondContact::kAppend;
    options.max_contacts = 4;
    Fixture f{options};
    static_cast<void>(f.process(at(0s), request_of({contact(20, 3600)}, 5, 500)));
    static_cast<void>(f.process(at(0s), request_of({contact(30, 3600)}, 9, 600)));
    // The binding of Call-ID 500 has CSeq 5: equal or lower aborts, and the other stays too.
    CHECK(f.status(at(0s), star(5, 500)) == 500);
    CHECK(f.status(at(0s), star(4, 500)) == 500);
    CHECK(f.bound(at(0s)).size() == 2);
    // Of a third Call-ID no binding has a CSeq to obey.
    CHECK(f.status(at(0s), star(1, 700)) == 200);
    CHECK(f.bound(at(0s)).empty());
}

TEST_CASE("a CSeq of the same Call-ID that is not higher fails the request (RFC 3261 10.3 step 7)")
{
    Fixture f;
    static_cast<void>(f.process(at(0s), request_of({contact(20, 3600)}, 5)));
    CHECK(f.status(at(10s), request_of({contact(20, 3600)}, 5)) == 500);
    CHECK(f.status(at(10s), request_of({contact(20, 0)}, 4)) == 500);
    CHECK(f.bound(at(10s))[0].expires_at == at(3600s));
    // Another Call-ID is a new life of the client: its CSeq starts anew.
    CHECK(f.status(at(10s), request_of({contact(20, 3600)}, 1, 501)) == 200);
    CHECK(f.bound(at(10s))[0].expires_at == at(3610s));
    CHECK(f.status(at(10s), request_of({contact(20, 3600)}, 2, 501)) == 200);
}

TEST_CASE("a stateless registrar answers an equal CSeq 200 again and a lower one not")
{
    RegistrarOptions options = open_to_all();
    options.stateless = true;
    Fixture f{options};
    static_cast<void>(f.process(at(0s), request_of({contact(20, 3600)}, 5)));
    const Reply again = f.process(at(10s), request_of({contact(20, 3600)}, 5));
    CHECK(again.status == 200);
    CHECK(again.repeat);
    CHECK_FALSE(again.changed);
    CHECK(f.bound(at(10s))[0].expires_at == at(3600s));
    CHECK(f.status(at(10s), request_of({contact(20, 3600)}, 4)) == 500);
}

TEST_CASE("a request changes all its bindings or none (RFC 3261 10.3 step 7)")
{
    RegistrarOptions options = open_to_all();
    options.on_second_contact = OnSecondContact::kAppend;
    options.max_contacts = 4;
    options.min_expires = 60;
    Fixture f{options};
    static_cast<void>(f.process(at(0s), request_of({contact(20, 3600)}, 5, 500)));
    // The first address would be added; the second is out of order, or too brief.
    CHECK(f.status(at(0s), request_of({contact(30, 3600), contact(20, 3600)}, 5, 500)) == 500);
    CHECK(f.status(at(0s), request_of({contact(30, 3600), contact(40, 59)}, 6, 500)) == 423);
    CHECK(f.bound(at(0s)).size() == 1);
    // All at once: one refreshed, one added, one removed.
    CHECK(f.status(at(0s), request_of({contact(30, 100), contact(40, 100)}, 6, 500)) == 200);
    CHECK(f.status(at(0s),
                   request_of({contact(20, 200), contact(50, 300), contact(30, 0)}, 7, 500)) ==
          200);
    const LocationService::Bindings bound = f.bound(at(0s));
    REQUIRE(bound.size() == 3);
    CHECK(bound[0].uri() == contact(20).uri);
    CHECK(bound[1].uri() == contact(40).uri);
    CHECK(bound[2].uri() == contact(50).uri);
}

TEST_CASE("addresses are compared part by part and a default is not an omission (RFC 3261 19.1.4)")
{
    RegistrarOptions options = open_to_all();
    options.on_second_contact = OnSecondContact::kAppend;
    options.max_contacts = 8;
    Fixture f{options};
    sip::Contact udp = contact(20, 3600, {}, 0);
    udp.uri.transport = sip::Transport::kUdp;
    sip::Contact user = contact(20, 3600, {}, 0);
    user.uri.user = sip::UserId{1002};
    static_cast<void>(f.process(at(0s), request_of({contact(20, 3600, {}, 0)}, 1)));
    static_cast<void>(f.process(at(0s), request_of({contact(20, 3600, {}, 5060)}, 2)));
    static_cast<void>(f.process(at(0s), request_of({udp}, 3)));
    static_cast<void>(f.process(at(0s), request_of({user}, 4)));
    CHECK(f.bound(at(0s)).size() == 4);
    static_cast<void>(f.process(at(0s), request_of({contact(20, 3600, {}, 0)}, 5)));
    CHECK(f.bound(at(0s)).size() == 4);
}

TEST_CASE("a client that moved is known by its +sip.instance (RFC 5626 6)")
{
    RegistrarOptions options = open_to_all();
    options.on_second_contact = OnSecondContact::kAppend;
    options.max_contacts = 4;
    Fixture f{options};
    const sip::InstanceId phone{42};
    static_cast<void>(f.process(at(0s), request_of({contact(20, 3600, phone)}, 1, 500)));
    static_cast<void>(f.process(at(0s), request_of({contact(30, 3600, phone)}, 1, 501)));
    REQUIRE(f.bound(at(0s)).size() == 1);
    CHECK(f.bound(at(0s))[0].uri() == contact(30).uri);
    static_cast<void>(
        f.process(at(0s), request_of({contact(40, 3600, sip::InstanceId{43})}, 1, 502)));
    CHECK(f.bound(at(0s)).size() == 2);
}

TEST_CASE("a second contact is appended up to max_contacts, replaces the first, or is rejected")
{
    RegistrarOptions options = open_to_all();
    options.max_contacts = 2;
    options.on_second_contact = OnSecondContact::kAppend;
    Fixture append{options};
    CHECK(append.status(at(0s), request_of({contact(20, 3600)}, 1, 500)) == 200);
    CHECK(append.status(at(0s), request_of({contact(30, 3600)}, 1, 501)) == 200);
    CHECK(append.status(at(0s), request_of({contact(40, 3600)}, 1, 502)) == 403);
    CHECK(append.bound(at(0s)).size() == 2);
    CHECK(append.status(at(0s), request_of({contact(30, 3600)}, 2, 501)) == 200);
    // An expired binding holds no place.
    CHECK(append.status(at(3600s), request_of({contact(40, 3600)}, 1, 503)) == 200);

    options.on_second_contact = OnSecondContact::kReplace;
    Fixture replace{options};
    CHECK(replace.status(at(0s), request_of({contact(20, 3600)}, 1, 500)) == 200);
    CHECK(replace.status(at(0s), request_of({contact(30, 3600)}, 1, 501)) == 200);
    REQUIRE(replace.bound(at(0s)).size() == 1);
    CHECK(replace.bound(at(0s))[0].uri() == contact(30).uri);

    options.on_second_contact = OnSecondContact::kReject;
    Fixture reject{options};
    CHECK(reject.status(at(0s), request_of({contact(20, 3600)}, 1, 500)) == 200);
    CHECK(reject.status(at(3600s - 1ns), request_of({contact(30, 3600)}, 1, 501)) == 403);
    CHECK(reject.status(at(3600s), request_of({contact(30, 3600)}, 1, 501)) == 200);
}

TEST_CASE("a response copies what RFC 3261 8.2.6.2 says and its To tag is the same every time")
{
    Fixture f;
    const sip::Message m = request_of({contact(20, 3600)});
    const sip::Message first = f.answer(at(0s), m);
    CHECK(first.from == m.from);
    CHECK(first.from_tag == m.from_tag);
    CHECK(first.to == m.to);
    CHECK(first.call_id == m.call_id);
    CHECK(first.cseq == m.cseq);
    CHECK(first.via == m.via);
    CHECK(first.to_tag != sip::Tag{});
    CHECK(first.to_tag == f.answer(at(9s), request_of({contact(20, 3600)}, 2)).to_tag);
    CHECK(first.to_tag != f.answer(at(9s), request_of({contact(20, 3600)}, 1, 501)).to_tag);
    CHECK(first.src == m.dst);
    CHECK(first.dst == kClient);
}

TEST_CASE("a response goes back where the request came from (RFC 3261 18.2.2, RFC 3581 4)")
{
    Fixture f;
    const sip::Endpoint nat{sip::Host{0xC6336401}, 40'000};
    sip::Message m = request_of({contact(20, 3600)});
    m.src = nat;
    // sent-by names another address: received is added, the port stays sent-by's.
    sip::Message response = f.answer(at(0s), m);
    CHECK(response.via[0].received == nat.host);
    CHECK(response.via[0].rport == 0);
    CHECK(response.dst == sip::Endpoint{nat.host, kClient.port});
    // With rport the source port is used as well.
    m.cseq = sip::CSeq{2};
    m.via[0].rport_asked = true;
    response = f.answer(at(0s), m);
    CHECK(response.via[0].rport == nat.port);
    CHECK(response.dst == nat);
    // Over a reliable transport: the connection it came by.
    m.cseq = sip::CSeq{3};
    m.via[0].rport_asked = false;
    m.via[0].transport = sip::Transport::kTcp;
    CHECK(f.answer(at(0s), m).dst == nat);
    // No port in sent-by: 5060.
    m = request_of({contact(20, 3600)}, 4);
    m.via[0].sent_by.port = 0;
    CHECK(f.answer(at(0s), m).dst == sip::Endpoint{kClient.host, 5060});
}

TEST_CASE("a registrar told to refuse does so, with Retry-After or a redirection")
{
    RegistrarOptions options = open_to_all();
    options.refuse_status = 503;
    options.retry_after = 120;
    Fixture busy{options};
    sip::Message response = busy.answer(at(0s), request_of({contact(20)}));
    CHECK(response.status == 503);
    CHECK(response.retry_after == 120);
    CHECK_FALSE(busy.process(at(0s), request_of({contact(20)})).fresh_attempt);

    options.refuse_status = 302; // RFC 3261 §10.3: a registrar may redirect
    options.retry_after.reset();
    options.redirect_to = sip::HostPort{sip::Host{0x0A000009}, 5060};
    Fixture moved{options};
    response = moved.answer(at(0s), request_of({contact(20)}));
    CHECK(response.status == 302);
    REQUIRE(response.contacts.size() == 1);
    CHECK(response.contacts[0].uri.at == *options.redirect_to);
    CHECK_FALSE(response.contacts[0].expires);
}

TEST_CASE("every problem of the options is reported at once")
{
    CHECK(validate(RegistrarOptions{}).empty());
    RegistrarOptions o;
    o.default_expires = 0;
    o.max_expires = 30;
    o.expiry_spread = 1.0;
    o.max_contacts = 9;
    o.challenge_status = 403;
    o.wrong_credentials_status = 404;
    o.nonce_lifetime = -1s;
    o.refuse_status = 200;
    o.redirect_to = sip::HostPort{};
    const std::vector<std::string> problems = validate(o);
    REQUIRE(problems.size() == 9);
    CHECK(problems[0] == "default_expires = 0: must be at least 1 s");
    CHECK(problems[1] == "max_expires = 30: must be at least min_expires");
    CHECK(problems[2] ==
          "expiry_spread = 1: must be a share of the expiry, at least 0 and below 1");
    CHECK(problems[3] == "max_contacts = 9: must be 1 to 8");
    CHECK(problems[6] == "nonce_lifetime = -1s: must be 0s (each nonce serves once) or longer");
}
