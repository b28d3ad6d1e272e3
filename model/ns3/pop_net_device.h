#pragma once

// Models : what all network devices of a point of presence (PoP) have in common: they carry IPv4 only,
//          as raw IP without a link layer, and never need ARP.
// Drives : AccessNetDevice, AccessPort and LinkNetDevice derive from it.
// Keeps  : sizes on links are IP total lengths; every datagram that is not carried on is a Drop.
// Leaves : queues (network::LinkDirection), broadcast, IPv6, promiscuous mode.

#include "model/network/link.h"
#include "model/ns3/ipv4_bytes.h"
#include "model/world/facts.h"

#include "ns3/mac48-address.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/traced-callback.h"

#include <cstdint>

namespace sipsim::ns3carrier
{

/// A datagram between our devices, with what its losses are drawn by. It stands beside the packet, not
/// in a tag of it: no header or tag is searched at a hop.
struct Datagram
{
    ns3::Ptr<ns3::Packet> packet;
    std::uint32_t device = 0; // whose traffic it is (network::DatagramKey)
    std::uint64_t n = 0;
};

class PopNetDevice : public ns3::NetDevice
{
  public:
    static ns3::TypeId GetTypeId();

    /// Trace source "Drop".
    typedef void (*DropTracedCallback)(ns3::Ptr<const ns3::Packet> packet,
                                       world::DropReason reason);

    // ns3::NetDevice
    void SetIfIndex(const std::uint32_t index) override;
    std::uint32_t GetIfIndex() const override;
    void SetAddress(ns3::Address address) override;
    ns3::Address GetAddress() const override;
    bool SetMtu(const std::uint16_t mtu) override;
    std::uint16_t GetMtu() const override;
    bool IsLinkUp() const override;
    void AddLinkChangeCallback(ns3::Callback<void> callback) override;
    bool IsBroadcast() const override;
    ns3::Address GetBroadcast() const override;
    bool IsMulticast() const override;
    ns3::Address GetMulticast(ns3::Ipv4Address group) const override;
    ns3::Address GetMulticast(ns3::Ipv6Address address) const override;
    bool IsBridge() const override;
    bool IsPointToPoint() const override;
    bool SendFrom(ns3::Ptr<ns3::Packet> packet,
                  const ns3::Address& source,
                  const ns3::Address& dest,
                  std::uint16_t protocol) override;
    ns3::Ptr<ns3::Node> GetNode() const override;
    void SetNode(ns3::Ptr<ns3::Node> node) override;
    bool NeedsArp() const override;
    void SetReceiveCallback(ReceiveCallback callback) override;
    void SetPromiscReceiveCallback(PromiscReceiveCallback callback) override;
    bool SupportsSendFrom() const override;

  protected:
    void DoDispose() override;

    /// Hands a datagram to the node's protocol handlers.
    void HandUp(const ns3::Ptr<ns3::Packet>& packet);

    /// The node's number, for the context of events.
    [[nodiscard]] std::uint32_t NodeId() const;

    ns3::TracedCallback<ns3::Ptr<const ns3::Packet>> tx_;
    ns3::TracedCallback<ns3::Ptr<const ns3::Packet>> rx_;
    ns3::TracedCallback<ns3::Ptr<const ns3::Packet>, world::DropReason> drop_;

  private:
    ns3::Ptr<ns3::Node> node_;
    ReceiveCallback receive_;
    ns3::Mac48Address address_;
    std::uint32_t if_index_ = 0;
    std::uint16_t mtu_ = 0;
};

} // namespace sipsim::ns3carrier
