#pragma once

// Models : a place of the simulation that is taken by the real network: what reaches the host's link
//          goes out to a tun interface, what comes from there is sent on the link.
// Drives : PacketWorldHelper puts one in the place of a device or a registrar; Start() and Stop() stand
//          around a real-time run.
// Keeps  : datagrams as they are, but for a UDP checksum where the sender has left it out; one from
//          outside that the simulation does not carry (carried_datagram.h) is counted and dropped.
// Leaves : the interface, its addresses and routes (scenarios/runner/live_interface.h); what follows when
//          it is gone (live_carrier.h). Not modelled:
//          fragments; the interface takes 65 535 octets, so none are made.

#include "model/ns3/access_channel.h"

#include "ns3/object.h"

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace sipsim::ns3carrier
{

struct TapCounts
{
    std::uint64_t in = 0;      // datagrams from the real network
    std::uint64_t out = 0;     // to it
    std::uint64_t refused = 0; // from it, not carried; or to it, not taken
};

class TapGate : public ns3::Object
{
  public:
    static ns3::TypeId GetTypeId();

    /// `descriptor`: of a tun interface without packet information (IFF_TUN | IFF_NO_PI), non-blocking;
    /// stays the caller's. `link` is on a node of its own, without a stack.
    void Attach(int descriptor, ns3::Ptr<AccessNetDevice> link);

    /// Begins to read. Precondition: the simulation runs in real time.
    void Start();
    /// Ends reading; nothing comes in any more.
    void Stop();

    /// The interface is gone: nothing comes in any more. From any thread.
    [[nodiscard]] bool IsLost() const
    {
        return lost_;
    }

    [[nodiscard]] const TapCounts& GetCounts() const
    {
        return counts_;
    }

  private:
    void DoDispose() override;
    void Read();
    void Inject(std::vector<std::uint8_t> octets);
    void Emit(ns3::Ptr<ns3::NetDevice> device,
              ns3::Ptr<const ns3::Packet> packet,
              std::uint16_t protocol,
              const ns3::Address& from,
              const ns3::Address& to,
              ns3::NetDevice::PacketType type);

    int descriptor_ = -1;
    ns3::Ptr<AccessNetDevice> link_;
    TapCounts counts_; // of the simulation's thread
    std::vector<std::uint8_t> buffer_;
    std::thread reader_;
    std::atomic<bool> stop_{false};
    std::atomic<bool> lost_{false};
    std::uint32_t context_ = 0;
};

} // namespace sipsim::ns3carrier
