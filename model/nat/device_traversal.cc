#include "model/nat/device_traversal.h"

#include <algorithm>

namespace sipsim::nat
{

namespace
{

bool
uses_stun(const TraversalOptions& options)
{
    return options.mode == TraversalMode::kStun;
}

// Of the Bindings that are sent once Ready.
StunClientSettings
asking_settings(const TraversalSettings& settings, bool ready)
{
    const TraversalOptions& options = settings.options;
    if (ready && options.probe == Probe::kStun)
    {
        return {.server = settings.sip_server,
                .form = StunForm::kCookie, // RFC 5626 §4.4.2: STUN as RFC 5389 has it
                .law = kStunLaw5389};
    }
    return {.server = settings.stun_server, .form = options.form, .law = stun_law(options.form)};
}

// RFC 3489 §10.1 leaves to the application what follows; Grandstream GXW410x User Guide p. 27: the mapped
// address is used behind these three.
bool
is_cone(NatType type)
{
    return type == NatType::kFullCone || type == NatType::kRestrictedCone ||
           type == NatType::kPortRestrictedCone;
}

void
send_all(const StunOutputs& sends, TraversalOutputs& out)
{
    for (const StunSend& send : sends)
    {
        out.push(send);
    }
}

// The first instant due + k * interval (k >= 0) not before `now`.
SimTime
on_grid(SimTime due, SimDuration interval, SimTime now)
{
    return due >= now ? due : due + (now - due + interval - SimDuration{1}) / interval * interval;
}

// From a STUN probe to the next; n = 0: to the first.
SimDuration
probe_wait(const TraversalOptions& options, const DrawKey& key, std::uint64_t n)
{
    return draw_between(key,
                        Purpose::kProbe,
                        n,
                        options.probe_interval_min,
                        options.probe_interval_max);
}

} // namespace

std::uint64_t
DeviceTraversal::number(std::uint32_t count) const
{
    return (std::uint64_t{boots_} << 32U) | count;
}

// Whether Bindings go on once Ready.
bool
DeviceTraversal::asks(const TraversalOptions& options) const
{
    return options.probe == Probe::kStun ||
           (uses_stun(options) && options.refresh == StunRefresh::kBinding &&
            (use_mapped_ || options.discovery == StunDiscoveryKind::kBinding));
}

void
DeviceTraversal::on_boot(const TraversalSettings& settings,
                         const StunClientHost& host,
                         std::uint32_t boots,
                         SimTime now,
                         SimTime begin_at,
                         TraversalOutputs& out)
{
    *this = DeviceTraversal{};
    boots_ = boots;
    if (!uses_stun(settings.options))
    {
        become_ready(settings, host, std::max(now, begin_at), out);
        return;
    }
    phase_ = Phase::kBeginning;
    if (begin_at > now)
    {
        stun_ = Waiting{begin_at};
        return;
    }
    begin(settings, host, now, out);
}

void
DeviceTraversal::on_down()
{
    *this = DeviceTraversal{};
}

void
DeviceTraversal::begin(const S& settings, const H& host, SimTime now, Out& out)
{
    phase_ = Phase::kDiscovering;
    if (settings.options.discovery == StunDiscoveryKind::kBinding)
    {
        ask(settings, host, now, kNever, out);
        return;
    }
    StunOutputs sends;
    stun_.emplace<ClassicDiscovery>().on_start(asking_settings(settings, false),
                                               host,
                                               number(++stun_count_),
                                               now,
                                               sends);
    send_all(sends, out);
}

// What the tree has led to, if it has.
void
DeviceTraversal::discovered(const S& settings, const H& host, SimTime now, Out& out)
{
    const auto& discovery = std::get<ClassicDiscovery>(stun_);
    if (!discovery.result())
    {
        return;
    }
    type_ = *discovery.result();
    typed_ = true;
    stun_count_ = static_cast<std::uint32_t>(discovery.next_number() - 1);
    if (is_cone(type_) && discovery.mapped())
    {
        seen_ = *discovery.mapped();
        use_mapped_ = true;
    }
    become_ready(settings, host, now, out);
}

void
DeviceTraversal::become_ready(const S& settings, const H& host, SimTime from, Out& out)
{
    const TraversalOptions& options = settings.options;
    phase_ = Phase::kReady;
    stun_ = Waiting{kNever};
    out.push(Ready{});
    const auto first = [&](SimDuration interval) {
        return from + draw_between(host.key, Purpose::kProbe, number(0), SimDuration{0}, interval);
    };
    if (options.probe == Probe::kStun)
    {
        stun_ = Waiting{first(options.probe_interval_max)};
    }
    else if (asks(options))
    {
        stun_ = Waiting{KeepaliveSchedule(options.keepalive, host.key, boots_, from).first()};
    }
    if (options.probe == Probe::kOptions)
    {
        options_ = Waiting{first(options.probe_interval)};
    }
}

void
DeviceTraversal::ask(const S& settings, const H& host, SimTime now, SimTime next, Out& out)
{
    const StunClientSettings stun = asking_settings(settings, ready());
    Asking& asking = stun_.emplace<Asking>(Asking{{}, next});
    asking.transaction.start(stun.law, number(++stun_count_), now);
    out.push(StunSend{binding_request(stun, host.key, asking.transaction.number()), stun.server});
}

// The Binding under way has ended with a mapped address, or without (null).
void
DeviceTraversal::answered(const S& settings,
                          const H& host,
                          const Endpoint* seen,
                          SimTime now,
                          Out& out)
{
    using Reason = RegisterAnew::Reason;
    const TraversalOptions& options = settings.options;
    const Asking asking = std::get<Asking>(stun_);
    if (!ready())
    {
        seen_ = seen == nullptr ? Endpoint{} : *seen;
        use_mapped_ = seen != nullptr;
        become_ready(settings, host, now, out);
        return;
    }
    if (options.probe == Probe::kStun)
    {
        stun_ = Waiting{std::max(asking.next, now)};
        if (seen == nullptr)
        {
            stun_ = Waiting{now + probe_wait(options, host.key, asking.transaction.number())};
            seen_ = use_mapped_ ? seen_ : Endpoint{};
            out.push(RegisterAnew{Reason::kFlowFailed});
            return;
        }
        // A NAT may show another address to another server.
        const bool comparable = use_mapped_ || seen_by_ == settings.sip_server.host;
        const bool changed = comparable && seen_ != Endpoint{} && seen_ != *seen;
        seen_ = *seen;
        seen_by_ = settings.sip_server.host;
        if (changed)
        {
            change_address(out);
        }
        return;
    }
    stun_ = Waiting{on_grid(asking.next, options.keepalive.interval, now)};
    if (seen != nullptr)
    {
        const bool changed = mapped().value_or(host.local[0]) != *seen;
        seen_ = *seen;
        use_mapped_ = true;
        if (changed)
        {
            change_address(out);
        }
    }
}

// An OPTIONS that is out names the former address: it is abandoned, neither answered nor lost.
void
DeviceTraversal::change_address(TraversalOutputs& out)
{
    out.push(RegisterAnew{RegisterAnew::Reason::kAddressChanged});
    if (const auto* pinging = std::get_if<Pinging>(&options_))
    {
        options_ = Waiting{pinging->next};
    }
}

bool
DeviceTraversal::on_stun(const TraversalSettings& settings,
                         const StunClientHost& host,
                         SimTime now,
                         const StunMessage& message,
                         TraversalOutputs& out)
{
    const StunClientSettings stun = asking_settings(settings, ready());
    if (auto* discovery = std::get_if<ClassicDiscovery>(&stun_))
    {
        StunOutputs sends;
        if (!discovery->on_message(stun, host, now, message, sends))
        {
            return false;
        }
        send_all(sends, out);
        discovered(settings, host, now, out);
        return true;
    }
    const auto* asking = std::get_if<Asking>(&stun_);
    if (asking == nullptr || !answers(message, host.key, asking->transaction.number(), stun.form))
    {
        return false;
    }
    const std::optional<Endpoint> seen = usable(message) ? message.mapped_address() : std::nullopt;
    answered(settings, host, seen ? &*seen : nullptr, now, out);
    return true;
}

void
DeviceTraversal::on_options_response(const TraversalSettings& settings,
                                     const StunClientHost&,
                                     SimTime now,
                                     std::uint64_t number,
                                     std::uint16_t status,
                                     TraversalOutputs&)
{
    auto* pinging = std::get_if<Pinging>(&options_);
    if (pinging == nullptr || options_number() != number)
    {
        return;
    }
    if (pinging->transaction.on_response(settings.transaction, now, status) ==
        sip::ClientStep::kFinal)
    {
        losses_ = 0;
        options_ = Waiting{pinging->next};
    }
}

void
DeviceTraversal::on_transport_error(const TraversalSettings& settings,
                                    const StunClientHost& host,
                                    SimTime now,
                                    Endpoint to,
                                    TraversalOutputs& out)
{
    if (!settings.listens_to_icmp)
    {
        return;
    }
    const StunClientSettings stun = asking_settings(settings, ready());
    if (auto* discovery = std::get_if<ClassicDiscovery>(&stun_))
    {
        StunOutputs sends;
        discovery->on_transport_error(stun, host, now, sends);
        send_all(sends, out);
        discovered(settings, host, now, out);
    }
    else if (std::holds_alternative<Asking>(stun_) && to == stun.server)
    {
        answered(settings, host, nullptr, now, out); // RFC 5389 §7.2.1
    }
    if (const auto* pinging = std::get_if<Pinging>(&options_);
        pinging != nullptr && to == settings.sip_server)
    {
        options_ = Waiting{pinging->next}; // RFC 3261 §18.4
        lose(settings, out);
    }
}

void
DeviceTraversal::stun_due(const S& settings, const H& host, SimTime now, Out& out)
{
    const StunClientSettings stun = asking_settings(settings, ready());
    if (auto* discovery = std::get_if<ClassicDiscovery>(&stun_))
    {
        StunOutputs sends;
        discovery->on_deadline(stun, host, now, sends);
        send_all(sends, out);
        discovered(settings, host, now, out);
        return;
    }
    if (const auto* waiting = std::get_if<Waiting>(&stun_))
    {
        if (now < waiting->at || waiting->at == kNever)
        {
            return;
        }
        if (phase_ == Phase::kBeginning)
        {
            begin(settings, host, now, out);
            return;
        }
        const SimDuration wait =
            settings.options.probe == Probe::kStun
                ? probe_wait(settings.options, host.key, number(stun_count_ + 1))
                : settings.options.keepalive.interval;
        ask(settings, host, now, waiting->at + wait, out);
        return;
    }
    auto& asking = std::get<Asking>(stun_);
    switch (asking.transaction.on_deadline(stun.law, now))
    {
    case StunTransaction::Step::kNone:
        return;
    case StunTransaction::Step::kSend:
        out.push(StunSend{binding_request(stun, host.key, asking.transaction.number()),
                          stun.server,
                          0,
                          true});
        return;
    case StunTransaction::Step::kFailed:
        answered(settings, host, nullptr, now, out);
        return;
    }
}

void
DeviceTraversal::ping(const S& settings, SimTime now, SimTime next, Out& out)
{
    options_ = Pinging{{settings.transaction, sip::Transport::kUdp, now}, next};
    ++options_count_;
    out.push(OptionsSend{*options_number(), false});
}

void
DeviceTraversal::lose(const S& settings, Out& out)
{
    if (++losses_ >= settings.options.probe_loss_limit)
    {
        losses_ = 0;
        out.push(RegisterAnew{RegisterAnew::Reason::kFlowFailed});
    }
}

void
DeviceTraversal::options_due(const S& settings, SimTime now, Out& out)
{
    if (auto* pinging = std::get_if<Pinging>(&options_))
    {
        const SimTime next = pinging->next;
        const auto step = pinging->transaction.on_deadline(settings.transaction, now);
        if (now >= next || step == sip::ClientStep::kTimeout)
        {
            options_ = Waiting{next};
            lose(settings, out);
        }
        else if (step == sip::ClientStep::kSend)
        {
            out.push(OptionsSend{*options_number(), true});
        }
    }
    if (const auto* waiting = std::get_if<Waiting>(&options_);
        waiting != nullptr && waiting->at != kNever && now >= waiting->at)
    {
        ping(settings, now, waiting->at + settings.options.probe_interval, out);
    }
}

void
DeviceTraversal::on_deadline(const TraversalSettings& settings,
                             const StunClientHost& host,
                             SimTime now,
                             TraversalOutputs& out)
{
    stun_due(settings, host, now, out);
    if (ready())
    {
        options_due(settings, now, out);
    }
}

SimTime
DeviceTraversal::next_deadline() const
{
    SimTime next = kNever;
    if (const auto* waiting = std::get_if<Waiting>(&stun_))
    {
        next = waiting->at;
    }
    else if (const auto* discovery = std::get_if<ClassicDiscovery>(&stun_))
    {
        next = discovery->next_deadline();
    }
    else
    {
        next = std::get<Asking>(stun_).transaction.next_deadline();
    }
    if (const auto* pinging = std::get_if<Pinging>(&options_))
    {
        return std::min({next, pinging->next, pinging->transaction.next_deadline()});
    }
    return std::min(next, std::get<Waiting>(options_).at);
}

std::optional<std::uint64_t>
DeviceTraversal::options_number() const
{
    return std::holds_alternative<Pinging>(options_) ? std::optional{number(options_count_ - 1)}
                                                     : std::nullopt;
}

} // namespace sipsim::nat
