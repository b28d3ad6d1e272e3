#include "model/ns3/ipv4_bytes.h"

#include "model/dns/message.h"

#include <algorithm>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(Ipv4Bytes);

ns3::TypeId
Ipv4Bytes::GetTypeId()
{
    static const ns3::TypeId tid = ns3::TypeId("sipsim::Ipv4Bytes")
                                       .SetParent<ns3::Header>()
                                       .SetGroupName("Sipsim")
                                       .AddConstructor<Ipv4Bytes>();
    return tid;
}

Ipv4Bytes
Ipv4Bytes::Of(const ns3::Packet& packet)
{
    Ipv4Bytes header;
    packet.CopyData(header.octets_.data(), kIpv4HeaderOctets);
    return header;
}

void
Ipv4Bytes::DecrementTtl()
{
    const std::uint16_t before = Read16(8);
    --octets_[8];
    const std::uint16_t checksum = Read16(10);
    if (checksum == 0)
    {
        return;
    }
    // RFC 1624 §3: HC' = ~(~HC + ~m + m')
    std::uint32_t sum = static_cast<std::uint16_t>(~checksum);
    sum += static_cast<std::uint16_t>(~before);
    sum += Read16(8);
    sum = (sum & 0xFFFFU) + (sum >> 16U);
    sum = (sum & 0xFFFFU) + (sum >> 16U);
    const auto updated = static_cast<std::uint16_t>(~sum);
    octets_[10] = static_cast<std::uint8_t>(updated >> 8U);
    octets_[11] = static_cast<std::uint8_t>(updated & 0xFFU);
}

ns3::TypeId
Ipv4Bytes::GetInstanceTypeId() const
{
    return GetTypeId();
}

std::uint32_t
Ipv4Bytes::GetSerializedSize() const
{
    return kIpv4HeaderOctets;
}

void
Ipv4Bytes::Serialize(ns3::Buffer::Iterator start) const
{
    start.Write(octets_.data(), kIpv4HeaderOctets);
}

std::uint32_t
Ipv4Bytes::Deserialize(ns3::Buffer::Iterator start)
{
    start.Read(octets_.data(), kIpv4HeaderOctets);
    return kIpv4HeaderOctets;
}

void
Ipv4Bytes::Print(std::ostream& os) const
{
    os << "ttl " << unsigned{GetTtl()} << " protocol " << unsigned{GetProtocol()};
}

bool
UdpPayloadStartsWith(const ns3::Packet& datagram, std::string_view prefix)
{
    constexpr std::uint32_t kHeaders = kIpv4HeaderOctets + kUdpHeaderOctets;
    std::array<std::uint8_t, kHeaders + 32> octets{};
    const auto wanted = static_cast<std::uint32_t>(std::min(prefix.size(), std::size_t{32}));
    return datagram.CopyData(octets.data(), kHeaders + wanted) == kHeaders + wanted &&
           octets[9] == kUdpProtocol &&
           std::equal(prefix.begin(), prefix.begin() + wanted, octets.begin() + kHeaders);
}

std::uint16_t
UdpDestinationPort(const ns3::Packet& datagram)
{
    std::array<std::uint8_t, kIpv4HeaderOctets + 4> octets{};
    const bool udp = datagram.CopyData(octets.data(), octets.size()) == octets.size() &&
                     octets[9] == kUdpProtocol;
    return udp ? static_cast<std::uint16_t>((octets[kIpv4HeaderOctets + 2] << 8U) |
                                            octets[kIpv4HeaderOctets + 3])
               : std::uint16_t{0};
}

bool
IsStun(std::string_view payload)
{
    constexpr std::size_t kHeader = 20;
    return payload.size() >= kHeader && static_cast<unsigned char>(payload.front()) < 4;
}

bool
IsBlank(std::string_view payload)
{
    constexpr std::size_t kShortest = 20;
    return payload.size() < kShortest;
}

bool
IsKeepalive(const ns3::Packet& datagram)
{
    constexpr std::uint32_t kHeaders = kIpv4HeaderOctets + kUdpHeaderOctets;
    constexpr std::uint32_t kLooked = 20; // octets of payload that tell
    std::array<std::uint8_t, kHeaders + kLooked> octets{};
    const std::uint32_t size = datagram.CopyData(octets.data(), octets.size());
    if (size < kHeaders || octets[9] != kUdpProtocol)
    {
        return false;
    }
    const std::string_view payload(reinterpret_cast<const char*>(octets.data()) + kHeaders,
                                   size - kHeaders);
    return IsBlank(payload) || IsStun(payload) || payload.starts_with("OPTIONS ");
}

bool
IsDnsQuery(const ns3::Packet& datagram)
{
    constexpr std::uint32_t kHeaders = kIpv4HeaderOctets + kUdpHeaderOctets;
    std::array<std::uint8_t, kHeaders + dns::kHeaderOctets> octets{};
    return datagram.CopyData(octets.data(), octets.size()) == octets.size() &&
           octets[9] == kUdpProtocol &&
           ((octets[kIpv4HeaderOctets + 2] << 8U) | octets[kIpv4HeaderOctets + 3]) ==
               dns::kDnsPort &&
           (octets[kHeaders + 2] & 0x80U) == 0;
}

std::uint16_t
IdentificationInIcmpError(const ns3::Packet& datagram)
{
    constexpr std::uint32_t kInner = kIpv4HeaderOctets + 8;
    std::array<std::uint8_t, kInner + kIpv4HeaderOctets> octets{};
    if (datagram.CopyData(octets.data(), octets.size()) < octets.size() ||
        octets[9] != kIcmpProtocol)
    {
        return 0;
    }
    return static_cast<std::uint16_t>((octets[kInner + 4] << 8U) | octets[kInner + 5]);
}

} // namespace sipsim::ns3carrier
