// Any octets at all: the codec neither crashes nor reads outside; whatever it takes is a message that it
// prints in the computed size and reads back as the same message; what stands for it in a fleet expands to
// it; a name server answers queries only, in no more octets than its client takes; a resolver is not
// misled by what it did not ask for.

#include "model/dns/authority.h"
#include "model/dns/codec.h"
#include "model/dns/shared_resolver.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>

using namespace sipsim;
using namespace sipsim::dns;

namespace
{

constexpr DrawKey kKey{1, kServerDevice, 0};
constexpr Endpoint kServer{sip::Host{0xC6336401}, kDnsPort};
constexpr Endpoint kClient{sip::Host{0xC0000201}, 32853};

void
demand(bool kept, const char* property)
{
    if (!kept)
    {
        std::cerr << "broken: " << property << "\n";
        std::abort();
    }
}

std::string
check_message(const Message& message, Names& names)
{
    const auto text = encode(message, names);
    demand(text.has_value(), "what is taken can be printed");
    demand(encoded_size(message, names) == text->size(), "the computed size is the text's");
    const Decoded again = decode(*text, names);
    const auto* read = std::get_if<Message>(&again);
    demand(read != nullptr, "what we print is DNS");
    demand(*read == message, "what we print reads as what it was");
    return *text;
}

void
check_server(const Message& message, Names& names)
{
    const Name origin = *names.name("example.com");
    const Name sip = *names.name("_sip._udp.example.com");
    const Name host = *names.name("sip.example.com");
    const std::vector<Record> records{
        {origin, Type::kSoa, Class::kIn, 60, Soa{host, host}},
        {sip, Type::kSrv, Class::kIn, 60, Srv{1, 1, 5060, host}},
        {host, Type::kA, Class::kIn, 60, A{0x0A000001}},
    };
    const Authority authority(names, {Zone{names, origin, records}}, {});
    const auto answer = authority.answer(message, kKey, 0);
    demand(answer.has_value() == !message.flags.response, "queries are answered");
    if (answer)
    {
        const std::size_t limit =
            message.edns ? std::max(message.edns->udp_size, kClassicSize) : kClassicSize;
        demand(check_message(*answer, names).size() <= limit, "a response fits");
    }
}

void
check_resolver(const Message& message, Names& names)
{
    AnswerStore answers(names);
    const auto packet = answers.compact(message);
    if (!packet)
    {
        return;
    }
    Message plain = message;
    if (plain.edns)
    {
        plain.edns = Edns{plain.edns->udp_size, 0, false};
    }
    demand(answers.expand(*packet) == plain, "a packet stands for its message");
    demand(answers.encoded_size(*packet) == encoded_size(plain, names), "in size, too");
    ResolverSettings settings;
    settings.servers.push(kServer);
    SharedResolver resolver(settings, kKey, answers);
    Sendings out;
    resolver.on_query(*packet, kClient, SimTime{}, out);
    if (message.flags.response)
    {
        demand(out.empty(), "a response is no query");
        demand(resolver.on_message(*packet, kServer, 4000, SimTime{}, out) == Verdict::kNotAsked,
               "what was not asked for is dropped");
        Packet query = *packet;
        query.question.klass = Class::kIn;
        query.flags = {};
        query.answer = AnswerId{};
        query.rcode = Rcode::kNoError;
        resolver.on_query(query, kClient, SimTime{}, out);
        Packet response = *packet;
        response.question.klass = Class::kIn;
        response.id = out.at(0).packet.id;
        const auto port = out[0].from_port;
        out.clear();
        resolver.on_message(response, kServer, port, SimTime{}, out);
        demand(!out.empty(), "an answer leads to a response or another query");
    }
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Names names(10'000);
    const Decoded decoded =
        decode(std::string_view{reinterpret_cast<const char*>(data), size}, names);
    if (const auto* message = std::get_if<Message>(&decoded))
    {
        check_message(*message, names);
        check_server(*message, names);
        check_resolver(*message, names);
    }
    if (const auto* refusal = std::get_if<Refusal>(&decoded))
    {
        demand(!reason(refusal->flaw).empty(), "a refusal has a reason");
        if (refusal->response)
        {
            check_message(*refusal->response, names);
        }
    }
    return 0;
}
