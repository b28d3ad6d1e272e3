#include "model/ns3/proxy_app.h"

#include "model/ns3/ipv4_bytes.h"
#include "model/ns3/sim_time.h"
#include "model/world/pings.h"

#include "ns3/trace-source-accessor.h"

#include <utility>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(ProxyApp);

ns3::TypeId
ProxyApp::GetTypeId()
{
    static const ns3::TypeId tid =
        ns3::TypeId("sipsim::ProxyApp")
            .SetParent<ServerApp>()
            .SetGroupName("Sipsim")
            .AddConstructor<ProxyApp>()
            .AddTraceSource("Arrival",
                            "A REGISTER arrived at the host's interface, repeats included.",
                            ns3::MakeTraceSourceAccessor(&ProxyApp::arrival_),
                            "sipsim::ProxyApp::ArrivalTracedCallback")
            .AddTraceSource("Answered",
                            "The proxy answered a REGISTER by itself.",
                            ns3::MakeTraceSourceAccessor(&ProxyApp::answered_),
                            "sipsim::ProxyApp::AnsweredTracedCallback");
    return tid;
}

void
ProxyApp::Configure(RunState& state, std::uint32_t proxy, ns3::Ptr<AccessNetDevice> host_link)
{
    const auto& spec = state.world.proxies[proxy];
    const auto server = world::server_index(state.world, {world::ServerKind::kProxy, proxy});
    Attach(state, server, std::move(host_link), spec.options.answers_stun);
    number_ = proxy;
    proxy_.emplace(state.directory.proxy(proxy),
                   GetAddress(),
                   state.layout.registrar_address(spec.registrar),
                   world::server_key(state.world, server));
}

void
ProxyApp::OnDeath(bool /*for_good*/)
{
    proxy_->on_restart();
}

void
ProxyApp::OnArrival(const ns3::Packet& datagram)
{
    if (UdpPayloadStartsWith(datagram, "REGISTER "))
    {
        arrival_(number_, IsAlive() && UdpDestinationPort(datagram) == port_);
    }
    else if (IsKeepalive(datagram))
    {
        keepalive_(index_);
    }
}

void
ProxyApp::HandleMessage(const sip::Message& message)
{
    message.is_request() ? HandleRequest(message) : HandleResponse(message);
}

void
ProxyApp::HandleRequest(const sip::Message& request)
{
    sip::Message made;
    const auto passed = proxy_->on_request(SimNow(), request, made);
    if (!passed.sends())
    {
        drop_(world::DropReason::kUnmatched);
        return;
    }
    if (passed.what != proxy::Passed::What::kForwarded && request.method == sip::Method::kRegister)
    {
        answered_(number_, made.status);
    }
    Transmit(made);
}

void
ProxyApp::HandleResponse(const sip::Message& response)
{
    if (response.method == sip::Method::kOptions)
    {
        return; // to a ping of its own, which tells it nothing
    }
    sip::Message made;
    const auto passed = proxy_->on_response(SimNow(), response, made);
    passed.sends() ? Transmit(made) : drop_(world::DropReason::kUnmatched);
}

} // namespace sipsim::ns3carrier
