#pragma once

// Models : a STUN client: when a request is repeated and given up (RFC 3489 §9.3, RFC 5389 §7.2.1), and
//          asking once for the mapped address (RFC 3489 §10.3, RFC 5389 Binding; RFC 5626 §4.4.2 where
//          the server is the SIP port).
// Drives : a carrier calls on_*() and sends what comes out; StunTransaction alone serves other cores.
// Keeps  : next_deadline() may change after any on_*() call, at no other time; a request is a pure
//          function of key and number, so a repeat is the same request; small, trivially copyable.
// Leaves : octets, sockets, NAT type (stun_discovery.h). Not modelled: measuring the round trip for the
//          next RTO (RFC 5389 §7.2.1), listening 10 s for contradicting responses (RFC 3489 §9.4).

#include "model/base/draw.h"
#include "model/base/fixed_vector.h"
#include "model/base/time.h"
#include "model/nat/stun_message.h"

#include <cstdint>
#include <optional>
#include <type_traits>

namespace sipsim::nat
{

using namespace std::chrono_literals;

/// Sends at intervals that double from `first` up to `longest`, `sends` in all; fails `last` after the
/// last of them.
struct StunLaw
{
    SimDuration first{}; // > 0
    SimDuration longest{};
    std::uint8_t sends = 1; // >= 1
    SimDuration last{};

    friend bool operator==(const StunLaw&, const StunLaw&) = default;
};

/// Sends at 0, 100, 300, 700, 1500, 3100, 4700, 6300, 7900 ms, failure at 9500 ms (RFC 3489 §9.3).
inline constexpr StunLaw kStunLaw3489{100ms, 1600ms, 9, 1600ms};

/// RTO 500 ms, Rc = 7, Rm = 16: sends at 0, .5, 1.5, 3.5, 7.5, 15.5, 31.5 s, failure at 39.5 s (RFC 5389
/// §7.2.1).
inline constexpr StunLaw kStunLaw5389{500ms, SimDuration::max(), 7, 8s};

[[nodiscard]] constexpr StunLaw
stun_law(StunForm form)
{
    return form == StunForm::kClassic ? kStunLaw3489 : kStunLaw5389;
}

/// Send this datagram. `again` tells a retransmission from a new request.
struct StunSend
{
    StunMessage message;
    Endpoint to;
    std::uint8_t socket = 0; // which of the client's, from 0
    bool again = false;
};

using StunOutputs = FixedVector<StunSend, 1>;

/// When one request is sent again and given up.
class StunTransaction
{
  public:
    enum class Step : std::uint8_t
    {
        kNone,
        kSend, // the same request again
        kFailed,
    };

    /// The caller sends transaction `number` now, for the first time.
    void start(const StunLaw& law, std::uint64_t number, SimTime now);

    /// A response has come, or an ICMP error (RFC 5389 §7.2.1).
    void stop();

    /// Spurious calls are harmless.
    [[nodiscard]] Step on_deadline(const StunLaw& law, SimTime now);

    [[nodiscard]] bool active() const
    {
        return next_ != kNever;
    }

    [[nodiscard]] SimTime next_deadline() const
    {
        return next_;
    }

    [[nodiscard]] std::uint64_t number() const
    {
        return number_;
    }

    /// How often it has been sent.
    [[nodiscard]] unsigned sends() const
    {
        return sends_;
    }

  private:
    std::uint64_t number_ = 0;
    SimTime next_ = kNever;
    std::uint8_t sends_ = 0;
};

/// What the clients of a fleet share.
struct StunClientSettings
{
    Endpoint server{};
    StunForm form = StunForm::kClassic;
    StunLaw law = kStunLaw3489; // stun_law(form) unless a product says otherwise
    bool fingerprint = false;   // RFC 5389 only; where a port is shared with another protocol
};

/// Asks a server once how it sees us.
class StunBinding
{
  public:
    /// The request is the `number`-th transaction of `key`; an earlier one that is under way is dropped.
    void on_start(const StunClientSettings& settings,
                  const DrawKey& key,
                  std::uint64_t number,
                  SimTime now,
                  StunOutputs& out);
    /// False: no response of ours, and nothing happened.
    bool on_message(const StunClientSettings& settings,
                    const DrawKey& key,
                    const StunMessage& message);
    void on_deadline(const StunClientSettings& settings,
                     const DrawKey& key,
                     SimTime now,
                     StunOutputs& out);
    /// ICMP port unreachable came back.
    void on_transport_error();

    [[nodiscard]] SimTime next_deadline() const
    {
        return transaction_.next_deadline();
    }

    [[nodiscard]] bool active() const
    {
        return transaction_.active();
    }

    /// Of the last request that ended; empty: it failed, or none has ended.
    [[nodiscard]] std::optional<Endpoint> mapped() const
    {
        return mapped_;
    }

    /// The ERROR-CODE that ended it; 0: none.
    [[nodiscard]] std::uint16_t error() const
    {
        return error_;
    }

  private:
    StunTransaction transaction_;
    std::optional<Endpoint> mapped_;
    std::uint16_t error_ = 0;
};

/// Whether `message` is a response to the transaction `number` of `key`.
[[nodiscard]] bool answers(const StunMessage& message,
                           const DrawKey& key,
                           std::uint64_t number,
                           StunForm form);

/// A success response that a client may use: it has a mapped address, and nothing in it that must be
/// understood and is not (RFC 3489 §9.4, RFC 5389 §7.3.3).
[[nodiscard]] bool usable(const StunMessage& message);

/// A Binding Request of the transaction, without attributes but FINGERPRINT where the settings say so.
[[nodiscard]] StunMessage binding_request(const StunClientSettings& settings,
                                          const DrawKey& key,
                                          std::uint64_t number);

static_assert(std::is_trivially_copyable_v<StunBinding>);

} // namespace sipsim::nat
