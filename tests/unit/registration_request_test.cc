// What the user agent writes into its requests, and which responses it takes for answers to them.
#include "tests/unit/registration_fixture.h"

using namespace sipsim;
using namespace sipsim::registration;

TEST_CASE("A REGISTER holds what RFC 3261 10.2 and 8.1.1 demand")
{
    Bench b;
    b.start();
    REQUIRE(b.sent.size() == 1);
    const sip::Message& r = b.request();
    CHECK(b.sent[0].at == kT0);
    CHECK_FALSE(b.sent[0].again);
    CHECK(r.is_request());
    CHECK(r.method == sip::Method::kRegister);
    CHECK(r.max_forwards == 70); // 8.1.1.6
    // 10.2: the Request-URI names the domain and has no user part; To is the AOR, From is the same.
    CHECK(r.request_uri == sip::Uri{sip::UserId{}, {kDomain, 0}, std::nullopt});
    CHECK(r.to == sip::Uri{b.account.user, {kDomain, 0}, std::nullopt});
    CHECK(r.from == r.to);
    CHECK(r.from_tag != sip::Tag{}); // 8.1.1.3: MUST contain a tag
    CHECK(r.to_tag == sip::Tag{});   // 8.1.1.2: outside of a dialog MUST NOT
    CHECK(r.call_id != sip::CallId{});
    CHECK(r.cseq == sip::CSeq{1});
    REQUIRE(r.via.size() == 1);
    CHECK(r.via[0].sent_by == kDevice);
    CHECK(r.via[0].branch != sip::Branch{});
    CHECK(r.via[0].rport_asked); // RFC 3581 3
    REQUIRE(r.contacts.size() == 1);
    CHECK(r.contacts[0].uri == sip::Uri{b.account.user, kDevice, std::nullopt});
    CHECK(r.contacts[0].instance == sip::InstanceId{});
    CHECK(r.expires == 3600U);
    CHECK_FALSE(r.contacts[0].expires);
    CHECK_FALSE(r.contact_star);
    CHECK_FALSE(r.credentials);
    CHECK(r.src == kDevice);
    CHECK(r.dst == kServer);
}

TEST_CASE(
    "A Contact shared with another device is registered, recognised and cancelled instead of the "
    "own address (V10, V31)")
{
    constexpr sip::HostPort kShared{sip::Host{0x0A01'0009U}, 5060};
    Bench b;
    b.account.contact = kShared;
    b.options().unregister = Unregister::kOwn;
    b.register_for(600); // by a 200 that lists that Contact with 600 s
    REQUIRE(b.request().contacts.size() == 1);
    CHECK(b.request().contacts[0].uri.at == kShared);
    CHECK(b.request().via[0].sent_by ==
          kDevice); // answers come to the device itself (RFC 3261 18.2.2)
    CHECK(b.agent.client().bound_until() == b.now + 600s);
    b.shut_down();
    CHECK(b.request().contacts[0].uri.at == kShared);
    CHECK(b.request().contacts[0].expires == 0U);
}

TEST_CASE("Without send_expires the registrar chooses (RFC 3261 10.2.1.1)")
{
    Bench b;
    b.options().send_expires = false;
    b.start();
    CHECK_FALSE(b.request().expires);
    CHECK_FALSE(b.request().contacts[0].expires);
}

TEST_CASE("The instance is sent only where the device says so (RFC 5626 4.1)")
{
    Bench b;
    b.options().send_instance = true;
    b.start();
    CHECK(b.request().contacts[0].instance == b.account.instance);
}

TEST_CASE("Call-ID and From tag stay for a life and change with the next (RFC 3261 10.2)")
{
    Bench b;
    b.register_for(60);
    const sip::Message first = b.request();
    b.run_for(30s); // lead 0: refresh at 60 s
    CHECK(b.sent.size() == 1);
    b.run_for(30s);
    REQUIRE(b.sent.size() == 2);
    CHECK(b.request().call_id == first.call_id);
    CHECK(b.request().from_tag == first.from_tag);
    CHECK(b.request().cseq == sip::CSeq{2}); // 10.2: MUST increment by one
    CHECK(b.request().via[0].branch != first.via[0].branch);
    b.crash();
    b.start();
    CHECK(b.request().call_id != first.call_id);
    CHECK(b.request().from_tag != first.from_tag);
    CHECK(b.request().cseq == sip::CSeq{1});
    // The same CSeq in another life is another transaction.
    CHECK(b.request().via[0].branch != first.via[0].branch);
}

TEST_CASE("Identities depend on seed, device and account and on nothing else")
{
    Bench a;
    a.start();
    const auto identity_of = [](std::uint64_t seed, std::uint32_t device, std::uint32_t account) {
        Bench b;
        b.account.key = {.seed = seed, .device = device, .account = account};
        b.now = kT0 + 5s;
        b.start();
        return b.request();
    };
    CHECK(identity_of(1, 17, 0).call_id == a.request().call_id);
    CHECK(identity_of(1, 17, 0).via[0].branch == a.request().via[0].branch);
    // No two identities of a request are one draw.
    CHECK(static_cast<std::uint64_t>(a.request().call_id) !=
          static_cast<std::uint64_t>(a.request().from_tag));
    CHECK(identity_of(2, 17, 0).call_id != a.request().call_id);
    CHECK(identity_of(1, 18, 0).call_id != a.request().call_id);
    CHECK(identity_of(1, 17, 1).call_id != a.request().call_id);
    CHECK(identity_of(1, 17, 1).via[0].branch != a.request().via[0].branch);
}

TEST_CASE("A retransmission is the same message (RFC 3261 17.1.2.2)")
{
    Bench b;
    b.start();
    b.challenge(11);
    const sip::Message first = b.request();
    REQUIRE(first.credentials);
    b.run_for(500ms);
    REQUIRE(b.sent.size() == 3);
    CHECK(b.sent[2].again);
    CHECK(b.request() == first);
}

TEST_CASE("A response that is no answer to the present request changes nothing (RFC 3261 17.1.3, "
          "18.1.2, 8.1.3.3)")
{
    Bench b;
    b.start();
    const SimTime deadline = b.next_deadline();
    const sip::Message ok = b.response(200);

    sip::Message other_branch = ok;
    other_branch.via[0].branch = sip::Branch{12345};
    b.receive(other_branch);
    sip::Message other_method = ok;
    other_method.method = sip::Method::kOptions;
    b.receive(other_method);
    sip::Message other_cseq = ok;
    other_cseq.cseq = sip::CSeq{2};
    b.receive(other_cseq);
    sip::Message other_host = ok;
    other_host.via[0].sent_by = kOtherServer;
    b.receive(other_host);
    sip::Message two_vias = ok;
    two_vias.via.push(ok.via[0]);
    b.receive(two_vias);
    sip::Message no_via = ok;
    no_via.via.clear();
    b.receive(no_via);
    b.receive(b.request()); // a request

    CHECK(b.state() == State::kRegistering);
    CHECK(b.sent.size() == 1);
    CHECK(b.next_deadline() == deadline);
    b.receive(ok);
    CHECK(b.state() == State::kRegistered);
}

TEST_CASE("A late copy of a final response is absorbed (RFC 3261 17.1.2.2, Completed)")
{
    Bench b;
    b.start();
    const sip::Message challenge = b.challenge_of(11);
    b.receive(challenge);
    REQUIRE(b.sent.size() == 2);
    b.receive(challenge);
    CHECK(b.sent.size() == 2);
    b.grant(3600);
    const SimTime deadline = b.next_deadline();
    b.now += 1s;
    b.receive(b.response(200));
    CHECK(b.next_deadline() == deadline);
    CHECK(b.moved.size() == 3);
}

TEST_CASE("A provisional response keeps the transaction and is no result")
{
    Bench b;
    b.start();
    b.answer(100);
    CHECK(b.state() == State::kRegistering);
    CHECK(b.transaction.has_value());
    CHECK(b.moved.size() == 1);
}

TEST_CASE("A user agent is 64 octets and can be copied as octets")
{
    CHECK(sizeof(RegistrationClient) == 56);
    CHECK(sizeof(UserAgent) == 64);
    CHECK(std::is_trivially_copyable_v<UserAgent>);
    CHECK(std::is_trivially_copyable_v<sip::ClientTransaction>);
}
