#include "model/world/nat_plan.h"

namespace sipsim::world
{

namespace
{

constexpr sip::Host kBehindHome{0xC0A8'0102};         // 192.168.1.2
constexpr std::uint32_t kBehindCarrier = 0x6440'0001; // 100.64.0.1 and up (RFC 6598)

// A plain tunnel (VPN) ends beyond the NATs. Model choice: it is up whenever the device is, and costs
// its datagrams nothing.
const std::optional<std::uint32_t>&
nat_box(const World& world, std::uint32_t fleet)
{
    static constexpr std::optional<std::uint32_t> kNone;
    return world.fleets[fleet].nat.mode == nat::TraversalMode::kVpn ? kNone
                                                                    : world.fleets[fleet].nat_box;
}

} // namespace

const NatSpec*
home_nat(const World& world, std::uint32_t fleet)
{
    const auto& box = nat_box(world, fleet);
    return box && !of_the_carrier(world.nats[*box]) ? &world.nats[*box] : nullptr;
}

const NatSpec*
carrier_nat(const World& world, std::uint32_t fleet)
{
    const auto& box = nat_box(world, fleet);
    if (!box)
    {
        return nullptr;
    }
    const NatSpec& spec = world.nats[*box];
    if (of_the_carrier(spec))
    {
        return &spec;
    }
    return spec.behind ? &world.nats[*spec.behind] : nullptr;
}

bool
brings_new_address(const World& world, const FaultSpec& fault)
{
    return fault.new_address && carrier_nat(world, fault.fleet) == nullptr;
}

NatPlan::NatPlan(const World& world, const Layout& layout)
    : layout_(layout)
{
    for (std::uint32_t number = 0; number < world.fleets.size() && !world.nats.empty(); ++number)
    {
        const FleetSpec& spec = world.fleets[number];
        const NatSpec* home = home_nat(world, number);
        const NatSpec* carrier = carrier_nat(world, number);
        Fleet fleet;
        fleet.places = static_cast<std::uint32_t>(spec.at.size());
        fleet.home_translates = home != nullptr && home->options.translates;
        if (carrier != nullptr)
        {
            const std::uint32_t at_a_place = (spec.count + fleet.places - 1) / fleet.places;
            fleet.carrier = true;
            fleet.carrier_translates = carrier->options.translates;
            fleet.per_box = carrier->devices;
            fleet.boxes_per_place = (at_a_place + fleet.per_box - 1) / fleet.per_box;
        }
        fleet.devices = spec.count;
        fleet.host = number;
        if (carrier != nullptr && spec.attack && spec.attack->beside)
        {
            fleet.host = spec.attack->targets;
            fleets_[fleet.host].beside = number;
        }
        fleets_.push_back(fleet);
    }
}

// Boxes of the fleet at a place, those with devices behind them.
std::uint32_t
NatPlan::boxes_at(const Fleet& fleet, std::uint32_t place) const
{
    const std::uint32_t devices =
        fleet.devices / fleet.places + (place < fleet.devices % fleet.places ? 1U : 0U);
    return (devices + fleet.per_box - 1) / fleet.per_box;
}

// They go round the places, and at each round its boxes.
NatPlan::Place
NatPlan::guest_place(std::uint32_t host, std::uint32_t number) const
{
    const Fleet& fleet = fleets_[host];
    const std::uint32_t place = number % fleet.places;
    const std::uint32_t there = number / fleet.places;
    const std::uint32_t boxes = boxes_at(fleet, place);
    const nat::BoxIndex box = place * fleet.boxes_per_place + there % boxes;
    return {.box = box, .rank = fleet.per_box + there / boxes, .first = first_behind(host, box)};
}

NatPlan::Place
NatPlan::place_of(DeviceIndex device) const
{
    const std::uint32_t number = layout_.fleet_of_device(device);
    const Fleet& fleet = fleets_[number];
    const DeviceIndex first = layout_.first_device(number);
    if (fleet.host != number)
    {
        return guest_place(fleet.host, device - first);
    }
    const std::uint32_t place = (device - first) % fleet.places;
    const std::uint32_t rank = (device - first) / fleet.places;
    const std::uint32_t box_there = rank / fleet.per_box;
    const std::uint32_t before = box_there * fleet.per_box; // at this place, in earlier boxes
    return {.box = place * fleet.boxes_per_place + box_there,
            .rank = rank - before,
            .first = first + place + fleet.places * before}; // as first_behind()
}

DeviceIndex
NatPlan::owner(DeviceIndex device) const
{
    const bool shared =
        !fleets_.empty() && fleets_[layout_.fleet_of_device(device)].carrier_translates;
    return shared ? place_of(device).first : device;
}

nat::BoxIndex
NatPlan::carrier_boxes(std::uint32_t fleet) const
{
    return fleets_[fleet].boxes_per_place * fleets_[fleet].places;
}

DeviceIndex
NatPlan::first_behind(std::uint32_t number, nat::BoxIndex box) const
{
    const Fleet& fleet = fleets_[number];
    return layout_.first_device(number) + box / fleet.boxes_per_place +
           fleet.places * (box % fleet.boxes_per_place * fleet.per_box);
}

DeviceIndex
NatPlan::device_behind(DeviceIndex first, sip::Host inner) const
{
    const std::uint32_t number = layout_.fleet_of_device(first);
    const Fleet& fleet = fleets_[number];
    if (!fleet.carrier_translates)
    {
        return layout_.device_at(inner).value_or(first);
    }
    const std::uint32_t rank = static_cast<std::uint32_t>(inner) - kBehindCarrier;
    if (rank < fleet.per_box || !fleet.beside)
    {
        return first + rank * fleet.places;
    }
    // As guest_place() has it.
    const DeviceIndex offset = first - layout_.first_device(number);
    const std::uint32_t place = offset % fleet.places;
    const std::uint32_t box = offset / fleet.places / fleet.per_box;
    const std::uint32_t there = (rank - fleet.per_box) * boxes_at(fleet, place) + box;
    return layout_.first_device(*fleet.beside) + place + fleet.places * there;
}

sip::Endpoint
NatPlan::home_outside(DeviceIndex device, std::uint32_t life) const
{
    if (fleets_.empty())
    {
        return layout_.address(device, life);
    }
    const Fleet& fleet = fleets_[layout_.fleet_of_device(device)];
    if (fleet.carrier_translates)
    {
        return {.host = sip::Host{kBehindCarrier + place_of(device).rank}, .port = sip::kSipPort};
    }
    return layout_.address(device, fleet.carrier ? 0 : life);
}

sip::Endpoint
NatPlan::inside(DeviceIndex device, std::uint32_t life) const
{
    if (!fleets_.empty() && fleets_[layout_.fleet_of_device(device)].home_translates)
    {
        return {.host = kBehindHome, .port = sip::kSipPort};
    }
    return home_outside(device, life);
}

sip::Endpoint
NatPlan::outside(DeviceIndex device, std::uint32_t life) const
{
    if (fleets_.empty())
    {
        return layout_.address(device, life);
    }
    const Fleet& fleet = fleets_[layout_.fleet_of_device(device)];
    if (fleet.carrier_translates)
    {
        return {.host = layout_.address(place_of(device).first, 0).host, .port = 0};
    }
    sip::Endpoint address = layout_.address(device, fleet.carrier ? 0 : life);
    if (fleet.home_translates)
    {
        address.port = 0;
    }
    return address;
}

} // namespace sipsim::world
