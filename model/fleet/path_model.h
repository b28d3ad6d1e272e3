#pragma once

// Models : the way of a datagram between a device and a server, or from one server to another: the
//          access link at either end, the links of the map between; each a network::LinkDirection, as on
//          packets.
// Drives : the engine walks a datagram along its hops: each is offered it, or booked for it.
// Keeps  : a link without a queue and without a memory of jitter is passed at any instant; any other is
//          offered its datagrams in order of time, which hop() tells the engine to see to, or is booked
//          ahead. Whether a link is cut at an instant follows from the world's faults, so nothing is
//          blocked and unblocked.
// Leaves : when the hops are walked (FleetEngine).
//
// Model choice: a device's own access link remembers nothing in a fleet of more than 65 536 devices where two
// datagrams hardly ever meet on it, that is where one account has it for itself, nothing is sent beside it, there
// is no jitter and serialization is below the shortest retransmission interval. Datagrams closer than that (a refresh
// overtaken by an orderly end, a late response followed by that to its retransmission, within a fraction
// of a millisecond) pass each other there, which a FIFO would not allow.

#include "model/fleet/link_bookings.h"
#include "model/fleet/own_links.h"
#include "model/network/link.h"
#include "model/network/paths.h"
#include "model/world/layout.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sipsim::fleet
{

/// Which way a datagram goes.
enum class Way : std::uint8_t
{
    kToServer,
    kToDevice,
};

/// The ends of a datagram's way.
struct Leg
{
    world::ServerIndex server = 0;   // at one end
    world::DeviceIndex device = 0;   // at the other, unless `from` is a server
    world::ServerIndex from = kNone; // from this server to `server`; kNone: device and server
    Way way = Way::kToServer;        // between device and server

    static constexpr world::ServerIndex kNone = UINT32_MAX;
};

/// One link of a datagram's way.
struct Hop
{
    const network::LinkSpec* spec = nullptr;
    network::LinkDirection* state = nullptr; // a device's own link has `own` instead ...
    OwnLinks* own = nullptr;                 // ... or neither: it forgets what has passed
    LinkBookings* bookings = nullptr;        // of `state`, if it is bookable
    std::uint32_t device = 0;                // in `own`
    network::DirectedLink link{};
    network::AccessDirection direction{}; // of an access link
    bool of_the_map = false;
    bool of_the_device = false; // its own
    bool bookable = false;

    /// The instant it is offered a datagram must have come.
    [[nodiscard]] bool in_order_of_time() const
    {
        return state != nullptr || own != nullptr;
    }

    // Of one in order of time, as of LinkDirection and LinkBookings.

    /// Valid as OwnLinks::of().
    [[nodiscard]] network::LinkDirection& sender(SimTime now) const
    {
        return state != nullptr ? *state : own->of(device, now).direction;
    }

    [[nodiscard]] SimTime free_at() const
    {
        const OwnLink* link_of_device = state != nullptr ? nullptr : own->find(device);
        return state != nullptr            ? state->free_at()
               : link_of_device != nullptr ? link_of_device->direction.free_at()
                                           : SimTime{};
    }

    // Of one that is bookable.

    [[nodiscard]] bool book(SimTime now,
                            SimTime start,
                            SimDuration length,
                            std::uint32_t flight) const
    {
        return own != nullptr ? own->of(device, now).book(now, start, length, flight)
                              : bookings->book(now, start, length, flight);
    }

    bool cancel(SimTime start, std::uint32_t flight) const
    {
        OwnLink* const link_of_device = own != nullptr ? own->find(device) : nullptr;
        return own != nullptr ? link_of_device != nullptr && link_of_device->cancel(start, flight)
                              : bookings->cancel(start, flight);
    }

    [[nodiscard]] std::optional<std::uint32_t> booked_by(SimTime start) const
    {
        const OwnLink* const link_of_device = own != nullptr ? own->find(device) : nullptr;
        return own == nullptr              ? bookings->at(start)
               : link_of_device != nullptr ? link_of_device->at(start)
                                           : std::nullopt;
    }

    // These after sender().

    template <class First>
    [[nodiscard]] SimTime busy_until(SimTime now, const First& first) const
    {
        return own != nullptr ? own->find(device)->busy_until(now, first)
                              : bookings->busy_until(now, first);
    }

    [[nodiscard]] std::optional<LinkBookings::Booking> take_back(SimTime from, SimTime to) const
    {
        return own != nullptr ? own->find(device)->take_back(from, to)
                              : bookings->take_back(from, to);
    }
};

using RouteIndex = std::uint32_t;

/// A datagram keeps its route's number in so many bits.
inline constexpr std::uint32_t kRouteBits = 24;

/// Pairs of a server and a PoP, each with a way there and one back.
inline constexpr std::uint64_t kMostServersTimesPops = std::uint64_t{1} << (kRouteBits - 1);

class PathModel
{
  public:
    /// Both outlive this. Throws std::length_error if there are more routes than can be numbered:
    /// kMostServersTimesPops.
    PathModel(const world::World& world, const world::Layout& layout);

    /// The number of the way between those ends, for as long as they are the same.
    [[nodiscard]] RouteIndex route(const Leg& leg) const
    {
        return leg.from == Leg::kNone ? route(leg.server, layout_.node_of(leg.device), leg.way)
                                      : route(leg.server, server_nodes_[leg.from], Way::kToServer);
    }

    /// Hops from one end to the other, access links included; 0: there is no path between the PoPs.
    [[nodiscard]] std::uint32_t hops(RouteIndex route) const
    {
        return routes_[route].length;
    }

    /// `device` and `from` as in the Leg whose route it is. Valid until the next call, as device_hop();
    /// throughout, if it is no device's own.
    [[nodiscard]] const Hop& hop(RouteIndex route,
                                 std::uint32_t number,
                                 world::DeviceIndex device,
                                 world::ServerIndex from)
    {
        const Hop& known = hops_[routes_[route].first + number];
        if (known.spec != nullptr)
        {
            return known;
        }
        return from == Leg::kNone ? device_hop(device, known.direction)
                                  : server_hop(from, known.direction);
    }

    /// The number in `route`, below `before`, of the hop over that link; `before`: there is none.
    [[nodiscard]] std::uint32_t number_of(RouteIndex route,
                                          network::DirectedLink link,
                                          std::uint32_t before) const;

    /// A server's own link; valid throughout.
    [[nodiscard]] const Hop& server_hop(world::ServerIndex server,
                                        network::AccessDirection direction) const
    {
        return server_hops_[2 * server + static_cast<std::size_t>(direction)];
    }

    /// A device's own link.
    [[nodiscard]] const Hop& device_hop(world::DeviceIndex device,
                                        network::AccessDirection direction)
    {
        const std::uint32_t fleet = layout_.fleet_of_device(device);
        const Hop& hop = device_hops_[2 * fleet + static_cast<std::size_t>(direction)];
        if (hop.own == nullptr)
        {
            return hop;
        }
        remembering_ = hop;
        remembering_.device = device - layout_.first_device(fleet);
        return remembering_;
    }

    /// What is booked on the links from hop `number` on, by when a datagram may come to each that comes to that
    /// one at `at`, is asked about soon.
    void fetch_bookings(RouteIndex route, std::uint32_t number, SimTime at) const
    {
        const std::span hops(&hops_[routes_[route].first], routes_[route].length);
        for (const Hop& hop : hops.subspan(number))
        {
            if (hop.bookings != nullptr)
            {
                hop.bookings->fetch(at);
            }
            at += hop.spec != nullptr ? hop.spec->propagation : SimDuration{0};
        }
    }

    /// A fault has cut that link of the map at `at`; faults come before all else at an instant.
    [[nodiscard]] bool cut(network::DirectedLink link, SimTime at) const;

    /// The same of a hop on the way from or to that device.
    [[nodiscard]] bool cut(const Hop& hop, world::DeviceIndex device, SimTime at) const
    {
        return hop.of_the_map ? cut(hop.link, at)
                              : access_cuts_ && hop.of_the_device &&
                                    world::access_cut(world_, layout_, device, at);
    }

    /// Some link of the path between the two, there or back, is cut at `at`.
    [[nodiscard]] bool path_cut(world::ServerIndex server,
                                network::NodeIndex node,
                                SimTime at) const;

    /// Some link loses datagrams or is cut at some time.
    [[nodiscard]] bool may_fail() const
    {
        return may_fail_;
    }

    /// Losses or jitter are drawn somewhere, so datagrams must be numbered.
    [[nodiscard]] bool draws() const
    {
        return draws_;
    }

    [[nodiscard]] std::size_t octets() const;

  private:
    struct Route
    {
        std::uint32_t first = 0;  // of hops_
        std::uint32_t length = 0; // access links included; 0: none
    };

    struct Cut
    {
        SimTime begin;
        SimTime end;
    };

    [[nodiscard]] RouteIndex route(world::ServerIndex server,
                                   network::NodeIndex node,
                                   Way way) const
    {
        return static_cast<RouteIndex>(2 * (server * nodes_ + node)) + static_cast<RouteIndex>(way);
    }

    void add_server(world::ServerIndex server);
    void add_fleet(std::uint32_t fleet);
    [[nodiscard]] Hop map_hop(network::DirectedLink link);
    void find_routes();
    void find_cuts();

    const world::World& world_;
    const world::Layout& layout_;
    std::size_t nodes_;
    std::vector<network::NodeIndex> server_nodes_; // by server
    std::vector<Route> routes_;                    // by (server, node, way)
    std::vector<Hop> hops_;                        // of all routes; without a spec: the other end's
    std::vector<Hop> server_hops_;                 // up and down of each server
    std::vector<Hop> device_hops_;                 // up and down of each fleet's devices
    Hop remembering_;                      // the device_hop() of OwnLinks that was asked for last
    std::vector<network::LinkSpec> specs_; // by link of the map
    std::vector<network::LinkDirection> states_;        // by directed link of the map
    std::vector<network::LinkDirection> server_states_; // up and down of each server
    std::vector<LinkBookings> bookings_;                // as states_ and then server_states_
    std::vector<OwnLinks> own_links_;                   // as device_hops_
    std::vector<std::vector<Cut>> cuts_;                // by link of the map; empty: no such fault
    bool access_cuts_ = false;                          // some fault is one
    bool draws_ = false;
    bool may_fail_ = false;
};

} // namespace sipsim::fleet
