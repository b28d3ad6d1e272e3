#pragma once

// Models : the host of a name server: a UDP socket on port 53 in front of dns::Authority or
//          dns::SharedResolver.
// Drives : ns-3 starts it; PacketWorldHelper makes one per name server; FaultSchedule has it slow, lame or
//          with another zone.
// Keeps  : every query that reaches the host's interface is told of, alive or dead; what is malformed is
//          answered as the codec says or dropped.
// Leaves : what to answer (model/dns). Not modelled: TCP; time to process a query but for the fault.

#include "model/dns/authority.h"
#include "model/dns/shared_resolver.h"
#include "model/ns3/server_app.h"

#include "ns3/event-id.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sipsim::ns3carrier
{

class DnsApp : public ServerApp
{
  public:
    static ns3::TypeId GetTypeId();

    /// Trace source "Query": one is at the interface.
    typedef void (*QueryTracedCallback)(std::uint32_t dns, bool alive);
    /// Trace source "Answered": an answer leaves.
    typedef void (*AnsweredTracedCallback)(std::uint32_t dns, dns::Rcode rcode);

    /// What the application is in a run, before it starts. `state` outlives it.
    void Configure(RunState& state, std::uint32_t number, ns3::Ptr<AccessNetDevice> host_link);

    /// Each answer leaves so much later; several add up. Negative: that is over.
    void SlowBy(SimDuration delay)
    {
        slow_ += delay;
    }

    /// One more reason to refuse all queries, or (-1) one less.
    void Lame(std::int32_t more)
    {
        lame_ += more;
    }

    /// It serves another version of a zone; without a fault its own again.
    void ChangeZone(std::optional<std::uint32_t> fault);

  private:
    void StartApplication() override;
    void DoDispose() override;
    void HandleDatagram(std::string_view text, sip::Endpoint from) override;
    void OnArrival(const ns3::Packet& datagram) override;
    void OnDeath(bool for_good) override;

    void HandleQuery(const dns::Message& query, sip::Endpoint from);
    // From a server that our resolver asks.
    void HandleResponse(ns3::Ptr<ns3::Packet> datagram, sip::Endpoint from, std::uint16_t to_port);
    void HandleError(std::uint16_t from_port);
    void HandleDeadline();
    template <class Input>
    void StepResolver(const Input& input);
    void Rearm();
    void Answer(const dns::Message& response, sip::Endpoint to);
    void Leave(const std::string& octets,
               sip::Endpoint to,
               dns::Rcode rcode,
               std::uint32_t process);

    std::uint32_t number_ = 0;
    std::optional<dns::Authority> authority_;
    std::optional<dns::SharedResolver> resolver_;
    DrawKey key_;
    dns::Turns turns_{dns::RecordOrder::kAsSent};
    SimDuration slow_{0};
    std::int32_t lame_ = 0;
    std::uint32_t process_ = 0; // processes that died before the present one
    ns3::EventId wake_;
    SimTime wake_at_ = kNever;
    ns3::TracedCallback<std::uint32_t, bool> query_;
    ns3::TracedCallback<std::uint32_t, dns::Rcode> answered_;
};

} // namespace sipsim::ns3carrier
