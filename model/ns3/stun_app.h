#pragma once

// Models : the host of a STUN server: four UDP sockets, two addresses by two ports, in front of
//          nat::StunServer.
// Drives : ns-3 starts it; PacketWorldHelper makes one per [[stun]].
// Keeps  : a reply leaves from the socket the core names; what is owed no reply gets none.
// Leaves : what to answer (nat::StunServer).

#include "model/nat/stun_server.h"
#include "model/ns3/run_state.h"

#include "ns3/application.h"
#include "ns3/socket.h"

#include <vector>

namespace sipsim::ns3carrier
{

class StunApp : public ns3::Application
{
  public:
    static ns3::TypeId GetTypeId();

    /// What the application is in a run, before it starts. `state` outlives it.
    void Configure(RunState& state, std::uint32_t server);

  private:
    struct Place
    {
        sip::Endpoint at;
        ns3::Ptr<ns3::Socket> socket;
    };

    void StartApplication() override;
    void StopApplication() override;
    void DoDispose() override;
    void HandleRead(ns3::Ptr<ns3::Socket> socket);

    RunState* state_ = nullptr;
    nat::StunServer server_{nat::StunServerOptions{}};
    std::vector<Place> places_;
};

} // namespace sipsim::ns3carrier
