// What hosts make of DNS datagrams that nobody asked for.

#include "tests/carrier/located_world.h"
#include "tests/unit/ns3_fixture.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace sipsim;
using namespace sipsim::ns3carrier::testing;
using world::DropReason;

namespace
{

using Drops = std::vector<std::pair<SimTime, DropReason>>;

/// A device 6 ms from its registrar and from a name server.
world::World
small_world()
{
    world::World world = carrier::located(1);
    world.seed = 5;
    world.duration = 20s;
    world.zones[0].records = {carrier::address_of("sip.example", 0)};
    world.fleets[0].locating->location.mode = dns::DnsMode::kA;
    return world;
}

/// What is dropped after the device has sent `octets` to the name server, or registrar 0 to port 40000 of the
/// device, at 10 s.
Drops
drops_after(const std::string& octets, bool to_device)
{
    const world::World world = small_world();
    const world::Layout layout(world);
    Recorder seen;
    const ns3carrier::PacketSimulation simulation{false};
    ns3carrier::PacketWorldHelper helper{world, layout, seen};
    helper.Install();
    ns3::Simulator::Schedule(ns3::Seconds(10), [&] {
        const auto socket =
            to_device ? helper.GetRegistrar(0)->GetSocket() : helper.GetUserAgent(0)->GetSocket();
        const auto to =
            to_device ? layout.address(0).host : layout.server_address(carrier::kNs).host;
        socket->SendTo(
            ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(octets.data()),
                                     static_cast<std::uint32_t>(octets.size())),
            0,
            ns3::InetSocketAddress(ns3carrier::ToNs3(to), to_device ? 40000 : 53));
    });
    ns3::Simulator::Stop(ns3carrier::ToNs3(world.duration));
    ns3::Simulator::Run();
    helper.Finish();
    return seen.drops;
}

/// A header alone (RFC 1035 §4.1.1), with these flags and so many questions.
std::string
header(char flags, char questions)
{
    return {'\x12', '\x34', flags, 0, 0, questions, 0, 0, 0, 0, 0, 0};
}

} // namespace

TEST_CASE(
    "a name server drops what has no header, answers FORMERR to a query cut short, and is silent "
    "about a response")
{
    const SimTime there{10s + 6ms};
    CHECK(drops_after("no header", false) == Drops{{there, DropReason::kMalformed}});
    // What is refused is answered; the device drops the answer, which is no SIP.
    const Drops refused = drops_after(header(1, 1), false);
    REQUIRE(refused.size() == 2);
    CHECK(refused[0] == std::pair{there, DropReason::kRefused});
    CHECK(refused[1].first == SimTime{10s + 12ms});
    // An answer to an answer would go on for ever.
    CHECK(drops_after(header('\x81', 0), false) == Drops{{there, DropReason::kUnmatched}});
}

TEST_CASE("a device drops what comes to a port that it asks from at times")
{
    const SimTime there{10s + 6ms};
    CHECK(drops_after("no header", true) == Drops{{there, DropReason::kMalformed}});
    CHECK(drops_after(std::string(200, '\xC0'), true) == Drops{{there, DropReason::kMalformed}});
}
