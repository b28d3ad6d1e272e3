#pragma once

// Models : SIP's text form (RFC 3261 §7, §25), both directions, and what a bad message is owed.
// Drives : packet carrier, `sipsim decode`, live peers. libosip2 parses and prints behind it.
// Keeps  : decode(encode(m)) == m for every message our cores make; encoded_size(m) ==
//          encode(m).size(); a hostile datagram never throws, never reads outside, never prints.
// Leaves : bodies (read over; Not modelled: bodies are not kept), header fields the envelope lacks.

#include "model/sip/message.h"
#include "model/sip/names.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace sipsim::sip
{

/// Why a datagram was not taken, and what its sender is owed.
struct Refusal
{
    std::string reason;       // one clause, names the header field
    std::uint16_t status = 0; // response owed (400, 416, 420, 483, 505 ...); 0: silence
    std::optional<Message>
        response; // that response, addressed, when enough of the request was read
};

/// An empty datagram or one of CRLFs only is a keepalive, not a message (RFC 3261 §7.5, RFC 5626).
struct Keepalive
{
};

using Decoded = std::variant<Message, Keepalive, Refusal>;

struct CodecOptions
{
    std::size_t max_datagram = 65'507; // octets; the UDP payload limit over IPv4
    bool check_max_forwards =
        true; // 483 at 0 for methods other than OPTIONS/REGISTER at their target
    FixedVector<OptionTag, kMaxOptionTags>
        supported; // Require values understood; others are owed 420
};

class Codec
{
  public:
    explicit Codec(Names& names, CodecOptions options = {});
    ~Codec();

    /// The message's text. Precondition: at least one Via, a method, From, To, Call-ID, CSeq.
    [[nodiscard]] std::string encode(const Message& message);

    /// `src` and `dst` are the datagram's transport addresses; they are copied into the message.
    /// The validator's order and rules: RFC 3261 §8.2 (UAS), §18.3 (framing), §16.3 (Max-Forwards),
    /// RFC 4475 (torture tests).
    [[nodiscard]] Decoded decode(std::string_view datagram, Endpoint src, Endpoint dst);

  private:
    Names& names_;
    CodecOptions options_;
};

/// Octets of encode(message), computed from the fields alone; no allocation.
[[nodiscard]] std::size_t encoded_size(const Message& message, const Names& names);

/// Octets on a wire: the SIP text in UDP (8) in IPv4 (20). Model choice: link layers add nothing, so
/// that both carriers and any pcap agree.
[[nodiscard]] inline std::size_t
wire_size(std::size_t sip_octets)
{
    return sip_octets + 28;
}

} // namespace sipsim::sip
