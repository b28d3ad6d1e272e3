// Any octets at all: the codec neither crashes nor reads outside; whatever it takes or answers is a
// message it prints in the computed size and reads back as the same message; a server answers no more
// than once, from an endpoint of its own.

#include "model/nat/stun_codec.h"
#include "model/nat/stun_server.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

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

void
check_message(StunMessage message)
{
    message.seen = {}; // not printed
    const std::string text = encode(message);
    demand(encoded_size(message) == text.size(), "the computed size is the text's");
    const StunDecoded again = decode_stun(text);
    const auto* read = std::get_if<StunMessage>(&again);
    demand(read != nullptr, "what we print is STUN");
    demand(*read == message, "what we print reads as what it was");
}

void
check_server(const StunServer& server, std::string_view datagram)
{
    const auto endpoints = server.endpoints();
    const auto reply = server.on_datagram(datagram, endpoints[0], kClient);
    if (reply)
    {
        demand(std::find(endpoints.begin(), endpoints.end(), reply->from) != endpoints.end(),
               "replies come from the server");
        check_message(reply->message);
    }
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view datagram{reinterpret_cast<const char*>(data), size};
    const StunDecoded decoded = decode_stun(datagram);
    if (const auto* message = std::get_if<StunMessage>(&decoded))
    {
        check_message(*message);
    }
    if (const auto* refusal = std::get_if<StunRefusal>(&decoded))
    {
        demand(!refusal->reason.empty(), "a refusal has a reason");
        demand((refusal->status != 0) == refusal->response.has_value(), "silence is silence");
        if (refusal->response)
        {
            check_message(*refusal->response);
        }
    }
    static const StunServer two{{.primary = {sip::Host{0xC6336401}, kStunPort},
                                 .alternate = Endpoint{sip::Host{0xC6336402}, 3479},
                                 .software = true}};
    static const StunServer on_sip{stun_on_sip_port({sip::Host{0xC6336401}, sip::kSipPort})};
    check_server(two, datagram);
    check_server(on_sip, datagram);
    demand(looks_like_stun(datagram) ||
               !on_sip.on_datagram(datagram, on_sip.endpoints()[0], kClient),
           "a SIP port answers nothing but what looks like STUN");
    return 0;
}
