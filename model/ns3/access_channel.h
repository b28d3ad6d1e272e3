#pragma once

// Models : the access network of one PoP: every host has its own two-way link to the PoP's router, all
//          of them on one multi-access channel.
// Drives : AccessNetDevice sends up, PopRouter sends down; a host is found by its number, so that the
//          cost of a datagram does not depend on how many hosts there are.
// Keeps  : one ns-3 event per datagram and direction; a link is a network::LinkDirection each way.
// Leaves : the shared medium of real access networks (Not modelled: contention between hosts).

#include "model/network/link.h"
#include "model/ns3/numbering.h"
#include "model/ns3/pop_net_device.h"
#include "model/world/nat_boxes.h"

#include "ns3/channel.h"

#include <cstdint>
#include <vector>

namespace sipsim::ns3carrier
{

class AccessChannel;
class PopRouter;

/// The host's end of its access link.
class AccessNetDevice : public PopNetDevice
{
  public:
    static ns3::TypeId GetTypeId();

    /// What the device is on the map of a run. `spec` and `numbering` outlive the device.
    struct Link
    {
        const network::LinkSpec* spec = nullptr;
        network::DirectedLink up{};
        network::DirectedLink down{};
        Owner owner;
        Numbering* numbering = nullptr;
        world::NatBoxes* nats = nullptr; // of a device: its home's NAT is at this end of the link
        const world::World* world = nullptr;   // of a device: which faults cut the link
        const world::Layout* layout = nullptr; // likewise
    };

    void Attach(const Link& link, ns3::Ptr<AccessChannel> channel);

    /// Without power nothing that arrives is taken; Rx still tells of it.
    void SetPowered(bool powered);

    [[nodiscard]] bool IsPowered() const
    {
        return powered_;
    }

    /// Which of its addresses the device has (world::Layout::address).
    void SetAddressLife(std::uint32_t life)
    {
        address_life_ = life;
    }

    /// Whose device it is; precondition: not a server's.
    [[nodiscard]] world::DeviceIndex GetDeviceIndex() const
    {
        return link_.owner.device;
    }

    /// IPv4 identification of the datagram sent last.
    [[nodiscard]] std::uint16_t GetLastIdentification() const
    {
        return last_identification_;
    }

    /// The router puts a datagram on the host's link.
    void OfferDown(Datagram datagram);

    // ns3::NetDevice
    bool Send(ns3::Ptr<ns3::Packet> packet,
              const ns3::Address& dest,
              std::uint16_t protocol) override;
    ns3::Ptr<ns3::Channel> GetChannel() const override;

  private:
    void DoDispose() override;
    void Arrive(ns3::Ptr<ns3::Packet> packet);
    [[nodiscard]] network::Passage Offer(network::LinkDirection& direction,
                                         network::DirectedLink name,
                                         std::uint32_t octets,
                                         DatagramNumber number);
    [[nodiscard]] ns3::Ptr<ns3::Packet> LeaveHome(ns3::Ptr<ns3::Packet> packet);
    [[nodiscard]] ns3::Ptr<ns3::Packet> EnterHome(ns3::Ptr<ns3::Packet> packet);

    Link link_;
    ns3::Ptr<AccessChannel> channel_;
    network::LinkDirection up_;
    network::LinkDirection down_;
    std::uint16_t last_identification_ = 0;
    std::uint32_t address_life_ = 0;
    bool powered_ = true;
};

/// The router's end of all access links of its PoP; the carrier's NATs, if any, are here.
class AccessPort : public PopNetDevice
{
  public:
    static ns3::TypeId GetTypeId();

    /// `nats` outlives it.
    void Attach(ns3::Ptr<PopRouter> router,
                ns3::Ptr<AccessChannel> channel,
                world::NatBoxes& nats,
                const world::Layout& layout);

    /// Last bit of a datagram of that host.
    void Arrive(Datagram datagram, world::DeviceIndex device);

    /// To the host of that number; dropped (kNoHost) if there is none.
    void SendTo(Datagram datagram, std::uint32_t host_number);

    [[nodiscard]] std::uint32_t GetContext() const
    {
        return NodeId();
    }

    // ns3::NetDevice. Routers forward datagrams and send none of their own: refused.
    bool Send(ns3::Ptr<ns3::Packet> packet,
              const ns3::Address& dest,
              std::uint16_t protocol) override;
    ns3::Ptr<ns3::Channel> GetChannel() const override;

  private:
    void DoDispose() override;

    ns3::Ptr<PopRouter> router_;
    ns3::Ptr<AccessChannel> channel_;
    world::NatBoxes* nats_ = nullptr;
    const world::Layout* layout_ = nullptr;
};

class AccessChannel : public ns3::Channel
{
  public:
    static ns3::TypeId GetTypeId();

    void SetPort(ns3::Ptr<AccessPort> port);

    [[nodiscard]] AccessPort& GetPort() const
    {
        return *port_;
    }

    /// From now on `number` leads to `host`; a host may have several numbers.
    void Place(const ns3::Ptr<AccessNetDevice>& host, std::uint32_t number);
    void Remove(std::uint32_t number);

    /// The host of that number, or none. O(1).
    [[nodiscard]] AccessNetDevice* Find(std::uint32_t number) const
    {
        return number < hosts_.size() ? ns3::PeekPointer(hosts_[number]) : nullptr;
    }

    // ns3::Channel: device 0 is the router's, then the hosts in order of number.
    std::size_t GetNDevices() const override;
    ns3::Ptr<ns3::NetDevice> GetDevice(std::size_t i) const override;

  private:
    void DoDispose() override;

    ns3::Ptr<AccessPort> port_;
    std::vector<ns3::Ptr<AccessNetDevice>> hosts_; // by host number
};

} // namespace sipsim::ns3carrier
