#include "model/ns3/host_stack.h"

#include "model/ns3/host_routing.h"
#include "model/ns3/host_udp.h"

#include "ns3/icmpv4-l4-protocol.h"
#include "ns3/ipv4-interface-address.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/traffic-control-layer.h"
#include "ns3/uinteger.h"

namespace sipsim::ns3carrier
{

namespace
{

constexpr std::uint32_t kInterface = 1; // 0 is the loopback
// Model choice: the largest TTL instead of the 64 of RFC 1122's successors: no map loses a datagram by
// its length in hops before 254 routers.
constexpr std::uint8_t kTtl = 255;

ns3::Ipv4Mask
MaskOf(std::uint32_t prefix_length)
{
    return ns3::Ipv4Mask{~std::uint32_t{0} << (32U - prefix_length)};
}

} // namespace

void
InstallHostStack(const ns3::Ptr<ns3::Node>& node,
                 const ns3::Ptr<PopNetDevice>& device,
                 const HostAddress& address)
{
    const auto routing = ns3::CreateObject<HostRouting>();
    const auto ipv4 = ns3::CreateObject<ns3::Ipv4L3Protocol>();
    ipv4->SetDefaultTtl(kTtl);
    ipv4->SetRoutingProtocol(routing);
    node->AggregateObject(ns3::CreateObject<ns3::TrafficControlLayer>());
    node->AggregateObject(ipv4);
    node->AggregateObject(ns3::CreateObject<ns3::Icmpv4L4Protocol>());
    node->AggregateObject(ns3::CreateObject<HostUdp>());

    const std::uint32_t interface = ipv4->AddInterface(device);
    ipv4->AddAddress(interface, {ToNs3(address.local), MaskOf(address.prefix_length)});
    ipv4->SetUp(interface);
    routing->SetDefaultRoute(interface, ToNs3(address.gateway));
}

void
AddHostAddress(const ns3::Ptr<ns3::Node>& node, sip::Host address, std::uint32_t prefix_length)
{
    node->GetObject<ns3::Ipv4>()->AddAddress(kInterface, {ToNs3(address), MaskOf(prefix_length)});
}

void
ChangeHostAddress(const ns3::Ptr<ns3::Node>& node, sip::Host address, std::uint32_t prefix_length)
{
    const auto ipv4 = node->GetObject<ns3::Ipv4>();
    while (ipv4->GetNAddresses(kInterface) > 0)
    {
        ipv4->RemoveAddress(kInterface, 0U);
    }
    ipv4->AddAddress(kInterface, {ToNs3(address), MaskOf(prefix_length)});
}

} // namespace sipsim::ns3carrier
