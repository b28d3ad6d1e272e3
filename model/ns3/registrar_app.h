#pragma once

// Models : the host of a registrar: a UDP socket in front of registrar::RegistrarServer.
// Drives : ns-3 starts it; FaultSchedule takes it down and up.
// Keeps  : every REGISTER that reaches the host's interface is told of, alive or dead; a malformed
//          datagram is answered as the codec says or dropped, and never ends a run.
// Leaves : what to answer (registrar::Registrar), when (registrar::ServiceStation). Not modelled: TCP.

#include "model/ns3/server_app.h"
#include "model/ns3/sim_time.h"
#include "model/registrar/registrar_server.h"

#include <cstdint>
#include <optional>
#include <vector>

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

    [[nodiscard]] const registrar::LocationService& GetLocations() const
    {
        return state_->locations.service(index_);
    }

    /// The process is there, but has not loaded its bindings yet.
    [[nodiscard]] bool IsLoading() const
    {
        return (stand_in_ ? *stand_in_ : *this).station_->loading(SimNow());
    }

    /// 503 to every request from now on; `retry_after` in seconds, 0: none. One more Refuse(), one less
    /// by Accept().
    void Refuse(std::uint32_t retry_after);
    void Accept();

    [[nodiscard]] bool Refuses() const
    {
        return refusing_ > 0;
    }

    /// It would block a call by `user` from `source`: its terminal is suspended.
    [[nodiscard]] bool Blocks(sip::UserId user, sip::Host source, SimTime now) const
    {
        return (stand_in_ ? *stand_in_ : *this).registrar_->blocks(now, user, source);
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

    void Serve(const sip::Message& message, std::uint32_t process);
    void RefuseFull(const sip::Message& message);
    void RefuseWith(const sip::Message& message, std::uint32_t retry_after);

    // The one whose process answers at this address.
    [[nodiscard]] RegistrarApp& Answering()
    {
        return stand_in_ ? *stand_in_ : *this;
    }

    // Never what it was before a death or a switch.
    [[nodiscard]] std::uint32_t ProcessNumber() const
    {
        return process_ + (stand_in_ ? stand_in_->process_ : 0);
    }

    std::optional<registrar::Registrar> registrar_;
    std::optional<registrar::RegistrarServer> server_;
    std::optional<registrar::ServiceStation> station_;
    std::uint32_t process_ = 0; // processes that died before the present one
    ns3::Ptr<RegistrarApp> stand_in_;
    std::uint32_t refusing_ = 0;
    std::uint32_t refuse_for_ = 0;

    ns3::TracedCallback<std::uint32_t, bool> arrival_;
    ns3::TracedCallback<std::uint32_t, std::uint32_t, SimDuration, SimDuration> queued_;
    ns3::TracedCallback<std::uint32_t, std::uint16_t, bool> answered_;
    ns3::TracedCallback<std::uint32_t, registrar::Limit, sip::UserId> limit_;
    ns3::TracedCallback<std::uint32_t, sip::UserId> wrong_password_;
    ns3::TracedCallback<sip::UserId, const registrar::LocationService::Bindings&> binding_;
    ns3::TracedCallback<std::uint32_t> bindings_lost_;
};

} // namespace sipsim::ns3carrier
