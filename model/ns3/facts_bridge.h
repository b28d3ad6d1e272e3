#pragma once

// Models : nothing: it turns trace sources of our ns-3 objects into facts of a run.
// Drives : PacketWorldHelper connects it to every object.
// Keeps  : an observer that throws ends the run in order: the simulation stops, the exception is kept.
// Leaves : what facts mean (world::Collector).

#include "model/ns3/dns_app.h"
#include "model/ns3/link_net_device.h"
#include "model/ns3/pop_router.h"
#include "model/ns3/proxy_app.h"
#include "model/ns3/registrar_app.h"
#include "model/ns3/stun_app.h"
#include "model/ns3/user_agent_app.h"
#include "model/world/facts.h"

#include <cstdint>
#include <exception>

namespace sipsim::ns3carrier
{

class PacketTerrain;

class FactsBridge
{
  public:
    /// All arguments outlive the simulation; `terrain` is looked at from its begin.
    FactsBridge(world::Observer& observer,
                const world::World& world,
                const world::Layout& layout,
                const PacketTerrain& terrain)
        : observer_(observer),
          world_(world),
          layout_(layout),
          terrain_(terrain)
    {
    }

    void Connect(const ns3::Ptr<UserAgentApp>& app);
    void Connect(const ns3::Ptr<RegistrarApp>& app);
    void Connect(const ns3::Ptr<ProxyApp>& app);
    void Connect(const ns3::Ptr<StunApp>& app);
    void Connect(const ns3::Ptr<DnsApp>& app);
    void Connect(const ns3::Ptr<PopRouter>& router);
    void Connect(const ns3::Ptr<PopNetDevice>& device);
    /// A server's link: a datagram for a dead server is told of by its application.
    void ConnectServerLink(const ns3::Ptr<AccessNetDevice>& device);

    void Fault(std::uint32_t fault, bool begins);
    void Call(std::uint32_t aor, world::CallClass call_class);
    void Outgoing(world::AccountIndex account, world::OutgoingClass call_class);
    void Ping(world::ServerIndex server);

    /// Throws what an observer threw during the run, if any did.
    void Rethrow() const;

  private:
    template <class Fact>
    void Tell(const Fact& fact) noexcept;

    void Sent(world::AccountIndex account,
              const sip::Message& message,
              std::uint32_t octets,
              bool again);
    void Received(world::AccountIndex account,
                  const sip::Message& message,
                  std::uint32_t octets,
                  bool again);
    void Changed(world::AccountIndex account, const registration::Transition& transition);
    void Power(world::DeviceIndex device, bool powered, sip::Endpoint address);
    void Dropped(world::DropReason reason);
    void Lost(ns3::Ptr<const ns3::Packet> packet, world::DropReason reason);
    void LostAtServer(ns3::Ptr<const ns3::Packet> packet, world::DropReason reason);
    void Arrived(std::uint32_t registrar, bool alive);
    void KeepaliveSent(world::DeviceIndex device);
    void KeepaliveArrived(world::ServerIndex server);
    void ProxyArrived(std::uint32_t proxy, bool alive);
    void ProxyAnswered(std::uint32_t proxy, std::uint16_t status);
    void StunArrived(std::uint32_t server);
    void Queried(std::uint32_t dns, bool alive);
    void DnsAnswered(std::uint32_t dns, dns::Rcode rcode);
    void Located(world::DeviceIndex device, bool located);
    void Queued(std::uint32_t registrar,
                std::uint32_t waiting,
                SimDuration wait,
                SimDuration service);
    void Answered(std::uint32_t registrar, std::uint16_t status, bool repeat);
    void Limited(std::uint32_t registrar, registrar::Limit limit, sip::UserId user);
    void WrongPassword(std::uint32_t registrar, sip::UserId user);
    void Bound(sip::UserId aor, const registrar::LocationService::Bindings& bindings);
    void BindingsLost(std::uint32_t registrar);

    world::Observer& observer_;
    const world::World& world_;
    const world::Layout& layout_;
    const PacketTerrain& terrain_;
    std::exception_ptr thrown_;
};

} // namespace sipsim::ns3carrier
