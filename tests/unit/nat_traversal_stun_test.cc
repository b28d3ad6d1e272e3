#include "tests/unit/nat_traversal_fixture.h"

#include <doctest/doctest.h>

#include <set>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

constexpr TraversalOptions kTree{.mode = TraversalMode::kStun};

constexpr TraversalOptions
one_binding(StunForm form = StunForm::kClassic)
{
    return {.mode = TraversalMode::kStun, .discovery = StunDiscoveryKind::kBinding, .form = form};
}

constexpr TraversalOptions
refreshed(StunDiscoveryKind discovery = StunDiscoveryKind::kTree)
{
    return {.mode = TraversalMode::kStun, .discovery = discovery, .refresh = StunRefresh::kBinding};
}

/// The device has found out what it can.
TraversalBench
booted(const TraversalOptions& options, const char* nat)
{
    TraversalBench b(options, nat);
    b.boot();
    b.run_for(60s);
    REQUIRE(b.ready_at);
    return b;
}

} // namespace

TEST_CASE("without STUN the device is ready at once, under its own address, and sends nothing")
{
    for (const auto mode : {TraversalMode::kNone, TraversalMode::kKeepalive, TraversalMode::kVpn})
    {
        TraversalBench b({.mode = mode});
        b.boot(1, 10s);
        CHECK(b.ready_at == SimTime{});
        CHECK_FALSE(b.device.mapped());
        CHECK_FALSE(b.device.nat_type());
        CHECK(b.device.next_deadline() == kNever);
        CHECK(b.stun_sent.empty());
    }
}

TEST_CASE("the tree's time and what Via and Contact name, by NAT type (RFC 3489 9.3, 10.1)")
{
    // Figure 2; a test that is answered takes one round trip, 20 ms, one that is not 9500 ms (§9.3).
    // Open: I, II. Blocked: (I). Firewall: I, (II). Full cone: I, II. Restricted: I, (II), I elsewhere,
    // III. Port restricted: I, (II), I elsewhere, (III). Symmetric: I, (II), I elsewhere.
    const auto check = [](const char* nat, NatType type, int answered, int silent, bool mapped) {
        CAPTURE(nat);
        TraversalBench b = booted(kTree, nat);
        CHECK(b.device.nat_type() == type);
        CHECK(*b.ready_at == SimTime{answered * kRtt + silent * 9500ms});
        CHECK(b.device.mapped().has_value() == mapped);
        if (mapped)
        {
            CHECK(b.device.mapped()->host == kBox);
            // What G9 is for: the SIP server sees the same address, so the Contact reaches the device.
            CHECK(b.leave(kSipServer) == b.device.mapped());
        }
        CHECK_MESSAGE(b.device.next_deadline() == kNever,
                      "stun.refresh = keepalive is the carrier's");
    };
    check("open", NatType::kOpen, 2, 0, false);
    check("udp-blocked", NatType::kUdpBlocked, 0, 1, false);
    check("symmetric-firewall", NatType::kSymmetricFirewall, 1, 1, false);
    check("full-cone", NatType::kFullCone, 2, 0, true);
    check("restricted-cone", NatType::kRestrictedCone, 3, 1, true);
    check("port-restricted-cone", NatType::kPortRestrictedCone, 2, 2, true); // 19.04 s
    check("symmetric", NatType::kSymmetric, 2, 1, false);
}

TEST_CASE("a server without a second address leaves the device with its own (420 to test II)")
{
    TraversalBench b(kTree);
    b.stun.alternate.reset();
    b.boot();
    b.run_for(60s);
    CHECK(b.ready_at == SimTime{2 * kRtt});
    CHECK(b.device.nat_type() == NatType::kUndetermined);
    CHECK_FALSE(b.device.mapped());
}

TEST_CASE("behind a symmetric NAT one Binding yields an address that the SIP server does not see")
{
    TraversalBench b = booted(one_binding(), "symmetric");
    CHECK(*b.ready_at == SimTime{kRtt});
    REQUIRE(b.device.mapped());
    CHECK(b.device.mapped()->host == kBox);
    // RFC 3489 §5: another destination, another mapping.
    CHECK(b.leave(kSipServer) != b.device.mapped());
    CHECK_FALSE(b.device.nat_type());
}

TEST_CASE("one Binding gives up after 9.5 s (RFC 3489 9.3) or 39.5 s (RFC 5389 7.2.1)")
{
    const TraversalBench classic = booted(one_binding(), "udp-blocked");
    CHECK(*classic.ready_at == SimTime{9500ms});
    CHECK_FALSE(classic.device.mapped());
    const TraversalBench cookie = booted(one_binding(StunForm::kCookie), "udp-blocked");
    CHECK(*cookie.ready_at == SimTime{39500ms});
    CHECK(cookie.stun_sent.size() == 7); // Rc
    const TraversalBench found = booted(one_binding(StunForm::kCookie), "port-restricted-cone");
    CHECK(*found.ready_at == SimTime{kRtt});
    CHECK(found.stun_sent[0].message.id.form() == StunForm::kCookie);
    CHECK(found.device.mapped() == Endpoint{kBox, 5060}); // ports are preserved
}

TEST_CASE(
    "an ICMP error ends discovery at once, unless the device does not listen (RFC 5389 7.2.1)")
{
    for (const auto& options : {kTree, one_binding()})
    {
        TraversalBench b(options);
        b.stun_alive = false;
        b.icmp = true;
        b.boot();
        b.run_for(5s);
        CHECK(b.ready_at == SimTime{kRtt});
        CHECK_FALSE(b.device.mapped());
        b.settings.listens_to_icmp = false;
        b.now = SimTime{100s};
        b.boot(2);
        b.run_for(60s);
        CHECK(b.ready_at == SimTime{100s + 9500ms});
    }
}

TEST_CASE("discovery starts when it is told to, and not in a life that has ended")
{
    TraversalBench b(kTree);
    b.boot(1, 7s);
    CHECK(b.device.next_deadline() == SimTime{7s});
    b.run_for(60s);
    CHECK(b.bindings_to(kStunServer).front() == SimTime{7s});
    CHECK(b.ready_at == SimTime{7s + 2 * kRtt});
    b.boot(2, 7s);
    CHECK_FALSE(b.device.ready());
    CHECK_FALSE(b.device.mapped());
    CHECK_FALSE(b.device.nat_type());
    b.device.on_down();
    CHECK(b.device.next_deadline() == kNever);
    const auto sent = b.stun_sent.size();
    b.run_for(60s);
    CHECK(b.stun_sent.size() == sent);
    CHECK_FALSE(b.device.ready());
}

TEST_CASE("no transaction id is used for two requests, in this life or the next (RFC 5389 6)")
{
    TraversalOptions options = refreshed();
    options.probe = Probe::kOptions;
    TraversalBench b(options, "port-restricted-cone");
    for (std::uint32_t life = 1; life <= 3; ++life)
    {
        b.boot(life);
        b.run_for(3min);
        b.device.on_down();
        b.back.clear();
    }
    std::set<std::array<std::uint32_t, 4>> ids;
    std::size_t requests = 0;
    for (const auto& sent : b.stun_sent)
    {
        requests += sent.again ? 0 : 1;
        ids.insert(sent.message.id.words);
    }
    CHECK(requests > 3 * (4 + 6)); // four tests, and a Binding every 20 s for 140 s at least
    CHECK(ids.size() == requests);
    std::set<std::uint64_t> numbers;
    for (const auto& sent : b.options_sent)
    {
        numbers.insert(sent.number);
    }
    CHECK(numbers.size() == b.pings().size());
}

TEST_CASE("Bindings that keep the mapping come every keepalive interval, as keepalives would")
{
    TraversalBench b = booted(refreshed(), "full-cone");
    b.stun_sent.clear();
    const KeepaliveSchedule schedule(b.settings.options.keepalive, b.host.key, 1, *b.ready_at);
    const SimTime first = schedule.next(b.now);
    b.run_for(10min);
    const auto sent = b.bindings_to(kStunServer);
    REQUIRE(sent.size() == 30);
    for (std::size_t k = 0; k < sent.size(); ++k)
    {
        CHECK(sent[k] == first + k * 20s);
    }
    CHECK(b.anew.empty());
}

TEST_CASE("with stun.refresh = binding a NAT that reboots is noticed at the next Binding")
{
    for (const auto discovery : {StunDiscoveryKind::kTree, StunDiscoveryKind::kBinding})
    {
        TraversalBench b = booted(refreshed(discovery), "full-cone");
        REQUIRE(b.device.mapped() == Endpoint{kBox, 5060});
        b.reboot_nat();
        const SimTime next = b.device.next_deadline();
        b.run_for(10min);
        REQUIRE(b.anew.size() == 1);
        CHECK(b.anew[0].at == next + kRtt);
        CHECK(b.anew[0].reason == RegisterAnew::Reason::kAddressChanged);
        CHECK(b.device.mapped() == Endpoint{kBoxLater, 5060});
    }
}

TEST_CASE("a NAT that reboots is not noticed by who keeps the mapping otherwise")
{
    for (const auto refresh : {StunRefresh::kKeepalive, StunRefresh::kNone})
    {
        TraversalOptions options = kTree;
        options.refresh = refresh;
        TraversalBench b = booted(options, "full-cone");
        b.reboot_nat();
        b.run_for(10min);
        CHECK(b.anew.empty());
        CHECK(b.device.mapped() == Endpoint{kBox, 5060});
    }
}

TEST_CASE("a STUN server that dies costs nothing but the notice: the address stays")
{
    TraversalBench b = booted(refreshed(), "full-cone");
    b.stun_alive = false;
    b.stun_sent.clear();
    const SimTime next = b.device.next_deadline();
    b.run_for(10min);
    CHECK(b.anew.empty());
    CHECK(b.device.mapped() == Endpoint{kBox, 5060});
    // Each takes 9.5 s and nine sends (RFC 3489 §9.3), less than the interval.
    CHECK(b.bindings_to(kStunServer).size() == 30);
    CHECK(b.stun_sent[8].at == next + 7900ms);
    b.reboot_nat();
    b.stun_alive = true;
    b.run_for(40s);
    CHECK(b.anew.size() == 1);
}

TEST_CASE("Bindings slower to fail than the interval are not sent side by side")
{
    TraversalOptions options = refreshed(StunDiscoveryKind::kBinding);
    options.form = StunForm::kCookie;
    TraversalBench b = booted(options, "full-cone");
    b.stun_alive = false;
    b.stun_sent.clear();
    const SimTime first = b.device.next_deadline();
    b.run_until(first + 3min);
    // One fails after 39.5 s (RFC 5389 §7.2.1); the next instant of the 20 s grid is 40 s after its start.
    const auto sent = b.bindings_to(kStunServer);
    REQUIRE(sent.size() == 5);
    CHECK(sent[4] == first + 160s);
}

TEST_CASE("where the tree found no use for STUN no Binding is sent any more")
{
    for (const char* nat : {"symmetric", "symmetric-firewall", "open"})
    {
        const TraversalBench b = booted(refreshed(), nat);
        CHECK(b.device.next_deadline() == kNever);
    }
}

TEST_CASE("a device that asks once per boot learns the address later if it keeps on asking")
{
    TraversalBench b(refreshed(StunDiscoveryKind::kBinding));
    b.stun_alive = false;
    b.boot();
    b.run_for(10min);
    CHECK(b.ready_at == SimTime{9500ms});
    CHECK_FALSE(b.device.mapped());
    b.stun_alive = true;
    b.run_for(40s);
    CHECK(b.device.mapped() == Endpoint{kBox, 5060});
    REQUIRE(b.anew.size() == 1);
    CHECK(b.anew[0].reason == RegisterAnew::Reason::kAddressChanged);
    // Without a NAT the answer is the address under which the accounts are registered already.
    TraversalBench open(refreshed(StunDiscoveryKind::kBinding), "open");
    open.stun_alive = false;
    open.boot();
    open.run_for(10s);
    open.stun_alive = true;
    open.run_for(1min);
    CHECK(open.device.mapped() == kInner);
    CHECK(open.anew.empty());
}

TEST_CASE("an answer to nobody's question is not taken (RFC 5389 7.3)")
{
    TraversalBench b(one_binding());
    b.stun_alive = false;
    b.boot();
    TraversalOutputs out;
    StunMessage other = stun_response(binding_request({}, b.host.key, 99), StunClass::kSuccess);
    CHECK_FALSE(b.device.on_stun(b.settings, b.host, b.now, other, out));
    CHECK_FALSE(b.device.on_stun(b.settings, b.host, b.now, b.stun_sent[0].message, out));
    CHECK(out.empty());
    CHECK_FALSE(b.device.ready());
    // An error response ends the question without an address (RFC 3489 §9.4).
    StunMessage error = stun_response(b.stun_sent[0].message, StunClass::kError);
    error.error = 500;
    CHECK(b.device.on_stun(b.settings, b.host, b.now, error, out));
    CHECK(b.device.ready());
    CHECK_FALSE(b.device.mapped());
}
