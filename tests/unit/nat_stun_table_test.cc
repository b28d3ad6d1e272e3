#include "model/nat/nat_table.h"
#include "model/nat/stun_discovery.h"
#include "tests/unit/nat_stun_path.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

using enum Dependence;

constexpr sip::Host kOutside{0xCB007101}; // 203.0.113.1
constexpr sip::Host kMiddle{0x64400001};  // 100.64.0.1

/// One box of the table.
class TableNat : public NatBox
{
  public:
    TableNat(const NatOptions& options, sip::Host outside)
        : table_(options, 1, 77, 1, 8),
          outside_(outside)
    {
    }

    std::optional<Endpoint> out(SimTime now, Endpoint inner, Endpoint to) override
    {
        auto passage = table_.outbound(now, 0, inner, to);
        if (!passage.passed())
        {
            return std::nullopt;
        }
        if (passage.endpoint.host == sip::Host{})
        {
            passage.endpoint.host = outside_;
        }
        return passage.endpoint;
    }

    std::optional<Endpoint> in(SimTime now, Endpoint outer, Endpoint from) override
    {
        const auto passage = table_.inbound(now, 0, outer, from);
        return passage.passed() ? std::optional{passage.endpoint} : std::nullopt;
    }

  private:
    NatTable table_;
    sip::Host outside_;
};

std::shared_ptr<NatBox>
box(const NatOptions& options, sip::Host outside = kOutside)
{
    return std::make_shared<TableNat>(options, outside);
}

constexpr auto kTypes = {NatType::kOpen,
                         NatType::kUdpBlocked,
                         NatType::kSymmetricFirewall,
                         NatType::kFullCone,
                         NatType::kRestrictedCone,
                         NatType::kPortRestrictedCone,
                         NatType::kSymmetric};

NatOptions
preset_of(NatType type)
{
    const auto options = preset(name_of(type));
    REQUIRE(options);
    return *options;
}

/// What RFC 3489 figure 2 makes of two in a row: the more restrictive per property.
NatType
together(const NatOptions& a, const NatOptions& b)
{
    if (a.blocks_udp || b.blocks_udp)
    {
        return NatType::kUdpBlocked;
    }
    const auto filtering = std::max(a.filtering, b.filtering);
    if (!a.translates && !b.translates)
    {
        return filtering == kEndpointIndependent ? NatType::kOpen : NatType::kSymmetricFirewall;
    }
    // A firewall's filter takes the mapped address for what it is; its own mapping changes nothing.
    if ((a.translates && a.mapping != kEndpointIndependent) ||
        (b.translates && b.mapping != kEndpointIndependent))
    {
        return NatType::kSymmetric;
    }
    switch (filtering)
    {
    case kEndpointIndependent:
        return NatType::kFullCone;
    case kAddressDependent:
        return NatType::kRestrictedCone;
    case kAddressAndPortDependent:
        break;
    }
    return NatType::kPortRestrictedCone;
}

} // namespace

TEST_CASE("every preset of the table is recognised as itself (RFC 3489 10.1)")
{
    for (const auto type : kTypes)
    {
        CAPTURE(name_of(type));
        CHECK(name_of(Path{.nats = {box(preset_of(type))}}.classic()) == name_of(type));
    }
}

TEST_CASE("every pair of presets, nested, shows the more restrictive per property (RFC 3489 10.1)")
{
    for (const auto inner : kTypes)
    {
        for (const auto outer : kTypes)
        {
            CAPTURE(name_of(inner));
            CAPTURE(name_of(outer));
            const auto a = preset_of(inner);
            const auto b = preset_of(outer);
            Path path{.nats = {box(a, kMiddle), box(b)}};
            CHECK(name_of(path.classic()) == name_of(together(a, b)));
        }
    }
}

TEST_CASE("the table's nine combinations are recognised where each mapping has a fresh port (RFC "
          "5780 4.3, "
          "4.4)")
{
    for (const auto ports : {PortAssignment::kContiguous, PortAssignment::kRandom})
    {
        for (const auto mapping :
             {kEndpointIndependent, kAddressDependent, kAddressAndPortDependent})
        {
            for (const auto filtering :
                 {kEndpointIndependent, kAddressDependent, kAddressAndPortDependent})
            {
                CAPTURE(name_of(mapping));
                CAPTURE(name_of(filtering));
                NatOptions options;
                options.mapping = mapping;
                options.filtering = filtering;
                options.ports = ports;
                const auto found = Path{.nats = {box(options)}}.behaviour();
                CHECK(found.mapping == mapping);
                CHECK(found.filtering == filtering);
            }
        }
    }
}

TEST_CASE("a port-preserving symmetric NAT looks endpoint-independent to every client")
{
    auto options = preset_of(NatType::kSymmetric);
    options.ports = PortAssignment::kPreserve;
    CHECK(Path{.nats = {box(options)}}.classic() == NatType::kPortRestrictedCone);
    const auto found = Path{.nats = {box(options)}}.behaviour();
    CHECK(found.mapping == kEndpointIndependent);
    CHECK(found.filtering == kAddressAndPortDependent);

    const auto linux_box = preset("linux");
    REQUIRE(linux_box);
    CHECK(Path{.nats = {box(*linux_box)}}.classic() == NatType::kPortRestrictedCone);
}

TEST_CASE(
    "a mapping time-out shorter than a silent test is no matter: repeats refresh (RFC 4787 REQ-6)")
{
    // The longest gap in RFC 3489's schedule is 1600 ms; in RFC 5389's it is 16 s between the last two.
    for (const auto type : kTypes)
    {
        auto options = preset_of(type);
        options.timeout = 2s;
        CHECK(name_of(Path{.nats = {box(options)}}.classic()) == name_of(type));
    }
    NatOptions options;
    options.timeout = 20s;
    options.ports = PortAssignment::kRandom;
    const auto found = Path{.nats = {box(options)}}.behaviour();
    CHECK(found.mapping == options.mapping);
    CHECK(found.filtering == options.filtering);
}
