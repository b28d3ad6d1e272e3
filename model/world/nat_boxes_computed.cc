// Keepalives whose outcome is computed: where that may be, and what the boxes are told of them.

#include "model/world/nat_boxes.h"

#include <algorithm>

namespace sipsim::world
{

namespace
{

SimDuration
shortest_timeout(const nat::NatOptions& options)
{
    return std::min(options.timeout, options.timeout_unreplied.value_or(options.timeout));
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

} // namespace sipsim::world
