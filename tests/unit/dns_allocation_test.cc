// What a fleet does again and again takes no memory: every operator new of this executable is counted.

#include "model/dns/authority.h"
#include "model/dns/shared_resolver.h"
#include "tests/unit/counted_new.h"
#include "tests/unit/dns_fixture.h"

using namespace sipsim;
using namespace sipsim::dns;

TEST_CASE("queries, authoritative answers, lookups and cached answers allocate nothing once seen")
{
    constexpr Endpoint kServer{sip::Host{0xC0000201}, kDnsPort};
    constexpr Endpoint kClient{sip::Host{0x0A000001}, 40000};
    Book book;
    const Question question{book("_sip._udp.example.com"), Type::kSrv};
    const Authority authority(book.names,
                              {Zone{book.names,
                                    book("example.com"),
                                    {book.soa("example.com"),
                                     book.srv("_sip._udp.example.com", 1, 1, "p.example.com"),
                                     book.a("p.example.com", 0x0A000009)}}},
                              {.order = RecordOrder::kShuffled});
    ResolverSettings settings;
    settings.servers.push(kServer);
    AnswerStore answers(book.names);
    SharedResolver shared(settings, {1, kServerDevice, 0}, answers);
    Sendings sent;
    std::size_t served = 0;

    // A device asks its server, then the same of a site's resolver, which asks when its TTL has passed.
    const auto day = [&](std::uint32_t device) {
        const SimTime now{std::chrono::seconds{10 * device}};
        const DrawKey key{1, device, 0};
        StubResolver stub;
        AskOutputs out;
        Pursuit pursuit{.question = question, .since = now};
        stub.ask(settings, key, answers, pursuit, now, out);
        const Packet query = out[0].packet;
        const Message response = *authority.answer(answers.expand(query), key, device);
        const auto port = out[0].from_port;
        out.clear();
        stub.on_message(settings,
                        key,
                        answers,
                        *answers.compact(response),
                        kServer,
                        port,
                        now,
                        out);
        const auto asked = stub.ask(settings, key, answers, pursuit, now, out);
        served += std::holds_alternative<Resolution>(asked) ? 1 : 0;
        served += answers.encoded_size(query) > 0 ? 1 : 0;
        sent.clear();
        shared.on_query(query, kClient, now, sent);
        if (sent[0].to == kServer)
        {
            Packet upstream = *answers.compact(response);
            upstream.id = sent[0].packet.id;
            const auto from_port = sent[0].from_port;
            sent.clear();
            shared.on_message(upstream, kServer, from_port, now, sent);
        }
        served += sent.size() == 1 && sent[0].to == kClient ? 1 : 0;
    };
    day(0);
    day(40); // past the TTL of 300 s: the caches' places are there
    const std::size_t before = allocations;
    for (std::uint32_t device = 41; device < 1000; ++device)
    {
        day(device);
    }
    CHECK(allocations == before);
    CHECK(before > 0); // they are counted
    CHECK_MESSAGE(served == 3 * (2 + 959), "everyone was served");
}
