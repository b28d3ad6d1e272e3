#pragma once

// Models : light calls on packets: the instants and what a caller beside the registrar would meet.
// Drives : one pending ns-3 event per AOR of a fleet that is called.
// Keeps  : the calls offered depend on the seed and the AOR only (world::next_call).
// Leaves : INVITE. A call is a look at the state of bindings, devices and links at its instant.

#include "model/ns3/facts_bridge.h"
#include "model/ns3/fault_schedule.h"
#include "model/ns3/pop_router.h"
#include "model/world/calls.h"

#include <cstdint>

namespace sipsim::ns3carrier
{

class CallSchedule : private world::Terrain
{
  public:
    /// All arguments outlive the simulation.
    CallSchedule(const world::World& world,
                 const world::Layout& layout,
                 const FaultTargets& targets,
                 const FaultSchedule& faults,
                 const RoutingTable& table,
                 world::NatBoxes& nats,
                 FactsBridge& facts);

    void Schedule();

  private:
    void Arm(std::uint32_t aor, std::uint64_t n, SimTime before);
    void Offer(std::uint32_t aor, std::uint64_t n);
    [[nodiscard]] bool powered(world::DeviceIndex device) const override;
    [[nodiscard]] std::uint32_t address_life(world::DeviceIndex device) const override;
    [[nodiscard]] bool path_cut(std::uint32_t registrar, world::DeviceIndex device) const override;
    [[nodiscard]] bool PathBlocked(network::NodeIndex from, network::NodeIndex to) const;

    const world::World& world_;
    const world::Layout& layout_;
    const FaultTargets& targets_;
    const FaultSchedule& faults_;
    const RoutingTable& table_;
    world::NatBoxes& nats_;
    FactsBridge& facts_;
};

} // namespace sipsim::ns3carrier
