#include "model/fleet/path_model.h"

#include "model/world/nat_boxes.h"
#include "model/world/pings.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace sipsim::fleet
{

namespace
{

using network::AccessDirection;
using network::LinkSpec;

constexpr std::uint32_t kLargestDatagram =
    2000; // octets; a REGISTER with credentials has about 800
constexpr std::uint32_t kUsualDatagram = 1500;
constexpr std::uint32_t kFewDevices =
    1U << 16U; // of a fleet, up to which every device's links have a memory

/// Such a link passes each datagram as if no other had been there.
bool
forgets(const LinkSpec& spec)
{
    return spec.bandwidth_bps == 0 && spec.jitter == SimDuration{0};
}

/// Where what has passed leaves nothing but a busy sender.
bool
can_be_booked(const LinkSpec& spec)
{
    return spec.bandwidth_bps != 0 && spec.jitter == SimDuration{0};
}

LinkBookings
bookings_of(const LinkSpec& spec)
{
    return LinkBookings(network::serialization_time(kUsualDatagram, spec.bandwidth_bps));
}

bool
draws_on(const LinkSpec& spec)
{
    return spec.loss > 0.0 || spec.jitter > SimDuration{0};
}

// A copy of a request may be refused on the way while the answer to the first is under way: by a proxy under
// overload control, or by a registrar at which the first has waited.
bool
refuses_copies(const world::World& world, const world::FleetSpec& fleet)
{
    using registrar::OverloadOptions;
    using registrar::StationOptions;
    const bool drained = std::ranges::any_of(world.faults, [](const world::FaultSpec& fault) {
        return fault.kind == world::FaultKind::kDrain;
    });
    const bool proxy = fleet.proxy && world.proxies[*fleet.proxy].options.overload.algorithms != 0;
    return proxy || std::ranges::any_of(world.registrars, [&](const world::RegistrarSpec& spec) {
               const StationOptions& station = spec.options.station;
               return station.workers > 0 &&
                      (drained || station.when_full == StationOptions::WhenFull::kRefuse ||
                       station.overload.control == OverloadOptions::Control::kLoss);
           });
}

// Two answers may come together to a device that asks several servers, where one may answer after it was given up
// on: name servers, and registrars that DNS names. A site's resolver answers all copies of a query at once.
bool
answers_meet(const world::World& world, const world::FleetSpec& fleet)
{
    constexpr SimDuration kPatient =
        std::chrono::seconds{2}; // Model choice: no way there and back takes so long
    if (!fleet.locating)
    {
        return false;
    }
    const auto& locating = *fleet.locating;
    const SimDuration tried = locating.failover.try_timeout;
    const std::uint8_t sends = locating.failover.try_sends;
    return locating.resolvers.size() > 1 || locating.resolver.timeout < kPatient ||
           (tried > SimDuration{0} && tried < kPatient) ||
           (sends > 0 &&
            sends * sip::shortest_interval(fleet.registration.transaction) < kPatient) ||
           std::ranges::any_of(
               locating.resolvers,
               [&](std::uint32_t dns) { return !world.dns[dns].forward.empty(); }) ||
           std::ranges::any_of(world.registrars,
                               [](const world::RegistrarSpec& registrar) {
                                   return registrar.options.station.workers > 0;
                               }) ||
           std::ranges::any_of(world.faults, [](const world::FaultSpec& fault) {
               return fault.kind == world::FaultKind::kDnsSlow;
           });
}

// Hardly ever two datagrams are on such a link of a device at once: an account waits for its answer longer
// than the link takes, nothing is sent beside it, a request has one answer at a time, and no NAT hands the
// device the answers of others (RFC 3581 not followed: to the box's address, the Via's port). They are where a
// round trip takes as long as a retransmission interval, within the time a datagram takes of the link; where a
// device gives up what is under way, at a shutdown; and where a station is done with two copies at once.
bool
seldom_two(const world::World& world, const world::Layout& layout, std::uint32_t number)
{
    const world::FleetSpec& fleet = world.fleets[number];
    const bool keepalives =
        (fleet.nat.keepalive.enabled() && !world::computes_keepalives(world, number)) ||
        world::traverses(fleet) || world::pinged(world, layout, number);
    const bool of_others = world::carrier_nat(world, number) != nullptr &&
                           (std::ranges::any_of(world.registrars,
                                                [](const world::RegistrarSpec& registrar) {
                                                    return registrar.options.reply_address ==
                                                           registrar::ReplyAddress::kViaPort;
                                                }) ||
                            std::ranges::any_of(world.fleets, [](const world::FleetSpec& other) {
                                return !other.registration.rport;
                            }));
    const SimDuration longest =
        network::serialization_time(kLargestDatagram, fleet.access.bandwidth_bps);
    return fleet.accounts == 1 && fleet.extra.count == 0 && !keepalives && !of_others &&
           !refuses_copies(world, fleet) && !answers_meet(world, fleet) &&
           fleet.access.jitter == SimDuration{0} &&
           longest < sip::shortest_interval(fleet.registration.transaction);
}

} // namespace

PathModel::PathModel(const world::World& world, const world::Layout& layout)
    : world_(world),
      layout_(layout),
      nodes_(world.topology.nodes().size()),
      states_(2 * world.topology.links().size()),
      server_states_(2 * std::size_t{world::server_count(world)})
{
    if (std::uint64_t{nodes_} * world::server_count(world) > kMostServersTimesPops)
    {
        throw std::length_error("the fleet carrier has no numbers for the ways between " +
                                std::to_string(world::server_count(world)) + " servers and " +
                                std::to_string(nodes_) + " PoPs");
    }
    for (const auto& link : world.topology.links())
    {
        specs_.push_back(network::spec_of(link));
        draws_ = draws_ || draws_on(specs_.back());
        bookings_.insert(bookings_.end(), 2, bookings_of(specs_.back()));
    }
    for (world::ServerIndex server = 0; server < world::server_count(world); ++server)
    {
        bookings_.insert(bookings_.end(), 2, bookings_of(world::server_access(world, server)));
        server_nodes_.push_back(world::server_node(world, server));
    }
    for (world::ServerIndex server = 0; server < world::server_count(world); ++server)
    {
        add_server(server);
    }
    own_links_.reserve(2 * world.fleets.size()); // hops point to them
    for (std::uint32_t number = 0; number < world.fleets.size(); ++number)
    {
        add_fleet(number);
    }
    find_routes();
    find_cuts();
    may_fail_ = draws_ || access_cuts_ || !cuts_.empty();
}

void
PathModel::add_server(world::ServerIndex server)
{
    const LinkSpec& spec = world::server_access(world_, server);
    draws_ = draws_ || draws_on(spec);
    for (const AccessDirection direction : {AccessDirection::kUp, AccessDirection::kDown})
    {
        const std::size_t number = server_hops_.size();
        server_hops_.push_back(
            {.spec = &spec,
             .state = forgets(spec) ? nullptr : &server_states_[number],
             .bookings = can_be_booked(spec) ? &bookings_[states_.size() + number] : nullptr,
             .link = network::server_access(server, direction),
             .direction = direction,
             .bookable = can_be_booked(spec)});
    }
}

void
PathModel::add_fleet(std::uint32_t number)
{
    const world::FleetSpec& fleet = world_.fleets[number];
    draws_ = draws_ || draws_on(fleet.access);
    // Model choice: a link of a large fleet's devices forgets where it makes a difference to hardly any.
    const bool forgotten =
        forgets(fleet.access) || (fleet.count > kFewDevices && seldom_two(world_, layout_, number));
    for (const AccessDirection direction : {AccessDirection::kUp, AccessDirection::kDown})
    {
        // Not bookable with loss: of copies that come to it at one instant the first may be lost, and the second
        // would be booked before it.
        OwnLinks& links = own_links_.emplace_back(fleet.count);
        device_hops_.push_back(
            {.spec = &fleet.access,
             .own = forgotten ? nullptr : &links,
             .link = network::device_access(direction),
             .direction = direction,
             .of_the_device = true,
             .bookable = !forgotten && can_be_booked(fleet.access) && fleet.access.loss == 0.0});
    }
}

void
PathModel::find_routes()
{
    const network::Paths paths(world_.topology);
    for (world::ServerIndex server = 0; server < server_nodes_.size(); ++server)
    {
        const network::NodeIndex at = server_nodes_[server];
        for (network::NodeIndex node = 0; node < nodes_; ++node)
        {
            for (const Way way : {Way::kToServer, Way::kToDevice})
            {
                const bool up = way == Way::kToServer;
                const auto from = up ? node : at;
                const auto to = up ? at : node;
                const auto path = paths.path(from, to);
                const bool joined = from == to || !path.empty();
                routes_.push_back(
                    {.first = static_cast<std::uint32_t>(hops_.size()),
                     .length = joined ? static_cast<std::uint32_t>(path.size()) + 2 : 0});
                if (!joined)
                {
                    continue;
                }
                // The other end's hop is a device's, or another server's.
                hops_.push_back(up ? Hop{.direction = AccessDirection::kUp}
                                   : server_hop(server, AccessDirection::kUp));
                for (const network::DirectedLink link : path)
                {
                    hops_.push_back(map_hop(link));
                }
                hops_.push_back(up ? server_hop(server, AccessDirection::kDown)
                                   : Hop{.direction = AccessDirection::kDown});
            }
        }
    }
}

void
PathModel::find_cuts()
{
    for (const auto& fault : world_.faults)
    {
        access_cuts_ = access_cuts_ || fault.kind == world::FaultKind::kAccess;
        if (fault.kind != world::FaultKind::kPartition && fault.kind != world::FaultKind::kLink)
        {
            continue;
        }
        cuts_.resize(world_.topology.links().size());
        for (const network::LinkIndex link : fault.links)
        {
            cuts_[link].push_back({fault.at, world::end_of(world_, fault)});
        }
    }
}

std::uint32_t
PathModel::number_of(RouteIndex route, network::DirectedLink link, std::uint32_t before) const
{
    const std::span<const Hop> hops(&hops_[routes_[route].first], before);
    const auto over_it = [link](const Hop& hop) {
        return link == (hop.spec != nullptr ? hop.link : network::device_access(hop.direction));
    };
    return static_cast<std::uint32_t>(std::ranges::find_if(hops, over_it) - hops.begin());
}

Hop
PathModel::map_hop(network::DirectedLink link)
{
    const LinkSpec& spec = specs_[network::link_of(link)];
    return {.spec = &spec,
            .state = forgets(spec) ? nullptr : &states_[network::index(link)],
            .bookings = can_be_booked(spec) ? &bookings_[network::index(link)] : nullptr,
            .link = link,
            .of_the_map = true,
            .bookable = can_be_booked(spec)};
}

bool
PathModel::cut(network::DirectedLink link, SimTime at) const
{
    return !cuts_.empty() &&
           std::ranges::any_of(cuts_[network::link_of(link)],
                               [at](const Cut& cut) { return cut.begin <= at && at < cut.end; });
}

bool
PathModel::path_cut(world::ServerIndex server, network::NodeIndex node, SimTime at) const
{
    if (cuts_.empty())
    {
        return false;
    }
    for (const Way way : {Way::kToServer, Way::kToDevice})
    {
        const Route& r = routes_[route(server, node, way)];
        for (std::uint32_t i = 1; i + 1 < r.length; ++i)
        {
            if (cut(hops_[r.first + i].link, at))
            {
                return true;
            }
        }
    }
    return false;
}

std::size_t
PathModel::octets() const
{
    std::size_t octets = bookings_.capacity() * sizeof(LinkBookings);
    const std::size_t states = states_.size() + server_states_.size();
    for (const OwnLinks& links : own_links_)
    {
        octets += links.octets();
    }
    for (const LinkBookings& bookings : bookings_)
    {
        octets += bookings.octets();
    }
    return octets + states * sizeof(network::LinkDirection) + routes_.size() * sizeof(Route) +
           hops_.size() * sizeof(Hop);
}

} // namespace sipsim::fleet
