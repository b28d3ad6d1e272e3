// Where calls come to whose caller locates the domain, and the course of faults.

#include "model/world/call_targets.h"
#include "model/world/fault_steps.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;

namespace
{

RecordSpec
srv(std::uint16_t priority, std::uint16_t weight, const std::string& target)
{
    return {.owner = "_sip._udp.sip.example",
            .type = dns::Type::kSrv,
            .priority = priority,
            .weight = weight,
            .port = 5060,
            .target = target};
}

RecordSpec
address(const std::string& owner, std::uint32_t server)
{
    return {.owner = owner, .type = dns::Type::kA, .server = server};
}

/// Three registrars; the first two share the load 3 to 1, the third is for when both are dead.
World
three_registrars()
{
    World world;
    world.seed = 4;
    world.duration = 1000s;
    world.topology = network::Topology({{.id = "0", .name = "A"}}, {});
    for (const char* name : {"a", "b", "c"})
    {
        RegistrarSpec registrar;
        registrar.name = name;
        world.registrars.push_back(registrar);
    }
    world.zones.push_back({.name = "z",
                           .origin = "sip.example",
                           .records = {srv(1, 30, "a.sip.example"),
                                       srv(1, 10, "b.sip.example"),
                                       srv(2, 10, "c.sip.example"),
                                       address("a.sip.example", 0),
                                       address("b.sip.example", 1),
                                       address("c.sip.example", 2)}});
    DnsSpec dns;
    dns.name = "ns";
    dns.zones = {0};
    world.dns.push_back(dns);
    FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = 10;
    fleet.at = {0};
    fleet.call_server = CallServer::kLocated;
    fleet.locating = LocatingSpec{.name = "sip.example", .resolvers = {0}};
    fleet.locating->location.selection = dns::Selection::kProportional;
    world.fleets.push_back(fleet);
    return world;
}

std::vector<std::uint32_t>
listed(const CallTargets::Order& order)
{
    return {order.begin(), order.end()};
}

} // namespace

TEST_CASE(
    "calls are spread over equal priorities by weight, and priorities come in order (RFC 2782)")
{
    const World world = three_registrars();
    const Layout layout(world);
    const CallTargets targets(world, layout);
    constexpr int kCalls = 10'000;
    int first = 0;
    for (int n = 0; n < kCalls; ++n)
    {
        const auto order = listed(targets.order(SimTime{}, 3, static_cast<std::uint64_t>(n)));
        REQUIRE(order.size() == 3);
        CHECK(order[2] == 2);
        first += order[0] == 0 ? 1 : 0;
    }
    // Binomial, p = 3/4: standard deviation sqrt(10000 * 3/16) = 43; four of them.
    CHECK(std::abs(first - 7500) < 174);
    CHECK(listed(targets.order(SimTime{}, 3, 5)) == listed(targets.order(SimTime{9s}, 3, 5)));
}

TEST_CASE("a caller sees the zone that is served at the instant of its call")
{
    World world = three_registrars();
    world.zones.push_back({.name = "without a and b",
                           .origin = "sip.example",
                           .records = {srv(1, 1, "c.sip.example"), address("c.sip.example", 2)}});
    FaultSpec change;
    change.kind = FaultKind::kZoneChange;
    change.at = SimTime{100s};
    change.length = 50s;
    change.server = 3; // the name server
    change.zone = 1;
    world.faults = {change};
    const Layout layout(world);
    const CallTargets targets(world, layout);
    const auto size = [&](SimTime at) { return targets.order(at, 0, 0).size(); };
    CHECK(size(SimTime{100s - 1ns}) == 3);
    CHECK(listed(targets.order(SimTime{100s}, 0, 0)) == std::vector<std::uint32_t>{2});
    CHECK(size(SimTime{150s - 1ns}) == 1);
    CHECK(size(SimTime{150s}) == 3);
}

TEST_CASE(
    "without SRV records the name's own address counts (RFC 3263 4.2), configured ones before DNS")
{
    World world = three_registrars();
    world.zones[0].records = {address("sip.example", 1)};
    {
        const Layout layout(world);
        CHECK(listed(CallTargets(world, layout).order(SimTime{}, 0, 0)) ==
              std::vector<std::uint32_t>{1});
    }
    world.fleets[0].locating->configured = {2, 0};
    const Layout layout(world);
    CHECK(listed(CallTargets(world, layout).order(SimTime{}, 0, 0)) ==
          std::vector<std::uint32_t>{2, 0});
}

TEST_CASE(
    "all addresses of a target are tried before the next target, in their order (RFC 3263 4.2)")
{
    World world = three_registrars();
    world.zones[0].records = {srv(1, 1, "site.sip.example"),
                              srv(2, 1, "b.sip.example"),
                              address("site.sip.example", 2),
                              address("site.sip.example", 0),
                              address("b.sip.example", 1)};
    {
        const Layout layout(world);
        CHECK(listed(CallTargets(world, layout).order(SimTime{}, 0, 0)) ==
              std::vector<std::uint32_t>{2, 0, 1});
    }
    // Without SRV likewise.
    world.zones[0].records = {address("sip.example", 1), address("sip.example", 0)};
    const Layout layout(world);
    CHECK(listed(CallTargets(world, layout).order(SimTime{}, 0, 0)) ==
          std::vector<std::uint32_t>{1, 0});
}

TEST_CASE("targets may be in another zone than the SRV record, and change there")
{
    World world = three_registrars();
    world.zones[0].records = {srv(1, 1, "a.hosts.example"), srv(2, 1, "alias.sip.example")};
    world.zones[0].records.push_back(
        {.owner = "alias.sip.example", .type = dns::Type::kCname, .target = "b.hosts.example"});
    world.zones.push_back(
        {.name = "hosts",
         .origin = "hosts.example",
         .records = {address("a.hosts.example", 0), address("b.hosts.example", 1)}});
    world.zones.push_back(
        {.name = "moved",
         .origin = "hosts.example",
         .records = {address("a.hosts.example", 2), address("b.hosts.example", 1)}});
    DnsSpec other;
    other.name = "ns2";
    other.zones = {1};
    world.dns.push_back(other);
    FaultSpec change;
    change.kind = FaultKind::kZoneChange;
    change.at = SimTime{100s};
    change.length = 50s;
    change.server = 4; // ns2
    change.zone = 2;
    world.faults = {change};
    const Layout layout(world);
    const CallTargets targets(world, layout);
    using List = std::vector<std::uint32_t>;
    CHECK(listed(targets.order(SimTime{}, 0, 0)) == List{0, 1});
    CHECK(listed(targets.order(SimTime{100s}, 0, 0)) == List{2, 1});
    CHECK(listed(targets.order(SimTime{150s}, 0, 0)) == List{0, 1});
}

TEST_CASE(
    "SRV with target \".\" says that there is no service, whatever addresses there are (RFC 2782)")
{
    World world = three_registrars();
    world.zones[0].records = {srv(0, 0, ""), address("sip.example", 1)};
    const Layout layout(world);
    CHECK(CallTargets(world, layout).order(SimTime{}, 0, 0).empty());
}

TEST_CASE("an SRV record whose port no registrar listens at leads nowhere (RFC 2782)")
{
    World world = three_registrars();
    world.zones[0].records[0].port = 5070;
    const Layout layout(world);
    CHECK(listed(CallTargets(world, layout).order(SimTime{}, 0, 0)) ==
          std::vector<std::uint32_t>{1, 2});
    CHECK(layout.registrar_at(layout.registrar_address(2)) == 2);
    CHECK_FALSE(layout.registrar_at({layout.registrar_address(2).host, 5070}));
    CHECK_FALSE(layout.registrar_at({layout.server_address(3).host, sip::kSipPort}));
}

TEST_CASE("names are the same whatever their case (RFC 4343 3)")
{
    World world = three_registrars();
    world.zones[0].origin = "SIP.Example";
    world.fleets[0].locating->name = "sip.EXAMPLE";
    const Layout layout(world);
    CHECK(CallTargets(world, layout).order(SimTime{}, 0, 0).size() == 3);
}

TEST_CASE("a drain takes its registrars one after the other; other faults begin and end")
{
    World world = three_registrars();
    FaultSpec drain;
    drain.kind = FaultKind::kDrain;
    drain.at = SimTime{100s};
    drain.grace = 10s;
    drain.length = 20s;
    drain.each = 30s;
    drain.drained = {0, 2};
    FaultSpec outage;
    outage.at = SimTime{130s};
    outage.length = 5s;
    outage.server = 1;
    world.faults = {outage, drain};
    using What = FaultStep::What;

    struct Expected
    {
        SimDuration at;
        std::uint32_t fault;
        What what;
        std::uint32_t registrar;
    };

    const std::vector<Expected> expected{{100s, 1, What::kBegin, 0},
                                         {100s, 1, What::kRefuse, 0},
                                         {110s, 1, What::kDown, 0},
                                         {130s, 0, What::kBegin, 0},
                                         {130s, 1, What::kUp, 0},
                                         {130s, 1, What::kRefuse, 2},
                                         {135s, 0, What::kEnd, 0},
                                         {140s, 1, What::kDown, 2},
                                         {160s, 1, What::kUp, 2},
                                         {160s, 1, What::kEnd, 0}};
    const auto steps = fault_steps(world);
    REQUIRE(steps.size() == expected.size());
    for (std::size_t i = 0; i < steps.size(); ++i)
    {
        CAPTURE(i);
        CHECK(steps[i].at == SimTime{expected[i].at});
        CHECK(steps[i].fault == expected[i].fault);
        CHECK(steps[i].what == expected[i].what);
        CHECK(steps[i].registrar == expected[i].registrar);
    }
}
