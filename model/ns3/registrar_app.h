#pragma once

// Models : the host of a registrar: a UDP socket in front of registrar::Host.
// Drives : ns-3 starts it; FaultSchedule takes it down and up.
// Keeps  : every REGISTER that reaches the host's interface is told of, alive or dead; a malformed
//          datagram is answered as the codec says or dropped, and never ends a run.
// Leaves : what becomes of a message, and when (registrar::Host). Not modelled: TCP.

#include "model/ns3/server_app.h"
#include "model/registrar/host.h"

#include <cstdint>
#include <optional>

namespace sipsim::ns3carrier
{

class RegistrarApp : public ServerApp
{
  public:
    static ns3::TypeId GetTypeId();

    /// Trace source "Arrival": a REGISTER at the interface.
    typedef void (*ArrivalTracedCallback)(std::uint32_t registrar, bool alive);
    /// Trace source "Queued": a request took a place at the service station.
    typedef void (*QueuedTracedCallback)(std::uint32_t registrar,
                                         std::uint32_t waiting,
                                         SimDuration wait,
                                         SimDuration service);
    /// Trace source "Limit": a limit decided about a request to `user`.
    typedef void (*LimitTracedCallback)(std::uint32_t registrar,
                                        registrar::Limit limit,
                                        sip::UserId user);
    /// Trace source "WrongPassword": a password of `user` was looked at and was wrong.
    typedef void (*WrongPasswordTracedCallback)(std::uint32_t registrar, sip::UserId user);
    /// Trace source "Answered": a response to a REGISTER was sent.
    typedef void (*AnsweredTracedCallback)(std::uint32_t registrar,
                                           std::uint16_t status,
                                           bool repeat);
    /// Trace source "Binding": the bindings of an AOR after a change.
    typedef void (*BindingTracedCallback)(sip::UserId aor,
                                          const registrar::LocationService::Bindings& bindings);
    /// Trace source "BindingsLost".
    typedef void (*BindingsLostTracedCallback)(std::uint32_t registrar);

    /// What the application is in a run, before it starts. `state` outlives it.
    void Configure(RunState& state, std::uint32_t registrar, ns3::Ptr<AccessNetDevice> host_link);

    [[nodiscard]] registrar::Host& GetHost()
    {
        return *host_;
    }

    [[nodiscard]] const registrar::LocationService& GetLocations() const
    {
        return host_->locations();
    }

    /// The process of `standby` answers at this address from now on; before the EndOutage() that ends the
    /// address's own outage.
    void TakeOver(const ns3::Ptr<RegistrarApp>& standby);

  private:
    void HandleMessage(const sip::Message& message) override;
    void OnArrival(const ns3::Packet& datagram) override;
    void OnDeath(bool for_good) override;
    void OnReturn() override;
    void DoDispose() override;

    void Serve(const sip::Message& message, registrar::ProcessNumber process);
    void Perform(const sip::Message& message,
                 const registrar::Outcome& outcome,
                 const sip::Message& response);

    std::optional<registrar::Host> host_;
    ns3::Ptr<RegistrarApp> standby_; // whose host's process answers here

    ns3::TracedCallback<std::uint32_t, bool> arrival_;
    ns3::TracedCallback<std::uint32_t, std::uint32_t, SimDuration, SimDuration> queued_;
    ns3::TracedCallback<std::uint32_t, std::uint16_t, bool> answered_;
    ns3::TracedCallback<std::uint32_t, registrar::Limit, sip::UserId> limit_;
    ns3::TracedCallback<std::uint32_t, sip::UserId> wrong_password_;
    ns3::TracedCallback<sip::UserId, const registrar::LocationService::Bindings&> binding_;
    ns3::TracedCallback<std::uint32_t> bindings_lost_;
};

} // namespace sipsim::ns3carrier
