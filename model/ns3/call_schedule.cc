#include "model/ns3/call_schedule.h"

#include "model/ns3/sim_time.h"

namespace sipsim::ns3carrier
{

CallSchedule::CallSchedule(const world::World& world,
                           const world::Layout& layout,
                           const PacketTerrain& terrain,
                           world::NatBoxes& nats,
                           FactsBridge& facts)
    : world_(world),
      layout_(layout),
      terrain_(terrain),
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
    facts_.Call(aor, world::classify(SimNow(), world_, layout_, nats_, terrain_, aor));
    Arm(aor, n + 1, SimNow());
}

} // namespace sipsim::ns3carrier
