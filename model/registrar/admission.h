#pragma once

// Models : limits on who may try to register, and how often: VOS3000's two counters (per SIP session, per
//          terminal) with suspension, its silence towards strangers, and a limit per source address by
//          the law of Kamailio's pike.
// Drives : RegistrarServer asks about each request before anything else, Registrar about each that is no
//          copy, and tells how a REGISTER's digest came out; on_restart() forgets all.
// Keeps  : O(1) per request, no allocation once grown; a limit that is off takes neither time nor memory;
//          at most kMostKept records of each kind; a copy of a request counts once.
// Leaves : digest (Registrar), what a refusal looks like on the wire. Not modelled: values changed while
//          a session runs (VOS3000 takes the new one for new sessions), per-device exceptions, blacklists,
//          INVITE. VOS3000's parameter reads as if it were about its own role as a client ("when received
//          401 or 407"): that reading is registration.max_challenges of a device.

#include "model/base/time.h"
#include "model/registrar/recent_table.h"
#include "model/registrar/slots.h"
#include "model/sip/ids.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::registrar
{

using namespace std::chrono_literals;

/// Which limit decided about a request.
enum class Limit : std::uint8_t
{
    kNone,
    kSource,          // too many requests from one address
    kSuspended,       // the terminal is suspended
    kSessionRetries,  // too many wrong passwords in one session
    kSessionTimeout,  // the session's authentication took too long
    kTerminalRetries, // too many wrong passwords of one terminal
    kRegisterRetries, // too many failed registrations of one terminal
    kUnauthorized,    // a stranger, who is not answered
    kCount,
};

/// "source", "suspended", "session retries" ...
[[nodiscard]] std::string_view name_of(Limit limit);

/// What is wanted of a request.
struct Verdict
{
    enum class Action : std::uint8_t
    {
        kPass,
        kDrop,   // no answer
        kForbid, // 403
    };
    Action action = Action::kPass;
    Limit limit = Limit::kNone;
};

struct AdmissionOptions
{
    /// Whether n retries are n wrong passwords (the first challenge is one of n) or n + 1 (it is not).
    enum class Counts : std::uint8_t
    {
        kWrong,
        kRetries,
    };

    /// Which request a used-up session refuses.
    enum class RefusedAt : std::uint8_t
    {
        kNext, // the last wrong password is challenged once more, the request after it is not looked at
        kLast, // the last wrong password itself
    };

    enum class TimerFrom : std::uint8_t
    {
        kFirstChallenge,
        kFirstRequest, // its wait for a worker (ServiceStation) counts
    };

    /// What a terminal is.
    enum class Terminal : std::uint8_t
    {
        kAccount, // the user of the To header field
        kSource,  // the address it sends from
        kBoth,    // a user at an address
    };

    enum class WhenSuspended : std::uint8_t
    {
        kDrop,
        kForbid,
    };

    /// Who is not answered without reply_unauthorized.
    enum class Silent : std::uint8_t
    {
        kUnknown,  // users who do not exist; those who do are challenged
        kUnproven, // whatever lacks valid credentials: nobody ever gets a nonce to make them with
    };

    // Wrong passwords in one session; 0: any number (VOS3000 SS_SIP_AUTHENTICATION_RETRY: 6). A session is
    // a Call-ID's requests from the first challenge until success or refusal.
    std::uint16_t session_retries = 0;
    Counts session_counts = Counts::kWrong;
    RefusedAt refused_at = RefusedAt::kNext;
    // Credentials that come later than this are refused, right or wrong; in [0, 24 h], 0: never (VOS3000
    // SS_SIP_AUTHENTICATION_TIMEOUT: 10 s).
    SimDuration session_timeout{0};
    TimerFrom timer_from = TimerFrom::kFirstChallenge;
    // A session that ran out of time suspends its terminal from that instant on, unless it is suspended
    // then (V97, V98; their page does not say whether it does).
    bool timeout_suspends = false;

    // Wrong passwords of a terminal since its last success or suspension; 0: any number, up to 999
    // (VOS3000 SS_AUTHENTICATION_MAX_RETRY: 6).
    std::uint16_t terminal_retries = 0;
    Counts terminal_counts = Counts::kWrong;
    // How long a terminal is suspended once its or its session's retries are used up; in [0, 24 h], 0: not
    // at all (VOS3000 SS_AUTHENTICATION_FAILED_SUSPEND: 180 s, from 60 to 3600).
    SimDuration suspend{0};

    // The same for REGISTER alone, which is all that is authenticated here (VOS3000 SS_ENDPOINT_REGISTER_RETRY: 6, of
    // which the seventh failure is too many; SS_ENDPOINT_REGISTER_SUSPEND: 180 s).
    std::uint16_t register_retries = 0;
    Counts register_counts = Counts::kRetries;
    SimDuration register_suspend{0};

    Terminal terminal = Terminal::kAccount;
    WhenSuspended when_suspended = WhenSuspended::kDrop;

    bool reply_unauthorized = true; // VOS3000 SS_REPLY_UNAUTHORIZED
    Silent silent = Silent::kUnknown;

    // Requests from one address in one sampling unit, the one that is too many included; 0: any number
    // (Kamailio pike reqs_density_per_unit: 30).
    std::uint32_t source_density = 0;
    SimDuration source_sampling = 2s; // in (0, 1 h] (pike sampling_time_unit)
    // An address is forgotten this long after its last request; at least source_sampling (pike
    // remove_latency).
    SimDuration source_remove_latency = 120s;
    SimDuration source_ban{0}; // and banned this long besides (kamailio.cfg's ipban: 300 s)

    /// Any limit is on.
    [[nodiscard]] bool enabled() const;
};

/// All problems, each "name = value: must be ...".
[[nodiscard]] std::vector<std::string> validate(const AdmissionOptions& options);

class Admission
{
  public:
    /// Model choice: late credentials are known as late for so long after the timeout, the longest a
    /// transaction of the client may have lasted (64*T1).
    static constexpr SimDuration kLateAnswer = 32s;
    /// Model choice: a terminal's wrong passwords are forgotten this long after the last one.
    static constexpr SimDuration kTerminalMemory = 24h;
    /// Model choice: records of a kind; beyond, sessions are forgotten in order of time, addresses and
    /// terminals as the sweep finds them.
    static constexpr std::uint32_t kMostKept = 1U << 20U;

    /// A request, as far as it matters here.
    struct Attempt
    {
        sip::UserId user{}; // who sends it
        sip::CallId call_id{};
        sip::CSeq cseq{};
        sip::Host source{};
        bool known = false;       // the user exists
        bool credentials = false; // it carries some
    };

    /// `options` outlive it.
    explicit Admission(const AdmissionOptions& options);

    /// Any request from `source`, copies included: pike sees them before transactions do.
    [[nodiscard]] Verdict on_request(SimTime now, sip::Host source);

    /// A REGISTER that needs a proof got a place in the queue before the process; no copy of one that was
    /// answered. One of a suspended terminal begins no session.
    void on_queued(SimTime now, const Attempt& attempt);

    /// The process takes a request up, of any method: all that a suspended terminal sends is blocked (V98).
    [[nodiscard]] Verdict on_taken_up(SimTime now, const Attempt& attempt);

    /// A REGISTER is about to be authenticated.
    [[nodiscard]] Verdict on_unproven(SimTime now, const Attempt& attempt);

    /// It needs no proof.
    void on_excused(const Attempt& attempt);

    /// It is being challenged for want of credentials or for a nonce too old.
    void on_challenged(SimTime now, const Attempt& attempt);

    /// Its password was wrong; kPass: as without limits.
    [[nodiscard]] Verdict on_wrong(SimTime now, const Attempt& attempt);

    /// Its password was right. Model choice: its terminal's wrong ones are forgotten. Other sessions of the
    /// terminal go on, and may still run out of time.
    void on_right(const Attempt& attempt);

    void on_restart();

    /// Records kept: sessions, terminals, addresses.
    [[nodiscard]] std::array<std::size_t, 3> kept() const;

  private:
    using Counts = AdmissionOptions::Counts;

    struct Session
    {
        sip::CallId call_id{};
        sip::UserId user{};
        SimTime started{};
        sip::CSeq cseq{}; // of the last wrong password
        std::uint16_t wrong = 0;
        bool open = false;     // in the index
        bool terminal = false; // it has one, below
        std::uint64_t terminal_key = 0;
    };

    static_assert(sizeof(Session) == 40);

    struct TerminalRecord
    {
        std::uint64_t key = 0;
        SimTime suspended_until = SimTime::min();
        SimTime last{};
        std::uint64_t last_request = 0; // of the last wrong password
        std::uint32_t next = kNoSlot;
        std::uint16_t wrong = 0;
        std::uint16_t failed = 0; // registrations
        bool used = false;
    };

    struct SourceRecord
    {
        std::uint64_t key = 0;
        SimTime last{};
        SimTime banned_until = SimTime::min();
        std::uint64_t unit = 0; // sampling unit of `current`
        std::uint32_t current = 0;
        std::uint32_t previous = 0;
        std::uint32_t next = kNoSlot;
        bool red = false;
        bool used = false;
    };

    [[nodiscard]] bool counts_sessions() const;
    [[nodiscard]] bool counts_terminals() const;
    [[nodiscard]] std::optional<std::uint64_t> terminal_of(const Attempt& attempt) const;
    [[nodiscard]] static std::uint64_t hash_of(sip::CallId call_id, sip::UserId user);
    [[nodiscard]] std::uint64_t hash_at(std::uint32_t session) const;
    [[nodiscard]] std::uint32_t find_session(const Attempt& attempt) const;
    std::uint32_t open_session(SimTime now, const Attempt& attempt);
    void close_session(std::uint32_t session);
    void time_out(SimTime now);
    [[nodiscard]] bool late(SimTime now, const Session& session) const;
    [[nodiscard]] bool used_up(const Session& session) const;
    [[nodiscard]] Verdict judge_session(SimTime now, std::uint32_t session, const Attempt& attempt);
    [[nodiscard]] bool is_suspended(SimTime now, const Attempt& attempt);
    void suspend(SimTime now, std::uint64_t terminal, SimDuration length);
    void suspend(SimTime now, const Attempt& attempt, SimDuration length);
    [[nodiscard]] std::optional<Limit> count_wrong(SimTime now, const Attempt& attempt);
    [[nodiscard]] std::uint32_t take_terminal(SimTime now, std::uint64_t key);
    void forget(SimTime now);

    const AdmissionOptions& options_;
    SlotQueue<Session> sessions_; // in order of their beginning, closed ones too
    std::size_t timed_out_ = 0;   // of these from the oldest on, by time_out()
    SlotIndex index_;             // of those that are open
    RecentTable<TerminalRecord> terminals_;
    RecentTable<SourceRecord> sources_;
};

} // namespace sipsim::registrar
