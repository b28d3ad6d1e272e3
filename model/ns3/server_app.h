#pragma once

// Models : the host of a server and the process on it: up, down, and who answers meanwhile.
// Drives : FaultSchedule takes it down and up; what the server is for derives from this.
// Keeps  : while several outages last, the host is dead if it is by one of them.
// Leaves : what arrives at the interface (OnArrival()), what is made of a SIP message (HandleMessage()).

#include "model/nat/stun_server.h"
#include "model/ns3/access_channel.h"
#include "model/ns3/run_state.h"
#include "model/world/facts.h"
#include "model/world/servers.h"

#include "ns3/application.h"
#include "ns3/socket.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace sipsim::ns3carrier
{

class ServerApp : public ns3::Application
{
  public:
    static ns3::TypeId GetTypeId();

    /// Trace source "Drop".
    typedef void (*DropTracedCallback)(world::DropReason reason);
    /// Trace source "Keepalive": one, answered or not, is at the interface.
    typedef void (*KeepaliveTracedCallback)(world::ServerIndex server);

    /// One more outage begins. kSilent: the host is dead. kIcmp: only the process; ns-3's stack answers
    /// port unreachable.
    void BeginOutage(world::Unreachable unreachable, bool for_good = false);
    /// One of them ends; with the last one the process starts anew.
    void EndOutage(world::Unreachable unreachable);

    [[nodiscard]] bool IsAlive() const
    {
        return silent_outages_ + icmp_outages_ == 0;
    }

    [[nodiscard]] ns3::Ptr<AccessNetDevice> GetLink() const
    {
        return link_;
    }

    [[nodiscard]] ns3::Ptr<ns3::Socket> GetSocket() const
    {
        return socket_;
    }

    // From the one socket of Open(); precondition: IsAlive().
    void Transmit(const sip::Message& message);
    void SendOctets(std::string_view octets, sip::Endpoint to);

  protected:
    /// `answers_stun`: so does the SIP port (RFC 5626 §8).
    void Attach(RunState& state,
                world::ServerIndex server,
                ns3::Ptr<AccessNetDevice> link,
                bool answers_stun);

    void StartApplication() override;
    void StopApplication() override;
    void DoDispose() override;

    /// The process starts: it opens its sockets; ends: it closes them. By default one on SIP's port.
    virtual void Open();
    virtual void Close();
    /// A datagram at the one socket of Open(); by default SIP, or STUN.
    virtual void HandleDatagram(std::string_view text, sip::Endpoint from);
    /// A SIP message there.
    virtual void HandleMessage(const sip::Message& message);
    /// A datagram is at the interface, alive or dead.
    virtual void OnArrival(const ns3::Packet& datagram) = 0;
    /// What the process held in memory dies with it, not when it comes back.
    virtual void OnDeath(bool for_good) = 0;
    /// It is back after an outage.
    virtual void OnReturn();

    /// The reply to a STUN datagram, if one is owed; what is refused or no request is told of.
    [[nodiscard]] std::optional<nat::StunReply> StunReplyTo(const nat::StunServer& server,
                                                            std::string_view text,
                                                            sip::Endpoint at,
                                                            sip::Endpoint from);

    [[nodiscard]] sip::Endpoint GetAddress() const
    {
        return {.host = state_->layout.server_address(index_).host, .port = port_};
    }

    std::uint16_t port_ = sip::kSipPort;
    RunState* state_ = nullptr;
    world::ServerIndex index_ = 0;
    ns3::TracedCallback<world::DropReason> drop_;
    ns3::TracedCallback<world::ServerIndex> keepalive_;

  private:
    void HandleArrival(ns3::Ptr<const ns3::Packet> datagram);
    void HandleRead(ns3::Ptr<ns3::Socket> socket);

    std::optional<nat::StunServer> stun_; // on the SIP port
    ns3::Ptr<AccessNetDevice> link_;
    ns3::Ptr<ns3::Socket> socket_; // none while the process is dead
    std::uint32_t silent_outages_ = 0;
    std::uint32_t icmp_outages_ = 0;
};

} // namespace sipsim::ns3carrier
