// The fleet carrier with its links booked ahead, and with an event of each datagram at each link.

#include "tests/carrier/both_carriers.h"
#include "tests/carrier/drawn_world.h"
#include "tests/carrier/located_world.h"

using namespace sipsim;
using namespace sipsim::carrier;

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

/// So many worlds from one seed on. None of them has a tie that is known to be decided differently: two
/// datagrams of one account that come to a link at one instant, one of which is lost there or has come by
/// links of its own, such as what name servers send each other (account 0).
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
    CHECK(events * 10 < events_by_link * 9);
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

TEST_CASE("what a fault makes a device send at an instant comes before all else at it")
{
    // A datagram of account 0 comes to the link of finite rate at the very instant at which account 1's
    // device, which is at the link, is told to restart and says so to the registrar.
    world::World world = three_pops(1, 33);
    world.topology =
        network::Topology(nodes_of(3),
                          {{.a = 0, .b = 1, .propagation = 10ms},
                           {.a = 1, .b = 2, .propagation = 7ms, .bandwidth_bps = 1'000'000}});
    world.duration = 500s;
    world.fleets[0].at = {0};
    world.fleets[0].start = {.kind = world::Start::Kind::kAtOnce};
    world.fleets.push_back(world.fleets[0]);
    world.fleets[1].name = "restarting";
    world.fleets[1].at = {1};
    world.fleets[1].access.propagation = 0ms;
    world.fleets[1].registration.unregister = registration::Unregister::kOwn;
    std::optional<SimTime> refreshed;
    const Seen before = run_on(Carrier::kFleetByLink, world);
    for (const Fact& fact : before.recorder.of_ua.at(0))
    {
        if (!refreshed && fact.at > SimTime{200s} && fact.what.starts_with("send "))
        {
            refreshed = fact.at;
        }
    }
    REQUIRE(refreshed.has_value());
    world.faults = {fault_at(world::FaultKind::kRestart, 0, {}, 10s)};
    world.faults[0].fleet = 1;
    world.faults[0].at = *refreshed + 5ms + 10ms; // its device's link, the first link of the map
    const Seen seen = check_books(world).booked;
    const auto& restarting = seen.recorder.of_ua.at(1);
    CHECK(std::ranges::any_of(restarting, [&](const Fact& fact) {
        return fact.at == world.faults[0].at && fact.what.starts_with("send ");
    }));
}

TEST_CASE("what an event makes another account send comes after all whose turn it was before")
{
    // Account 1's REGISTER comes to the link of finite rate 5 ms + 10 ms after the beginning, account 2's
    // query to the resolver at the link after 15 ms, which asks the name server at that instant: account 0.
    world::World world = located(1);
    world.topology =
        network::Topology(nodes_of(3),
                          {{.a = 0, .b = 1, .propagation = 10ms},
                           {.a = 1, .b = 2, .propagation = 7ms, .bandwidth_bps = 1'000'000}});
    world.registrars[0].at = 2;
    world.registrars[1].at = 2;
    world.dns.push_back({.name = "site", .at = 1, .forward = {0}});
    world.dns[0].at = 2;
    const world::FleetSpec locating = world.fleets[0];
    world.fleets[0].locating.reset();
    world.fleets.push_back(world.fleets[0]);
    world.fleets[0].start = {.kind = world::Start::Kind::kRandom, .span = 100s};
    world.fleets.push_back(locating);
    world.fleets[2].at = {1};
    world.fleets[2].access.propagation = 15ms;
    world.fleets[2].locating->resolvers = {1};
    const Seen seen = check_books(world).booked;
    CHECK(std::ranges::any_of(seen.recorder.others, [](const Fact& fact) {
        return fact.at == SimTime{15ms} && fact.what == "query at 1 1";
    }));
}

TEST_CASE("two answers to one device keep their order though another device takes the link from "
          "the first")
{
    // In this world a resolver gives up and answers all devices' two queries each at one instant.
    (void)check_books(drawn_world(10'983));
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
