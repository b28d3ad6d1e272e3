#include "model/world/collector_state.h"
#include "model/world/pings.h"

#include <algorithm>

namespace sipsim::world
{

using registration::State;
using namespace std::chrono_literals;

namespace
{

/// The request before was answered, and the answer asks for the next one.
bool
asks_for_another(registration::Reason reason)
{
    using registration::Reason;
    return reason == Reason::kChallenged || reason == Reason::kStaleNonce ||
           reason == Reason::kIntervalTooBrief || reason == Reason::kRedirected;
}

} // namespace

void
Collector::Impl::expire(SimTime now)
{
    if (!before && now >= fault.begin)
    {
        tracker.advance(fault.begin);
        before = tracker.registered();
        fleets.mark(tracker);
    }
    tracker.advance(now);
}

void
Collector::Impl::catch_up(SimTime now)
{
    while (next_sample <= now)
    {
        expire(next_sample);
        registered_share.push_back(share_of(tracker.registered()));
        believed_share.push_back(share_of(belief.sample()));
        stale_bindings.push_back(tracker.stale());
        if (keepalives.any())
        {
            keepalive_rate.push_back(keepalives.rate());
        }
        next_sample += kLevelStep;
    }
    expire(now);
}

Collector::Collector(const World& world, const Layout& layout)
    : impl_(std::make_unique<Impl>(world, layout))
{
    for (ServerIndex server = 0; server < server_count(world); ++server)
    {
        impl_->any_pings = impl_->any_pings || ping_options(world, server).enabled();
    }
    impl_->any_station = std::ranges::any_of(world.registrars, [](const RegistrarSpec& r) {
        return r.options.station.workers > 0;
    });
}

Collector::~Collector() = default;

void
Collector::on_queued(SimTime at,
                     std::uint32_t registrar,
                     std::uint32_t waiting,
                     SimDuration wait,
                     SimDuration service)
{
    impl_->mix(at, registrar, 0xA'0000'0000U | waiting);
    impl_->queue.raise(at, waiting);
    if (impl_->counted(at))
    {
        impl_->service.add(wait + service);
    }
}

void
Collector::on_ua_message(const UaMessage& fact)
{
    const std::uint64_t event =
        (std::uint64_t{fact.bytes} << 32U) | (std::uint64_t{fact.message.status} << 8U) |
        (static_cast<std::uint64_t>(fact.direction) << 1U) | (fact.again ? 1U : 0U);
    impl_->mix(fact.at, fact.ua, event);
    const bool request = fact.direction == Direction::kSend &&
                         fact.message.method == sip::Method::kRegister && fact.message.status == 0;
    if (fact.direction == Direction::kSend && fact.message.method == sip::Method::kSubscribe)
    {
        impl_->load.on_extra(fact.at);
    }
    if (request && impl_->fleets.any())
    {
        impl_->fleets.on_sent(fact.at, impl_->layout.fleet_of_account(fact.ua));
    }
}

void
Collector::expect(AccountIndex ua)
{
    impl_->belief.fetch(ua);
    impl_->attempts_under_way.fetch(ua);
    impl_->tracker.fetch(impl_->layout.aor_of(ua));
}

void
Collector::expect_soon(AccountIndex ua)
{
    impl_->belief.fetch(ua);
    impl_->attempts_under_way.fetch_record(ua);
}

void
Collector::expect_bindings(AccountIndex ua)
{
    impl_->tracker.fetch(impl_->layout.aor_of(ua));
}

void
Collector::on_transition(SimTime at, AccountIndex ua, const registration::Transition& t)
{
    impl_->advance(at);
    impl_->mix(at,
               ua,
               0x1'0000U | (static_cast<std::uint64_t>(t.from) << 8U) |
                   (static_cast<std::uint64_t>(t.to) << 4U) | static_cast<std::uint64_t>(t.reason));
    if (impl_->admission.of_attacker(ua))
    {
        impl_->admission.on_attackers_transition(at, ua, t);
        return;
    }
    if (t.to != State::kRegistering) // an attempt that begins or goes on changes no belief
    {
        impl_->belief.set(ua, t.bound_until, at);
    }
    if (t.to == State::kRegistering && t.from != State::kRegistering)
    {
        impl_->attempts_under_way.take(ua) = {.since = at.time_since_epoch().count()};
        impl_->attempts.add(at);
        impl_->attempts_offered += impl_->counted(at) ? 1 : 0;
    }
    else if (t.from == State::kRegistering && t.to == State::kRegistering)
    {
        Attempt* attempt = impl_->attempts_under_way.find(ua);
        if (attempt != nullptr && asks_for_another(t.reason))
        {
            ++attempt->needed;
        }
    }
    else if (t.from == State::kRegistering)
    {
        const Attempt attempt = impl_->attempts_under_way.take_away(ua, {});
        const SimTime since{SimDuration{attempt.since}};
        if (t.to == State::kRegistered)
        {
            impl_->watch(at);
            impl_->load.on_registered(at,
                                      attempt.needed,
                                      impl_->recoveries[1].came_back(impl_->fault));
            impl_->goodput.add(at);
            impl_->phases.add(at, ua);
            if (impl_->counted(since))
            {
                impl_->latency.add(at - since);
            }
        }
        const bool failed = t.to == State::kWaiting || t.to == State::kStopped;
        impl_->attempts_failed += failed && impl_->counted(at) ? 1 : 0;
    }
}

void
Collector::on_register_arrival(SimTime at, std::uint32_t registrar, bool alive)
{
    impl_->advance(at);
    impl_->mix(at, registrar, alive ? 0x2'0001U : 0x2'0000U);
    impl_->registers.add(at);
    impl_->registers_after.add(at);
    impl_->located.on_register(at, registrar, alive);
    impl_->registers_counted += impl_->counted(at) ? 1 : 0;
    impl_->load.on_register(at, alive);
}

void
Collector::on_register_answered(SimTime at,
                                std::uint32_t registrar,
                                std::uint16_t status,
                                bool repeat)
{
    impl_->advance(at);
    impl_->mix(at, registrar, 0x3'0000U | (std::uint64_t{status} << 1U) | (repeat ? 1U : 0U));
    if (status == 503)
    {
        impl_->load.on_refused(at);
    }
}

void
Collector::on_limit(SimTime at,
                    std::uint32_t registrar,
                    registrar::Limit limit,
                    sip::UserId /*user*/)
{
    impl_->mix(at, registrar, 0xF'0000U | static_cast<std::uint64_t>(limit));
    impl_->admission.on_limit(at, limit);
}

void
Collector::on_wrong_password(SimTime at, std::uint32_t registrar, sip::UserId /*user*/)
{
    impl_->mix(at, registrar, 0xF'1000U);
    impl_->admission.on_wrong_password(at);
}

void
Collector::on_bindings(SimTime at,
                       std::uint32_t aor,
                       const registrar::LocationService::Bindings& bindings)
{
    impl_->advance(at);
    impl_->mix(at, aor, 0x4'0000U | bindings.size());
    impl_->tracker.set_bindings(at, aor, bindings);
}

void
Collector::on_bindings_lost(SimTime at, std::uint32_t registrar)
{
    impl_->advance(at);
    impl_->mix(at, registrar, 0x5'0000U);
    impl_->tracker.lose_bindings(at, registrar);
}

void
Collector::on_device(SimTime at, DeviceIndex device, bool powered, sip::Endpoint address)
{
    impl_->advance(at);
    impl_->mix(at, device, 0x6'0000U | (powered ? 1U : 0U));
    impl_->tracker.set_device(at, device, powered, address);
    impl_->keepalives.set_device(at, device, powered);
}

void
Collector::on_fault(SimTime at, std::uint32_t fault, bool begins)
{
    impl_->advance(at);
    impl_->mix(at, fault, 0x7'0000U | (begins ? 1U : 0U));
}

void
Collector::on_call(SimTime at, std::uint32_t aor, CallClass call)
{
    impl_->mix(at, aor, 0x8'0000U | static_cast<std::uint64_t>(call));
    impl_->calls.on_call(at, call);
}

void
Collector::on_outgoing(SimTime at, AccountIndex ua, OutgoingClass call)
{
    impl_->mix(at, ua, 0x13'0000U | static_cast<std::uint64_t>(call));
    impl_->calls.on_outgoing(at, call);
}

void
Collector::on_drop(SimTime at, DropReason reason)
{
    impl_->mix(at, static_cast<std::uint64_t>(reason), 0x9'0000U);
}

// Keepalives sent one by one show in the fingerprint by what becomes of them (on_drop); computed ones do
// not, so a fingerprint also tells which form a run had.
void
Collector::on_keepalive_sent(SimTime at, DeviceIndex /*device*/)
{
    impl_->keepalives.sent(at);
}

void
Collector::on_keepalive_arrival(SimTime at, ServerIndex /*server*/)
{
    impl_->keepalives.arrived(at);
}

void
Collector::on_proxy_arrival(SimTime at, std::uint32_t proxy, bool alive)
{
    impl_->mix(at, proxy, alive ? 0xB'0001U : 0xB'0000U);
    impl_->proxied.add(at);
    impl_->proxied_counted += impl_->counted(at) ? 1 : 0;
}

void
Collector::on_proxy_answered(SimTime at, std::uint32_t proxy, std::uint16_t status)
{
    impl_->mix(at, proxy, 0xC'0000U | status);
    impl_->spared_counted += impl_->counted(at) && status == 200 ? 1 : 0;
    if (status == 503)
    {
        impl_->load.on_refused(at);
    }
}

void
Collector::on_stun_arrival(SimTime at, std::uint32_t server)
{
    impl_->mix(at, server, 0xD'0000U);
    impl_->stun_counted += impl_->counted(at) ? 1 : 0;
}

void
Collector::on_ping_sent(SimTime at, ServerIndex server)
{
    impl_->mix(at, server, 0xE'0000U);
    impl_->pings_counted += impl_->counted(at) ? 1 : 0;
}

void
Collector::on_dns_query(SimTime at, std::uint32_t dns, bool alive)
{
    impl_->mix(at, dns, alive ? 0x10'0001U : 0x10'0000U);
    impl_->located.on_query(at);
}

void
Collector::on_dns_answered(SimTime at, std::uint32_t dns, dns::Rcode rcode)
{
    impl_->mix(at, dns, 0x11'0000U | static_cast<std::uint64_t>(rcode));
}

void
Collector::on_located(SimTime at, DeviceIndex device, bool located)
{
    impl_->mix(at, device, located ? 0x12'0001U : 0x12'0000U);
    impl_->located.on_located(at, located);
}

} // namespace sipsim::world
