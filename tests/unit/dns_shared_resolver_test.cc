// A site's caching resolver, between its clients and the servers it asks.

#include "tests/unit/dns_resolver_world.h"

using namespace sipsim;
using namespace sipsim::dns;

namespace
{

/// A site: clients behind one resolver.
struct Site : World
{
    SharedResolver shared{settings(), kServerKey, store};
    Sendings sent;

    Packet query_of(std::string_view name, Type type, std::uint16_t id)
    {
        return store.compact(query(id, book(name), type)).value();
    }

    /// Answers what the resolver has asked last.
    Verdict serve_upstream(SimTime now)
    {
        REQUIRE_FALSE(sent.empty());
        const Sending ask = sent.back();
        sent.clear();
        return shared.on_message(serve(ask.packet), ask.to, ask.from_port, now, sent);
    }
};

} // namespace

TEST_CASE("equal questions under way are one query, and each client gets the answer under its id")
{
    Site s;
    for (std::uint16_t id = 1; id <= 3; ++id)
    {
        s.shared.on_query(s.query_of("p1.example.com", Type::kA, id),
                          {kClient.host, id},
                          at(0ms),
                          s.sent);
    }
    CHECK(s.sent.size() == 1);
    CHECK(s.sent[0].to == kFirst);
    CHECK(s.shared.pending() == 1);
    CHECK(s.serve_upstream(at(10ms)) == Verdict::kTaken);
    REQUIRE(s.sent.size() == 3);
    for (std::uint16_t id = 1; id <= 3; ++id)
    {
        CHECK(s.sent[id - 1U].packet.id == id);
        CHECK(s.sent[id - 1U].to == Endpoint{kClient.host, id});
        CHECK(s.sent[id - 1U].packet.flags ==
              Flags{.response = true, .recursion_desired = true, .recursion_available = true});
    }
    CHECK(s.shared.pending() == 0);
    CHECK(s.shared.next_deadline() == kNever);
    CHECK(s.queries == 1);
}

TEST_CASE("a client gets what is left of the TTL (RFC 1034 5.3.3)")
{
    Site s;
    s.shared.on_query(s.query_of("p1.example.com", Type::kA, 1), kClient, at(0ms), s.sent);
    s.serve_upstream(at(0ms));
    s.sent.clear();
    s.shared.on_query(s.query_of("p1.example.com", Type::kA, 2), kClient, at(30'700ms), s.sent);
    REQUIRE(s.sent.size() == 1);
    CHECK(s.store.expand(s.sent[0].packet).answer[0].ttl == 20);
    CHECK(s.store.size() == 1);
    // A client's own cache counts on from there: 30 of 50 s are gone.
    StubResolver stub;
    AskOutputs out;
    Pursuit p1{.question = {s.book("p1.example.com"), Type::kA}, .since = at(30'700ms)};
    stub.ask(s.resolver, kKey, s.store, p1, at(30'700ms), out);
    Packet response = s.sent[0].packet;
    response.id = out[0].packet.id;
    stub.on_message(s.resolver,
                    kKey,
                    s.store,
                    response,
                    kFirst,
                    out[0].from_port,
                    at(30'700ms),
                    out);
    const auto asked = stub.ask(s.resolver, kKey, s.store, p1, at(30'700ms), out);
    CHECK(std::get<Resolution>(asked).until == at(50'700ms));
}

TEST_CASE("what a cache leaves off for its age, who asked the cache does not have")
{
    Site s;
    constexpr std::string_view kSrv = "_sip._udp.example.com"; // 100 s, with addresses of 50 s
    s.shared.on_query(s.query_of(kSrv, Type::kSrv, 1), kClient, at(0ms), s.sent);
    s.serve_upstream(at(0ms));
    s.sent.clear();
    // A client whose resolution has taken since then: what it receives counts whatever its TTL.
    REQUIRE(std::holds_alternative<Question>(s.ask_since(kSrv, Type::kSrv, at(0ms), at(60s))));
    s.shared.on_query(s.out[0].packet, kClient, at(60s), s.sent);
    REQUIRE(s.sent.size() == 1);
    REQUIRE(s.store.expand(s.sent[0].packet).additional.empty());
    CHECK(s.reply(s.sent[0].packet, at(60s)).event == Event::kDone);
    const auto srv = s.ask_since(kSrv, Type::kSrv, at(0ms), at(60s));
    CHECK(std::get<Resolution>(srv).until == at(100s));
    CHECK(std::holds_alternative<Question>(
        s.ask_since("p1.example.com", Type::kA, at(0ms), at(60s))));
}

TEST_CASE("additional data is handed on, but is no answer to whoever asks for it (RFC 2181 5.4.1)")
{
    Site s;
    s.shared.on_query(s.query_of("_sip._udp.example.com", Type::kSrv, 1), kClient, at(0ms), s.sent);
    s.serve_upstream(at(0ms));
    REQUIRE(s.sent.back().to == kClient);
    REQUIRE(s.store.expand(s.sent.back().packet).additional.size() == 2);
    s.sent.clear();
    s.shared.on_query(s.query_of("p1.example.com", Type::kA, 2), kClient, at(1s), s.sent);
    REQUIRE(s.sent.size() == 1);
    CHECK(s.sent[0].to != kClient); // asked upstream
}

TEST_CASE("a new version of the zone is seen when the TTL has passed, not before")
{
    Site s;
    s.shared.on_query(s.query_of("p1.example.com", Type::kA, 1), kClient, at(0ms), s.sent);
    s.serve_upstream(at(0ms));
    s.records[3] = s.book.a("p1.example.com", 0x0A0000FF, 5);
    s.sent.clear();
    s.shared.on_query(s.query_of("p1.example.com", Type::kA, 2), kClient, at(49'999ms), s.sent);
    CHECK(std::get<A>(s.store.expand(s.sent[0].packet).answer[0].data).address == 0x0A000001);
    s.sent.clear();
    s.shared.on_query(s.query_of("p1.example.com", Type::kA, 3), kClient, at(50s), s.sent);
    s.serve_upstream(at(50s));
    const auto m = s.store.expand(s.sent[0].packet);
    CHECK(std::get<A>(m.answer[0].data).address == 0x0A0000FF);
    CHECK(m.answer[0].ttl == 5);
}

TEST_CASE("a resolver completes a chain over zones before it answers (RFC 1034 5.3.3)")
{
    Site s;
    s.shared.on_query(s.query_of("away.example.com", Type::kA, 1), kClient, at(0ms), s.sent);
    s.serve_upstream(at(1s));
    REQUIRE(s.sent.size() == 1);
    CHECK(s.sent[0].packet.question.name == s.book("host.other.net"));
    s.serve_upstream(at(3s));
    REQUIRE(s.sent.size() == 1);
    const Message m = s.store.expand(s.sent[0].packet);
    REQUIRE(m.answer.size() == 2);
    // The alias has been here for two of its 30 s.
    CHECK(m.answer[0] == s.book.cname("away.example.com", "host.other.net", 28));
    CHECK(m.answer[1] == s.book.a("host.other.net", 0x0A000003, 10));
}

TEST_CASE(
    "a site's resolver without a cache asks for every query, and completes its chains all the same")
{
    Site s;
    ResolverSettings forgetful = settings();
    forgetful.cache = false;
    s.shared = SharedResolver(forgetful, kServerKey, s.store);
    for (int i = 1; i <= 2; ++i)
    {
        s.shared.on_query(s.query_of("p1.example.com", Type::kA, 1), kClient, at(1s * i), s.sent);
        s.serve_upstream(at(1s * i + 10ms));
        REQUIRE(s.sent.size() == 1);
        CHECK(s.store.expand(s.sent[0].packet).answer.size() == 1);
        CHECK(s.queries == i);
        s.sent.clear();
    }
    s.shared.on_query(s.query_of("away.example.com", Type::kA, 1), kClient, at(5s), s.sent);
    s.serve_upstream(at(6s));
    s.serve_upstream(at(7s));
    REQUIRE(s.sent.size() == 1);
    CHECK(s.store.expand(s.sent[0].packet).answer.size() == 2);
    CHECK(s.queries == 4);
    // From another resolver's cache: as old as the query or older, but it came after it.
    s.sent.clear();
    s.shared.on_query(s.query_of("p2.example.com", Type::kA, 1), kClient, at(10s), s.sent);
    const Sending ask = s.sent[0];
    s.sent.clear();
    Packet old = s.serve(ask.packet);
    old.age = 30;
    CHECK(s.shared.on_message(old, ask.to, ask.from_port, at(10s), s.sent) == Verdict::kTaken);
    REQUIRE(s.sent.size() == 1);
    CHECK(s.sent[0].to == kClient);
    CHECK(s.store.expand(s.sent[0].packet).answer[0].ttl == 20);
}

TEST_CASE("no such name is handed out with what is left of its time, for every type (RFC 2308 5)")
{
    Site s;
    s.shared.on_query(s.query_of("no.example.com", Type::kA, 1), kClient, at(0ms), s.sent);
    s.serve_upstream(at(0ms));
    s.sent.clear();
    s.shared.on_query(s.query_of("no.example.com", Type::kSrv, 2), kClient, at(20s), s.sent);
    REQUIRE(s.sent.size() == 1);
    CHECK(s.sent[0].packet.rcode == Rcode::kNxDomain);
    const Message m = s.store.expand(s.sent[0].packet);
    REQUIRE(m.authority.size() == 1);
    CHECK(m.authority[0].ttl == 40);
    CHECK(s.store.encoded_size(s.sent[0].packet) == encode(m, s.book.names)->size());
}

TEST_CASE("when no server answers the clients get SERVFAIL, and the next question asks again")
{
    Site s;
    s.shared.on_query(s.query_of("p1.example.com", Type::kA, 1), kClient, at(0ms), s.sent);
    s.sent.clear();
    CHECK(s.shared.next_deadline() == at(5s));
    s.shared.on_deadline(at(5s), s.sent);
    REQUIRE(s.sent.size() == 1);
    CHECK(s.sent[0].again);
    s.sent.clear();
    s.shared.on_deadline(at(10s), s.sent);
    REQUIRE(s.sent.size() == 1);
    CHECK(s.sent[0].packet.rcode == Rcode::kServFail);
    CHECK(s.sent[0].to == kClient);
    CHECK(s.shared.pending() == 0);
    s.sent.clear();
    s.shared.on_query(s.query_of("p1.example.com", Type::kA, 2), kClient, at(11s), s.sent);
    CHECK(s.sent[0].to == kFirst);
    s.shared.on_crash();
    CHECK(s.shared.next_deadline() == kNever);
}

TEST_CASE("a question of another class than IN is refused, not forwarded")
{
    Site s;
    Packet chaos = s.query_of("version.bind", Type::kA, 1);
    chaos.question.klass = static_cast<Class>(3); // CH
    s.shared.on_query(chaos, kClient, at(0ms), s.sent);
    REQUIRE(s.sent.size() == 1);
    CHECK(s.sent[0].to == kClient);
    CHECK(s.sent[0].packet.rcode == Rcode::kRefused);
    CHECK(s.shared.pending() == 0);
}

TEST_CASE("a client without EDNS gets no more than 512 octets (RFC 1035 4.2.1)")
{
    Site s;
    for (std::uint32_t i = 0; i < 30; ++i)
    {
        s.records.push_back(s.book.a("big.example.com", i, 50));
    }
    ResolverSettings edns = settings();
    edns.udp_size = 1232;
    s.shared = SharedResolver(edns, kServerKey, s.store);
    s.shared.on_query(s.query_of("big.example.com", Type::kA, 1), kClient, at(0ms), s.sent);
    s.serve_upstream(at(0ms));
    const Message m = s.store.expand(s.sent[0].packet);
    CHECK(m.flags.truncated);
    CHECK(encode(m, s.book.names)->size() <= 512);
    s.sent.clear();
    Packet large = s.query_of("big.example.com", Type::kA, 2);
    large.udp_size = 1232;
    s.shared.on_query(large, kClient, at(1ms), s.sent);
    CHECK_FALSE(s.store.expand(s.sent[0].packet).flags.truncated);
    CHECK(s.store.expand(s.sent[0].packet).answer.size() == 30);
}

TEST_CASE("a client that asks with DO gets its answer, and DO back (RFC 3225 3)")
{
    Site s;
    for (const bool wanted : {true, false})
    {
        Message asks = query(1, s.book("p1.example.com"), Type::kA, Edns{.dnssec_ok = wanted});
        const auto packet = s.store.compact(asks);
        REQUIRE(packet);
        CHECK(s.store.expand(*packet) == asks);
        s.shared.on_query(*packet, kClient, at(0ms), s.sent);
        if (wanted)
        {
            CHECK_FALSE(s.sent[0].packet.dnssec_ok); // not handed on
            s.serve_upstream(at(0ms));
        }
        const Message answer = s.store.expand(s.sent.back().packet);
        s.sent.clear();
        CHECK(answer.answer.size() == 1);
        CHECK(answer.edns == Edns{1232, 0, wanted});
        asks.edns->version = 1;
        CHECK_FALSE(s.store.compact(asks));
        CHECK(unserved(asks) == Rcode::kBadVers);
    }
}
