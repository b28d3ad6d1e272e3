#include "model/world/nat_boxes.h"

#include "model/base/prefetch.h"
#include "model/network/link.h"
#include "model/sip/codec.h"

#include <algorithm>

namespace sipsim::world
{

namespace
{

constexpr std::uint32_t kCarrierKeys = 0x8000'0000; // draw keys: above every device

SimDuration
shortest_timeout(const nat::NatOptions& options)
{
    return std::min(options.timeout, options.timeout_unreplied.value_or(options.timeout));
}

// RFC 4787 REQ-9. Model choice: where it is not refused, the datagram turns round at the router of the PoP,
// which knows the address, and comes back from the mapped endpoint, as REQ-9 a wants.
bool
refuses_hairpin(const NatSpec& spec)
{
    return spec.options.translates && !spec.options.hairpin;
}

/// No box of this kind is ever full: there is place for the mappings of all its devices to every
/// server, and for those that they left behind when their power or their home's NAT went.
bool
has_room(const World& world, const NatSpec& spec)
{
    const nat::NatOptions& options = spec.options;
    const std::uint64_t each = 2 * std::uint64_t{server_count(world)};
    const std::uint64_t ports = nat::ports_of(options);
    const std::uint64_t most = options.max_mappings == 0 ? ports : options.max_mappings;
    const bool blocks = options.block_ports == 0 ||
                        (spec.devices <= nat::blocks_of(options) && each <= options.block_ports);
    return each * spec.devices <= most && blocks;
}

bool
may_be_pinged(const World& world, const FleetSpec& fleet)
{
    return fleet.proxy ? world.proxies[*fleet.proxy].options.ping.enabled()
                       : std::ranges::any_of(world.registrars, [](const RegistrarSpec& registrar) {
                             return registrar.options.ping.enabled();
                         });
}

} // namespace

bool
computes_keepalives(const World& world, std::uint32_t fleet)
{
    const FleetSpec& spec = world.fleets[fleet];
    if (world.keepalives != Keepalives::kComputed || !spec.nat.keepalive.enabled())
    {
        return false;
    }
    // What else crosses the boxes is sent one by one, so these are as well.
    if (traverses(spec) || may_be_pinged(world, spec))
    {
        return false;
    }
    // So do queries, each from a port of its own.
    if (spec.locating && spec.nat_box)
    {
        return false;
    }
    // Not modelled: computed keepalives over a link that is cut on the near side of the carrier's box.
    if (std::ranges::any_of(world.faults, [fleet](const FaultSpec& fault) {
            return fault.kind == FaultKind::kAccess && fault.fleet == fleet;
        }))
    {
        return false;
    }
    const NatSpec* home = home_nat(world, fleet);
    const NatSpec* carrier = carrier_nat(world, fleet);
    // Attackers behind the same boxes are not counted there.
    if (carrier != nullptr && std::ranges::any_of(world.fleets, [fleet](const FleetSpec& other) {
            return is_beside(other, fleet);
        }))
    {
        return false;
    }
    if ((home != nullptr && !has_room(world, *home)) ||
        (carrier != nullptr && !has_room(world, *carrier)))
    {
        return false;
    }
    const SimDuration interval = spec.nat.keepalive.interval;
    const bool home_keeps = home == nullptr || interval < shortest_timeout(home->options);
    if (carrier == nullptr)
    {
        // A box of one device that sends to nobody else: what it does between is in closed form.
        return home_keeps || !world.registrars[spec.registrar].options.redirect_to;
    }
    const bool rebooted = std::ranges::any_of(world.faults, [&](const FaultSpec& fault) {
        return fault.kind == FaultKind::kNatReboot && &world.nats[fault.nat] == carrier;
    });
    return home_keeps && interval < shortest_timeout(carrier->options) && spec.access.loss == 0.0 &&
           spec.access.jitter == SimDuration{0} && !rebooted;
}

NatBoxes::NatBoxes(const World& world, const Layout& layout)
    : world_(world),
      layout_(layout),
      plan_(world, layout),
      fleets_(any() ? world.fleets.size() : 0)
{
    for (std::uint32_t fleet = 0; fleet < fleets_.size(); ++fleet)
    {
        make_fleet(fleet);
    }
}

void
NatBoxes::make_fleet(std::uint32_t number)
{
    const FleetSpec& spec = world_.fleets[number];
    Fleet& fleet = fleets_[number];
    const DeviceIndex first = layout_.first_device(number);
    fleet.server = layout_.server_address(first_server(world_, spec));
    fleet.to_carrier = network::uncontended_time(
        spec.access,
        static_cast<std::uint32_t>(sip::wire_size(spec.nat.keepalive.octets())));
    if (const NatSpec* home = home_nat(world_, number))
    {
        fleet.home.emplace(home->options, world_.seed, first, spec.count, spec.count);
    }
    const NatSpec* carrier = carrier_nat(world_, number);
    if (carrier != nullptr && plan_.host_of(number) == number)
    {
        fleet.carrier.emplace(carrier->options,
                              world_.seed,
                              kCarrierKeys + first,
                              plan_.carrier_boxes(number),
                              spec.count);
    }
    if (!computes_keepalives(world_, number) || (!fleet.home && !fleet.carrier))
    {
        return;
    }
    fleet.next_keepalive.assign(spec.count, kNever);
    if (fleet.home)
    {
        fleet.home->on_doubt([this, first](SimTime now, nat::BoxIndex box, sip::Endpoint) {
            settle(now, first + box);
        });
    }
    if (fleet.carrier)
    {
        fleet.carrier->on_doubt(
            [this, number](SimTime now, nat::BoxIndex box, sip::Endpoint inner) {
                settle(now, plan_.device_behind(plan_.first_behind(number, box), inner.host));
            });
    }
}

registration::Account
NatBoxes::account(AccountIndex account, std::uint32_t life) const
{
    registration::Account who = layout_.account(account, life);
    if (any())
    {
        who.address = plan_.inside(layout_.device_of(account), life);
    }
    return who;
}

// --- outward

Crossing
NatBoxes::leave_home(SimTime now,
                     DeviceIndex device,
                     std::uint32_t life,
                     sip::Endpoint from,
                     sip::Endpoint to)
{
    const std::uint32_t number = layout_.fleet_of_device(device);
    if (!at_home(number))
    {
        if (at_carrier(number))
        {
            carrier_of(number).fetch_mapping(plan_.place_of(device).box, from, to);
        }
        return {.endpoint = from, .device = device};
    }
    if (refuses_hairpin(*home_nat(world_, number)) &&
        to.host == plan_.home_outside(device, life).host)
    {
        return {.barrier = nat::Barrier::kNoHairpin, .endpoint = from, .device = device};
    }
    settle(now, device);
    Fleet& fleet = fleets_[number];
    const nat::Passage passage =
        fleet.home->outbound(now, device - layout_.first_device(number), from, to);
    Crossing crossing{.barrier = passage.barrier, .endpoint = passage.endpoint, .device = device};
    if (passage.passed() && passage.endpoint.host == sip::Host{})
    {
        crossing.endpoint.host = plan_.home_outside(device, life).host;
    }
    return crossing;
}

Crossing
NatBoxes::leave_carrier(SimTime now, DeviceIndex device, sip::Endpoint from, sip::Endpoint to)
{
    const std::uint32_t number = layout_.fleet_of_device(device);
    if (!at_carrier(number))
    {
        return {.endpoint = from, .device = device};
    }
    settle(now, device);
    const NatPlan::Place place = plan_.place_of(device);
    if (refuses_hairpin(*carrier_nat(world_, number)) &&
        to.host == layout_.address(place.first, 0).host)
    {
        return {.barrier = nat::Barrier::kNoHairpin, .endpoint = from, .device = device};
    }
    const nat::Passage passage = carrier_of(number).outbound(now, place.box, from, to);
    Crossing crossing{.barrier = passage.barrier, .endpoint = passage.endpoint, .device = device};
    if (passage.passed() && passage.endpoint.host == sip::Host{})
    {
        crossing.endpoint.host = layout_.address(place.first, 0).host;
    }
    return crossing;
}

void
NatBoxes::fetch_ahead(DeviceIndex device, std::uint32_t life) const
{
    if (!any())
    {
        return;
    }
    const std::uint32_t number = layout_.fleet_of_device(device);
    const Fleet& fleet = fleets_[number];
    const std::uint32_t rank = device - layout_.first_device(number);
    if (!fleet.next_keepalive.empty())
    {
        prefetch(&fleet.next_keepalive[rank]);
    }
    if (fleet.home)
    {
        fleet.home->fetch_ahead(rank, plan_.inside(device, life), fleet.server);
    }
    else if (at_carrier(number))
    {
        fleets_[plan_.host_of(number)].carrier->fetch_ahead(plan_.place_of(device).box,
                                                            plan_.inside(device, life),
                                                            fleet.server);
    }
}

// --- inward

Crossing
NatBoxes::enter_carrier(SimTime now,
                        DeviceIndex device,
                        sip::Endpoint to,
                        sip::Endpoint from,
                        bool icmp_error)
{
    const std::uint32_t number = layout_.fleet_of_device(device);
    if (!at_carrier(number))
    {
        return {.endpoint = to, .device = device};
    }
    nat::NatTable& carrier = carrier_of(number);
    const NatPlan::Place place = plan_.place_of(device);
    const nat::Passage passage = icmp_error ? carrier.look(now, place.box, to, from)
                                            : carrier.inbound(now, place.box, to, from);
    Crossing crossing{.barrier = passage.barrier, .endpoint = passage.endpoint, .device = device};
    if (passage.passed())
    {
        crossing.device = plan_.device_behind(place.first, passage.endpoint.host);
    }
    return crossing;
}

Crossing
NatBoxes::enter_home(SimTime now,
                     DeviceIndex device,
                     sip::Endpoint to,
                     sip::Endpoint from,
                     bool icmp_error)
{
    const std::uint32_t number = layout_.fleet_of_device(device);
    if (!at_home(number))
    {
        return {.endpoint = to, .device = device};
    }
    settle(now, device);
    nat::NatTable& home = *fleets_[number].home;
    const nat::BoxIndex box = device - layout_.first_device(number);
    const nat::Passage passage =
        icmp_error ? home.look(now, box, to, from) : home.inbound(now, box, to, from);
    return {.barrier = passage.barrier, .endpoint = passage.endpoint, .device = device};
}

nat::Barrier
NatBoxes::barrier(SimTime now,
                  DeviceIndex device,
                  std::uint32_t life,
                  sip::Endpoint contact,
                  sip::Endpoint from)
{
    if (!any())
    {
        return nat::Barrier::kNone;
    }
    const std::uint32_t number = layout_.fleet_of_device(device);
    settle(now, device);
    const Fleet& fleet = fleets_[number];
    const sip::Endpoint inner = plan_.inside(device, life);
    sip::Endpoint to = contact;
    if (at_carrier(number))
    {
        sip::Endpoint meant = inner;
        if (fleet.home && home_nat(world_, number)->options.translates)
        {
            const auto port =
                fleet.home->mapped_port(now, device - layout_.first_device(number), inner, from);
            meant = {plan_.home_outside(device, life).host, port.value_or(sip::kSipPort)};
        }
        const nat::BoxIndex box = plan_.place_of(device).box;
        const nat::Barrier barrier = carrier_of(number).explain(now, box, to, from, meant);
        if (barrier != nat::Barrier::kNone)
        {
            return barrier;
        }
        to = meant;
    }
    return fleet.home
               ? fleet.home->explain(now, device - layout_.first_device(number), to, from, inner)
               : nat::Barrier::kNone;
}

// --- power

void
NatBoxes::forget_home(SimTime now, DeviceIndex device)
{
    const std::uint32_t number = layout_.fleet_of_device(device);
    if (at_home(number))
    {
        settle(now, device);
        fleets_[number].home->reboot(device - layout_.first_device(number));
    }
}

void
NatBoxes::reboot(SimTime now, std::uint32_t nat, double share, std::uint32_t fault)
{
    const auto hit = [&](std::uint32_t key) {
        const DrawKey box{.seed = world_.seed, .device = key, .account = 0};
        return share >= 1.0 || draw(box, Purpose::kFaultShare, fault) < share;
    };
    for (std::uint32_t number = 0; number < fleets_.size(); ++number)
    {
        Fleet& fleet = fleets_[number];
        const DeviceIndex first = layout_.first_device(number);
        const std::uint32_t count = world_.fleets[number].count;
        if (home_nat(world_, number) == &world_.nats[nat])
        {
            for (std::uint32_t box = 0; box < count; ++box)
            {
                if (hit(first + box))
                {
                    forget_home(now, first + box);
                }
            }
        }
        if (carrier_nat(world_, number) == &world_.nats[nat] && fleet.carrier)
        {
            for (nat::BoxIndex box = 0; box < plan_.carrier_boxes(number); ++box)
            {
                if (hit(kCarrierKeys + first + box))
                {
                    fleet.carrier->reboot(box);
                }
            }
        }
    }
}

// --- computed keepalives

void
NatBoxes::settle(SimTime now, DeviceIndex device)
{
    const std::uint32_t number = layout_.fleet_of_device(device);
    Fleet& fleet = fleets_[number];
    const std::uint32_t rank = device - layout_.first_device(number);
    if (fleet.next_keepalive.empty() || fleet.next_keepalive[rank] > now)
    {
        return;
    }
    const SimDuration interval = world_.fleets[number].nat.keepalive.interval;
    const SimTime first = fleet.next_keepalive[rank];
    const SimTime last = first + ((now - first) / interval) * interval;
    fleet.next_keepalive[rank] = last + interval;
    const bool second = !fleet.second_address.empty() && fleet.second_address[rank];
    sip::Endpoint from = plan_.inside(device, second ? 1 : 0);
    if (fleet.home)
    {
        fleet.home->outbound_every(first, interval, last, rank, from, fleet.server);
    }
    if (fleet.carrier)
    {
        if (fleet.home && home_nat(world_, number)->options.translates)
        {
            const auto port = fleet.home->mapped_port(last, rank, from, fleet.server);
            if (!port)
            {
                return; // the home NAT lets nothing out
            }
            from = {plan_.home_outside(device, 0).host, *port};
        }
        fleet.carrier->outbound_every(first + fleet.to_carrier,
                                      interval,
                                      last + fleet.to_carrier,
                                      plan_.place_of(device).box,
                                      from,
                                      fleet.server);
    }
}

std::optional<SimTime>
NatBoxes::begin_keepalives(SimTime now,
                           DeviceIndex device,
                           std::uint32_t life_number,
                           std::uint32_t address_life)
{
    const std::uint32_t number = layout_.fleet_of_device(device);
    if (!any() || fleets_[number].next_keepalive.empty())
    {
        return std::nullopt;
    }
    Fleet& fleet = fleets_[number];
    const std::uint32_t rank = device - layout_.first_device(number);
    const bool second = address_life % 2 == 1; // two take turns (Layout::address)
    if (second && fleet.second_address.empty())
    {
        fleet.second_address.resize(fleet.next_keepalive.size());
    }
    if (!fleet.second_address.empty())
    {
        fleet.second_address[rank] = second;
    }
    const nat::KeepaliveSchedule schedule(world_.fleets[number].nat.keepalive,
                                          layout_.device_key(device),
                                          life_number,
                                          now);
    fleet.next_keepalive[rank] = schedule.first();
    return fleet.carrier ? std::optional{schedule.first() + fleet.to_carrier} : std::nullopt;
}

void
NatBoxes::end_keepalives(SimTime now, DeviceIndex device)
{
    const std::uint32_t number = layout_.fleet_of_device(device);
    if (!any() || fleets_[number].next_keepalive.empty())
    {
        return;
    }
    settle(now - SimDuration{1}, device);
    fleets_[number].next_keepalive[device - layout_.first_device(number)] = kNever;
}

std::size_t
NatBoxes::octets() const
{
    std::size_t octets = 0;
    for (const Fleet& fleet : fleets_)
    {
        octets += fleet.home ? fleet.home->octets() : 0;
        octets += fleet.carrier ? fleet.carrier->octets() : 0;
        octets += fleet.next_keepalive.capacity() * sizeof(SimTime);
        octets += fleet.second_address.capacity() / 8;
    }
    return octets;
}

} // namespace sipsim::world
