#include "model/world/nat_boxes.h"
#include "tests/unit/world_four_phones.h"

#include <doctest/doctest.h>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;

namespace
{

// Four devices at one node, each behind a NAT of its own or all behind one.
World
four_devices(std::uint32_t behind_each, bool hairpin)
{
    World world = four_phones();
    nat::NatOptions options = *nat::preset("full-cone");
    options.hairpin = hairpin;
    world.nats.push_back({.name = "box", .options = options, .devices = behind_each});
    return world;
}

Crossing
leave(NatBoxes& nats, DeviceIndex device, sip::Endpoint to)
{
    const sip::Endpoint from = nats.plan().inside(device, 0);
    const Crossing home = nats.leave_home(SimTime{1s}, device, 0, from, to);
    return home.passed() ? nats.leave_carrier(SimTime{1s}, device, home.endpoint, to) : home;
}

} // namespace

TEST_CASE("a box that does not hairpin refuses what goes to its own outer address, RFC 4787 REQ-9")
{
    for (const std::uint32_t behind_each : {1U, 4U})
    {
        CAPTURE(behind_each);
        const World world = four_devices(behind_each, false);
        const Layout layout(world);
        NatBoxes nats(world, layout);
        const Crossing out = leave(nats, 0, layout.registrar_address(0));
        REQUIRE(out.passed());
        CHECK(leave(nats, 0, out.endpoint).barrier == nat::Barrier::kNoHairpin);
        // To another box it is no hairpin.
        const bool shared = behind_each > 1;
        const sip::Endpoint other{.host = layout.address(1).host, .port = 5060};
        CHECK(leave(nats, 0, other).passed());
        CHECK((leave(nats, 1, out.endpoint).barrier == nat::Barrier::kNoHairpin) == shared);
    }
}

TEST_CASE("a box that hairpins sends it back in from the mapped endpoint, RFC 4787 REQ-9 a")
{
    const World world = four_devices(4, true);
    const Layout layout(world);
    NatBoxes nats(world, layout);
    const Crossing first = leave(nats, 0, layout.registrar_address(0));
    const Crossing second = leave(nats, 1, first.endpoint);
    REQUIRE(second.passed());
    CHECK(second.endpoint.host == first.endpoint.host);
    CHECK(second.endpoint.port != first.endpoint.port);
    const Crossing in = nats.enter_carrier(SimTime{1s}, 0, first.endpoint, second.endpoint);
    CHECK(in.passed());
    CHECK(in.device == 0);
    CHECK(in.endpoint == nats.plan().inside(0, 0));
}
