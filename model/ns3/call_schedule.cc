#include "model/ns3/call_schedule.h"

#include "model/ns3/sim_time.h"

namespace sipsim::ns3carrier
{

CallSchedule::CallSchedule(const world::World& world,
                           const world::Layout& layout,
                           const FaultTargets& targets,
                           const FaultSchedule& faults,
                           const RoutingTable& table,
                           world::NatBoxes& nats,
                           FactsBridge& facts)
    : world_(world),
      layout_(layout),
      targets_(targets),
      faults_(faults),
      table_(table),
      nats_(nats),
      facts_(facts)
{
}

void
CallSchedule::Schedule()
{
    for (std::uint32_t aor = 0; aor < layout_.aors(); ++aor)
    {
        Arm(aor, 0, SimTime{});
    }
}

void
CallSchedule::Arm(std::uint32_t aor, std::uint64_t n, SimTime before)
{
    const auto& gap = world_.fleets[layout_.fleet_of_aor(aor)].call_gap;
    if (!gap)
    {
        return;
    }
    const SimTime at = world::next_call(world_.seed, aor, n, before, *gap);
    if (at < SimTime{world_.duration})
    {
        ns3::Simulator::Schedule(DelayUntil(at), &CallSchedule::Offer, this, aor, n);
    }
}

void
CallSchedule::Offer(std::uint32_t aor, std::uint64_t n)
{
    const std::uint32_t server = world::home_registrar(world_, layout_, layout_.fleet_of_aor(aor));
    const auto& registrar = *targets_.registrars[server];
    const sip::UserId user{std::uint64_t{aor} + 1};
    facts_.Call(aor,
                world::classify(SimNow(),
                                world_,
                                layout_,
                                nats_,
                                *this,
                                aor,
                                registrar.IsAlive(),
                                registrar.GetLocations().lookup(user, SimNow())));
    Arm(aor, n + 1, SimNow());
}

bool
CallSchedule::powered(world::DeviceIndex device) const
{
    return targets_.devices[device]->IsPowered();
}

std::uint32_t
CallSchedule::address_life(world::DeviceIndex device) const
{
    return targets_.devices[device]->GetAddressLife();
}

bool
CallSchedule::path_cut(std::uint32_t registrar, world::DeviceIndex device) const
{
    return faults_.AnyLinkBlocked() &&
           PathBlocked(world_.registrars[registrar].at, layout_.node_of(device));
}

bool
CallSchedule::PathBlocked(network::NodeIndex from, network::NodeIndex to) const
{
    const auto blocked = [&](network::NodeIndex here, network::NodeIndex there) {
        for (const network::DirectedLink link : table_.paths.path(here, there))
        {
            if (targets_.links[network::index(link)]->IsBlocked())
            {
                return true;
            }
        }
        return false;
    };
    return blocked(from, to) || blocked(to, from);
}

} // namespace sipsim::ns3carrier
