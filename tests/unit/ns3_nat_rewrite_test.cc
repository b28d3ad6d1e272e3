// What a NAT writes into datagrams, and their checksums: each is summed anew here (RFC 1071).

#include "model/ns3/nat_rewrite.h"

#include "ns3/packet.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

using namespace sipsim;
using namespace sipsim::ns3carrier;

namespace
{

using Octets = std::vector<std::uint8_t>;

constexpr sip::Endpoint kInside{sip::Host{0xC0A80102}, 5060};
constexpr sip::Endpoint kServer{sip::Host{0x0A800002}, 5060};
constexpr sip::Endpoint kOutside{sip::Host{0x0A300007}, 61'234};

void
put(Octets& o, std::size_t at, std::uint32_t value, int octets)
{
    for (int i = 0; i < octets; ++i)
    {
        o[at + static_cast<std::size_t>(i)] =
            static_cast<std::uint8_t>(value >> (8 * (octets - 1 - i)));
    }
}

std::uint32_t
sum_words(const Octets& o, std::size_t from, std::size_t to)
{
    std::uint32_t sum = 0;
    for (std::size_t i = from; i < to; i += 2)
    {
        sum += static_cast<std::uint32_t>(o[i]) << 8U;
        sum += i + 1 < to ? o[i + 1] : 0U;
    }
    return sum;
}

std::uint16_t
folded(std::uint32_t sum)
{
    while (sum >> 16U)
    {
        sum = (sum & 0xFFFFU) + (sum >> 16U);
    }
    return static_cast<std::uint16_t>(~sum);
}

// An IPv4 datagram at `at` of `o`: header with checksum, UDP with checksum or none.
void
udp_at(Octets& o,
       std::size_t at,
       sip::Endpoint from,
       sip::Endpoint to,
       std::size_t payload,
       bool checksums)
{
    const std::size_t length = 28 + payload;
    o.resize(at + length, 0x5A);
    put(o, at, 0x4500'0000U | static_cast<std::uint32_t>(length), 4);
    put(o, at + 4, 0x77770000U, 4);
    put(o, at + 8, 0x4011'0000U, 4);
    put(o, at + 12, static_cast<std::uint32_t>(from.host), 4);
    put(o, at + 16, static_cast<std::uint32_t>(to.host), 4);
    put(o, at + 20, from.port, 2);
    put(o, at + 22, to.port, 2);
    put(o, at + 24, static_cast<std::uint32_t>(8 + payload), 2);
    put(o, at + 26, 0, 2);
    if (checksums)
    {
        put(o, at + 10, folded(sum_words(o, at, at + 20)), 2);
        const std::uint32_t pseudo =
            sum_words(o, at + 12, at + 20) + 17 + static_cast<std::uint32_t>(8 + payload);
        put(o, at + 26, folded(pseudo + sum_words(o, at + 20, at + length)), 2);
    }
}

bool
udp_is_right(const Octets& o, std::size_t at, std::size_t end)
{
    const std::uint32_t pseudo =
        sum_words(o, at + 12, at + 20) + 17 + static_cast<std::uint32_t>(end - at - 20);
    return folded(sum_words(o, at, at + 20)) == 0 &&
           folded(pseudo + sum_words(o, at + 20, end)) == 0;
}

ns3::Ptr<ns3::Packet>
packet_of(const Octets& o)
{
    return ns3::Create<ns3::Packet>(o.data(), static_cast<std::uint32_t>(o.size()));
}

Octets
octets_of(const ns3::Packet& packet)
{
    Octets o(packet.GetSize());
    packet.CopyData(o.data(), packet.GetSize());
    return o;
}

// Port unreachable about a datagram from `from` to `to` (RFC 792), sent back to `from`.
Octets
error_about(sip::Endpoint from, sip::Endpoint to)
{
    Octets o(28, 0);
    put(o, 0, 0x4500'0038U, 4);
    put(o, 8, 0x4001'0000U, 4);
    put(o, 12, static_cast<std::uint32_t>(to.host), 4);
    put(o, 16, static_cast<std::uint32_t>(from.host), 4);
    put(o, 10, folded(sum_words(o, 0, 20)), 2);
    put(o, 20, 0x0303'0000U, 4);
    udp_at(o, 28, from, to, 0, true);
    put(o, 22, folded(sum_words(o, 20, o.size())), 2);
    return o;
}

} // namespace

TEST_CASE("a NAT changes the source outward and the destination inward, and checksums stay right")
{
    for (const std::size_t payload : {std::size_t{0}, std::size_t{2}, std::size_t{333}})
    {
        Octets o;
        udp_at(o, 0, kInside, kServer, payload, true);
        REQUIRE(udp_is_right(o, 0, o.size()));
        const auto out = WithSource(*packet_of(o), kOutside);
        const auto view = NatViewOf(*out);
        REQUIRE(view);
        CHECK(view->source == kOutside);
        CHECK(view->destination == kServer);
        CHECK_FALSE(view->icmp_error);
        CHECK(udp_is_right(octets_of(*out), 0, o.size()));

        Octets back;
        udp_at(back, 0, kServer, kOutside, payload, true);
        const auto in = WithDestination(*packet_of(back), kInside);
        CHECK(NatViewOf(*in)->destination == kInside);
        CHECK(NatViewOf(*in)->source == kServer);
        CHECK(udp_is_right(octets_of(*in), 0, back.size()));
    }
}

TEST_CASE("checksums that are not there are not made")
{
    Octets o;
    udp_at(o, 0, kInside, kServer, 10, false);
    const Octets out = octets_of(*WithSource(*packet_of(o), kOutside));
    CHECK(sum_words(out, 10, 12) == 0);
    CHECK(sum_words(out, 26, 28) == 0);
}

TEST_CASE("an ICMP error is seen as the answer to what it is about, and both headers are changed")
{
    // RFC 5508 REQ-4: the NAT finds the mapping by the embedded datagram and translates both.
    const auto error = packet_of(error_about(kOutside, kServer));
    const auto view = NatViewOf(*error);
    REQUIRE(view);
    CHECK(view->icmp_error);
    CHECK(view->source == kServer);
    CHECK(view->destination == kOutside);
    const Octets in = octets_of(*WithDestination(*error, kInside));
    CHECK(folded(sum_words(in, 0, 20)) == 0);
    CHECK(folded(sum_words(in, 20, in.size())) == 0);
    CHECK(sum_words(in, 16, 18) == 0xC0A8);
    CHECK(sum_words(in, 18, 20) == 0x0102);
    CHECK(folded(sum_words(in, 28, 48)) == 0); // of the embedded IP header
    const auto after = NatViewOf(*packet_of(in));
    REQUIRE(after);
    CHECK(after->destination == kInside);
    CHECK(after->source == kServer);
}

TEST_CASE("what is neither UDP nor an error about UDP has no endpoints")
{
    Octets o;
    udp_at(o, 0, kInside, kServer, 0, true);
    o[9] = 6; // TCP
    CHECK_FALSE(NatViewOf(*packet_of(o)));
    Octets echo(28, 0);
    put(echo, 0, 0x4500'001CU, 4);
    echo[9] = 1;
    echo[20] = 8; // echo request
    CHECK_FALSE(NatViewOf(*packet_of(echo)));
    CHECK_FALSE(NatViewOf(*packet_of(Octets(10, 0))));
}
