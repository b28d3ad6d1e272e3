// What devices do about NATs, on both carriers: STUN, keepalives that are answered, an outbound proxy, an
// SBC that offloads, pings of servers, a tunnel.

#include "model/world/nat_boxes.h"
#include "tests/carrier/both_carriers.h"

using namespace sipsim;
using namespace sipsim::carrier;
using world::CallClass;
using world::FaultKind;

namespace
{

std::size_t
calls(const Seen& seen, CallClass c)
{
    std::size_t n = 0;
    const std::string tail = " " + std::to_string(static_cast<int>(c));
    for (const Fact& fact : seen.recorder.others)
    {
        n += fact.what.starts_with("call ") && fact.what.ends_with(tail) ? 1 : 0;
    }
    return n;
}

/// Devices that are called, behind home NATs of this type (empty: behind none), contacts bound as sent.
world::World
behind(std::string_view type, std::uint32_t devices = 20)
{
    world::World world = three_pops(devices, 91);
    if (!type.empty())
    {
        world.nats.push_back({.name = "box", .options = *nat::preset(type)});
        world.fleets[0].nat_box = 0;
    }
    world.fleets[0].call_gap = 120s;
    return world;
}

/// They ask a STUN server, and keep their mappings with blank keepalives.
void
give_stun(world::World& world)
{
    world.stuns.push_back({.name = "stun1", .at = 1, .access = {.propagation = 2ms}});
    auto& fleet = world.fleets[0];
    fleet.stun = 0;
    fleet.nat.mode = nat::TraversalMode::kStun;
    fleet.nat.keepalive = {.kind = nat::KeepaliveOptions::Kind::kBlank, .interval = 20s};
}

void
give_proxy(world::World& world)
{
    world::ProxySpec proxy;
    proxy.name = "sbc";
    proxy.at = 1;
    proxy.access.propagation = 1ms;
    world.proxies.push_back(proxy);
    auto& fleet = world.fleets[0];
    fleet.proxy = 0;
    fleet.nat.keepalive = {.kind = nat::KeepaliveOptions::Kind::kBlank, .interval = 20s};
}

world::FaultSpec
outage(world::ServerIndex server,
       SimDuration at,
       SimDuration length,
       world::Unreachable unreachable)
{
    return {.kind = FaultKind::kOutage,
            .at = SimTime{at},
            .length = length,
            .server = server,
            .unreachable = unreachable};
}

} // namespace

TEST_CASE("STUN reaches devices behind cones, not behind a symmetric NAT (RFC 3489 §10.1, GXW410x)")
{
    for (const std::string_view type : nat::preset_names())
    {
        CAPTURE(type);
        world::World world = behind(type);
        give_stun(world);
        const Seen seen = check_same(world);
        const bool cone = type == "full-cone" || type == "restricted-cone" ||
                          type == "port-restricted-cone" || type == "linux";
        const bool open = type == "open" || type == "symmetric-firewall";
        // The first call may come before the first REGISTER is through: discovery lasts up to 28.5 s.
        CHECK((calls(seen, CallClass::kReached) > 300) == (cone || open));
        CHECK((calls(seen, CallClass::kNatPrivate) > 300) == (type == "symmetric"));
        CHECK((seen.recorder.count("at STUN server") > 20) == (type != "udp-blocked"));
    }
}

TEST_CASE("both carriers: STUN with loss, jitter, power cuts, a NAT reboot, each way of refreshing")
{
    for (const auto refresh :
         {nat::StunRefresh::kKeepalive, nat::StunRefresh::kBinding, nat::StunRefresh::kNone})
    {
        for (const auto discovery :
             {nat::StunDiscoveryKind::kTree, nat::StunDiscoveryKind::kBinding})
        {
            world::World world = behind("port-restricted-cone");
            give_stun(world);
            world.fleets[0].nat.refresh = refresh;
            world.fleets[0].nat.discovery = discovery;
            world.fleets[0].nat.keepalive.kind = refresh == nat::StunRefresh::kKeepalive
                                                     ? nat::KeepaliveOptions::Kind::kBlank
                                                     : nat::KeepaliveOptions::Kind::kNone;
            world.nats[0].options.ports = nat::PortAssignment::kRandom;
            give_loss(world, 0.02, 1ms);
            world.faults.push_back({.kind = FaultKind::kPowerCut,
                                    .at = SimTime{900s},
                                    .length = 60s,
                                    .share = 0.5,
                                    .return_ramp = 30s,
                                    .new_address = true});
            world.faults.push_back(
                {.kind = FaultKind::kNatReboot, .at = SimTime{2000s}, .share = 0.7, .nat = 0});
            world.faults.push_back(outage(1, 2500s, 200s, world::Unreachable::kIcmp)); // STUN's
            const Seen seen = check_same(world);
            CHECK(calls(seen, CallClass::kReached) > 0);
        }
    }
}

TEST_CASE("a Binding request notices that the NAT has forgotten, and the device registers anew")
{
    world::World world = behind("full-cone");
    give_stun(world);
    world.fleets[0].nat.refresh = nat::StunRefresh::kBinding;
    world.fleets[0].nat.keepalive.kind = nat::KeepaliveOptions::Kind::kNone;
    world.nats[0].options.ports = nat::PortAssignment::kRandom; // another port each time
    world.faults.push_back({.kind = FaultKind::kNatReboot, .at = SimTime{1500s}, .nat = 0});
    const Seen seen = check_same(world);
    std::size_t anew = 0;
    for (const auto& [ua, facts] : seen.recorder.of_ua)
    {
        for (const Fact& fact : facts)
        {
            const bool changed = fact.what.find("address") != std::string::npos;
            anew += changed ? 1 : 0;
            // Bindings come every 20 s; the round trip to the STUN server is below 50 ms.
            CHECK((!changed || (fact.at > SimTime{1500s} && fact.at < SimTime{1521s})));
        }
    }
    CHECK(anew == 20);
}

TEST_CASE("an outbound proxy reaches devices behind every NAT that lets UDP out (GXW410x G2, G11)")
{
    for (const std::string_view type : nat::preset_names())
    {
        CAPTURE(type);
        world::World world = behind(type);
        give_proxy(world);
        const Seen seen = check_same(world);
        CHECK((calls(seen, CallClass::kReached) > 300) == (type != "udp-blocked"));
        CHECK(calls(seen, CallClass::kNatPrivate) == 0);
    }
}

TEST_CASE(
    "both carriers: a proxy with loss, faults, rates, an outage of it with flows lost or kept")
{
    for (const bool keep : {false, true})
    {
        for (const auto unreachable : {world::Unreachable::kSilent, world::Unreachable::kIcmp})
        {
            world::World world = behind("symmetric");
            give_proxy(world);
            world.proxies[0].options.keep_flows = keep;
            give_loss(world, 0.02, 1ms);
            world.faults.push_back(outage(1, 1000s, 100s, unreachable));
            world.faults.push_back(outage(0, 2000s, 200s, unreachable));
            world.faults.push_back(
                {.kind = FaultKind::kReboot, .at = SimTime{2600s}, .share = 0.5});
            const Seen seen = check_same(world);
            CHECK(calls(seen, CallClass::kProxyDown) > 0);
            CHECK((calls(seen, CallClass::kProxyForgot) > 0) != keep);
        }
    }
}

TEST_CASE("an SBC that offloads spares its registrar all but one refresh in thirty")
{
    // Devices are granted 60 s and refresh at half of it; the registrar grants 3600 s and hears of a
    // device when less than half of that is left: every 1800 s, one REGISTER in 60.
    world::World world = behind("port-restricted-cone");
    give_proxy(world);
    world.proxies[0].options.offload = true;
    world.registrars[0].options.challenge = registrar::ChallengeWhen::kNever;
    world.fleets[0].registration.expires = 3600;
    world.warmup = 60s;
    world.duration = 2 * 3600s;
    const Seen seen = check_same(world);
    const auto metric = [&](std::string_view name) {
        const auto found = std::ranges::find(seen.results.metrics, name, &world::MetricValue::name);
        REQUIRE(found != seen.results.metrics.end());
        return found->value.value_or(-1);
    };
    // 20 devices, one REGISTER each 30 s plus a round trip.
    CHECK(metric("proxy_register_rate_mean") == doctest::Approx(20.0 / 30).epsilon(0.01));
    CHECK(metric("proxy_answered_share") == doctest::Approx(1 - 1.0 / 60).epsilon(0.005));
    CHECK(metric("proxy_register_rate_steady") == doctest::Approx(20.0 / 30).epsilon(0.01));
    CHECK(calls(seen, CallClass::kReached) > 1000);
}

TEST_CASE("both carriers: an SBC's death, its flows lost")
{
    world::World world = behind("symmetric");
    give_proxy(world);
    world.proxies[0].options.offload = true;
    world.fleets[0].registration.expires = 3600;
    world.faults.push_back(outage(1, 1200s, 120s, world::Unreachable::kSilent));
    const Seen seen = check_same(world);
    CHECK(calls(seen, CallClass::kProxyDown) > 0);
    CHECK(calls(seen, CallClass::kProxyForgot) > 0);
}

TEST_CASE("a proxy that does not know a Proxy-Require tag refuses with 420 (RFC 3261 §16.3)")
{
    for (const bool known : {false, true})
    {
        world::World world = behind("", 4);
        give_proxy(world);
        world.fleets[0].proxy_require = "gin";
        if (known)
        {
            world.proxies[0].supports = {"gin"};
        }
        const Seen seen = check_same(world);
        CHECK((seen.recorder.count("answered by proxy 0 420") > 0) != known);
        CHECK((seen.recorder.count("bindings of") > 0) == known);
    }
}

TEST_CASE("both carriers: OPTIONS that are lost make the devices register anew, STUN probes too")
{
    for (const auto probe : {nat::Probe::kOptions, nat::Probe::kStun})
    {
        for (const bool proxied : {false, true})
        {
            for (const auto unreachable : {world::Unreachable::kSilent, world::Unreachable::kIcmp})
            {
                world::World world = behind("port-restricted-cone");
                world.registrars[0].options.contact_address = registrar::ContactAddress::kSeen;
                world.fleets[0].registration.expires = 3600;
                if (proxied)
                {
                    give_proxy(world);
                }
                world.fleets[0].nat.probe = probe;
                give_loss(world, 0.01, 1ms);
                world.faults.push_back(outage(proxied ? 1 : 0, 1000s, 300s, unreachable));
                const Seen seen = check_same(world);
                std::size_t anew = 0;
                for (const auto& [ua, facts] : seen.recorder.of_ua)
                {
                    anew +=
                        static_cast<std::size_t>(std::ranges::count_if(facts, [](const Fact& f) {
                            return f.what.find("by flow") != std::string::npos;
                        }));
                }
                CHECK(anew > 0);
            }
        }
    }
}

TEST_CASE("pings help where inbound traffic refreshes a mapping, or where they are answered")
{
    // The mapping lives 40 s, pings come every 30 s, REGISTERs every 300 s. The registrar binds the
    // address it sees. A blank ping is inbound only; OPTIONS is answered, which is outbound (RFC 4787
    // REQ-6), and so is every ping that the mapping still lets in.
    const auto reached = [](registrar::PingOptions::Kind kind, bool refresh_on_inbound) {
        world::World world = behind("port-restricted-cone");
        world.registrars[0].options.contact_address = registrar::ContactAddress::kSeen;
        world.registrars[0].options.ping = {.kind = kind, .interval = 30s};
        world.nats[0].options.timeout = 40s;
        world.nats[0].options.refresh_inbound = refresh_on_inbound;
        world.warmup = 600s;
        const Seen seen = check_same(world);
        return static_cast<double>(calls(seen, CallClass::kReached)) /
               static_cast<double>(seen.recorder.count("call"));
    };
    using Kind = registrar::PingOptions::Kind;
    // Without help a mapping lives T of every r = 300 s.
    CHECK(reached(Kind::kNone, false) == doctest::Approx(40.0 / 300).epsilon(0.25));
    CHECK(reached(Kind::kBlank, false) == doctest::Approx(40.0 / 300).epsilon(0.25));
    CHECK(reached(Kind::kBlank, true) > 0.9); // until the first REGISTER nobody is reached
    CHECK(reached(Kind::kOptions, false) > 0.9);
}

TEST_CASE("both carriers: a proxy pings the flows it knows")
{
    for (const auto kind :
         {registrar::PingOptions::Kind::kBlank, registrar::PingOptions::Kind::kOptions})
    {
        world::World world = behind("symmetric");
        give_proxy(world);
        world.fleets[0].nat.keepalive.kind = nat::KeepaliveOptions::Kind::kNone;
        world.nats[0].options.timeout = 40s;
        world.proxies[0].options.ping = {.kind = kind, .interval = 20s};
        world.fleets[0].accounts = 3;
        world.faults.push_back(outage(1, 1000s, 60s, world::Unreachable::kSilent));
        give_loss(world, 0.01, 1ms);
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("ping by 1") > 1000);
    }
}

TEST_CASE("both carriers: a tunnel knows no NAT")
{
    world::World world = behind("udp-blocked");
    world.fleets[0].nat.mode = nat::TraversalMode::kVpn;
    const Seen seen = check_same(world);
    CHECK(calls(seen, CallClass::kReached) > 500);
}

TEST_CASE("both carriers: proxies behind a carrier's NAT, the NAT behind a home's")
{
    world::World world = behind("port-restricted-cone");
    world.nats[0].behind = 1;
    world.nats.push_back({.name = "cgn", .options = *nat::preset("symmetric"), .devices = 8});
    give_proxy(world);
    world.fleets[0].nat.probe = nat::Probe::kOptions;
    const Seen seen = check_same(world);
    CHECK(calls(seen, CallClass::kReached) > 300);
}
