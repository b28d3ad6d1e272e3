#include "model/ns3/call_schedule.h"

#include "model/ns3/sim_time.h"

namespace sipsim::ns3carrier
{

CallSchedule::CallSchedule(const world::World& world,
                           const world::Layout& layout,
                           const FaultTargets& targets,
                           const FaultSchedule& faults,
                           const RoutingTable& table,
                           FactsBridge& facts)
    : world_(world),
      layout_(layout),
      targets_(targets),
      faults_(faults),
      table_(table),
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
    const network::NodeIndex from = world_.registrars[server].at;
    facts_.Call(aor,
                world::classify(registrar.IsAlive(),
                                registrar.GetLocations().lookup(user, SimNow()),
                                [&](const registrar::Binding& b) { return Reach(from, b); }));
    Arm(aor, n + 1, SimNow());
}

world::ContactReach
CallSchedule::Reach(network::NodeIndex from, const registrar::Binding& binding) const
{
    const auto device = layout_.device_at(binding.contact.host);
    if (!device)
    {
        return world::ContactReach::kNobody;
    }
    const auto& app = *targets_.devices[*device];
    if (!app.IsPowered() || app.GetAddress().host != binding.contact.host)
    {
        return world::ContactReach::kNobody;
    }
    return faults_.AnyLinkBlocked() && PathBlocked(from, layout_.node_of(*device))
               ? world::ContactReach::kCut
               : world::ContactReach::kAnswers;
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
