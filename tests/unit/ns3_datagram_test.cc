#include "model/ns3/ipv4_bytes.h"
#include "tests/unit/ns3_fixture.h"

#include "ns3/ipv4-header.h"
#include "ns3/uinteger.h"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <fstream>

using namespace sipsim;
using namespace sipsim::ns3carrier::testing;
namespace world = sipsim::world;

namespace
{

/// Sends `text` from the first device's socket to the registrar at 50 s.
void
inject(ns3carrier::PacketWorldHelper& helper, const std::string& text)
{
    ns3::Simulator::Schedule(ns3::Seconds(50), [&helper, text] {
        const auto& layout = helper.GetState().layout;
        helper.GetUserAgent(0)->GetSocket()->SendTo(
            ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(text.data()),
                                     static_cast<std::uint32_t>(text.size())),
            0,
            ns3::InetSocketAddress(ns3carrier::ToNs3(layout.registrar_address(0).host), 5060));
    });
}

std::string
with_version(const std::string& version)
{
    return "REGISTER sip:sip.example " + version +
           "\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK77\r\n"
           "From: <sip:u0000001@sip.example>;tag=1\r\nTo: <sip:u0000001@sip.example>\r\n"
           "Call-ID: 1\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
}

ns3::Ptr<ns3::Packet>
datagram(bool checksum)
{
    auto packet = ns3::Create<ns3::Packet>(40);
    ns3::Ipv4Header header;
    if (checksum)
    {
        header.EnableChecksum();
    }
    header.SetSource(ns3::Ipv4Address("10.0.0.2"));
    header.SetDestination(ns3::Ipv4Address("10.128.0.9"));
    header.SetTtl(64);
    header.SetIdentification(0x1234);
    header.SetProtocol(17);
    header.SetPayloadSize(40);
    packet->AddHeader(header);
    return packet;
}

} // namespace

TEST_CASE("A malformed datagram at the registrar is answered or dropped, counted, and ends nothing")
{
    struct Case
    {
        const char* name;
        std::string text;
        world::DropReason reason;
    };

    const std::vector<Case> cases{
        {"garbage", "\x01\x02 not SIP at all", world::DropReason::kMalformed},
        {"a keepalive", "\r\n\r\n", world::DropReason::kKeepalive},
        {"nothing", "", world::DropReason::kKeepalive},
        {"a version of its own (RFC 3261 21.5.7)",
         with_version("SIP/7.0"),
         world::DropReason::kRefused},
        {"a long line", std::string(60'000, 'A'), world::DropReason::kMalformed},
        {"a response to nobody",
         "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK77\r\n"
         "From: <sip:u0000001@sip.example>;tag=1\r\nTo: <sip:u0000001@sip.example>;tag=2\r\n"
         "Call-ID: 1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n",
         world::DropReason::kUnmatched},
    };
    auto world = line_world();
    world.fleets[0].registration.expires = 3600;
    for (const Case& c : cases)
    {
        CAPTURE(c.name);
        const auto facts = run_with(world, [&](auto& helper) { inject(helper, c.text); });
        CHECK(facts.dropped(c.reason) >= 1);
        CHECK(facts.drops.front().first > SimTime{50s});
        CHECK(facts.reached(registration::State::kRegistered) == 1);
    }
}

TEST_CASE("A response and an ACK take no worker's time at a registrar (RFC 3261 18.1.2)")
{
    auto world = line_world();
    world.fleets[0].registration.expires = 3600;
    world.registrars[0].options.station.workers = 1;
    world.registrars[0].options.station.unauthenticated = 2s;
    const std::string ending = "Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK77\r\n"
                               "From: <sip:u0000001@sip.example>;tag=1\r\n"
                               "To: <sip:u0000001@sip.example>;tag=2\r\nCall-ID: 1\r\n";
    const std::string response =
        "SIP/2.0 200 OK\r\n" + ending + "CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n";
    const std::string ack = "ACK sip:sip.example SIP/2.0\r\n" + ending +
                            "CSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
    for (const std::string& text : {response, ack})
    {
        const auto facts = run_with(world, [&](auto& helper) { inject(helper, text); });
        // Dropped when it arrives, not when a worker has had it for 2 s.
        CHECK(std::ranges::count_if(facts.drops, [](const auto& drop) {
                  return drop.first > SimTime{50s} && drop.first < SimTime{51s} &&
                         drop.second == world::DropReason::kUnmatched;
              }) == 1);
        CHECK(facts.reached(registration::State::kRegistered) == 1);
    }
}

TEST_CASE("A user agent drops requests and responses that match no transaction")
{
    const auto world = line_world();
    const auto facts = run_with(world, [](ns3carrier::PacketWorldHelper& helper) {
        ns3::Simulator::Schedule(ns3::Seconds(50), [&helper] {
            const auto socket =
                ns3::Socket::CreateSocket(helper.GetRegistrar(0)->GetNode(),
                                          ns3::TypeId::LookupByName("ns3::UdpSocketFactory"));
            socket->Bind();
            const std::string text = with_version("SIP/2.0");
            socket->SendTo(
                ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(text.data()),
                                         static_cast<std::uint32_t>(text.size())),
                0,
                ns3::InetSocketAddress(ns3carrier::ToNs3(helper.GetState().layout.address(0).host),
                                       5060));
        });
    });
    CHECK(facts.dropped(world::DropReason::kUnmatched) == 1);
    CHECK(facts.messages.size() == 2);
}

TEST_CASE(
    "A router lowers the TTL and keeps the header checksum right (RFC 1812 5.2.1.2, RFC 1624)")
{
    const auto packet = datagram(true);
    for (int ttl = 64; ttl > 1; --ttl)
    {
        ns3carrier::Ipv4Bytes header;
        packet->RemoveHeader(header);
        CHECK(header.GetTtl() == ttl);
        header.DecrementTtl();
        packet->AddHeader(header);
        ns3::Ipv4Header checked;
        checked.EnableChecksum();
        packet->PeekHeader(checked);
        CHECK(checked.IsChecksumOk());
        CHECK(checked.GetTtl() == ttl - 1);
        CHECK(checked.GetDestination() == ns3::Ipv4Address("10.128.0.9"));
    }
}

TEST_CASE("The octets of a header are read where RFC 791 puts them")
{
    const auto header = ns3carrier::Ipv4Bytes::Of(*datagram(false));
    CHECK(header.GetSource() == sip::Host{0x0A000002});
    CHECK(header.GetDestination() == sip::Host{0x0A800009});
    CHECK(header.GetIdentification() == 0x1234);
    CHECK(header.GetProtocol() == 17);
    CHECK(header.GetTtl() == 64);
}

TEST_CASE("A capture holds raw IP, every datagram of the registrar's link, with right checksums")
{
    const auto path = std::filesystem::temp_directory_path() / "sipsim_ns3_datagram_test.pcap";
    ns3carrier::PacketRunOptions options;
    options.pcap = path;
    const auto with = run(line_world(), options);
    CHECK(with.lines == run(line_world()).lines); // a capture changes nothing

    std::ifstream file{path, std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    file.close();
    std::filesystem::remove(path);
    const auto u32 = [&](std::size_t at) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i)
        {
            value |= std::uint32_t{static_cast<std::uint8_t>(bytes[at + i])} << (8 * i);
        }
        return value;
    };
    REQUIRE(bytes.size() > 24);
    CHECK(u32(0) == 0xA1B23C4DU); // nanosecond pcap
    CHECK(u32(20) == 101U);       // LINKTYPE_RAW
    std::size_t records = 0;
    for (std::size_t at = 24; at < bytes.size(); at += 16 + u32(at + 8))
    {
        ++records;
        CHECK(static_cast<std::uint8_t>(bytes[at + 16]) == 0x45); // IPv4 without options
        std::uint32_t sum = 0; // RFC 791: the header's one's complement sum is all ones
        for (std::size_t i = 0; i < 20; i += 2)
        {
            sum += (std::uint32_t{static_cast<std::uint8_t>(bytes[at + 16 + i])} << 8U) |
                   static_cast<std::uint8_t>(bytes[at + 17 + i]);
        }
        CHECK((sum & 0xFFFFU) + (sum >> 16U) == 0xFFFFU);
    }
    CHECK(records == 2); // REGISTER and 200
}

TEST_CASE("A capture that cannot be written is an error before the run")
{
    ns3carrier::PacketRunOptions options;
    options.pcap = "/nonexistent/folder/x.pcap";
    CHECK_THROWS_AS(run(line_world(), options), std::runtime_error);
}

TEST_CASE("Attributes refuse values out of their range, and trace sources have names")
{
    const auto device = ns3::CreateObject<ns3carrier::AccessNetDevice>();
    CHECK(device->SetAttributeFailSafe("Mtu", ns3::UintegerValue(1500)));
    CHECK(!device->SetAttributeFailSafe("Mtu", ns3::UintegerValue(67))); // RFC 791: 68 at least
    CHECK(!device->SetAttributeFailSafe("Mtu", ns3::UintegerValue(65536)));
    const auto agent = ns3::CreateObject<ns3carrier::UserAgentApp>();
    CHECK(!agent->SetAttributeFailSafe("LocalPort", ns3::UintegerValue(0)));
    const auto registrar = ns3::CreateObject<ns3carrier::RegistrarApp>();
    CHECK(!registrar->SetAttributeFailSafe("Port", ns3::UintegerValue(70'000)));
    const auto has_trace = [](ns3::TypeId type, const char* name) {
        return type.LookupTraceSourceByName(name) != nullptr;
    };
    for (const char* name : {"Tx", "Rx", "Transition", "Power", "Drop"})
    {
        CHECK(has_trace(ns3carrier::UserAgentApp::GetTypeId(), name));
    }
    for (const char* name : {"Arrival", "Answered", "Binding", "BindingsLost", "Drop"})
    {
        CHECK(has_trace(ns3carrier::RegistrarApp::GetTypeId(), name));
    }
    for (const char* name : {"Tx", "Rx", "Drop"})
    {
        CHECK(has_trace(ns3carrier::AccessNetDevice::GetTypeId(), name));
    }
}
