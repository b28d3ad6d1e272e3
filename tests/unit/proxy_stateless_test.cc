// The edge proxy as a stateless proxy (RFC 3261 §16) and as one in the Path (RFC 3327).

#include "model/sip/codec.h"
#include "tests/unit/proxy_fixture.h"

#include <variant>

using namespace sipsim;
using namespace sipsim::proxy;

TEST_CASE("a REGISTER goes on with own Via and Path on top and one hop less (RFC 3261 16.6, RFC "
          "3327 5.2)")
{
    Fixture f;
    const sip::Message asked = a_register(1);
    const sip::Message on = f.forwarded(at(0s), asked);
    REQUIRE(on.via.size() == 2);
    CHECK(on.via[0].sent_by == kProxy);
    // RFC 3261 §18.2.1, RFC 3581 §4: what the device's Via learns on the way.
    CHECK(on.via[1].received == kSeen.host);
    CHECK(on.via[1].rport == kSeen.port);
    REQUIRE(on.path.size() == 1);
    CHECK(on.path[0] == kProxy);
    CHECK(on.max_forwards == 69);
    CHECK(on.src == kProxy);
    CHECK(on.dst == kRegistrar);
    // §16.6: nothing else is touched.
    sip::Message rest = on;
    rest.via = asked.via;
    rest.path = asked.path;
    rest.max_forwards = asked.max_forwards;
    rest.src = asked.src;
    rest.dst = asked.dst;
    CHECK(rest == asked);
}

TEST_CASE("a copy gets the same branch, another request another one (RFC 3261 16.11)")
{
    Fixture f;
    const auto branch = [&f](const sip::Message& m) {
        return f.forwarded(at(0s), m).via[0].branch;
    };
    CHECK(branch(a_register(1)) == branch(a_register(1)));
    CHECK(branch(a_register(1)) != branch(a_register(2)));
    sip::Message elsewhere = a_register(1);
    elsewhere.via[0].sent_by.port = 5070; // another client may draw the same branch (§17.2.3)
    CHECK(branch(elsewhere) != branch(a_register(1)));
    // §16.11: also where the device writes none (RFC 2543): Call-ID and CSeq tell.
    const auto without = [](std::uint32_t cseq) {
        sip::Message m = a_register(cseq);
        m.via[0].branch = {};
        return m;
    };
    CHECK(branch(without(1)) == branch(without(1)));
    CHECK(branch(without(1)) != branch(without(2)));
    // With another seed it draws others.
    MakingProxy other{f.options, kProxy, kRegistrar, {.seed = 6, .device = kKey.device}};
    CHECK(other.on_request(at(0s), a_register(1)).message->via[0].branch != branch(a_register(1)));
}

TEST_CASE(
    "a response loses the own Via and goes where the next one says (RFC 3261 16.7, RFC 3581 4)")
{
    Fixture f;
    const Made back = f.exchange(at(0s), a_register(1));
    CHECK(back.what == What::kForwarded);
    REQUIRE(back.message);
    CHECK(back.message->status == 200);
    REQUIRE(back.message->via.size() == 1);
    CHECK(back.message->via[0].sent_by == kInside);
    CHECK(back.message->dst == kSeen);
    CHECK(back.message->src == kProxy);
    CHECK(back.message->path.empty()); // Model choice: the SBC hides itself
    REQUIRE(back.message->contacts.size() == 1);
    CHECK(back.message->contacts[0].uri.at == kInside);
    CHECK(back.message->contacts[0].expires == 3600);
}

TEST_CASE("a response passes through unchanged but for its Via and Path (RFC 3261 16.7)")
{
    for (const std::uint16_t status : {100, 200, 302, 401, 407, 420, 423, 500, 503, 603})
    {
        CAPTURE(status);
        Fixture f;
        const sip::Message on = f.forwarded(at(0s), a_register(1));
        sip::Message response = sip::make_response(on, status, sip::Tag{3});
        constexpr sip::HostPort kOther{sip::Host{0x0A0000AA}, 5060};
        response.path = on.path;
        response.path.push(kOther);
        response.min_expires = 90;
        response.retry_after = 20;
        response.challenges.push({.realm = kDomain, .nonce = sip::Nonce{44}, .stale = true});
        response.contacts.push(contact({sip::Host{0x0B000001}, 1}, 17));
        const Made back = f.proxy.on_response(at(0s), response);
        REQUIRE(back.message);
        sip::Message expected = response;
        expected.via.clear();
        expected.via.push(on.via[1]);
        expected.path.clear();
        expected.path.push(kOther);
        expected.src = kProxy;
        expected.dst = kSeen;
        CHECK(*back.message == expected);
    }
}

TEST_CASE(
    "a response that is not for the proxy, or for nobody behind it, is dropped (RFC 3261 16.7 "
    "step 3, 18.1.2)")
{
    Fixture f;
    const sip::Message on = f.forwarded(at(0s), a_register(1));
    sip::Message stranger = sip::make_response(on, 200, sip::Tag{3});
    stranger.via[0].sent_by.port = 5061;
    sip::Message to_a_ping = sip::make_response(on, 200, sip::Tag{3});
    to_a_ping.via.pop_back();
    sip::Message without_via = to_a_ping;
    without_via.via.clear();
    for (const sip::Message& m : {stranger, to_a_ping, without_via, a_register(1)})
    {
        const Made back = f.proxy.on_response(at(0s), m);
        CHECK(back.what == What::kDropped);
        CHECK_FALSE(back.message);
        CHECK_FALSE(back.flows_changed);
    }
}

TEST_CASE("what is refused is refused with the tag, status and field RFC 3261 names")
{
    Fixture f;
    constexpr sip::OptionTag kKnown{sip::kForeign + 1};
    constexpr sip::OptionTag kUnknown{sip::kForeign + 2};
    f.options.supports.push(kKnown);
    const auto refused = [&f](const sip::Message& m) {
        const Made p = f.proxy.on_request(at(0s), m);
        CHECK(p.what == What::kRefused);
        REQUIRE(p.message);
        CHECK(p.message->to_tag != sip::Tag{}); // §8.2.6.2
        CHECK(p.message->dst == kSeen);
        CHECK(p.message->src == kProxy);
        CHECK(p.message->via.size() == m.via.size());
        // §8.2.7: a stateless server answers a copy alike.
        CHECK(*f.proxy.on_request(at(9s), m).message == *p.message);
        return *p.message;
    };
    SUBCASE("Max-Forwards 0: 483 (16.3 step 3)")
    {
        sip::Message m = a_register(1);
        m.max_forwards = 0;
        CHECK(refused(m).status == 483);
        m.max_forwards = 1; // and 1 goes on as 0
        CHECK(f.forwarded(at(0s), m).max_forwards == 0);
    }
    SUBCASE("an unknown Proxy-Require: 420 which lists it and not the known one (16.3 step 5)")
    {
        sip::Message m = a_register(1);
        m.proxy_require.push(kKnown);
        CHECK(f.proxy.on_request(at(0s), m).what == What::kForwarded);
        m.proxy_require.push(kUnknown);
        const sip::Message r = refused(m);
        CHECK(r.status == 420);
        REQUIRE(r.unsupported.size() == 1);
        CHECK(r.unsupported[0] == kUnknown);
    }
    SUBCASE("Require is the registrar's affair (16.3), which answers 420")
    {
        sip::Message m = a_register(1);
        m.require.push(kUnknown);
        CHECK(f.forwarded(at(0s), m).require == m.require);
        CHECK(f.answer(at(0s), m).status == 420);
    }
    SUBCASE("other methods: 405; nothing to cancel: 481 (9.2)")
    {
        sip::Message m = a_register(1);
        for (const auto method : {sip::Method::kInvite, sip::Method::kUnknown, sip::Method::kBye})
        {
            m.method = method;
            CHECK(refused(m).status == 405);
        }
        m.method = sip::Method::kCancel;
        CHECK(refused(m).status == 481);
    }
    SUBCASE("no room for one more Via or Path: 513")
    {
        sip::Message vias = a_register(1);
        vias.via.push({.sent_by = kInside});
        CHECK(f.proxy.on_request(at(0s), vias).what == What::kForwarded);
        vias.via.push({.sent_by = kInside});
        CHECK(refused(vias).status == 513);
        sip::Message paths = a_register(1);
        paths.path.push(kInside);
        const sip::Message on = f.forwarded(at(0s), paths);
        REQUIRE(on.path.size() == 2);
        CHECK(on.path[0] == kProxy); // RFC 3327 §5.2: topmost
        paths.path.push(kInside);
        CHECK(refused(paths).status == 513);
    }
    CHECK(f.proxy.size() == 0);
}

TEST_CASE("OPTIONS is answered by the proxy, whomever it is for and at its last hop (RFC 3261 16.3 "
          "step 3, 11)")
{
    Fixture f;
    sip::Message m = a_register(1);
    m.method = sip::Method::kOptions;
    m.contacts.clear();
    m.max_forwards = 0;
    const Made p = f.proxy.on_request(at(0s), m);
    CHECK(p.what == What::kAnswered);
    REQUIRE(p.message);
    CHECK(p.message->status == 200);
    CHECK(p.message->dst == kSeen);
    m.require.push(sip::OptionTag{sip::kForeign + 2}); // of a UAS (§8.2.2.3)
    CHECK(f.proxy.on_request(at(0s), m).message->status == 420);
}

TEST_CASE("ACK and a request without Via are not answered (RFC 3261 17.1.1.3, 18.2.2)")
{
    Fixture f;
    sip::Message ack = a_register(1);
    ack.method = sip::Method::kAck;
    CHECK(f.proxy.on_request(at(0s), ack).what == What::kDropped);
    sip::Message bare = a_register(1);
    bare.via.clear();
    CHECK(f.proxy.on_request(at(0s), bare).what == What::kDropped);
    sip::Message response = sip::make_response(a_register(1), 200, sip::Tag{1});
    CHECK(f.proxy.on_request(at(0s), response).what == What::kDropped);
}

TEST_CASE("branch, tag and flow survive the text: what the registrar writes back is recognised")
{
    Fixture f;
    sip::Names names;
    sip::Codec codec{names};
    const auto as_text = [&](const sip::Message& m) {
        const sip::Decoded decoded = codec.decode(codec.encode(m), m.src, m.dst);
        REQUIRE(std::holds_alternative<sip::Message>(decoded));
        CHECK(sip::encoded_size(m, names) == codec.encode(m).size());
        return std::get<sip::Message>(decoded);
    };
    sip::Message asked = a_register(1);
    asked.request_uri.at.host = asked.from.at.host = asked.to.at.host = kRegistrar.host;
    const sip::Message on = as_text(f.forwarded(at(0s), as_text(asked)));
    REQUIRE(on.path.size() == 1);
    const sip::Message ok = as_text(*f.server.on_request(at(0s), on).response);
    CHECK(ok.status == 200);
    CHECK(ok.path == on.path); // RFC 3327 §5.3
    CHECK(f.proxy.on_response(at(0s), ok).flows_changed);
    REQUIRE(f.proxy.lookup(kAlice, at(1s)).size() == 1);
    CHECK(f.proxy.lookup(kAlice, at(1s))[0].at == kSeen);
}

TEST_CASE("digest passes through the proxy: 401, then 200 (RFC 3261 22.2)")
{
    for (const bool offload : {false, true}) // what it does to Expires is outside the digest
    {
        registrar::RegistrarOptions strict;
        Fixture f{{.offload = offload}, strict};
        const sip::Message challenged = f.answer(at(0s), a_register(1));
        CHECK(challenged.status == 401);
        REQUIRE(challenged.challenges.size() == 1);
        CHECK(f.proxy.size() == 0); // no flow before it is proven
        sip::Message proven = a_register(2);
        proven.credentials = sip::make_credentials(challenged.challenges[0],
                                                   kAlice,
                                                   kSecret,
                                                   proven.method,
                                                   proven.request_uri,
                                                   1,
                                                   sip::Cnonce{3},
                                                   f.proof);
        CHECK(f.answer(at(0s), proven).status == 200);
        CHECK(f.proxy.lookup(kAlice, at(1s)).size() == 1);
    }
}

TEST_CASE("what goes out says nothing of the message that stood there before")
{
    Fixture f;
    sip::Message left = a_register(7);
    left.status = 423;
    left.unsupported.push(sip::OptionTag{3});
    left.challenges.push({});
    left.credentials = sip::Credentials{};
    left.retry_after = 9;
    left.min_expires = 9;
    left.contacts.push(contact(kInside, 60));
    left.overload = {.algorithms = 3, .answered = true, .value = 9};
    const auto request = [&](const sip::Message& m, sip::Message there) {
        CHECK(f.proxy.EdgeProxy::on_request(at(0s), m, there).sends());
        return there;
    };
    sip::Message options = a_register(1);
    options.method = sip::Method::kOptions;
    sip::Message unknown = a_register(1);
    unknown.proxy_require.push(sip::OptionTag{4});
    sip::Message full = a_register(1);
    while (full.via.push(full.via[0]))
    {
    }
    for (const sip::Message& m : {a_register(1), options, unknown, full})
    {
        CHECK(request(m, left) == request(m, {}));
    }
    const sip::Message answer =
        *f.server.on_request(at(0s), f.forwarded(at(0s), a_register(1))).response;
    const auto response = [&](sip::Message there) {
        CHECK(f.proxy.EdgeProxy::on_response(at(0s), answer, there).sends());
        return there;
    };
    CHECK(response(left) == response({}));
}
