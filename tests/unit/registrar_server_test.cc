#include "tests/unit/registrar_fixture.h"

using namespace sipsim;
using namespace sipsim::registrar;

TEST_CASE("a retransmission within Timer J gets the identical response (RFC 3261 17.2.2)")
{
    Fixture f;
    const sip::Message m = request_of({contact(20, 3600)});
    const Answered first = f.server.on_request(at(0s), m);
    REQUIRE(first.response);
    REQUIRE(first.reply);
    CHECK_FALSE(first.repeat);
    CHECK(first.reply->changed);
    // 500 ms later 3599.5 s are left, yet the response is the one of the first time.
    const Answered again = f.server.on_request(at(500ms), m);
    CHECK(again.repeat);
    CHECK(again.reply == nullptr);
    REQUIRE(again.response);
    CHECK(*again.response == *first.response);
    // Whoever has the request and the compact answer can make the response.
    REQUIRE_FALSE(first.compact.none());
    CHECK(f.registrar.response(first.answered, m, first.compact.reply(first.answered, m)) ==
          *first.response);
    CHECK(f.bound(at(500ms))[0].expires_at == at(3600s));
}

TEST_CASE("Timer J is 64*T1: a copy at 32 s - 1 ns is absorbed, one at 32 s is a new request")
{
    Fixture f;
    const sip::Message m = request_of({contact(20, 3600)});
    static_cast<void>(f.server.on_request(at(0s), m));
    CHECK(f.server.on_request(at(32s - 1ns), m).repeat);
    CHECK(f.server.transactions(at(32s - 1ns)) == 1);
    CHECK(f.server.transactions(at(32s)) == 0);
    const Answered late = f.server.on_request(at(32s), m);
    CHECK_FALSE(late.repeat);
    // Its Call-ID and CSeq are those of the binding: RFC 3261 §10.3 step 7 fails it.
    CHECK(late.response->status == 500);
}

TEST_CASE("a challenge, a 423, a 302 and several bindings are repeated exactly")
{
    RegistrarOptions options;
    Fixture challenging{options};
    sip::Message m = request_of({contact(20)});
    sip::Message first = *challenging.server.on_request(at(0s), m).response;
    CHECK(first.status == 401);
    CHECK(*challenging.server.on_request(at(4s), m).response == first);

    Fixture brief;
    m = request_of({contact(20, 5)});
    first = *brief.server.on_request(at(0s), m).response;
    CHECK(first.status == 423);
    CHECK(*brief.server.on_request(at(4s), m).response == first);

    options = open_to_all();
    options.refuse_status = 302;
    options.redirect_to = sip::HostPort{sip::Host{0x0A000009}, 5080};
    Fixture moved{options};
    first = *moved.server.on_request(at(0s), m).response;
    CHECK(first.status == 302);
    CHECK(*moved.server.on_request(at(4s), m).response == first);

    options = open_to_all();
    options.on_second_contact = OnSecondContact::kAppend;
    options.max_contacts = 8;
    Fixture several{options};
    m = request_of({contact(20, 100), contact(30, 200, sip::InstanceId{6}), contact(40, 300)});
    first = *several.server.on_request(at(0s), m).response;
    CHECK(first.contacts.size() == 3);
    CHECK(*several.server.on_request(at(4s), m).response == first);
}

TEST_CASE("branch, sent-by and method together make a transaction (RFC 3261 17.2.3)")
{
    Fixture f;
    sip::Message m = request_of({contact(20, 3600)}, 1);
    static_cast<void>(f.server.on_request(at(0s), m));
    sip::Message other = m;
    other.via[0].sent_by.port = 5071;
    CHECK_FALSE(f.server.on_request(at(1s), other).repeat);
    other = m;
    other.method = sip::Method::kOptions;
    CHECK_FALSE(f.server.on_request(at(1s), other).repeat);
    other = m;
    other.via[0].branch = sip::Branch{1};
    CHECK_FALSE(f.server.on_request(at(1s), other).repeat);
    CHECK(f.server.on_request(at(1s), m).repeat);
    CHECK(f.server.transactions(at(1s)) == 4);
}

TEST_CASE("without a branch, a copy is told by Call-ID, From tag and CSeq (RFC 3261 17.2.3)")
{
    Fixture f;
    sip::Message m = request_of({contact(20, 3600)}, 1);
    m.via[0].branch = {};
    static_cast<void>(f.server.on_request(at(0s), m));
    CHECK(f.server.on_request(at(1s), m).repeat);
    m.cseq = sip::CSeq{2};
    CHECK_FALSE(f.server.on_request(at(1s), m).repeat);
}

TEST_CASE("over a reliable transport nothing is absorbed (RFC 3261 17.2.2: Timer J is 0)")
{
    Fixture f;
    sip::Message m = request_of({contact(20, 3600)});
    m.via[0].transport = sip::Transport::kTcp;
    static_cast<void>(f.server.on_request(at(0s), m));
    CHECK(f.server.transactions(at(0s)) == 0);
}

TEST_CASE("a stateless registrar keeps no transaction and tells a copy by its CSeq")
{
    RegistrarOptions options = open_to_all();
    options.stateless = true;
    Fixture f{options};
    const sip::Message m = request_of({contact(20, 3600)});
    static_cast<void>(f.server.on_request(at(0s), m));
    CHECK(f.server.transactions(at(0s)) == 0);
    const Answered again = f.server.on_request(at(500ms), m);
    CHECK(again.repeat);
    CHECK(again.response->status == 200);
}

TEST_CASE("after a restart a retransmission is processed anew, with or without its binding")
{
    for (const bool keep : {true, false})
    {
        CAPTURE(keep);
        Fixture f;
        const sip::Message m = request_of({contact(20, 3600)});
        static_cast<void>(f.server.on_request(at(0s), m));
        f.server.on_restart(keep);
        CHECK(f.server.transactions(at(1s)) == 0);
        CHECK(f.bound(at(1s)).size() == (keep ? 1 : 0));
        const Answered again = f.server.on_request(at(1s), m);
        CHECK_FALSE(again.repeat);
        // Kept: the CSeq is not higher than the binding's. Lost: it is bound as if for the first time.
        CHECK(again.response->status == (keep ? 500 : 200));
    }
}

TEST_CASE("transactions of before a restart are gone, those after it end each at its own 64*T1")
{
    Fixture f;
    const auto ask = [&f](SimTime now, std::uint32_t n) {
        return f.server.on_request(now, request_of({contact(20, 3600)}, n)).repeat;
    };
    for (std::uint32_t n = 1; n <= 3; ++n)
    {
        CHECK_FALSE(ask(at(n * 1s), n));
    }
    f.server.on_restart(true);
    for (std::uint32_t n = 4; n <= 6; ++n)
    {
        CHECK_FALSE(ask(at(n * 1s), n));
    }
    for (std::uint32_t n = 4; n <= 6; ++n)
    {
        const SimTime end = at(n * 1s + 32s);
        CHECK(f.server.transactions(end - 1ns) == 7 - n);
        CHECK(ask(end - 1ns, n));
        CHECK(f.server.transactions(end) == 6 - n);
    }
}

TEST_CASE("responses are ignored and a request without Via cannot be answered")
{
    Fixture f;
    sip::Message m = request_of({contact(20)});
    m.status = 200;
    CHECK_FALSE(f.server.on_request(at(0s), m).response);
    m.status = 0;
    m.via.clear();
    CHECK_FALSE(f.server.on_request(at(0s), m).response);
    CHECK(f.locations.size() == 0);
}

TEST_CASE("an avalanche of 300 000 transactions takes at most 64 octets each and is reclaimed")
{
    Fixture f;
    sip::Message m = request_of({contact(20, 3600)});
    for (std::uint32_t i = 1; i <= 300'000; ++i)
    {
        m.cseq = sip::CSeq{i};
        m.via[0].branch = sip::Branch{i};
        static_cast<void>(f.server.on_request(at(i * 10us), m));
    }
    CHECK(f.server.transactions(at(3s)) == 300'000);
    CHECK(f.server.octets() < std::size_t{64} * 300'000);
    CHECK(f.server.transactions(at(3s + 32s)) == 0);
    m.via[0].branch = sip::Branch{1};
    CHECK_FALSE(f.server.on_request(at(40s), m).repeat);
    CHECK(f.server.transactions(at(40s)) == 1);
}
