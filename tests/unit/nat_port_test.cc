#include "tests/unit/nat_fixture.h"

#include <set>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

NatOptions
with_ports(PortAssignment ports, Dependence mapping = Dependence::kEndpointIndependent)
{
    NatOptions options;
    options.mapping = mapping;
    options.filtering = Dependence::kEndpointIndependent;
    options.ports = ports;
    options.timeout = 60s;
    return options;
}

Endpoint
inner(std::uint32_t device, std::uint16_t port = 5060)
{
    return {sip::Host{0x0A00'0000U + device}, port};
}

} // namespace

TEST_CASE(
    "preserve keeps the inner port, and the second of two devices with port 5060 gets the next "
    "free one (RFC 4787 4.2.1)")
{
    Home home(with_ports(PortAssignment::kPreserve));
    CHECK(home.out(0s, kA1).endpoint.port == 5060);
    CHECK(home.out(0s, kA1, kSecond).endpoint.port == 5061);
    CHECK(home.out(0s, kA1, inner(1)).endpoint.port == 5062);
    CHECK(home.out(0s, kA1, inner(1, 5061)).endpoint.port == 5063);
    CHECK(home.in(1s, 5060, kB1).endpoint == kDevice);
    CHECK(home.in(1s, 5061, kB1).endpoint == kSecond);
    // At 60 s they are gone, and whoever sends first has the port.
    CHECK(home.out(60s, kA1, kSecond).endpoint.port == 5060);
    CHECK(home.out(60s, kA1).endpoint.port == 5061);
}

TEST_CASE("preserve gives a thousand devices with port 5060 the ports from there on, each time the "
          "next one "
          "that is free, also one that became free below (RFC 4787 4.2.1)")
{
    // Linux: one port for two devices where their destinations differ, so that the search is another one
    // for each.
    NatOptions sharing = with_ports(PortAssignment::kPreserve, Dependence::kAddressDependent);
    for (const NatOptions& options : {with_ports(PortAssignment::kPreserve), sharing})
    {
        const bool shares = options.mapping != Dependence::kEndpointIndependent;
        Home home(options);
        for (std::uint32_t i = 0; i < 1000; ++i)
        {
            CHECK(home.out(0s, kA1, inner(i)).endpoint.port == 5060 + i);
        }
        CHECK(home.out(0s, kB1, inner(1000)).endpoint.port == (shares ? 5060 : 6060));
        for (std::uint32_t i = 0; i < 1000; ++i)
        {
            if (i != 700)
            {
                home.out(50s, kA1, inner(i));
            }
        }
        // At 60 s device 700 has let go of its port.
        CHECK(home.out(59s, kA1, inner(1001)).endpoint.port == (shares ? 6060 : 6061));
        CHECK(home.out(60s, kA1, inner(1002)).endpoint.port == 5760);
        CHECK(home.out(60s, kA1, inner(700)).endpoint.port == (shares ? 6061 : 6060));
        home.table.reboot(0);
        CHECK(home.out(61s, kA1, inner(3)).endpoint.port == 5060);
    }
}

TEST_CASE("a live mapping keeps the port it once got, whether or not a better one becomes free")
{
    Home home(with_ports(PortAssignment::kPreserve));
    home.out(0s, kA1);
    home.out(0s, kA1, kSecond);
    for (SimDuration now = 30s; now < 300s; now += 30s)
    {
        CHECK(home.out(now, kA1, kSecond).endpoint.port == 5061);
    }
    CHECK_FALSE(home.port(300s, kA1));
}

TEST_CASE(
    "preserve goes round at the end of the range, and takes its first port for inner ports out "
    "of it")
{
    NatOptions options = with_ports(PortAssignment::kPreserve);
    options.first_port = 5058;
    options.last_port = 5060;
    Home home(options);
    CHECK(home.out(0s, kA1, inner(1)).endpoint.port == 5060);
    CHECK(home.out(0s, kA1, inner(2)).endpoint.port == 5058);
    CHECK(home.out(0s, kA1, inner(3, 80)).endpoint.port == 5059);
}

TEST_CASE("contiguous ports follow each other, and a mapping made anew takes another one")
{
    NatOptions options = with_ports(PortAssignment::kContiguous);
    options.first_port = 40000;
    options.last_port = 40003;
    Home home(options);
    CHECK(home.out(0s, kA1).endpoint.port == 40000);
    CHECK(home.out(1s, kA1, kSecond).endpoint.port == 40001);
    CHECK(home.out(2s, kB1).endpoint.port == 40000); // endpoint-independent: the same mapping
    CHECK(home.out(62s, kA1).endpoint.port == 40002);
    CHECK(home.out(122s, kA1).endpoint.port == 40003);
    CHECK(home.out(123s, kA1, kSecond).endpoint.port == 40000);
    CHECK(home.out(123s, kA1, inner(1)).endpoint.port == 40001);
    CHECK(home.out(123s, kA1, inner(2)).endpoint.port == 40002); // 40003 lives
    CHECK(home.out(124s, kA1, inner(3)).barrier == Barrier::kFull);
}

TEST_CASE(
    "where each destination has a mapping, contiguous and random ports are fresh for each, so "
    "that every client sees the box for what it is (RFC 3489 10.1)")
{
    for (const PortAssignment ports : {PortAssignment::kContiguous, PortAssignment::kRandom})
    {
        for (const Dependence mapping :
             {Dependence::kAddressDependent, Dependence::kAddressAndPortDependent})
        {
            Home home(with_ports(ports, mapping));
            const std::uint16_t a1 = home.out(0s, kA1).endpoint.port;
            const std::uint16_t a2 = home.out(0s, kA2).endpoint.port;
            const std::uint16_t b1 = home.out(0s, kB1).endpoint.port;
            CHECK((a1 == a2) == (mapping == Dependence::kAddressDependent));
            CHECK(b1 != a1);
            CHECK(b1 != a2);
            CHECK(home.out(1s, kA1).endpoint.port == a1);
            CHECK(home.port(1s, kB1) == b1);
        }
    }
}

TEST_CASE("random ports come from the box's own key, lie in the range, and differ from box to box")
{
    NatOptions options = with_ports(PortAssignment::kRandom);
    options.first_port = 20000;
    options.last_port = 29999;
    constexpr std::uint32_t kBoxes = 1000;
    NatTable table(options, 3, 50, kBoxes, kBoxes);
    std::set<std::uint16_t> seen;
    double sum = 0;
    for (BoxIndex box = 0; box < kBoxes; ++box)
    {
        const std::uint16_t port = table.outbound(at(0s), box, kDevice, kA1).endpoint.port;
        CHECK(port >= 20000);
        CHECK(port <= 29999);
        seen.insert(port);
        sum += port;
    }
    // 1000 of 10^4: 10^4 (1 - e^-0.1) = 952 different ones, sd below 7; mean 24999.5, sd 91.
    CHECK(seen.size() > 920);
    CHECK(std::abs(sum / kBoxes - 24999.5) < 365.0);
    NatTable one(options, 3, 57, 1, 1);
    CHECK(one.outbound(at(9s), 0, kSecond, kB2).endpoint.port ==
          table.mapped_port(at(1s), 7, kDevice, kA1));
}

TEST_CASE(
    "Linux lets flows to different destinations share a port, also of two devices, and parts them "
    "where they meet (RFC 4787 4.2.1, port overloading)")
{
    Home home(preset("linux").value());
    CHECK(home.out(0s, kA1).endpoint.port == 5060);
    CHECK(home.out(0s, kB1).endpoint.port == 5060);
    CHECK(home.out(0s, kA1, kSecond).endpoint.port == 5061);
    CHECK(home.out(0s, kB2, kSecond).endpoint.port == 5060);
    CHECK(home.in(1s, 5060, kA1).endpoint == kDevice);
    CHECK(home.in(1s, 5060, kB1).endpoint == kDevice);
    CHECK(home.in(1s, 5060, kB2).endpoint == kSecond);
    CHECK(home.in(1s, 5061, kA1).endpoint == kSecond);
    CHECK(home.ask(1s, 5060, kA2) == Barrier::kFiltered);
    CHECK(home.ask(1s, 5061, kB2) == Barrier::kWrongPort); // that device is 5060 to B2
    CHECK(home.ask(1s, 5062, kA1) == Barrier::kNoMapping);
}

TEST_CASE(
    "on a port that mappings share a live one is not hidden by a dead one towards the source: an "
    "endpoint-independent filter forwards any packet destined to it (RFC 4787 5)")
{
    NatOptions options = with_ports(PortAssignment::kPreserve, Dependence::kAddressDependent);
    Home home(options);
    home.out(0s, kA1);  // up to 60 s
    home.out(50s, kB1); // up to 110 s
    CHECK(home.ask(59s, 5060, kA1) == Barrier::kNone);
    for (const Endpoint from : {kA1, kA2, kB1, kB2, kSecond})
    {
        CHECK(home.ask(60s, 5060, from) == Barrier::kNone);
        CHECK(home.table.explain(at(60s), 0, {kOuterHost, 5060}, from, kDevice) == Barrier::kNone);
        CHECK(home.in(109s, 5060, from).endpoint == kDevice);
        CHECK(home.ask(110s, 5060, from) == Barrier::kExpired);
    }
    // A filter that asks for the source tells of the mapping towards it.
    options.filtering = Dependence::kAddressDependent;
    Home asking(options);
    asking.out(0s, kA1);
    asking.out(50s, kB1);
    CHECK(asking.ask(60s, 5060, kA1) == Barrier::kExpired);
    CHECK(asking.ask(60s, 5060, kB2) == Barrier::kNone);
    CHECK(asking.ask(60s, 5060, kSecond) == Barrier::kFiltered);
}

TEST_CASE(
    "behind a CGN of 1000 devices, all with port 5060, each has its own port and gets its own "
    "datagrams")
{
    constexpr std::uint32_t kDevices = 1000;
    for (const PortAssignment ports :
         {PortAssignment::kPreserve, PortAssignment::kContiguous, PortAssignment::kRandom})
    {
        NatTable table(with_ports(ports), 1, 0, 1, kDevices);
        std::set<std::uint16_t> taken;
        for (std::uint32_t device = 0; device < kDevices; ++device)
        {
            const Passage out = table.outbound(at(0s), 0, inner(device), kA1);
            REQUIRE(out.passed());
            CHECK(taken.insert(out.endpoint.port).second);
            CHECK(table.inbound(at(1s), 0, {kOuterHost, out.endpoint.port}, kB1).endpoint ==
                  inner(device));
        }
    }
}

TEST_CASE("a box whose ports are all taken drops what would need one more, until the first is free")
{
    for (const PortAssignment ports :
         {PortAssignment::kPreserve, PortAssignment::kContiguous, PortAssignment::kRandom})
    {
        NatOptions options = with_ports(ports);
        options.first_port = 10000;
        options.last_port = 10099;
        Home home(options);
        for (std::uint32_t device = 0; device < 100; ++device)
        {
            CHECK(home.out(device * 1ms, kA1, inner(device)).passed());
        }
        CHECK(home.out(1s, kA1, inner(100)).barrier == Barrier::kFull);
        CHECK(home.out(2s, kB1, inner(5)).passed()); // has a mapping
        CHECK(home.out(50s, kA1, inner(0)).passed());
        CHECK(home.out(60s, kA1, inner(100)).barrier == Barrier::kFull); // device 0 is refreshed
        CHECK(home.out(60s + 1ms - 1ns, kA1, inner(100)).barrier == Barrier::kFull);
        CHECK(home.out(60s + 1ms, kA1, inner(100)).passed()); // device 1 is gone
        CHECK(home.out(60s + 1ms, kA1, inner(1)).barrier == Barrier::kFull);
        CHECK(home.out(62s, kA1, inner(1)).passed());
    }
}

TEST_CASE("a limit on mappings holds for each box by itself and counts what lives")
{
    NatOptions options = with_ports(PortAssignment::kPreserve);
    options.max_mappings = 3;
    NatTable table(options, 1, 0, 2, 8);
    for (std::uint32_t device = 0; device < 3; ++device)
    {
        CHECK(table.outbound(at(device * 1s), 0, inner(device), kA1).passed());
    }
    CHECK(table.outbound(at(3s), 0, inner(3), kA1).barrier == Barrier::kFull);
    CHECK(table.outbound(at(3s), 1, inner(3), kA1).passed());
    CHECK(table.outbound(at(40s), 0, inner(0), kA1).passed()); // refreshed
    CHECK(table.outbound(at(61s - 1ns), 0, inner(3), kA1).barrier == Barrier::kFull);
    CHECK(table.outbound(at(61s), 0, inner(3), kA1).passed()); // device 1 has gone
    CHECK(table.outbound(at(61s), 0, inner(1), kA1).barrier == Barrier::kFull);
    CHECK(table.outbound(at(62s), 0, inner(1), kA1).passed()); // device 2 has gone
    table.reboot(0);
    for (std::uint32_t device = 10; device < 13; ++device)
    {
        CHECK(table.outbound(at(63s), 0, inner(device), kA1).passed());
    }
    CHECK(table.outbound(at(63s), 0, inner(0), kA1).barrier == Barrier::kFull);
}

TEST_CASE("a limit counts flows of both timeouts of conntrack")
{
    NatOptions options = preset("linux").value();
    options.max_mappings = 2;
    Home home(options);
    home.out(0s, kA1, inner(1));
    CHECK(home.in(1s, 5060, kA1).passed());
    home.out(3s, kA1, inner(1)); // a stream, up to 123 s
    home.out(3s, kB1, inner(2)); // unreplied, up to 33 s
    CHECK(home.out(33s - 1ns, kA1, inner(3)).barrier == Barrier::kFull);
    CHECK(home.out(33s, kA1, inner(3)).passed());
    CHECK(home.out(62s, kA1, inner(4)).barrier == Barrier::kFull);
    CHECK(home.out(63s, kA1, inner(4)).passed());
    CHECK(home.out(122s, kA1, inner(5)).passed());
    CHECK(home.out(123s - 1ns, kA1, inner(6)).barrier == Barrier::kFull);
    CHECK(home.out(123s, kA1, inner(6)).passed());
}
