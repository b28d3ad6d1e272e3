#pragma once

// Models : the faults of a world, at their instants.
// Drives : scheduled before anything else of a run, so that at an instant they come first.
// Keeps  : at one instant, begins and ends in order of World::faults.
// Leaves : what a fault does to a device (world::DeviceLife), to a server (ServerApp, DnsApp), to a link
//          (network::LinkDirection).

#include "model/ns3/dns_app.h"
#include "model/ns3/facts_bridge.h"
#include "model/ns3/link_net_device.h"
#include "model/ns3/proxy_app.h"
#include "model/ns3/registrar_app.h"
#include "model/ns3/user_agent_app.h"
#include "model/world/fault_steps.h"

#include <cstdint>
#include <vector>

namespace sipsim::ns3carrier
{

/// What faults act on; by number in the world or its layout.
struct FaultTargets
{
    std::vector<ns3::Ptr<UserAgentApp>> devices; // none: the real network's place
    std::vector<ns3::Ptr<ServerApp>> servers;    // by world::ServerIndex; none: likewise
    std::vector<ns3::Ptr<RegistrarApp>> registrars;
    std::vector<ns3::Ptr<ProxyApp>> proxies;
    std::vector<ns3::Ptr<DnsApp>> name_servers;
    std::vector<ns3::Ptr<LinkNetDevice>> links; // by directed link
};

class FaultSchedule
{
  public:
    /// All arguments outlive the simulation.
    FaultSchedule(const world::World& world,
                  const world::Layout& layout,
                  const FaultTargets& targets,
                  RunState& state,
                  FactsBridge& facts);

    void Schedule();

    /// Some link carries nothing at present.
    [[nodiscard]] bool AnyLinkBlocked() const
    {
        return link_faults_ > 0;
    }

  private:
    void Take(const world::FaultStep& step);
    void Begin(std::uint32_t fault);
    void End(std::uint32_t fault);
    void HitDevices(std::uint32_t fault);
    [[nodiscard]] DnsApp& NameServer(const world::FaultSpec& spec) const;

    const world::World& world_;
    const world::Layout& layout_;
    const FaultTargets& targets_;
    world::NatBoxes& nats_;
    world::Directory& directory_;
    FactsBridge& facts_;
    std::uint32_t link_faults_ = 0;
};

} // namespace sipsim::ns3carrier
