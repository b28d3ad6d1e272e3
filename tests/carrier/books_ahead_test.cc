// The fleet carrier with its links booked ahead, and with an event of each datagram at each link.

#include "tests/carrier/both_carriers.h"
#include "tests/carrier/located_world.h"
#include "tests/dice.h"

using namespace sipsim;
using namespace sipsim::carrier;
using world::FaultKind;

namespace
{

struct Both
{
    Seen by_link;
    Seen booked;
};

/// Demands the same of both, event for event.
Both
check_books(const world::World& world, Carrier with_books = Carrier::kFleet)
{
    Both both{run_on(Carrier::kFleetByLink, world), run_on(with_books, world)};
    const auto& [by_link, booked] = both;
    check_equal(by_link, booked);
    // All facts in order, whoever's they are.
    CHECK(difference(by_link.recorder.others, booked.recorder.others) == std::string{});
    CHECK(by_link.results.fingerprint == booked.results.fingerprint);
    return both;
}

template <class T, std::size_t N>
T
one_of(Dice& dice, const T (&choices)[N])
{
    return choices[dice.roll(N)];
}

std::uint64_t
draw_rate(Dice& dice)
{
    constexpr std::uint64_t kRates[] =
        {0, 64'000, 256'000, 1'000'000, 10'000'000, 10'000'000, 100'000'000, 10'000'000'000};
    return one_of(dice, kRates);
}

std::vector<network::Node>
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
void
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

network::NodeIndex
draw_node(Dice& dice, const world::World& world)
{
    return dice.roll(static_cast<std::uint32_t>(world.topology.nodes().size()));
}

/// No two servers' links have the same delay: a tie between the datagrams of two name servers, which are
/// all account 0's, is decided by the order of their events.
void
place_server(Dice& dice,
             const world::World& world,
             network::NodeIndex& at,
             network::LinkSpec& access)
{
    at = draw_node(dice, world);
    access.propagation = 1ms + SimDuration{1 + 97 * dice.roll(10'000)};
    access.bandwidth_bps = draw_rate(dice);
    if (dice.roll(4) == 0)
    {
        access.queue_limit = std::chrono::milliseconds{5 + dice.roll(200)};
    }
}

registrar::PingOptions
draw_pings(Dice& dice)
{
    using Kind = registrar::PingOptions::Kind;
    return {.kind = dice.roll(3) > 0 ? Kind::kNone
                    : dice.even()    ? Kind::kBlank
                                     : Kind::kOptions,
            .interval = std::chrono::seconds{20 + dice.roll(30)}};
}

void
draw_traversal(Dice& dice, world::World& world, world::FleetSpec& fleet)
{
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

world::FleetSpec
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
    fleet.access.propagation =
        dice.even() ? SimDuration{5ms} : std::chrono::microseconds{dice.roll(9000)};
    fleet.access.bandwidth_bps = draw_rate(dice);
    if (dice.roll(4) == 0)
    {
        fleet.access.queue_limit = std::chrono::milliseconds{1 + dice.roll(100)};
    }
    draw_traversal(dice, world, fleet);
    return fleet;
}

void
draw_faults(Dice& dice, world::World& world)
{
    const auto fleets = static_cast<std::uint32_t>(world.fleets.size());
    const auto links = static_cast<std::uint32_t>(world.topology.links().size());
    for (std::uint32_t i = dice.roll(6); i > 0; --i)
    {
        constexpr FaultKind kKinds[] = {FaultKind::kPowerCut, // all back at once
                                        FaultKind::kPowerCut,
                                        FaultKind::kReboot,
                                        FaultKind::kRestart,
                                        FaultKind::kAccess,
                                        FaultKind::kOutage,
                                        FaultKind::kDnsSlow,
                                        FaultKind::kLink,
                                        FaultKind::kPartition,
                                        FaultKind::kNatReboot};
        world::FaultSpec fault = fault_at(one_of(dice, kKinds),
                                          dice.roll(world::server_count(world)),
                                          std::chrono::milliseconds{dice.roll(500'000)},
                                          std::chrono::milliseconds{1 + dice.roll(60'000)});
        if (dice.even()) // in the midst of a crowd
        {
            fault.at = SimTime{std::chrono::microseconds{dice.roll(100'000)}};
        }
        if (fault.kind == FaultKind::kDnsSlow)
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
        fault.new_address = fault.kind == FaultKind::kPowerCut && dice.even();
        fault.unreachable = static_cast<world::Unreachable>(dice.roll(2));
        const bool cut = fault.kind == FaultKind::kLink || fault.kind == FaultKind::kPartition;
        if ((cut && links == 0) || (fault.kind == FaultKind::kNatReboot && world.nats.empty()))
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
void
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
void
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

world::World
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

/// All at once, everything at 10 Mbit/s: 0.5 ms a request, so that all wait for each other.
world::World
crowd(network::Topology topology, std::uint32_t devices, std::vector<network::NodeIndex> at)
{
    world::World world = three_pops(devices, 31);
    world.duration = 400s; // they refresh once, at 300 s
    world.topology = std::move(topology);
    world.registrars[0].at = 0;
    world.fleets[0].at = std::move(at);
    world.fleets[0].start = {.kind = world::Start::Kind::kAtOnce};
    give_rates(world, 10'000'000);
    return world;
}

/// So many worlds from one seed on.
void
check_worlds(std::uint64_t first, std::uint64_t count)
{
    std::size_t answered = 0;
    std::size_t dropped = 0;
    std::size_t pinged = 0;
    std::size_t asked = 0;
    std::uint64_t events = 0;
    std::uint64_t events_by_link = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed)
    {
        CAPTURE(seed);
        const auto [by_link, booked] =
            check_books(drawn_world(seed),
                        seed % 2 == 0 ? Carrier::kFleet : Carrier::kFleetCompact);
        answered += booked.recorder.count("answered");
        dropped += booked.recorder.count("drop");
        pinged += booked.recorder.count("ping by");
        asked += booked.recorder.count("query at");
        events += booked.events;
        events_by_link += by_link.events;
    }
    CHECK(answered > 100 * count);
    CHECK(dropped > 10 * count);
    CHECK(pinged > 10 * count);
    CHECK(asked > 10 * count);
    CHECK(events * 5 < events_by_link * 4);
}

} // namespace

TEST_CASE("booking links ahead changes no fact: worlds drawn at random")
{
    check_worlds(1, 80);
}

TEST_SUITE("long")
{
    TEST_CASE("booking links ahead changes no fact: many more worlds drawn at random")
    {
        check_worlds(1001, 1500);
    }
}

TEST_CASE("booking links ahead saves most events of ways whose links have finite rates")
{
    // Of 400 to 600 datagrams each way hardly two meet. From the first PoP, a way is its device's link, which
    // forgets, two of the map and the registrar's: a datagram has four events there, three of them at links
    // that can be booked, of which none is left; beside it a transaction has its timers.
    world::World world = three_pops(200, 32);
    give_rates(world, 1'000'000'000);
    const auto [by_link, booked] = check_books(world);
    CHECK(booked.events * 3 < by_link.events * 2);
}

TEST_CASE("two datagrams of one account that come to a link at one instant keep their order")
{
    // Two devices locate hosts of their own at one instant; their resolver asks the name server, at the
    // other end of a link of 1 Mbit/s, for both of them at one instant: account 0's both.
    world::World world = located(1);
    world.topology =
        network::Topology(nodes_of(2),
                          {{.a = 0, .b = 1, .propagation = 3ms, .bandwidth_bps = 1'000'000}});
    world.registrars[0].at = 1;
    world.registrars[1].at = 1;
    world.dns.push_back(world.dns[0]);
    world.dns[0].at = 1;
    world.dns[1].name = "site";
    world.dns[1].zones.clear();
    world.dns[1].forward = {0};
    world.fleets[0].locating->name = "a.sip.example";
    world.fleets[0].locating->resolvers = {1};
    world.fleets[0].locating->location.mode = dns::DnsMode::kA;
    world.fleets.push_back(world.fleets[0]);
    world.fleets[1].locating->name = "b.sip.example";
    const Seen seen = check_books(world).booked;
    CHECK(seen.recorder.count("query at 0") >= 2);
    std::vector<SimTime> asked;
    for (const Fact& fact : seen.recorder.others)
    {
        if (fact.what.starts_with("query at"))
        {
            asked.push_back(fact.at);
        }
    }
    REQUIRE(asked.size() >= 4);
    CHECK(asked[0] == asked[1]); // at the resolver
    CHECK(asked[2] < asked[3]);  // at the name server, one after the other
}

TEST_CASE("a datagram behind a link with jitter does not cross its own link twice")
{
    world::World world = crowd(three_pops(1, 1).topology, 300, {0, 1});
    give_rates(world, 10'000'000);
    world.fleets[0].access.bandwidth_bps = 0;
    world.fleets[0].access.jitter = 20ms;
    const Seen seen = check_books(world).booked;
    CHECK(seen.recorder.count("answered 0 400") == 600); // 200, as each refreshes once
}

TEST_CASE("a datagram whose turn at a link has come stays in its place")
{
    const Seen seen = check_books(crowd(network::Topology(nodes_of(4),
                                                          {{.a = 2, .b = 3, .propagation = 1ms},
                                                           {.a = 3, .b = 0, .propagation = 7ms}}),
                                        16,
                                        {2, 3}))
                          .booked;
    CHECK(seen.recorder.count("answered 0 400") == 32);
}

TEST_CASE("a way of 131 hops ends, also where its last links have been taken back")
{
    constexpr std::uint32_t kPops = 130;
    std::vector<network::Link> links;
    for (std::uint32_t i = 1; i < kPops; ++i)
    {
        links.push_back({.a = i - 1, .b = i, .propagation = 100us});
    }
    // From the far end, and from beside the registrar.
    world::World world = crowd(network::Topology(nodes_of(kPops), links), 400, {kPops - 1, 1});
    world.fleets[0].start = {.kind = world::Start::Kind::kRandom, .span = 1s};
    const Seen seen = check_books(world).booked;
    CHECK(seen.recorder.count("answered 0 400") == 800);
}
