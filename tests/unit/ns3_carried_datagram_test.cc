// What the tap takes from the real network: every length of each protocol, on both sides of what its
// headers need. Checksums are summed anew here (RFC 1071).

#include "model/ns3/carried_datagram.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

using namespace sipsim::ns3carrier;

namespace
{

using Octets = std::vector<std::uint8_t>;

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kUdp = 17;
constexpr std::size_t kLongest = 100; // payloads that are tried

void
put(Octets& o, std::size_t at, std::size_t value)
{
    o[at] = static_cast<std::uint8_t>(value >> 8U);
    o[at + 1] = static_cast<std::uint8_t>(value & 0xFFU);
}

/// An IPv4 datagram without options, from 10.0.0.3 to 10.96.0.2.
Octets
ipv4(std::uint8_t protocol, const Octets& payload)
{
    constexpr std::size_t kHeader = 20;
    Octets o{0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 3, 10, 96, 0, 2};
    o.resize(kHeader + payload.size()); // insert() makes GCC 12 see an overrun that is none
    std::ranges::copy(payload, o.begin() + kHeader);
    put(o, 2, o.size());
    return o;
}

/// The first octets of UDP that says `length`; as many as asked for.
Octets
udp(std::size_t octets, std::size_t length)
{
    Octets o(std::max<std::size_t>(octets, 8), 0x5A);
    put(o, 0, 5060);
    put(o, 2, 5060);
    put(o, 4, length);
    put(o, 6, 0);
    o.resize(octets);
    return o;
}

/// The first octets of an ICMP message, of which an error quotes a header that begins with `inner`.
Octets
icmp(std::uint8_t type, std::size_t octets, std::uint8_t inner = 0x45)
{
    Octets o(std::max<std::size_t>(octets, 9), 0);
    o[0] = type;
    o[8] = inner;
    o.resize(octets);
    return o;
}

std::uint32_t
folded_sum(const Octets& o, std::size_t from, std::uint32_t sum)
{
    for (std::size_t at = from; at < o.size(); at += 2)
    {
        sum += (std::uint32_t{o[at]} << 8U) | (at + 1 < o.size() ? o[at + 1] : 0U);
    }
    while (sum >> 16U != 0)
    {
        sum = (sum & 0xFFFFU) + (sum >> 16U);
    }
    return sum;
}

} // namespace

TEST_CASE("UDP is carried if it is as long as it says, with a whole header (RFC 768)")
{
    for (std::size_t octets = 0; octets <= kLongest; ++octets)
    {
        CAPTURE(octets);
        CHECK(IsCarried(ipv4(kUdp, udp(octets, octets))) == (octets >= 8));
        for (const std::size_t says : {octets + 1, octets + 1000, octets - 1, std::size_t{0}})
        {
            CHECK_FALSE(IsCarried(ipv4(kUdp, udp(octets, says))));
        }
    }
}

TEST_CASE("ICMP is carried from 8 octets on, an error from 36: with what it is about (RFC 792)")
{
    for (unsigned type = 0; type < 256; ++type)
    {
        const bool error = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
        for (std::size_t octets = 0; octets <= kLongest; ++octets)
        {
            CAPTURE(type);
            CAPTURE(octets);
            const auto t = static_cast<std::uint8_t>(type);
            CHECK(IsCarried(ipv4(kIcmp, icmp(t, octets))) == (octets >= (error ? 36U : 8U)));
        }
    }
    // About IPv6, a shorter header than there is, one with options.
    for (const int first : {0x60, 0x41, 0x44, 0x46, 0x4F, 0x00})
    {
        CHECK_FALSE(IsCarried(ipv4(kIcmp, icmp(3, 60, static_cast<std::uint8_t>(first)))));
    }
}

TEST_CASE("no other protocol is carried, of whatever length")
{
    for (unsigned protocol = 0; protocol < 256; ++protocol)
    {
        for (std::size_t octets = 0; octets <= kLongest && protocol != kIcmp && protocol != kUdp;
             ++octets)
        {
            CAPTURE(protocol);
            CHECK_FALSE(IsCarried(ipv4(static_cast<std::uint8_t>(protocol), udp(octets, octets))));
        }
    }
}

TEST_CASE("a datagram is carried if it is whole IPv4 without options (RFC 791 3.1)")
{
    const Octets whole = ipv4(kUdp, udp(30, 30));
    REQUIRE(IsCarried(whole));
    for (std::size_t octets = 0; octets < whole.size(); ++octets)
    {
        Octets cut = whole;
        cut.resize(octets);
        CHECK_FALSE(IsCarried(cut));
        if (octets >= 4)
        {
            put(cut, 2, octets); // it says so itself
            CHECK_FALSE(IsCarried(cut));
        }
    }
    Octets longer = whole;
    longer.push_back(0);
    CHECK_FALSE(IsCarried(longer));
    for (const int first : {0x00, 0x35, 0x44, 0x46, 0x4F, 0x65})
    {
        Octets other = whole;
        other[0] = static_cast<std::uint8_t>(first);
        CHECK_FALSE(IsCarried(other));
    }
    // More fragments; offsets of 1 and 8192 units.
    for (const std::size_t fragment : {0x2000U, 0x0001U, 0x1000U})
    {
        Octets part = whole;
        put(part, 6, fragment);
        CHECK_FALSE(IsCarried(part));
    }
    Octets free = whole;
    put(free, 6, 0); // may be fragmented, is not
    CHECK(IsCarried(free));
}

TEST_CASE("a UDP datagram without checksum gets the right one, another keeps its own (RFC 768)")
{
    for (std::size_t octets = 8; octets <= kLongest; ++octets)
    {
        CAPTURE(octets);
        Octets o = ipv4(kUdp, udp(octets, octets));
        const Octets before = o;
        FillUdpChecksum(o);
        const auto pseudo = static_cast<std::uint32_t>(kUdp + octets);
        CHECK(folded_sum(o, 12, pseudo) == 0xFFFF);
        put(o, 26, 0);
        CHECK(o == before); // nothing else has changed
        put(o, 26, 0x1234);
        const Octets own = o;
        FillUdpChecksum(o);
        CHECK(o == own);
    }
    // A sum that comes to zero is sent as all ones: the last word makes the rest 0xFFFF.
    Octets o = ipv4(kUdp, udp(10, 10));
    put(o, 28, 0);
    put(o, 28, 0xFFFFU - folded_sum(o, 12, kUdp + 10));
    FillUdpChecksum(o);
    CHECK(o[26] == 0xFF);
    CHECK(o[27] == 0xFF);

    Octets echo = ipv4(kIcmp, icmp(8, 8));
    const Octets before = echo;
    FillUdpChecksum(echo);
    CHECK(echo == before);
}
