#include "model/ns3/tap_gate.h"

#include "model/ns3/carried_datagram.h"
#include "model/ns3/ipv4_bytes.h"

#include "ns3/simulator.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(TapGate);

namespace
{

constexpr int kPollMs = 50;

// A call that failed so is to be made again.
bool
passes(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

} // namespace

ns3::TypeId
TapGate::GetTypeId()
{
    static const ns3::TypeId tid = ns3::TypeId("sipsim::TapGate")
                                       .SetParent<ns3::Object>()
                                       .SetGroupName("Sipsim")
                                       .AddConstructor<TapGate>();
    return tid;
}

void
TapGate::Attach(int descriptor, ns3::Ptr<AccessNetDevice> link)
{
    descriptor_ = descriptor;
    link_ = std::move(link);
    const auto node = link_->GetNode();
    context_ = node->GetId();
    node->RegisterProtocolHandler(ns3::MakeCallback(&TapGate::Emit, this), kIpv4EtherType, link_);
}

void
TapGate::Start()
{
    reader_ = std::thread([this] { Read(); });
}

void
TapGate::Stop()
{
    stop_ = true;
    if (reader_.joinable())
    {
        reader_.join();
    }
}

void
TapGate::DoDispose()
{
    Stop();
    link_ = nullptr;
    Object::DoDispose();
}

// In a thread of its own: no ns-3 object but the event is touched here, their counters are not atomic.
void
TapGate::Read()
{
    std::array<std::uint8_t, 65536> octets;
    pollfd ready{.fd = descriptor_, .events = POLLIN, .revents = 0};
    while (!stop_)
    {
        const int found = ::poll(&ready, 1, kPollMs);
        if (found == 0 || (found < 0 && passes(errno)))
        {
            continue;
        }
        // Of a tun interface that is gone poll() says POLLERR, and read() EBADFD.
        const bool gone = found < 0 || (ready.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
        const ssize_t length = gone ? 0 : ::read(descriptor_, octets.data(), octets.size());
        if (gone || (length < 0 && !passes(errno)))
        {
            lost_ = true;
            return;
        }
        if (length > 0)
        {
            ns3::Simulator::ScheduleWithContext(
                context_,
                ns3::Time{0},
                &TapGate::Inject,
                this,
                std::vector<std::uint8_t>(octets.begin(), octets.begin() + length));
        }
    }
}

void
TapGate::Inject(std::vector<std::uint8_t> octets)
{
    if (!IsCarried(octets))
    {
        ++counts_.refused;
        return;
    }
    FillUdpChecksum(octets);
    ++counts_.in;
    link_->Send(ns3::Create<ns3::Packet>(octets.data(), static_cast<std::uint32_t>(octets.size())),
                ns3::Address{},
                kIpv4EtherType);
}

void
TapGate::Emit(ns3::Ptr<ns3::NetDevice> /*device*/,
              ns3::Ptr<const ns3::Packet> packet,
              std::uint16_t /*protocol*/,
              const ns3::Address& /*from*/,
              const ns3::Address& /*to*/,
              ns3::NetDevice::PacketType /*type*/)
{
    const std::uint32_t size = packet->GetSize();
    buffer_.resize(size);
    packet->CopyData(buffer_.data(), size);
    const bool taken = ::write(descriptor_, buffer_.data(), size) == static_cast<ssize_t>(size);
    ++(taken ? counts_.out : counts_.refused);
}

} // namespace sipsim::ns3carrier
