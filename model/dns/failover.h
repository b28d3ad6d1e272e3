#pragma once

// Models : which target of a located list a request goes to, when the next one is tried, and when the
//          first one gets another chance (RFC 3263 §4.3; Grandstream "DNS SRV Failover Mode" P26040,
//          "Register Before DNS SRV Failover" P29095).
// Drives : a registration's walk: on_request() as it begins, on_failed() as a transaction ends without
//          success, on_answered() with a final answer. A call walks with a copy.
// Keeps  : 16 octets per account; everything else is an argument: options and list are the fleet's or the
//          domain's. A round tries each target that is not blocked once, or each once if all are, and ends.
// Leaves : the pause between rounds (retry law of the registration), the time a try takes (the
//          transaction; try_timeout says how long), locating (location.h).

#include "model/dns/location.h"

#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace sipsim::dns
{

/// Where a request begins. Everything but kNone remembers the address that answered the last REGISTER.
enum class Preference : std::uint8_t
{
    // "Default": nothing is remembered between rounds.
    kNone,
    // "Saved one until DNS TTL": that address first, until the list runs out.
    kUntilTtl,
    // "Saved one until no responses": that address first, until it fails, whatever the TTL. Then it is
    // forgotten, whatever comes of the rest of the round.
    kUntilNoResponse,
    // Newer models: that address first, until `failback_after` from the failover.
    kForDuration,
    // That address for calls; each REGISTER begins at the top.
    kUntilRegistration,
};

struct FailoverOptions
{
    Preference preference = Preference::kNone;
    // Readings of "Default" (ambiguity 1): from the top each time, or where the last request ended: at
    // the target that answered, or after the last that failed. kNone only.
    bool round_robin = false;
    // Calls begin at the address that holds the binding, also where REGISTER begins at the top: kNone (ambiguity
    // 1), and after a saved address's time until the next refresh. HT8xx (P28092): they do not.
    bool calls_follow = false;
    // A call that fails over to a server without the registration registers there first (P29095; Yealink
    // register_on_enable), or is refused there. What it means, the caller of Failover decides.
    bool register_first = false;
    // What follows a saved address that fails: those after it in the list, then those before it; or all
    // others from the top ("the addresses are tried one after another").
    bool then_from_top = false;
    // The saved address loses its place at once, by a REGISTER of its own; or with the next request that
    // is due anyway (ambiguity 2).
    bool failback_at_once = false;
    // kForDuration: > 0. Grandstream: 60 min.
    SimDuration failback_after = 60min;
    // What goes to the next target, or once more to the same, has the next CSeq (RFC 3261 §10.2), or is the
    // same request but for its branch (RFC 3263 §4.3). A registrar that has the first one already, but whose
    // answer was lost, or that shares its bindings with one that has, refuses the same (RFC 3261 §10.3
    // step 7).
    bool next_cseq = false;
    // Tries of a target that does not answer; in [1, 15]. RFC 3263 §4.3: one. Grandstream: 1 + P60055 (2). Model
    // choice: two where no product says; a refusal or a transport error is not tried again.
    std::uint8_t tries = 2;
    // Where try_timeout is 0: a try ends when the interval after so many sends is over; 0: when the
    // transaction does. Yealink: 1 + retry_counts (3).
    std::uint8_t try_sends = 0;
    // What ends a try without an answer; >= 0, 0: the transaction's own law (RFC 3261 §17.1.2.2: Timer F).
    SimDuration try_timeout{0};
    // Targets tried in one round; 0: all. With round_robin, 1 is one address per attempt, the next after the
    // pause; without, those beyond are never tried (pjsua over UDP, Kamailio's use_dns_failover = no: 1) but
    // for one that is blocked.
    std::uint8_t targets_per_round = 0;
    // RFC 3263 §4.3: 503 is a failure of the target, other 5xx are answers.
    bool on_503 = true;
    bool on_other_5xx = false;
    // A target that failed is passed over for so long, if another is not; 0: never. >= 0.
    SimDuration blocked_for{0};
};

/// All problems, each "name = value: must be ...".
[[nodiscard]] std::vector<std::string> validate(const FailoverOptions& options);

/// Targets in the order of contact (none where none is known) and until when they may be used (Located).
struct ServerList
{
    std::span<const Target> targets;
    SimTime until = kNever;

    ServerList(std::span<const Target> in_order, SimTime until_when)
        : targets(in_order),
          until(until_when)
    {
    }

    ServerList(const Located& located)
        : targets(located.targets.begin(), located.targets.end()),
          until(located.until)
    {
    }
};

/// Endpoints that failed, for all accounts of a device or site. Model choice: of more than eight the one
/// that is free soonest is forgotten.
class Blocklist
{
  public:
    void block(const Endpoint& endpoint, SimTime until);
    [[nodiscard]] bool blocked(const Endpoint& endpoint, SimTime now) const;

  private:
    struct Entry
    {
        Endpoint endpoint;
        SimTime until{};
    };

    FixedVector<Entry, 8> entries_;
};

/// How a transaction ended without success.
struct Ended
{
    enum class Kind : std::uint8_t
    {
        kTimeout,
        kTransportError, // ICMP, a refused connection
        kStatus,         // a final response, 300 to 699
    };
    Kind kind = Kind::kTimeout;
    std::uint16_t status = 0;
    SimDuration retry_after{0}; // of that response, where it is obeyed; 0: none
};

enum class RequestKind : std::uint8_t
{
    kRegister,
    kCall,
};

class Failover
{
  public:
    enum class Next : std::uint8_t
    {
        kAnswered,  // the target has spoken: no failover
        kAgain,     // the same target once more
        kNext,      // another one, see target()
        kExhausted, // the round is over
    };

    /// A request begins. `list` is not empty; one that ran out (now >= until) is located anew before.
    void on_request(const FailoverOptions& options,
                    const ServerList& list,
                    RequestKind kind,
                    SimTime now,
                    const Blocklist* blocklist = nullptr);

    /// A REGISTER begins at `target`, as if those before it in its own order had been tried, of which
    /// nothing is remembered. False, and nothing has changed: the round does not come there.
    [[nodiscard]] bool on_request_at(const FailoverOptions& options,
                                     const ServerList& list,
                                     const Endpoint& target,
                                     SimTime now,
                                     const Blocklist* blocklist = nullptr);

    /// The removal of a binding at an orderly end: it begins where the binding is, at the holder unless that is
    /// blocked, whatever the preference and however old the list, and goes on from there as any request. False,
    /// and nothing has changed: there is no holder.
    [[nodiscard]] bool on_removal(const FailoverOptions& options,
                                  const ServerList& list,
                                  SimTime now,
                                  const Blocklist* blocklist = nullptr);

    /// Another list has taken the place of one that ran out.
    void on_located(const FailoverOptions& options);

    /// The request's present target, after on_request() or Next::kNext. Precondition: there is a list, or
    /// the preference is for an address of its own.
    [[nodiscard]] Endpoint target(const FailoverOptions& options, const ServerList& list) const;

    /// A transaction with `tried` ended. RFC 3261 §21.5.4: a server is sent nothing while its Retry-After
    /// lasts, if there is another and a blocklist to tell. Model choice: a list that has changed since
    /// on_request() (another account of the device located it anew, or failed to) is walked on from the
    /// same place.
    [[nodiscard]] Next on_failed(const FailoverOptions& options,
                                 const ServerList& list,
                                 const Endpoint& tried,
                                 const Ended& ended,
                                 SimTime now,
                                 Blocklist* blocklist = nullptr);

    /// A 2xx from `answered` to a REGISTER; not for calls.
    void on_answered(const FailoverOptions& options, const Endpoint& answered, SimTime now);

    /// A 2xx to a REGISTER that had been redirected (RFC 3261 §8.1.3.4): there is no holder in the list.
    void on_answered_elsewhere()
    {
        held_ = false;
    }

    /// When the saved address loses its place though nothing is due, so that a REGISTER is sent to the
    /// first; kNever: never, or it is the first, or that waits for the next request.
    [[nodiscard]] SimTime next_failback(const FailoverOptions& options,
                                        const ServerList& list) const;

    /// The address remembered, at which requests begin if the preference says so; empty: none.
    [[nodiscard]] std::optional<Endpoint> saved() const
    {
        return saved_ ? std::optional{Endpoint{host_, port_}} : std::nullopt;
    }

    /// The address that answered the last REGISTER, preferred or not; empty: none has. Model choice: with
    /// round_robin it is forgotten when a round fails, which it has been part of.
    [[nodiscard]] std::optional<Endpoint> holder() const
    {
        return held_ ? std::optional{Endpoint{host_, port_}} : std::nullopt;
    }

  private:
    // Where a round begins at an address that the list does not have.
    static constexpr std::uint16_t kOffList = kMaxTargets;

    [[nodiscard]] std::uint16_t start(const FailoverOptions& options,
                                      const ServerList& list,
                                      RequestKind kind,
                                      SimTime now) const;
    [[nodiscard]] std::size_t count(const ServerList& list) const;
    /// A round begins at `first`, or at the next that is not blocked.
    void begin(const FailoverOptions& options,
               const ServerList& list,
               std::uint16_t first,
               SimTime now,
               const Blocklist* blocklist);
    /// Goes to the next target of the round; false: it is over.
    [[nodiscard]] bool next(const FailoverOptions& options,
                            const ServerList& list,
                            SimTime now,
                            const Blocklist* blocklist);
    [[nodiscard]] Endpoint at(const FailoverOptions& options,
                              const ServerList& list,
                              std::size_t step) const;
    void save(const Endpoint& endpoint);

    sip::Host host_{};       // saved, or the holder
    std::uint32_t mark_ = 0; // kForDuration: when it loses its place, in kTick, rounded up
    std::uint16_t port_ = 0;
    std::uint16_t tries_ : 4;       // of the present target
    std::uint16_t step_ : 5;        // of the round, from 0
    std::uint16_t first_ : 5;       // where it began: an index, or kOffList
    std::uint16_t all_blocked_ : 1; // as it began: none is passed over
    std::uint8_t tried_ = 0;        // targets of the round before the present one
    bool saved_ = false;
    bool held_ = false;

  public:
    /// 2^32 of them are 497 days.
    static constexpr SimDuration kTick = 10ms;

    Failover()
        : tries_(0),
          step_(0),
          first_(0),
          all_blocked_(0)
    {
    }
};

static_assert(sizeof(Failover) == 16);
static_assert(std::is_trivially_copyable_v<Failover>);

} // namespace sipsim::dns
