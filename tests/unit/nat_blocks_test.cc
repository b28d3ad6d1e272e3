// Ports by the block (RFC 6888 REQ-4, RFC 7422).

#include "tests/unit/nat_fixture.h"

#include <array>
#include <map>
#include <set>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

NatOptions
in_blocks(PortAssignment ports, std::uint32_t block_ports, std::uint32_t max_blocks = 1)
{
    NatOptions options;
    options.filtering = Dependence::kEndpointIndependent;
    options.ports = ports;
    options.timeout = 60s;
    options.block_ports = block_ports;
    options.max_blocks = max_blocks;
    return options;
}

Endpoint
inner(std::uint32_t host, std::uint16_t port = 5060)
{
    return {sip::Host{0x6440'0000U + host}, port};
}

constexpr std::array kAssignments{PortAssignment::kPreserve,
                                  PortAssignment::kContiguous,
                                  PortAssignment::kRandom};

} // namespace

TEST_CASE("as many hosts fit behind a box as it has whole blocks: 64 512 / block size (RFC 7422)")
{
    for (const PortAssignment ports : kAssignments)
    {
        for (const std::uint32_t size : {63U, 64U, 1000U, 64'512U})
        {
            CAPTURE(size);
            Home box(in_blocks(ports, size));
            const std::uint32_t fit = 64'512 / size; // 1024, 1008, 64, 1
            std::set<std::uint32_t> blocks;
            for (std::uint32_t host = 0; host < fit; ++host)
            {
                const Passage passage = box.out(0s, kA1, inner(host));
                CHECK(passage.passed());
                blocks.insert((passage.endpoint.port - 1024U) / size);
            }
            CHECK(blocks.size() == fit);
            CHECK(*blocks.rbegin() == fit - 1);
            CHECK(box.out(1s, kA1, inner(fit)).barrier == Barrier::kFull);
            CHECK(box.out(1s, kA1, inner(0)).passed());
        }
    }
}

TEST_CASE(
    "a host has max_blocks * block_ports ports, whatever is free beside them (RFC 6888 REQ-4)")
{
    for (const PortAssignment ports : kAssignments)
    {
        Home box(in_blocks(ports, 16, 3));
        std::map<std::uint32_t, std::set<std::uint16_t>> given; // by block
        for (std::uint16_t i = 0; i < 3 * 16; ++i)
        {
            const Passage passage =
                box.out(0s, kA1, inner(1, static_cast<std::uint16_t>(2000 + i)));
            REQUIRE(passage.passed());
            given[(passage.endpoint.port - 1024U) / 16].insert(passage.endpoint.port);
            CHECK(given.size() == i / 16 + 1U); // no further block before those it has are full
        }
        for (const auto& [block, of_it] : given)
        {
            CHECK(of_it.size() == 16);
        }
        CHECK(box.out(0s, kA1, inner(1, 3000)).barrier == Barrier::kFull);
        CHECK(box.out(0s, kA1, inner(2, 3000)).passed());
        // One of them lives on: its port's neighbours are there again, in its block.
        CHECK(box.out(30s, kA1, inner(1, 2000)).passed());
        CHECK(box.out(60s, kA1, inner(1, 3000)).passed());
    }
}

TEST_CASE("a block is given back when the last of its mappings dies, at that instant")
{
    for (const PortAssignment ports : kAssignments)
    {
        NatOptions options = in_blocks(ports, 32'256); // two blocks
        Home box(options);
        box.out(0s, kA1, inner(1, 5060));
        box.out(10s, kA1, inner(1, 5061)); // in the same block: it lives up to 70 s
        box.out(20s, kA1, inner(2));       // the other block, up to 80 s
        CHECK(box.out(70s - 1ns, kA1, inner(3)).barrier == Barrier::kFull);
        CHECK(box.out(70s, kA1, inner(3)).passed());
        CHECK(box.out(70s, kA1, inner(1)).barrier == Barrier::kFull);
        CHECK(box.out(80s - 1ns, kA1, inner(2)).passed()); // refreshed
        CHECK(box.out(80s, kA1, inner(1)).barrier == Barrier::kFull);
        // And all at once where the box forgets.
        box.table.reboot(0);
        CHECK(box.out(81s, kA1, inner(4)).passed());
        CHECK(box.out(81s, kA1, inner(5)).passed());
        CHECK(box.out(81s, kA1, inner(6)).barrier == Barrier::kFull);
    }
}

TEST_CASE("preserve takes the inner port's block, else the next free one from its first port on")
{
    Home box(in_blocks(PortAssignment::kPreserve, 100));
    // 5060 = 1024 + 40 * 100 + 36.
    CHECK(box.out(0s, kA1, inner(1)).endpoint.port == 5060);
    CHECK(box.out(0s, kA1, inner(2)).endpoint.port == 5124);
    CHECK(box.out(0s, kA1, inner(3)).endpoint.port == 5224);
    CHECK(box.out(0s, kA1, inner(1, 5070)).endpoint.port == 5070);
    CHECK(box.out(0s, kA1, inner(1, 7000)).endpoint.port == 5024); // its one block begins there
    CHECK(box.in(1s, 5124, kB1).endpoint == inner(2));
    CHECK(box.in(1s, 5024, kB1).endpoint == inner(1, 7000));
}

TEST_CASE("contiguous blocks follow each other, and so do the ports of each")
{
    Home box(in_blocks(PortAssignment::kContiguous, 100, 2));
    CHECK(box.out(0s, kA1, inner(1)).endpoint.port == 1024);
    CHECK(box.out(0s, kA1, inner(2)).endpoint.port == 1124);
    CHECK(box.out(0s, kA1, inner(1, 5061)).endpoint.port == 1025);
    CHECK(box.out(0s, kA1, inner(3)).endpoint.port == 1224);
    CHECK(box.out(0s, kA1, inner(2, 5061)).endpoint.port == 1125);
    // Given back, and yet the next one is the one after the last.
    CHECK(box.out(60s, kA1, inner(1)).endpoint.port == 1324);
}

TEST_CASE("hosts never share a block, also where flows to different destinations share ports")
{
    NatOptions options = preset("linux").value();
    options.block_ports = 100;
    Home box(options);
    CHECK(box.out(0s, kA1, inner(1)).endpoint.port == 5060);
    CHECK(box.out(0s, kB1, inner(2)).endpoint.port == 5124); // without blocks: 5060
    CHECK(box.out(0s, kB1, inner(1)).endpoint.port == 5060);
    CHECK(box.in(1s, 5060, kB1).endpoint == inner(1));
}

TEST_CASE("of random blocks all are equally likely")
{
    // 64 512 / 8064 = 8 blocks; 8000 boxes: 1000 each, sd 29.6; five of them.
    constexpr std::uint32_t kBoxes = 8000;
    NatTable table(in_blocks(PortAssignment::kRandom, 8064), 5, 0, kBoxes, kBoxes);
    std::array<int, 8> hosts{};
    for (BoxIndex box = 0; box < kBoxes; ++box)
    {
        ++hosts.at((table.outbound(at(0s), box, inner(1), kA1).endpoint.port - 1024U) / 8064);
    }
    for (const int count : hosts)
    {
        CHECK(std::abs(count - 1000) < 148);
    }
}

TEST_CASE("computed keepalives hold a block as sent ones do")
{
    Home box(in_blocks(PortAssignment::kPreserve, 32'256)); // two blocks
    box.table.on_doubt([&](SimTime now, BoxIndex number, Endpoint who) {
        if (who == inner(1)) // every 20 s since 0 s
        {
            box.table.outbound_every(at(20s), 20s, now, number, who, kA1);
        }
    });
    box.out(0s, kA1, inner(1));
    box.out(0s, kA1, inner(2));
    CHECK(box.out(65s, kA1, inner(3)).passed()); // that of the second, which is silent
    CHECK(box.out(66s, kA1, inner(2)).barrier == Barrier::kFull);
    CHECK(box.out(119s, kA1, inner(4)).barrier == Barrier::kFull);
    CHECK(box.in(119s, 5060, kA1).endpoint == inner(1));
}

TEST_CASE("what is no size of a block is refused")
{
    NatOptions options = in_blocks(PortAssignment::kPreserve, 64'513, 0);
    CHECK(validate(options) ==
          std::vector<std::string>{
              "block_ports = 64513: must be at most as many as there are ports, 64512",
              "max_blocks = 0: must be above 0"});
}
