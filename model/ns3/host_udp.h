#pragma once

// Models : UDP of a host, whose process may ask name servers beside: from ports that no socket is bound to.
// Drives : InstallHostStack() gives each host one; UserAgentApp and DnsApp ask through it.
// Keeps  : what comes to a port that queries leave from goes to the process, whether it asks from there at
//          present or not: its core drops what it does not wait for.
// Leaves : everything else, which is ns-3's. Model choice: no port unreachable is said of those ports: a
//          response that comes too late gets no answer.

#include "model/sip/ids.h"

#include "ns3/callback.h"
#include "ns3/packet.h"
#include "ns3/udp-l4-protocol.h"

#include <cstdint>
#include <string_view>

namespace sipsim::ns3carrier
{

class HostUdp : public ns3::UdpL4Protocol
{
  public:
    static ns3::TypeId GetTypeId();

    /// A datagram from `from` came to our port.
    using Reader = ns3::Callback<void, ns3::Ptr<ns3::Packet>, sip::Endpoint, std::uint16_t>;
    /// Port unreachable came back for what was sent from our port.
    using ErrorReader = ns3::Callback<void, std::uint16_t>;

    /// From now on, of all ports that queries leave from (dns::Lookup::port()).
    void SetReaders(Reader reader, ErrorReader error_reader);

    /// `from` is the host's address.
    void SendFrom(sip::Endpoint from, sip::Endpoint to, std::string_view octets);

    // ns3::UdpL4Protocol
    using UdpL4Protocol::Receive;
    using UdpL4Protocol::ReceiveIcmp;
    RxStatus Receive(ns3::Ptr<ns3::Packet> packet,
                     const ns3::Ipv4Header& header,
                     ns3::Ptr<ns3::Ipv4Interface> interface) override;
    void ReceiveIcmp(ns3::Ipv4Address source,
                     std::uint8_t ttl,
                     std::uint8_t type,
                     std::uint8_t code,
                     std::uint32_t info,
                     ns3::Ipv4Address payload_source,
                     ns3::Ipv4Address payload_destination,
                     const std::uint8_t payload[8]) override;

  private:
    void DoDispose() override;

    Reader reader_;
    ErrorReader error_reader_;
};

} // namespace sipsim::ns3carrier
