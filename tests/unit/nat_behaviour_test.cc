#include "tests/unit/nat_fixture.h"

#include <array>
#include <vector>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

constexpr auto kPass = Barrier::kNone;
constexpr auto kFilter = Barrier::kFiltered;
constexpr auto kBlock = Barrier::kBlocked;
constexpr auto kAbsent = Barrier::kNoMapping;

constexpr std::array kDependences{Dependence::kEndpointIndependent,
                                  Dependence::kAddressDependent,
                                  Dependence::kAddressAndPortDependent};

// Boxes one behind the other, the device's first; each has the address 203.0.113.1 + i.
class Nested
{
  public:
    explicit Nested(const std::vector<NatOptions>& boxes)
    {
        for (const NatOptions& options : boxes)
        {
            tables_.emplace_back(options, 1, 0, 1, 8);
        }
    }

    Endpoint out(Endpoint inner, Endpoint to)
    {
        for (std::size_t i = 0; i < tables_.size(); ++i)
        {
            const Passage passage = tables_[i].outbound(at(0s), 0, inner, to);
            REQUIRE(passage.passed());
            inner = {address(i), passage.endpoint.port};
        }
        return inner;
    }

    [[nodiscard]] bool passes(Endpoint to, Endpoint from) const
    {
        for (std::size_t i = tables_.size(); i-- > 0;)
        {
            const Passage passage = tables_[i].look(at(0s), 0, to, from);
            if (!passage.passed())
            {
                return false;
            }
            to = passage.endpoint;
        }
        return true;
    }

  private:
    static sip::Host address(std::size_t box)
    {
        return sip::Host{static_cast<std::uint32_t>(kOuterHost) + static_cast<std::uint32_t>(box)};
    }

    std::vector<NatTable> tables_;
};

// RFC 5780 §4.3: from one socket to A1, then to the other address, then to the other
// port.
Dependence
mapping_seen(const std::vector<NatOptions>& options)
{
    Nested boxes(options);
    const Endpoint first = boxes.out(kDevice, kA1);
    if (boxes.out(kDevice, kB1) == first && boxes.out(kDevice, kA2) == first)
    {
        return Dependence::kEndpointIndependent;
    }
    return boxes.out(kDevice, kA2) == first ? Dependence::kAddressDependent
                                            : Dependence::kAddressAndPortDependent;
}

// RFC 5780 §4.4: after a request to A1 an answer is asked for from B2, then from A2.
Dependence
filtering_seen(const std::vector<NatOptions>& options)
{
    Nested boxes(options);
    const Endpoint mapped = boxes.out(kDevice, kA1);
    CHECK(boxes.passes(mapped, kA1));
    if (boxes.passes(mapped, kB2))
    {
        CHECK(boxes.passes(mapped, kA2));
        CHECK(boxes.passes(mapped, kB1));
        return Dependence::kEndpointIndependent;
    }
    CHECK_FALSE(boxes.passes(mapped, kB1));
    return boxes.passes(mapped, kA2) ? Dependence::kAddressDependent
                                     : Dependence::kAddressAndPortDependent;
}

NatOptions
combination(Dependence mapping, Dependence filtering)
{
    NatOptions options;
    options.mapping = mapping;
    options.filtering = filtering;
    options.ports = PortAssignment::kContiguous;
    return options;
}

} // namespace

TEST_CASE("every preset lets through what RFC 3489 5 and 10.1 say of it and nothing else")
{
    struct Row
    {
        std::string_view preset;
        Barrier outbound;
        // The device has sent to A1 alone: a datagram to where A1 sees it, from ...
        Barrier from_a1;
        Barrier from_a2; // CHANGE-REQUEST "change port"
        Barrier from_b1; // "change IP"
        Barrier from_b2; // both
        // A device that has sent nothing.
        Barrier unsolicited;
        // Other destinations see it at the same outer endpoint as A1.
        bool same_at_a2;
        bool same_at_b1;
    };

    // clang-format off
    const std::array<Row, 8> rows{{
        {"open",                 kPass,  kPass,  kPass,   kPass,   kPass,   kPass,   true,  true},
        {"udp-blocked",          kBlock, kBlock, kBlock,  kBlock,  kBlock,  kBlock,  true,  true},
        {"symmetric-firewall",   kPass,  kPass,  kFilter, kFilter, kFilter, kFilter, true,  true},
        {"full-cone",            kPass,  kPass,  kPass,   kPass,   kPass,   kAbsent, true,  true},
        {"restricted-cone",      kPass,  kPass,  kPass,   kFilter, kFilter, kAbsent, true,  true},
        {"port-restricted-cone", kPass,  kPass,  kFilter, kFilter, kFilter, kAbsent, true,  true},
        {"symmetric",            kPass,  kPass,  kFilter, kFilter, kFilter, kAbsent, false, false},
        // Each flow is by itself, but MASQUERADE keeps the port: seen from outside, port-restricted.
        {"linux",                kPass,  kPass,  kFilter, kFilter, kFilter, kAbsent, true,  true},
    }};
    // clang-format on
    CHECK(preset_names().size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
        const Row& row = rows[i];
        CAPTURE(std::string{row.preset});
        CHECK(preset_names()[i] == row.preset);
        const NatOptions options = preset(row.preset).value();
        CHECK(validate(options).empty());
        NatTable table(options, 1, 0, 1, 4);

        // Where nothing is translated, `to` is the device itself.
        const bool keeps = !options.translates;
        const Endpoint unused = keeps ? kSecond : Endpoint{kOuterHost, kSecond.port};
        CHECK(table.look(at(0s), 0, unused, kA1).barrier == row.unsolicited);

        const Passage out = table.outbound(at(0s), 0, kDevice, kA1);
        CHECK(out.barrier == row.outbound);
        CHECK((keeps ? out.endpoint == kDevice : out.endpoint.host == sip::Host{}));
        const Endpoint mapped = keeps ? kDevice : Endpoint{kOuterHost, out.endpoint.port};
        CHECK(table.look(at(1s), 0, mapped, kA1).barrier == row.from_a1);
        CHECK(table.look(at(1s), 0, mapped, kA2).barrier == row.from_a2);
        CHECK(table.look(at(1s), 0, mapped, kB1).barrier == row.from_b1);
        CHECK(table.look(at(1s), 0, mapped, kB2).barrier == row.from_b2);
        const Passage in = table.inbound(at(1s), 0, mapped, kA1);
        CHECK(in.barrier == row.from_a1);
        CHECK((!in.passed() || in.endpoint == kDevice));

        CHECK((table.outbound(at(2s), 0, kDevice, kA2).endpoint == out.endpoint) == row.same_at_a2);
        CHECK((table.outbound(at(2s), 0, kDevice, kB1).endpoint == out.endpoint) == row.same_at_b1);
    }
    CHECK_FALSE(preset("symetric"));
}

TEST_CASE(
    "mapping and filtering are what was configured, in all nine combinations (RFC 4787 4.1, 5, "
    "probed as RFC 5780 4.3 and 4.4 do)")
{
    for (const Dependence mapping : kDependences)
    {
        for (const Dependence filtering : kDependences)
        {
            const std::vector box{combination(mapping, filtering)};
            CHECK(mapping_seen(box) == mapping);
            CHECK(filtering_seen(box) == filtering);
        }
    }
}

TEST_CASE("of two nested boxes the more restrictive one shows, by property (81 pairs)")
{
    for (const Dependence outer_mapping : kDependences)
    {
        for (const Dependence outer_filtering : kDependences)
        {
            for (const Dependence inner_mapping : kDependences)
            {
                for (const Dependence inner_filtering : kDependences)
                {
                    const std::vector boxes{combination(inner_mapping, inner_filtering),
                                            combination(outer_mapping, outer_filtering)};
                    CHECK(mapping_seen(boxes) == std::max(inner_mapping, outer_mapping));
                    CHECK(filtering_seen(boxes) == std::max(inner_filtering, outer_filtering));
                }
            }
        }
    }
}

TEST_CASE("each further destination that was sent to may answer, at the granularity of the filter "
          "(RFC 4787 5)")
{
    NatOptions options;
    options.filtering = Dependence::kAddressAndPortDependent;
    Home home(options);
    const std::uint16_t port = home.out(0s, kA1).endpoint.port;
    home.out(1s, kB2);
    home.out(2s, kA2);
    CHECK(home.ask(3s, port, kA1) == kPass);
    CHECK(home.ask(3s, port, kB2) == kPass);
    CHECK(home.ask(3s, port, kA2) == kPass);
    CHECK(home.ask(3s, port, kB1) == kFilter);
    options.filtering = Dependence::kAddressDependent;
    Home by_address(options);
    by_address.out(0s, kA1);
    CHECK(by_address.ask(1s, port, kB1) == kFilter);
    by_address.out(1s, kB2);
    CHECK(by_address.ask(2s, port, kB1) == kPass);
    CHECK(by_address.ask(2s, port, kA2) == kPass);
}

TEST_CASE(
    "mapping by address with filtering by port keeps the permissions of one address apart from "
    "the other's mapping")
{
    Home home(combination(Dependence::kAddressDependent, Dependence::kAddressAndPortDependent));
    const std::uint16_t a = home.out(0s, kA1).endpoint.port;
    CHECK(home.out(0s, kA2).endpoint.port == a);
    const std::uint16_t b = home.out(0s, kB1).endpoint.port;
    CHECK(b != a);
    CHECK(home.ask(1s, a, kA1) == kPass);
    CHECK(home.ask(1s, a, kA2) == kPass);
    CHECK(home.ask(1s, b, kB1) == kPass);
    CHECK(home.ask(1s, b, kB2) == kFilter);
    // B1 has a mapping of its own; B2's address too, so it is B's port that it would have to use.
    CHECK(home.ask(1s, a, kB1) == Barrier::kWrongPort);
    CHECK(home.ask(1s, a, kB2) == Barrier::kWrongPort);
    home.out(2s, kB2);
    CHECK(home.ask(3s, b, kB1) == kPass);
    CHECK(home.ask(3s, b, kB2) == kPass);
    CHECK(home.ask(3s, a, kB1) == Barrier::kWrongPort);
    CHECK(home.ask(3s, a, kB2) == Barrier::kWrongPort);
}

TEST_CASE(
    "behind a symmetric box the port that a STUN server saw is the wrong one for the SIP server "
    "(RFC 3489 5)")
{
    Home home(preset("symmetric").value());
    const std::uint16_t at_stun = home.out(0s, kA1).endpoint.port;
    CHECK(home.ask(1s, at_stun, kB1) == kFilter); // nothing was sent to the SIP server yet
    const std::uint16_t at_server = home.out(1s, kB1).endpoint.port;
    CHECK(home.ask(2s, at_stun, kB1) == Barrier::kWrongPort);
    CHECK(home.ask(2s, at_server, kB1) == kPass);
    // At 300 s the STUN mapping is dead; while the other lives it is still the wrong port.
    CHECK(home.ask(300s, at_stun, kB1) == Barrier::kWrongPort);
    CHECK(home.ask(301s, at_stun, kB1) == Barrier::kExpired);
    CHECK(home.ask(301s, at_server, kB1) == Barrier::kExpired);
}

TEST_CASE("options are checked all at once, each with its name and what it must be")
{
    NatOptions options;
    options.timeout = 0s;
    options.timeout_max = -1s;
    options.timeout_unreplied = 30s;
    options.stream_after = 5s;
    options.first_port = 0;
    CHECK(validate(options) ==
          std::vector<std::string>{
              "timeout = 0s: must be above 0 s and at most 366 d",
              "timeout_max = -1s: must be at least timeout, 0s, and at most 366 d",
              "timeout_unreplied = 30s: must be above 0 s and at most timeout, 0s",
              "stream_after = 5s: must be between 0 s and 4 s",
              "first_port = 0: must be above 0",
          });
    options = NatOptions{};
    options.first_port = 2000;
    options.last_port = 1999;
    CHECK(validate(options) ==
          std::vector<std::string>{"last_port = 1999: must be at least first_port, 2000"});
}
