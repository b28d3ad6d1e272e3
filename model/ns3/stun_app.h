#pragma once

// Models : the host of a STUN server: four UDP sockets, two addresses by two ports, in front of
//          nat::StunServer.
// Drives : ns-3 starts it; PacketWorldHelper makes one per [[stun]].
// Keeps  : a reply leaves from the socket the core names; what is owed no reply gets none.
// Leaves : what to answer (nat::StunServer).

#include "model/nat/stun_server.h"
#include "model/ns3/server_app.h"

#include <vector>

namespace sipsim::ns3carrier
{

class StunApp : public ServerApp
{
  public:
    static ns3::TypeId GetTypeId();

    /// What the application is in a run, before it starts. `state` outlives it.
    void Configure(RunState& state, std::uint32_t server, ns3::Ptr<AccessNetDevice> host_link);

    /// Trace source "Arrival": a datagram is at the interface.
    typedef void (*ArrivalTracedCallback)(std::uint32_t server);

  private:
    struct Place
    {
        sip::Endpoint at;
        ns3::Ptr<ns3::Socket> socket;
    };

    void Open() override;
    void Close() override;
    void OnArrival(const ns3::Packet& datagram) override;
    void OnDeath(bool for_good) override;
    void DoDispose() override;
    void ReadPlace(ns3::Ptr<ns3::Socket> socket);

    std::uint32_t number_ = 0;
    ns3::TracedCallback<std::uint32_t> arrival_;
    nat::StunServer server_{nat::StunServerOptions{}};
    std::vector<Place> places_;
};

} // namespace sipsim::ns3carrier
