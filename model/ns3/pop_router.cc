#include "model/ns3/pop_router.h"

#include "model/ns3/access_channel.h"
#include "model/ns3/ipv4_bytes.h"

#include "ns3/trace-source-accessor.h"

#include <utility>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(PopRouter);

ns3::TypeId
PopRouter::GetTypeId()
{
    static const ns3::TypeId tid =
        ns3::TypeId("sipsim::PopRouter")
            .SetParent<ns3::Object>()
            .SetGroupName("Sipsim")
            .AddConstructor<PopRouter>()
            .AddTraceSource("Drop",
                            "A datagram whose TTL ended here or whose destination is nowhere.",
                            ns3::MakeTraceSourceAccessor(&PopRouter::drop_),
                            "sipsim::PopNetDevice::DropTracedCallback");
    return tid;
}

void
PopRouter::Attach(network::NodeIndex here, const RoutingTable& table, ns3::Ptr<AccessPort> access)
{
    here_ = here;
    table_ = &table;
    access_ = std::move(access);
}

void
PopRouter::Forward(Datagram datagram)
{
    Ipv4Bytes header;
    datagram.packet->RemoveHeader(header);
    const bool alive = header.GetTtl() > 1;
    if (alive)
    {
        header.DecrementTtl();
    }
    datagram.packet->AddHeader(header);

    const auto node = table_->layout.node_of(header.GetDestination());
    if (alive && node == here_)
    {
        const std::uint32_t number = table_->layout.host_number(header.GetDestination());
        access_->SendTo(std::move(datagram), number);
        return;
    }
    const auto link = alive && node ? table_->paths.next_link(here_, *node) : std::nullopt;
    if (!link)
    {
        drop_(datagram.packet, world::DropReason::kNoHost);
        return;
    }
    table_->devices[network::index(*link)]->Transmit(std::move(datagram));
}

void
PopRouter::DoDispose()
{
    access_ = nullptr;
    table_ = nullptr;
    Object::DoDispose();
}

} // namespace sipsim::ns3carrier
