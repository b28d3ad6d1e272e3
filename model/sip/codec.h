#pragma once

// Models : SIP's text form (RFC 3261 §7, §25), both directions, and what a bad message is owed.
// Drives : packet carrier, `sipsim decode`, live peers. libosip2 parses and prints behind it.
// Keeps  : decode(encode(m)) == m for every message our cores make; encoded_size(m) ==
//          encode(m).size(); a hostile datagram never throws, never reads outside, never prints.
// Leaves : Not modelled: bodies (read over), display names, header fields and parameters the envelope
//          lacks (a response so lacks a Via's alias, keep, maddr and ttl, a received that is no address,
//          and the overload control of all but the topmost, though §8.2.6.2 has them copied), URI schemes other than sip, opaque of a digest challenge, IPv6 addresses other than
//          as names. What exceeds the envelope's capacity is owed 513 (more than kMaxVias Via values,
//          kMaxContacts contacts, tokens above Names::kMaxText octets).

#include "model/sip/message.h"
#include "model/sip/names.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sipsim::sip
{

/// Why a datagram was not taken, and what its sender is owed.
struct Refusal
{
    std::string reason;       // one clause, names the header field
    std::uint16_t status = 0; // response owed (400, 416, 420, 483, 505, 513 ...); 0: silence
    // That response, addressed. Not there, though a status is owed, if one of Via, From, To, Call-ID
    // and CSeq could not be read: a response is made of them (RFC 3261 §8.2.6.2). Without any Via
    // nothing is owed.
    std::optional<Message> response;
};

/// An empty datagram or one of CRLFs only is a keepalive, not a message (RFC 3261 §7.5, RFC 5626).
struct Keepalive
{
};

using Decoded = std::variant<Message, Keepalive, Refusal>;

struct CodecOptions
{
    // Octets; the UDP payload limit over IPv4. A longer one is owed 513 (RFC 3261 §21.5.14).
    std::size_t max_datagram = 65'507;
    // A request at Max-Forwards 0 is owed 483, REGISTER and OPTIONS excepted, which every server of
    // ours is the target of (RFC 3261 §8.1.1.6, §11.2: a UAS takes such a request, a proxy does not).
    bool check_max_forwards = true;
    // Require values understood; others are owed 420 (RFC 3261 §8.2.2.3) unless this is a proxy, which
    // does not look at them (§16.3).
    bool check_require = true;
    FixedVector<OptionTag, kMaxOptionTags> supported;
};

class Codec
{
  public:
    explicit Codec(Names& names, CodecOptions options = {});

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
