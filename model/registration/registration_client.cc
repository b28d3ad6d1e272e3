#include "model/registration/registration_client.h"

#include "model/registration/laws.h"

#include <algorithm>
#include <array>
#include <limits>

namespace sipsim::registration
{

namespace
{

constexpr std::array<std::string_view, 7> kStateNames{"off",
                                                      "starting",
                                                      "unregistering",
                                                      "registering",
                                                      "registered",
                                                      "waiting",
                                                      "stopped"};

constexpr std::array<std::string_view, 21> kReasonNames{
    "started",         "deadline",         "granted",
    "challenged",      "stale nonce",      "interval too brief",
    "redirected",      "rejected",         "timed out",
    "transport error", "no server",        "removed",
    "shutdown",        "crashed",          "gave up",
    "address changed", "flow failed",      "next server",
    "wrong guess",     "call failed over", "removed elsewhere"};

// The response an ended attempt amounts to; 0: none.
std::uint16_t
status_of(const AttemptResult& result)
{
    switch (result.kind)
    {
    case AttemptResult::Kind::kFinal:
        return result.response->status;
    case AttemptResult::Kind::kTimeout:
        return 408; // RFC 3261 §8.1.3.1: MUST be treated as a 408
    case AttemptResult::Kind::kTransportError:
        return 503; // and this as a 503
    case AttemptResult::Kind::kNoServer:
        break;
    }
    return 0;
}

Reason
reason_of(AttemptResult::Kind kind)
{
    switch (kind)
    {
    case AttemptResult::Kind::kFinal:
        return Reason::kRejected;
    case AttemptResult::Kind::kTimeout:
        return Reason::kTimedOut;
    case AttemptResult::Kind::kTransportError:
        return Reason::kTransportError;
    case AttemptResult::Kind::kNoServer:
        break;
    }
    return Reason::kNoServer;
}

Intent
removal(Unregister unregister)
{
    return unregister == Unregister::kAll ? Intent::kRemoveAll : Intent::kRemoveOwn;
}

// What Retry-After asks for, if it is obeyed. RFC 3261 §20.33 names 404, 413, 480, 486, 500, 503, 600,
// 603. Model choice: obeyed with every failure; 0, which its grammar allows and its text does not
// ("positive"), counts as absent.
std::optional<SimDuration>
told_wait(const RegistrationOptions& options, const AttemptResult& result)
{
    if (result.kind != AttemptResult::Kind::kFinal || !options.honour_retry_after)
    {
        return std::nullopt;
    }
    const std::uint32_t told = result.response->retry_after.value_or(0);
    return told > 0 ? std::optional<SimDuration>{std::chrono::seconds{told}} : std::nullopt;
}

// The retry law is for this failure.
bool
by_law(const RegistrationOptions& options, const AttemptResult& result)
{
    return result.kind != AttemptResult::Kind::kFinal || options.retry_on.empty() ||
           matches(options.retry_on, result.response->status);
}

bool
gives_up(const RegistrationOptions& options, const AttemptResult& result, std::uint16_t failures)
{
    const std::uint16_t status = status_of(result);
    const bool own_wait = (status == 403 && options.retry_after_403) || options.retry_other;
    return matches(options.stop_on, status) || (!by_law(options, result) && !own_wait) ||
           (options.retry.stop_after != 0 && failures >= options.retry.stop_after);
}

// Precondition: not gives_up().
SimDuration
wait_after(const RegistrationOptions& options,
           const AttemptResult& result,
           std::uint16_t failures,
           const DrawKey& key,
           std::uint32_t n)
{
    const std::uint16_t status = status_of(result);
    if (options.retry_after_403 && status == 403)
    {
        return *options.retry_after_403;
    }
    if (options.retry_other && !by_law(options, result))
    {
        return other_wait(*options.retry_other, options.retry_other_random, key, n);
    }
    const bool flat = matches(options.retry_flat_on, status);
    return retry_wait(options.retry, flat ? std::uint16_t{1} : failures, key, n);
}

template <class Count>
void
count_up(Count& count)
{
    if (count < std::numeric_limits<Count>::max())
    {
        ++count;
    }
}

} // namespace

std::string_view
name_of(State state)
{
    return kStateNames.at(static_cast<std::size_t>(state));
}

std::string_view
name_of(Reason reason)
{
    return kReasonNames.at(static_cast<std::size_t>(reason));
}

void
RegistrationClient::enter(State to, Reason reason, ClientOutput& out)
{
    out.transition = true;
    out.from = state_;
    out.to = to;
    out.reason = reason;
    state_ = to;
}

void
RegistrationClient::begin_life()
{
    ++boots_;
    deadline_ = kNever;
    bound_until_ = SimTime::min();
    cseq_ = 0;
    min_expires_ = 0;
    failures_ = 0;
    forget_challenge();
}

void
RegistrationClient::end_life(Reason reason, ClientOutput& out)
{
    deadline_ = kNever;
    bound_until_ = SimTime::min();
    forget_challenge();
    if (state_ != State::kOff)
    {
        enter(State::kOff, reason, out);
    }
}

void
RegistrationClient::forget_challenge()
{
    nonce_ = {};
    realm_ = {};
    nonce_count_ = 0;
}

void
RegistrationClient::refresh_by(SimTime when, SimTime now)
{
    if (state_ == State::kRegistered && when > now && when < deadline_)
    {
        deadline_ = when;
    }
}

void
RegistrationClient::on_next_server()
{
    next_request();
}

void
RegistrationClient::next_request()
{
    ++cseq_; // RFC 3261 §10.2: by one for each REGISTER with the same Call-ID
    if (nonce_ != sip::Nonce{})
    {
        ++nonce_count_; // RFC 7616 §3.4: requests sent with this nonce, this one included
    }
}

void
RegistrationClient::begin_attempt(const RegistrationOptions& options,
                                  Intent intent,
                                  Reason reason,
                                  ClientOutput& out)
{
    const bool session_goes_on = guesses(options) && nonce_ != sip::Nonce{};
    if (!session_goes_on)
    {
        challenges_ = 0;
        boots_ += guesses(options) && cseq_ != 0
                      ? 1
                      : 0; // another session, another Call-ID; Model choice: of 65 536
        if (!options.preemptive_credentials)
        {
            forget_challenge();
        }
    }
    deadline_ = kNever;
    redirects_ = 0;
    brief_ = false;
    intent_ = intent;
    next_request();
    out.attempt = true;
    enter(intent == Intent::kRegister ? State::kRegistering : State::kUnregistering, reason, out);
}

ClientOutput
RegistrationClient::on_start(const RegistrationOptions& options, SimTime now, const DrawKey& key)
{
    ClientOutput out;
    begin_life();
    if (!options.enabled)
    {
        end_life(Reason::kStarted, out);
        return out;
    }
    const bool remove =
        options.unregister != Unregister::kNone && options.unregister_when == UnregisterWhen::kBoot;
    intent_ = remove ? removal(options.unregister) : Intent::kRegister;
    if (options.initial_delay_max > 0ns || options.poll.every > 0ns)
    {
        deadline_ = at_poll(options.poll,
                            now,
                            now + draw_between(key,
                                               Purpose::kInitialDelay,
                                               boots_,
                                               SimDuration{0},
                                               options.initial_delay_max),
                            key);
        enter(State::kStarting, Reason::kStarted, out);
    }
    else
    {
        begin_attempt(options, intent_, Reason::kStarted, out);
    }
    return out;
}

ClientOutput
RegistrationClient::on_start_at(const RegistrationOptions& options, SimTime now, SimTime first)
{
    ClientOutput out;
    begin_life();
    if (!options.enabled)
    {
        end_life(Reason::kStarted, out);
        return out;
    }
    intent_ = Intent::kRegister;
    deadline_ = std::max(first, now);
    enter(State::kStarting, Reason::kStarted, out);
    return out;
}

ClientOutput
RegistrationClient::on_shutdown(const RegistrationOptions& options, SimTime now)
{
    ClientOutput out;
    const bool at_shutdown = options.unregister != Unregister::kNone &&
                             options.unregister_when == UnregisterWhen::kShutdown;
    if (at_shutdown && state_ == State::kUnregistering)
    {
        return out; // the end is under way already
    }
    // A REGISTER under way may have bound us though we have not heard of it.
    const bool may_be_bound = state_ == State::kRegistering || bound_until_ > now;
    if (at_shutdown && state_ != State::kOff && may_be_bound)
    {
        begin_attempt(options, removal(options.unregister), Reason::kShutdown, out);
        return out;
    }
    end_life(Reason::kShutdown, out);
    out.finished = true;
    return out;
}

ClientOutput
RegistrationClient::on_crash()
{
    ClientOutput out;
    end_life(Reason::kCrashed, out);
    return out;
}

ClientOutput
RegistrationClient::on_deadline(const RegistrationOptions& options, SimTime now)
{
    ClientOutput out;
    if (now < deadline_)
    {
        return out;
    }
    switch (state_)
    {
    case State::kStarting:
        begin_attempt(options, intent_, Reason::kDeadline, out);
        break;
    case State::kRegistered:
    case State::kWaiting:
        begin_attempt(options, Intent::kRegister, Reason::kDeadline, out);
        break;
    case State::kOff:
    case State::kUnregistering:
    case State::kRegistering:
    case State::kStopped:
        break; // no deadline of their own
    }
    return out;
}

ClientOutput
RegistrationClient::on_register_anew(const RegistrationOptions& options, Reason reason)
{
    ClientOutput out;
    if (state_ == State::kRegistered)
    {
        begin_attempt(options, Intent::kRegister, reason, out);
    }
    else if (reason == Reason::kAddressChanged &&
             (state_ == State::kRegistering || state_ == State::kUnregistering))
    {
        next_request();
        out.attempt = true;
        out.same_attempt = true;
        enter(state_, reason, out);
    }
    return out;
}

ClientOutput
RegistrationClient::on_attempt_ended(const RegistrationOptions& options,
                                     SimTime now,
                                     const AttemptResult& result,
                                     const DrawKey& key)
{
    ClientOutput out;
    if (state_ != State::kRegistering && state_ != State::kUnregistering)
    {
        return out;
    }
    if (result.kind == AttemptResult::Kind::kFinal)
    {
        if (result.response->status < 300)
        {
            succeed(options, now, result, key, out);
            return out;
        }
        if (refuses_guess(options, result))
        {
            next_guess(options, now, *result.response, out);
            return out;
        }
        if (const std::optional<Reason> reason = obey(options, result))
        {
            next_request();
            out.attempt = true;
            out.same_attempt = true;
            enter(state_, *reason, out);
            return out;
        }
    }
    fail(options, now, result, key, out);
    return out;
}

void
RegistrationClient::succeed(const RegistrationOptions& options,
                            SimTime now,
                            const AttemptResult& result,
                            const DrawKey& key,
                            ClientOutput& out)
{
    if (intent_ != Intent::kRegister)
    {
        bound_until_ = SimTime::min();
        end_unregister(options,
                       result.elsewhere ? Reason::kRemovedElsewhere : Reason::kRemoved,
                       out);
        return;
    }
    // RFC 3261 §10.2.4: the expires parameter of our contact, else the Expires header field. Model
    // choice: of a 2xx that has neither, what we asked for; Retry-After in a 2xx is not read.
    std::uint32_t granted = requested_expires(options).value_or(kDefaultExpires);
    granted = result.granted.value_or(result.response->expires.value_or(granted));
    const SimDuration life =
        std::chrono::seconds{std::clamp(granted, options.min_granted, options.max_granted)};
    // A refresh that has not failed is one though the binding has run out meanwhile: some products begin
    // it as that ends.
    out.initial = bound_until_ == SimTime::min() || (failures_ > 0 && bound_until_ <= now);
    failures_ = 0;
    found_ = options.guess.passwords != 0; // and goes on as a device that knows it
    count_up(refreshes_);
    bound_until_ = now + life;
    deadline_ = at_poll(options.poll,
                        now,
                        now + refresh_delay(options.refresh, life, key, refreshes_),
                        key);
    enter(State::kRegistered, Reason::kGranted, out);
}

void
RegistrationClient::end_unregister(const RegistrationOptions& options,
                                   Reason reason,
                                   ClientOutput& out)
{
    // However the removal ended, at shutdown nothing is left to try, at boot registering comes next.
    if (options.unregister_when == UnregisterWhen::kBoot)
    {
        begin_attempt(options, Intent::kRegister, reason, out);
        return;
    }
    end_life(reason, out);
    out.finished = true;
}

void
RegistrationClient::fail(const RegistrationOptions& options,
                         SimTime now,
                         const AttemptResult& result,
                         const DrawKey& key,
                         ClientOutput& out)
{
    const std::uint16_t status = status_of(result);
    const bool skipped =
        status == 403 && guesses(options) && options.guess.skips_refused && nonce_ != sip::Nonce{};
    refreshes_ += skipped ? 1 : 0;
    // RFC 3261 §22.1: a server that does not accept credentials repeats its challenge or says 403, and a UAC
    // MUST NOT re-attempt with what has just been rejected, which the same nonce would be. Model choice: a 403
    // is taken for such a refusal whatever else the server may have meant by it.
    if (status == 401 || status == 407 || status == 403 || guesses(options))
    {
        forget_challenge(); // the next attempt asks for a fresh one
    }
    if (intent_ != Intent::kRegister)
    {
        end_unregister(options, reason_of(result.kind), out);
        return;
    }
    // bound_until_ stays: after a failed refresh the registrar still holds the old binding.
    count_up(failures_);
    count_up(retries_);
    const std::optional<SimDuration> told = told_wait(options, result);
    const bool overruled = told && options.retry_after_overrules_stop;
    const bool through = skipped && refreshes_ >= options.guess.passwords;
    if (through || (gives_up(options, result, failures_) && !overruled))
    {
        deadline_ = kNever;
        enter(State::kStopped, skipped ? Reason::kWrongGuess : Reason::kGaveUp, out);
        return;
    }
    // RFC 3261 §10.2.7: after a timeout SHOULD NOT re-attempt immediately; no interval is mandated.
    const SimDuration wait = told ? *told : wait_after(options, result, failures_, key, retries_);
    deadline_ = at_poll(options.poll, now, now + wait, key);
    enter(State::kWaiting, skipped ? Reason::kWrongGuess : reason_of(result.kind), out);
}

} // namespace sipsim::registration
