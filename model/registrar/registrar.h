#pragma once

// Models : a registrar: RFC 3261 §10.3 step by step, with digest (§22) before it and its own limits.
// Drives : RegistrarServer hands it requests that are not retransmissions; it answers with a Reply.
// Keeps  : a request changes all its bindings or none; no answer depends on anything but the request,
//          the options, the location service and the time.
// Leaves : retransmissions and transport (RegistrarServer), service time (service station, later).
//          Not modelled: Path, GRUU, multiple domains.

#include "model/base/draw.h"
#include "model/registrar/location_service.h"
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
    kInitial, // only a request that is not the refresh or removal, by the same Call-ID, of a live binding
    kAlways,  // every request must prove itself with a nonce younger than nonce_lifetime
};

/// What a second Contact of the same AOR does to the first.
enum class OnSecondContact : std::uint8_t
{
    kAppend,  // both stay, up to max_contacts (RFC 3261 §10.3)
    kReplace, // the new one displaces all others (VOS3000 SS_ENDPOINT_REGISTER_REPLACE On, Kamailio max_contacts 1 style)
    kReject,  // 403 while the other one lives
};

struct RegistrarOptions
{
    std::uint32_t default_expires = 3600; // granted when the request names none; seconds
    std::uint32_t min_expires = 60;       // below: 423, if 0 < requested < 3600 s (RFC 3261 §10.3 step 7); 0: no minimum
    std::uint32_t max_expires = 7200;     // granted at most; seconds
    std::uint8_t max_contacts = 1;        // per AOR, 1 .. kMaxContacts; one more is answered 403 when appending
    OnSecondContact on_second_contact = OnSecondContact::kReplace;

    ChallengeWhen challenge = ChallengeWhen::kAlways;
    std::uint16_t challenge_status = 401; // 401 or 407
    SimDuration nonce_lifetime = 300s;    // 0: a nonce serves once (Kamailio auth nonce_expire: 300 s)
    FixedVector<sip::DigestAlgorithm, 2> algorithms; // offered, best first; empty: MD5
    bool qop = true;
    std::uint16_t wrong_credentials_status = 401; // 401: challenge again (RFC 3261 §22.1); 403: refuse

    bool stateless = false; // an equal Call-ID and CSeq is a repeat and is answered 200 again (§10.3 step 7 would fail it)

    // Tests and scenarios of refusal: this share of requests is answered with `refuse_status`.
    std::uint16_t refuse_status = 0;           // 0: never refuse. Otherwise every REGISTER gets it
    std::optional<std::uint32_t> retry_after;  // with refuse_status, seconds
    std::optional<sip::HostPort> redirect_to;  // Contact of a refuse_status 3xx

    sip::TransactionOptions transaction; // Timer J
};

[[nodiscard]] std::vector<std::string> validate(const RegistrarOptions& options);

/// An answer in compact form; with the request it is the whole response.
struct Reply
{
    std::uint16_t status = 0;
    bool stale = false;
    sip::Nonce nonce{};             // of a challenge
    std::uint32_t seconds = 0;      // Min-Expires of a 423, Retry-After of a refusal (0: none)
    sip::HostPort redirect;         // Contact of a 3xx
    LocationService::Bindings bindings; // of a 200: the AOR's bindings after the request
    bool changed = false;           // the bindings are not what they were
    bool fresh_attempt = false;     // the request was valid and authenticated or needed no authentication
};

/// Credentials known to the registrar: the secret of a user, nullopt for an unknown user (404).
using SecretLookup = std::function<std::optional<sip::SecretId>(sip::UserId)>;

class Registrar
{
  public:
    /// `server` is the draw key's device number of this server; `proof` and `locations` outlive it.
    Registrar(const RegistrarOptions& options,
              const DrawKey& server,
              sip::Host domain,
              const sip::ProofFunction& proof,
              SecretLookup secrets,
              LocationService& locations);

    /// REGISTER by §10.3; OPTIONS 200; other methods 405; other domains 404.
    [[nodiscard]] Reply process(SimTime now, const sip::Message& request);

    /// The response `reply` stands for, addressed back by §18.2.2 and RFC 3581.
    [[nodiscard]] sip::Message response(SimTime now,
                                        const sip::Message& request,
                                        const Reply& reply) const;

    /// The process starts anew: nonces it gave out are unknown from now on.
    void on_restart(bool keep_bindings);

  private:
    const RegistrarOptions& options_;
    DrawKey server_;
    sip::Host domain_;
    const sip::ProofFunction& proof_;
    SecretLookup secrets_;
    LocationService& locations_;
    std::uint64_t nonces_ = 0;
    std::uint32_t starts_ = 0;
};

} // namespace sipsim::registrar
