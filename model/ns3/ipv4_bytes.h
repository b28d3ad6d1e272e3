#pragma once

// Models : the 20 octets of an IPv4 header without options (RFC 791 §3.1), read and changed in place.
// Drives : routers read the destination and lower the TTL; devices read whose datagram it is.
// Keeps  : octets it does not change stay as they are; a checksum of 0 (ns-3 does not compute one
//          unless told to) stays 0.
// Leaves : options, fragments (Not modelled: IP fragmentation; our links take 65 535 octets).

#include "model/sip/ids.h"

#include "ns3/header.h"
#include "ns3/packet.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace sipsim::ns3carrier
{

inline constexpr std::uint32_t kIpv4HeaderOctets = 20;
inline constexpr std::uint32_t kUdpHeaderOctets = 8;
inline constexpr std::uint8_t kIcmpProtocol = 1;
inline constexpr std::uint8_t kUdpProtocol = 17;
inline constexpr std::uint16_t kIpv4EtherType = 0x0800;
// RFC 792: destination unreachable, port unreachable.
inline constexpr std::uint8_t kDestinationUnreachable = 3;
inline constexpr std::uint8_t kPortUnreachable = 3;

class Ipv4Bytes final : public ns3::Header
{
  public:
    static ns3::TypeId GetTypeId();

    /// The header at the start of `packet`, which stays there.
    [[nodiscard]] static Ipv4Bytes Of(const ns3::Packet& packet);

    [[nodiscard]] sip::Host GetSource() const
    {
        return sip::Host{Read32(12)};
    }

    [[nodiscard]] sip::Host GetDestination() const
    {
        return sip::Host{Read32(16)};
    }

    [[nodiscard]] std::uint16_t GetIdentification() const
    {
        return Read16(4);
    }

    [[nodiscard]] std::uint8_t GetProtocol() const
    {
        return octets_[9];
    }

    [[nodiscard]] std::uint8_t GetTtl() const
    {
        return octets_[8];
    }

    /// One less; the checksum, if there is one, follows by RFC 1624 equation 3. Precondition: TTL > 0.
    void DecrementTtl();

    // ns3::Header
    ns3::TypeId GetInstanceTypeId() const override;
    std::uint32_t GetSerializedSize() const override;
    void Serialize(ns3::Buffer::Iterator start) const override;
    std::uint32_t Deserialize(ns3::Buffer::Iterator start) override;
    void Print(std::ostream& os) const override;

  private:
    [[nodiscard]] std::uint16_t Read16(std::size_t at) const
    {
        return static_cast<std::uint16_t>((octets_[at] << 8U) | octets_[at + 1]);
    }

    [[nodiscard]] std::uint32_t Read32(std::size_t at) const
    {
        return (std::uint32_t{Read16(at)} << 16U) | Read16(at + 2);
    }

    std::array<std::uint8_t, kIpv4HeaderOctets> octets_{};
};

/// The UDP payload of an IPv4 datagram starts with `prefix`.
[[nodiscard]] bool UdpPayloadStartsWith(const ns3::Packet& datagram, std::string_view prefix);

/// Where an IPv4 datagram of UDP goes; 0: it is none.
[[nodiscard]] std::uint16_t UdpDestinationPort(const ns3::Packet& datagram);

/// The first octet of STUN (RFC 7983 §7) and the length of its header (RFC 5389 §6): no SIP message
/// begins so.
[[nodiscard]] bool IsStun(std::string_view payload);

/// Too short for a SIP or a STUN message: whatever is in it, it keeps a NAT awake.
[[nodiscard]] bool IsBlank(std::string_view payload);

/// A UDP datagram that a NAT is kept awake with: a blank one, STUN, or SIP OPTIONS.
[[nodiscard]] bool IsKeepalive(const ns3::Packet& datagram);

/// A UDP datagram to port 53 with the header of a query (RFC 1035 §4.1.1: QR is 0).
[[nodiscard]] bool IsDnsQuery(const ns3::Packet& datagram);

/// Of an ICMP error: the identification of the datagram it is about (RFC 792: its IPv4 header follows
/// the eight octets of the error); 0 for anything else.
[[nodiscard]] std::uint16_t IdentificationInIcmpError(const ns3::Packet& datagram);

} // namespace sipsim::ns3carrier
