#include "model/ns3/host_routing.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv4-interface-address.h"
#include "ns3/output-stream-wrapper.h"
#include "ns3/packet.h"

#include <algorithm>
#include <utility>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(HostRouting);

ns3::TypeId
HostRouting::GetTypeId()
{
    static const ns3::TypeId tid = ns3::TypeId("sipsim::HostRouting")
                                       .SetParent<ns3::Ipv4RoutingProtocol>()
                                       .SetGroupName("Sipsim")
                                       .AddConstructor<HostRouting>();
    return tid;
}

void
HostRouting::SetDefaultRoute(std::uint32_t interface, ns3::Ipv4Address gateway)
{
    interface_ = interface;
    gateway_ = gateway;
    Refresh();
}

void
HostRouting::Refresh()
{
    route_ = nullptr;
    if (!ipv4_ || interface_ == 0 || ipv4_->GetNAddresses(interface_) == 0)
    {
        return;
    }
    local_ = ipv4_->GetAddress(interface_, 0).GetLocal();
    more_.clear();
    for (std::uint32_t i = 1; i < ipv4_->GetNAddresses(interface_); ++i)
    {
        more_.push_back(ipv4_->GetAddress(interface_, i).GetLocal());
    }
    route_ = ns3::Create<ns3::Ipv4Route>();
    route_->SetSource(local_);
    route_->SetGateway(gateway_);
    route_->SetOutputDevice(ipv4_->GetNetDevice(interface_));
}

ns3::Ptr<ns3::Ipv4Route>
HostRouting::RouteOutput(ns3::Ptr<ns3::Packet> /*packet*/,
                         const ns3::Ipv4Header& /*header*/,
                         ns3::Ptr<ns3::NetDevice> /*oif*/,
                         ns3::Socket::SocketErrno& error)
{
    error = route_ ? ns3::Socket::ERROR_NOTERROR : ns3::Socket::ERROR_NOROUTETOHOST;
    return route_;
}

bool
HostRouting::RouteInput(ns3::Ptr<const ns3::Packet> packet,
                        const ns3::Ipv4Header& header,
                        ns3::Ptr<const ns3::NetDevice> /*device*/,
                        UnicastForwardCallback /*forward*/,
                        MulticastForwardCallback /*forward_multicast*/,
                        LocalDeliverCallback deliver,
                        ErrorCallback /*error*/)
{
    const ns3::Ipv4Address to = header.GetDestination();
    if (!route_ || (to != local_ && std::ranges::find(more_, to) == more_.end()))
    {
        return false;
    }
    deliver(std::move(packet), header, interface_);
    return true;
}

void
HostRouting::NotifyInterfaceUp(std::uint32_t /*interface*/)
{
    Refresh();
}

void
HostRouting::NotifyInterfaceDown(std::uint32_t /*interface*/)
{
    Refresh();
}

void
HostRouting::NotifyAddAddress(std::uint32_t /*interface*/, ns3::Ipv4InterfaceAddress /*address*/)
{
    Refresh();
}

void
HostRouting::NotifyRemoveAddress(std::uint32_t /*interface*/, ns3::Ipv4InterfaceAddress /*address*/)
{
    Refresh();
}

void
HostRouting::SetIpv4(ns3::Ptr<ns3::Ipv4> ipv4)
{
    ipv4_ = std::move(ipv4);
    Refresh();
}

void
HostRouting::PrintRoutingTable(ns3::Ptr<ns3::OutputStreamWrapper> stream,
                               ns3::Time::Unit /*unit*/) const
{
    *stream->GetStream() << "default via " << gateway_ << " interface " << interface_ << "\n";
}

void
HostRouting::DoDispose()
{
    ipv4_ = nullptr;
    route_ = nullptr;
    Ipv4RoutingProtocol::DoDispose();
}

} // namespace sipsim::ns3carrier
