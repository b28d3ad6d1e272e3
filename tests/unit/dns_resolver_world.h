#pragma once

#include "model/dns/authority.h"
#include "model/dns/shared_resolver.h"
#include "tests/unit/dns_fixture.h"

#include <string>
#include <vector>

namespace sipsim::dns
{

inline constexpr DrawKey kKey{1, 2, 0};
inline constexpr DrawKey kServerKey{1, kServerDevice, 0};
inline constexpr Endpoint kFirst{sip::Host{0xC0000201}, kDnsPort};
inline constexpr Endpoint kSecond{sip::Host{0xC0000202}, kDnsPort};
inline constexpr Endpoint kClient{sip::Host{0x0A000001}, 40000};

inline SimTime
at(std::chrono::milliseconds since)
{
    return SimTime{since};
}

inline ResolverSettings
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
        Pursuit pursuit{.question = {book(name), type}, .since = since};
        return go_on(pursuit, now);
    }

    Resolved go_on(Pursuit& pursuit, SimTime now)
    {
        out.clear();
        return stub.ask(resolver, kKey, store, pursuit, now, out);
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
        Pursuit pursuit{.question = {book(name), type}, .since = now};
        stub.on_resolution(resolver);
        for (int i = 0; i < 10; ++i)
        {
            const auto asked = go_on(pursuit, now);
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
        for_each_record(resolution,
                        [&all](const Record& r) { all.push_back(std::get<A>(r.data).address); });
        return all;
    }
};

} // namespace sipsim::dns
