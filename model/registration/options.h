#pragma once

// Models : what a device lets its operator set about registration; one struct per fleet.
// Drives : profiles fill it from a product's parameters, the core reads it at every call.
// Keeps  : validate() reports every problem at once; a valid struct cannot make the core misbehave.
// Leaves : where the values come from (model/profile).

#include "model/base/fixed_vector.h"
#include "model/base/time.h"
#include "model/sip/transaction.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace sipsim::registration
{

using namespace std::chrono_literals;

/// Model choice: no wait or lead is longer than this; the longest a device of our sources takes is
/// 64800 min (45 days, Grandstream "Reregister Before Expiration").
inline constexpr SimDuration kLongestWait = 24h * 366;

/// Final responses: 503 is itself, 5 stands for its class, 500 to 599.
using StatusPatterns = FixedVector<std::uint16_t, 12>;

[[nodiscard]] bool matches(const StatusPatterns& patterns, std::uint16_t status);

/// When a binding is refreshed, counted from the 2xx that granted it.
struct RefreshLaw
{
    enum class Kind : std::uint8_t
    {
        // `lead` before the granted expiry; half the expiry if that is not longer than the lead or than
        // `lead_above`
        kLead,
        kFraction, // at fraction `low` of the granted expiry
        kUniform,  // uniform on [low, high] of the granted expiry, drawn anew for each refresh
        // sofia-sip, nua_dialog_usage_set_refresh(): a whole second of refresh_window(), drawn anew for
        // each refresh; no field is read but jitter
        kAroundHalf,
    };
    Kind kind = Kind::kLead;
    SimDuration lead{0};       // in [0, kLongestWait]
    SimDuration lead_above{0}; // FreeSWITCH: 30 s with a lead of 15 s; in [0, kLongestWait]
    double low = 0.5;          // in (0, 1]
    double high = 0.9;         // in [low, 1]
    double jitter = 0.0; // in [0, 1): the refresh comes earlier by up to this share of its delay
    bool jitter_per_device = false; // one draw kept for life instead of one per refresh
};

/// How long a client waits after a failed attempt. Failures count from 1 and are forgotten at success
/// and at a new life.
struct RetryLaw
{
    enum class Kind : std::uint8_t
    {
        kConstant, // base
        kLinear,   // base * failures, at most cap
        kRfc5626,  // uniform on [W/2, W], W = min(cap, base * 2^failures) (RFC 5626 §4.5)
        kDoubling, // base * 2^(failures-1), at most cap
        kUniform,  // uniform on [base, cap]
    };
    Kind kind = Kind::kConstant;
    SimDuration base = 30s;  // in (0, kLongestWait]
    SimDuration cap = 1800s; // in [base, kLongestWait]; kConstant does not read it
    double jitter =
        0.0; // in [0, 1]: the wait is multiplied by a uniform draw on [1-jitter, 1+jitter]
    std::uint16_t stop_after = 0; // failures after which the client gives up; 0: never
    // Own wait after the first failure, in [0, kLongestWait]: pjsua's reg_first_retry_interval.
    std::optional<SimDuration> first{};
    // The wait is drawn uniformly on [wait - earlier, wait + later], from 0 at least: pjsua's
    // reg_retry_random_interval is both, Cisco's Reg Retry Random Delay the latter. In [0, kLongestWait];
    // not together with `jitter`.
    SimDuration earlier{0};
    SimDuration later{0};
};

/// A device that looks at its deadlines only now and then: Kamailio's uac module walks over its
/// registrations every reg_timer_interval seconds.
struct PollLaw
{
    SimDuration every{0}; // 0: deadlines are met to the nanosecond; in [0, kLongestWait]
    // What is due before the next poll, or up to this after it, is done at this one. In [0, kLongestWait].
    SimDuration ahead{0};
};

/// A client that does not know its password tries those of a list, one after the other: an attacker. A
/// session is a Call-ID's requests, from the one without credentials that asks for a challenge.
struct GuessLaw
{
    std::uint32_t passwords = 0; // it has so many and stops when all are tried; 0: it knows its own
    SimDuration spacing{0}; // from the answer that refuses one to the next; in [0, kLongestWait]
    // Tried in a session before it begins another by itself; 0: it goes on while it is challenged.
    std::uint8_t per_session = 0;
    // A 403 leaves open whether the password was looked at: taken for wrong, or tried again.
    bool skips_refused = false;
};

/// What a client does about its binding when its life ends or begins.
enum class Unregister : std::uint8_t
{
    kNone,
    kOwn, // REGISTER with its own Contact and expires=0
    kAll, // REGISTER with Contact: * and Expires: 0 (RFC 3261 §10.2.2)
};

enum class UnregisterWhen : std::uint8_t
{
    kShutdown, // before a graceful end
    kBoot,     // before the first REGISTER of a life
};

/// What a 3xx leads to.
enum class OnRedirect : std::uint8_t
{
    kFollow, // the first Contact becomes the target until the attempt ends (RFC 3261 §8.1.3.4)
    kFail,
};

/// What a device asks its server for, once registered.
struct ExtraRequestsOptions
{
    std::uint8_t count = 0;       // SUBSCRIBEs after each registration, one after another
    bool each_refresh = false;    // after each refresh, too
    std::uint32_t expires = 3600; // they ask for; seconds
};

struct RegistrationOptions
{
    bool enabled = true; // false: never a REGISTER

    // Requested expiry; seconds, 1 .. 2^32-1 (RFC 3261 §10.2.1.1). Model choice: it is sent in the
    // Expires header field, not in the Contact, as Grandstream and VOS3000 traces show.
    std::uint32_t expires = 3600;
    bool send_expires = true; // false: the registrar chooses
    // A granted expiry is clamped to [min_granted, max_granted]; seconds, 1 <= min <= max.
    std::uint32_t min_granted = 1;
    std::uint32_t max_granted = std::numeric_limits<std::uint32_t>::max();

    RefreshLaw refresh;
    RetryLaw retry;
    // Responses that the retry law is for; empty: all. What ends without a response is the law's anyway.
    StatusPatterns retry_on;
    // After any other response: this wait, plus a uniform draw on [0, retry_other_random); nullopt: the
    // client gives up. Both in [0, kLongestWait], the wait above 0.
    std::optional<SimDuration> retry_other{};
    SimDuration retry_other_random{0};
    // Failures after which a law that grows takes its base again: FreeSWITCH on 503.
    StatusPatterns retry_flat_on;
    // Own wait after 403, without jitter, in (0, kLongestWait]; nullopt: as any failure. "Never again"
    // is 403 in stop_on.
    std::optional<SimDuration> retry_after_403;
    // Retry-After of a failure replaces every other wait (RFC 3261 §20.33).
    bool honour_retry_after = true;
    // It does so too where the client would have given up (Asterisk, sofia-sip).
    bool retry_after_overrules_stop = false;
    PollLaw poll;
    // The first REGISTER of a life waits uniform on [0, this); in [0, kLongestWait].
    SimDuration initial_delay_max{0};
    // Statuses (300 .. 699) or classes (3 .. 6) after which the client never tries again in this life. A timeout counts as
    // 408, a transport error as 503 (RFC 3261 §8.1.3.1).
    StatusPatterns stop_on;

    // A cached nonce is used before the next challenge (RFC 3261 §22.2: SHOULD).
    bool preemptive_credentials = true;
    std::uint8_t max_challenges = 2; // challenges answered per attempt; one more is a failure. >= 1
    bool adopt_min_expires = true;   // 423: ask again at once with Min-Expires (RFC 3261 §10.2.8)
    OnRedirect on_redirect = OnRedirect::kFollow;

    Unregister unregister = Unregister::kNone;
    UnregisterWhen unregister_when = UnregisterWhen::kShutdown;
    // A graceful end waits at most this long for the answer; in [0, kLongestWait].
    SimDuration shutdown_grace = 4s;

    bool send_instance = false;  // +sip.instance in the Contact (RFC 5626 §4.1)
    SimDuration boot_time = 60s; // from power to on_start(); in [0, kLongestWait]
    // ;rport in Via (RFC 3581 §3); without it, answers go to the port that Via names (RFC 3261 §18.2.2).
    bool rport = true;
    bool listens_to_icmp = true; // port unreachable ends the transaction (RFC 3261 §18.4)
    // Written into Proxy-Require of every REGISTER and OPTIONS (RFC 3261 §20.29; Grandstream's "behind
    // a NAT"); OptionTag{}: none. A 420 is a rejection like any other.
    sip::OptionTag proxy_require{};

    // Whatever ends a session but a challenge (a refusal, silence) is a failure: the retry law says how long
    // it waits before it begins another, stop_on and stop_after when it gives up.
    GuessLaw guess;

    sip::TransactionOptions transaction;
};

/// All problems, each "name = value: must be ..."; names as in a fleet's `registration.` table.
[[nodiscard]] std::vector<std::string> validate(const RegistrationOptions& options);

} // namespace sipsim::registration
