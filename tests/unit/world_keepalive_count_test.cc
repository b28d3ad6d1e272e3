// What devices send at intervals, by their settings: rates, and the share of a link that it takes.

#include "model/registration/options_request.h"
#include "model/sip/codec.h"
#include "model/world/keepalive_count.h"

#include <doctest/doctest.h>

#include <functional>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;
using doctest::Approx;

namespace
{

constexpr double kDevices = 100;
constexpr double kBitsPerSecond = 1'000'000; // of every link to a host
constexpr double kHeaders = 28;              // IPv4 and UDP
constexpr double kBinding = 20;              // RFC 5389 §6: the header, no attribute

/// Devices at node A with the registrar, a STUN server at node B.
World
world_of(const std::function<void(FleetSpec&)>& change)
{
    const network::LinkSpec access{.bandwidth_bps = 1'000'000};
    World world;
    world.duration = 100s;
    world.topology = network::Topology({{.id = "0", .name = "A"}, {.id = "1", .name = "B"}}, {});
    world.registrars.push_back({.name = "reg1", .at = 0, .access = access});
    world.stuns.push_back({.name = "stun1", .at = 1, .access = access});
    FleetSpec fleet;
    fleet.count = 100;
    fleet.at = {0};
    fleet.stun = 0;
    fleet.access = access;
    change(fleet);
    world.fleets = {fleet};
    return world;
}

struct Told
{
    double all = 0;  // 1/s, while all have power
    double half = 0; // while half of them have
    double load = 0;
};

Told
told(const World& world)
{
    const Layout layout(world);
    KeepaliveCount count(world, layout);
    Told told;
    for (DeviceIndex device = 0; device < 100; ++device)
    {
        count.set_device(SimTime{}, device, true);
        told.half = device == 49 ? count.rate() : told.half;
    }
    told.all = count.rate();
    told.load = count.link_load();
    return told;
}

double
share_of(double octets, double rate)
{
    return 8 * octets * rate / kBitsPerSecond;
}

} // namespace

TEST_CASE("a STUN probe is a Binding request every 24 to 29 s (RFC 5626 4.4.2)")
{
    const Told seen = told(world_of([](FleetSpec& f) { f.nat.probe = nat::Probe::kStun; }));
    CHECK(seen.all == Approx(kDevices / 26.5));
    CHECK(seen.half == Approx(kDevices / 2 / 26.5));
    CHECK(seen.load == Approx(share_of(kHeaders + kBinding, kDevices / 26.5)));
}

TEST_CASE("an OPTIONS probe is a whole SIP message, beside which keepalives go on")
{
    const World world = world_of([](FleetSpec& f) {
        f.nat.probe = nat::Probe::kOptions;
        f.nat.probe_interval = 40s;
        f.nat.keepalive = {.kind = nat::KeepaliveOptions::Kind::kCrlf, .interval = 20s};
    });
    const Layout layout(world);
    sip::Names names;
    registration::AgentSettings settings{.registration = {}, .servers = {}};
    settings.domain = *names.host(world.registrars[0].domain);
    const std::string text = sip::Codec(names).encode(
        registration::options_request(settings, layout.account(0), layout.registrar_address(0), 0));
    const Told seen = told(world);
    CHECK(seen.all == Approx(kDevices / 40 + kDevices / 20));
    CHECK(seen.load == Approx(share_of(kHeaders + static_cast<double>(text.size()), kDevices / 40) +
                              share_of(kHeaders + 2, kDevices / 20)));
}

TEST_CASE("Bindings that keep a mapping go to the STUN server; after the tree they depend on what "
          "that finds")
{
    const auto refreshing = [](nat::StunDiscoveryKind discovery) {
        return told(world_of([&](FleetSpec& f) {
            f.nat.mode = nat::TraversalMode::kStun;
            f.nat.refresh = nat::StunRefresh::kBinding;
            f.nat.discovery = discovery;
            f.nat.keepalive.interval = 25s;
        }));
    };
    const Told seen = refreshing(nat::StunDiscoveryKind::kBinding);
    CHECK(seen.all == Approx(kDevices / 25));
    CHECK(seen.load == Approx(share_of(kHeaders + kBinding, kDevices / 25)));
    const Told tree = refreshing(nat::StunDiscoveryKind::kTree);
    CHECK(tree.all == 0);
    CHECK(tree.load == 0);
}
