#include "model/dns/authority.h"
#include "model/dns/shared_resolver.h"
#include "tests/unit/dns_fixture.h"

#include <vector>

using namespace sipsim;
using namespace sipsim::dns;

namespace
{

constexpr DrawKey kKey{1, 2, 0};
constexpr DrawKey kServerKey{1, kServerDevice, 0};
constexpr Endpoint kFirst{sip::Host{0xC0000201}, kDnsPort};
constexpr Endpoint kSecond{sip::Host{0xC0000202}, kDnsPort};
constexpr Endpoint kClient{sip::Host{0x0A000001}, 40000};

SimTime
at(std::chrono::milliseconds since)
{
    return SimTime{since};
}

ResolverSettings
settings(std::initializer_list<Endpoint> servers = {kFirst})
{
    ResolverSettings s;
    for (const auto& server : servers)
    {
        s.servers.push(server);
    }
    return s;
}

/// A zone, its server, and a stub that asks it.
struct World
{
    Book book;
    AuthorityOptions options;
    std::vector<Record> records{
        book.soa("example.com", 3600, 60),
        book.srv("_sip._udp.example.com", 1, 1, "p1.example.com", 5060, 100),
        book.srv("_sip._udp.example.com", 2, 1, "p2.example.com", 5060, 100),
        book.a("p1.example.com", 0x0A000001, 50),
        book.a("p2.example.com", 0x0A000002, 50),
        book.cname("www.example.com", "p1.example.com", 20),
        book.cname("away.example.com", "host.other.net", 30),
        book.soa("other.net"),
        book.a("host.other.net", 0x0A000003, 10)};
    AnswerStore store{book.names};
    ResolverSettings resolver = settings();
    StubResolver stub;
    AskOutputs out;
    int queries = 0;

    Packet serve(const Packet& query)
    {
        std::vector<Record> com;
        std::vector<Record> net;
        for (const Record& r : records)
        {
            (book.names.is_within(r.owner, book("example.com")) ? com : net).push_back(r);
        }
        // The target of away is another server's matter: a query of its own.
        const bool is_net = book.names.is_within(query.question.name, book("other.net"));
        const Zone zone = is_net ? Zone{book.names, book("other.net"), net}
                                 : Zone{book.names, book("example.com"), com};
        const Authority authority(book.names, {zone}, options);
        ++queries;
        return store.compact(*authority.answer(store.expand(query), kServerKey, 0)).value();
    }

    Resolved ask(std::string_view name, Type type, SimTime now)
    {
        return ask_since(name, type, now, now);
    }

    Resolved ask_since(std::string_view name, Type type, SimTime since, SimTime now)
    {
        out.clear();
        return stub.ask(resolver, kKey, store, {book(name), type}, since, now, out);
    }

    Lookup::Step reply(const Packet& packet, SimTime now, std::optional<Endpoint> from = {})
    {
        AskOutputs next;
        const Endpoint server = from.value_or(out.empty() ? kFirst : out[0].to);
        const auto step = stub.on_message(resolver,
                                          kKey,
                                          store,
                                          packet,
                                          server,
                                          stub.lookup().port(kKey),
                                          now,
                                          next);
        out = next;
        return step;
    }

    /// Asks and answers until there is an end; each query takes 10 ms.
    Resolution resolve(std::string_view name, Type type, SimTime now)
    {
        const SimTime since = now;
        stub.on_resolution(resolver);
        for (int i = 0; i < 10; ++i)
        {
            const auto asked = ask_since(name, type, since, now);
            if (const auto* end = std::get_if<Resolution>(&asked))
            {
                return *end;
            }
            REQUIRE(std::holds_alternative<Question>(asked));
            REQUIRE(out.size() == 1);
            now += 10ms;
            REQUIRE(reply(serve(out[0].packet), now).event == Event::kDone);
        }
        FAIL("no end");
        return {};
    }

    std::vector<std::uint32_t> addresses(const Resolution& resolution)
    {
        std::vector<std::uint32_t> all;
        for_each_record(store, resolution, [&all](const Record& r) {
            all.push_back(std::get<A>(r.data).address);
        });
        return all;
    }
};

} // namespace

TEST_CASE("a packet stands for its message, in size too, and shares what is the same")
{
    World w;
    w.options.additional = true;
    const Authority authority(w.book.names,
                              {Zone{w.book.names, w.book("example.com"), w.records}},
                              {});
    const Message m =
        authority.answer(query(1, w.book("_sip._udp.example.com"), Type::kSrv, Edns{}), kKey, 0)
            .value();
    const auto packet = w.store.compact(m);
    REQUIRE(packet);
    CHECK(w.store.expand(*packet) == m);
    CHECK(w.store.encoded_size(*packet) == encode(m, w.book.names)->size());
    Message other = m;
    other.id = 2;
    CHECK(w.store.compact(other)->answer == packet->answer);
    CHECK(w.store.size() == 1);
    const Message q = query(9, w.book("p1.example.com"), Type::kA);
    CHECK(w.store.expand(*w.store.compact(q)) == q);
    CHECK(w.store.encoded_size(*w.store.compact(q)) == encode(q, w.book.names)->size());
    CHECK(w.store.size() == 1);
}

TEST_CASE("an age is taken off every TTL; additional records that are past are left off")
{
    World w;
    Packet q = w.store.compact(query(1, w.book("_sip._udp.example.com"), Type::kSrv)).value();
    Packet packet = w.serve(q);
    for (const std::uint32_t age : {0U, 1U, 49U, 50U, 99U, 100U})
    {
        packet.age = age;
        const Message m = w.store.expand(packet);
        CHECK(m.answer[0].ttl == 100 - age);
        CHECK(m.additional.size() == (age < 50 ? 2 : 0));
        CHECK(w.store.encoded_size(packet) == encode(m, w.book.names)->size());
    }
}

TEST_CASE("an answer at an age has no additional records of that TTL or less, and is found again")
{
    World w;
    Message m = query(1, w.book("_sip._udp.example.com"), Type::kSrv);
    m.flags.response = true;
    m.answer.push(w.book.srv("_sip._udp.example.com", 1, 0, "p1.example.com", 5060, 100));
    m.additional.push(w.book.a("p1.example.com", 0x0A000001, 50));
    m.additional.push(w.book.a("p2.example.com", 0x0A000002, 0));
    const AnswerId whole = w.store.compact(m)->answer;
    const auto left = [&](std::uint32_t age) {
        return w.store[w.store.at_age(whole, age)].additional().size();
    };
    CHECK(w.store.at_age(whole, 0) == whole); // TTL 0 serves who asks now (RFC 1035 §3.2.1)
    CHECK(left(1) == 1);
    CHECK(left(49) == 1);
    CHECK(left(50) == 0);
    CHECK(w.store.at_age(whole, 99) == w.store.at_age(whole, 50));
    CHECK(w.store.size() == 3);
    for (const std::uint32_t age : {0U, 1U, 49U, 50U, 99U})
    {
        Packet packet = *w.store.compact(m);
        packet.age = age;
        const Message left_off = w.store.expand(packet);
        packet.answer = w.store.at_age(whole, age);
        CHECK(w.store.expand(packet) == left_off);
    }
}

TEST_CASE("a full store refuses what is new")
{
    Book book;
    AnswerStore store(book.names, 1);
    Message m = response_to(query(1, book("a"), Type::kA), Rcode::kNoError);
    m.answer.push(book.a("a", 1));
    CHECK(store.compact(m));
    m.answer.push(book.a("a", 2));
    CHECK_FALSE(store.compact(m));
    m.question.reset();
    CHECK_FALSE(store.compact(m));
}

TEST_CASE("two servers, two rounds of 5 s: 0, 5, 10, 15 s and the end at 20 s (resolv.conf(5))")
{
    World w;
    w.resolver = settings({kFirst, kSecond});
    REQUIRE(std::holds_alternative<Question>(w.ask("p1.example.com", Type::kA, at(0ms))));
    const Packet first = w.out[0].packet;
    CHECK(w.out[0].to == kFirst);
    CHECK_FALSE(w.out[0].again);
    const std::vector<Endpoint> servers{kSecond, kFirst, kSecond};
    for (std::size_t i = 0; i < servers.size(); ++i)
    {
        const SimTime due = at(5000ms * (i + 1));
        CHECK(w.stub.next_deadline() == due);
        w.out.clear();
        CHECK(w.stub.on_deadline(w.resolver, kKey, due - 1ns, w.out) == Event::kNone);
        CHECK(w.stub.on_deadline(w.resolver, kKey, due, w.out) == Event::kSent);
        CHECK(w.out[0].to == servers[i]);
        CHECK(w.out[0].again);
        CHECK_MESSAGE(w.out[0].packet == first, "a repeat is the same query");
    }
    CHECK(w.stub.on_deadline(w.resolver, kKey, at(20s), w.out) == Event::kFailed);
    CHECK(w.stub.lookup().failure() == Failure::kTimeout);
    CHECK(w.stub.next_deadline() == kNever);
}

TEST_CASE("SERVFAIL, REFUSED, a lame answer and an ICMP error lead to the next server at once")
{
    World w;
    w.resolver = settings({kFirst, kSecond});
    w.ask("p1.example.com", Type::kA, at(0ms));
    Packet bad = w.out[0].packet;
    bad.flags.response = true;
    bad.rcode = Rcode::kServFail;
    auto step = w.reply(bad, at(10ms));
    CHECK(step.verdict == Verdict::kServerFailed);
    CHECK(step.event == Event::kSent);
    CHECK(w.out[0].to == kSecond);
    CHECK(w.stub.next_deadline() == at(5010ms));
    bad.rcode = Rcode::kRefused;
    CHECK(w.reply(bad, at(20ms)).verdict == Verdict::kServerFailed);
    CHECK(w.out[0].to == kFirst);
    bad.rcode = Rcode::kNoError; // no AA, no RA, nothing
    CHECK(w.reply(bad, at(30ms)).verdict == Verdict::kLame);
    CHECK(w.out[0].to == kSecond);
    w.out.clear();
    CHECK(w.stub.on_transport_error(w.resolver, kKey, at(40ms), w.out) == Event::kFailed);
    CHECK(w.stub.lookup().failure() == Failure::kServFail);
}

TEST_CASE("answers that are not ours are dropped, each for its reason (RFC 5452 9.1)")
{
    World w;
    CHECK(w.reply({}, at(0ms)).verdict == Verdict::kNotAsked);
    w.ask("p1.example.com", Type::kA, at(0ms));
    const Ask asked = w.out[0];
    const Packet good = w.serve(asked.packet);
    const auto verdict = [&](Packet packet, Endpoint from, int port_off) {
        const auto port = static_cast<std::uint16_t>(asked.from_port + port_off);
        const auto step =
            w.stub.on_message(w.resolver, kKey, w.store, packet, from, port, at(1ms), w.out);
        CHECK((step.event == Event::kNone || step.verdict == Verdict::kTaken));
        return step.verdict;
    };
    Packet bad = good;
    bad.flags.response = false;
    CHECK(verdict(bad, kFirst, 0) == Verdict::kNoResponse);
    CHECK(verdict(good, kSecond, 0) == Verdict::kWrongSource);
    CHECK(verdict(good, {kFirst.host, 54}, 0) == Verdict::kWrongSource);
    CHECK(verdict(good, kFirst, 1) == Verdict::kWrongPort);
    bad = good;
    ++bad.id;
    CHECK(verdict(bad, kFirst, 0) == Verdict::kWrongId);
    bad = good;
    bad.question.name = w.book("p2.example.com");
    CHECK(verdict(bad, kFirst, 0) == Verdict::kWrongQuestion);
    CHECK(verdict(good, kFirst, 0) == Verdict::kTaken);
    CHECK(verdict(good, kFirst, 0) == Verdict::kNotAsked);
}

TEST_CASE("ids and ports differ by lookup and device (RFC 5452 9.2)")
{
    Lookup lookup;
    const auto of = [&lookup](const DrawKey& key, std::uint32_t number) {
        return lookup.start(settings(), key, number, {}, at(0ms));
    };
    CHECK(of(kKey, 1).packet.id != of(kKey, 2).packet.id);
    CHECK(of(kKey, 1).from_port != of(kKey, 2).from_port);
    CHECK(of(kKey, 1).packet.id != of({1, 3, 0}, 1).packet.id);
    for (std::uint32_t n = 0; n < 1000; ++n)
    {
        const auto port = of(kKey, n).from_port;
        CHECK((port >= 32768 && port <= 60999));
    }
}

TEST_CASE("an answer serves until its TTL has passed, and not at that instant (RFC 1035 3.2.1)")
{
    World w;
    CHECK(w.addresses(w.resolve("p1.example.com", Type::kA, at(0ms))) ==
          std::vector<std::uint32_t>{0x0A000001});
    // Received at 10 ms with TTL 50 s.
    const auto asked = w.ask("p1.example.com", Type::kA, at(50'009ms));
    REQUIRE(std::holds_alternative<Resolution>(asked));
    CHECK(std::get<Resolution>(asked).until == at(50'010ms));
    CHECK(w.queries == 1);
    CHECK(std::holds_alternative<Question>(w.ask("p1.example.com", Type::kA, at(50'010ms))));
}

TEST_CASE("the addresses that come with an SRV answer need no query while their own TTL lasts")
{
    World w;
    const auto srv = w.resolve("_sip._udp.example.com", Type::kSrv, at(0ms));
    CHECK(srv.until == at(100'010ms));
    const auto a = w.resolve("p2.example.com", Type::kA, at(49'000ms));
    CHECK(a.until == at(50'010ms));
    CHECK(w.addresses(a) == std::vector<std::uint32_t>{0x0A000002});
    CHECK(w.queries == 1);
    CHECK(w.resolve("p2.example.com", Type::kA, at(51'000ms)).until == at(101'010ms));
    CHECK(w.queries == 2);
    CHECK_MESSAGE(w.resolve("_sip._udp.example.com", Type::kSrv, at(99'000ms)).until ==
                      at(100'010ms),
                  "the SRV answer is there still");
    CHECK(w.queries == 2);
}

TEST_CASE("a chain lasts as long as its shortest part, and what it lacks is asked for (RFC 1034 "
          "3.6.2)")
{
    World w;
    const auto www = w.resolve("www.example.com", Type::kA, at(0ms));
    CHECK(www.name == w.book("p1.example.com"));
    CHECK(www.until == at(20'010ms));
    CHECK(w.queries == 1);
    // The alias comes at 10 ms with 30 s, the address of another zone at 20 ms with 10 s.
    const auto away = w.resolve("away.example.com", Type::kA, at(0ms));
    CHECK(w.addresses(away) == std::vector<std::uint32_t>{0x0A000003});
    CHECK(away.until == at(10'020ms));
    CHECK(w.queries == 3);
}

TEST_CASE("TTL 0 serves the resolution under way and no other (RFC 1035 3.2.1)")
{
    World w;
    for (Record& r : w.records)
    {
        r.ttl = 0;
    }
    const auto away = w.resolve("away.example.com", Type::kA, at(0ms));
    CHECK(w.addresses(away) == std::vector<std::uint32_t>{0x0A000003});
    CHECK(away.until <= at(20ms));
    CHECK(w.queries == 2);
    w.resolve("away.example.com", Type::kA, at(1000ms));
    CHECK(w.queries == 4);
}

TEST_CASE("that there is no such name or data is kept for the SOA's minimum (RFC 2308 5)")
{
    World w;
    const auto no_name = w.resolve("nobody.example.com", Type::kA, at(0ms));
    CHECK(no_name.finding == Finding::kNxDomain);
    CHECK(no_name.until == at(60'010ms));
    CHECK(w.resolve("nobody.example.com", Type::kA, at(60'000ms)).finding == Finding::kNxDomain);
    CHECK_MESSAGE(w.resolve("nobody.example.com", Type::kSrv, at(60'000ms)).finding ==
                      Finding::kNxDomain,
                  "for every type");
    CHECK(w.queries == 1);
    CHECK(w.resolve("p1.example.com", Type::kAaaa, at(60'000ms)).finding == Finding::kNoData);
    CHECK(w.queries == 2);
    CHECK_MESSAGE(w.resolve("p1.example.com", Type::kA, at(60'100ms)).finding == Finding::kRecords,
                  "no data of one type says nothing of another");
    w.resolve("nobody.example.com", Type::kA, at(60'010ms));
    CHECK(w.queries == 4);

    SUBCASE("not without a SOA")
    {
        w.ask("x.example.com", Type::kA, at(70s));
        Packet bare = w.out[0].packet;
        bare.flags.response = true;
        bare.flags.authoritative = true;
        bare.rcode = Rcode::kNxDomain;
        Message m = w.store.expand(bare);
        CHECK(w.reply(w.store.compact(m).value(), at(70s)).event == Event::kDone);
        const auto now = w.ask("x.example.com", Type::kA, at(70s));
        CHECK(std::get<Resolution>(now).finding == Finding::kNxDomain);
        CHECK(std::holds_alternative<Question>(w.ask("x.example.com", Type::kA, at(71s))));
    }
    SUBCASE("nor longer than the setting")
    {
        w.resolver.longest_negative_ttl = 7s;
        CHECK(w.resolve("other.example.com", Type::kA, at(80s)).until == at(87'010ms));
    }
}

TEST_CASE("without a cache each resolution asks")
{
    World w;
    w.resolver.cache = false;
    w.resolve("p1.example.com", Type::kA, at(0ms));
    w.resolve("p1.example.com", Type::kA, at(100ms));
    CHECK(w.queries == 2);
}

TEST_CASE("one lookup at a time: the same question joins it, another waits")
{
    World w;
    w.ask("p1.example.com", Type::kA, at(0ms));
    CHECK(std::holds_alternative<Question>(w.ask("p1.example.com", Type::kA, at(1ms))));
    CHECK(w.out.empty());
    CHECK(std::get<Failure>(w.ask("p2.example.com", Type::kA, at(1ms))) == Failure::kBusy);
    w.stub.on_crash();
    CHECK(std::holds_alternative<Question>(w.ask("p2.example.com", Type::kA, at(2ms))));
    w.resolver.servers.clear();
    w.stub.on_crash();
    CHECK(std::get<Failure>(w.ask("p2.example.com", Type::kA, at(3ms))) == Failure::kNoServer);
}

TEST_CASE("CNAMEs without end are a failure, not a hang")
{
    World w;
    w.records.push_back(w.book.cname("l1.example.com", "l2.example.com"));
    w.records.push_back(w.book.cname("l2.example.com", "l1.example.com"));
    w.ask("l1.example.com", Type::kA, at(0ms));
    CHECK(w.reply(w.serve(w.out[0].packet), at(1ms)).event == Event::kDone);
    CHECK(std::get<Failure>(w.ask_since("l1.example.com", Type::kA, at(0ms), at(1ms))) ==
          Failure::kLoop);
}

TEST_CASE("a truncated answer is used, or the next server is asked, as the settings say")
{
    for (const bool use : {true, false})
    {
        World w;
        w.resolver = settings({kFirst, kSecond});
        w.resolver.use_truncated = use;
        w.ask("p1.example.com", Type::kA, at(0ms));
        Packet packet = w.serve(w.out[0].packet);
        packet.flags.truncated = true;
        const auto step = w.reply(packet, at(1ms));
        CHECK(step.verdict == (use ? Verdict::kTaken : Verdict::kTruncated));
        CHECK(step.event == (use ? Event::kDone : Event::kSent));
    }
}

TEST_CASE("settings are checked at once")
{
    ResolverSettings bad;
    bad.timeout = 0s;
    bad.attempts = 0;
    bad.udp_size = 100;
    bad.longest_ttl = 0s;
    bad.longest_negative_ttl = -1s;
    CHECK(validate(bad).size() == 6);
    CHECK(validate(settings()).empty());
}

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
    const Question p1{s.book("p1.example.com"), Type::kA};
    stub.ask(s.resolver, kKey, s.store, p1, at(30'700ms), at(30'700ms), out);
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
    const auto asked = stub.ask(s.resolver, kKey, s.store, p1, at(30'700ms), at(30'700ms), out);
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
