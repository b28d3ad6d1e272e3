#pragma once

// Models : when a user agent registers: first REGISTER, refresh, retry, credentials, giving up,
//          unregistering (RFC 3261 §10.2, §22.2; the laws are the device's).
// Drives : UserAgent tells it how attempts end and when deadlines come; it asks for attempts.
// Keeps  : at most one attempt under way; next_deadline() is the one instant at which on_deadline()
//          wants to run; spurious calls are harmless; no allocation; at most 56 octets.
// Leaves : which server (ServerWalk), sending again (ClientTransaction), message fields (UserAgent).

#include "model/base/draw.h"
#include "model/registration/options.h"
#include "model/sip/message.h"

#include <cstdint>
#include <optional>

namespace sipsim::registration
{

/// What the client is about. After a failed refresh the old binding still lives: see bound_until().
enum class State : std::uint8_t
{
    kOff,           // no power, or not enabled
    kStarting,      // initial delay
    kUnregistering, // an attempt to remove a binding is under way
    kRegistering,   // an attempt to create or refresh is under way
    kRegistered,    // waiting for the refresh
    kWaiting,       // waiting for the retry
    kStopped,       // gave up for this life
};

enum class Reason : std::uint8_t
{
    kStarted,
    kDeadline, // the initial delay, refresh or retry came due
    kGranted,
    kChallenged,
    kStaleNonce,
    kIntervalTooBrief, // 423
    kRedirected,
    kRejected, // any other final response
    kTimedOut,
    kTransportError,
    kNoServer,
    kRemoved, // an unregister attempt ended well
    kShutdown,
    kCrashed,
    kGaveUp,
};

[[nodiscard]] std::string_view name_of(State state);
[[nodiscard]] std::string_view name_of(Reason reason);

/// What the client wants sent.
enum class Intent : std::uint8_t
{
    kRegister,
    kRemoveOwn,
    kRemoveAll,
};

/// How one transaction ended.
struct AttemptResult
{
    enum class Kind : std::uint8_t
    {
        kFinal, // `response` holds it
        kTimeout,
        kTransportError,
        kNoServer,
    };
    Kind kind = Kind::kTimeout;
    const sip::Message* response = nullptr; // valid during the call
    // Granted by that response to our contact; nullopt when it lists us not (RFC 3261 §10.2.4).
    std::optional<std::uint32_t> granted;
};

/// What a call asked for. At most one attempt and one transition per call.
struct ClientOutput
{
    bool attempt = false;       // start a transaction now, for intent()
    bool same_attempt = false;  // it continues the attempt (challenge, 423, redirect): the walk stays where it is
    bool finished = false;      // an orderly end is complete: power may go
    bool transition = false;
    State from = State::kOff;
    State to = State::kOff;
    Reason reason = Reason::kStarted;
};

class RegistrationClient
{
  public:
    /// Power is on and the device has booted. `key` is the account's.
    [[nodiscard]] ClientOutput on_start(const RegistrationOptions& options,
                                        SimTime now,
                                        const DrawKey& key);
    /// The same with the first REGISTER at `first` exactly, whatever initial_delay_max says: a fleet in
    /// steady state at the start of a run.
    [[nodiscard]] ClientOutput on_start_at(const RegistrationOptions& options,
                                           SimTime now,
                                           SimTime first);
    /// A graceful end: unregisters if the options say so, else finished at once. The caller ends it by
    /// force with on_crash() after shutdown_grace.
    [[nodiscard]] ClientOutput on_shutdown(const RegistrationOptions& options, SimTime now);
    /// An end without a word: crash, power cut. Also forgets nonce and binding.
    [[nodiscard]] ClientOutput on_crash();
    [[nodiscard]] ClientOutput on_attempt_ended(const RegistrationOptions& options,
                                                SimTime now,
                                                const AttemptResult& result,
                                                const DrawKey& key);
    [[nodiscard]] ClientOutput on_deadline(const RegistrationOptions& options,
                                           SimTime now,
                                           const DrawKey& key);

    [[nodiscard]] SimTime next_deadline() const
    {
        return deadline_;
    }

    [[nodiscard]] State state() const
    {
        return state_;
    }

    /// What the present attempt is for.
    [[nodiscard]] Intent intent() const
    {
        return intent_;
    }

    /// Until when the client believes itself registered; nullopt: not at all.
    [[nodiscard]] std::optional<SimTime> bound_until() const;

    /// Expiry to ask for in the present attempt, seconds.
    [[nodiscard]] std::uint32_t requested_expires(const RegistrationOptions& options) const;

    /// The challenge to answer in the present attempt, if any, with its nonce count.
    [[nodiscard]] std::optional<sip::Challenge> challenge() const;
    [[nodiscard]] bool proxy_challenge() const;
    [[nodiscard]] std::uint32_t nonce_count() const;

    /// Lives begun; Call-ID and tags are drawn by it, so that a reboot takes new ones.
    [[nodiscard]] std::uint16_t boots() const
    {
        return boots_;
    }

    /// CSeq of the present attempt's request; counts from 1 in each life (RFC 3261 §10.2).
    [[nodiscard]] sip::CSeq cseq() const
    {
        return sip::CSeq{cseq_};
    }

    [[nodiscard]] std::uint16_t failures() const
    {
        return failures_;
    }

  private:
    // (implementation's choice of compact fields)
    SimTime deadline_ = kNever;
    SimTime bound_until_{SimTime::min()};
    sip::Nonce nonce_{};
    sip::Host realm_{};
    std::uint32_t cseq_ = 0;
    std::uint32_t nonce_count_ = 0;
    std::uint32_t draws_ = 0; // retries and refreshes so far: number of the next draw
    std::uint32_t min_expires_ = 0;
    std::uint16_t boots_ = 0;
    std::uint16_t failures_ = 0;
    State state_ = State::kOff;
    Intent intent_ = Intent::kRegister;
    std::uint8_t challenges_ = 0; // answered in this attempt
    std::uint8_t challenge_bits_ = 0; // algorithm, qop, proxy
};

} // namespace sipsim::registration
