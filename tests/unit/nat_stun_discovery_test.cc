#include "model/nat/stun_discovery.h"
#include "tests/unit/nat_stun_path.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

using enum Dependence;

/// A NAT by the definitions of RFC 4787 §4.1 and §5, without time: what is mapped stays.
class IdealNat : public NatBox
{
  public:
    IdealNat(sip::Host outside, Dependence mapping, Dependence filtering, bool translates = true)
        : outside_(outside),
          mapping_(mapping),
          filtering_(filtering),
          translates_(translates)
    {
    }

    std::optional<Endpoint> out(SimTime, Endpoint inner, Endpoint to) override
    {
        const auto key = std::make_tuple(number(inner), number(cut(to, mapping_)));
        if (!outer_.contains(key))
        {
            // A fresh port for each mapping: a preserved one would look endpoint-independent.
            const Endpoint outer = translates_ ? Endpoint{outside_, next_port_++} : inner;
            outer_[key] = outer;
            inner_[number(outer)] = inner;
        }
        const Endpoint outer = outer_[key];
        open_.insert({number(outer), number(cut(to, filtering_))});
        return outer;
    }

    std::optional<Endpoint> in(SimTime, Endpoint outer, Endpoint from) override
    {
        const auto inner = inner_.find(number(outer));
        if (inner == inner_.end() ||
            !open_.contains({number(outer), number(cut(from, filtering_))}))
        {
            return std::nullopt;
        }
        return inner->second;
    }

  private:
    /// What of a peer counts.
    static Endpoint cut(Endpoint peer, Dependence dependence)
    {
        switch (dependence)
        {
        case kEndpointIndependent:
            return {};
        case kAddressDependent:
            return {peer.host, 0};
        case kAddressAndPortDependent:
            break;
        }
        return peer;
    }

    static std::uint64_t number(Endpoint at)
    {
        return (static_cast<std::uint64_t>(at.host) << 16U) | at.port;
    }

    sip::Host outside_;
    Dependence mapping_;
    Dependence filtering_;
    bool translates_;
    std::uint16_t next_port_ = 50000;
    std::map<std::tuple<std::uint64_t, std::uint64_t>, Endpoint> outer_;
    std::map<std::uint64_t, Endpoint> inner_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> open_;
};

constexpr sip::Host kOutside{0xCB007101}; // 203.0.113.1
constexpr sip::Host kMiddle{0x64400001};  // 100.64.0.1

std::shared_ptr<NatBox>
ideal(sip::Host outside, Dependence mapping, Dependence filtering, bool translates = true)
{
    return std::make_shared<IdealNat>(outside, mapping, filtering, translates);
}

std::shared_ptr<NatBox>
cone(Dependence filtering, sip::Host outside = kOutside)
{
    return ideal(outside, kEndpointIndependent, filtering);
}

std::shared_ptr<NatBox>
symmetric(sip::Host outside = kOutside)
{
    return ideal(outside, kAddressAndPortDependent, kAddressAndPortDependent);
}

std::shared_ptr<NatBox>
firewall()
{
    return ideal(kOutside, kEndpointIndependent, kAddressAndPortDependent, false);
}

} // namespace

TEST_CASE("each kind of path is recognised as itself (RFC 3489 10.1)")
{
    CHECK(Path{}.classic() == NatType::kOpen);
    CHECK(Path{.blocked = true}.classic() == NatType::kUdpBlocked);
    CHECK(Path{.nats = {firewall()}}.classic() == NatType::kSymmetricFirewall);
    CHECK(Path{.nats = {cone(kEndpointIndependent)}}.classic() == NatType::kFullCone);
    CHECK(Path{.nats = {cone(kAddressDependent)}}.classic() == NatType::kRestrictedCone);
    CHECK(Path{.nats = {cone(kAddressAndPortDependent)}}.classic() == NatType::kPortRestrictedCone);
    CHECK(Path{.nats = {symmetric()}}.classic() == NatType::kSymmetric);
}

TEST_CASE("the tree takes as long as its silent tests: 9.5 s each (RFC 3489 9.3, figure 2)")
{
    // Tests by kind, I II I' III; one that is answered takes 20 ms and one request, one that is not
    // 9500 ms and nine. Open: I, II. Full cone: I, II. Firewall: I, (II). Symmetric: I, (II), I'.
    // Restricted: I, (II), I', III. Port restricted: I, (II), I', (III).
    const auto check = [](Path path, std::int64_t answered, std::int64_t silent) {
        path.classic();
        CHECK(milliseconds(path.now) == 20 * answered + 9500 * silent);
        CHECK(path.sent == answered + 9 * silent);
        CHECK_MESSAGE(path.sockets == std::set<std::uint8_t>{0}, "one socket");
    };
    check(Path{}, 2, 0);
    check(Path{.blocked = true}, 0, 1);
    check(Path{.nats = {firewall()}}, 1, 1);
    check(Path{.nats = {cone(kEndpointIndependent)}}, 2, 0);
    check(Path{.nats = {symmetric()}}, 2, 1);
    check(Path{.nats = {cone(kAddressDependent)}}, 3, 1);
    check(Path{.nats = {cone(kAddressAndPortDependent)}}, 2, 2);
}

TEST_CASE("nested NATs show as the more restrictive (RFC 3489 10.1)")
{
    const std::vector<std::pair<Dependence, NatType>> cones{
        {kEndpointIndependent, NatType::kFullCone},
        {kAddressDependent, NatType::kRestrictedCone},
        {kAddressAndPortDependent, NatType::kPortRestrictedCone}};
    for (const auto& [inner, inner_type] : cones)
    {
        for (const auto& [outer, outer_type] : cones)
        {
            CHECK(Path{.nats = {cone(inner, kMiddle), cone(outer)}}.classic() ==
                  std::max(inner_type, outer_type));
        }
        CHECK(Path{.nats = {cone(inner, kMiddle), symmetric()}}.classic() == NatType::kSymmetric);
        CHECK(Path{.nats = {symmetric(kMiddle), cone(inner)}}.classic() == NatType::kSymmetric);
        CHECK(Path{.nats = {firewall(), cone(inner)}}.classic() == NatType::kPortRestrictedCone);
    }
}

TEST_CASE("the mapped address is the outermost NAT's; without NAT it is our own (RFC 3489 8.1)")
{
    Path nested{.nats = {cone(kEndpointIndependent, kMiddle), cone(kEndpointIndependent)}};
    CHECK(nested.run<ClassicDiscovery>(kClassic).mapped() == Endpoint{kOutside, 50000});
    CHECK(Path{}.run<ClassicDiscovery>(kClassic).mapped() == kHost.local[0]);
    CHECK_FALSE(Path{.blocked = true}.run<ClassicDiscovery>(kClassic).mapped());
}

TEST_CASE("lost responses are made good by repeats (RFC 3489 9.3)")
{
    Path path{.nats = {cone(kEndpointIndependent)}, .lose_first = 3};
    CHECK(path.classic() == NatType::kFullCone);
    // Test I is sent at 0, 100, 300 and 700 ms, answered at 720 ms; test II then takes 20 ms.
    CHECK(milliseconds(path.now) == 740);
}

TEST_CASE("a server that cannot do the tests leaves the type open, or shows what it can")
{
    Path one{.nats = {cone(kAddressDependent)}, .server = {.primary = kPrimary}};
    CHECK_MESSAGE(one.classic() == NatType::kUndetermined, "420 to test II");
    Path new_only{.nats = {cone(kAddressDependent)}};
    new_only.server.classic = false;
    CHECK_MESSAGE(new_only.classic() == NatType::kUdpBlocked, "no answer looks like no path");
}

TEST_CASE("all nine combinations of mapping and filtering are recognised (RFC 5780 4.3, 4.4)")
{
    for (const auto mapping : {kEndpointIndependent, kAddressDependent, kAddressAndPortDependent})
    {
        for (const auto filtering :
             {kEndpointIndependent, kAddressDependent, kAddressAndPortDependent})
        {
            Path path{.nats = {ideal(kOutside, mapping, filtering)}};
            const auto found = path.behaviour();
            CAPTURE(name_of(mapping));
            CAPTURE(name_of(filtering));
            CHECK(found.reached);
            CHECK(found.translated);
            CHECK(found.mapping == mapping);
            CHECK(found.filtering == filtering);
            CHECK(found.mapped == Endpoint{kOutside, 50000});
            // Mapping: I, II, and III where II differs. Filtering: I, II, and III where II is silent.
            const int silent = static_cast<int>(filtering);
            const int answered = 3 + (mapping == kEndpointIndependent ? 0 : 1) +
                                 (filtering == kAddressAndPortDependent ? 0 : 1);
            CHECK(milliseconds(path.now) == 20 * answered + 39500 * (silent == 0 ? 0 : silent));
            CHECK(path.sent == answered + 7 * silent);
            CHECK(path.sockets.size() == 2);
        }
    }
}

TEST_CASE("nested NATs show the more restrictive of each property (RFC 5780 4)")
{
    const auto all = {kEndpointIndependent, kAddressDependent, kAddressAndPortDependent};
    for (const auto mapping : all)
    {
        for (const auto filtering : all)
        {
            for (const auto outer_mapping : all)
            {
                for (const auto outer_filtering : all)
                {
                    Path path{.nats = {ideal(kMiddle, mapping, filtering),
                                       ideal(kOutside, outer_mapping, outer_filtering)}};
                    const auto found = path.behaviour();
                    CHECK(found.mapping == std::max(mapping, outer_mapping));
                    CHECK(found.filtering == std::max(filtering, outer_filtering));
                }
            }
        }
    }
}

TEST_CASE(
    "without NAT the mapping is endpoint-independent, a firewall's filter is seen (RFC 5780 4.3)")
{
    const auto open = Path{}.behaviour();
    CHECK_FALSE(open.translated);
    CHECK(open.mapping == kEndpointIndependent);
    CHECK(open.filtering == kEndpointIndependent);
    const auto filtered = Path{.nats = {firewall()}}.behaviour();
    CHECK_FALSE(filtered.translated);
    CHECK(filtered.mapping == kEndpointIndependent);
    CHECK(filtered.filtering == kAddressAndPortDependent);
}

TEST_CASE("blocked UDP and a server without another address are told apart (RFC 5780 4.2, 4.3)")
{
    CHECK(Path{.blocked = true}.behaviour() == NatBehaviour{});
    const auto found = Path{.nats = {symmetric()}, .server = {.primary = kPrimary}}.behaviour();
    CHECK(found.reached);
    CHECK(found.translated);
    CHECK_FALSE(found.mapping);
    CHECK_FALSE(found.filtering);
}

TEST_CASE("an ICMP error ends a test at once (RFC 5389 7.2.1)")
{
    ClassicDiscovery classic;
    StunOutputs out;
    classic.on_start(kClassic, kHost, 1, SimTime{}, out);
    out.clear();
    classic.on_transport_error(kClassic, kHost, SimTime{20ms}, out);
    CHECK(classic.result() == NatType::kUdpBlocked);
    CHECK(out.empty());
    BehaviourDiscovery behaviour;
    behaviour.on_start(kCookie, kHost, 1, SimTime{}, out);
    out.clear();
    behaviour.on_transport_error(kCookie, kHost, SimTime{20ms}, out);
    REQUIRE(behaviour.result());
    CHECK_FALSE(behaviour.result()->reached);
}

TEST_CASE(
    "each test is a transaction of its own number, and so is the next discovery (RFC 3489 9.3)")
{
    Path path{.nats = {cone(kAddressAndPortDependent)}};
    const auto discovery = path.run<ClassicDiscovery>(kClassic);
    CHECK_MESSAGE(discovery.next_number() == 5, "four tests from 1 on");
}

TEST_CASE("types are called as presets are")
{
    CHECK(name_of(NatType::kPortRestrictedCone) == "port-restricted-cone");
    CHECK(name_of(NatType::kUdpBlocked) == "udp-blocked");
    CHECK(name_of(kAddressDependent) == "address-dependent");
}
