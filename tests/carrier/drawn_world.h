#pragma once

// Models : worlds drawn at random, of which only the links matter: maps and rates of many kinds, whatever
//          sends datagrams, faults.
// Drives : tests that demand the same of two ways to run one.
// Keeps  : a pure function of the seed; crowds at one instant, and user agents that meet at one.
// Leaves : what is right.

#include "tests/carrier/both_carriers.h"
#include "tests/carrier/located_world.h"
#include "tests/dice.h"

namespace sipsim::carrier
{

template <class T, std::size_t N>
T
one_of(Dice& dice, const T (&choices)[N])
{
    return choices[dice.roll(N)];
}

inline std::uint64_t
draw_rate(Dice& dice)
{
    constexpr std::uint64_t kRates[] =
        {0, 64'000, 256'000, 1'000'000, 10'000'000, 10'000'000, 100'000'000, 10'000'000'000};
    return one_of(dice, kRates);
}

inline std::vector<network::Node>
nodes_of(std::uint32_t count)
{
    std::vector<network::Node> nodes;
    for (std::uint32_t i = 0; i < count; ++i)
    {
        nodes.push_back({.id = std::to_string(i), .name = "pop"});
    }
    return nodes;
}

/// A chain or a ring of one to eight PoPs, perhaps with a link across.
inline void
draw_map(Dice& dice, world::World& world)
{
    const std::uint32_t count = 1 + dice.roll(8);
    std::vector<network::Link> links;
    const bool alike = dice.even(); // then many meet at one instant
    const std::uint64_t rate = draw_rate(dice);
    const auto join = [&](std::uint32_t a, std::uint32_t b) {
        network::Link link{.a = a, .b = b};
        link.propagation = alike ? SimDuration{1ms} : std::chrono::microseconds{dice.roll(20'000)};
        link.bandwidth_bps = alike ? rate : draw_rate(dice);
        links.push_back(link);
    };
    for (std::uint32_t i = 1; i < count; ++i)
    {
        join(i - 1, i);
    }
    if (count > 2 && dice.even())
    {
        join(count - 1, 0);
    }
    if (count > 4 && dice.even())
    {
        join(1, count - 2);
    }
    world.topology = network::Topology(nodes_of(count), links);
}

inline network::NodeIndex
draw_node(Dice& dice, const world::World& world)
{
    return dice.roll(static_cast<std::uint32_t>(world.topology.nodes().size()));
}

/// No two servers' links have the same delay: a tie between the datagrams of two name servers, which are
/// all account 0's, is decided by the order of their events.
inline void
place_server(Dice& dice,
             const world::World& world,
             network::NodeIndex& at,
             network::LinkSpec& access)
{
    at = draw_node(dice, world);
    const bool none = world.dns.empty() && dice.even();
    access.propagation = none ? 0ns : 1ms + SimDuration{1 + 97 * dice.roll(10'000)};
    access.bandwidth_bps = draw_rate(dice);
    if (dice.roll(4) == 0)
    {
        access.queue_limit = std::chrono::milliseconds{5 + dice.roll(200)};
    }
}

inline registrar::PingOptions
draw_pings(Dice& dice)
{
    using Kind = registrar::PingOptions::Kind;
    return {.kind = dice.roll(3) > 0 ? Kind::kNone
                    : dice.even()    ? Kind::kBlank
                                     : Kind::kOptions,
            .interval = std::chrono::seconds{20 + dice.roll(30)}};
}

inline void
draw_traversal(Dice& dice, world::World& world, world::FleetSpec& fleet)
{
    fleet.registration.rport = world.seed % 4 != 0;
    if (dice.even())
    {
        fleet.nat.keepalive = {.kind = nat::KeepaliveOptions::Kind::kCrlf,
                               .interval = std::chrono::seconds{15 + dice.roll(30)}};
    }
    if (dice.roll(4) == 0)
    {
        fleet.nat.probe = dice.even() ? nat::Probe::kStun : nat::Probe::kOptions;
    }
    if (dice.roll(4) == 0)
    {
        fleet.stun = 0;
        fleet.nat.mode = nat::TraversalMode::kStun;
        fleet.nat.keepalive = fleet.nat.keepalives();
    }
    constexpr std::string_view kTypes[] = {"full-cone",
                                           "port-restricted-cone",
                                           "symmetric",
                                           "linux",
                                           "symmetric-firewall"};
    const std::uint32_t kind = dice.roll(4);
    if (kind == 0)
    {
        return;
    }
    fleet.nat_box = static_cast<std::uint32_t>(world.nats.size());
    world.nats.push_back({.name = "box" + std::to_string(*fleet.nat_box),
                          .options = *nat::preset(one_of(dice, kTypes))});
    world.nats.back().options.timeout = std::chrono::seconds{30 + dice.roll(200)};
    world.nats.back().devices = kind == 2 ? 4 : 1; // a carrier's, or a home's
    if (kind == 3)                                 // a home's behind a carrier's
    {
        world.nats.back().behind = *fleet.nat_box + 1;
        world.nats.push_back({.name = "cgn" + std::to_string(*fleet.nat_box),
                              .options = *nat::preset("symmetric"),
                              .devices = 8});
    }
}

inline world::FleetSpec
draw_fleet(Dice& dice, world::World& world)
{
    world::FleetSpec fleet;
    fleet.name = "fleet" + std::to_string(world.fleets.size());
    fleet.count = 4 + dice.roll(dice.roll(4) == 0 ? 120 : 20);
    fleet.accounts = 1 + (dice.even() ? dice.roll(4) : 0);
    for (std::uint32_t i = 1 + dice.roll(3); i > 0; --i)
    {
        fleet.at.push_back(draw_node(dice, world));
    }
    fleet.registrar = dice.roll(static_cast<std::uint32_t>(world.registrars.size()));
    if (!world.proxies.empty() && dice.even())
    {
        fleet.proxy = dice.roll(static_cast<std::uint32_t>(world.proxies.size()));
        fleet.registrar = world.proxies[*fleet.proxy].registrar;
    }
    fleet.start = dice.even() ? world::Start{.kind = world::Start::Kind::kAtOnce}
                              : world::Start{.kind = world::Start::Kind::kRandom, .span = 1s};
    fleet.registration.expires = 120 + 60 * dice.roll(4);
    fleet.registration.refresh = {.kind = registration::RefreshLaw::Kind::kFraction, .low = 0.5};
    fleet.registration.retry.base = 20s;
    fleet.registration.boot_time = 10s;
    fleet.registration.unregister = static_cast<registration::Unregister>(dice.roll(3));
    fleet.call_gap = 200s;
    if (dice.roll(3) == 0)
    {
        fleet.extra = {.count = static_cast<std::uint8_t>(1 + dice.roll(3)),
                       .each_refresh = dice.even()};
    }
    const SimDuration delays[] = {0ms, 5ms, std::chrono::microseconds{dice.roll(9000)}};
    fleet.access.propagation = one_of(dice, delays);
    fleet.access.bandwidth_bps = draw_rate(dice);
    if (dice.roll(4) == 0)
    {
        fleet.access.queue_limit = std::chrono::milliseconds{1 + dice.roll(100)};
    }
    draw_traversal(dice, world, fleet);
    return fleet;
}

inline void
draw_faults(Dice& dice, world::World& world)
{
    const auto fleets = static_cast<std::uint32_t>(world.fleets.size());
    const auto links = static_cast<std::uint32_t>(world.topology.links().size());
    for (std::uint32_t i = dice.roll(6); i > 0; --i)
    {
        constexpr world::FaultKind kKinds[] = {world::FaultKind::kPowerCut, // all back at once
                                               world::FaultKind::kPowerCut,
                                               world::FaultKind::kReboot,
                                               world::FaultKind::kRestart,
                                               world::FaultKind::kAccess,
                                               world::FaultKind::kOutage,
                                               world::FaultKind::kDnsSlow,
                                               world::FaultKind::kLink,
                                               world::FaultKind::kPartition,
                                               world::FaultKind::kNatReboot};
        world::FaultSpec fault = fault_at(one_of(dice, kKinds),
                                          dice.roll(world::server_count(world)),
                                          std::chrono::milliseconds{dice.roll(500'000)},
                                          std::chrono::milliseconds{1 + dice.roll(60'000)});
        if (dice.even()) // in the midst of a crowd
        {
            fault.at = SimTime{std::chrono::microseconds{dice.roll(100'000)}};
        }
        if (fault.kind == world::FaultKind::kDnsSlow)
        {
            if (world.dns.empty())
            {
                continue;
            }
            fault.server = world::server_index(world, {world::ServerKind::kDns, dice.roll(2)});
            fault.delay = std::chrono::milliseconds{1 + dice.roll(6000)};
        }
        fault.fleet = dice.roll(fleets);
        fault.share = dice.even() ? 1.0 : 0.5;
        fault.new_address = fault.kind == world::FaultKind::kPowerCut && dice.even();
        fault.unreachable = static_cast<world::Unreachable>(dice.roll(2));
        const bool cut =
            fault.kind == world::FaultKind::kLink || fault.kind == world::FaultKind::kPartition;
        if ((cut && links == 0) ||
            (fault.kind == world::FaultKind::kNatReboot && world.nats.empty()))
        {
            continue;
        }
        if (cut)
        {
            fault.links = {dice.roll(links)};
        }
        fault.nat =
            world.nats.empty() ? 0 : dice.roll(static_cast<std::uint32_t>(world.nats.size()));
        world.faults.push_back(fault);
    }
}

/// Losses everywhere or nowhere; jitter on the map, on the devices' links, or nowhere.
inline void
draw_loss(Dice& dice, world::World& world)
{
    const double loss = dice.roll(3) == 0 ? 0.03 : 0.0;
    const std::uint32_t jitter = dice.roll(3);
    if (loss > 0.0)
    {
        give_loss(world, loss, SimDuration{0});
    }
    if (jitter == 1)
    {
        auto links = world.topology.links();
        for (auto& link : links)
        {
            link.jitter = dice.even() ? SimDuration{0} : std::chrono::milliseconds{dice.roll(20)};
        }
        world.topology = network::Topology(world.topology.nodes(), links);
    }
    for (auto& fleet : world.fleets)
    {
        fleet.access.jitter = jitter == 2 ? std::chrono::milliseconds{1 + dice.roll(30)} : 0ms;
    }
}

/// One fleet locates two registrars by two name servers, of which the second may ask the first.
inline void
draw_location(Dice& dice, world::World& world)
{
    world.dns.push_back(world.dns[0]);
    world.dns[1].name = "second";
    if (dice.even())
    {
        world.dns[1].zones.clear();
        world.dns[1].forward = {0};
    }
    auto& locating = *world.fleets[0].locating;
    locating.resolvers =
        dice.even() ? std::vector<std::uint32_t>{1} : std::vector<std::uint32_t>{0, 1};
    locating.failover.tries = 2;
    locating.failover.try_timeout = 5s;
    for (auto& record : world.zones[0].records)
    {
        record.ttl = dice.roll(300);
        record.priority = static_cast<std::uint16_t>(dice.roll(2));
    }
}

/// Of the seed: anything that sends datagrams over links of any kind.
inline world::World
drawn_world(std::uint64_t seed)
{
    Dice dice(seed);
    const bool locates = dice.roll(3) == 0;
    world::World world = located(10 + dice.roll(40));
    world.seed = seed;
    world.duration = 600s;
    draw_map(dice, world);
    if (locates)
    {
        world.fleets[0].at = {draw_node(dice, world), draw_node(dice, world)};
        world.fleets[0].start = {.kind = world::Start::Kind::kAtOnce};
        world.fleets[0].accounts = 1 + dice.roll(2);
        world.fleets[0].registration.expires = 240;
        world.fleets[0].access.bandwidth_bps = draw_rate(dice);
        draw_location(dice, world);
    }
    else
    {
        world.fleets.clear();
        world.zones.clear();
        world.dns.clear();
        world.registrars.resize(1 + dice.roll(2));
        for (std::uint32_t i = dice.roll(3); i > 0; --i)
        {
            world.proxies.push_back({.name = "edge" + std::to_string(i)});
            world.proxies.back().registrar =
                dice.roll(static_cast<std::uint32_t>(world.registrars.size()));
            world.proxies.back().options.offload = dice.even();
            world.proxies.back().options.ping = draw_pings(dice);
        }
    }
    for (auto& registrar : world.registrars)
    {
        place_server(dice, world, registrar.at, registrar.access);
        registrar.options.challenge = static_cast<registrar::ChallengeWhen>(dice.roll(3));
        registrar.options.contact_address = static_cast<registrar::ContactAddress>(dice.roll(2));
        registrar.options.ping = draw_pings(dice);
        if (dice.roll(4) == 0)
        {
            registrar.options.station = {.workers = 1 + dice.roll(3),
                                         .unauthenticated = 300us,
                                         .authenticated = 2ms};
            registrar.options.station.queue = 10 + dice.roll(40);
        }
        registrar.keep_bindings = dice.even();
    }
    for (auto& proxy : world.proxies)
    {
        place_server(dice, world, proxy.at, proxy.access);
    }
    for (auto& dns : world.dns)
    {
        place_server(dice, world, dns.at, dns.access);
    }
    world.stuns.push_back({.name = "stun"});
    place_server(dice, world, world.stuns[0].at, world.stuns[0].access);
    for (std::uint32_t i = locates ? dice.roll(2) : 1 + dice.roll(3); i > 0; --i)
    {
        world.fleets.push_back(draw_fleet(dice, world));
    }
    draw_loss(dice, world);
    draw_faults(dice, world);
    return world;
}

} // namespace sipsim::carrier
