#pragma once

// Models : what writing and reading STUN's octets share: constants, and which attribute belongs where.
// Drives : stun_codec.cc and stun_decode.cc alone.
// Keeps  : nothing.
// Leaves : everything else.

#include "model/nat/stun_codec.h"
#include "model/nat/stun_message.h"

namespace sipsim::nat::wire
{

inline constexpr std::size_t kHeader = 20; // octets
inline constexpr std::uint8_t kIpv4 = 1;   // RFC 5389 §15.1
inline constexpr std::uint8_t kIpv6 = 2;
inline constexpr std::uint32_t kChangeIp = 4; // RFC 3489 §11.2.4
inline constexpr std::uint32_t kChangePort = 2;

/// Attributes end on a boundary of 32 bits (RFC 5389 §15).
[[nodiscard]] constexpr std::size_t
padded(std::size_t length)
{
    return (length + 3) / 4 * 4;
}

/// XOR-MAPPED-ADDRESS hides port and address behind the cookie (RFC 5389 §15.2); twice is once undone.
[[nodiscard]] constexpr std::uint16_t
cover(std::uint16_t port)
{
    return port ^ static_cast<std::uint16_t>(kStunCookie >> 16U);
}

[[nodiscard]] constexpr std::uint32_t
cover(std::uint32_t address)
{
    return address ^ kStunCookie;
}

/// The class's two bits are bits 4 and 8 of the type (RFC 5389 §6).
[[nodiscard]] constexpr std::uint16_t
type_of(StunClass kind, StunMethod method)
{
    const auto bits = static_cast<std::uint16_t>(kind);
    return static_cast<std::uint16_t>(((bits & 1U) << 4U) | ((bits & 2U) << 7U) |
                                      static_cast<std::uint16_t>(method));
}

/// A receiver of requests is strict about the form, since 420 tells the client; one of responses is not:
/// servers of RFC 3489 answer with the id they got, cookie or not.
[[nodiscard]] bool understood(StunAttribute name,
                              StunClass kind,
                              StunForm form,
                              const StunSupport& support);

/// Whether the attribute has a place in this class (RFC 3489 table 2).
[[nodiscard]] bool applies(StunAttribute name, StunClass kind);

} // namespace sipsim::nat::wire
