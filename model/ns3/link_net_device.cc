#include "model/ns3/link_net_device.h"

#include "model/ns3/pop_router.h"
#include "model/ns3/sim_time.h"

#include <utility>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(LinkChannel);
NS_OBJECT_ENSURE_REGISTERED(LinkNetDevice);

ns3::TypeId
LinkChannel::GetTypeId()
{
    static const ns3::TypeId tid = ns3::TypeId("sipsim::LinkChannel")
                                       .SetParent<ns3::Channel>()
                                       .SetGroupName("Sipsim")
                                       .AddConstructor<LinkChannel>();
    return tid;
}

void
LinkChannel::Join(const ns3::Ptr<LinkNetDevice>& a, const ns3::Ptr<LinkNetDevice>& b)
{
    ends_ = {a, b};
    a->channel_ = this;
    b->channel_ = this;
    a->peer_ = ns3::PeekPointer(b);
    b->peer_ = ns3::PeekPointer(a);
}

std::size_t
LinkChannel::GetNDevices() const
{
    return ends_.size();
}

ns3::Ptr<ns3::NetDevice>
LinkChannel::GetDevice(std::size_t i) const
{
    return i < ends_.size() ? ns3::Ptr<ns3::NetDevice>{ends_[i]} : nullptr;
}

void
LinkChannel::DoDispose()
{
    ends_ = {};
    Channel::DoDispose();
}

ns3::TypeId
LinkNetDevice::GetTypeId()
{
    static const ns3::TypeId tid = ns3::TypeId("sipsim::LinkNetDevice")
                                       .SetParent<PopNetDevice>()
                                       .SetGroupName("Sipsim")
                                       .AddConstructor<LinkNetDevice>();
    return tid;
}

void
LinkNetDevice::Attach(const network::LinkSpec& spec,
                      network::DirectedLink name,
                      std::uint64_t seed,
                      ns3::Ptr<PopRouter> router)
{
    spec_ = spec;
    name_ = name;
    seed_ = seed;
    router_ = std::move(router);
}

void
LinkNetDevice::Transmit(Datagram datagram)
{
    tx_(datagram.packet);
    const SimTime now = SimNow();
    const auto passage = direction_.offer(
        spec_,
        now,
        datagram.packet->GetSize(),
        {.seed = seed_, .device = datagram.device, .link = name_, .n = datagram.n});
    if (!passage.carried())
    {
        drop_(datagram.packet, world::reason_of(passage.fate));
        return;
    }
    ns3::Simulator::ScheduleWithContext(peer_->NodeId(),
                                        ToNs3(passage.arrival - now),
                                        &LinkNetDevice::Arrive,
                                        peer_,
                                        std::move(datagram));
}

void
LinkNetDevice::Arrive(Datagram datagram)
{
    rx_(datagram.packet);
    router_->Forward(std::move(datagram));
}

void
LinkNetDevice::Block()
{
    direction_.block();
}

void
LinkNetDevice::Unblock()
{
    direction_.unblock();
}

bool
LinkNetDevice::IsPointToPoint() const
{
    return true;
}

bool
LinkNetDevice::Send(ns3::Ptr<ns3::Packet> /*packet*/,
                    const ns3::Address& /*dest*/,
                    std::uint16_t /*protocol*/)
{
    return false;
}

ns3::Ptr<ns3::Channel>
LinkNetDevice::GetChannel() const
{
    return channel_;
}

void
LinkNetDevice::DoDispose()
{
    router_ = nullptr;
    channel_ = nullptr;
    peer_ = nullptr;
    PopNetDevice::DoDispose();
}

} // namespace sipsim::ns3carrier
