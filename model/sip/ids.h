#pragma once

// Models : identities of SIP as fixed-size numbers, so that cores copy and compare them for nothing.
// Drives : cores make them with draw(); the codec's Names turns them into text and back.
// Keeps  : numbers below kForeign are ours and have one canonical text of fixed length; numbers from
//          kForeign up stand for a text that came from outside and is kept by Names.
// Leaves : strings.

#include <cstdint>
#include <string>

namespace sipsim::sip
{

inline constexpr std::uint64_t kForeign = std::uint64_t{1} << 63U;

// clang-format off
enum class CallId : std::uint64_t {};     // canonical text: 16 hex digits
enum class Tag : std::uint64_t {};        // 0: no tag; canonical text: 16 hex digits
enum class Branch : std::uint64_t {};     // 0: none (RFC 2543); canonical text: z9hG4bK and 16 hex digits
enum class Nonce : std::uint64_t {};      // 0: none; canonical text: 16 hex digits
enum class Cnonce : std::uint64_t {};     // 0: none; canonical text: 16 hex digits
enum class UserId : std::uint64_t {};     // 0: no user part; canonical text: u and at least 7 digits
enum class InstanceId : std::uint64_t {}; // 0: none; canonical text: urn:uuid:00000000-HHHH-4000-8000- and
                                          // 12 digits: bits 48 to 62 and 0 to 47 of the number
enum class OptionTag : std::uint64_t {};  // see Names; every option tag is a text
enum class SecretId : std::uint64_t {};   // canonical text: secret- and 16 hex digits; never on the wire
enum class MethodName : std::uint64_t {}; // 0: none; the text of a method that Method does not list
enum class UriText : std::uint32_t {};    // 0: none; the text of a URI that is not its canonical one
enum class CSeq : std::uint32_t {};

// clang-format on

/// A bound on identities drawn by us: stays canonical, never 0.
[[nodiscard]] constexpr std::uint64_t
canonical(std::uint64_t bits)
{
    const std::uint64_t low = bits & (kForeign - 1);
    return low == 0 ? 1 : low;
}

/// An IPv4 address (host byte order), or a name kept by Names: names use 240.0.0.0/4, which is no
/// unicast space (RFC 1112 §4). 0: none.
enum class Host : std::uint32_t
{
};

inline constexpr std::uint32_t kFirstHostName = 0xF000'0000U;

[[nodiscard]] constexpr bool
is_name(Host host)
{
    return static_cast<std::uint32_t>(host) >= kFirstHostName;
}

/// Host and port as written in a URI or Via; port 0: not written.
struct HostPort
{
    Host host{};
    std::uint16_t port = 0;

    friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// The transport address of a datagram; always an IPv4 address and a port.
using Endpoint = HostPort;

inline constexpr std::uint16_t kSipPort = 5060; // RFC 3261 §19.1.2

/// Of a Via or a URI. To a core every one but kUdp is reliable. Names keeps the tokens of others, from
/// kFirstOtherTransport up.
enum class Transport : std::uint8_t
{
    kUdp,
    kTcp,
    kTls,
    kSctp,    // RFC 4168
    kTlsSctp, // RFC 4168
    kWs,      // RFC 7118
    kWss,     // RFC 7118
};

inline constexpr std::uint8_t kFirstOtherTransport = 7;
inline constexpr std::uint8_t kLastTransport = 254; // a binding keeps it in an octet, beside "none"

} // namespace sipsim::sip
