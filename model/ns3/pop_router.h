#pragma once

// Models : the router of a PoP: it forwards IPv4 datagrams by the prefix of their destination and does
//          nothing else.
// Drives : its devices hand it what arrives; it sends by the access port or by a link.
// Keeps  : O(1) per datagram whatever the number of hosts, links and PoPs; TTL and header checksum
//          change as RFC 1812 §5.2.1.2 says. An ns-3 router would cost a multiple of it: its stack
//          searches interfaces and routes one by one.
// Leaves : datagrams to itself and ICMP of its own (Not modelled: routers answer nobody; what they
//          cannot forward ends in silence).

#include "model/network/paths.h"
#include "model/ns3/link_net_device.h"
#include "model/ns3/pop_net_device.h"
#include "model/world/layout.h"

#include "ns3/object.h"
#include "ns3/traced-callback.h"

#include <vector>

namespace sipsim::ns3carrier
{

class AccessPort;

/// The routes of a run, one table for all routers.
struct RoutingTable
{
    RoutingTable(const world::Layout& the_layout, const network::Topology& topology)
        : layout(the_layout),
          paths(topology)
    {
    }

    const world::Layout& layout;
    network::Paths paths;
    std::vector<ns3::Ptr<LinkNetDevice>> devices; // by directed link
};

class PopRouter : public ns3::Object
{
  public:
    static ns3::TypeId GetTypeId();

    /// `table` outlives the router.
    void Attach(network::NodeIndex here, const RoutingTable& table, ns3::Ptr<AccessPort> access);

    /// A datagram whose last bit has arrived. It leaves at once (Not modelled: processing time), or is
    /// dropped (kNoHost) if its TTL ends or no PoP has its destination.
    void Forward(Datagram datagram);

  private:
    void DoDispose() override;

    network::NodeIndex here_ = 0;
    const RoutingTable* table_ = nullptr;
    ns3::Ptr<AccessPort> access_;
    ns3::TracedCallback<ns3::Ptr<const ns3::Packet>, world::DropReason> drop_;
};

} // namespace sipsim::ns3carrier
