#pragma once

// Models : a World as ns-3 nodes: a router per PoP, a node per registrar and per device.
// Drives : run_on_packets() for a whole run; tests and ns-3 users for a part of one.
// Keeps  : everything it made lives until the simulation is destroyed; a PacketSimulation stands
//          around it.
// Leaves : running (ns3::Simulator), results (world::Observer).

#include "model/ns3/call_schedule.h"
#include "model/ns3/facts_bridge.h"
#include "model/ns3/fault_schedule.h"
#include "model/ns3/numbering.h"
#include "model/ns3/packet_terrain.h"
#include "model/ns3/pcap.h"
#include "model/ns3/ping_sender.h"
#include "model/ns3/pop_router.h"
#include "model/ns3/run_state.h"
#include "model/ns3/tap_gate.h"
#include "model/ns3/tap_place.h"

#include "ns3/node.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace sipsim::ns3carrier
{

/// The one ns-3 simulation of this process, clean before and after, whatever happened in between.
class PacketSimulation
{
  public:
    /// `checksums`: IP and UDP checksums are computed and checked, as a capture wants them.
    explicit PacketSimulation(bool checksums);
    ~PacketSimulation();
    PacketSimulation(const PacketSimulation&) = delete;
    PacketSimulation& operator=(const PacketSimulation&) = delete;
};

class PacketWorldHelper
{
  public:
    /// `world`, `layout` and `observer` outlive the simulation. Precondition: a PacketSimulation.
    PacketWorldHelper(const world::World& world,
                      const world::Layout& layout,
                      world::Observer& observer);
    ~PacketWorldHelper();

    /// Makes nodes, links, stacks and applications, and schedules faults and calls.
    void Install();

    /// Install(), with the real network in the place of one host. Precondition: the world has no faults
    /// of that registrar or name server, and no calls.
    void InstallWithTap(int descriptor, const TapPlace& place);

    /// That place; none after Install().
    [[nodiscard]] ns3::Ptr<TapGate> GetTap() const
    {
        return tap_;
    }

    /// Captures the tap's link. After InstallWithTap().
    /// Throws std::runtime_error if the file cannot be written.
    void EnableTapPcap(const std::filesystem::path& path);

    /// Captures every registrar's link, or that account's. After Install().
    /// Throws std::runtime_error if the file cannot be written.
    void EnablePcap(const std::filesystem::path& path,
                    std::optional<world::AccountIndex> account = std::nullopt);

    /// After the run: closes the capture, and throws what an observer threw.
    void Finish();

    [[nodiscard]] ns3::Ptr<UserAgentApp> GetUserAgent(world::DeviceIndex device) const
    {
        return targets_.devices[device];
    }

    [[nodiscard]] ns3::Ptr<RegistrarApp> GetRegistrar(std::uint32_t registrar) const
    {
        return targets_.registrars[registrar];
    }

    [[nodiscard]] ns3::Ptr<ns3::Node> GetRouterNode(network::NodeIndex node) const
    {
        return pops_[node].router_node;
    }

    [[nodiscard]] RunState& GetState()
    {
        return state_;
    }

  private:
    struct Pop
    {
        ns3::Ptr<ns3::Node> router_node;
        ns3::Ptr<PopRouter> router;
        ns3::Ptr<AccessChannel> access;
    };

    void InstallPop(network::NodeIndex node);
    void InstallLink(network::LinkIndex link);
    ns3::Ptr<AccessNetDevice> InstallHostLink(network::NodeIndex at,
                                              sip::Host address,
                                              const AccessNetDevice::Link& link);
    void InstallStack(const ns3::Ptr<AccessNetDevice>& link,
                      network::NodeIndex at,
                      sip::Host local);
    void InstallTap(const ns3::Ptr<AccessNetDevice>& link);
    ns3::Ptr<AccessNetDevice> InstallServerLink(world::ServerIndex server);
    void InstallServer(const ns3::Ptr<AccessNetDevice>& link,
                       world::ServerIndex server,
                       const ns3::Ptr<ServerApp>& app);
    void InstallRegistrar(std::uint32_t registrar);
    void InstallProxy(std::uint32_t proxy);
    void InstallStun(std::uint32_t server);
    void InstallDns(std::uint32_t number);
    void InstallDevice(world::DeviceIndex device);

    const world::World& world_;
    const world::Layout& layout_;
    RunState state_;
    Numbering numbering_;
    RoutingTable table_;
    FaultTargets targets_;
    FactsBridge facts_;
    FaultSchedule faults_;
    PacketTerrain terrain_;
    CallSchedule calls_;
    PingSender pings_;
    std::vector<Pop> pops_; // by node of the map
    std::unique_ptr<PcapCapture> capture_;
    int descriptor_ = -1;
    TapPlace tap_place_;
    ns3::Ptr<TapGate> tap_;
    ns3::Ptr<AccessNetDevice> tap_link_;
};

} // namespace sipsim::ns3carrier
