#include "model/ns3/host_udp.h"

#include "model/dns/resolver.h"
#include "model/ns3/host_stack.h"
#include "model/ns3/ipv4_bytes.h"

#include "ns3/ipv4-interface.h"
#include "ns3/udp-header.h"

#include <utility>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(HostUdp);

ns3::TypeId
HostUdp::GetTypeId()
{
    static const ns3::TypeId tid = ns3::TypeId("sipsim::HostUdp")
                                       .SetParent<ns3::UdpL4Protocol>()
                                       .SetGroupName("Sipsim")
                                       .AddConstructor<HostUdp>();
    return tid;
}

void
HostUdp::SetReaders(Reader reader, ErrorReader error_reader)
{
    reader_ = std::move(reader);
    error_reader_ = std::move(error_reader);
}

void
HostUdp::DoDispose()
{
    SetReaders({}, {});
    UdpL4Protocol::DoDispose();
}

void
HostUdp::SendFrom(sip::Endpoint from, sip::Endpoint to, std::string_view octets)
{
    Send(ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(octets.data()),
                                  static_cast<std::uint32_t>(octets.size())),
         ToNs3(from.host),
         ToNs3(to.host),
         from.port,
         to.port);
}

HostUdp::RxStatus
HostUdp::Receive(ns3::Ptr<ns3::Packet> packet,
                 const ns3::Ipv4Header& header,
                 ns3::Ptr<ns3::Ipv4Interface> interface)
{
    const RxStatus status = UdpL4Protocol::Receive(packet, header, interface);
    if (status != RX_ENDPOINT_UNREACH || reader_.IsNull())
    {
        return status;
    }
    ns3::UdpHeader udp; // where no socket is, ns-3 leaves it on the packet
    packet->PeekHeader(udp);
    if (!dns::asks_from(udp.GetDestinationPort()))
    {
        return status;
    }
    packet->RemoveHeader(udp);
    reader_(packet,
            {.host = ToHost(header.GetSource()), .port = udp.GetSourcePort()},
            udp.GetDestinationPort());
    return RX_OK;
}

void
HostUdp::ReceiveIcmp(ns3::Ipv4Address source,
                     std::uint8_t ttl,
                     std::uint8_t type,
                     std::uint8_t code,
                     std::uint32_t info,
                     ns3::Ipv4Address payload_source,
                     ns3::Ipv4Address payload_destination,
                     const std::uint8_t payload[8])
{
    const auto port = static_cast<std::uint16_t>((payload[0] << 8U) | payload[1]);
    if (error_reader_.IsNull() || !dns::asks_from(port))
    {
        UdpL4Protocol::ReceiveIcmp(source,
                                   ttl,
                                   type,
                                   code,
                                   info,
                                   payload_source,
                                   payload_destination,
                                   payload);
        return;
    }
    if (type == kDestinationUnreachable && code == kPortUnreachable)
    {
        error_reader_(port);
    }
}

} // namespace sipsim::ns3carrier
