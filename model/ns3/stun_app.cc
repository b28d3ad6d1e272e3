#include "model/ns3/stun_app.h"

#include "model/nat/stun_codec.h"
#include "model/ns3/host_stack.h"
#include "model/ns3/ipv4_bytes.h"

#include "ns3/inet-socket-address.h"
#include "ns3/trace-source-accessor.h"
#include "ns3/udp-socket-factory.h"

#include <algorithm>
#include <utility>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(StunApp);

ns3::TypeId
StunApp::GetTypeId()
{
    static const ns3::TypeId tid =
        ns3::TypeId("sipsim::StunApp")
            .SetParent<ServerApp>()
            .SetGroupName("Sipsim")
            .AddConstructor<StunApp>()
            .AddTraceSource("Arrival",
                            "A datagram arrived at the host's interface.",
                            ns3::MakeTraceSourceAccessor(&StunApp::arrival_),
                            "sipsim::StunApp::ArrivalTracedCallback");
    return tid;
}

void
StunApp::Configure(RunState& state, std::uint32_t server, ns3::Ptr<AccessNetDevice> host_link)
{
    Attach(state,
           world::server_index(state.world, {world::ServerKind::kStun, server}),
           std::move(host_link),
           false);
    number_ = server;
    server_ = nat::StunServer{{.primary = state.layout.stun_address(server, false),
                               .alternate = state.layout.stun_address(server, true)}};
}

void
StunApp::Open()
{
    for (const sip::Endpoint at : server_.endpoints())
    {
        auto socket = ns3::Socket::CreateSocket(GetNode(), ns3::UdpSocketFactory::GetTypeId());
        socket->Bind(ns3::InetSocketAddress(ToNs3(at.host), at.port));
        socket->SetRecvCallback(ns3::MakeCallback(&StunApp::ReadPlace, this));
        places_.push_back({at, socket});
    }
}

void
StunApp::Close()
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
    ServerApp::DoDispose();
}

void
StunApp::OnArrival(const ns3::Packet& datagram)
{
    if (IsKeepalive(datagram))
    {
        arrival_(number_);
    }
}

void
StunApp::OnDeath(bool /*for_good*/)
{
}

void
StunApp::ReadPlace(ns3::Ptr<ns3::Socket> socket)
{
    const auto here = std::ranges::find(places_, socket, &Place::socket);
    ns3::Address from;
    while (const auto packet = socket->RecvFrom(from))
    {
        const auto peer = ns3::InetSocketAddress::ConvertFrom(from);
        const auto reply = StunReplyTo(server_,
                                       state_->TextOf(*packet),
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
