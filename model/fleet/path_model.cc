#include "model/fleet/path_model.h"

#include "model/world/nat_boxes.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace sipsim::fleet
{

namespace
{

using network::AccessDirection;
using network::LinkSpec;

constexpr std::uint32_t kUsualDatagram = 1500;

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

} // namespace

PathModel::PathModel(const world::World& world, const world::Layout& layout)
    : world_(world),
      layout_(layout),
      nodes_(world.topology.nodes().size()),
      states_(2 * world.topology.links().size()),
      server_states_(2 * std::size_t{world::server_count(world)}),
      own_links_(2 * world.fleets.size())
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
    for (const AccessDirection direction : {AccessDirection::kUp, AccessDirection::kDown})
    {
        device_hops_.push_back(
            {.spec = &fleet.access,
             .own = forgets(fleet.access) ? nullptr : &own_links_[device_hops_.size()],
             .link = network::device_access(direction),
             .direction = direction,
             .of_the_device = true,
             .bookable = can_be_booked(fleet.access)});
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
