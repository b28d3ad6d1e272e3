#include "model/dns/authority.h"
#include "tests/unit/dns_fixture.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

using namespace sipsim;
using namespace sipsim::dns;

namespace
{

constexpr DrawKey kKey{1, kServerDevice, 0};

std::vector<std::string>
texts(const std::vector<ZoneProblem>& problems)
{
    std::vector<std::string> list;
    std::ranges::transform(problems, std::back_inserter(list), &ZoneProblem::text);
    return list;
}

/// example.com with two proxies, a wildcard, aliases.
struct Example
{
    Book book;
    AuthorityOptions options;

    std::vector<Record> records{
        book.soa("example.com", 3600, 60),
        book.naptr("example.com", 10, 10, "SIP+D2U", "_sip._udp.example.com"),
        book.srv("_sip._udp.example.com", 1, 60, "p1.example.com"),
        book.srv("_sip._udp.example.com", 1, 40, "p2.example.com", 5070),
        book.a("p1.example.com", 0x0A000001),
        book.aaaa("p1.example.com", 1),
        book.a("p2.example.com", 0x0A000002),
        book.a("p2.example.com", 0x0A000003),
        book.cname("www.example.com", "p1.example.com"),
        book.cname("away.example.com", "host.elsewhere.net"),
        book.cname("lost.example.com", "nowhere.example.com"),
        book.a("*.wild.example.com", 0x0A000009),
        book.a("deep.sub.wild.example.com", 0x0A00000A),
        book.srv("_sip._tcp.example.com", 0, 0, ".", 0)};

    [[nodiscard]] Zone zone()
    {
        return {book.names, book("example.com"), records};
    }

    Message ask(std::string_view name,
                Type type,
                std::uint64_t n = 0,
                std::optional<Edns> edns = {})
    {
        const Authority authority(book.names, {zone()}, options);
        return authority.answer(query(7, book(name), type, edns), kKey, n).value();
    }

    std::vector<std::string> problems()
    {
        const std::vector zones{zone()};
        return texts(validate(book.names, zones));
    }
};

std::vector<Record>
list(const auto& section)
{
    return {section.begin(), section.end()};
}

bool
mentions(const std::vector<std::string>& problems, std::string_view text)
{
    return std::ranges::any_of(problems, [text](const std::string& p) {
        return p.find(text) != std::string::npos;
    });
}

} // namespace

TEST_CASE(
    "an answer repeats id, question and RD, is authoritative and does not offer recursion (RFC "
    "1035 4.1.1)")
{
    Example e;
    const Message m = e.ask("P1.example.com", Type::kA);
    CHECK(m.id == 7);
    CHECK(m.question == Question{e.book("p1.example.com"), Type::kA});
    CHECK(m.flags == Flags{.response = true, .authoritative = true, .recursion_desired = true});
    CHECK(m.rcode == Rcode::kNoError);
    CHECK(list(m.answer) == std::vector{e.book.a("p1.example.com", 0x0A000001)});
    CHECK(m.authority.empty());
}

TEST_CASE("SRV brings the addresses of its targets, NAPTR the SRVs and theirs (RFC 2782, RFC 3403 "
          "4.2)")
{
    Example e;
    const std::vector addresses{e.book.a("p1.example.com", 0x0A000001),
                                e.book.aaaa("p1.example.com", 1),
                                e.book.a("p2.example.com", 0x0A000002),
                                e.book.a("p2.example.com", 0x0A000003)};
    const Message srv = e.ask("_sip._udp.example.com", Type::kSrv);
    CHECK(srv.answer.size() == 2);
    CHECK(list(srv.additional) == addresses);
    auto all = list(e.ask("example.com", Type::kNaptr).additional);
    REQUIRE(all.size() == 6);
    CHECK(all[0] == e.records[2]);
    CHECK(all[1] == e.records[3]);
    CHECK(std::vector(all.begin() + 2, all.end()) == addresses);
    e.options.additional = false;
    CHECK(e.ask("_sip._udp.example.com", Type::kSrv).additional.empty());
}

TEST_CASE("a CNAME is followed within the zones, and alone if it is asked for (RFC 1034 4.3.2 3a)")
{
    Example e;
    CHECK(list(e.ask("www.example.com", Type::kA).answer) ==
          std::vector{e.book.cname("www.example.com", "p1.example.com"),
                      e.book.a("p1.example.com", 0x0A000001)});
    CHECK(e.ask("www.example.com", Type::kCname).answer.size() == 1);
    const Message away = e.ask("away.example.com", Type::kA);
    CHECK(away.answer.size() == 1);
    CHECK(away.rcode == Rcode::kNoError);
    CHECK(away.authority.empty());
    // RFC 6604 §3: the code is that of the last name.
    const Message lost = e.ask("lost.example.com", Type::kA);
    CHECK(lost.answer.size() == 1);
    CHECK(lost.rcode == Rcode::kNxDomain);
    CHECK(lost.authority.size() == 1);
}

TEST_CASE(
    "no such name and no such data come with the SOA, its TTL the less of two (RFC 2308 2, 3)")
{
    Example e;
    const Message no_name = e.ask("nobody.example.com", Type::kA);
    CHECK(no_name.rcode == Rcode::kNxDomain);
    CHECK(no_name.flags.authoritative);
    REQUIRE(no_name.authority.size() == 1);
    CHECK(no_name.authority[0].owner == e.book("example.com"));
    CHECK(no_name.authority[0].ttl == 60);
    const Message no_data = e.ask("p2.example.com", Type::kAaaa);
    CHECK(no_data.rcode == Rcode::kNoError);
    CHECK(no_data.answer.empty());
    REQUIRE(no_data.authority.size() == 1);
    // An empty non-terminal exists (RFC 4592 §2.2.2).
    CHECK(e.ask("_udp.example.com", Type::kA).rcode == Rcode::kNoError);
    e.records[0] = e.book.soa("example.com", 30, 60);
    CHECK(e.ask("nobody.example.com", Type::kA).authority[0].ttl == 30);
}

TEST_CASE("a wildcard stands for what does not exist, below its closest encloser only (RFC 4592)")
{
    Example e;
    const Message m = e.ask("any.thing.wild.example.com", Type::kA);
    CHECK(list(m.answer) == std::vector{e.book.a("any.thing.wild.example.com", 0x0A000009)});
    // It has an A record only (§2.2.1).
    CHECK(e.ask("x.wild.example.com", Type::kSrv).rcode == Rcode::kNoError);
    CHECK(e.ask("x.wild.example.com", Type::kSrv).answer.empty());
    // sub.wild exists, without data; it encloses what is below it (§3.3.1).
    CHECK(e.ask("sub.wild.example.com", Type::kA).answer.empty());
    CHECK(e.ask("sub.wild.example.com", Type::kA).rcode == Rcode::kNoError);
    CHECK(e.ask("y.sub.wild.example.com", Type::kA).rcode == Rcode::kNxDomain);
    // Asked for by its own name it is a name like others (§2.1.1).
    CHECK(e.ask("*.wild.example.com", Type::kA).answer.size() == 1);
}

TEST_CASE("what a server has no zone for is refused, what it does not do is not implemented")
{
    Example e;
    const Authority authority(e.book.names, {e.zone()}, e.options);
    const auto rcode = [&](const Message& m) { return authority.answer(m, kKey, 0)->rcode; };
    CHECK(rcode(query(1, e.book("example.net"), Type::kA)) == Rcode::kRefused);
    CHECK(rcode(query(1, e.book("com"), Type::kA)) == Rcode::kRefused);
    Message m = query(1, e.book("p1.example.com"), Type::kA);
    m.question->klass = static_cast<Class>(3); // CH
    CHECK(rcode(m) == Rcode::kRefused);
    m = query(1, e.book("p1.example.com"), Type::kA);
    m.opcode = static_cast<Opcode>(5); // RFC 2136 UPDATE
    CHECK(rcode(m) == Rcode::kNotImp);
    m = query(1, e.book("p1.example.com"), Type::kA, Edns{512, 1, false});
    CHECK(rcode(m) == Rcode::kBadVers); // RFC 6891 §6.1.3
    m = query(1, e.book("p1.example.com"), Type::kA);
    m.question.reset();
    CHECK(rcode(m) == Rcode::kFormErr);
    m.flags.response = true;
    CHECK_FALSE(authority.answer(m, kKey, 0));
}

TEST_CASE("the deepest zone answers (RFC 1034 4.3.2 step 2)")
{
    Example e;
    const Zone deep(
        e.book.names,
        e.book("sub.wild.example.com"),
        {e.book.soa("sub.wild.example.com"), e.book.a("y.sub.wild.example.com", 0x0A0000FF)});
    const Authority authority(e.book.names, {e.zone(), deep}, e.options);
    const auto m = authority.answer(query(1, e.book("y.sub.wild.example.com"), Type::kA), kKey, 0);
    CHECK(m->answer.size() == 1);
}

TEST_CASE("beyond 512 octets without EDNS, or beyond its size with, an answer is cut and says so "
          "(RFC 1035 4.1.1, RFC 6891 6.2.5)")
{
    // 29 octets of header and question, "big.example.com" being 17 on the wire: 12 + 17 + 4 = 33; 16 for
    // each address: 29 of them are 497 octets, 30 are 513.
    Example e;
    for (std::uint32_t i = 0; i < 30; ++i)
    {
        e.records.push_back(e.book.a("big.example.com", 0x0A000100 + i));
    }
    const Message plain = e.ask("big.example.com", Type::kA);
    CHECK(plain.flags.truncated);
    CHECK(plain.answer.size() == 29);
    CHECK(encode(plain, e.book.names)->size() == 497);
    const Message large = e.ask("big.example.com", Type::kA, 0, Edns{1232, 0, false});
    CHECK_FALSE(large.flags.truncated);
    CHECK(large.answer.size() == 30);
    // OPT takes 11: 33 + 11 + 29 * 16 = 508.
    const Message small = e.ask("big.example.com", Type::kA, 0, Edns{512, 0, false});
    CHECK(small.flags.truncated);
    CHECK(encode(small, e.book.names)->size() == 508);
    e.options.udp_size = 512;
    CHECK(e.ask("big.example.com", Type::kA, 0, Edns{4096, 0, false}).flags.truncated);
}

TEST_CASE("additional data that does not fit is left off in whole sets and without TC (RFC 2181 9)")
{
    // Header and question 12 + 23 + 4 = 39 ("_sip._udp.many.net" is 5+5+5+4+1 = 20 ... counted below);
    // what matters: the addresses of the last target that has room for some only are all left off.
    Example e;
    std::vector<Record> records{e.book.soa("many.net")};
    for (int target = 0; target < 4; ++target)
    {
        const std::string host = "h" + std::to_string(target) + ".many.net";
        records.push_back(e.book.srv("_sip._udp.many.net", 1, 1, host));
        for (std::uint32_t i = 0; i < 8; ++i)
        {
            records.push_back(
                e.book.a(host, 0x0A010000U + 256U * static_cast<unsigned>(target) + i));
        }
    }
    const Authority authority(e.book.names, {Zone{e.book.names, e.book("many.net"), records}}, {});
    const auto m =
        authority.answer(query(1, e.book("_sip._udp.many.net"), Type::kSrv), kKey, 0).value();
    CHECK_FALSE(m.flags.truncated);
    CHECK(m.answer.size() == 4);
    // Question 12 + 20 + 4 = 36. An SRV: 2 + 10 + 6 + 13 = 31, four: 160. A target's first address: its
    // name is not to be pointed to in SRV, so 3 + 2 + 14 = 19, the others 16: 131 a target. 160 + 2 * 131
    // = 422 fits 512, three do not, though five more addresses would.
    CHECK(m.additional.size() == 16);
    CHECK(encode(m, e.book.names)->size() == 422);
}

TEST_CASE("records are sent as they stand, rotated, or shuffled")
{
    const auto places = [](std::size_t count, RecordOrder order, std::uint64_t n) {
        const auto p = permutation(count, order, kKey, n);
        return std::vector<int>(p.begin(), p.end());
    };
    CHECK(places(3, RecordOrder::kAsSent, 5) == std::vector{0, 1, 2});
    CHECK(places(3, RecordOrder::kRotated, 0) == std::vector{0, 1, 2});
    CHECK(places(3, RecordOrder::kRotated, 1) == std::vector{1, 2, 0});
    CHECK(places(3, RecordOrder::kRotated, 5) == std::vector{2, 0, 1});
    CHECK(places(0, RecordOrder::kShuffled, 1).empty());
    CHECK(places(1, RecordOrder::kShuffled, 1) == std::vector{0});

    // Six permutations of three, each with probability 1/6. Chi-square with 5 degrees of freedom: 20.5
    // is exceeded once in 1000.
    std::map<std::vector<int>, int> seen;
    constexpr int kDraws = 60'000;
    for (int n = 0; n < kDraws; ++n)
    {
        ++seen[places(3, RecordOrder::kShuffled, static_cast<std::uint64_t>(n))];
    }
    CHECK(seen.size() == 6);
    double chi_square = 0;
    for (const auto& [permutation, count] : seen)
    {
        const double off = count - kDraws / 6.0;
        chi_square += off * off / (kDraws / 6.0);
    }
    CHECK(chi_square < 20.5);
    // Larger sets: a permutation always, of at most 720 different ones.
    std::map<std::vector<int>, int> large;
    for (std::uint64_t n = 0; n < 5000; ++n)
    {
        auto p = places(10, RecordOrder::kShuffled, n);
        ++large[p];
        std::ranges::sort(p);
        CHECK(p == std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    }
    CHECK(large.size() > 600);
    CHECK(large.size() <= 720);
}

TEST_CASE("answers come in the order of the server's option")
{
    Example e;
    const auto first = [&e](std::uint64_t n) {
        return std::get<A>(e.ask("p2.example.com", Type::kA, n).answer[0].data).address;
    };
    CHECK(first(1) == 0x0A000002);
    e.options.order = RecordOrder::kRotated;
    CHECK(first(0) == 0x0A000002);
    CHECK(first(1) == 0x0A000003);
    CHECK(first(2) == 0x0A000002);
}

TEST_CASE("rotated sets turn with the answers to their own question, shuffled ones with all")
{
    Book book;
    const Question srv{book("_sip._udp.example.com"), Type::kSrv};
    const Question a{book("p2.example.com"), Type::kA};
    // As BIND's cyclic order, if a client asks for both in turn.
    Turns rotated{RecordOrder::kRotated};
    Turns shuffled{RecordOrder::kShuffled};
    for (std::uint64_t i = 0; i < 4; ++i)
    {
        CHECK(rotated.next(srv) == i);
        CHECK(rotated.next(a) == i);
        CHECK(shuffled.next(srv) == 2 * i);
        CHECK(shuffled.next(a) == 2 * i + 1);
    }
}

TEST_CASE(
    "answers to one query are the same where the order of their one set is, so each can be kept")
{
    Example e;
    e.records.push_back(e.book.cname("two.example.com", "p2.example.com"));
    const auto ordered = [&e](std::string_view name, Type type) {
        return Authority(e.book.names, {e.zone()}, e.options).ordered({e.book(name), type});
    };
    CHECK(ordered("_sip._udp.example.com", Type::kSrv) == 0); // as sent: the number decides nothing
    for (const auto order : {RecordOrder::kRotated, RecordOrder::kShuffled})
    {
        e.options.order = order;
        CHECK(ordered("_sip._udp.example.com", Type::kSrv) == 2);
        CHECK(ordered("p1.example.com", Type::kA) == 0);
        CHECK(ordered("www.example.com", Type::kA) == 0); // a CNAME and one address
        CHECK(ordered("two.example.com", Type::kA) == 2); // a CNAME and two
        CHECK(ordered("nowhere.example.com", Type::kA) == 0);
        CHECK(ordered("www.example.net", Type::kA) == 0); // refused
        std::map<std::size_t, Message> kept;
        for (std::uint64_t n = 0; n < 50; ++n)
        {
            const Message answer = e.ask("_sip._udp.example.com", Type::kSrv, n);
            const std::size_t number = order_of(2, order, kKey, n);
            CHECK(kept.emplace(number, answer).first->second == answer);
        }
        CHECK(kept.size() == orders(2, order)); // 2 rotations, 2! permutations
        CHECK_FALSE(kept.at(0) == kept.at(1));
    }
    CHECK(orders(3, RecordOrder::kRotated) == 3);
    CHECK(orders(3, RecordOrder::kShuffled) == 6);
    CHECK(orders(7, RecordOrder::kShuffled) == 720);
    CHECK(orders(7, RecordOrder::kAsSent) == 1);
    CHECK(orders(0, RecordOrder::kRotated) == 1);
}

TEST_CASE("a sound zone has no problem")
{
    Example e;
    std::erase_if(e.records,
                  [&e](const Record& r) { return r.owner == e.book("away.example.com"); });
    CHECK(e.problems() == std::vector<std::string>{});
}

TEST_CASE("every problem of a zone is told at once")
{
    Example e;
    auto& book = e.book;
    e.records = {book.soa("example.com"),
                 book.soa("example.com", 10),
                 book.srv("_a._udp.example.com", 1, 1, "bare.example.com"),
                 book.srv("_b._udp.example.com", 1, 1, "alias.example.com"),
                 book.srv("_c._udp.example.com", 1, 1, "p.example.com", 0),
                 book.srv("_d._udp.example.com", 1, 1, "p.example.com"),
                 book.srv("_d._udp.example.com", 1, 1, ".", 0),
                 book.srv("_e._udp.example.com", 1, 1, "host.elsewhere.net"),
                 book.a("p.example.com", 1),
                 book.a("p.example.com", 1),
                 book.a("ttl.example.com", 1, 5),
                 book.a("ttl.example.com", 2, 6),
                 book.cname("alias.example.com", "p.example.com"),
                 book.cname("beside.example.com", "p.example.com"),
                 book.a("beside.example.com", 5),
                 book.cname("l1.example.com", "l2.example.com"),
                 book.cname("l2.example.com", "l1.example.com"),
                 book.naptr("example.com", 1, 1, "SIP+D2U", "_none._udp.example.com"),
                 book.naptr("example.com", 1, 1, "SIP+D2T", "alias.example.com"),
                 {book("example.com"), Type::kMx, Class::kIn, 5, Mx{1, book("alias.example.com")}},
                 {book("odd.example.com"), Type::kA, Class::kIn, 5, Mx{}},
                 {book("old.example.com"), Type::kA, Class::kIn, 0x8000'0000U, A{1}},
                 book.a("other.org", 1)};
    const auto problems = e.problems();
    for (const std::string_view expected :
         {"example.com: must have one SOA record, at the origin (has 2)",
          "_a._udp.example.com SRV: target bare.example.com has no A or AAAA record",
          "_b._udp.example.com SRV: target alias.example.com is a CNAME (RFC 2782)",
          "_c._udp.example.com SRV: port 0 of p.example.com: must be 1 to 65535",
          "_d._udp.example.com SRV: target . (no such service) beside other targets (RFC 2782)",
          "_e._udp.example.com SRV: target host.elsewhere.net is in no zone",
          "p.example.com A: the same record twice (RFC 2181 5)",
          "ttl.example.com A: TTLs differ within the set (RFC 2181 5.2)",
          "beside.example.com CNAME: stands beside other data (RFC 1034 3.6.2)",
          "l1.example.com CNAME: leads back to itself (RFC 1034 3.6.2)",
          "l2.example.com CNAME: leads back to itself (RFC 1034 3.6.2)",
          "example.com NAPTR: replacement _none._udp.example.com has no SRV record (RFC 3263 4.1)",
          "example.com NAPTR: replacement alias.example.com is a CNAME",
          "example.com MX: target alias.example.com is a CNAME (RFC 2181 10.3)",
          "odd.example.com A: the data is of another type",
          "old.example.com A: TTL 2147483648: must be below 2^31 (RFC 2181 8)",
          "other.org A: is not within example.com"})
    {
        CHECK_MESSAGE(mentions(problems, expected), expected);
    }
    // The two SOAs are one record with two TTLs: two more.
    CHECK(problems.size() == 19);
}

TEST_CASE(
    "a set that no answer can hold, a chain that no resolver follows, twin zones are problems")
{
    Example e;
    e.records = {e.book.soa("example.com")};
    for (std::uint32_t i = 0; i <= kMaxSet; ++i)
    {
        e.records.push_back(e.book.a("big.example.com", i + 1));
    }
    for (std::size_t i = 0; i <= kMaxChain; ++i)
    {
        e.records.push_back(e.book.cname("c" + std::to_string(i) + ".example.com",
                                         "c" + std::to_string(i + 1) + ".example.com"));
    }
    const std::vector zones{e.zone(), e.zone()};
    const auto problems = texts(validate(e.book.names, zones));
    CHECK(mentions(problems, "big.example.com A: has 33 records: must be at most 32"));
    CHECK(mentions(problems, "c0.example.com CNAME: the chain is longer than 8"));
    CHECK_FALSE(mentions(problems, "c1.example.com CNAME: the chain"));
    CHECK(mentions(problems, "example.com: two zones have this origin"));
}

TEST_CASE("a problem is told of the very record, one of a zone as a whole of none")
{
    Example e;
    auto& book = e.book;
    e.records = {book.soa("example.com"),
                 book.srv("_a._udp.example.com", 1, 1, "p.example.com"),
                 book.srv("_a._udp.example.com", 2, 1, "p.example.com", 0),
                 book.a("p.example.com", 1),
                 book.a("p.example.com", 2),
                 book.a("p.example.com", 1)};
    const Zone sub(book.names, book("sub.example.com"), {book.a("www.sub.example.com", 1)});
    const std::vector zones{e.zone(), sub};
    const auto problems = validate(book.names, zones);
    REQUIRE(problems.size() == 3);
    for (const ZoneProblem& problem : problems)
    {
        CAPTURE(problem.text);
        if (problem.zone == 1)
        {
            CHECK_FALSE(problem.record); // it has no SOA
            continue;
        }
        REQUIRE(problem.record);
        const Record& record = zones[0].records()[*problem.record];
        const bool second_srv = record == e.records[2];
        const bool third_a = &record == &zones[0].set(book("p.example.com"), Type::kA)[2];
        CHECK((second_srv || third_a));
        CHECK(second_srv == (problem.text.find("port 0") != std::string::npos));
    }
}
