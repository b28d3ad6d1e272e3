#include "model/ns3/pop_net_device.h"

#include "ns3/trace-source-accessor.h"
#include "ns3/uinteger.h"

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(PopNetDevice);

ns3::TypeId
PopNetDevice::GetTypeId()
{
    static const ns3::TypeId tid =
        ns3::TypeId("sipsim::PopNetDevice")
            .SetParent<ns3::NetDevice>()
            .SetGroupName("Sipsim")
            // Not modelled: IP fragmentation: the default takes every datagram whole.
            .AddAttribute("Mtu",
                          "Largest IPv4 datagram, in octets; RFC 791 demands 68 at least.",
                          ns3::UintegerValue(65535),
                          ns3::MakeUintegerAccessor(&PopNetDevice::SetMtu, &PopNetDevice::GetMtu),
                          ns3::MakeUintegerChecker<std::uint16_t>(68, 65535))
            .AddTraceSource("Tx",
                            "A datagram, IPv4 header first, is offered to the link.",
                            ns3::MakeTraceSourceAccessor(&PopNetDevice::tx_),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("Rx",
                            "A datagram's last bit arrived, whether the host has power or not.",
                            ns3::MakeTraceSourceAccessor(&PopNetDevice::rx_),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("Drop",
                            "A datagram ends here.",
                            ns3::MakeTraceSourceAccessor(&PopNetDevice::drop_),
                            "sipsim::PopNetDevice::DropTracedCallback");
    return tid;
}

void
PopNetDevice::DoDispose()
{
    node_ = nullptr;
    receive_ = ReceiveCallback{};
    NetDevice::DoDispose();
}

void
PopNetDevice::HandUp(const ns3::Ptr<ns3::Packet>& packet)
{
    if (!receive_.IsNull())
    {
        receive_(this, packet, kIpv4EtherType, GetBroadcast());
    }
}

std::uint32_t
PopNetDevice::NodeId() const
{
    return node_->GetId();
}

void
PopNetDevice::SetIfIndex(const std::uint32_t index)
{
    if_index_ = index;
}

std::uint32_t
PopNetDevice::GetIfIndex() const
{
    return if_index_;
}

void
PopNetDevice::SetAddress(ns3::Address address)
{
    address_ = ns3::Mac48Address::ConvertFrom(address);
}

ns3::Address
PopNetDevice::GetAddress() const
{
    return address_;
}

bool
PopNetDevice::SetMtu(const std::uint16_t mtu)
{
    mtu_ = mtu;
    return true;
}

std::uint16_t
PopNetDevice::GetMtu() const
{
    return mtu_;
}

bool
PopNetDevice::IsLinkUp() const
{
    return true;
}

void
PopNetDevice::AddLinkChangeCallback(ns3::Callback<void> /*callback*/)
{
    // The carrier never changes: a blocked link loses datagrams, it does not tell its ends.
}

bool
PopNetDevice::IsBroadcast() const
{
    return false;
}

ns3::Address
PopNetDevice::GetBroadcast() const
{
    return ns3::Mac48Address::GetBroadcast();
}

bool
PopNetDevice::IsMulticast() const
{
    return false;
}

ns3::Address
PopNetDevice::GetMulticast(ns3::Ipv4Address group) const
{
    return ns3::Mac48Address::GetMulticast(group);
}

ns3::Address
PopNetDevice::GetMulticast(ns3::Ipv6Address address) const
{
    return ns3::Mac48Address::GetMulticast(address);
}

bool
PopNetDevice::IsBridge() const
{
    return false;
}

bool
PopNetDevice::IsPointToPoint() const
{
    return false;
}

bool
PopNetDevice::SendFrom(ns3::Ptr<ns3::Packet> packet,
                       const ns3::Address& /*source*/,
                       const ns3::Address& dest,
                       std::uint16_t protocol)
{
    return Send(packet, dest, protocol);
}

ns3::Ptr<ns3::Node>
PopNetDevice::GetNode() const
{
    return node_;
}

void
PopNetDevice::SetNode(ns3::Ptr<ns3::Node> node)
{
    node_ = node;
}

bool
PopNetDevice::NeedsArp() const
{
    return false;
}

void
PopNetDevice::SetReceiveCallback(ReceiveCallback callback)
{
    receive_ = callback;
}

void
PopNetDevice::SetPromiscReceiveCallback(PromiscReceiveCallback /*callback*/)
{
}

bool
PopNetDevice::SupportsSendFrom() const
{
    return false;
}

} // namespace sipsim::ns3carrier
