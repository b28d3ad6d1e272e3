#pragma once

// Models : what the simulation carries of what the real network sends: IPv4 without options, whole; UDP
//          (RFC 768) and ICMP (RFC 792), each as long as it says and as its headers are.
// Drives : TapGate, before a datagram becomes a packet.
// Keeps  : ns-3 reads headers without looking whether they are there: behind IsCarried() they are.
// Leaves : checksums that are wrong, which the hosts find, and what UDP carries, which the codecs judge.
//          Not modelled: TCP and all other protocols.

#include <cstdint>
#include <span>

namespace sipsim::ns3carrier
{

[[nodiscard]] bool IsCarried(std::span<const std::uint8_t> datagram);

/// Writes the checksum of a UDP datagram without one (RFC 768: zero), which RFC 1122 §4.1.3.4 has a host
/// take and ns-3 does not. Precondition: IsCarried().
void FillUdpChecksum(std::span<std::uint8_t> datagram);

} // namespace sipsim::ns3carrier
