#include "tests/unit/dns_resolver_world.h"

using namespace sipsim;
using namespace sipsim::dns;

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

TEST_CASE("records of one name are one set, though those of another stand between them")
{
    World w;
    REQUIRE(std::holds_alternative<Question>(w.ask("_sip._udp.example.com", Type::kSrv, at(0ms))));
    Message m = w.store.expand(w.out[0].packet);
    m.flags.response = true;
    m.answer.push(w.book.srv("_sip._udp.example.com", 1, 0, "p1.example.com", 5060, 100));
    m.additional.push(w.book.a("p1.example.com", 0x0A000001, 50));
    m.additional.push(w.book.a("p2.example.com", 0x0A000002, 50));
    m.additional.push(w.book.a("p1.example.com", 0x0A000003, 50));
    REQUIRE(w.reply(*w.store.compact(m), at(10ms)).event == Event::kDone);
    CHECK(w.addresses(w.resolve("p1.example.com", Type::kA, at(10ms))) ==
          std::vector<std::uint32_t>{0x0A000001, 0x0A000003});
    CHECK(w.addresses(w.resolve("p2.example.com", Type::kA, at(10ms))) ==
          std::vector<std::uint32_t>{0x0A000002});
    CHECK(w.queries == 0);
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

TEST_CASE("a chain from zone to zone and back is followed to its end (RFC 1034 3.6.2)")
{
    World w;
    // Each name's server knows its own zone only: s3, s2.other.net, s1, s.other.net, ...
    const auto name = [](int left) {
        return "s" + std::to_string(left) + (left % 2 == 0 ? ".other.net" : ".example.com");
    };
    constexpr int kLong = static_cast<int>(kMaxChain) + 1;
    for (int left = kLong; left > 0; --left)
    {
        w.records.push_back(w.book.cname(name(left), name(left - 1), 0));
    }
    w.records.push_back(w.book.a(name(0), 0x0A000007, 0));
    // More answers than there are places, of TTL 0: none is asked for twice.
    for (const int aliases : {3, 7, 8})
    {
        w.queries = 0;
        const auto end = w.resolve(name(aliases), Type::kA, at(0ms));
        CHECK(w.addresses(end) == std::vector<std::uint32_t>{0x0A000007});
        CHECK(end.name == w.book(name(0)));
        CHECK(end.until == at(10ms)); // of the first of the chain
        CHECK(w.queries == aliases + 1);
    }
    Pursuit pursuit{.question = {w.book(name(kLong)), Type::kA}, .since = at(0ms)};
    Resolved asked = w.go_on(pursuit, at(0ms));
    for (w.queries = 0; std::holds_alternative<Question>(asked);)
    {
        REQUIRE(w.queries < 20);
        REQUIRE(w.reply(w.serve(w.out[0].packet), at(10ms)).event == Event::kDone);
        asked = w.go_on(pursuit, at(10ms));
    }
    CHECK(std::get<Failure>(asked) == Failure::kLoop);
    CHECK(w.queries == kLong);
}

TEST_CASE("the answers of NAPTR, SRV and four targets are cached together; a seventh replaces the "
          "one that came first")
{
    World w;
    w.options.additional = false;
    const auto host = [](int n) { return "h" + std::to_string(n) + ".example.com"; };
    for (int n = 1; n <= 5; ++n)
    {
        w.records.push_back(w.book.a(host(n), static_cast<std::uint32_t>(n), 500));
    }
    w.resolve("example.com", Type::kNaptr, at(0s)); // none there is
    w.resolve("_sip._udp.example.com", Type::kSrv, at(1s));
    for (int n = 1; n <= 4; ++n)
    {
        w.resolve(host(n), Type::kA, at(1s * (n + 1)));
    }
    CHECK(w.queries == 6);
    w.resolve("example.com", Type::kNaptr, at(10s));
    w.resolve("_sip._udp.example.com", Type::kSrv, at(10s));
    w.resolve(host(1), Type::kA, at(10s));
    CHECK(w.queries == 6);
    w.resolve(host(5), Type::kA, at(10s));
    CHECK(w.queries == 7);
    w.resolve(host(1), Type::kA, at(11s));
    w.resolve("_sip._udp.example.com", Type::kSrv, at(11s));
    CHECK(w.queries == 7);
    w.resolve("example.com", Type::kNaptr, at(12s));
    CHECK(w.queries == 8);
}

TEST_CASE("answers go in the order in which they came, however old a resolver's cache made them")
{
    // What octets say of an answer that is 40 s old is another answer, less 40 s of TTL, and no age.
    for (const bool octets : {false, true})
    {
        World w;
        const auto hand_on = [&](int n, std::uint32_t age) {
            const auto host = "h" + std::to_string(n) + ".example.com";
            const std::uint32_t ttl = 100 - (octets ? age : 0);
            w.records.push_back(w.book.a(host, static_cast<std::uint32_t>(n), ttl));
            REQUIRE(std::holds_alternative<Question>(w.ask(host, Type::kA, at(1s * n))));
            Packet packet = w.serve(w.out[0].packet);
            packet.age = octets ? 0 : age;
            REQUIRE(w.reply(packet, at(1s * n)).event == Event::kDone);
        };
        for (int n = 1; n <= 7; ++n)
        {
            hand_on(n, n == 5 ? 40 : 0); // the oldest, but not the first to come
        }
        for (int n = 7; n >= 1; --n)
        {
            CAPTURE(n);
            const auto asked = w.ask("h" + std::to_string(n) + ".example.com", Type::kA, at(10s));
            CHECK(std::holds_alternative<Resolution>(asked) == (n != 1));
        }
    }
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
