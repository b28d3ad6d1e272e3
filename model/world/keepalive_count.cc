#include "model/world/keepalive_count.h"

#include "model/nat/stun_client.h"
#include "model/nat/stun_codec.h"
#include "model/network/paths.h"
#include "model/registration/options_request.h"
#include "model/sip/codec.h"
#include "model/world/nat_boxes.h"

#include <algorithm>

namespace sipsim::world
{

namespace
{

using network::LinkSpec;

/// One link on the way of a keepalive.
struct Hop
{
    LinkSpec spec;
    std::optional<network::LinkIndex> link{}; // of the map
};

std::vector<Hop>
hops_of(const World& world,
        const network::Paths& paths,
        const LinkSpec& access,
        network::NodeIndex node,
        ServerIndex server)
{
    std::vector<Hop> hops{{.spec = access}};
    for (const network::DirectedLink link : paths.path(node, server_node(world, server)))
    {
        const network::LinkIndex index = network::link_of(link);
        hops.push_back({.spec = network::spec_of(world.topology.links()[index]), .link = index});
    }
    hops.push_back({.spec = server_access(world, server)});
    return hops;
}

std::uint32_t
wire_octets(const nat::KeepaliveOptions& options)
{
    return static_cast<std::uint32_t>(sip::wire_size(options.octets()));
}

std::size_t
binding_octets(nat::StunForm form)
{
    return nat::encoded_size(nat::binding_request({.form = form}, DrawKey{}, 0));
}

/// Of the fleet's first account; those of others have a digit more or less.
std::size_t
options_octets(const World& world, const Layout& layout, std::uint32_t number)
{
    const FleetSpec& fleet = world.fleets[number];
    sip::Names names;
    registration::AgentSettings settings{
        .registration = fleet.registration,
        .servers = {},
        .domain = names.host(world.registrars[fleet.registrar].domain).value_or(sip::Host{})};
    settings.registration.proxy_require =
        names.option_tag(fleet.proxy_require).value_or(sip::OptionTag{});
    const AccountIndex first = layout.first_account_of(layout.first_device(number));
    return sip::encoded_size(
        registration::options_request(settings,
                                      layout.account(first),
                                      layout.server_address(first_server(world, fleet)),
                                      0),
        names);
}

} // namespace

KeepaliveCount::KeepaliveCount(const World& world, const Layout& layout)
    : world_(world),
      layout_(layout)
{
    any_ = std::ranges::any_of(world.fleets, [](const FleetSpec& fleet) {
        return fleet.nat.keepalive.enabled() || traverses(fleet);
    });
    for (std::uint32_t fleet = 0; any_ && fleet < world.fleets.size(); ++fleet)
    {
        fleets_.push_back(make_fleet(fleet));
    }
}

std::vector<KeepaliveCount::Stream>
KeepaliveCount::streams_of(std::uint32_t number) const
{
    const FleetSpec& spec = world_.fleets[number];
    const nat::TraversalOptions& options = spec.nat;
    const ServerIndex server = first_server(world_, spec);
    std::vector<Stream> streams;
    const auto add = [&streams](SimDuration interval, std::size_t octets, ServerIndex to) {
        streams.push_back({interval, static_cast<std::uint32_t>(sip::wire_size(octets)), to});
    };
    if (options.keepalive.enabled())
    {
        add(options.keepalive.interval, options.keepalive.octets(), server);
    }
    if (options.probe == nat::Probe::kStun)
    {
        add((options.probe_interval_min + options.probe_interval_max) / 2,
            binding_octets(nat::StunForm::kCookie), // RFC 5626 §4.4.2
            server);
    }
    if (options.probe == nat::Probe::kOptions)
    {
        add(options.probe_interval, options_octets(world_, layout_, number), server);
    }
    if (options.mode == nat::TraversalMode::kStun &&
        options.refresh == nat::StunRefresh::kBinding &&
        options.discovery == nat::StunDiscoveryKind::kBinding && spec.stun)
    {
        add(options.keepalive.interval,
            binding_octets(options.form),
            server_index(world_, {ServerKind::kStun, *spec.stun}));
    }
    return streams;
}

KeepaliveCount::Fleet
KeepaliveCount::make_fleet(std::uint32_t number)
{
    const FleetSpec& spec = world_.fleets[number];
    Fleet fleet{.options = spec.nat.keepalive,
                .streams = streams_of(number),
                .computed = computes_keepalives(world_, number),
                .lives = {},
                .routes = {}};
    if (!fleet.options.enabled())
    {
        return fleet;
    }
    if (std::ranges::any_of(world_.faults, [&](const FaultSpec& fault) {
            return hits_devices(fault.kind) && fault.fleet == number;
        }))
    {
        fleet.lives.resize(spec.count);
    }
    const network::Paths paths(world_.topology);
    const NatSpec* home = home_nat(world_, number);
    const NatSpec* carrier = carrier_nat(world_, number);
    const bool blocked = (home != nullptr && home->options.blocks_udp) ||
                         (carrier != nullptr && carrier->options.blocks_udp);
    const ServerIndex server = first_server(world_, spec);
    for (network::NodeIndex node = 0; node < world_.topology.nodes().size(); ++node)
    {
        const network::NodeIndex to = server_node(world_, server);
        Route route{.joined = (node == to || paths.reachable(node, to)) && !blocked, .cut = {}};
        for (const Hop& hop : hops_of(world_, paths, spec.access, node, server))
        {
            for (const FaultSpec& fault : world_.faults)
            {
                if (hop.link && std::ranges::find(fault.links, *hop.link) != fault.links.end())
                {
                    route.cut.push_back(
                        {fault.at - route.time, end_of(world_, fault) - route.time});
                }
            }
            route.time += network::uncontended_time(hop.spec, wire_octets(fleet.options));
            route.survival *= 1.0 - hop.spec.loss;
        }
        std::ranges::sort(route.cut, {}, &Window::begin);
        std::vector<Window> merged;
        for (const Window& window : route.cut)
        {
            if (!merged.empty() && window.begin <= merged.back().end)
            {
                merged.back().end = std::max(merged.back().end, window.end);
            }
            else
            {
                merged.push_back(window);
            }
        }
        route.cut = std::move(merged);
        fleet.routes.push_back(std::move(route));
    }
    return fleet;
}

// Adds, or with sign -1 takes back, what the device sends from `from` to the end of the run in the life
// that began at `up`.
void
KeepaliveCount::add(const Fleet& fleet,
                    DeviceIndex device,
                    std::uint32_t life,
                    SimTime up,
                    SimTime from,
                    double sign)
{
    const nat::KeepaliveSchedule schedule(fleet.options, layout_.device_key(device), life, up);
    const SimTime warm{world_.warmup};
    const SimTime end{world_.duration};
    const auto count = [&](SimTime begin, SimTime until) {
        return begin < until ? static_cast<double>(schedule.count(begin, until)) : 0.0;
    };
    totals_.sent += sign * count(std::max(from, warm), end);
    const Route& route = fleet.routes[layout_.node_of(device)];
    if (!route.joined)
    {
        return;
    }
    const SimTime first = std::max(from, warm - route.time);
    const SimTime last = end - route.time;
    double arrived = count(first, last);
    for (const Window& window : route.cut)
    {
        arrived -= count(std::max(first, window.begin), std::min(last, window.end));
    }
    totals_.arrived += sign * route.survival * arrived;
}

void
KeepaliveCount::set_device(SimTime at, DeviceIndex device, bool powered)
{
    if (!any_)
    {
        return;
    }
    Fleet& fleet = fleets_[layout_.fleet_of_device(device)];
    fleet.powered += powered ? 1 : -1;
    if (fleet.lives.empty())
    {
        if (fleet.computed)
        {
            add(fleet, device, 0, at, at, 1.0);
        }
        return;
    }
    Life& life = fleet.lives[device - layout_.first_device(layout_.fleet_of_device(device))];
    if (powered == life.powered)
    {
        return;
    }
    life.powered = powered;
    if (powered)
    {
        life.up = at;
        ++life.number;
    }
    if (fleet.computed)
    {
        add(fleet, device, life.number - 1U, life.up, at, powered ? 1.0 : -1.0);
    }
}

void
KeepaliveCount::sent(SimTime at)
{
    totals_.sent += at >= SimTime{world_.warmup} ? 1 : 0;
}

void
KeepaliveCount::arrived(SimTime at)
{
    totals_.arrived += at >= SimTime{world_.warmup} ? 1 : 0;
}

double
KeepaliveCount::rate() const
{
    double rate = 0;
    for (const Fleet& fleet : fleets_)
    {
        for (const Stream& stream : fleet.streams)
        {
            rate += static_cast<double>(fleet.powered) / to_seconds(stream.interval);
        }
    }
    return rate;
}

double
KeepaliveCount::link_load() const
{
    const network::Paths paths(world_.topology);
    std::vector<double> on_map(world_.topology.links().size()); // bit/s
    std::vector<double> at_server(server_count(world_));
    double most = 0;
    const auto take = [&most](double bits, const LinkSpec& spec) {
        if (spec.bandwidth_bps > 0)
        {
            most = std::max(most, bits / static_cast<double>(spec.bandwidth_bps));
        }
    };
    for (std::size_t number = 0; number < fleets_.size(); ++number)
    {
        const FleetSpec& spec = world_.fleets[number];
        double of_device = 0;
        for (const Stream& stream : fleets_[number].streams)
        {
            const double bits = 8.0 * stream.octets / to_seconds(stream.interval);
            of_device += bits;
            // Devices go round the fleet's nodes.
            for (std::size_t place = 0; place < spec.at.size(); ++place)
            {
                const auto devices =
                    spec.count / spec.at.size() + (place < spec.count % spec.at.size() ? 1 : 0);
                const double all = bits * static_cast<double>(devices);
                for (const Hop& hop :
                     hops_of(world_, paths, spec.access, spec.at[place], stream.to))
                {
                    if (hop.link)
                    {
                        on_map[*hop.link] += all;
                    }
                }
                at_server[stream.to] += all;
            }
        }
        take(of_device, spec.access);
    }
    for (std::size_t link = 0; link < on_map.size(); ++link)
    {
        take(on_map[link], network::spec_of(world_.topology.links()[link]));
    }
    for (ServerIndex server = 0; server < at_server.size(); ++server)
    {
        take(at_server[server], server_access(world_, server));
    }
    return most;
}

} // namespace sipsim::world
