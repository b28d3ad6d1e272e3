#pragma once

// Models : a registrar: RFC 3261 §10.3 step by step, with digest (§22) before it and its own limits.
// Drives : RegistrarServer hands it requests that are not retransmissions; it answers with a Reply.
// Keeps  : a request changes all its bindings or none; no answer depends on anything but the request,
//          the options, the location service, the time, the number of restarts and, where a nonce
//          serves once, the nonces served lately.
// Leaves : retransmissions and transport (RegistrarServer), service time (ServiceStation).
//          Not modelled: GRUU, multiple domains, third-party registration, merged requests (482,
//          §8.2.2.2), Date and Allow header fields; whether a device says that it supports Path (RFC 3327
//          §5.3 leaves a request that does not to policy: it is taken here).

#include "model/base/draw.h"
#include "model/registrar/admission.h"
#include "model/registrar/location_service.h"
#include "model/registrar/ping.h"
#include "model/registrar/service_station.h"
#include "model/sip/digest.h"
#include "model/sip/message.h"
#include "model/sip/transaction.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sipsim::registrar
{

using namespace std::chrono_literals;

enum class ChallengeWhen : std::uint8_t
{
    kNever,
    kInitial, // only a request that is not the refresh or removal, by the same Call-ID, of live bindings
    kAlways, // every request must prove itself with a nonce younger than nonce_lifetime
};

/// What a second Contact of the same AOR does to the first.
enum class OnSecondContact : std::uint8_t
{
    kAppend,  // both stay, up to max_contacts (RFC 3261 §10.3)
    kReplace, // the new one displaces all others (VOS3000 SS_ENDPOINT_REGISTER_REPLACE On)
    kReject,  // 403 while the other one lives
};

/// Which address of a device behind a NAT a binding names, and so where requests go (VOS3000 request
/// address; Asterisk rewrite_contact; Kamailio fix_nated_register).
enum class ContactAddress : std::uint8_t
{
    kSent,     // the Contact's host and port (RFC 3261 §10.3); VOS3000 "Contact"
    kSeen,     // the host and port the REGISTER came from; VOS3000 "Socket"
    kSeenHost, // the host it came from, the Contact's port; VOS3000 "Contact port"
};

/// Where a response goes (VOS3000 reply address).
enum class ReplyAddress : std::uint8_t
{
    kStandard, // RFC 3261 §18.2.2 and RFC 3581: received and, where rport is asked for, its port
    kSocket,   // where the request came from
    kViaPort,  // the host it came from, the port of the topmost Via's sent-by
    kVia,      // the topmost Via's sent-by
};

struct RegistrarOptions
{
    std::uint32_t default_expires = 3600; // granted when the request names none; seconds, >= 1
    // Below: 423, if 0 < requested < 3600 s (RFC 3261 §10.3 step 7); 0: no minimum; seconds.
    std::uint32_t min_expires = 60;
    std::uint32_t max_expires =
        7200; // granted at most; seconds, >= default_expires and min_expires
    // A granted expiry is shortened by a uniform draw of up to this share of it, so that those who came
    // together do not come back together (RFC 3261 §10.3: the registrar MAY choose an expiration less
    // than the requested one); in [0, 1), 0: as asked. Never below min_expires.
    double expiry_spread = 0.0;
    bool expiry_spread_per_user =
        false;                     // one draw kept per address of record instead of one per grant
    std::uint8_t max_contacts = 1; // per AOR, 1 .. kMaxContacts; one more is answered 403
    OnSecondContact on_second_contact = OnSecondContact::kReplace;

    ContactAddress contact_address = ContactAddress::kSent;
    ReplyAddress reply_address = ReplyAddress::kStandard;

    ChallengeWhen challenge = ChallengeWhen::kAlways;
    std::uint16_t challenge_status = 401; // 401 or 407
    // Age up to which a nonce is taken (Kamailio auth nonce_expire: 300 s). 0: a nonce serves once,
    // within kOneTimeWindow.
    SimDuration nonce_lifetime = 300s;
    FixedVector<sip::DigestAlgorithm, 2> algorithms; // offered, best first; empty: MD5
    bool qop = true;
    // 401: challenge again, with challenge_status (RFC 3261 §22.1); 403: refuse.
    std::uint16_t wrong_credentials_status = 401;

    // No server transactions: a copy of a request reaches the registrar, for which an equal Call-ID and
    // CSeq is a repeat and is answered 200 again (RFC 3261 §10.3 step 7 would fail it).
    bool stateless = false;

    // Tests and scenarios of refusal: every REGISTER is answered with `refuse_status`.
    std::uint16_t refuse_status = 0; // 0: never refuse; otherwise 300 .. 699 but 401, 407, 423
    std::optional<std::uint32_t> retry_after; // with refuse_status, seconds
    std::optional<sip::HostPort> redirect_to; // Contact of a refuse_status 3xx

    AdmissionOptions admission;
    PingOptions ping;         // to each contact; carriers send them
    bool answers_stun = true; // on the SIP port (RFC 5626 §8); carriers do it

    sip::TransactionOptions transaction; // Timer J
    StationOptions station;              // the process before which requests queue
};

/// Model choice: how long an unused one-time nonce (nonce_lifetime 0) is taken: 64*T1 at its default,
/// the longest a transaction of the client may have lasted.
inline constexpr SimDuration kOneTimeWindow = 32s;

/// All problems, each "name = value: must be ...".
[[nodiscard]] std::vector<std::string> validate(const RegistrarOptions& options);

/// The shortest that expiry_spread makes of an expiry of `seconds`; seconds.
[[nodiscard]] std::uint32_t shortest_grant(const RegistrarOptions& options, std::uint32_t seconds);

/// An answer in compact form; with the request it is the whole response.
struct Reply
{
    std::uint16_t status = 0;
    bool stale = false;         // of a challenge: only the nonce was wrong (RFC 7616 §3.3)
    bool changed = false;       // the bindings are not what they were
    bool fresh_attempt = false; // a REGISTER that was authenticated or needed no authentication
    bool repeat = false;        // `stateless` took the request for a copy
    bool wrong = false;         // a password was looked at and was wrong
    Limit limit = Limit::kNone; // that decided; with status 0 nothing is answered
    sip::Nonce nonce{};         // of a challenge
    std::uint32_t seconds = 0;  // Min-Expires of a 423, Retry-After of a refusal (0: none)
    sip::HostPort redirect;     // Contact of a 3xx
    LocationService::Bindings bindings; // of a 200: the AOR's bindings after the request
};

/// Credentials known to the registrar: the secret of a user, nullopt for an unknown user (404).
using SecretLookup = std::function<std::optional<sip::SecretId>(sip::UserId)>;

class Registrar
{
  public:
    /// `server` is the draw key's device number of this server; `options`, `proof` and `locations`
    /// outlive it.
    Registrar(const RegistrarOptions& options,
              const DrawKey& server,
              sip::Host domain,
              const sip::ProofFunction& proof,
              SecretLookup secrets,
              LocationService& locations);

    /// What becomes of a request goes into `reply`. REGISTER by §10.3; OPTIONS 200; SUBSCRIBE 200, 489 or
    /// 404; CANCEL 481; other methods 405; other domains 404.
    /// Model choice: a Request-URI or To naming the address the request was sent to is taken for the
    /// domain.
    void process(SimTime now, const sip::Message& request, Reply& reply);

    /// Before anything else, copies included: whether a request from `source` is taken.
    [[nodiscard]] Verdict admit(SimTime now, sip::Host source);

    /// Whether a call by `user` from `source` would be blocked: its terminal is suspended.
    [[nodiscard]] bool blocks(SimTime now, sip::UserId user, sip::Host source) const;

    /// There are limits on who may register.
    [[nodiscard]] bool limits() const
    {
        return admission_ != nullptr;
    }

    /// A request got a place in the queue before the process (ServiceStation); no copy of one that was
    /// answered.
    void on_queued(SimTime now, const sip::Message& request);

    /// The response `reply` stands for, addressed back by §18.2.2 and RFC 3581. `answered` is the time
    /// of process(): the seconds left of each binding are counted from it and rounded up, so that a
    /// binding just granted shows exactly what was granted.
    [[nodiscard]] sip::Message response(SimTime answered,
                                        const sip::Message& request,
                                        const Reply& reply) const
    {
        sip::Message response;
        write_response(answered, request, reply, response);
        return response;
    }

    /// The same into a message in its initial state.
    void write_response(SimTime answered,
                        const sip::Message& request,
                        const Reply& reply,
                        sip::Message& response) const;

    /// The process starts anew: nonces it gave out are unknown from now on.
    void on_restart(bool keep_bindings);

  private:
    using Bindings = LocationService::Bindings;

    /// The status of a request that has nothing done; 0: a REGISTER to be processed.
    [[nodiscard]] std::uint16_t status_of(const sip::Message& request) const;
    void refuse(Reply& reply) const;
    void process_register(SimTime now, const sip::Message& request, Reply& reply);
    [[nodiscard]] Binding asked_by(const sip::Contact& contact, const sip::Message& request) const;
    [[nodiscard]] sip::Uri as_sent(const Binding& binding, const sip::Message& request) const;
    [[nodiscard]] sip::Endpoint reply_to(const sip::Message& response,
                                         const sip::Message& request) const;
    [[nodiscard]] bool serves(sip::Host host, const sip::Message& request) const;
    [[nodiscard]] bool needs_proof(SimTime now, const sip::Message& request) const;
    /// True: the sender is suspended, and the reply its answer.
    [[nodiscard]] bool suspended(SimTime now, const sip::Message& request, Reply& reply);
    /// False: it has no proof, or none that counts, and the reply is its answer.
    [[nodiscard]] bool authenticate(SimTime now, const sip::Message& request, Reply& reply);
    [[nodiscard]] Admission::Attempt attempt_of(const sip::Message& request) const;
    void on_wrong_password(SimTime now, const sip::Message& request, Reply& reply);
    void ask(SimTime now, const sip::Message& request, bool stale, Reply& reply);
    [[nodiscard]] bool addressed_here(const sip::Credentials& credentials, bool proxy_auth) const;
    void challenge(SimTime now, sip::UserId user, bool stale, Reply& reply) const;
    void remove_all(SimTime now, const sip::Message& request, Reply& reply);
    void update(SimTime now, const sip::Message& request, Reply& reply);
    [[nodiscard]] std::uint32_t granted(std::uint32_t asked, const sip::Message& request) const;

    [[nodiscard]] sip::Nonce make_nonce(SimTime issued, sip::UserId user) const;
    [[nodiscard]] bool takes_nonce(SimTime now,
                                   sip::UserId user,
                                   const sip::Credentials& credentials);

    const RegistrarOptions& options_;
    DrawKey server_;
    sip::Host domain_;
    const sip::ProofFunction& proof_;
    SecretLookup secrets_;
    LocationService& locations_;
    std::unique_ptr<Admission> admission_; // nullptr: no limit is on
    std::vector<sip::Nonce>
        served_; // one-time nonces served lately, by place; empty until the first
    std::uint64_t nonce_key_ = 0;
    std::uint32_t starts_ = 0;
};

} // namespace sipsim::registrar
