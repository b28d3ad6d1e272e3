#pragma once

// Models : the client's side of overload control on one hop: a proxy that sends its registrar no more than
//          that says it wants, by RFC 7339 (loss) or RFC 7415 (rate).
// Drives : EdgeProxy asks it about each request it would forward and shows it each response.
// Keeps  : without an announcement in force everything passes; whether a request passes by loss is a
//          function of the request and of the announcement, so that a copy of it has the same fate; no
//          timer.
// Leaves : what is said to a request that does not pass (EdgeProxy). Not modelled: self-limiting when
//          nothing is heard any more (RFC 7339 §5.9), several servers, RFC 7415's avoidance of
//          resonance between many clients.
//
// Model choice: of RFC 7339 §5.10.1 what is left where there are no dialogues and no emergency calls:
// a REGISTER with credentials goes before one without, since for it the challenge has been served.

#include "model/base/draw.h"
#include "model/base/leaky_bucket.h"
#include "model/base/loss_mix.h"
#include "model/sip/message.h"

#include <cstdint>
#include <optional>

namespace sipsim::proxy
{

/// Of OverloadClientOptions::burst.
inline constexpr std::uint32_t kMaxOverloadBurst = 1'000'000;

struct OverloadClientOptions
{
    // sip::OverloadControl::Algorithm, those offered; 0: no overload control. RFC 7339 §4.2 has every
    // client offer loss.
    std::uint8_t algorithms = 0;
    // Rate: requests that may go at once; TAU of RFC 7415 §3.5.1 is (burst - 1)/rate, for requests with
    // credentials (2 burst - 1)/rate (§3.5.2). Model choice of both; 1 .. kMaxOverloadBurst.
    std::uint32_t burst = 5;
    // Of the 503 to a request that is not sent, seconds. nullopt or 0: none (RFC 7339 §5.10: 503 without
    // Retry-After); Model choice: with it one is given. With retry_after_max uniform over the whole
    // seconds between the two, the least of them >= 1.
    std::optional<std::uint32_t> retry_after{};
    std::optional<std::uint32_t> retry_after_max{};
};

class OverloadClient
{
  public:
    /// `options` outlive it; `proxy` is the draw key of this server.
    OverloadClient(const OverloadClientOptions& options, const DrawKey& proxy);

    /// The parameters of the proxy's own Via in a request (RFC 7339 §5.1).
    [[nodiscard]] sip::OverloadControl offer() const
    {
        return {.algorithms = options_.algorithms};
    }

    /// The parameters of that Via in a response. While an announcement is in force only a higher oc-seq
    /// changes it (§5.4). Model choice: one without a readable oc-seq is taken for the newest.
    void on_response(SimTime now, const sip::OverloadControl& control);

    /// Whether a request may be sent now (RFC 7339 §7.2, RFC 7415 §3.5).
    [[nodiscard]] bool passes(SimTime now, const sip::Message& request);

    /// The process died.
    void clear();

  private:
    [[nodiscard]] SimDuration increment() const;

    const OverloadClientOptions& options_;
    DrawKey proxy_;
    std::uint8_t algorithm_ = 0;
    std::uint32_t value_ = 0;
    SimTime until_{};                       // the announcement is in force before
    std::optional<std::uint64_t> sequence_; // of it; none: the next one is heard
    LossMix mix_;                           // without and with credentials
    LeakyBucket bucket_;
};

} // namespace sipsim::proxy
