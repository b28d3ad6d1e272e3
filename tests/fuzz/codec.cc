// Any octets at all: the codec neither crashes nor reads outside, and whatever it takes or answers is a
// message it prints in the computed size and reads back as the same message.

#include "model/sip/codec.h"

#include "model/sip/codec_fields.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

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

// The transports of the Via values as they stand in the datagram, in any case.
std::vector<std::string>
transports_in(std::string_view text)
{
    std::vector<std::string> found;
    text.remove_prefix(text.find_first_not_of("\r\n"));
    static_cast<void>(take_line(text)); // the start line
    FieldReader fields{text};
    for (auto step = fields.next(); step != FieldReader::Step::kEnd; step = fields.next())
    {
        if (step != FieldReader::Step::kField || fields.field() != Field::kVia)
        {
            continue;
        }
        ListReader list{fields.value()};
        std::string_view via;
        while (list.next(via))
        {
            via.remove_prefix(via.find('/', via.find('/') + 1) + 1);
            found.emplace_back(first_word(trimmed(via)));
        }
    }
    return found;
}

// RFC 3261 §8.2.6.2: the response's Via values are the request's, but for what is noted in the topmost.
void
check_response(const Message& request, std::string_view text, Codec& codec, const Names& names)
{
    const Message response = make_response(request, 200, Tag{1});
    check_message(response, codec, names);
    const std::string answer = codec.encode(response);
    const auto asked = transports_in(text);
    const auto answered = transports_in(answer);
    demand(std::ranges::equal(asked, answered, equal_ignoring_case), "Via is copied", answer);
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr Endpoint kSource{Host{0x0A000001}, 5060};
    constexpr Endpoint kDestination{Host{0x0A0000FE}, 5060};
    Names names{64'000};
    Codec codec{names};
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const Decoded decoded = codec.decode(text, kSource, kDestination);
    if (const auto* message = std::get_if<Message>(&decoded))
    {
        check_message(*message, codec, names);
        if (message->is_request())
        {
            check_response(*message, text, codec, names);
        }
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
