#pragma once

// Models : the host of a registrar: a UDP socket in front of registrar::RegistrarServer.
// Drives : ns-3 starts it; FaultSchedule takes it down and up.
// Keeps  : every REGISTER that reaches the host's interface is told of, alive or dead; a malformed
//          datagram is answered as the codec says or dropped, and never ends a run.
// Leaves : what to answer (registrar::Registrar), when (registrar::ServiceStation). Not modelled: TCP.

#include "model/ns3/access_channel.h"
#include "model/ns3/run_state.h"
#include "model/registrar/registrar_server.h"
#include "model/world/facts.h"

#include "ns3/application.h"
#include "ns3/socket.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <optional>

namespace sipsim::ns3carrier
{

class RegistrarApp : public ns3::Application
{
  public:
    static ns3::TypeId GetTypeId();

    /// Trace source "Arrival": a REGISTER at the interface.
    typedef void (*ArrivalTracedCallback)(std::uint32_t registrar, bool alive);
    /// Trace source "Keepalive": one is at the interface.
    typedef void (*KeepaliveTracedCallback)(std::uint32_t registrar);
    /// Trace source "Queued": a request took a place at the service station.
    typedef void (*QueuedTracedCallback)(std::uint32_t registrar,
                                         std::uint32_t waiting,
                                         SimDuration wait,
                                         SimDuration service);
    /// Trace source "Answered": a response to a REGISTER was sent.
    typedef void (*AnsweredTracedCallback)(std::uint32_t registrar,
                                           std::uint16_t status,
                                           bool repeat);
    /// Trace source "Binding": the bindings of an AOR after a change.
    typedef void (*BindingTracedCallback)(sip::UserId aor,
                                          const registrar::LocationService::Bindings& bindings);
    /// Trace source "BindingsLost".
    typedef void (*BindingsLostTracedCallback)(std::uint32_t registrar);
    /// Trace source "Drop".
    typedef void (*DropTracedCallback)(world::DropReason reason);

    /// What the application is in a run, before it starts. `state` outlives it.
    void Configure(RunState& state, std::uint32_t registrar, ns3::Ptr<AccessNetDevice> host_link);

    /// One more outage begins. kSilent: the host is dead. kIcmp: only the process; ns-3's stack answers
    /// port unreachable. While several last, the host is dead if it is by one of them.
    void BeginOutage(world::Unreachable unreachable);
    /// One of them ends; with the last one the process starts anew.
    void EndOutage(world::Unreachable unreachable);

    [[nodiscard]] bool IsAlive() const
    {
        return silent_outages_ + icmp_outages_ == 0;
    }

    [[nodiscard]] const registrar::LocationService& GetLocations() const
    {
        return locations_;
    }

    [[nodiscard]] ns3::Ptr<AccessNetDevice> GetLink() const
    {
        return link_;
    }

  private:
    void StartApplication() override;
    void StopApplication() override;
    void DoDispose() override;

    void OpenSocket();
    void CloseSocket();
    void HandleArrival(ns3::Ptr<const ns3::Packet> datagram);
    void HandleRead(ns3::Ptr<ns3::Socket> socket);
    void HandleMessage(const sip::Message& message);
    void Serve(const sip::Message& message, std::uint32_t process);
    void RefuseFull(const sip::Message& message);
    void HandleRefusal(const sip::Refusal& refusal);
    void Transmit(const sip::Message& message);
    [[nodiscard]] sip::Endpoint GetAddress() const;

    std::uint16_t port_ = sip::kSipPort;
    RunState* state_ = nullptr;
    std::uint32_t number_ = 0;
    ns3::Ptr<AccessNetDevice> link_;
    ns3::Ptr<ns3::Socket> socket_; // none while the process is dead
    std::uint32_t silent_outages_ = 0;
    std::uint32_t icmp_outages_ = 0;
    registrar::LocationService locations_;
    std::optional<registrar::Registrar> registrar_;
    std::optional<registrar::RegistrarServer> server_;
    std::optional<registrar::ServiceStation> station_;
    std::uint32_t process_ = 0; // processes that died before the present one

    ns3::TracedCallback<std::uint32_t, bool> arrival_;
    ns3::TracedCallback<std::uint32_t> keepalive_;
    ns3::TracedCallback<std::uint32_t, std::uint32_t, SimDuration, SimDuration> queued_;
    ns3::TracedCallback<std::uint32_t, std::uint16_t, bool> answered_;
    ns3::TracedCallback<sip::UserId, const registrar::LocationService::Bindings&> binding_;
    ns3::TracedCallback<std::uint32_t> bindings_lost_;
    ns3::TracedCallback<world::DropReason> drop_;
};

} // namespace sipsim::ns3carrier
