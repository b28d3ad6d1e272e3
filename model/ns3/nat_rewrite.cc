#include "model/ns3/nat_rewrite.h"

#include "model/ns3/ipv4_bytes.h"

#include <vector>

namespace sipsim::ns3carrier
{

namespace
{

constexpr std::size_t kIpChecksum = 10;
constexpr std::size_t kIpSource = 12;
constexpr std::size_t kIpDestination = 16;
constexpr std::size_t kUdp = kIpv4HeaderOctets;
constexpr std::size_t kUdpChecksum = kUdp + 6;
constexpr std::size_t kIcmpChecksum = kIpv4HeaderOctets + 2;
constexpr std::size_t kInner = kIpv4HeaderOctets + 8; // the datagram that an ICMP error is about
constexpr std::size_t kAnyError = kInner + kIpv4HeaderOctets + kUdpHeaderOctets;

// RFC 792: destination unreachable, time exceeded.
constexpr std::uint8_t kUnreachable = 3;
constexpr std::uint8_t kTimeExceeded = 11;

class Octets
{
  public:
    explicit Octets(const ns3::Packet& packet)
        : octets_(packet.GetSize())
    {
        packet.CopyData(octets_.data(), static_cast<std::uint32_t>(octets_.size()));
    }

    [[nodiscard]] std::size_t size() const
    {
        return octets_.size();
    }

    [[nodiscard]] std::uint8_t at(std::size_t place) const
    {
        return octets_[place];
    }

    [[nodiscard]] std::uint16_t word(std::size_t place) const
    {
        return static_cast<std::uint16_t>((octets_[place] << 8U) | octets_[place + 1]);
    }

    [[nodiscard]] sip::Endpoint endpoint(std::size_t host, std::size_t port) const
    {
        return {.host = sip::Host{(std::uint32_t{word(host)} << 16U) | word(host + 2)},
                .port = word(port)};
    }

    void put(std::size_t place, std::uint16_t value)
    {
        octets_[place] = static_cast<std::uint8_t>(value >> 8U);
        octets_[place + 1] = static_cast<std::uint8_t>(value & 0xFFU);
    }

    /// Writes the word at an even place and keeps the checksums at `sums` right; RFC 1624 §3.
    template <class... Place>
    void change(std::size_t place, std::uint16_t value, Place... sums)
    {
        const std::uint16_t before = word(place);
        put(place, value);
        (amend(sums, before, value), ...);
    }

    [[nodiscard]] ns3::Ptr<ns3::Packet> packet() const
    {
        return ns3::Create<ns3::Packet>(octets_.data(), static_cast<std::uint32_t>(octets_.size()));
    }

  private:
    void amend(std::size_t sum_place, std::uint16_t before, std::uint16_t after)
    {
        const std::uint16_t checksum = word(sum_place);
        if (checksum == 0)
        {
            return; // none
        }
        std::uint32_t sum = static_cast<std::uint16_t>(~checksum);
        sum += static_cast<std::uint16_t>(~before);
        sum += after;
        sum = (sum & 0xFFFFU) + (sum >> 16U);
        sum = (sum & 0xFFFFU) + (sum >> 16U);
        const auto updated = static_cast<std::uint16_t>(~sum);
        put(sum_place, updated == 0 ? 0xFFFFU : updated); // RFC 768: zero means none
    }

    std::vector<std::uint8_t> octets_;
};

// The words of an endpoint at `host` and `port`: `host` counts in the checksum of the IP header at
// `ip_sum`, both in the one at `sum`.
void
change_endpoint(Octets& octets,
                std::size_t host,
                std::size_t port,
                sip::Endpoint to,
                std::size_t ip_sum,
                std::size_t sum)
{
    const auto address = static_cast<std::uint32_t>(to.host);
    octets.change(host, static_cast<std::uint16_t>(address >> 16U), ip_sum, sum);
    octets.change(host + 2, static_cast<std::uint16_t>(address & 0xFFFFU), ip_sum, sum);
    octets.change(port, to.port, sum);
}

bool
is_udp(const Octets& octets)
{
    return octets.size() >= kIpv4HeaderOctets + kUdpHeaderOctets && octets.at(9) == kUdpProtocol;
}

bool
is_error_about_udp(const Octets& octets)
{
    return octets.size() >= kAnyError && octets.at(9) == kIcmpProtocol &&
           (octets.at(kIpv4HeaderOctets) == kUnreachable ||
            octets.at(kIpv4HeaderOctets) == kTimeExceeded) &&
           octets.at(kInner + 9) == kUdpProtocol;
}

} // namespace

std::optional<NatView>
NatViewOf(const ns3::Packet& datagram)
{
    const Octets octets(datagram);
    if (is_udp(octets))
    {
        return NatView{.source = octets.endpoint(kIpSource, kUdp),
                       .destination = octets.endpoint(kIpDestination, kUdp + 2)};
    }
    if (is_error_about_udp(octets))
    {
        return NatView{.source = octets.endpoint(kInner + kIpDestination, kInner + kUdp + 2),
                       .destination = octets.endpoint(kInner + kIpSource, kInner + kUdp),
                       .icmp_error = true};
    }
    return std::nullopt;
}

ns3::Ptr<ns3::Packet>
WithSource(const ns3::Packet& datagram, sip::Endpoint source)
{
    Octets octets(datagram);
    change_endpoint(octets, kIpSource, kUdp, source, kIpChecksum, kUdpChecksum);
    return octets.packet();
}

ns3::Ptr<ns3::Packet>
WithDestination(const ns3::Packet& datagram, sip::Endpoint destination)
{
    Octets octets(datagram);
    if (!is_error_about_udp(octets))
    {
        change_endpoint(octets, kIpDestination, kUdp + 2, destination, kIpChecksum, kUdpChecksum);
        return octets.packet();
    }
    const auto address = static_cast<std::uint32_t>(destination.host);
    octets.change(kIpDestination, static_cast<std::uint16_t>(address >> 16U), kIpChecksum);
    octets.change(kIpDestination + 2, static_cast<std::uint16_t>(address & 0xFFFFU), kIpChecksum);
    // What the error carries is part of the ICMP checksum, and so is a checksum that changes in it.
    const std::uint16_t inner_sum = octets.word(kInner + kIpChecksum);
    change_endpoint(octets,
                    kInner + kIpSource,
                    kInner + kUdp,
                    destination,
                    kInner + kIpChecksum,
                    kIcmpChecksum);
    const std::uint16_t new_sum = octets.word(kInner + kIpChecksum);
    octets.put(kInner + kIpChecksum, inner_sum);
    octets.change(kInner + kIpChecksum, new_sum, kIcmpChecksum);
    return octets.packet();
}

} // namespace sipsim::ns3carrier
