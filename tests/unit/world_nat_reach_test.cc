#include "model/world/collector.h"
#include "model/world/nat_reach.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;

namespace
{

// 10 devices that are called behind homes' NATs of 30 s, keepalives every 20 s, refresh after 900 s.
World
called_devices()
{
    World world;
    world.duration = 100s;
    world.topology = network::Topology({{.id = "0", .name = "A"}}, {});
    registrar::RegistrarOptions server;
    server.contact_address = registrar::ContactAddress::kSeen;
    world.registrars.push_back({.name = "reg1", .options = server});
    nat::NatOptions home;
    home.timeout = 30s;
    world.nats.push_back({.name = "home", .options = home});
    FleetSpec fleet;
    fleet.count = 10;
    fleet.at = {0};
    fleet.registration.expires = 1000;
    fleet.registration.refresh.lead = 100s;
    fleet.nat.keepalive = {.kind = nat::KeepaliveOptions::Kind::kBlank, .interval = 20s};
    fleet.nat_box = 0;
    fleet.call_gap = 600s;
    world.fleets = {fleet};
    return world;
}

std::optional<NatReach>
reach_of(const std::function<void(World&)>& change)
{
    World world = called_devices();
    change(world);
    return nat_reach(world, Layout(world));
}

} // namespace

TEST_CASE(
    "the closed form's inputs are told where all devices that are called stand behind NATs alike")
{
    const auto reach = reach_of([](World&) {});
    REQUIRE(reach.has_value());
    CHECK(reach->timeout == 30s);
    CHECK(reach->keepalive == 20s);
    CHECK(reach->keeps_port);
    CHECK(reach->refresh == 900s);
    CHECK(reach->devices == 10U);
    CHECK_FALSE(reach_of([](World& w) {
                    w.nats[0].options.ports = nat::PortAssignment::kContiguous;
                })->keeps_port);
    // Two fleets alike.
    CHECK(reach_of([](World& w) { w.fleets.push_back(w.fleets[0]); })->devices == 20U);
    // One that nobody calls; its keepalives come at another interval.
    const auto beside = reach_of([](World& w) {
        w.fleets.push_back(w.fleets[0]);
        w.fleets[1].call_gap.reset();
        w.fleets[1].nat.keepalive.interval = 7s;
    });
    REQUIRE(beside.has_value());
    CHECK_FALSE(beside->devices.has_value());
}

TEST_CASE("where the closed form does not hold it has no inputs")
{
    using Change = std::function<void(World&)>;
    const Change changes[] = {
        [](World& w) { w.fleets[0].call_gap.reset(); },
        [](World& w) { w.fleets[0].nat_box.reset(); },
        [](World& w) { w.fleets[0].accounts = 2; },
        [](World& w) { w.fleets[0].accounts_per_aor = 2; },
        [](World& w) { w.fleets[0].registration.enabled = false; },
        [](World& w) { w.fleets[0].wrong_password = 0.1; },
        [](World& w) { w.fleets[0].nat.keepalive.kind = nat::KeepaliveOptions::Kind::kNone; },
        [](World& w) { w.nats[0].devices = 5; },
        [](World& w) {
            w.nats.push_back({.name = "carrier", .devices = 5});
            w.nats[0].behind = 1;
        },
        [](World& w) { w.nats[0].options.timeout_max = 60s; },
        [](World& w) { w.nats[0].options.timeout_unreplied = 10s; },
        [](World& w) { w.nats[0].options.translates = false; },
        [](World& w) { w.nats[0].options.blocks_udp = true; },
        [](World& w) {
            w.registrars[0].options.contact_address = registrar::ContactAddress::kSent;
        },
        [](World& w) { w.faults.push_back({.kind = FaultKind::kOutage}); },
        [](World& w) { // fleets that differ
            w.fleets.push_back(w.fleets[0]);
            w.fleets[1].nat.keepalive.interval = 40s;
        },
    };
    for (const auto& change : changes)
    {
        CHECK_FALSE(reach_of(change).has_value());
    }
}

// Of 1000 s from `low` on; the NAT forgets after 30 s.
TEST_CASE("refreshes that are drawn are told by their mean where none comes so early that the last "
          "REGISTER's mapping may live: after 30 s, or after 60 s where its port counts")
{
    using nat::PortAssignment;
    using Kind = registration::RefreshLaw::Kind;
    const auto told = [](double low, PortAssignment ports, SimDuration keepalive) {
        return reach_of([&](World& w) {
            w.fleets[0].registration.refresh = {.kind = Kind::kUniform, .low = low, .high = 0.9};
            w.fleets[0].nat.keepalive.interval = keepalive;
            w.nats[0].options.ports = ports;
        });
    };
    CHECK(told(0.1, PortAssignment::kContiguous, 40s)->refresh == 500s);
    CHECK(told(0.07, PortAssignment::kContiguous, 40s).has_value());
    CHECK_FALSE(told(0.05, PortAssignment::kContiguous, 40s).has_value());
    CHECK(told(0.05, PortAssignment::kPreserve, 40s).has_value());
    CHECK_FALSE(told(0.02, PortAssignment::kPreserve, 40s).has_value());
    CHECK(told(0.02, PortAssignment::kPreserve, 20s).has_value()); // no mapping dies
    // All alike, however short; each device's own, of which one mean is not enough.
    const auto jittered = [](double jitter, bool kept) {
        return reach_of([&](World& w) {
            w.fleets[0].registration.expires = jitter == 0.0 ? 110 : 1000;
            w.fleets[0].registration.refresh.jitter = jitter;
            w.fleets[0].registration.refresh.jitter_per_device = kept;
            w.fleets[0].nat.keepalive.interval = 40s;
        });
    };
    CHECK(jittered(0.0, false)->refresh == 10s);
    CHECK(jittered(0.1, false)->refresh == 855s);
    CHECK_FALSE(jittered(0.1, true).has_value());
}

TEST_CASE("the collector writes these inputs as metrics")
{
    const World world = called_devices();
    const Layout layout(world);
    Collector collector(world, layout);
    const Results results = collector.finish(SimTime{100s});
    const auto value = [&](std::string_view name) {
        const auto found = std::ranges::find(results.metrics, name, &MetricValue::name);
        return found == results.metrics.end() ? std::nullopt : found->value;
    };
    CHECK(value("nat_timeout") == 30.0);
    CHECK(value("nat_keepalive") == 20.0);
    CHECK(value("nat_keeps_port") == 1.0);
    CHECK(value("nat_refresh") == 900.0);
    CHECK(value("nat_devices") == 10.0);
}
