#pragma once

// Models : what a NAT changes in a datagram: an address and a port, with their checksums (RFC 3022 §4);
//          in an ICMP error also those of the datagram it is about (RFC 5508 §4).
// Drives : AccessNetDevice (a home's NAT) and AccessPort (a carrier's).
// Keeps  : checksums that are there stay right (RFC 1624); those that are zero stay zero.
// Leaves : which address and port (world::NatBoxes). Not modelled: fragments, IP options, anything but
//          UDP and ICMP errors about UDP: other protocols have no endpoints and pass no NAT.

#include "model/sip/ids.h"

#include "ns3/packet.h"

#include <optional>

namespace sipsim::ns3carrier
{

/// Whom a NAT takes a datagram to be from and for. Of an ICMP error: those an answer to the datagram it
/// is about would have.
struct NatView
{
    sip::Endpoint source;
    sip::Endpoint destination;
    bool icmp_error = false;
};

[[nodiscard]] std::optional<NatView> NatViewOf(const ns3::Packet& datagram);

/// The datagram from somebody else.
[[nodiscard]] ns3::Ptr<ns3::Packet> WithSource(const ns3::Packet& datagram, sip::Endpoint source);

/// The datagram, or ICMP error, for somebody else.
[[nodiscard]] ns3::Ptr<ns3::Packet> WithDestination(const ns3::Packet& datagram,
                                                    sip::Endpoint destination);

} // namespace sipsim::ns3carrier
