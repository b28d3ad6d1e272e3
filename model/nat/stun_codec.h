#pragma once

// Models : STUN's octets, both directions (RFC 3489 §11, RFC 5389 §6 and §15, RFC 5780 §7), and what a
//          bad message is owed.
// Drives : packet carrier, `sipsim decode`, live peers.
// Keeps  : decode(encode(m)) == m for every message our cores make; encoded_size(m) ==
//          encode(m).size(); a hostile datagram never throws and never reads outside.
// Leaves : which requests a server grants (stun_server.h), matching (stun_client.h).

#include "model/nat/stun_message.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sipsim::nat
{

/// Why a datagram was not taken, and what its sender is owed.
struct StunRefusal
{
    std::string reason;       // one clause
    std::uint16_t status = 0; // of the error response owed (400, 420, 430, 432, 433); 0: silence
    // That response, complete; it goes from where the request came to, to where it came from
    // (RFC 3489 §8.1). Empty if status is 0.
    std::optional<StunMessage> response;
};

/// What the receiver of requests understands beside the plain Binding Request; the rest is owed 420
/// (RFC 3489 §8.1, RFC 5389 §7.3.1, RFC 5780 §6).
struct StunSupport
{
    bool classic = true;          // RFC 3489 requests; false: without the cookie it is no STUN
    bool change_request = true;   // two addresses and two ports
    bool response_address = true; // RFC 3489 only
    bool response_port = true;    // RFC 5780 only
    bool padding = true;          // RFC 5780 only
};

using StunDecoded = std::variant<StunMessage, StunRefusal>;

/// Whether a datagram on a port of another protocol is STUN: two zero bits, the cookie, a length in whole
/// words (RFC 5389 §8; RFC 5626 §8 for SIP, whose messages begin with a letter or a line end).
[[nodiscard]] bool looks_like_stun(std::string_view datagram);

/// The rules, in order. Header wrong (bits, length, cookie where it is demanded), FINGERPRINT wrong,
/// method or class unknown: silence (RFC 5389 §7.3). Attributes that do not fit: 400 to a request.
/// Attributes that must be understood and are not: 420 to a request; in a response they are listed in
/// `seen`, since it ends its transaction (RFC 3489 §9.4, RFC 5389 §7.3.3).
[[nodiscard]] StunDecoded decode_stun(std::string_view datagram, const StunSupport& support = {});

/// Precondition: addresses are no names; padding <= kMaxStunPadding.
[[nodiscard]] std::string encode(const StunMessage& message);

/// Octets of encode(message), computed from the fields alone; no allocation.
[[nodiscard]] std::size_t encoded_size(const StunMessage& message);

/// The value of FINGERPRINT over what stands before it: CRC-32 of ITU V.42, xor 0x5354554E
/// (RFC 5389 §15.5).
[[nodiscard]] std::uint32_t stun_fingerprint(std::string_view before);

/// The recommended reason phrase (RFC 3489 §11.2.9, RFC 5389 §15.6); "Error" for a code that has none.
[[nodiscard]] std::string_view stun_phrase(std::uint16_t code);

} // namespace sipsim::nat
