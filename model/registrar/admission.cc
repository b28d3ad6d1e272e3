#include "model/registrar/admission.h"

#include "model/base/mix.h"
#include "model/base/quantity.h"

#include <algorithm>
#include <limits>

namespace sipsim::registrar
{

namespace
{

constexpr std::array<std::string_view, static_cast<std::size_t>(Limit::kCount)> kLimitNames{
    "none",
    "source",
    "suspended",
    "session retries",
    "session timeout",
    "terminal retries",
    "register retries",
    "unauthorized"};

constexpr std::uint16_t kMostRetries = 999; // SS_AUTHENTICATION_MAX_RETRY
constexpr SimDuration kLongest = 24h;

void
count_up(std::uint16_t& count)
{
    if (count < std::numeric_limits<std::uint16_t>::max())
    {
        ++count;
    }
}

// `wrong` passwords are all that `retries` allow; 0 allows any number.
bool
reached(std::uint16_t wrong, std::uint16_t retries, AdmissionOptions::Counts counts)
{
    const bool one_more = counts == AdmissionOptions::Counts::kRetries;
    return retries != 0 && wrong >= retries + (one_more ? 1 : 0);
}

constexpr Verdict
forbid(Limit limit)
{
    return {.action = Verdict::Action::kForbid, .limit = limit};
}

constexpr Verdict
drop(Limit limit)
{
    return {.action = Verdict::Action::kDrop, .limit = limit};
}

using Problems = std::vector<std::string>;

void
demand(Problems& problems, bool holds, const char* name, const std::string& value, const char* must)
{
    if (!holds)
    {
        problems.push_back(std::string{name} + " = " + value + ": must be " + must);
    }
}

void
demand_duration(Problems& problems, const char* name, SimDuration value)
{
    demand(problems,
           value >= SimDuration{0} && value <= kLongest,
           name,
           format(value),
           "0s (off) to 24h");
}

} // namespace

std::string_view
name_of(Limit limit)
{
    return kLimitNames.at(static_cast<std::size_t>(limit));
}

bool
AdmissionOptions::enabled() const
{
    return session_retries != 0 || session_timeout > 0ns || terminal_retries != 0 ||
           register_retries != 0 || source_density != 0 || !reply_unauthorized;
}

std::vector<std::string>
validate(const AdmissionOptions& o)
{
    Problems problems;
    const auto count = [&](const char* name, std::uint16_t value) {
        demand(problems, value <= kMostRetries, name, std::to_string(value), "0 (off) to 999");
    };
    count("session_retries", o.session_retries);
    count("terminal_retries", o.terminal_retries);
    count("register_retries", o.register_retries);
    demand_duration(problems, "session_timeout", o.session_timeout);
    demand_duration(problems, "suspend", o.suspend);
    demand_duration(problems, "register_suspend", o.register_suspend);
    demand_duration(problems, "source_ban", o.source_ban);
    demand(problems,
           o.session_retries == 0 || o.session_timeout > 0ns,
           "session_timeout",
           format(o.session_timeout),
           "longer than 0s with session_retries, as nothing else ends a session");
    demand(problems,
           o.terminal_retries == 0 || o.suspend > 0ns,
           "suspend",
           format(o.suspend),
           "longer than 0s with terminal_retries, which do nothing else");
    demand(problems,
           !o.timeout_suspends || (o.suspend > 0ns && o.session_timeout > 0ns),
           "timeout_suspends",
           "true",
           "with a session_timeout and a suspend longer than 0s");
    demand(problems,
           o.register_retries == 0 || o.register_suspend > 0ns,
           "register_suspend",
           format(o.register_suspend),
           "longer than 0s with register_retries, which do nothing else");
    demand(problems,
           o.source_sampling > 0ns && o.source_sampling <= 1h,
           "source_sampling",
           format(o.source_sampling),
           "longer than 0s, at most 1h");
    demand(problems,
           o.source_remove_latency >= o.source_sampling && o.source_remove_latency <= kLongest,
           "source_remove_latency",
           format(o.source_remove_latency),
           "at least source_sampling, at most 24h");
    return problems;
}

Admission::Admission(const AdmissionOptions& options)
    : options_(options)
{
}

void
Admission::on_restart()
{
    sessions_.clear();
    timed_out_ = 0;
    index_.clear();
    terminals_.clear();
    sources_.clear();
}

std::array<std::size_t, 3>
Admission::kept() const
{
    return {index_.size(), terminals_.size(), sources_.size()};
}

// --- per source address

// pike's law (Kamailio src/modules/pike, ip_tree.c): requests are counted in sampling units; an address turns
// red with the request that brings the unit's count to the density, and stays so until a unit ends below it.
// Red ones are refused, and count. (pike also asks whether the mean of this unit and the last reaches the
// density; then one of the two did.)
// Model choice: each address has its record at once; pike grows a tree by the octets of addresses, so that
// an address is counted only after about a quarter of the density for each octet. Units begin at multiples
// of their length.
Verdict
Admission::on_request(SimTime now, sip::Host source)
{
    if (options_.source_density == 0)
    {
        return {};
    }
    const auto is_dead = [&](const SourceRecord& record) {
        return record.last + options_.source_remove_latency <= now && record.banned_until <= now;
    };
    sources_.sweep(is_dead);
    const std::uint64_t key = static_cast<std::uint32_t>(source);
    std::uint32_t slot = sources_.find(key);
    if (slot != kNoSlot && is_dead(sources_[slot]))
    {
        sources_.give_back(slot);
        slot = kNoSlot;
    }
    if (slot == kNoSlot)
    {
        slot = sources_.take(key, kMostKept);
    }
    SourceRecord& record = sources_[slot];
    const auto unit = static_cast<std::uint64_t>(now.time_since_epoch() / options_.source_sampling);
    const std::uint32_t density = options_.source_density;
    if (unit != record.unit)
    {
        record.previous = unit == record.unit + 1 ? record.current : 0;
        record.current = 0;
        record.red = record.red && record.previous >= density;
        record.unit = unit;
    }
    ++record.current;
    record.last = now;
    if (!record.red && record.current >= density)
    {
        record.red = true;
        record.banned_until = now + options_.source_ban;
    }
    return record.red || now < record.banned_until ? drop(Limit::kSource) : Verdict{};
}

// --- per session

bool
Admission::counts_sessions() const
{
    return options_.session_timeout > 0ns;
}

std::uint64_t
Admission::hash_of(sip::CallId call_id, sip::UserId user)
{
    return mix(mix(static_cast<std::uint64_t>(call_id)) ^ static_cast<std::uint64_t>(user));
}

std::uint64_t
Admission::hash_at(std::uint32_t session) const
{
    return hash_of(sessions_[session].call_id, sessions_[session].user);
}

std::uint32_t
Admission::find_session(const Attempt& attempt) const
{
    return index_.find(hash_of(attempt.call_id, attempt.user), [&](std::uint32_t slot) {
        return sessions_[slot].call_id == attempt.call_id && sessions_[slot].user == attempt.user;
    });
}

// The session of the attempt; it begins now if there is none.
std::uint32_t
Admission::open_session(SimTime now, const Attempt& attempt)
{
    if (const std::uint32_t known = find_session(attempt); known != kNoSlot)
    {
        return known;
    }
    const std::optional<std::uint64_t> terminal = terminal_of(attempt);
    const std::uint32_t slot = sessions_.push({.call_id = attempt.call_id,
                                               .user = attempt.user,
                                               .started = now,
                                               .cseq = sip::CSeq{},
                                               .wrong = 0,
                                               .open = true,
                                               .terminal = terminal.has_value(),
                                               .terminal_key = terminal.value_or(0)});
    index_.insert(hash_at(slot), slot, [this](std::uint32_t i) { return hash_at(i); });
    return slot;
}

void
Admission::close_session(std::uint32_t session)
{
    index_.erase(hash_at(session), session, [this](std::uint32_t i) { return hash_at(i); });
    sessions_[session].open = false;
}

bool
Admission::late(SimTime now, const Session& session) const
{
    return now - session.started > options_.session_timeout;
}

// Sessions that ran out of time since the last call suspend their terminals (timeout_suspends). Nothing had
// to happen at that instant, so it is told only now, before anything else. Model choice: one of a terminal
// that is suspended then lengthens nothing.
void
Admission::time_out(SimTime now)
{
    while (options_.timeout_suspends && timed_out_ < sessions_.size())
    {
        const Session& session = sessions_[sessions_.at(timed_out_)];
        if (!late(now, session))
        {
            return;
        }
        ++timed_out_;
        if (session.open && session.terminal)
        {
            suspend(session.started + options_.session_timeout,
                    session.terminal_key,
                    options_.suspend);
        }
    }
}

bool
Admission::used_up(const Session& session) const
{
    return reached(session.wrong, options_.session_retries, options_.session_counts);
}

void
Admission::on_queued(SimTime now, const Attempt& attempt)
{
    if (counts_sessions() && options_.timer_from == AdmissionOptions::TimerFrom::kFirstRequest)
    {
        forget(now);
        if (counts_terminals() && is_suspended(now, attempt))
        {
            return;
        }
        const std::uint32_t session = find_session(attempt);
        if (session != kNoSlot && !attempt.credentials && late(now, sessions_[session]))
        {
            close_session(session);
        }
        static_cast<void>(open_session(now, attempt));
    }
}

// Model choice: a session refused is over. What the same Call-ID asks next without credentials, as a
// device that keeps its Call-ID does at each REGISTER, begins another one, also once this one is late. What
// a late one suspends, time_out() has suspended.
Verdict
Admission::judge_session(SimTime now, std::uint32_t session, const Attempt& attempt)
{
    if (late(now, sessions_[session]))
    {
        close_session(session);
        return attempt.credentials ? forbid(Limit::kSessionTimeout) : Verdict{};
    }
    const bool copy = sessions_[session].cseq == attempt.cseq;
    if (used_up(sessions_[session]) && !copy)
    {
        close_session(session);
        suspend(now, attempt, options_.suspend);
        return forbid(Limit::kSessionRetries);
    }
    return {};
}

// --- per terminal

bool
Admission::counts_terminals() const
{
    return options_.suspend > 0ns || options_.register_suspend > 0ns;
}

// Model choice: a user who does not exist is no terminal, unless addresses are.
std::optional<std::uint64_t>
Admission::terminal_of(const Attempt& attempt) const
{
    const auto user = static_cast<std::uint64_t>(attempt.user);
    const std::uint64_t source = static_cast<std::uint32_t>(attempt.source);
    switch (options_.terminal)
    {
    case AdmissionOptions::Terminal::kAccount:
        break;
    case AdmissionOptions::Terminal::kSource:
        return source;
    case AdmissionOptions::Terminal::kBoth:
        return attempt.known ? std::optional{mix(user) ^ source} : std::nullopt;
    }
    return attempt.known ? std::optional{user} : std::nullopt;
}

std::uint32_t
Admission::take_terminal(SimTime now, std::uint64_t key)
{
    std::uint32_t slot = terminals_.find(key);
    if (slot == kNoSlot)
    {
        slot = terminals_.take(key, kMostKept);
    }
    terminals_[slot].last = now;
    return slot;
}

// From `now` on, unless it is suspended at that time.
void
Admission::suspend(SimTime now, std::uint64_t terminal, SimDuration length)
{
    TerminalRecord& record = terminals_[take_terminal(now, terminal)];
    if (record.suspended_until <= now)
    {
        record.suspended_until = now + length;
    }
}

void
Admission::suspend(SimTime now, const Attempt& attempt, SimDuration length)
{
    if (const auto terminal = terminal_of(attempt); terminal && length > 0ns)
    {
        suspend(now, *terminal, length);
    }
}

bool
Admission::is_suspended(SimTime now, const Attempt& attempt)
{
    const auto terminal = terminal_of(attempt);
    const std::uint32_t slot = terminal ? terminals_.find(*terminal) : kNoSlot;
    if (slot == kNoSlot)
    {
        return false;
    }
    const TerminalRecord& record = terminals_[slot];
    if (now < record.suspended_until)
    {
        return true;
    }
    const bool served = record.suspended_until != SimTime::min();
    if (served || record.last + kTerminalMemory <= now)
    {
        terminals_.give_back(slot); // a suspension ends with a clean sheet
    }
    return false;
}

// One more wrong password of the terminal; the limit it meets. A copy of a request is not counted again.
std::optional<Limit>
Admission::count_wrong(SimTime now, const Attempt& attempt)
{
    const auto terminal = terminal_of(attempt);
    if (!terminal || !counts_terminals())
    {
        return std::nullopt;
    }
    TerminalRecord& record = terminals_[take_terminal(now, *terminal)];
    const std::uint64_t request =
        mix(static_cast<std::uint64_t>(attempt.call_id)) + static_cast<std::uint32_t>(attempt.cseq);
    if (record.last_request == request)
    {
        return std::nullopt;
    }
    record.last_request = request;
    count_up(record.wrong);
    count_up(record.failed);
    if (reached(record.wrong, options_.terminal_retries, options_.terminal_counts))
    {
        suspend(now, attempt, options_.suspend);
        return Limit::kTerminalRetries;
    }
    if (reached(record.failed, options_.register_retries, options_.register_counts))
    {
        suspend(now, attempt, options_.register_suspend);
        return Limit::kRegisterRetries;
    }
    return std::nullopt;
}

// --- a request

// What is over goes, a little at a time.
void
Admission::forget(SimTime now)
{
    time_out(now);
    while (!sessions_.empty())
    {
        const std::uint32_t oldest = sessions_.oldest();
        const Session& session = sessions_[oldest];
        const bool kept = now - session.started <= options_.session_timeout + kLateAnswer;
        if (kept && sessions_.size() <= kMostKept)
        {
            break;
        }
        if (session.open)
        {
            close_session(oldest);
        }
        sessions_.pop();
        timed_out_ -= timed_out_ > 0 ? 1 : 0;
    }
    if (counts_terminals())
    {
        terminals_.sweep([&](const TerminalRecord& record) {
            const bool over =
                record.suspended_until != SimTime::min() && record.suspended_until <= now;
            return now >= record.suspended_until && (over || record.last + kTerminalMemory <= now);
        });
    }
}

Verdict
Admission::on_taken_up(SimTime now, const Attempt& attempt)
{
    forget(now);
    if (counts_terminals() && is_suspended(now, attempt))
    {
        const bool silent = options_.when_suspended == AdmissionOptions::WhenSuspended::kDrop;
        return silent ? drop(Limit::kSuspended) : forbid(Limit::kSuspended);
    }
    return {};
}

Verdict
Admission::on_unproven(SimTime now, const Attempt& attempt)
{
    if (!options_.reply_unauthorized)
    {
        const bool unknown = options_.silent == AdmissionOptions::Silent::kUnknown;
        if (unknown ? !attempt.known : !attempt.credentials)
        {
            return drop(Limit::kUnauthorized);
        }
    }
    const std::uint32_t session = counts_sessions() ? find_session(attempt) : kNoSlot;
    return session == kNoSlot ? Verdict{} : judge_session(now, session, attempt);
}

void
Admission::on_excused(const Attempt& attempt)
{
    if (const std::uint32_t session = counts_sessions() ? find_session(attempt) : kNoSlot;
        session != kNoSlot)
    {
        close_session(session);
    }
}

void
Admission::on_challenged(SimTime now, const Attempt& attempt)
{
    if (counts_sessions())
    {
        static_cast<void>(open_session(now, attempt));
    }
}

// Model choice: where several limits are met at once, the terminal's is the one that is told.
Verdict
Admission::on_wrong(SimTime now, const Attempt& attempt)
{
    std::uint32_t session = kNoSlot;
    if (counts_sessions())
    {
        session = open_session(now, attempt);
        Session& of = sessions_[session];
        if (of.cseq != attempt.cseq)
        {
            of.cseq = attempt.cseq;
            count_up(of.wrong);
        }
    }
    if (const std::optional<Limit> limit = count_wrong(now, attempt))
    {
        if (session != kNoSlot)
        {
            close_session(session);
        }
        return forbid(*limit);
    }
    if (session != kNoSlot && options_.refused_at == AdmissionOptions::RefusedAt::kLast &&
        used_up(sessions_[session]))
    {
        close_session(session);
        suspend(now, attempt, options_.suspend);
        return forbid(Limit::kSessionRetries);
    }
    if (!options_.reply_unauthorized && options_.silent == AdmissionOptions::Silent::kUnproven)
    {
        return drop(Limit::kUnauthorized);
    }
    return {};
}

void
Admission::on_right(const Attempt& attempt)
{
    on_excused(attempt);
    const auto terminal = terminal_of(attempt);
    const std::uint32_t slot =
        terminal && counts_terminals() ? terminals_.find(*terminal) : kNoSlot;
    if (slot != kNoSlot)
    {
        terminals_.give_back(slot);
    }
}

} // namespace sipsim::registrar
