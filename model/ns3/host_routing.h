#pragma once

// Models : routing of a host with one access link: everything goes to the router of its PoP.
// Drives : ns-3's IPv4 stack asks it for each datagram.
// Keeps  : O(1); one route object for the life of an address.
// Leaves : forwarding (PopRouter), multicast, broadcast. What is not for the host is refused.

#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv4.h"

#include <vector>

namespace sipsim::ns3carrier
{

class HostRouting : public ns3::Ipv4RoutingProtocol
{
  public:
    static ns3::TypeId GetTypeId();

    /// All datagrams go out by interface `interface` to `gateway`.
    void SetDefaultRoute(std::uint32_t interface, ns3::Ipv4Address gateway);

    // ns3::Ipv4RoutingProtocol
    ns3::Ptr<ns3::Ipv4Route> RouteOutput(ns3::Ptr<ns3::Packet> packet,
                                         const ns3::Ipv4Header& header,
                                         ns3::Ptr<ns3::NetDevice> oif,
                                         ns3::Socket::SocketErrno& error) override;
    bool RouteInput(ns3::Ptr<const ns3::Packet> packet,
                    const ns3::Ipv4Header& header,
                    ns3::Ptr<const ns3::NetDevice> device,
                    UnicastForwardCallback forward,
                    MulticastForwardCallback forward_multicast,
                    LocalDeliverCallback deliver,
                    ErrorCallback error) override;
    void NotifyInterfaceUp(std::uint32_t interface) override;
    void NotifyInterfaceDown(std::uint32_t interface) override;
    void NotifyAddAddress(std::uint32_t interface, ns3::Ipv4InterfaceAddress address) override;
    void NotifyRemoveAddress(std::uint32_t interface, ns3::Ipv4InterfaceAddress address) override;
    void SetIpv4(ns3::Ptr<ns3::Ipv4> ipv4) override;
    void PrintRoutingTable(ns3::Ptr<ns3::OutputStreamWrapper> stream,
                           ns3::Time::Unit unit) const override;

  private:
    void DoDispose() override;
    void Refresh();

    ns3::Ptr<ns3::Ipv4> ipv4_;
    ns3::Ptr<ns3::Ipv4Route> route_; // none while the interface has no address
    ns3::Ipv4Address gateway_;
    ns3::Ipv4Address local_;
    std::vector<ns3::Ipv4Address> more_; // of a host with several addresses
    std::uint32_t interface_ = 0;        // 0: no default route yet (interface 0 is the loopback)
};

} // namespace sipsim::ns3carrier
