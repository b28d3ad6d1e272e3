#include "model/world/nat_boxes.h"

#include "model/base/prefetch.h"
#include "model/network/link.h"
#include "model/sip/codec.h"

namespace sipsim::world
{

namespace
{

constexpr std::uint32_t kCarrierKeys = 0x8000'0000; // draw keys: above every device

// RFC 4787 REQ-9. Model choice: where it is not refused, the datagram turns round at the router of the PoP,
// which knows the address, and comes back from the mapped endpoint, as REQ-9 a wants.
bool
refuses_hairpin(const NatSpec& spec)
{
    return spec.options.translates && !spec.options.hairpin;
}

} // namespace

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
        const bool nested = fleet.home && home_nat(world_, number)->options.translates;
        const sip::Endpoint meant =
            nested ? meant_for_home(now, device, life, contact, from) : inner;
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

// Where the carrier's box would have to send it: to the home's mapping towards that source. What it does
// send to the home it asks the home about, and so it does where the home has no such mapping any more.
sip::Endpoint
NatBoxes::meant_for_home(SimTime now,
                         DeviceIndex device,
                         std::uint32_t life,
                         sip::Endpoint contact,
                         sip::Endpoint from)
{
    const std::uint32_t number = layout_.fleet_of_device(device);
    const sip::Host home = plan_.home_outside(device, life).host;
    const auto port = fleets_[number].home->mapped_port(now,
                                                        device - layout_.first_device(number),
                                                        plan_.inside(device, life),
                                                        from);
    const nat::NatTable& carrier = carrier_of(number);
    const nat::BoxIndex box = plan_.place_of(device).box;
    const auto asked = carrier.asked(now, box, contact, from);
    const bool ours = asked && asked->host == home;
    if (ours && (!port || carrier.look(now, box, contact, from).passed()))
    {
        return *asked;
    }
    return {home, port.value_or(sip::kSipPort)};
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
