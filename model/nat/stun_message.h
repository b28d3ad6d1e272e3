#pragma once

// Models : STUN messages, both generations: RFC 3489 (128 random bits name a transaction) and RFC 5389,
//          8489, 5780 (a magic cookie and 96 bits); the Binding method and what surrounds it.
// Drives : servers and clients make and read them; the codec turns them into octets and back.
// Keeps  : fixed size, no allocation, nothing but values; what is absent is empty.
// Leaves : octets (stun_codec.h). Not modelled: credentials (USERNAME, MESSAGE-INTEGRITY and their like
//          are noticed, never made or checked), IPv6 addresses, reason phrases other than the
//          recommended ones, ALTERNATE-SERVER.

#include "model/base/draw.h"
#include "model/base/fixed_vector.h"
#include "model/sip/ids.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sipsim::nat
{

using sip::Endpoint;

inline constexpr std::uint16_t kStunPort = 3478;          // RFC 5389 §18.4, RFC 3489 §8.1
inline constexpr std::uint32_t kStunCookie = 0x2112A442U; // RFC 5389 §6

/// The two bits of a message type that are no method (RFC 5389 §6).
enum class StunClass : std::uint8_t
{
    kRequest,
    kIndication, // asks for no response
    kSuccess,    // RFC 3489: Binding Response
    kError,      // RFC 3489: Binding Error Response
};

enum class StunMethod : std::uint8_t
{
    kBinding = 1,
    kSharedSecret = 2, // RFC 3489 §8.2; over TLS only, so that over UDP 433 is the one answer to it
};

/// Attribute types (RFC 3489 §11.2, RFC 5389 §18.2, RFC 5780 §7). From 0x8000 on a receiver may ignore
/// what it does not know.
enum class StunAttribute : std::uint16_t
{
    kMappedAddress = 0x0001,
    kResponseAddress = 0x0002, // RFC 3489 alone
    kChangeRequest = 0x0003,
    kSourceAddress = 0x0004,  // RFC 3489 alone
    kChangedAddress = 0x0005, // RFC 3489 alone
    kUsername = 0x0006,
    kPassword = 0x0007, // RFC 3489 alone
    kMessageIntegrity = 0x0008,
    kErrorCode = 0x0009,
    kUnknownAttributes = 0x000A,
    kReflectedFrom = 0x000B, // RFC 3489 alone
    kRealm = 0x0014,
    kNonce = 0x0015,
    kMessageIntegritySha256 = 0x001C, // RFC 8489
    kPasswordAlgorithm = 0x001D,      // RFC 8489
    kUserhash = 0x001E,               // RFC 8489
    kXorMappedAddress = 0x0020,
    kPadding = 0x0026,      // RFC 5780
    kResponsePort = 0x0027, // RFC 5780
    kSoftware = 0x8022,
    kFingerprint = 0x8028,
    kResponseOrigin = 0x802B, // RFC 5780
    kOtherAddress = 0x802C,   // RFC 5780
};

/// Whether the id of a transaction begins with the cookie.
enum class StunForm : std::uint8_t
{
    kClassic, // RFC 3489: a random 128 bit id
    kCookie,  // RFC 5389 and later
};

/// The 16 octets between the length and the attributes, as four words in network order. A response
/// repeats those of its request, whatever they are (RFC 3489 §8.1, RFC 5389 §12.2).
struct StunId
{
    std::array<std::uint32_t, 4> words{};

    [[nodiscard]] StunForm form() const
    {
        return words[0] == kStunCookie ? StunForm::kCookie : StunForm::kClassic;
    }

    friend bool operator==(const StunId&, const StunId&) = default;
};

/// The id of a client's `number`-th transaction: draws 2 * number and 2 * number + 1 of Purpose::kStun.
[[nodiscard]] inline StunId
stun_id(const DrawKey& key, std::uint64_t number, StunForm form)
{
    const std::uint64_t high = draw_identity(key, Purpose::kStun, 2 * number);
    const std::uint64_t low = draw_identity(key, Purpose::kStun, 2 * number + 1);
    StunId id{{static_cast<std::uint32_t>(high >> 32U),
               static_cast<std::uint32_t>(high),
               static_cast<std::uint32_t>(low >> 32U),
               static_cast<std::uint32_t>(low)}};
    if (form == StunForm::kCookie)
    {
        id.words[0] = kStunCookie;
    }
    else if (id.words[0] == kStunCookie)
    {
        id.words[0] = ~kStunCookie; // once in 2^32: else it would be of the other form
    }
    return id;
}

/// CHANGE-REQUEST: from where the response is to come (RFC 3489 §11.2.4, RFC 5780 §7.2).
struct StunChange
{
    bool ip = false;
    bool port = false;

    friend bool operator==(const StunChange&, const StunChange&) = default;
};

/// SOFTWARE. Model choice: what exceeds the room is cut off, it is for people only (RFC 5389 §15.10).
struct StunSoftware
{
    static constexpr std::size_t kMax = 64; // octets

    StunSoftware() = default;

    explicit StunSoftware(std::string_view name)
        : size(static_cast<std::uint8_t>(std::min(name.size(), kMax)))
    {
        std::copy_n(name.begin(), size, octets.begin());
    }

    [[nodiscard]] std::string_view text() const
    {
        return {octets.data(), size};
    }

    friend bool operator==(const StunSoftware&, const StunSoftware&) = default;

    std::array<char, kMax> octets{};
    std::uint8_t size = 0;
};

/// Distinct attribute types. Model choice: those beyond the room are not listed.
using StunTypes = FixedVector<std::uint16_t, 16>;

/// What a received message had that the fields of StunMessage do not say.
struct StunSeen
{
    bool username = false;
    bool integrity = false;   // MESSAGE-INTEGRITY
    StunTypes not_understood; // of a response: types a client must understand and does not

    friend bool operator==(const StunSeen&, const StunSeen&) = default;
};

struct StunMessage
{
    StunClass kind = StunClass::kRequest;
    StunMethod method = StunMethod::kBinding;
    StunId id;

    // Requests.
    std::optional<StunChange> change;
    std::optional<Endpoint> response_address;
    std::optional<std::uint16_t> response_port;

    // Success responses. RFC 3489 says mapped, source, changed, reflected from; RFC 5389 says xor mapped;
    // RFC 5780 says mapped, xor mapped, response origin, other.
    std::optional<Endpoint> mapped;
    std::optional<Endpoint> xor_mapped;
    std::optional<Endpoint> source;
    std::optional<Endpoint> changed;
    std::optional<Endpoint> reflected_from;
    std::optional<Endpoint> response_origin;
    std::optional<Endpoint> other;

    // Error responses.
    std::uint16_t error = 0; // 100 to 699; 0: no ERROR-CODE
    StunTypes unknown;       // UNKNOWN-ATTRIBUTES of a 420

    // Any message.
    std::optional<std::uint16_t> padding; // octets of PADDING, at most kMaxStunPadding when sent
    StunSoftware software;
    bool fingerprint = false;
    StunSeen seen;

    [[nodiscard]] StunForm form() const
    {
        return id.form();
    }

    /// XOR-MAPPED-ADDRESS before MAPPED-ADDRESS, which some NATs rewrite (RFC 5389 §15.2).
    [[nodiscard]] std::optional<Endpoint> mapped_address() const
    {
        return xor_mapped ? xor_mapped : mapped;
    }

    /// OTHER-ADDRESS, or CHANGED-ADDRESS of a server of RFC 3489.
    [[nodiscard]] std::optional<Endpoint> other_address() const
    {
        return other ? other : changed;
    }

    friend bool operator==(const StunMessage&, const StunMessage&) = default;
};

inline constexpr std::uint16_t kMaxStunPadding = 64'000;

/// A response of the class to `request`, with its id and no attribute.
[[nodiscard]] inline StunMessage
stun_response(const StunMessage& request, StunClass kind)
{
    StunMessage response;
    response.kind = kind;
    response.method = request.method;
    response.id = request.id;
    // Who uses FINGERPRINT gets it back (RFC 5389 §8: a usage says so for both sides).
    response.fingerprint = request.fingerprint;
    return response;
}

} // namespace sipsim::nat
