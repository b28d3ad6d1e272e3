#include "model/fleet/fleet_engine.h"

#include "model/base/prefetch.h"
#include "model/world/calls.h"
#include "model/world/hosts.h"

#include <algorithm>
#include <cassert>

namespace sipsim::fleet
{

namespace
{

constexpr std::uint32_t kEventShift = 28;

bool
any_calls(const world::World& world)
{
    return std::ranges::any_of(world.fleets, [](const world::FleetSpec& fleet) {
        return fleet.call_gap.has_value();
    });
}

bool
any_outgoing(const world::World& world)
{
    return std::ranges::any_of(world.fleets, [](const world::FleetSpec& fleet) {
        return fleet.outgoing_gap.has_value();
    });
}

bool
arms_keepalives(const world::World& world)
{
    for (std::uint32_t number = 0; number < world.fleets.size(); ++number)
    {
        const world::FleetSpec& fleet = world.fleets[number];
        const bool matter = fleet.nat_box || !world::computes_keepalives(world, number);
        if (world::traverses(fleet) || (fleet.nat.keepalive.enabled() && matter))
        {
            return true;
        }
    }
    return false;
}

/// Some devices get power more than once.
bool
counts_lives(const world::World& world)
{
    return std::ranges::any_of(world.faults, [](const world::FaultSpec& fault) {
        return world::hits_devices(fault.kind);
    });
}

/// The least time after which an account that has sent a request does something about it.
SimDuration
shortest_wait(const world::World& world)
{
    SimDuration shortest = SimDuration::max();
    const auto wait = [&shortest](SimDuration time) {
        shortest = time > SimDuration{0} ? std::min(shortest, time) : shortest;
    };
    for (const world::FleetSpec& fleet : world.fleets)
    {
        const sip::TransactionOptions& transaction = fleet.registration.transaction;
        wait(sip::shortest_interval(transaction));
        wait(transaction.retransmission.give_up);
        wait(fleet.locating ? fleet.locating->failover.try_timeout : SimDuration{0});
    }
    return std::min(shortest, SimDuration{std::chrono::hours{1}});
}

bool
is_of_dns(world::FaultKind kind)
{
    return kind == world::FaultKind::kDnsSlow || kind == world::FaultKind::kDnsLame ||
           kind == world::FaultKind::kZoneChange;
}

} // namespace

FleetEngine::FleetEngine(const world::World& world,
                         const world::Layout& layout,
                         world::Observer& observer,
                         std::uint32_t requests_kept,
                         bool books_ahead)
    : world_(world),
      layout_(layout),
      observer_(observer),
      directory_(world, layout, names_, proof_),
      locations_(world, layout),
      call_targets_(world, layout),
      nats_(world, layout),
      paths_(world, layout),
      devices_(world, layout),
      transactions_(layout.accounts()),
      rows_(layout.accounts(), LocatingDevices::any(world)),
      locating_(world, layout, directory_, rows_),
      servers_(world::server_count(world)),
      traversals_(layout),
      registered_at_(layout),
      room_(messages_.take()),
      requests_kept_(requests_kept),
      books_ahead_(books_ahead),
      shortest_wait_(shortest_wait(world)),
      sent_(paths_.draws() ? layout.devices() : 0),
      sent_to_(paths_.draws() ? layout.devices() : 0),
      arms_keepalives_(arms_keepalives(world)),
      lives_(arms_keepalives_ && counts_lives(world) ? layout.devices() : 0),
      sent_nowhere_(world::server_count(world)),
      calls_(any_calls(world) ? layout.aors() : 0),
      outgoing_(any_outgoing(world) ? layout.accounts() : 0)
{
    for (std::uint32_t fleet = 0; fleet < world.fleets.size(); ++fleet)
    {
        computed_.push_back(world::computes_keepalives(world, fleet));
    }
    for (std::uint32_t fleet = 0; fleet < world.fleets.size(); ++fleet)
    {
        if (world::traverses(world.fleets[fleet]))
        {
            traversals_.keep(fleet, world.fleets[fleet].count);
        }
    }
    for (std::uint32_t number = 0; arms_keepalives_ && number < world.fleets.size(); ++number)
    {
        if (const auto& fleet = world.fleets[number]; fleet.locating && !computed_[number])
        {
            registered_at_.keep(number, fleet.count);
        }
    }
    if (std::ranges::any_of(world.fleets, [](const auto& fleet) { return fleet.extra.count > 0; }))
    {
        extras_.emplace(layout.accounts());
    }
    if (rows_.located() && BoundAt::pays(world))
    {
        bound_at_.emplace(world.registrars.size(), layout.aors());
    }
    for (world::ServerIndex server = 0; server < world::server_count(world); ++server)
    {
        make_server(server);
    }
}

void
FleetEngine::make_server(world::ServerIndex number)
{
    Server& server = servers_[number];
    server.by = static_cast<std::uint16_t>(number);
    const DrawKey key = world::server_key(world_, number);
    const world::ServerRef ref = server.ref = world::server_ref(world_, number);
    const sip::Endpoint self = layout_.server_address(number);
    if (ref.kind == world::ServerKind::kStun)
    {
        server.stun.emplace(
            nat::StunServerOptions{.primary = layout_.stun_address(ref.number, false),
                                   .alternate = layout_.stun_address(ref.number, true)});
        return;
    }
    if (ref.kind == world::ServerKind::kProxy)
    {
        const auto& spec = world_.proxies[ref.number];
        server.proxy.emplace(directory_.proxy(ref.number),
                             self,
                             layout_.registrar_address(spec.registrar),
                             key);
        if (spec.options.answers_stun)
        {
            server.stun.emplace(nat::stun_on_sip_port(self));
        }
        return;
    }
    if (ref.kind == world::ServerKind::kDns)
    {
        make_name_server(server, number);
        return;
    }
    const auto& options = world_.registrars[number].options;
    server.host.emplace(
        options,
        key,
        directory_.domain(number),
        proof_,
        [this, number](sip::UserId user) { return directory_.secret(number, user); },
        locations_.service(number));
    if (options.answers_stun)
    {
        server.stun.emplace(nat::stun_on_sip_port(self));
    }
}

void
FleetEngine::start()
{
    started_ = true;
    for (world::DeviceIndex device = 0; device < layout_.devices(); ++device)
    {
        const world::DeviceLife* life = devices_.life(device);
        const SimTime at =
            life != nullptr ? life->next_deadline() : world::boot_instant(world_, layout_, device);
        if (at > now_)
        {
            add(at, layout_.first_account_of(device), Event::kLife, 0);
        }
        else
        {
            on_life(device, at);
        }
    }
    start_pings();
    for (std::uint32_t aor = 0; aor < calls_.size(); ++aor)
    {
        arm_call(aor, SimTime{});
    }
    for (world::AccountIndex account = 0; account < outgoing_.size(); ++account)
    {
        arm_outgoing(account, SimTime{});
    }
}

void
FleetEngine::run_until(SimTime end)
{
    if (!started_ && end > SimTime{})
    {
        start();
    }
    while (const auto entry = wheel_.take_before(end))
    {
        look_ahead();
        turn_ = std::max(entry->at > now_ ? 0 : turn_, std::uint64_t{entry->entity} + 1);
        now_ = entry->at;
        dispatch(*entry);
    }
    now_ = end;
    turn_ = 0;
}

// What the next events are about, into the caches.
void
FleetEngine::look_ahead()
{
    if (wheel_.turned())
    {
        for (std::uint32_t after = 0; after < kFetchedAhead; ++after)
        {
            wheel_.look_along(after, [this](std::uint32_t entity, std::uint32_t what) {
                fetch(entity, what);
            });
        }
    }
    // Only in a crowd are so many due at a time, and only then are datagrams, which are young, out
    // of the caches.
    wheel_.look_along(2 * kFetchedAhead, [this](std::uint32_t entity, std::uint32_t what) {
        transactions_.fetch(entity);
        if (extras_)
        {
            extras_->fetch(entity);
        }
        if (const Flight* flight = flight_of(what))
        {
            prefetch_record(*flight);
        }
    });
    wheel_.look_along(kFetchedAhead, [this](std::uint32_t entity, std::uint32_t what) {
        if (const Flight* flight = flight_of(what))
        {
            fetch(entity, *flight);
            return;
        }
        fetch(entity, what);
        fetch_records(entity, what);
    });
}

// What an entry is about, into the caches.
void
FleetEngine::fetch(std::uint32_t entity, std::uint32_t what) const
{
    switch (static_cast<Event>(what >> kEventShift))
    {
    case Event::kDeadline:
        rows_.fetch(entity);
        transactions_.fetch(entity);
        devices_.fetch(layout_.device_of(entity));
        observer_.expect(entity);
        if (bound_at_)
        {
            bound_at_->fetch(layout_.aor_of(entity));
        }
        break;
    case Event::kRetransmission:
        transactions_.fetch(entity);
        return;
    case Event::kExtra:
        extras_->fetch(entity);
        return;
    case Event::kFinder:
        rows_.fetch(entity);
        return;
    case Event::kKeepalive:
        break;
    default:
        return;
    }
    if (nats_.any())
    {
        nats_.fetch_ahead(layout_.device_of(entity), 0);
    }
}

// The same a while after it: what is found by it.
void
FleetEngine::fetch_records(std::uint32_t entity, std::uint32_t what) const
{
    switch (static_cast<Event>(what >> kEventShift))
    {
    case Event::kRetransmission:
        rows_.fetch(entity);
        transactions_.fetch_record(entity);
        return;
    case Event::kExtra:
        rows_.fetch(entity);
        extras_->fetch_record(entity);
        return;
    default:
        return;
    }
}

// That is under way; nullptr: the entry is about something else.
const FleetEngine::Flight*
FleetEngine::flight_of(std::uint32_t what) const
{
    const auto event = static_cast<Event>(what >> kEventShift);
    return event == Event::kFlight || event == Event::kBooked
               ? &flights_[what & ((1U << kEventShift) - 1)]
               : nullptr;
}

// What a datagram will meet where it arrives.
void
FleetEngine::fetch(world::AccountIndex account, const Flight& flight) const
{
    const bool down = flight.from == kNoServer && !goes_up(flight.cargo);
    if (flight.hop == 0 || flight.hop < paths_.hops(flight.route))
    {
        return;
    }
    if (down || flight.kept != Kept::kWhole) // what is kept whole tells a server all
    {
        rows_.fetch(account);
        transactions_.fetch_record(account);
    }
    if (flight.kept == Kept::kWhole && flight.message != kNoRecord && !is_mail(flight.cargo) &&
        !is_letter(flight.cargo))
    {
        prefetch_first(messages_[flight.message], 7 * kCacheLine); // up to its first contact
    }
    if (!down)
    {
        fetch_at_server(account, flight);
        return;
    }
    if (extras_)
    {
        extras_->fetch_record(account);
    }
    observer_.expect_soon(account);
    devices_.fetch(flight.device);
    if (flight.kept != Kept::kWhole && flight.cargo == Cargo::kResponse)
    {
        prefetch_record(answers_[flight.message]);
    }
}

// The same at a server: where a request may have to wait, only what is served looks at bindings.
void
FleetEngine::fetch_at_server(world::AccountIndex account, const Flight& flight) const
{
    const Server& server = servers_[flight.server];
    const sip::UserId user{layout_.aor_of(account) + 1};
    if (server.proxy)
    {
        server.proxy->fetch(user, flight.cargo != Cargo::kResponse);
    }
    else if (server.host && (flight.queued || !server.host->queues()))
    {
        server.host->locations().fetch(user);
        observer_.expect_bindings(account);
    }
}

void
FleetEngine::add(SimTime at, std::uint32_t entity, Event event, std::uint32_t payload)
{
    assert(at >= now_); // an entry of a past window would never come out
    wheel_.add({.at = at,
                .entity = entity,
                .what = (static_cast<std::uint32_t>(event) << kEventShift) | payload});
}

void
FleetEngine::dispatch(const TimerEntry& entry)
{
    ++events_;
    const std::uint32_t payload = entry.what & ((1U << kEventShift) - 1);
    switch (static_cast<Event>(entry.what >> kEventShift))
    {
    case Event::kDeadline:
        on_deadline(entry.entity, entry.at);
        break;
    case Event::kRetransmission:
        on_retransmission(entry.entity, entry.at);
        break;
    case Event::kLife:
        on_life(layout_.device_of(entry.entity), entry.at);
        break;
    case Event::kFlight:
        walk(payload, entry.at);
        break;
    case Event::kBooked:
        on_booked(payload, entry.at);
        break;
    case Event::kDrop:
        observer_.on_drop(now_, static_cast<world::DropReason>(payload));
        break;
    case Event::kCall:
        offer_call(entry.entity);
        break;
    case Event::kOutgoing:
        offer_outgoing(entry.entity);
        break;
    case Event::kKeepalive:
        send_keepalive(entry.entity, payload);
        break;
    case Event::kTraversal:
        on_traversal(entry.entity, entry.at);
        break;
    case Event::kPing:
        send_pings(entry.entity, payload);
        break;
    case Event::kFinder:
        on_finder(entry.entity, entry.at);
        break;
    case Event::kResolver:
        on_resolver(payload, entry.at);
        break;
    case Event::kLateAnswer:
        on_late_answer(payload);
        break;
    case Event::kExtra:
        on_extra(entry.entity, entry.at);
        break;
    }
}

void
FleetEngine::begin_fault(std::uint32_t fault)
{
    const auto& spec = world_.faults[fault];
    observer_.on_fault(now_, fault, true);
    if (spec.kind == world::FaultKind::kOutage)
    {
        begin_outage(spec.server, spec.unreachable);
    }
    else if (world::hits_devices(spec.kind))
    {
        hit_devices(fault);
    }
    else if (spec.kind == world::FaultKind::kNatReboot)
    {
        nats_.reboot(now_, spec.nat, spec.share, fault);
    }
    else if (spec.kind == world::FaultKind::kPassword)
    {
        directory_.change_passwords(spec.fleet, true);
    }
    else if (is_of_dns(spec.kind))
    {
        dns_fault(fault, true);
    }
    else if (spec.kind == world::FaultKind::kVipSwitch)
    {
        begin_outage(spec.server, spec.unreachable, true);
    }
    // Links: PathModel::cut().
}

void
FleetEngine::end_fault(std::uint32_t fault)
{
    const auto& spec = world_.faults[fault];
    observer_.on_fault(now_, fault, false);
    if (spec.kind == world::FaultKind::kOutage)
    {
        end_outage(spec.server, spec.unreachable);
    }
    else if (spec.kind == world::FaultKind::kPassword)
    {
        directory_.change_passwords(spec.fleet, false);
    }
    else if (is_of_dns(spec.kind))
    {
        dns_fault(fault, false);
    }
    else if (spec.kind == world::FaultKind::kVipSwitch)
    {
        take_over(spec.server, spec.standby);
        end_outage(spec.server, spec.unreachable);
    }
}

void
FleetEngine::fault_step(const world::FaultStep& step)
{
    using What = world::FaultStep::What;
    const auto& spec = world_.faults[step.fault];
    switch (step.what)
    {
    case What::kBegin:
        begin_fault(step.fault);
        break;
    case What::kRefuse:
        servers_[step.registrar].host->begin_drain(spec.retry_after.value_or(0));
        break;
    case What::kDown:
        servers_[step.registrar].host->end_drain();
        begin_outage(step.registrar, spec.unreachable);
        break;
    case What::kUp:
        end_outage(step.registrar, spec.unreachable);
        break;
    case What::kEnd:
        end_fault(step.fault);
        break;
    }
}

FleetMemory
FleetEngine::memory() const
{
    FleetMemory memory{.rows = rows_.octets(),
                       .transactions = transactions_.octets() + (extras_ ? extras_->octets() : 0),
                       .flights = flights_.octets() + messages_.octets() + snapshots_.octets() +
                                  answers_.octets() + mail_.octets() + letters_.octets(),
                       .timers = wheel_.octets(),
                       .devices = devices_.octets() +
                                  (sent_.capacity() + sent_to_.capacity() + lives_.capacity() +
                                   calls_.capacity() + outgoing_.capacity()) *
                                      sizeof(std::uint32_t) +
                                  paths_.octets() + nats_.octets() + locating_.octets() +
                                  traversals_.octets() + registered_at_.octets(),
                       .servers = locations_.octets() + (bound_at_ ? bound_at_->octets() : 0)};
    for (const Server& server : servers_)
    {
        memory.servers +=
            (server.host ? server.host->octets() : 0) + (server.proxy ? server.proxy->octets() : 0);
    }
    return memory;
}

void
FleetEngine::begin_outage(world::ServerIndex number, world::Unreachable unreachable, bool for_good)
{
    Server& server = servers_[number];
    if (server.alive())
    {
        // What the process held in memory dies with it, not when it comes back.
        if (server.host)
        {
            const auto loss = world::on_death(locations_, number, *server.host, now_, for_good);
            if (loss.own)
            {
                observer_.on_bindings_lost(now_, number);
            }
            for (const sip::UserId user : loss.users)
            {
                tell_bindings(number, user);
            }
        }
        if (server.proxy)
        {
            server.proxy->on_restart();
        }
        if (server.dns)
        {
            server.dns->on_death();
        }
    }
    ++(unreachable == world::Unreachable::kSilent ? server.silent_outages : server.icmp_outages);
}

void
FleetEngine::end_outage(world::ServerIndex number, world::Unreachable unreachable)
{
    Server& server = servers_[number];
    --(unreachable == world::Unreachable::kSilent ? server.silent_outages : server.icmp_outages);
    if (server.alive() && server.host)
    {
        world::on_return(locations_, number, *server.host, now_);
    }
}

// Its address is the standby's from now on.
void
FleetEngine::take_over(world::ServerIndex number, world::ServerIndex standby)
{
    world::take_over(locations_, number, *servers_[number].host, standby, *servers_[standby].host);
    servers_[number].by = static_cast<std::uint16_t>(standby);
}

} // namespace sipsim::fleet
