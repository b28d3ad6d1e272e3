#pragma once

// Models : what calls and pings ask of the devices, servers and paths of a run on packets.
// Drives : CallSchedule and PingSender.
// Keeps  : looks only.
// Leaves : what they make of it (model/world).

#include "model/ns3/fault_schedule.h"
#include "model/ns3/pop_router.h"
#include "model/world/calls.h"

namespace sipsim::ns3carrier
{

class PacketTerrain final : public world::Terrain
{
  public:
    /// All arguments outlive this.
    PacketTerrain(const world::World& world,
                  const world::Layout& layout,
                  const FaultTargets& targets,
                  const FaultSchedule& faults,
                  const RoutingTable& table,
                  const world::Locations& locations)
        : world_(world),
          layout_(layout),
          targets_(targets),
          faults_(faults),
          table_(table),
          locations_(locations)
    {
    }

    [[nodiscard]] bool powered(world::DeviceIndex device) const override;
    [[nodiscard]] std::uint32_t address_life(world::DeviceIndex device) const override;
    [[nodiscard]] bool path_cut(world::ServerIndex server, network::NodeIndex node) const override;
    [[nodiscard]] bool alive(world::ServerIndex server) const override;
    [[nodiscard]] bool refuses(std::uint32_t registrar) const override;
    [[nodiscard]] bool blocks(std::uint32_t registrar,
                              sip::UserId user,
                              sip::Host source,
                              SimTime now) const override;
    [[nodiscard]] registrar::LocationService::Bindings bindings(std::uint32_t registrar,
                                                                sip::UserId aor,
                                                                SimTime now) const override;
    [[nodiscard]] registrar::LocationService::Bindings latest(std::uint32_t registrar,
                                                              sip::UserId aor,
                                                              SimTime now) const override;
    [[nodiscard]] proxy::Flows flows(std::uint32_t proxy,
                                     sip::UserId aor,
                                     SimTime now) const override;

    /// See UserAgentApp::GetServers().
    [[nodiscard]] const registration::Servers* ServersOf(world::AccountIndex account) const;

  private:
    [[nodiscard]] bool PathBlocked(network::NodeIndex from, network::NodeIndex to) const;

    const world::World& world_;
    const world::Layout& layout_;
    const FaultTargets& targets_;
    const FaultSchedule& faults_;
    const RoutingTable& table_;
    const world::Locations& locations_;
};

} // namespace sipsim::ns3carrier
