#include "model/ns3/server_app.h"

#include "model/nat/stun_codec.h"
#include "model/ns3/host_stack.h"
#include "model/ns3/ipv4_bytes.h"

#include "ns3/inet-socket-address.h"
#include "ns3/trace-source-accessor.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"

#include <utility>
#include <variant>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(ServerApp);

ns3::TypeId
ServerApp::GetTypeId()
{
    static const ns3::TypeId tid =
        ns3::TypeId("sipsim::ServerApp")
            .SetParent<ns3::Application>()
            .SetGroupName("Sipsim")
            .AddAttribute("Port",
                          "UDP port of the SIP socket (RFC 3261 section 19.1.2: 5060).",
                          ns3::UintegerValue(sip::kSipPort),
                          ns3::MakeUintegerAccessor(&ServerApp::port_),
                          ns3::MakeUintegerChecker<std::uint16_t>(1, 65535))
            .AddTraceSource("Keepalive",
                            "A keepalive arrived at the host's interface.",
                            ns3::MakeTraceSourceAccessor(&ServerApp::keepalive_),
                            "sipsim::ServerApp::KeepaliveTracedCallback")
            .AddTraceSource("Drop",
                            "A datagram was not served.",
                            ns3::MakeTraceSourceAccessor(&ServerApp::drop_),
                            "sipsim::ServerApp::DropTracedCallback");
    return tid;
}

void
ServerApp::Attach(RunState& state,
                  world::ServerIndex server,
                  ns3::Ptr<AccessNetDevice> link,
                  bool answers_stun)
{
    state_ = &state;
    index_ = server;
    link_ = std::move(link);
    if (answers_stun)
    {
        stun_.emplace(nat::stun_on_sip_port(GetAddress()));
    }
}

void
ServerApp::StartApplication()
{
    link_->TraceConnectWithoutContext("Rx", ns3::MakeCallback(&ServerApp::HandleArrival, this));
    if (IsAlive())
    {
        Open();
    }
}

void
ServerApp::StopApplication()
{
    Close();
}

void
ServerApp::DoDispose()
{
    socket_ = nullptr;
    link_ = nullptr;
    state_ = nullptr;
    Application::DoDispose();
}

void
ServerApp::Open()
{
    socket_ = ns3::Socket::CreateSocket(GetNode(), ns3::UdpSocketFactory::GetTypeId());
    socket_->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port_));
    socket_->SetRecvCallback(ns3::MakeCallback(&ServerApp::HandleRead, this));
}

void
ServerApp::Close()
{
    if (socket_)
    {
        socket_->SetRecvCallback(ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>());
        socket_->Close();
        socket_ = nullptr;
    }
}

void
ServerApp::BeginOutage(world::Unreachable unreachable, bool for_good)
{
    if (IsAlive())
    {
        OnDeath(for_good);
    }
    ++(unreachable == world::Unreachable::kSilent ? silent_outages_ : icmp_outages_);
    Close();
    link_->SetPowered(silent_outages_ == 0);
}

void
ServerApp::EndOutage(world::Unreachable unreachable)
{
    --(unreachable == world::Unreachable::kSilent ? silent_outages_ : icmp_outages_);
    link_->SetPowered(silent_outages_ == 0);
    if (IsAlive())
    {
        OnReturn();
        Open();
    }
}

void
ServerApp::OnReturn()
{
}

void
ServerApp::HandleArrival(ns3::Ptr<const ns3::Packet> datagram)
{
    OnArrival(*datagram);
    if (!IsAlive())
    {
        drop_(world::DropReason::kServerDead);
    }
}

void
ServerApp::HandleRead(ns3::Ptr<ns3::Socket> socket)
{
    ns3::Address from;
    while (const auto packet = socket->RecvFrom(from))
    {
        const auto peer = ns3::InetSocketAddress::ConvertFrom(from);
        HandleDatagram(state_->TextOf(*packet),
                       {.host = ToHost(peer.GetIpv4()), .port = peer.GetPort()});
    }
}

void
ServerApp::HandleDatagram(std::string_view text, sip::Endpoint from)
{
    if (IsStun(text))
    {
        if (!stun_)
        {
            drop_(world::DropReason::kUnmatched);
        }
        else if (const auto reply = StunReplyTo(*stun_, text, GetAddress(), from))
        {
            SendOctets(nat::encode(reply->message), reply->to);
        }
        return;
    }
    const auto decoded = state_->codec.decode(text, from, GetAddress());
    if (const auto* message = std::get_if<sip::Message>(&decoded))
    {
        HandleMessage(*message);
    }
    else if (const auto* refusal = std::get_if<sip::Refusal>(&decoded))
    {
        drop_(refusal->response ? world::DropReason::kRefused : world::DropReason::kMalformed);
        if (refusal->response)
        {
            Transmit(*refusal->response);
        }
    }
    else
    {
        drop_(world::DropReason::kKeepalive);
    }
}

void
ServerApp::HandleMessage(const sip::Message& /*message*/)
{
}

std::optional<nat::StunReply>
ServerApp::StunReplyTo(const nat::StunServer& server,
                       std::string_view text,
                       sip::Endpoint at,
                       sip::Endpoint from)
{
    nat::StunRefusal why;
    auto reply = server.on_datagram(text, at, from, &why);
    if (!why.reason.empty())
    {
        drop_(reply ? world::DropReason::kRefused : world::DropReason::kMalformed);
    }
    else if (!reply)
    {
        drop_(world::DropReason::kUnmatched);
    }
    return reply;
}

void
ServerApp::Transmit(const sip::Message& message)
{
    ++state_->sip_messages_sent;
    SendOctets(state_->codec.encode(message), message.dst);
}

void
ServerApp::SendOctets(std::string_view octets, sip::Endpoint to)
{
    socket_->SendTo(ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(octets.data()),
                                             static_cast<std::uint32_t>(octets.size())),
                    0,
                    ns3::InetSocketAddress(ToNs3(to.host), to.port));
}

} // namespace sipsim::ns3carrier
