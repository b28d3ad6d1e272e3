#include "model/dns/failover.h"

#include "model/base/quantity.h"

#include <algorithm>

namespace sipsim::dns
{

namespace
{

/// The place of an endpoint in a list; its size: it is not there.
std::size_t
place_of(const ServerList& list, const Endpoint& endpoint)
{
    const auto found =
        std::find_if(list.targets.begin(), list.targets.end(), [&endpoint](const Target& t) {
            return t.endpoint == endpoint;
        });
    return static_cast<std::size_t>(found - list.targets.begin());
}

bool
is_failure(const FailoverOptions& options, const Ended& ended)
{
    if (ended.kind != Ended::Kind::kStatus)
    {
        return true;
    }
    if (ended.status == 503)
    {
        return options.on_503;
    }
    return options.on_other_5xx && ended.status >= 500 && ended.status < 600;
}

} // namespace

void
Blocklist::block(const Endpoint& endpoint, SimTime until)
{
    auto* place = std::find_if(entries_.begin(), entries_.end(), [&endpoint](const Entry& e) {
        return e.endpoint == endpoint;
    });
    if (place == entries_.end() && entries_.push({endpoint, until}))
    {
        return;
    }
    if (place == entries_.end())
    {
        place = std::min_element(entries_.begin(),
                                 entries_.end(),
                                 [](const Entry& a, const Entry& b) { return a.until < b.until; });
    }
    *place = {endpoint, until};
}

bool
Blocklist::blocked(const Endpoint& endpoint, SimTime now) const
{
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) {
        return e.endpoint == endpoint && now < e.until;
    });
}

void
Failover::save(const Endpoint& endpoint)
{
    host_ = endpoint.host;
    port_ = endpoint.port;
    saved_ = true;
    held_ = false;
}

std::uint16_t
Failover::start(const FailoverOptions& options,
                const ServerList& list,
                RequestKind kind,
                SimTime now) const
{
    bool holds = saved().has_value();
    switch (options.preference)
    {
    case Preference::kNone:
        holds =
            holds && (options.round_robin || (options.calls_follow && kind == RequestKind::kCall));
        break;
    case Preference::kUntilTtl:
        holds = holds && now < list.until;
        break;
    case Preference::kUntilNoResponse:
        break;
    case Preference::kForDuration:
        holds = holds && now < SimTime{mark_ * kTick};
        break;
    case Preference::kUntilRegistration:
        holds = holds && kind == RequestKind::kCall;
        break;
    }
    if (!holds)
    {
        return 0;
    }
    const std::size_t place = place_of(list, *saved());
    return place < list.targets.size() ? static_cast<std::uint16_t>(place) : kOffList;
}

std::size_t
Failover::count(const ServerList& list) const
{
    return list.targets.size() + (first_ == kOffList ? 1 : 0);
}

Endpoint
Failover::at(const FailoverOptions& options, const ServerList& list, std::size_t step) const
{
    const std::size_t size = list.targets.size();
    if (first_ == kOffList)
    {
        return step == 0 || size == 0 ? Endpoint{host_, port_}
                                      : list.targets[std::min(step, size) - 1].endpoint;
    }
    const std::size_t first = std::min<std::size_t>(first_, size - 1);
    if (!options.then_from_top)
    {
        return list.targets[(first + step) % size].endpoint;
    }
    // The first, then all others from the top.
    const std::size_t place = step == 0 ? first : step - (step <= first ? 1 : 0);
    return list.targets[std::min(place, size - 1)].endpoint;
}

void
Failover::on_request(const FailoverOptions& options,
                     const ServerList& list,
                     RequestKind kind,
                     SimTime now,
                     const Blocklist* blocklist)
{
    begin(options, list, start(options, list, kind, now), now, blocklist);
}

void
Failover::begin(const FailoverOptions& options,
                const ServerList& list,
                std::uint16_t first,
                SimTime now,
                const Blocklist* blocklist)
{
    first_ = first & 31U;
    tries_ = 0;
    step_ = 0;
    tried_ = 0;
    all_blocked_ = 0;
    if (blocklist == nullptr)
    {
        return;
    }
    for (std::size_t step = 0; step < count(list); ++step)
    {
        if (!blocklist->blocked(at(options, list, step), now))
        {
            step_ = step & 31U;
            return;
        }
    }
    // If all are blocked, none is: one that may have come back is better than none.
    all_blocked_ = 1;
}

bool
Failover::next(const FailoverOptions& options,
               const ServerList& list,
               SimTime now,
               const Blocklist* blocklist)
{
    if (options.targets_per_round != 0 && tried_ + 1U >= options.targets_per_round)
    {
        return false;
    }
    const bool passes = blocklist != nullptr && all_blocked_ == 0;
    std::size_t step = step_ + 1U;
    while (step < count(list) && passes && blocklist->blocked(at(options, list, step), now))
    {
        ++step;
    }
    if (step >= count(list))
    {
        return false;
    }
    step_ = step & 31U;
    ++tried_;
    return true;
}

bool
Failover::on_request_at(const FailoverOptions& options,
                        const ServerList& list,
                        const Endpoint& target,
                        SimTime now,
                        const Blocklist* blocklist)
{
    Failover walk = *this;
    walk.on_request(options, list, RequestKind::kRegister, now, blocklist);
    while (walk.target(options, list) != target)
    {
        if (!walk.next(options, list, now, blocklist))
        {
            return false;
        }
    }
    *this = walk;
    return true;
}

// VOS3000 (V11): the cancel goes to the proxy of the registration. Model choice: so it does where a phone's
// guide says nothing, as nothing but the binding is to be cleared and no other server is known to have it.
bool
Failover::on_removal(const FailoverOptions& options,
                     const ServerList& list,
                     SimTime now,
                     const Blocklist* blocklist)
{
    if (!held_)
    {
        return false;
    }
    const std::size_t place = place_of(list, {host_, port_});
    const bool listed = place < list.targets.size();
    begin(options, list, listed ? static_cast<std::uint16_t>(place) : kOffList, now, blocklist);
    return true;
}

void
Failover::on_located(const FailoverOptions& options)
{
    if (options.preference == Preference::kUntilTtl)
    {
        saved_ = false;
    }
}

Endpoint
Failover::target(const FailoverOptions& options, const ServerList& list) const
{
    return at(options, list, step_);
}

Failover::Next
Failover::on_failed(const FailoverOptions& options,
                    const ServerList& list,
                    const Endpoint& tried,
                    const Ended& ended,
                    SimTime now,
                    Blocklist* blocklist)
{
    if (!is_failure(options, ended))
    {
        return Next::kAnswered;
    }
    if (ended.kind == Ended::Kind::kTimeout && tries_ + 1U < options.tries)
    {
        ++tries_;
        return Next::kAgain;
    }
    tries_ = 0;
    const SimDuration blocked_for = std::max(options.blocked_for, ended.retry_after);
    if (blocklist != nullptr && blocked_for > SimDuration{})
    {
        blocklist->block(tried, now + blocked_for);
    }
    if (options.preference == Preference::kUntilNoResponse && saved() == tried)
    {
        saved_ = false;
    }
    if (next(options, list, now, blocklist))
    {
        return Next::kNext;
    }
    // Nobody answers: nothing to prefer; in turn, the next round goes on behind the last.
    if (options.preference == Preference::kNone && options.round_robin && count(list) > 0)
    {
        save(at(options, list, (step_ + 1U) % count(list)));
    }
    else
    {
        saved_ = false;
    }
    return Next::kExhausted;
}

void
Failover::on_answered(const FailoverOptions& options, const Endpoint& answered, SimTime now)
{
    const bool stays = saved() == answered && now < SimTime{mark_ * kTick};
    if (options.preference == Preference::kForDuration && !stays)
    {
        // Counted from the failover, which later refreshes at the same place do not move.
        const auto since = (now + options.failback_after).time_since_epoch();
        mark_ = static_cast<std::uint32_t>((since + kTick - SimDuration{1}) / kTick);
    }
    save(answered);
    held_ = true;
}

SimTime
Failover::next_failback(const FailoverOptions& options, const ServerList& list) const
{
    const bool away = saved() && place_of(list, *saved()) != 0;
    if (!options.failback_at_once || !away)
    {
        return kNever;
    }
    switch (options.preference)
    {
    case Preference::kUntilTtl:
        return list.until;
    case Preference::kForDuration:
        return SimTime{mark_ * kTick};
    case Preference::kNone:
    case Preference::kUntilNoResponse:
    case Preference::kUntilRegistration:
        break;
    }
    return kNever;
}

std::vector<std::string>
validate(const FailoverOptions& options)
{
    std::vector<std::string> problems;
    const auto demand = [&problems](bool kept, std::string problem) {
        if (!kept)
        {
            problems.push_back(std::move(problem));
        }
    };
    const bool none = options.preference == Preference::kNone;
    const bool timed = options.preference == Preference::kUntilTtl ||
                       options.preference == Preference::kForDuration;
    demand(!options.round_robin || none,
           "round_robin = true: must be false unless preference is none");
    demand(!options.calls_follow || none,
           "calls_follow = true: must be false unless preference is none");
    demand(!options.failback_at_once || timed,
           "failback_at_once = true: must be false unless the preference ends at a time");
    demand(options.failback_after > SimDuration{} && options.failback_after <= 24h * 366,
           "failback_after = " + format(options.failback_after) + ": must be > 0 s and <= 366 d");
    demand(options.tries >= 1 && options.tries <= 15,
           "tries = " + std::to_string(options.tries) + ": must be 1 to 15");
    demand(options.try_timeout >= SimDuration{},
           "try_timeout = " + format(options.try_timeout) + ": must be >= 0 s");
    demand(options.blocked_for >= SimDuration{},
           "blocked_for = " + format(options.blocked_for) + ": must be >= 0 s");
    return problems;
}

} // namespace sipsim::dns
