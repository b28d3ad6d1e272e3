#include "model/ns3/registrar_app.h"

#include "model/ns3/host_stack.h"
#include "model/ns3/sim_time.h"

#include "ns3/inet-socket-address.h"
#include "ns3/trace-source-accessor.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"

#include <utility>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(RegistrarApp);

ns3::TypeId
RegistrarApp::GetTypeId()
{
    static const ns3::TypeId tid =
        ns3::TypeId("sipsim::RegistrarApp")
            .SetParent<ns3::Application>()
            .SetGroupName("Sipsim")
            .AddConstructor<RegistrarApp>()
            .AddAttribute("Port",
                          "UDP port of the SIP socket (RFC 3261 section 19.1.2: 5060).",
                          ns3::UintegerValue(sip::kSipPort),
                          ns3::MakeUintegerAccessor(&RegistrarApp::port_),
                          ns3::MakeUintegerChecker<std::uint16_t>(1, 65535))
            .AddTraceSource("Arrival",
                            "A REGISTER arrived at the host's interface, repeats included.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::arrival_),
                            "sipsim::RegistrarApp::ArrivalTracedCallback")
            .AddTraceSource("Keepalive",
                            "A keepalive arrived at the host's interface.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::keepalive_),
                            "sipsim::RegistrarApp::KeepaliveTracedCallback")
            .AddTraceSource("Queued",
                            "A request took a place at the service station.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::queued_),
                            "sipsim::RegistrarApp::QueuedTracedCallback")
            .AddTraceSource("Answered",
                            "A response to a REGISTER was sent.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::answered_),
                            "sipsim::RegistrarApp::AnsweredTracedCallback")
            .AddTraceSource("Binding",
                            "The bindings of an AOR changed.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::binding_),
                            "sipsim::RegistrarApp::BindingTracedCallback")
            .AddTraceSource("BindingsLost",
                            "The process came back without its bindings.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::bindings_lost_),
                            "sipsim::RegistrarApp::BindingsLostTracedCallback")
            .AddTraceSource("Drop",
                            "A datagram was not served.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::drop_),
                            "sipsim::RegistrarApp::DropTracedCallback");
    return tid;
}

void
RegistrarApp::Configure(RunState& state,
                        std::uint32_t registrar,
                        ns3::Ptr<AccessNetDevice> host_link)
{
    const auto& options = state.world.registrars[registrar].options;
    state_ = &state;
    number_ = registrar;
    link_ = std::move(host_link);
    const DrawKey key{.seed = state.world.seed, .device = kServerDevice + registrar, .account = 0};
    registrar_.emplace(
        options,
        key,
        state.directory.domain(registrar),
        state.proof,
        [&state, registrar](sip::UserId user) { return state.secret(registrar, user); },
        locations_);
    server_.emplace(*registrar_, options);
    station_.emplace(options.station, key);
}

sip::Endpoint
RegistrarApp::GetAddress() const
{
    return {.host = state_->layout.registrar_address(number_).host, .port = port_};
}

void
RegistrarApp::StartApplication()
{
    link_->TraceConnectWithoutContext("Rx", ns3::MakeCallback(&RegistrarApp::HandleArrival, this));
    if (IsAlive())
    {
        OpenSocket();
    }
}

void
RegistrarApp::StopApplication()
{
    CloseSocket();
}

void
RegistrarApp::DoDispose()
{
    server_.reset();
    registrar_.reset();
    socket_ = nullptr;
    link_ = nullptr;
    state_ = nullptr;
    Application::DoDispose();
}

void
RegistrarApp::OpenSocket()
{
    socket_ = ns3::Socket::CreateSocket(GetNode(), ns3::UdpSocketFactory::GetTypeId());
    socket_->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port_));
    socket_->SetRecvCallback(ns3::MakeCallback(&RegistrarApp::HandleRead, this));
}

void
RegistrarApp::CloseSocket()
{
    if (socket_)
    {
        socket_->SetRecvCallback(ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>());
        socket_->Close();
        socket_ = nullptr;
    }
}

void
RegistrarApp::BeginOutage(world::Unreachable unreachable)
{
    if (IsAlive())
    {
        // What the process held in memory dies with it, not when it comes back.
        const bool keep = state_->world.registrars[number_].keep_bindings;
        server_->on_restart(keep);
        station_->clear();
        ++process_;
        if (!keep)
        {
            bindings_lost_(number_);
        }
    }
    ++(unreachable == world::Unreachable::kSilent ? silent_outages_ : icmp_outages_);
    CloseSocket();
    link_->SetPowered(silent_outages_ == 0);
}

void
RegistrarApp::EndOutage(world::Unreachable unreachable)
{
    --(unreachable == world::Unreachable::kSilent ? silent_outages_ : icmp_outages_);
    link_->SetPowered(silent_outages_ == 0);
    if (!IsAlive())
    {
        return;
    }
    OpenSocket();
}

void
RegistrarApp::HandleArrival(ns3::Ptr<const ns3::Packet> datagram)
{
    if (UdpPayloadStartsWith(*datagram, "REGISTER "))
    {
        arrival_(number_, IsAlive());
    }
    else if (IsKeepalive(*datagram))
    {
        keepalive_(number_);
    }
    if (!IsAlive())
    {
        drop_(world::DropReason::kServerDead);
    }
}

void
RegistrarApp::HandleRead(ns3::Ptr<ns3::Socket> socket)
{
    ns3::Address from;
    while (const auto packet = socket->RecvFrom(from))
    {
        const auto peer = ns3::InetSocketAddress::ConvertFrom(from);
        const auto decoded =
            state_->codec.decode(state_->TextOf(*packet),
                                 {.host = ToHost(peer.GetIpv4()), .port = peer.GetPort()},
                                 GetAddress());
        if (const auto* message = std::get_if<sip::Message>(&decoded))
        {
            HandleMessage(*message);
        }
        else if (const auto* refusal = std::get_if<sip::Refusal>(&decoded))
        {
            HandleRefusal(*refusal);
        }
        else
        {
            drop_(world::DropReason::kKeepalive);
        }
    }
}

void
RegistrarApp::HandleMessage(const sip::Message& message)
{
    if (!station_->enabled())
    {
        Serve(message, process_);
        return;
    }
    const SimTime now = SimNow();
    const auto admission = station_->offer(now, message.credentials.has_value());
    if (!admission)
    {
        RefuseFull(message);
        return;
    }
    queued_(number_,
            admission->waiting,
            admission->begins - now,
            admission->done - admission->begins);
    ns3::Simulator::Schedule(DelayUntil(admission->done),
                             &RegistrarApp::Serve,
                             this,
                             message,
                             process_);
}

void
RegistrarApp::RefuseFull(const sip::Message& message)
{
    const auto& options = state_->world.registrars[number_].options.station;
    drop_(world::DropReason::kStationFull);
    if (options.when_full != registrar::StationOptions::WhenFull::kRefuse ||
        !message.is_request() || message.method == sip::Method::kAck)
    {
        return;
    }
    registrar::Reply reply;
    reply.status = 503;
    reply.seconds = options.retry_after.value_or(0);
    answered_(number_, reply.status, false);
    Transmit(registrar_->response(SimNow(), message, reply));
}

void
RegistrarApp::Serve(const sip::Message& message, std::uint32_t process)
{
    if (process != process_)
    {
        return; // it died with the process that held it
    }
    const auto handled = server_->on_request(SimNow(), message);
    if (!handled.response)
    {
        drop_(world::DropReason::kUnmatched);
        return;
    }
    if (message.method == sip::Method::kRegister)
    {
        answered_(number_, handled.response->status, handled.repeat);
    }
    Transmit(*handled.response);
    if (handled.reply != nullptr && handled.reply->changed)
    {
        binding_(message.to.user, locations_.lookup(message.to.user, SimNow()));
    }
}

void
RegistrarApp::HandleRefusal(const sip::Refusal& refusal)
{
    if (refusal.response)
    {
        drop_(world::DropReason::kRefused);
        Transmit(*refusal.response);
    }
    else
    {
        drop_(world::DropReason::kMalformed);
    }
}

void
RegistrarApp::Transmit(const sip::Message& message)
{
    const std::string text = state_->codec.encode(message);
    ++state_->sip_messages_sent;
    socket_->SendTo(ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(text.data()),
                                             static_cast<std::uint32_t>(text.size())),
                    0,
                    ns3::InetSocketAddress(ToNs3(message.dst.host), message.dst.port));
}

} // namespace sipsim::ns3carrier
