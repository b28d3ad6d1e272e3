#include "model/dns/authority.h"
#include "model/dns/location.h"
#include "tests/unit/dns_fixture.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

using namespace sipsim;
using namespace sipsim::dns;

namespace
{

using LocationResult = std::variant<Located, LocationFailure>;

constexpr DrawKey kKey{1, 2, 0};
constexpr Endpoint kServer{sip::Host{0xC0000201}, kDnsPort};
constexpr sip::Host kP1{0x0A000001};
constexpr sip::Host kP2{0x0A000002};
constexpr sip::Host kP3{0x0A000003};

/// A zone, its server 10 ms away, and a client that locates.
struct Client
{
    Book book;
    std::vector<Record> records{
        book.soa("example.com", 3600, 60),
        book.srv("_sip._udp.example.com", 1, 0, "p1.example.com", 5060, 100),
        book.srv("_sip._udp.example.com", 2, 0, "p2.example.com", 5070, 100),
        book.a("p1.example.com", 0x0A000001, 50),
        book.a("p2.example.com", 0x0A000002, 70),
        book.a("example.com", 0x0A000003, 40)};
    std::vector<Record> others; // of other.net, which another server than example.com's answers for
    AuthorityOptions server;
    LocationOptions options;
    ResolverSettings settings = [] {
        ResolverSettings s;
        s.servers.push(kServer);
        return s;
    }();
    AnswerStore answers{book.names};
    StubResolver stub;
    std::vector<Question> asked;
    std::vector<Question> deaf; // to these the server says nothing
    std::uint64_t number = 0;

    LocationResult locate(const Destination& destination, SimTime now = SimTime{})
    {
        const Authority authority(book.names,
                                  {Zone{book.names, book("example.com"), records}},
                                  server);
        stub.on_resolution(settings);
        Location location;
        location.on_start(options, book.names, destination, number, now);
        for (int turn = 0; turn < 100; ++turn)
        {
            AskOutputs out;
            dns::locate(location, options, stub, settings, book.names, answers, kKey, now, out);
            if (!location.question())
            {
                return location.located() != nullptr ? LocationResult{*location.located()}
                                                     : location.failure().value();
            }
            REQUIRE(out.size() == 1);
            serve(location, authority, out[0], now);
        }
        FAIL("never located");
        return LocationFailure::kNoRecord;
    }

    void serve(Location& location, const Authority& authority, const Ask& ask, SimTime& now)
    {
        asked.push_back(ask.packet.question);
        if (std::ranges::find(deaf, ask.packet.question) != deaf.end())
        {
            AskOutputs ignored;
            Event event = Event::kSent;
            while (event == Event::kSent)
            {
                ignored.clear();
                now = stub.next_deadline();
                event = stub.on_deadline(settings, kKey, now, ignored);
            }
            location.on_failed(options, stub.lookup().failure());
            return;
        }
        Ask sent = ask;
        for (Event event = Event::kSent; event == Event::kSent;)
        {
            now += 10ms;
            const Message query = answers.expand(sent.packet);
            const bool of_others =
                std::ranges::find(others, ask.packet.question.name, &Record::owner) != others.end();
            const Message m =
                of_others
                    ? *Authority(book.names, {Zone{book.names, book("other.net"), others}}, server)
                           .answer(query, kKey, 0)
                    : *authority.answer(query, kKey, 0);
            AskOutputs next;
            event = stub.on_message(settings,
                                    kKey,
                                    answers,
                                    answers.compact(m).value(),
                                    sent.to,
                                    sent.from_port,
                                    now,
                                    next)
                        .event;
            if (event == Event::kFailed)
            {
                location.on_failed(options, stub.lookup().failure());
            }
            sent = next.empty() ? sent : next[0];
        }
    }

    Destination to(std::string_view name, std::uint16_t port = 0)
    {
        return {.address = {}, .name = book(name), .port = port, .transport = {}};
    }

    std::vector<Type> types() const
    {
        std::vector<Type> all;
        for (const Question& q : asked)
        {
            all.push_back(q.type);
        }
        return all;
    }
};

std::vector<Endpoint>
endpoints(const LocationResult& result)
{
    REQUIRE(std::holds_alternative<Located>(result));
    std::vector<Endpoint> all;
    for (const Target& target : std::get<Located>(result).targets)
    {
        all.push_back(target.endpoint);
    }
    return all;
}

LocationFailure
failure(const LocationResult& result)
{
    REQUIRE(std::holds_alternative<LocationFailure>(result));
    return std::get<LocationFailure>(result);
}

using Endpoints = std::vector<Endpoint>;

} // namespace

TEST_CASE("a numeric host is the target, port 5060 unless written, without a query (RFC 3263 4.1, "
          "4.2)")
{
    Client c;
    Destination numeric{.address = kP1, .name = {}, .port = 0, .transport = {}};
    const auto result = c.locate(numeric);
    CHECK(endpoints(result) == Endpoints{{kP1, 5060}});
    CHECK(std::get<Located>(result).targets[0].transport == sip::Transport::kUdp);
    CHECK(std::get<Located>(result).until == kNever);
    numeric.port = 5080;
    numeric.transport = sip::Transport::kTcp;
    CHECK(endpoints(c.locate(numeric)) == Endpoints{{kP1, 5080}});
    CHECK(std::get<Located>(c.locate(numeric)).targets[0].transport == sip::Transport::kTcp);
    CHECK(c.asked.empty());
}

TEST_CASE("a written port asks for addresses only (RFC 3263 4.2)")
{
    Client c;
    CHECK(endpoints(c.locate(c.to("example.com", 5090))) == Endpoints{{kP3, 5090}});
    CHECK(c.types() == std::vector{Type::kA});
}

TEST_CASE("the modes: addresses; SRV, then addresses; NAPTR, SRV, then addresses (P103)")
{
    const std::vector<std::pair<DnsMode, std::vector<Type>>> modes{
        {DnsMode::kA, {Type::kA}},
        {DnsMode::kSrv, {Type::kSrv}}, // addresses came along
        {DnsMode::kNaptrSrv, {Type::kNaptr, Type::kSrv}}};
    for (const auto& [mode, types] : modes)
    {
        Client c;
        c.options.mode = mode;
        const auto found = endpoints(c.locate(c.to("example.com")));
        CHECK(c.types() == types);
        CHECK(found ==
              (mode == DnsMode::kA ? Endpoints{{kP3, 5060}} : Endpoints{{kP1, 5060}, {kP2, 5070}}));
    }
    Client bare;
    bare.options.mode = DnsMode::kSrv;
    bare.server.additional = false;
    CHECK(endpoints(bare.locate(bare.to("example.com"))).size() == 2);
    CHECK(bare.types() == std::vector{Type::kSrv, Type::kA, Type::kA});
}

TEST_CASE("no SRV record: the addresses of the name, port 5060 (RFC 3263 4.2)")
{
    Client c;
    std::erase_if(c.records, [](const Record& r) { return r.type == Type::kSrv; });
    CHECK(endpoints(c.locate(c.to("example.com"))) == Endpoints{{kP3, 5060}});
    CHECK(c.types() == std::vector{Type::kNaptr, Type::kSrv, Type::kA});
}

TEST_CASE("NAPTR names where the SRV records are, by order, preference and what we speak (RFC 3263 "
          "4.1)")
{
    Client c;
    c.records.push_back(c.book.naptr("example.com", 50, 50, "SIPS+D2T", "_sips._tcp.example.com"));
    c.records.push_back(c.book.naptr("example.com", 100, 50, "SIP+D2T", "_sip._tcp.example.com"));
    c.records.push_back(
        c.book.naptr("example.com", 100, 20, "sip+d2u", "_sip._udp.other.example.com"));
    c.records.push_back(c.book.srv("_sip._udp.other.example.com", 1, 1, "p2.example.com", 5088));
    c.records.push_back(c.book.srv("_sip._tcp.example.com", 1, 1, "p1.example.com", 5089));
    SUBCASE("we speak UDP")
    {
        CHECK(endpoints(c.locate(c.to("example.com"))) == Endpoints{{kP2, 5088}});
    }
    SUBCASE("we speak both: the lower preference")
    {
        c.options.transports.push(sip::Transport::kTcp);
        const auto result = c.locate(c.to("example.com"));
        CHECK(endpoints(result) == Endpoints{{kP2, 5088}});
    }
    SUBCASE("the next service where the first has no SRV record")
    {
        std::erase_if(c.records, [&c](const Record& r) {
            return r.owner == c.book("_sip._udp.other.example.com");
        });
        c.options.transports.push(sip::Transport::kTcp);
        const auto result = c.locate(c.to("example.com"));
        CHECK(endpoints(result) == Endpoints{{kP1, 5089}});
        CHECK(std::get<Located>(result).targets[0].transport == sip::Transport::kTcp);
    }
    SUBCASE("a transport in the URI leaves NAPTR out (4.1)")
    {
        c.options.transports.push(sip::Transport::kTcp);
        Destination tcp = c.to("example.com");
        tcp.transport = sip::Transport::kTcp;
        CHECK(endpoints(c.locate(tcp)) == Endpoints{{kP1, 5089}});
        CHECK(c.asked.size() == 1);
    }
}

TEST_CASE("without NAPTR the SRV records of each transport we speak are looked for (RFC 3263 4.1)")
{
    Client c;
    c.options.transports.push(sip::Transport::kTcp);
    std::erase_if(c.records, [](const Record& r) { return r.type == Type::kSrv; });
    c.records.push_back(c.book.srv("_sip._tcp.example.com", 1, 1, "p1.example.com", 5089));
    CHECK(endpoints(c.locate(c.to("example.com"))) == Endpoints{{kP1, 5089}});
    CHECK(c.types() == std::vector{Type::kNaptr, Type::kSrv, Type::kSrv});
}

TEST_CASE("a target of . means no: not even the addresses of the name are tried (RFC 2782)")
{
    Client c;
    std::erase_if(c.records, [](const Record& r) { return r.type == Type::kSrv; });
    c.records.push_back(c.book.srv("_sip._udp.example.com", 0, 0, ".", 0));
    CHECK(failure(c.locate(c.to("example.com"))) == LocationFailure::kNotAvailable);
    CHECK(c.types() == std::vector{Type::kNaptr, Type::kSrv});
    // Another transport may be there.
    c.options.transports.push(sip::Transport::kTcp);
    c.records.push_back(c.book.srv("_sip._tcp.example.com", 1, 1, "p1.example.com"));
    CHECK(endpoints(c.locate(c.to("example.com"), SimTime{1h})) == Endpoints{{kP1, 5060}});
}

TEST_CASE("targets come by priority and by the draw of the location's number (RFC 2782)")
{
    Client c;
    c.options.mode = DnsMode::kSrv;
    c.records.push_back(c.book.srv("_sip._udp.example.com", 1, 0, "p3.example.com", 5060, 100));
    c.records.push_back(c.book.a("p3.example.com", 0x0A000003));
    int p1_first = 0;
    for (c.number = 0; c.number < 200; ++c.number)
    {
        const auto found = endpoints(c.locate(c.to("example.com")));
        REQUIRE(found.size() == 3);
        CHECK(found[2] == Endpoint{kP2, 5070});
        p1_first += found[0].host == kP1 ? 1 : 0;
    }
    // Two weights of 0: the literal algorithm takes the first always (sum 0, number 0).
    CHECK(p1_first == 200);
    CHECK(c.asked.size() == 1);
    c.options.selection = Selection::kProportional;
    p1_first = 0;
    for (c.number = 0; c.number < 200; ++c.number)
    {
        p1_first += endpoints(c.locate(c.to("example.com")))[0].host == kP1 ? 1 : 0;
    }
    // Half of 200, four standard errors of 7.1.
    CHECK((p1_first > 72 && p1_first < 128));
}

TEST_CASE("each address of a target is one to try, at the target's port (RFC 3263 4.2)")
{
    Client c;
    c.records.push_back(c.book.a("p1.example.com", 0x0A000009, 50));
    const auto result = c.locate(c.to("example.com"));
    CHECK(endpoints(result) == Endpoints{{kP1, 5060}, {sip::Host{0x0A000009}, 5060}, {kP2, 5070}});
    CHECK(std::get<Located>(result).targets[2].priority == 2);
}

TEST_CASE("a list may be used as long as the SRV answer, the addresses, or the least (ambiguity 2)")
{
    // NAPTR is not there. SRV arrives at 20 ms with 100 s, the addresses with it with 50 s and 70 s.
    for (const auto& [ttl, until] :
         {std::pair<TtlOf, std::chrono::milliseconds>{TtlOf::kSrv, 100'020ms},
          {TtlOf::kAddress, 50'020ms},
          {TtlOf::kLeast, 50'020ms}})
    {
        Client c;
        c.options.ttl = ttl;
        CHECK(std::get<Located>(c.locate(c.to("example.com"))).until == SimTime{until});
    }
    Client plain;
    plain.options.mode = DnsMode::kA;
    CHECK(std::get<Located>(plain.locate(plain.to("example.com"))).until == SimTime{40'010ms});
    // Counted from when it arrived, not from when it was asked of the cache.
    CHECK(std::get<Located>(plain.locate(plain.to("example.com"), SimTime{30s})).until ==
          SimTime{40'010ms});
}

TEST_CASE("a target that is an alias into another zone: the CNAME's TTL counts, too")
{
    Client c;
    c.options.ttl = TtlOf::kAddress;
    c.options.mode = DnsMode::kSrv;
    std::erase_if(c.records, [](const Record& r) { return r.type == Type::kSrv; });
    c.records.push_back(c.book.srv("_sip._udp.example.com", 1, 0, "p1.example.com", 5060, 100));
    c.records.push_back(c.book.srv("_sip._udp.example.com", 2, 0, "alias.example.com", 5061, 100));
    c.records.push_back(c.book.srv("_sip._udp.example.com", 3, 0, "p2.example.com", 5070, 100));
    c.records.push_back(c.book.cname("alias.example.com", "p.other.net", 5));
    c.others = {c.book.soa("other.net", 3600, 60), c.book.a("p.other.net", 0x0A000009, 300)};
    const auto result = c.locate(c.to("example.com"));
    // p1 and p2 came along with the SRV records.
    CHECK(c.asked == std::vector<Question>{{c.book("_sip._udp.example.com"), Type::kSrv},
                                           {c.book("alias.example.com"), Type::kA},
                                           {c.book("p.other.net"), Type::kA}});
    CHECK(endpoints(result) == Endpoints{{kP1, 5060}, {sip::Host{0x0A000009}, 5061}, {kP2, 5070}});
    // The CNAME arrived after 20 ms and is good for 5 s.
    CHECK(std::get<Located>(result).until == SimTime{5'020ms});
}

TEST_CASE("a target without an address costs that target only")
{
    Client c;
    std::erase_if(c.records, [&c](const Record& r) { return r.owner == c.book("p1.example.com"); });
    CHECK(endpoints(c.locate(c.to("example.com"))) == Endpoints{{kP2, 5070}});
    c.deaf.push_back({c.book("p1.example.com"), Type::kA});
    CHECK(endpoints(c.locate(c.to("example.com"), SimTime{1h})) == Endpoints{{kP2, 5070}});
}

TEST_CASE("what fails is told apart: no name, no record, silence, refusal")
{
    Client c;
    CHECK(failure(c.locate(c.to("nobody.example.com"))) == LocationFailure::kNxDomain);
    CHECK(failure(c.locate(c.to("_udp.example.com"))) == LocationFailure::kNoRecord);
    CHECK(failure(c.locate(c.to("example.net"))) == LocationFailure::kServFail);
    c.deaf.push_back({c.book("_sip._udp.example.com"), Type::kSrv});
    CHECK(failure(c.locate(c.to("example.com"))) == LocationFailure::kTimeout);
    std::erase_if(c.records, [](const Record& r) { return r.type == Type::kA; });
    c.deaf.clear();
    CHECK(failure(c.locate(c.to("example.com"), SimTime{1h})) == LocationFailure::kNxDomain);
    c.settings.servers.clear();
    CHECK(failure(c.locate(c.to("example.com"), SimTime{2h})) == LocationFailure::kTimeout);
}

TEST_CASE("configured addresses are the list, for ever")
{
    const std::vector hosts{kP1, kP2};
    const Located located = configured(hosts, 5060);
    REQUIRE(located.targets.size() == 2);
    CHECK(located.targets[1].endpoint == Endpoint{kP2, 5060});
    CHECK(located.until == kNever);
}

TEST_CASE("options are checked")
{
    LocationOptions options;
    CHECK(validate(options).empty());
    options.transports.push(sip::Transport::kUdp);
    CHECK(validate(options).size() == 1);
    options.transports.clear();
    CHECK(validate(options).size() == 1);
}
