// NAT type x traversal mode x outbound proxy: what most calls meet, and why, on both carriers.

#include "model/world/nat_boxes.h"
#include "tests/carrier/both_carriers.h"

#include <array>
#include <string_view>

using namespace sipsim;
using namespace sipsim::carrier;
using nat::TraversalMode;
using world::CallClass;

namespace
{

/// Devices that refresh every 300 s behind NATs that forget after 60 s; contacts are bound as sent.
world::World
cell(std::string_view type, TraversalMode mode, bool proxied)
{
    world::World world = three_pops(8, 17);
    world.warmup = 600s;
    world.nats.push_back({.name = "box", .options = *nat::preset(type)});
    world.nats[0].options.timeout = 60s;
    world.stuns.push_back({.name = "stun1", .at = 1, .access = {.propagation = 2ms}});
    world::ProxySpec proxy;
    proxy.name = "edge";
    proxy.at = 1;
    world.proxies.push_back(proxy);
    auto& fleet = world.fleets[0];
    fleet.nat_box = 0;
    fleet.call_gap = 60s;
    fleet.stun = 0;
    fleet.nat.mode = mode;
    fleet.nat.keepalive.interval = 20s;
    fleet.nat.keepalive = fleet.nat.keepalives();
    if (proxied)
    {
        fleet.proxy = 0;
    }
    return world;
}

/// By the definitions alone.
CallClass
expected(std::string_view type, TraversalMode mode, bool proxied)
{
    const bool blocked = type == "udp-blocked";
    const bool translates = !blocked && type != "open" && type != "symmetric-firewall";
    if (mode == TraversalMode::kVpn || type == "open")
    {
        return CallClass::kReached; // no NAT in the way
    }
    if (blocked)
    {
        return CallClass::kNotRegistered; // RFC 3489 §10.1: not even the REGISTER gets out
    }
    // RFC 3489 §5: one mapping for all destinations, so what the STUN server saw holds for the registrar;
    // a symmetric NAT has another for each.
    const bool stun_helps = mode == TraversalMode::kStun && type != "symmetric";
    if (translates && !proxied && !stun_helps)
    {
        return CallClass::kNatPrivate; // 192.168.1.2 is bound, as it was sent (RFC 3261 §10.3)
    }
    // The way in is the mapping, or the firewall's state, that the REGISTER made towards its server. It
    // lives 60 s, so without keepalives it is dead 240 s of every 300 s (RFC 4787 REQ-5, REQ-6).
    return mode == TraversalMode::kNone ? CallClass::kNatExpired : CallClass::kReached;
}

/// The class of most calls.
CallClass
most(const Seen& seen)
{
    std::array<std::size_t, static_cast<std::size_t>(CallClass::kCount)> count{};
    for (const Fact& fact : seen.recorder.others)
    {
        if (fact.what.starts_with("call ") && fact.at >= SimTime{600s})
        {
            ++count.at(std::stoul(fact.what.substr(fact.what.rfind(' ') + 1)));
        }
    }
    const auto place = std::ranges::max_element(count) - count.begin();
    return static_cast<CallClass>(place);
}

} // namespace

TEST_CASE("every cell of the traversal matrix is what RFC 3489 and RFC 4787 make of it")
{
    for (const std::string_view type : nat::preset_names())
    {
        for (const auto mode : {TraversalMode::kNone,
                                TraversalMode::kKeepalive,
                                TraversalMode::kStun,
                                TraversalMode::kVpn})
        {
            for (const bool proxied : {false, true})
            {
                CAPTURE(type);
                CAPTURE(static_cast<int>(mode));
                CAPTURE(proxied);
                CHECK(most(check_same(cell(type, mode, proxied))) == expected(type, mode, proxied));
            }
        }
    }
}
