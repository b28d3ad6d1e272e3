#pragma once

// Models : one end of a link of the map, in a PoP's router; it sends in one direction of the link.
// Drives : PopRouter sends by it; LinkChannel joins the two ends.
// Keeps  : one ns-3 event per datagram; time, order and loss are network::LinkDirection's.
// Leaves : which device a datagram leaves by (PopRouter).

#include "model/network/link.h"
#include "model/ns3/pop_net_device.h"

#include "ns3/channel.h"

#include <array>
#include <cstdint>

namespace sipsim::ns3carrier
{

class LinkNetDevice;
class PopRouter;

class LinkChannel : public ns3::Channel
{
  public:
    static ns3::TypeId GetTypeId();

    /// Joins two devices, which must not be joined already.
    void Join(const ns3::Ptr<LinkNetDevice>& a, const ns3::Ptr<LinkNetDevice>& b);

    // ns3::Channel
    std::size_t GetNDevices() const override;
    ns3::Ptr<ns3::NetDevice> GetDevice(std::size_t i) const override;

  private:
    void DoDispose() override;

    std::array<ns3::Ptr<LinkNetDevice>, 2> ends_;
};

class LinkNetDevice : public PopNetDevice
{
  public:
    static ns3::TypeId GetTypeId();

    void Attach(const network::LinkSpec& spec,
                network::DirectedLink name,
                std::uint64_t seed,
                ns3::Ptr<PopRouter> router);

    void Transmit(Datagram datagram);

    /// One more, or one less, reason to carry nothing (a fault).
    void Block();
    void Unblock();

    [[nodiscard]] bool IsBlocked() const
    {
        return direction_.blocked();
    }

    // ns3::NetDevice
    bool IsPointToPoint() const override;
    // Routers forward datagrams and send none of their own: refused.
    bool Send(ns3::Ptr<ns3::Packet> packet,
              const ns3::Address& dest,
              std::uint16_t protocol) override;
    ns3::Ptr<ns3::Channel> GetChannel() const override;

  private:
    friend class LinkChannel;

    void DoDispose() override;
    void Arrive(Datagram datagram);

    network::LinkSpec spec_;
    network::DirectedLink name_{};
    network::LinkDirection direction_;
    std::uint64_t seed_ = 0;
    ns3::Ptr<PopRouter> router_;
    ns3::Ptr<LinkChannel> channel_;
    LinkNetDevice* peer_ = nullptr; // the channel keeps both
};

} // namespace sipsim::ns3carrier
