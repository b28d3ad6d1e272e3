// Calls to and by devices that locate their registrars: which server each comes to, on both carriers.

#include "tests/carrier/both_carriers.h"
#include "tests/carrier/located_world.h"

using namespace sipsim;
using namespace sipsim::carrier;
using registrar::Sharing;
using world::FaultKind;
using world::OutgoingClass;

namespace
{

/// Outgoing calls in [from, to), by class.
std::array<std::size_t, static_cast<std::size_t>(OutgoingClass::kCount)>
outgoing(const Seen& seen, SimTime from, SimTime to)
{
    std::array<std::size_t, static_cast<std::size_t>(OutgoingClass::kCount)> calls{};
    for (const Fact& fact : seen.recorder.others)
    {
        if (fact.at >= from && fact.at < to && fact.what.starts_with("outgoing "))
        {
            ++calls.at(std::stoul(fact.what.substr(fact.what.rfind(' '))));
        }
    }
    return calls;
}

constexpr auto kAccepted = static_cast<std::size_t>(OutgoingClass::kAccepted);
constexpr auto kRefused = static_cast<std::size_t>(OutgoingClass::kNotRegisteredThere);
constexpr auto kFirst = static_cast<std::size_t>(OutgoingClass::kRegisteredFirst);
constexpr auto kNone = static_cast<std::size_t>(OutgoingClass::kNoServer);

/// All have registered by 200 s at the first registrar, which dies then; nobody refreshes before 300 s.
world::World
first_dies(std::uint32_t devices)
{
    world::World world = located(devices);
    world.duration = 290s;
    world.fleets[0].outgoing_gap = 10s;
    world.faults = {fault_at(FaultKind::kOutage, 0, 200s, 200s)};
    return world;
}

} // namespace

TEST_CASE("both carriers: calls in and out, each way, preference and sharing")
{
    using world::CallServer;
    for (const auto server : {CallServer::kFinds, CallServer::kLocated, CallServer::kFirst})
    {
        for (const auto preference : {dns::Preference::kNone,
                                      dns::Preference::kUntilTtl,
                                      dns::Preference::kUntilRegistration})
        {
            world::World world = located(30);
            world.registrars[0].sharing = {Sharing::kReplicated, 10s};
            world.registrars[1].sharing = {Sharing::kReplicated, 10s};
            world.fleets[0].accounts = 2;
            world.fleets[0].call_gap = 50s;
            world.fleets[0].outgoing_gap = 50s;
            world.fleets[0].call_server = server;
            auto& failover = world.fleets[0].locating->failover;
            failover.preference = preference;
            failover.register_first = preference == dns::Preference::kUntilTtl;
            failover.blocked_for = preference == dns::Preference::kNone ? 100s : 0s;
            world.zones[0].records[1].priority = server == CallServer::kLocated ? 1 : 2;
            world.zones.push_back(
                {.name = "other",
                 .origin = "sip.example",
                 .records = {srv(1, "b.sip.example"), address_of("b.sip.example", 1)}});
            world::FaultSpec change = fault_at(FaultKind::kZoneChange, kNs, 2000s, 1500s);
            change.zone = 1;
            world::FaultSpec reboot = fault_at(FaultKind::kReboot, 0, 1500s, 0s);
            reboot.share = 0.5;
            world.faults = {fault_at(FaultKind::kOutage, 0, 500s, 700s), change, reboot};
            const Seen seen = check_same(world);
            CHECK(seen.recorder.count("outgoing") > 3000); // of 4320
        }
    }
}

TEST_CASE(
    "both carriers: calls out of a fleet that goes to one server, behind a cut and a dead server")
{
    world::World world = three_pops(30, 7);
    world.fleets[0].outgoing_gap = 30s;
    world::FaultSpec cut;
    cut.kind = FaultKind::kLink;
    cut.at = SimTime{1000s};
    cut.length = 300s;
    cut.links = {0};
    world.faults = {fault_at(FaultKind::kOutage, 0, 2000s, 300s), cut};
    const Seen seen = check_same(world);
    // By 600 s all are registered; of the 30 phones half are behind the link.
    CHECK(outgoing(seen, SimTime{600s}, SimTime{1000s})[kNone] == 0);
    const auto during = outgoing(seen, SimTime{1000s}, SimTime{1300s});
    CHECK(during[kNone] > 100);
    CHECK(during[kAccepted] > 100);
    const auto dead = outgoing(seen, SimTime{2000s}, SimTime{2300s});
    CHECK(dead[kAccepted] + dead[kRefused] == 0);
}

TEST_CASE(
    "a call that fails over is refused (403), registers first (P29095), or is known by sharing")
{
    for (const bool shared : {false, true})
    {
        for (const bool register_first : {false, true})
        {
            world::World world = first_dies(200);
            for (auto& registrar : world.registrars)
            {
                registrar.sharing.kind = shared ? Sharing::kDatabase : Sharing::kNothing;
            }
            world.fleets[0].locating->failover.register_first = register_first;
            const Seen seen = run_on(Carrier::kFleet, world);
            const auto before = outgoing(seen, SimTime{110s}, SimTime{200s});
            CHECK(before[kAccepted] > 1500); // of 1800
            CHECK(before[kRefused] + before[kFirst] + before[kNone] == 0);
            const auto during = outgoing(seen, SimTime{200s}, SimTime{290s});
            const std::size_t meets = shared ? kAccepted : register_first ? kFirst : kRefused;
            CHECK(during[meets] > 1500);
            CHECK(during[kAccepted] + during[kRefused] + during[kFirst] + during[kNone] ==
                  during[meets]);
        }
    }
}

TEST_CASE("calls begin at the address that holds the binding, or at the top (P28092)")
{
    // Registered at the second one while the first was down; it is back at 150 s without the bindings, and
    // nobody refreshes before 300 s + 64 s.
    for (const bool follow : {false, true})
    {
        world::World world = located(100);
        world.duration = 290s;
        world.fleets[0].start = {.kind = world::Start::Kind::kAtOnce};
        world.fleets[0].outgoing_gap = 10s;
        world.fleets[0].locating->failover.calls_follow = follow;
        world.faults = {fault_at(FaultKind::kOutage, 0, 0s, 150s)};
        const Seen seen = run_on(Carrier::kFleet, world);
        const auto after = outgoing(seen, SimTime{150s}, SimTime{290s});
        CHECK(after[follow ? kAccepted : kRefused] > 1200); // of 1400
        CHECK(after[follow ? kRefused : kAccepted] == 0);
    }
}
