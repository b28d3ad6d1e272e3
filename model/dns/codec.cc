#include "model/dns/codec_ldns.h"

namespace sipsim::dns
{

namespace
{

/// RFC 1035 §4.1.1: FORMERR, the name server was unable to interpret the query; NOTIMP, it does not support
/// that kind of query, however well it is formed. Model choice: without the question, which cannot be
/// trusted; never to a response, lest two servers talk for ever.
std::optional<Message>
owed(std::string_view datagram)
{
    if (datagram.size() < kHeaderOctets || (static_cast<std::uint8_t>(datagram[2]) & 0x80U) != 0)
    {
        return std::nullopt;
    }
    const auto octet = [datagram](std::size_t at) {
        return static_cast<std::uint8_t>(datagram[at]);
    };
    Message response;
    response.id = static_cast<std::uint16_t>(octet(0) << 8U | octet(1));
    response.opcode = static_cast<Opcode>((octet(2) >> 3U) & 15U);
    response.flags.response = true;
    response.flags.recursion_desired = (octet(2) & 1U) != 0;
    response.rcode = response.opcode == Opcode::kQuery ? Rcode::kFormErr : Rcode::kNotImp;
    return response;
}

} // namespace

Decoded
decode(std::string_view datagram, Names& names)
{
    const auto flaw = check_structure(datagram);
    Decoded decoded = flaw ? Decoded{Refusal{*flaw, {}}} : decode_sound(datagram, names);
    if (auto* refusal = std::get_if<Refusal>(&decoded))
    {
        refusal->response = owed(datagram);
    }
    return decoded;
}

std::string_view
reason(Flaw flaw)
{
    constexpr std::array<std::string_view, kFlaws> kReasons{
        "shorter than a header",
        "longer than a datagram",
        "more than one question",
        "a record does not end in the datagram",
        "octets after the last record",
        "more records than a message of ours has room for",
        "a label of a type that is not in use",
        "a name longer than 255 octets",
        "a name does not end where it must",
        "a name points into itself",
        "a name points forward",
        "a name points into the header",
        "RDATA is not as long as its fields",
        "an OPT record out of place",
        "a record of a type that is not read",
        "no room for another name",
        "the library does not take it",
    };
    return kReasons[static_cast<std::size_t>(flaw)];
}

} // namespace sipsim::dns
