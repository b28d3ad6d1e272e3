#pragma once

// Models : how many keepalives the devices of a run send, answered ones included, and how many reach their
//          registrars or outbound proxies.
// Drives : the collector tells it of power, and, where keepalives are sent one by one, of each.
// Keeps  : where they are computed, the counts are those of sending them, exactly while no datagram is
//          lost, in expectation otherwise, but that of a fleet that locates all count at its first_server(),
//          and so for link_load where they are sent; a device costs O(1) when its power changes.
// Leaves : what keepalives do to NATs (model/nat).
//
// Model choice: computed keepalives take no place in the queues of links; `link_load` tells whether that
// is fair. rate() and link_load() know all that devices send at intervals: keepalives, probes, Bindings that
// keep a mapping; no repeats, and no Bindings after STUN's tree, which finds whether they are sent.

#include "model/nat/keepalive.h"
#include "model/world/layout.h"

#include <cstdint>
#include <vector>

namespace sipsim::world
{

class KeepaliveCount
{
  public:
    KeepaliveCount(const World& world, const Layout& layout);

    /// Some fleet sends keepalives.
    [[nodiscard]] bool any() const
    {
        return any_;
    }

    void set_device(SimTime at, DeviceIndex device, bool powered);

    // Where keepalives are sent one by one.
    void sent(SimTime at);
    void arrived(SimTime at);

    struct Totals
    {
        double sent = 0;    // by devices, after the warm-up
        double arrived = 0; // at the servers' interfaces, alive or dead, after the warm-up
    };

    [[nodiscard]] const Totals& totals() const
    {
        return totals_;
    }

    /// Sent per second by the devices that have power now, by their intervals.
    [[nodiscard]] double rate() const;

    /// The largest share of a link's rate that keepalives take while every device has power.
    [[nodiscard]] double link_load() const;

  private:
    /// Instants at which what is sent does not arrive.
    struct Window
    {
        SimTime begin;
        SimTime end;
    };

    /// What a device sends again and again.
    struct Stream
    {
        SimDuration interval{0};  // mean
        std::uint32_t octets = 0; // on the wire
        ServerIndex to = 0;
    };

    /// From the devices of a fleet at a node to their first server.
    struct Route
    {
        bool joined = false;
        SimDuration time{0}; // of a keepalive that waits for nothing
        double survival = 1.0;
        std::vector<Window> cut; // in order, disjoint
    };

    struct Life
    {
        SimTime up{};
        std::uint16_t number = 0; // of the next life
        bool powered = false;
    };

    struct Fleet
    {
        nat::KeepaliveOptions options;
        std::vector<Stream> streams;
        bool computed = false;
        std::vector<Life> lives;   // by device; empty: devices boot once and stay up
        std::vector<Route> routes; // by node
        std::uint64_t powered = 0;
    };

    [[nodiscard]] std::vector<Stream> streams_of(std::uint32_t fleet) const;
    [[nodiscard]] Fleet make_fleet(std::uint32_t fleet);
    void add(const Fleet& fleet,
             DeviceIndex device,
             std::uint32_t life,
             SimTime up,
             SimTime from,
             double sign);

    const World& world_;
    const Layout& layout_;
    bool any_ = false;
    std::vector<Fleet> fleets_;
    Totals totals_;
};

} // namespace sipsim::world
