#include "model/ns3/access_channel.h"

#include "model/ns3/nat_rewrite.h"
#include "model/ns3/pop_router.h"
#include "model/ns3/sim_time.h"

#include <utility>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(AccessNetDevice);
NS_OBJECT_ENSURE_REGISTERED(AccessPort);
NS_OBJECT_ENSURE_REGISTERED(AccessChannel);

// --- AccessNetDevice

ns3::TypeId
AccessNetDevice::GetTypeId()
{
    static const ns3::TypeId tid = ns3::TypeId("sipsim::AccessNetDevice")
                                       .SetParent<PopNetDevice>()
                                       .SetGroupName("Sipsim")
                                       .AddConstructor<AccessNetDevice>();
    return tid;
}

void
AccessNetDevice::Attach(const Link& link, ns3::Ptr<AccessChannel> channel)
{
    link_ = link;
    channel_ = std::move(channel);
}

void
AccessNetDevice::SetPowered(bool powered)
{
    powered_ = powered;
}

bool
AccessNetDevice::Send(ns3::Ptr<ns3::Packet> packet,
                      const ns3::Address& /*dest*/,
                      std::uint16_t protocol)
{
    if (protocol != kIpv4EtherType || !powered_)
    {
        return false;
    }
    tx_(packet);
    const Ipv4Bytes header = Ipv4Bytes::Of(*packet);
    last_identification_ = header.GetIdentification();
    const auto number = link_.numbering->next(link_.owner, header.GetDestination());
    packet = LeaveHome(std::move(packet));
    if (!packet)
    {
        return true;
    }
    const SimTime now = SimNow();
    const auto passage = Offer(up_, link_.up, packet->GetSize(), number);
    if (!passage.carried())
    {
        drop_(packet, world::reason_of(passage.fate));
        return true;
    }
    AccessPort& port = channel_->GetPort();
    ns3::Simulator::ScheduleWithContext(port.GetContext(),
                                        ToNs3(passage.arrival - now),
                                        &AccessPort::Arrive,
                                        &port,
                                        Datagram{std::move(packet), number.device, number.n},
                                        link_.owner.device);
    return true;
}

network::Passage
AccessNetDevice::Offer(network::LinkDirection& direction,
                       network::DirectedLink name,
                       std::uint32_t octets,
                       DatagramNumber number)
{
    const SimTime now = SimNow();
    if (link_.world != nullptr &&
        world::access_cut(*link_.world, *link_.layout, link_.owner.device, now))
    {
        return {.fate = network::Fate::kBlocked, .arrival = {}};
    }
    return direction.offer(
        *link_.spec,
        now,
        octets,
        {.seed = link_.numbering->seed(), .device = number.device, .link = name, .n = number.n});
}

// The datagram as the home's NAT sends it on; none: it does not.
ns3::Ptr<ns3::Packet>
AccessNetDevice::LeaveHome(ns3::Ptr<ns3::Packet> packet)
{
    if (link_.nats == nullptr || !link_.nats->any())
    {
        return packet;
    }
    const auto view = NatViewOf(*packet);
    if (!view)
    {
        return packet;
    }
    const auto crossing = link_.nats->leave_home(SimNow(),
                                                 link_.owner.device,
                                                 address_life_,
                                                 view->source,
                                                 view->destination);
    if (!crossing.passed())
    {
        drop_(packet, world::DropReason::kNat);
        return nullptr;
    }
    return crossing.endpoint == view->source ? packet : WithSource(*packet, crossing.endpoint);
}

ns3::Ptr<ns3::Packet>
AccessNetDevice::EnterHome(ns3::Ptr<ns3::Packet> packet)
{
    if (link_.nats == nullptr || !link_.nats->any())
    {
        return packet;
    }
    const auto view = NatViewOf(*packet);
    if (!view)
    {
        return packet;
    }
    const auto crossing = link_.nats->enter_home(SimNow(),
                                                 link_.owner.device,
                                                 view->destination,
                                                 view->source,
                                                 view->icmp_error);
    if (!crossing.passed())
    {
        drop_(packet, world::DropReason::kNat);
        return nullptr;
    }
    return crossing.endpoint == view->destination ? packet
                                                  : WithDestination(*packet, crossing.endpoint);
}

void
AccessNetDevice::OfferDown(Datagram datagram)
{
    const SimTime now = SimNow();
    const auto passage = Offer(down_,
                               link_.down,
                               datagram.packet->GetSize(),
                               {.device = datagram.device, .n = datagram.n});
    if (!passage.carried())
    {
        drop_(datagram.packet, world::reason_of(passage.fate));
        return;
    }
    ns3::Simulator::ScheduleWithContext(NodeId(),
                                        ToNs3(passage.arrival - now),
                                        &AccessNetDevice::Arrive,
                                        this,
                                        std::move(datagram.packet));
}

void
AccessNetDevice::Arrive(ns3::Ptr<ns3::Packet> packet)
{
    packet = EnterHome(std::move(packet));
    if (!packet)
    {
        return;
    }
    rx_(packet);
    if (!powered_)
    {
        drop_(packet, world::DropReason::kNoHost);
        return;
    }
    HandUp(packet);
}

ns3::Ptr<ns3::Channel>
AccessNetDevice::GetChannel() const
{
    return channel_;
}

void
AccessNetDevice::DoDispose()
{
    channel_ = nullptr;
    PopNetDevice::DoDispose();
}

// --- AccessPort

ns3::TypeId
AccessPort::GetTypeId()
{
    static const ns3::TypeId tid = ns3::TypeId("sipsim::AccessPort")
                                       .SetParent<PopNetDevice>()
                                       .SetGroupName("Sipsim")
                                       .AddConstructor<AccessPort>();
    return tid;
}

void
AccessPort::Attach(ns3::Ptr<PopRouter> router,
                   ns3::Ptr<AccessChannel> channel,
                   world::NatBoxes& nats,
                   const world::Layout& layout)
{
    router_ = std::move(router);
    channel_ = std::move(channel);
    nats_ = &nats;
    layout_ = &layout;
}

void
AccessPort::Arrive(Datagram datagram, world::DeviceIndex device)
{
    rx_(datagram.packet);
    if (device < kServerDevice && nats_->any())
    {
        if (const auto view = NatViewOf(*datagram.packet))
        {
            const auto crossing =
                nats_->leave_carrier(SimNow(), device, view->source, view->destination);
            if (!crossing.passed())
            {
                drop_(datagram.packet, world::DropReason::kNat);
                return;
            }
            if (crossing.endpoint != view->source)
            {
                datagram.packet = WithSource(*datagram.packet, crossing.endpoint);
            }
        }
    }
    router_->Forward(std::move(datagram));
}

void
AccessPort::SendTo(Datagram datagram, std::uint32_t host_number)
{
    AccessNetDevice* host = channel_->Find(host_number);
    if (nats_->any())
    {
        const auto view = NatViewOf(*datagram.packet);
        const auto owner = view ? layout_->device_at(view->destination.host) : std::nullopt;
        if (owner && nats_->at_carrier(layout_->fleet_of_device(*owner)))
        {
            const auto crossing = nats_->enter_carrier(SimNow(),
                                                       *owner,
                                                       view->destination,
                                                       view->source,
                                                       view->icmp_error);
            if (!crossing.passed())
            {
                drop_(datagram.packet, world::DropReason::kNat);
                return;
            }
            if (crossing.endpoint != view->destination)
            {
                datagram.packet = WithDestination(*datagram.packet, crossing.endpoint);
            }
            host = channel_->Find(layout_->host_number(layout_->address(crossing.device, 0).host));
        }
    }
    if (host == nullptr)
    {
        drop_(datagram.packet, world::DropReason::kNoHost);
        return;
    }
    tx_(datagram.packet);
    host->OfferDown(std::move(datagram));
}

bool
AccessPort::Send(ns3::Ptr<ns3::Packet> /*packet*/,
                 const ns3::Address& /*dest*/,
                 std::uint16_t /*protocol*/)
{
    return false;
}

ns3::Ptr<ns3::Channel>
AccessPort::GetChannel() const
{
    return channel_;
}

void
AccessPort::DoDispose()
{
    router_ = nullptr;
    channel_ = nullptr;
    PopNetDevice::DoDispose();
}

// --- AccessChannel

ns3::TypeId
AccessChannel::GetTypeId()
{
    static const ns3::TypeId tid = ns3::TypeId("sipsim::AccessChannel")
                                       .SetParent<ns3::Channel>()
                                       .SetGroupName("Sipsim")
                                       .AddConstructor<AccessChannel>();
    return tid;
}

void
AccessChannel::SetPort(ns3::Ptr<AccessPort> port)
{
    port_ = std::move(port);
}

void
AccessChannel::Place(const ns3::Ptr<AccessNetDevice>& host, std::uint32_t number)
{
    if (number >= hosts_.size())
    {
        hosts_.resize(number + 1);
    }
    hosts_[number] = host;
}

void
AccessChannel::Remove(std::uint32_t number)
{
    if (number < hosts_.size())
    {
        hosts_[number] = nullptr;
    }
}

std::size_t
AccessChannel::GetNDevices() const
{
    std::size_t n = 1;
    for (const auto& host : hosts_)
    {
        n += host ? 1 : 0;
    }
    return n;
}

ns3::Ptr<ns3::NetDevice>
AccessChannel::GetDevice(std::size_t i) const
{
    if (i == 0)
    {
        return port_;
    }
    for (const auto& host : hosts_)
    {
        if (host && --i == 0)
        {
            return host;
        }
    }
    return nullptr;
}

void
AccessChannel::DoDispose()
{
    port_ = nullptr;
    hosts_.clear();
    Channel::DoDispose();
}

} // namespace sipsim::ns3carrier
