#pragma once

// Models : the host of an outbound proxy or SBC: a UDP socket in front of proxy::EdgeProxy.
// Drives : ns-3 starts it; PacketWorldHelper makes one per [[proxy]].
// Keeps  : every REGISTER that reaches the host's interface is told of, alive or dead.
// Leaves : what to do with a message (proxy::EdgeProxy). Not modelled: time to process one.

#include "model/ns3/server_app.h"
#include "model/proxy/edge_proxy.h"

#include <cstdint>
#include <optional>

namespace sipsim::ns3carrier
{

class ProxyApp : public ServerApp
{
  public:
    static ns3::TypeId GetTypeId();

    /// Trace source "Arrival": a REGISTER at the interface.
    typedef void (*ArrivalTracedCallback)(std::uint32_t proxy, bool alive);
    /// Trace source "Answered": it answered a REGISTER by itself.
    typedef void (*AnsweredTracedCallback)(std::uint32_t proxy, std::uint16_t status);

    /// What the application is in a run, before it starts. `state` outlives it.
    void Configure(RunState& state, std::uint32_t proxy, ns3::Ptr<AccessNetDevice> host_link);

    [[nodiscard]] const proxy::EdgeProxy& GetProxy() const
    {
        return *proxy_;
    }

  private:
    void HandleMessage(const sip::Message& message) override;
    void OnArrival(const ns3::Packet& datagram) override;
    void OnDeath(bool for_good) override;
    void HandleRequest(const sip::Message& request);
    void HandleResponse(const sip::Message& response);

    std::uint32_t number_ = 0;
    std::optional<proxy::EdgeProxy> proxy_;
    ns3::TracedCallback<std::uint32_t, bool> arrival_;
    ns3::TracedCallback<std::uint32_t, std::uint16_t> answered_;
};

} // namespace sipsim::ns3carrier
