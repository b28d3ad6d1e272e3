#pragma once

// Models : the network stack of a host: ns-3's IPv4, ICMP and UDP; no IPv6, no TCP, no ARP.
// Drives : PacketWorldHelper installs one per host.
// Keeps  : one interface beside the loopback, one address unless more are added; under 8 KiB per host.
// Leaves : sockets and what they carry (the Applications).

#include "model/ns3/pop_net_device.h"
#include "model/sip/ids.h"

#include "ns3/ipv4-address.h"
#include "ns3/node.h"

#include <cstdint>

namespace sipsim::ns3carrier
{

[[nodiscard]] inline ns3::Ipv4Address
ToNs3(sip::Host host)
{
    return ns3::Ipv4Address{static_cast<std::uint32_t>(host)};
}

[[nodiscard]] inline sip::Host
ToHost(ns3::Ipv4Address address)
{
    return sip::Host{address.Get()};
}

struct HostAddress
{
    sip::Host local{};
    std::uint32_t prefix_length = 24; // 1 .. 30
    sip::Host gateway{};              // the PoP's router
};

/// Gives `node` a stack over `device`, which is already the node's.
void InstallHostStack(const ns3::Ptr<ns3::Node>& node,
                      const ns3::Ptr<PopNetDevice>& device,
                      const HostAddress& address);

/// One address more; the first stays the source of what is sent from no address of its own.
void AddHostAddress(const ns3::Ptr<ns3::Node>& node,
                    sip::Host address,
                    std::uint32_t prefix_length);

/// Replaces the host's address (after a power cut, another lease).
void ChangeHostAddress(const ns3::Ptr<ns3::Node>& node,
                       sip::Host address,
                       std::uint32_t prefix_length);

} // namespace sipsim::ns3carrier
