#include "model/ns3/carried_datagram.h"

#include "model/ns3/ipv4_bytes.h"

#include <cstddef>

namespace sipsim::ns3carrier
{

namespace
{

constexpr std::uint8_t kPlainIpv4 = 0x45; // version 4, five words of header
constexpr std::uint8_t kFragment = 0x3F;  // more fragments, and the upper bits of the offset
constexpr std::size_t kIcmpHeader = 8;
constexpr std::size_t kUdpChecksum = kIpv4HeaderOctets + 6;

std::size_t
word(std::span<const std::uint8_t> octets, std::size_t at)
{
    return (std::size_t{octets[at]} << 8U) | octets[at + 1];
}

// RFC 791 §3.1; octets 6 and 7 tell fragments from whole datagrams.
bool
is_whole_ipv4(std::span<const std::uint8_t> octets)
{
    return octets.size() >= kIpv4HeaderOctets && octets[0] == kPlainIpv4 &&
           word(octets, 2) == octets.size() && (octets[6] & kFragment) == 0 && octets[7] == 0;
}

bool
is_whole_udp(std::span<const std::uint8_t> octets)
{
    return octets.size() >= kUdpHeaderOctets && word(octets, 4) == octets.size();
}

// RFC 792: destination unreachable, source quench, redirect, time exceeded, parameter problem. They quote
// the header of the datagram they are about, and eight octets more.
bool
is_icmp_error(std::uint8_t type)
{
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

// Model choice: an error about a datagram with options, which was none of ours, is not carried.
bool
is_whole_icmp(std::span<const std::uint8_t> octets)
{
    if (octets.size() < kIcmpHeader || !is_icmp_error(octets[0]))
    {
        return octets.size() >= kIcmpHeader;
    }
    return octets.size() >= kIcmpHeader + kIpv4HeaderOctets + kUdpHeaderOctets &&
           octets[kIcmpHeader] == kPlainIpv4;
}

} // namespace

bool
IsCarried(std::span<const std::uint8_t> datagram)
{
    if (!is_whole_ipv4(datagram))
    {
        return false;
    }
    const auto payload = datagram.subspan(kIpv4HeaderOctets);
    switch (datagram[9])
    {
    case kUdpProtocol:
        return is_whole_udp(payload);
    case kIcmpProtocol:
        return is_whole_icmp(payload);
    default:
        return false;
    }
}

void
FillUdpChecksum(std::span<std::uint8_t> datagram)
{
    if (datagram[9] != kUdpProtocol || word(datagram, kUdpChecksum) != 0)
    {
        return;
    }
    // RFC 768: over addresses, protocol and length, then header and payload, with zero as an odd one's
    // last octet.
    std::size_t sum = kUdpProtocol + (datagram.size() - kIpv4HeaderOctets);
    constexpr std::size_t kAddresses = 12;
    for (std::size_t at = kAddresses; at < datagram.size(); ++at)
    {
        sum += at % 2 == 0 ? std::size_t{datagram[at]} << 8U : datagram[at];
    }
    while (sum >> 16U != 0)
    {
        sum = (sum & 0xFFFFU) + (sum >> 16U);
    }
    sum = sum == 0xFFFFU ? sum : ~sum & 0xFFFFU; // a sum that comes to zero is sent as all ones
    datagram[kUdpChecksum] = static_cast<std::uint8_t>(sum >> 8U);
    datagram[kUdpChecksum + 1] = static_cast<std::uint8_t>(sum & 0xFFU);
}

} // namespace sipsim::ns3carrier
