// Any octets at all: the codec neither crashes nor reads outside, and whatever it takes or answers is a
// message it prints in the computed size and reads back as the same message.

#include "model/sip/codec.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>

using namespace sipsim;
using namespace sipsim::sip;

namespace
{

void
demand(bool kept, const char* property, const std::string& text)
{
    if (!kept)
    {
        std::cerr << "broken: " << property << "\n" << text << "\n";
        std::abort();
    }
}

void
check_message(const Message& message, Codec& codec, const Names& names)
{
    const std::string text = codec.encode(message);
    demand(encoded_size(message, names) == text.size(), "the computed size is the text's", text);
    const Decoded again = codec.decode(text, message.src, message.dst);
    const auto* read = std::get_if<Message>(&again);
    demand(read != nullptr, "what we print is SIP", text);
    demand(*read == message, "what we print reads as what it was", text);
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr Endpoint kSource{Host{0x0A000001}, 5060};
    constexpr Endpoint kDestination{Host{0x0A0000FE}, 5060};
    Names names{1000};
    Codec codec{names};
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const Decoded decoded = codec.decode(text, kSource, kDestination);
    if (const auto* message = std::get_if<Message>(&decoded))
    {
        check_message(*message, codec, names);
    }
    if (const auto* refusal = std::get_if<Refusal>(&decoded))
    {
        demand(!refusal->reason.empty(), "a refusal has a reason", {});
        demand(refusal->status != 0 || !refusal->response, "silence is silence", {});
        if (refusal->response)
        {
            check_message(*refusal->response, codec, names);
        }
    }
    return 0;
}
