#pragma once

// Models : when a user agent registers: first REGISTER, refresh, retry, credentials, giving up,
//          unregistering (RFC 3261 §10.2, §22.2; the laws are the device's).
// Drives : UserAgent tells it how attempts end and when deadlines come; it asks for attempts.
// Keeps  : at most one attempt under way; next_deadline() is the one instant at which on_deadline()
//          wants to run; spurious calls are harmless; no allocation; trivially copyable, 56 octets.
// Leaves : which server (ServerWalk), sending again (ClientTransaction), message fields (UserAgent).

#include "model/base/draw.h"
#include "model/registration/options.h"
#include "model/sip/message.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

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

/// Why a transition happened. kChallenged to kRedirected are transitions of an attempt to itself: the
/// same state, another request.
enum class Reason : std::uint8_t
{
    kStarted,
    kDeadline, // the initial delay, refresh or retry came due
    kGranted,
    kChallenged,       // 401 or 407
    kStaleNonce,       // the same with stale=true
    kIntervalTooBrief, // 423
    kRedirected,       // 3xx
    kRejected,         // any other final response, or one of the above that could not be obeyed
    kTimedOut,
    kTransportError,
    kNoServer,
    kRemoved, // an unregister attempt ended well
    kShutdown,
    kCrashed,
    kGaveUp,
    kAddressChanged, // NATs give the device another address
    kFlowFailed,     // the server no longer answers its keepalives (RFC 5626 §4.4)
    kNextServer, // likewise to itself: the server failed, the request goes to another (RFC 3263 §4.3)
    kWrongGuess,     // a password tried is not the right one
    kCallFailedOver, // a call goes to a server that has no binding of ours (P29095)
    // An unregister attempt ended well, but not at the server that had answered the last REGISTER: where the
    // two do not share their bindings, ours is still there.
    kRemovedElsewhere,
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
    // Granted by that response to our contact, seconds; nullopt when it does not list us (RFC 3261
    // §10.2.4).
    std::optional<std::uint32_t> granted{};
    // Where a 3xx leads; nullopt when it names no other target that can be reached.
    std::optional<sip::Endpoint> redirect{};
    bool elsewhere = false; // the server that answered is not the one that holds the binding
};

/// What a call asked for. At most one attempt and one transition per call.
struct ClientOutput
{
    bool attempt = false; // start a transaction now, for intent()
    // It continues the attempt (challenge, 423, redirect): the walk stays where it is.
    bool same_attempt = false;
    bool finished = false; // an orderly end is complete: power may go
    bool transition = false;
    bool initial = false; // registered anew: no refresh
    State from = State::kOff;
    State to = State::kOff;
    Reason reason = Reason::kStarted;
};

class RegistrationClient
{
  public:
    /// Model choice: redirections followed per attempt. RFC 3261 §8.1.3.4 wants every URI tried at most
    /// once; we compare with the present target only and bound the number.
    static constexpr std::uint8_t kMaxRedirects = 5;
    /// Granted when neither side named an expiry. Model choice: the value RFC 3261 §10.2 gives to a
    /// malformed one.
    static constexpr std::uint32_t kDefaultExpires = 3600;

    /// Power is on and the device has booted: a new life with a new identity, CSeq from 1, no nonce and
    /// no binding. `key` is the account's.
    [[nodiscard]] ClientOutput on_start(const RegistrationOptions& options,
                                        SimTime now,
                                        const DrawKey& key);
    /// The same with the first REGISTER at `first` exactly (not before `now`), whatever
    /// initial_delay_max says: a fleet in steady state at the start of a run. Model choice: such a
    /// device booted long ago, so it does not unregister first.
    [[nodiscard]] ClientOutput on_start_at(const RegistrationOptions& options,
                                           SimTime now,
                                           SimTime first);
    /// A graceful end: unregisters if the options say so and the client is or may be bound, else
    /// finished at once. The caller ends it by force with on_crash() after shutdown_grace.
    /// Model choice: an attempt under way is abandoned; RFC 3261 §10.2 asks to wait for its end, which
    /// a device about to lose power does not.
    [[nodiscard]] ClientOutput on_shutdown(const RegistrationOptions& options, SimTime now);
    /// An end without a word: crash, power cut. Also forgets nonce and binding.
    [[nodiscard]] ClientOutput on_crash();
    [[nodiscard]] ClientOutput on_attempt_ended(const RegistrationOptions& options,
                                                SimTime now,
                                                const AttemptResult& result,
                                                const DrawKey& key);
    [[nodiscard]] ClientOutput on_deadline(const RegistrationOptions& options, SimTime now);
    /// The refresh of a registered client happens now, for `reason`. An attempt under way is not begun
    /// anew, but where the address has changed it goes on with another request: the one that is out names
    /// an address that is no longer ours. Model choice: a wait for a retry is not cut short.
    [[nodiscard]] ClientOutput on_register_anew(const RegistrationOptions& options, Reason reason);

    /// A registered client refreshes at `when` if its refresh is later than that, and `when` is not past.
    void refresh_by(SimTime when, SimTime now);
    /// The attempt goes on at another server with a request that is not the same: CSeq is one higher.
    void on_next_server();

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

    /// Until when the client believes itself registered; nullopt: not at all. The instant may be past:
    /// nothing happens at it.
    [[nodiscard]] std::optional<SimTime> bound_until() const
    {
        return bound_until_ == SimTime::min() ? std::nullopt : std::optional{bound_until_};
    }

    /// Expiry to ask for in the present attempt, seconds; nullopt: the registrar chooses.
    [[nodiscard]] std::optional<std::uint32_t> requested_expires(
        const RegistrationOptions& options) const;

    /// The challenge to answer in the present request, if any, with its nonce count.
    [[nodiscard]] std::optional<sip::Challenge> challenge() const;

    /// It came in a 407.
    [[nodiscard]] bool proxy_challenge() const
    {
        return proxy_;
    }

    [[nodiscard]] std::uint32_t nonce_count() const
    {
        return nonce_count_;
    }

    /// Lives begun, and sessions of a guesser; Call-ID and tags are drawn by it, so that a reboot takes new
    /// ones.
    [[nodiscard]] std::uint16_t boots() const
    {
        return boots_;
    }

    /// CSeq of the present attempt's request; counts from 1 in each life (RFC 3261 §10.2). Model choice: a
    /// guesser's sessions do not begin anew, so that its requests are told apart after 2^16 of them.
    [[nodiscard]] sip::CSeq cseq() const
    {
        return sip::CSeq{cseq_};
    }

    /// It tries passwords, and has not found the right one.
    [[nodiscard]] bool guesses(const RegistrationOptions& options) const
    {
        return options.guess.passwords != 0 && !found_;
    }

    /// The password it tries now, or will try next, counted from 1. Precondition: guesses().
    [[nodiscard]] std::uint32_t guess_number() const
    {
        return refreshes_ + 1;
    }

    /// Failed attempts since the last success or boot.
    [[nodiscard]] std::uint16_t failures() const
    {
        return failures_;
    }

  private:
    void enter(State to, Reason reason, ClientOutput& out);
    void begin_life();
    void end_life(Reason reason, ClientOutput& out);
    void forget_challenge();
    void next_request();
    void begin_attempt(const RegistrationOptions& options,
                       Intent intent,
                       Reason reason,
                       ClientOutput& out);
    void end_unregister(const RegistrationOptions& options, Reason reason, ClientOutput& out);
    void succeed(const RegistrationOptions& options,
                 SimTime now,
                 const AttemptResult& result,
                 const DrawKey& key,
                 ClientOutput& out);
    void fail(const RegistrationOptions& options,
              SimTime now,
              const AttemptResult& result,
              const DrawKey& key,
              ClientOutput& out);
    [[nodiscard]] bool refuses_guess(const RegistrationOptions& options,
                                     const AttemptResult& result) const;
    void next_guess(const RegistrationOptions& options,
                    SimTime now,
                    const sip::Message& response,
                    ClientOutput& out);
    void adopt(const sip::Message& response);
    [[nodiscard]] std::optional<Reason> obey(const RegistrationOptions& options,
                                             const AttemptResult& result);
    [[nodiscard]] std::optional<Reason> answer_challenge(const RegistrationOptions& options,
                                                         const sip::Message& response);
    [[nodiscard]] bool adopt_min_expires(const RegistrationOptions& options,
                                         const sip::Message& response);

    SimTime deadline_ = kNever;
    SimTime bound_until_{SimTime::min()}; // min(): not at all
    sip::Nonce nonce_{};                  // 0: no challenge to answer
    sip::Host realm_{};
    std::uint32_t cseq_ = 0;
    std::uint32_t nonce_count_ = 0;
    std::uint32_t refreshes_ =
        0;                      // of all lives: number of the next refresh's draws; passwords tried
    std::uint32_t retries_ = 0; // likewise
    std::uint32_t min_expires_ = 0;
    std::uint16_t boots_ = 0;
    std::uint16_t failures_ = 0;
    State state_ = State::kOff;
    Intent intent_ = Intent::kRegister;
    std::uint8_t challenges_ = 0;    // answered in this attempt; of a guesser, in this session
    std::uint8_t redirects_ : 3 = 0; // followed in this attempt
    bool brief_ : 1 = false;         // a 423 was obeyed in this attempt
    bool sha256_ : 1 = false;        // algorithm, qop and origin of the challenge
    bool qop_ : 1 = true;
    bool proxy_ : 1 = false;
    bool found_ : 1 = false; // the password, by guessing
};

static_assert(sizeof(RegistrationClient) == 56);
static_assert(std::is_trivially_copyable_v<RegistrationClient>);

} // namespace sipsim::registration
