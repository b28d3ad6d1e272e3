// Devices that locate their servers by DNS, in octets: when they ask, where they go, what a name server's
// outage or a late answer does.

#include "tests/carrier/both_carriers.h"
#include "tests/carrier/located_world.h"

using namespace sipsim;
using namespace sipsim::carrier;
using world::FaultKind;

namespace
{

/// First sendings of the one device's REGISTERs, and to which registrar.
std::vector<std::pair<SimTime, int>>
registers(const Seen& seen, const world::World& world)
{
    const world::Layout layout(world);
    std::vector<std::pair<SimTime, int>> sent;
    for (const Fact& fact : seen.recorder.of_ua.at(0))
    {
        if (!fact.what.starts_with("send ") || fact.what.ends_with(" again"))
        {
            continue;
        }
        for (const int registrar : {0, 1})
        {
            const auto host =
                layout.server_address(static_cast<world::ServerIndex>(registrar)).host;
            if (fact.what.ends_with(" to " + std::to_string(static_cast<std::uint32_t>(host))))
            {
                sent.emplace_back(fact.at, registrar);
            }
        }
    }
    return sent;
}

using Sends = std::vector<std::pair<SimTime, int>>;
using Times = std::vector<SimTime>;

} // namespace

TEST_CASE("packets: RFC 3263 4.3: a silent first server is tried twice for 32 s, then the second")
{
    world::World world = located(1);
    world.duration = 200s;
    world.faults = {fault_at(FaultKind::kOutage, 0, 0s, 200s)};
    const Seen seen = run_on(Carrier::kPacket, world);
    // One question: the addresses come with the SRV records (RFC 2782).
    CHECK(instants(seen, "query at 0 1") == Times{SimTime{kOneWay}});
    CHECK(instants(seen, "answered by name server 0 0") == Times{SimTime{kOneWay}});
    CHECK(instants(seen, "located") == Times{SimTime{kRoundTrip}});
    CHECK(registers(seen, world) == Sends{{SimTime{kRoundTrip}, 0},
                                          {SimTime{kRoundTrip + 32s}, 0},
                                          {SimTime{kRoundTrip + 64s}, 1}});
    CHECK(instants(seen, "bindings of 0") == Times{SimTime{kRoundTrip + 64s + kOneWay}});
}

TEST_CASE("packets: a REGISTER asks DNS again when the TTL of the SRV records is over, not before")
{
    world::World world = located(1);
    world.duration = 1600s;
    const Seen seen = run_on(Carrier::kPacket, world);
    // Half of 600 s after each 2xx: at 0, 300, 600, 900 s and four round trips, and 1200 s, past 1000 s.
    const SimDuration fifth = 4 * (kRoundTrip + 300s) + kRoundTrip;
    CHECK(instants(seen, "query at 0 1") == Times{SimTime{kOneWay}, SimTime{fifth + kOneWay}});
    CHECK(instants(seen, "located") == Times{SimTime{kRoundTrip}, SimTime{fifth + kRoundTrip}});
}

TEST_CASE("packets: a dead name server is asked twice in 10 s, one that says so costs a round trip")
{
    world::World world = located(1);
    world.duration = 25s;
    world.faults = {fault_at(FaultKind::kOutage, kNs, 0s, 100s)};
    Seen seen = run_on(Carrier::kPacket, world);
    CHECK(instants(seen, "query at 0 0") == Times{SimTime{kOneWay}, SimTime{5s + kOneWay}});
    CHECK(instants(seen, "not located") == Times{SimTime{10s}});
    CHECK(registers(seen, world).empty());

    world.faults[0].unreachable = world::Unreachable::kIcmp; // both rounds at once
    seen = run_on(Carrier::kPacket, world);
    CHECK(instants(seen, "query at 0 0") == Times{SimTime{kOneWay}, SimTime{kRoundTrip + kOneWay}});
    CHECK(instants(seen, "not located") == Times{SimTime{2 * kRoundTrip}});
}

TEST_CASE("packets: the second answer to one question finds nobody who waits for it")
{
    world::World world = located(1);
    world.duration = 60s;
    world.faults = {fault_at(FaultKind::kDnsSlow, kNs, 0s, 60s)};
    world.faults[0].delay = 7s; // the query is repeated at 5 s
    const Seen seen = run_on(Carrier::kPacket, world);
    CHECK(instants(seen, "located") == Times{SimTime{kRoundTrip + 7s}});
    CHECK(instants(seen, "answered by name server 0 0") ==
          Times{SimTime{kOneWay + 7s}, SimTime{kOneWay + 12s}});
    CHECK(instants(seen, "drop 3") == Times{SimTime{kRoundTrip + 12s}}); // kUnmatched
    CHECK(registers(seen, world) == Sends{{SimTime{kRoundTrip + 7s}, 0}});
}

TEST_CASE(
    "packets: behind a home's NAT a query leaves from a mapped port and the answer comes back")
{
    world::World world = located(1);
    world.duration = 60s;
    world.nats.push_back({.name = "box", .options = *nat::preset("symmetric")});
    world.fleets[0].nat_box = 0;
    const Seen seen = run_on(Carrier::kPacket, world);
    CHECK(instants(seen, "located") == Times{SimTime{kRoundTrip}});
    CHECK(registers(seen, world) == Sends{{SimTime{kRoundTrip}, 0}});
}

TEST_CASE("packets: a site's resolver asks once for all who want the same at the same time")
{
    world::World world = located(2);
    world.fleets[0].start.kind = world::Start::Kind::kAtOnce;
    world.duration = 60s;
    world::DnsSpec site;
    site.name = "site";
    site.access.propagation = 1ms;
    site.forward = {0};
    world.dns.push_back(site);
    world.fleets[0].locating->resolvers = {1};
    const Seen seen = run_on(Carrier::kPacket, world);
    CHECK(instants(seen, "query at 1 1") == Times{SimTime{kOneWay}, SimTime{kOneWay}});
    CHECK(instants(seen, "query at 0 1") == Times{SimTime{kOneWay + 2ms}});
    CHECK(instants(seen, "located") == Times{SimTime{kRoundTrip + 4ms}, SimTime{kRoundTrip + 4ms}});
}
