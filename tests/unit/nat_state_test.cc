#include "tests/unit/nat_fixture.h"

#include <array>
#include <vector>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

NatOptions
fresh_ports()
{
    NatOptions options;
    options.ports = PortAssignment::kContiguous;
    options.timeout = 60s;
    return options;
}

Endpoint
outer(std::uint16_t port)
{
    return {kOuterHost, port};
}

} // namespace

TEST_CASE("a reboot forgets every mapping of that box and of no other")
{
    NatOptions options;
    options.filtering = Dependence::kAddressAndPortDependent;
    NatTable table(options, 1, 0, 2, 8);
    for (const BoxIndex box : {0U, 1U})
    {
        table.outbound(at(0s), box, kDevice, kA1);
        table.outbound(at(0s), box, kDevice, kB1);
        table.outbound(at(0s), box, kSecond, kA1);
    }
    table.reboot(0);
    CHECK(table.look(at(1s), 0, outer(5060), kA1).barrier == Barrier::kNoMapping);
    CHECK(table.look(at(1s), 0, outer(5061), kA1).barrier == Barrier::kNoMapping);
    CHECK(table.look(at(1s), 1, outer(5060), kA1).passed());
    // Ports are free again; what could send before may not now.
    CHECK(table.outbound(at(2s), 0, kSecond, kA1).endpoint.port == 5060);
    CHECK(table.look(at(3s), 0, outer(5060), kB1).barrier == Barrier::kFiltered);
    table.outbound(at(3s), 0, kDevice, kA1);
    CHECK(table.look(at(3s), 0, outer(5061), kB1).barrier == Barrier::kFiltered);
    CHECK(table.look(at(3s), 0, outer(5061), kA1).endpoint == kDevice);
}

TEST_CASE("a thousand reboots leave nothing behind and take no memory")
{
    NatOptions options = fresh_ports();
    options.filtering = Dependence::kAddressAndPortDependent;
    options.max_mappings = 5;
    NatTable table(options, 1, 0, 1, 8);
    std::size_t octets = 0;
    for (int reboot = 0; reboot < 1000; ++reboot)
    {
        const SimTime now = at(reboot * 1s);
        CHECK(table.look(now, 0, outer(1024), kA1).barrier == Barrier::kNoMapping);
        CHECK(table.outbound(now, 0, kDevice, kA1).endpoint.port == 1024);
        table.outbound(now, 0, kDevice, kB1);
        table.outbound(now, 0, kSecond, kB2);
        CHECK(table.look(now, 0, outer(1024), kB2).barrier == Barrier::kFiltered);
        table.reboot(0);
        octets = reboot == 10 ? table.octets() : octets;
    }
    CHECK(table.octets() == octets);
}

TEST_CASE("what was mapped 256 reboots ago is as forgotten as what was mapped before the last")
{
    Home home(fresh_ports());
    home.out(0s, kA1);
    home.out(0s, kA1, kSecond);
    for (int reboot = 1; reboot <= 600; ++reboot)
    {
        home.table.reboot(0);
        CHECK(home.ask(1s, 1024, kA1) == Barrier::kNoMapping);
        CHECK(home.ask(1s, 1025, kA1) == Barrier::kNoMapping);
        CHECK_FALSE(home.port(1s, kA1, kSecond));
    }
}

TEST_CASE("random ports go on after a reboot instead of coming again")
{
    NatOptions options = fresh_ports();
    options.ports = PortAssignment::kRandom;
    Home home(options);
    const std::uint16_t before = home.out(0s, kA1).endpoint.port;
    home.table.reboot(0);
    CHECK(home.out(1s, kA1).endpoint.port != before);
}

TEST_CASE(
    "hairpin: inside reaches inside by the outer address, from the outer address of its sender "
    "(RFC 4787 REQ-9 a)")
{
    NatOptions options;
    options.filtering = Dependence::kEndpointIndependent;
    Home home(options);
    home.out(0s, kA1);
    const Hairpin turned = home.table.hairpin(at(1s), 0, kSecond, outer(5060));
    CHECK(turned.passed());
    CHECK(turned.source_port == 5061);
    CHECK(turned.endpoint == kDevice);
    CHECK(home.port(1s, kA1, kSecond) == 5061); // the sender has a mapping now
    CHECK(home.table.hairpin(at(1s), 0, kSecond, outer(7000)).barrier == Barrier::kNoMapping);
    // To oneself, as the hairpin test of a STUN client does it.
    CHECK(home.table.hairpin(at(1s), 0, kDevice, outer(5060)).endpoint == kDevice);
}

TEST_CASE("hairpin passes filters as traffic from outside does (a model choice)")
{
    for (const Dependence filtering :
         {Dependence::kAddressDependent, Dependence::kAddressAndPortDependent})
    {
        NatOptions options;
        options.filtering = filtering;
        Home home(options);
        home.out(0s, kA1);
        home.out(0s, kA1, kSecond);
        CHECK(home.table.hairpin(at(1s), 0, kSecond, outer(5060)).barrier == Barrier::kFiltered);
        // Both have sent to the other's outer endpoint: it passes.
        CHECK(home.table.hairpin(at(1s), 0, kDevice, outer(5061)).endpoint == kSecond);
        CHECK(home.table.hairpin(at(1s), 0, kSecond, outer(5060)).endpoint == kDevice);
        // To itself: the datagram opens the filter for its own outer endpoint.
        CHECK(home.table.hairpin(at(1s), 0, kDevice, outer(5060)).endpoint == kDevice);
    }
}

TEST_CASE("boxes that do not turn round say so: by option, Linux with MASQUERADE, a firewall")
{
    NatOptions options;
    options.hairpin = false;
    Home plain(options);
    plain.out(0s, kA1);
    CHECK(plain.table.hairpin(at(1s), 0, kSecond, outer(5060)).barrier == Barrier::kNoHairpin);
    for (const std::string_view name : {"linux", "symmetric-firewall", "open"})
    {
        Home home(preset(name).value());
        home.out(0s, kA1);
        CHECK(home.table.hairpin(at(1s), 0, kSecond, outer(5060)).barrier == Barrier::kNoHairpin);
    }
    Home blocked(preset("udp-blocked").value());
    CHECK(blocked.table.hairpin(at(1s), 0, kSecond, outer(5060)).barrier == Barrier::kBlocked);
}

TEST_CASE("a firewall keeps addresses and ports and lets in what was asked for")
{
    Home home(preset("symmetric-firewall").value());
    NatTable& table = home.table;
    CHECK(home.out(0s, kA1).endpoint == kDevice);
    CHECK(table.inbound(at(1s), 0, kDevice, kA1).endpoint == kDevice);
    CHECK(table.look(at(1s), 0, kDevice, kB1).barrier == Barrier::kFiltered);
    CHECK(table.look(at(1s), 0, kSecond, kA1).barrier == Barrier::kFiltered);
    CHECK(table.look(at(300s), 0, kDevice, kA1).barrier == Barrier::kExpired);
    CHECK(table.mapped_port(at(299s), 0, kDevice, kB1) == 5060);
    table.reboot(0);
    CHECK(table.look(at(1s), 0, kDevice, kA1).barrier == Barrier::kFiltered);
}

TEST_CASE("a dead mapping is remembered for a day, then it is as if it had never been")
{
    Home home(fresh_ports());
    home.out(0s, kA1);
    CHECK(home.ask(60s, 1024, kA1) == Barrier::kExpired);
    CHECK(home.ask(60s + NatTable::kRemembered - 1ns, 1024, kA1) == Barrier::kExpired);
    CHECK(home.ask(60s + NatTable::kRemembered, 1024, kA1) == Barrier::kNoMapping);
}

TEST_CASE("why a datagram misses the device it was meant for: every reason by itself")
{
    NatOptions options = fresh_ports();
    options.filtering = Dependence::kAddressDependent;
    Home home(options);
    const auto why = [&](SimDuration now, std::uint16_t port, Endpoint from, Endpoint meant) {
        return home.table.explain(at(now), 0, outer(port), from, meant);
    };
    CHECK(why(0s, 1024, kA1, kDevice) == Barrier::kNoMapping); // has never sent
    home.out(0s, kA1);                                         // 1024, up to 60 s
    CHECK(why(1s, 1024, kA1, kDevice) == Barrier::kNone);
    CHECK(why(1s, 1024, kB1, kDevice) == Barrier::kFiltered);
    CHECK(why(60s, 1024, kA1, kDevice) == Barrier::kExpired);
    home.out(70s, kA1); // made anew: 1025, up to 130 s
    CHECK(why(71s, 1024, kA1, kDevice) == Barrier::kWrongPort);
    CHECK(why(71s, 1025, kA1, kDevice) == Barrier::kNone);
    CHECK(why(130s, 1024, kA1, kDevice) == Barrier::kExpired);
    CHECK(why(130s, 1025, kA1, kDevice) == Barrier::kExpired);
    home.table.reboot(0);
    CHECK(why(131s, 1025, kA1, kDevice) == Barrier::kNoMapping);
    home.out(140s, kA1, kSecond); // 1024 again, another device's
    CHECK(why(141s, 1024, kA1, kSecond) == Barrier::kNone);
    CHECK(why(141s, 1024, kA1, kDevice) == Barrier::kNoMapping);
    home.out(141s, kA1); // 1025
    CHECK(why(142s, 1024, kA1, kDevice) == Barrier::kWrongPort);
    CHECK(why(201s, 1024, kA1, kDevice) == Barrier::kExpired);

    Home open(preset("open").value());
    CHECK(open.table.explain(at(0s), 0, kDevice, kA1, kDevice) == Barrier::kNone);
    CHECK(open.table.explain(at(0s), 0, kSecond, kA1, kDevice) == Barrier::kNoMapping);
    Home blocked(preset("udp-blocked").value());
    CHECK(blocked.table.explain(at(0s), 0, outer(5060), kA1, kDevice) == Barrier::kBlocked);
    Home firewall(preset("symmetric-firewall").value());
    CHECK(firewall.table.explain(at(0s), 0, kDevice, kA1, kDevice) == Barrier::kFiltered);
    firewall.out(0s, kA1);
    CHECK(firewall.table.explain(at(1s), 0, kDevice, kA1, kDevice) == Barrier::kNone);
    CHECK(firewall.table.explain(at(300s), 0, kDevice, kA1, kDevice) == Barrier::kExpired);
}

TEST_CASE("one home box with one mapping and one destination takes at most 43 octets, 51 with "
          "conntrack, at 10^5 of them")
{
    static_assert(sizeof(Record) == 32);
    constexpr std::uint32_t kBoxes = 100'000;
    for (const std::string_view name : {"port-restricted-cone", "symmetric", "linux", "full-cone"})
    {
        NatTable table(preset(name).value(), 1, 0, kBoxes, kBoxes);
        const std::size_t empty = table.octets();
        CHECK(empty <= kBoxes * 8 + 64); // what is known of a box that has sent nothing
        for (BoxIndex box = 0; box < kBoxes; ++box)
        {
            table.outbound(at(0s), box, kDevice, kA1);
        }
        // A box 8, a mapping 32, its age at most twice 4; chunks of records, the destination.
        CHECK(table.octets() <= kBoxes * (name == "linux" ? 51 : 43));
        // In the steady state nothing is added: refreshed, died and made anew.
        const std::size_t full = table.octets();
        for (const SimDuration now : {20s, 40s, 2000s})
        {
            for (BoxIndex box = 0; box < kBoxes; ++box)
            {
                table.outbound(at(now), box, kDevice, kA1);
                table.inbound(at(now), box, outer(5060), kA1);
            }
        }
        CHECK(table.octets() == full);
        CHECK(table.records() == kBoxes);
    }
    NatTable open(preset("open").value(), 1, 0, kBoxes, kBoxes);
    CHECK(open.octets() < 64);
}

TEST_CASE(
    "look-up passes no more records at 10^5 boxes than at 10^3, nor behind one CGN, nor with many "
    "destinations")
{
    // n records thrown at n chains: the longest holds about ln n / ln ln n; 10^3: 5 or 6, 10^5: 7 or 8
    // (Gonnet 1981); more than 12 has probability n e^-1 / 13! < 1e-5.
    const auto longest =
        [](std::uint32_t boxes, std::uint32_t devices, std::uint32_t destinations) {
            NatOptions options = preset("symmetric").value();
            NatTable table(options, 1, 0, boxes, boxes * devices * destinations);
            for (BoxIndex box = 0; box < boxes; ++box)
            {
                for (std::uint32_t device = 0; device < devices; ++device)
                {
                    for (std::uint32_t to = 0; to < destinations; ++to)
                    {
                        table.outbound(at(0s),
                                       box,
                                       {sip::Host{0x0A00'0000U + device}, 5060},
                                       {sip::Host{0xC000'0000U + to}, 5060});
                    }
                }
            }
            return table.longest_chain();
        };
    CHECK(longest(1000, 1, 1) <= 12);
    CHECK(longest(100'000, 1, 1) <= 12);
    CHECK(longest(1, 50'000, 1) <= 12);
    CHECK(longest(1, 10, 5'000) <= 12);
    CHECK(longest(100, 500, 1) <= 12);
}

TEST_CASE("a mapping has as many destinations as it sends to, beyond 2^16 too (RFC 4787 5)")
{
    NatOptions options;
    options.filtering = Dependence::kAddressDependent;
    options.timeout = 300s;
    Home home(options);
    constexpr std::uint32_t kDestinations = 70'000;
    const auto host = [](std::uint32_t i) { return sip::Host{0x2000'0000U + i}; };
    const auto passing = [&](SimDuration when) {
        std::uint32_t passing = 0;
        for (std::uint32_t i = 0; i < kDestinations; ++i)
        {
            passing += home.ask(when, 5060, {host(i), 7}) == Barrier::kNone ? 1 : 0;
        }
        return passing;
    };
    for (std::uint32_t i = 0; i < kDestinations; ++i)
    {
        home.out(0s, {host(i), 5060});
    }
    CHECK(passing(1s) == kDestinations);
    CHECK(home.ask(1s, 5060, {host(kDestinations), 7}) == Barrier::kFiltered);
    // A second round: the last half alone, in the other order.
    for (std::uint32_t i = kDestinations - 1; i >= kDestinations / 2; --i)
    {
        home.out(200s, {host(i), 5060});
    }
    CHECK(passing(299s) == kDestinations);
    CHECK(passing(301s) == kDestinations / 2);
    // Dead at 500 s: none of them passes by what another one's record was.
    home.out(600s, {host(kDestinations), 5060});
    CHECK(passing(601s) == 0);
    CHECK(home.ask(601s, 5060, {host(kDestinations), 7}) == Barrier::kNone);
}

TEST_CASE("a table made too small grows and stays as good")
{
    NatOptions options;
    NatTable table(options, 1, 0, 50'000, 1);
    for (BoxIndex box = 0; box < 50'000; ++box)
    {
        table.outbound(at(0s), box, kDevice, kA1);
    }
    CHECK(table.longest_chain() <= 12);
    for (BoxIndex box = 0; box < 50'000; ++box)
    {
        CHECK(table.look(at(1s), box, outer(5060), kA1).endpoint == kDevice);
    }
}

TEST_CASE(
    "records of dead mappings and destinations are used again: 10^5 short conversations from ever "
    "new ports take the room of those that are remembered")
{
    NatOptions options;
    options.filtering = Dependence::kAddressAndPortDependent;
    options.timeout = 30s;
    Home home(options);
    for (std::uint32_t i = 0; i < 100'000; ++i)
    {
        // One per minute: after a day 1440 dead mappings are remembered.
        const Endpoint inner{kDevice.host, static_cast<std::uint16_t>(1024 + i % 60'000)};
        home.out(i * 60s, kA1, inner);
        home.out(i * 60s, kB1, inner); // and a further destination, dead at once
    }
    CHECK(home.table.records() < 2 * 2 * 1440);
}
