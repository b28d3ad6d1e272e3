#pragma once

// Models : light calls on packets: the instants and what a caller beside the registrar would meet.
// Drives : one pending ns-3 event per AOR of a fleet that is called.
// Keeps  : the calls offered depend on the seed and the AOR only (world::next_call).
// Leaves : INVITE. A call is a look at the state of bindings, devices and links at its instant; all that
//          it does is a REGISTER by the device that calls, where that comes first.

#include "model/ns3/packet_terrain.h"

#include <cstdint>

namespace sipsim::ns3carrier
{

class CallSchedule
{
  public:
    /// All arguments outlive the simulation.
    CallSchedule(const world::World& world,
                 const world::Layout& layout,
                 const FaultTargets& targets,
                 const PacketTerrain& terrain,
                 world::NatBoxes& nats,
                 FactsBridge& facts);

    void Schedule();

  private:
    void Arm(std::uint32_t aor, std::uint64_t n, SimTime before);
    void Offer(std::uint32_t aor, std::uint64_t n);
    void ArmOutgoing(world::AccountIndex account, std::uint64_t n, SimTime before);
    void OfferOutgoing(world::AccountIndex account, std::uint64_t n);

    const world::World& world_;
    const world::Layout& layout_;
    const FaultTargets& targets_;
    const PacketTerrain& terrain_;
    world::NatBoxes& nats_;
    FactsBridge& facts_;
    world::CallTargets call_targets_;
};

} // namespace sipsim::ns3carrier
