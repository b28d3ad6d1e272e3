#pragma once

// Models : a SIP message as the envelope every core reads and writes (RFC 3261 §7, §8.1.1), with the
//          body fields that registration needs.
// Drives : cores build and read it; the codec turns it into text and back; the fleet carries it as is.
// Keeps  : no pointer and no allocation; copying costs what is in use.
// Leaves : message bodies, header fields the cores do not act on (the codec drops them; Not modelled:
//          unknown header fields are not forwarded).

#include "model/base/fixed_vector.h"
#include "model/base/time.h"
#include "model/sip/ids.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sipsim::sip
{

enum class Method : std::uint8_t
{
    kUnknown,
    kRegister,
    kOptions,
    kInvite,
    kAck,
    kBye,
    kCancel,
    kSubscribe,
    kNotify,
    kUpdate,
    kMessage,
};

[[nodiscard]] std::string_view name_of(Method method);

/// The method of that name (case-sensitive, RFC 3261 §7.1); kUnknown for all others.
[[nodiscard]] Method method_of(std::string_view name);

/// The reason phrase of RFC 3261 §21; of an unknown code, its class's.
[[nodiscard]] std::string_view reason_phrase(std::uint16_t status);

/// sip:user@host:port;transport=...
struct Uri
{
    UserId user{};
    HostPort at;
    std::optional<Transport> transport; // the parameter, when written

    friend bool operator==(const Uri&, const Uri&) = default;
};

/// RFC 3261 §18.2.1, RFC 3581.
struct Via
{
    HostPort sent_by;
    Branch branch{}; // 0: not written (RFC 2543)
    Transport transport = Transport::kUdp;
    bool rport_asked = false; // ;rport
    std::uint16_t rport = 0;  // ;rport=N, 0: not filled in
    Host received{};          // ;received=, 0: none

    friend bool operator==(const Via&, const Via&) = default;
};

/// One Contact value. `*` is Message::contact_star.
struct Contact
{
    Uri uri;
    InstanceId instance{};                // +sip.instance (RFC 5626 §4.1), 0: none
    std::optional<std::uint32_t> expires; // seconds

    friend bool operator==(const Contact&, const Contact&) = default;
};

enum class DigestAlgorithm : std::uint8_t
{
    kMd5,    // RFC 2617
    kSha256, // RFC 7616, RFC 8760
};

/// WWW-Authenticate (401) or Proxy-Authenticate (407); always qop="auth" unless `qop` is false
/// (RFC 2069 compatibility of RFC 2617 §3.2.2.1).
struct Challenge
{
    Host realm{};
    Nonce nonce{};
    DigestAlgorithm algorithm = DigestAlgorithm::kMd5;
    bool qop = true;
    bool stale = false;

    friend bool operator==(const Challenge&, const Challenge&) = default;
};

using Proof = std::array<std::uint8_t, 32>; // MD5 uses the first 16, zeros after

/// Authorization or Proxy-Authorization.
struct Credentials
{
    UserId user{};
    Host realm{};
    UriText uri_text{}; // of `uri`, where it is not what we would write
    Nonce nonce{};
    Cnonce cnonce{};
    std::uint32_t nc = 0;
    DigestAlgorithm algorithm = DigestAlgorithm::kMd5;
    bool qop = true;
    Uri uri; // digest-uri
    Proof proof{};

    friend bool operator==(const Credentials&, const Credentials&) = default;
};

static_assert(sizeof(Credentials) == 96);

/// Parameters of a Via for overload control (RFC 7339 §4, RFC 7415 §3.2).
struct OverloadControl
{
    enum Algorithm : std::uint8_t
    {
        kLoss = 1, // `value` per cent of the requests are not to be sent
        kRate = 2, // `value` requests a second at most
    };

    std::uint8_t algorithms =
        0;                   // of a request: those the client knows; of a response: the one in use
    bool answered = false;   // what follows is written: a response's
    std::uint32_t value = 0; // oc
    std::uint32_t validity = 500; // oc-validity, ms; 500 where it is not written (RFC 7339 §4.3)
    std::optional<std::uint64_t>
        sequence{}; // oc-seq, in units of its fifth decimal; none: not readable

    /// The client of the hop supports overload control.
    [[nodiscard]] bool offered() const
    {
        return algorithms != 0;
    }

    friend bool operator==(const OverloadControl&, const OverloadControl&) = default;
};

/// The event package of a SUBSCRIBE (RFC 6665 §8.2.1).
enum class EventPackage : std::uint8_t
{
    kNone,
    kMessageSummary, // message waiting (RFC 3842)
    kDialog,         // a busy lamp (RFC 4235)
};

[[nodiscard]] std::string_view name_of(EventPackage event);

inline constexpr std::size_t kMaxVias = 3;
inline constexpr std::size_t kMaxContacts = 8;
inline constexpr std::size_t kMaxOptionTags = 4;

struct Message
{
    // Else a message that is made where it stands would be cleared first, a thousand octets of it.
    Message() noexcept
    {
    }

    // Transport: filled in by the carrier, not part of the text.
    Endpoint src;
    Endpoint dst;

    Method method = Method::kUnknown; // of a response: CSeq's
    MethodName method_name{};         // of kUnknown: its text, so that a 405 can name it
    std::uint16_t status = 0;         // 0: a request
    std::uint8_t max_forwards = 70;   // requests (RFC 3261 §8.1.1.6)

    Uri request_uri;
    Uri from;
    Uri to;
    Tag from_tag{};
    Tag to_tag{};
    CallId call_id{};
    CSeq cseq{};
    FixedVector<Via, kMaxVias> via; // topmost first
    // Of the topmost Via. Not modelled: those of others, which a proxy would have to bring back as it
    // found them.
    OverloadControl overload;
    FixedVector<HostPort, 2> path; // RFC 3327, topmost first
    FixedVector<OptionTag, kMaxOptionTags> require;
    FixedVector<OptionTag, kMaxOptionTags> proxy_require;
    FixedVector<OptionTag, kMaxOptionTags> unsupported; // of a 420

    EventPackage event = EventPackage::kNone; // others are read over

    FixedVector<Contact, kMaxContacts> contacts;
    bool contact_star = false;
    std::optional<std::uint32_t> expires;     // seconds
    std::optional<std::uint32_t> min_expires; // seconds, of a 423
    std::optional<std::uint32_t> retry_after; // seconds
    FixedVector<Challenge, 2> challenges; // of a 401 or 407, best algorithm first (RFC 8760 §2.3)
    std::optional<Credentials> credentials; // Authorization of a request, or Proxy-Authorization
    bool proxy_auth = false;                // the credentials are Proxy-Authorization

    [[nodiscard]] bool is_request() const
    {
        return status == 0;
    }

    friend bool operator==(const Message&, const Message&) = default;
};

/// What the transport that receives a request notes in its topmost Via: `received` if sent-by is not
/// the source address (RFC 3261 §18.2.1), `received` and `rport` if rport was asked for (RFC 3581 §4),
/// instead of what was written there. Idempotent; does nothing while src is not filled in.
void note_source(Message& request);

/// Where a response goes over an unreliable transport: the topmost Via's received (else sent-by) at
/// rport (else sent-by's port, else 5060). RFC 3261 §18.2.2, RFC 3581 §4.
[[nodiscard]] Endpoint response_target(const Message& response);

/// A response to `request` with the fields RFC 3261 §8.2.6.2 copies: Via, From, To, Call-ID, CSeq.
/// `to_tag` is used if the request has none and the response is not a 100. The topmost Via is
/// noted as by note_source(), src is the request's dst, dst is response_target().
[[nodiscard]] Message make_response(const Message& request, std::uint16_t status, Tag to_tag);

/// The same into a message in its initial state.
void write_response(const Message& request, std::uint16_t status, Tag to_tag, Message& response);

/// "REGISTER" or "200": what a ladder diagram and a trace call the message.
[[nodiscard]] std::string what(const Message& message);

} // namespace sipsim::sip
