#include "model/ns3/stun_app.h"

#include "model/nat/stun_codec.h"
#include "model/ns3/host_stack.h"

#include "ns3/inet-socket-address.h"
#include "ns3/udp-socket-factory.h"

#include <algorithm>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(StunApp);

ns3::TypeId
StunApp::GetTypeId()
{
    static const ns3::TypeId tid = ns3::TypeId("sipsim::StunApp")
                                       .SetParent<ns3::Application>()
                                       .SetGroupName("Sipsim")
                                       .AddConstructor<StunApp>();
    return tid;
}

void
StunApp::Configure(RunState& state, std::uint32_t server)
{
    state_ = &state;
    server_ = nat::StunServer{{.primary = state.layout.stun_address(server, false),
                               .alternate = state.layout.stun_address(server, true)}};
}

void
StunApp::StartApplication()
{
    for (const sip::Endpoint at : server_.endpoints())
    {
        auto socket = ns3::Socket::CreateSocket(GetNode(), ns3::UdpSocketFactory::GetTypeId());
        socket->Bind(ns3::InetSocketAddress(ToNs3(at.host), at.port));
        socket->SetRecvCallback(ns3::MakeCallback(&StunApp::HandleRead, this));
        places_.push_back({at, socket});
    }
}

void
StunApp::StopApplication()
{
    for (const Place& place : places_)
    {
        place.socket->SetRecvCallback(ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>());
        place.socket->Close();
    }
    places_.clear();
}

void
StunApp::DoDispose()
{
    places_.clear();
    state_ = nullptr;
    Application::DoDispose();
}

void
StunApp::HandleRead(ns3::Ptr<ns3::Socket> socket)
{
    const auto here = std::ranges::find(places_, socket, &Place::socket);
    ns3::Address from;
    while (const auto packet = socket->RecvFrom(from))
    {
        const auto peer = ns3::InetSocketAddress::ConvertFrom(from);
        const auto reply =
            server_.on_datagram(state_->TextOf(*packet),
                                here->at,
                                {.host = ToHost(peer.GetIpv4()), .port = peer.GetPort()});
        const auto out =
            reply ? std::ranges::find(places_, reply->from, &Place::at) : places_.end();
        if (out == places_.end())
        {
            continue;
        }
        const std::string text = nat::encode(reply->message);
        out->socket->SendTo(
            ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(text.data()),
                                     static_cast<std::uint32_t>(text.size())),
            0,
            ns3::InetSocketAddress(ToNs3(reply->to.host), reply->to.port));
    }
}

} // namespace sipsim::ns3carrier
