#include "model/ns3/call_schedule.h"

#include "model/ns3/sim_time.h"
#include "model/world/outgoing.h"

namespace sipsim::ns3carrier
{

CallSchedule::CallSchedule(const world::World& world,
                           const world::Layout& layout,
                           const FaultTargets& targets,
                           const PacketTerrain& terrain,
                           world::NatBoxes& nats,
                           FactsBridge& facts)
    : world_(world),
      layout_(layout),
      targets_(targets),
      terrain_(terrain),
      nats_(nats),
      facts_(facts),
      call_targets_(world, layout)
{
}

void
CallSchedule::Schedule()
{
    for (std::uint32_t aor = 0; aor < layout_.aors(); ++aor)
    {
        Arm(aor, 0, SimTime{});
    }
    for (world::AccountIndex account = 0; account < layout_.accounts(); ++account)
    {
        ArmOutgoing(account, 0, SimTime{});
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
    facts_.Call(aor,
                world::classify(SimNow(), world_, layout_, nats_, terrain_, call_targets_, aor, n));
    Arm(aor, n + 1, SimNow());
}

void
CallSchedule::ArmOutgoing(world::AccountIndex account, std::uint64_t n, SimTime before)
{
    const auto& gap = world_.fleets[layout_.fleet_of_account(account)].outgoing_gap;
    if (!gap)
    {
        return;
    }
    const SimTime at = world::next_outgoing(layout_, account, n, before, *gap);
    if (at < SimTime{world_.duration})
    {
        ns3::Simulator::Schedule(DelayUntil(at), &CallSchedule::OfferOutgoing, this, account, n);
    }
}

void
CallSchedule::OfferOutgoing(world::AccountIndex account, std::uint64_t n)
{
    const world::DeviceIndex device = layout_.device_of(account);
    if (terrain_.powered(device))
    {
        const world::Outgoing call = world::classify_outgoing(SimNow(),
                                                              world_,
                                                              layout_,
                                                              terrain_,
                                                              terrain_.ServersOf(account),
                                                              account);
        facts_.Outgoing(account, call.outcome);
        if (call.register_at)
        {
            targets_.devices[device]->CallFailedOver(account - layout_.first_account_of(device),
                                                     *call.register_at);
        }
    }
    ArmOutgoing(account, n + 1, SimNow());
}

} // namespace sipsim::ns3carrier
