#include "model/ns3/facts_bridge.h"

#include "model/ns3/packet_terrain.h"
#include "model/ns3/sim_time.h"

#include "ns3/callback.h"

namespace sipsim::ns3carrier
{

template <class Fact>
void
FactsBridge::Tell(const Fact& fact) noexcept
{
    if (thrown_)
    {
        return;
    }
    try
    {
        fact(observer_, SimNow());
    }
    catch (...)
    {
        // ns-3's event loop is no place to unwind through: the event under way would be lost.
        thrown_ = std::current_exception();
        ns3::Simulator::Stop();
    }
}

void
FactsBridge::Rethrow() const
{
    if (thrown_)
    {
        std::rethrow_exception(thrown_);
    }
}

void
FactsBridge::Connect(const ns3::Ptr<UserAgentApp>& app)
{
    app->TraceConnectWithoutContext("Tx", ns3::MakeCallback(&FactsBridge::Sent, this));
    app->TraceConnectWithoutContext("Rx", ns3::MakeCallback(&FactsBridge::Received, this));
    app->TraceConnectWithoutContext("Transition", ns3::MakeCallback(&FactsBridge::Changed, this));
    app->TraceConnectWithoutContext("Power", ns3::MakeCallback(&FactsBridge::Power, this));
    app->TraceConnectWithoutContext("Drop", ns3::MakeCallback(&FactsBridge::Dropped, this));
    app->TraceConnectWithoutContext("Keepalive",
                                    ns3::MakeCallback(&FactsBridge::KeepaliveSent, this));
    app->TraceConnectWithoutContext("Located", ns3::MakeCallback(&FactsBridge::Located, this));
}

void
FactsBridge::Connect(const ns3::Ptr<RegistrarApp>& app)
{
    app->TraceConnectWithoutContext("Arrival", ns3::MakeCallback(&FactsBridge::Arrived, this));
    app->TraceConnectWithoutContext("Keepalive",
                                    ns3::MakeCallback(&FactsBridge::KeepaliveArrived, this));
    app->TraceConnectWithoutContext("Queued", ns3::MakeCallback(&FactsBridge::Queued, this));
    app->TraceConnectWithoutContext("Answered", ns3::MakeCallback(&FactsBridge::Answered, this));
    app->TraceConnectWithoutContext("Limit", ns3::MakeCallback(&FactsBridge::Limited, this));
    app->TraceConnectWithoutContext("WrongPassword",
                                    ns3::MakeCallback(&FactsBridge::WrongPassword, this));
    app->TraceConnectWithoutContext("Binding", ns3::MakeCallback(&FactsBridge::Bound, this));
    app->TraceConnectWithoutContext("BindingsLost",
                                    ns3::MakeCallback(&FactsBridge::BindingsLost, this));
    app->TraceConnectWithoutContext("Drop", ns3::MakeCallback(&FactsBridge::Dropped, this));
}

void
FactsBridge::Connect(const ns3::Ptr<ProxyApp>& app)
{
    app->TraceConnectWithoutContext("Arrival", ns3::MakeCallback(&FactsBridge::ProxyArrived, this));
    app->TraceConnectWithoutContext("Keepalive",
                                    ns3::MakeCallback(&FactsBridge::KeepaliveArrived, this));
    app->TraceConnectWithoutContext("Answered",
                                    ns3::MakeCallback(&FactsBridge::ProxyAnswered, this));
    app->TraceConnectWithoutContext("Drop", ns3::MakeCallback(&FactsBridge::Dropped, this));
}

void
FactsBridge::Connect(const ns3::Ptr<StunApp>& app)
{
    app->TraceConnectWithoutContext("Arrival", ns3::MakeCallback(&FactsBridge::StunArrived, this));
    app->TraceConnectWithoutContext("Drop", ns3::MakeCallback(&FactsBridge::Dropped, this));
}

void
FactsBridge::Connect(const ns3::Ptr<DnsApp>& app)
{
    app->TraceConnectWithoutContext("Query", ns3::MakeCallback(&FactsBridge::Queried, this));
    app->TraceConnectWithoutContext("Answered", ns3::MakeCallback(&FactsBridge::DnsAnswered, this));
    app->TraceConnectWithoutContext("Drop", ns3::MakeCallback(&FactsBridge::Dropped, this));
}

void
FactsBridge::Connect(const ns3::Ptr<PopRouter>& router)
{
    router->TraceConnectWithoutContext("Drop", ns3::MakeCallback(&FactsBridge::Lost, this));
}

void
FactsBridge::Connect(const ns3::Ptr<PopNetDevice>& device)
{
    device->TraceConnectWithoutContext("Drop", ns3::MakeCallback(&FactsBridge::Lost, this));
}

void
FactsBridge::ConnectServerLink(const ns3::Ptr<AccessNetDevice>& device)
{
    device->TraceConnectWithoutContext("Drop", ns3::MakeCallback(&FactsBridge::LostAtServer, this));
}

void
FactsBridge::Fault(std::uint32_t fault, bool begins)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_fault(at, fault, begins); });
}

void
FactsBridge::Call(std::uint32_t aor, world::CallClass call_class)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_call(at, aor, call_class); });
}

void
FactsBridge::Outgoing(world::AccountIndex account, world::OutgoingClass call_class)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_outgoing(at, account, call_class); });
}

void
FactsBridge::Sent(world::AccountIndex account,
                  const sip::Message& message,
                  std::uint32_t octets,
                  bool again)
{
    Tell([&](world::Observer& o, SimTime at) {
        o.on_ua_message({.at = at,
                         .ua = account,
                         .direction = world::Direction::kSend,
                         .message = message,
                         .bytes = octets,
                         .again = again});
    });
}

void
FactsBridge::Received(world::AccountIndex account,
                      const sip::Message& message,
                      std::uint32_t octets,
                      bool again)
{
    Tell([&](world::Observer& o, SimTime at) {
        o.on_ua_message({.at = at,
                         .ua = account,
                         .direction = world::Direction::kReceive,
                         .message = message,
                         .bytes = octets,
                         .again = again});
    });
}

void
FactsBridge::Changed(world::AccountIndex account, const registration::Transition& transition)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_transition(at, account, transition); });
}

void
FactsBridge::Power(world::DeviceIndex device, bool powered, sip::Endpoint address)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_device(at, device, powered, address); });
}

void
FactsBridge::Dropped(world::DropReason reason)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_drop(at, reason); });
}

void
FactsBridge::Lost(ns3::Ptr<const ns3::Packet> /*packet*/, world::DropReason reason)
{
    Dropped(reason);
}

void
FactsBridge::LostAtServer(ns3::Ptr<const ns3::Packet> /*packet*/, world::DropReason reason)
{
    if (reason != world::DropReason::kNoHost)
    {
        Dropped(reason);
    }
}

void
FactsBridge::Arrived(std::uint32_t registrar, bool alive)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_register_arrival(at, registrar, alive); });
}

void
FactsBridge::KeepaliveSent(world::DeviceIndex device)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_keepalive_sent(at, device); });
}

void
FactsBridge::KeepaliveArrived(world::ServerIndex server)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_keepalive_arrival(at, server); });
}

void
FactsBridge::ProxyArrived(std::uint32_t proxy, bool alive)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_proxy_arrival(at, proxy, alive); });
}

void
FactsBridge::ProxyAnswered(std::uint32_t proxy, std::uint16_t status)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_proxy_answered(at, proxy, status); });
}

void
FactsBridge::StunArrived(std::uint32_t server)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_stun_arrival(at, server); });
}

void
FactsBridge::Queried(std::uint32_t dns, bool alive)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_dns_query(at, dns, alive); });
}

void
FactsBridge::DnsAnswered(std::uint32_t dns, dns::Rcode rcode)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_dns_answered(at, dns, rcode); });
}

void
FactsBridge::Located(world::DeviceIndex device, bool located)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_located(at, device, located); });
}

void
FactsBridge::Ping(world::ServerIndex server)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_ping_sent(at, server); });
}

void
FactsBridge::Queued(std::uint32_t registrar,
                    std::uint32_t waiting,
                    SimDuration wait,
                    SimDuration service)
{
    Tell([&](world::Observer& o, SimTime at) {
        o.on_queued(at, registrar, waiting, wait, service);
    });
}

void
FactsBridge::Answered(std::uint32_t registrar, std::uint16_t status, bool repeat)
{
    Tell([&](world::Observer& o, SimTime at) {
        o.on_register_answered(at, registrar, status, repeat);
    });
}

void
FactsBridge::Limited(std::uint32_t registrar, registrar::Limit limit, sip::UserId user)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_limit(at, registrar, limit, user); });
}

void
FactsBridge::WrongPassword(std::uint32_t registrar, sip::UserId user)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_wrong_password(at, registrar, user); });
}

void
FactsBridge::Bound(sip::UserId aor, const registrar::LocationService::Bindings& bindings)
{
    // AOR number n is user n + 1; texts of foreign users are no AOR of ours.
    const auto user = static_cast<std::uint64_t>(aor);
    if (user == 0 || user > layout_.aors())
    {
        return;
    }
    const std::uint32_t number = world::aor_of(aor);
    const std::uint32_t fleet = layout_.fleet_of_aor(number);
    Tell([&](world::Observer& o, SimTime at) {
        o.on_bindings(at,
                      number,
                      world_.fleets[fleet].locating
                          ? world::bindings_anywhere(at, world_, layout_, terrain_, fleet, aor)
                          : bindings);
    });
}

void
FactsBridge::BindingsLost(std::uint32_t registrar)
{
    Tell([&](world::Observer& o, SimTime at) { o.on_bindings_lost(at, registrar); });
}

} // namespace sipsim::ns3carrier
