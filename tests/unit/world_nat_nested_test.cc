// Why a datagram does not reach a device behind two NATs, its home's and the carrier's.

#include "model/world/nat_boxes.h"
#include "tests/unit/world_four_phones.h"

#include <doctest/doctest.h>

#include <array>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;
using nat::Barrier;
using nat::Dependence;
using nat::PortAssignment;

namespace
{

constexpr sip::Endpoint kOther{.host = sip::Host{0xC633'6402}, .port = 3478}; // 198.51.100.2

nat::NatOptions
cone(PortAssignment ports, SimDuration timeout)
{
    nat::NatOptions options = *nat::preset("full-cone");
    options.ports = ports;
    options.timeout = timeout;
    return options;
}

/// Four homes behind one box of the carrier's; all is said of the first.
class Nested
{
  public:
    Nested(const nat::NatOptions& home, const nat::NatOptions& carrier)
        : world_(of(home, carrier)),
          layout_(world_),
          nats_(world_, layout_)
    {
    }

    [[nodiscard]] sip::Endpoint registrar() const
    {
        return layout_.registrar_address(0);
    }

    /// As `to` sees it.
    sip::Endpoint send(SimDuration when, sip::Endpoint to)
    {
        const Crossing home = nats_.leave_home(SimTime{when}, 0, 0, nats_.plan().inside(0, 0), to);
        REQUIRE(home.passed());
        const Crossing carrier = nats_.leave_carrier(SimTime{when}, 0, home.endpoint, to);
        REQUIRE(carrier.passed());
        return carrier.endpoint;
    }

    /// To a call of the registrar's.
    Barrier barrier(SimDuration when, sip::Endpoint contact)
    {
        return nats_.barrier(SimTime{when}, 0, 0, contact, registrar());
    }

    NatBoxes& boxes()
    {
        return nats_;
    }

  private:
    static World of(const nat::NatOptions& home, const nat::NatOptions& carrier)
    {
        World world = four_phones();
        world.nats.push_back({.name = "home", .options = home, .devices = 1, .behind = 1});
        world.nats.push_back({.name = "cgn", .options = carrier, .devices = 4});
        return world;
    }

    World world_;
    Layout layout_;
    NatBoxes nats_;
};

constexpr std::array kPorts{PortAssignment::kPreserve,
                            PortAssignment::kContiguous,
                            PortAssignment::kRandom};

} // namespace

TEST_CASE("a home's mapping that has timed out behind a carrier's box is what stops the call, "
          "whatever port it had")
{
    for (const PortAssignment ports : kPorts)
    {
        CAPTURE(static_cast<int>(ports));
        Nested nested(cone(ports, 30s), cone(PortAssignment::kContiguous, 300s));
        const sip::Endpoint contact = nested.send(1s, nested.registrar());
        CHECK(nested.barrier(31s - 1ns, contact) == Barrier::kNone);
        CHECK(nested.barrier(31s, contact) == Barrier::kExpired);
        CHECK(nested.barrier(301s, contact) == Barrier::kExpired); // at the carrier's, too
        nested.boxes().forget_home(SimTime{301s}, 0);
        CHECK(nested.barrier(301s, contact) == Barrier::kExpired); // the carrier's comes first
    }
}

TEST_CASE("what the home forgot is told from what timed out, and from what has another port now")
{
    for (const PortAssignment ports : kPorts)
    {
        CAPTURE(static_cast<int>(ports));
        Nested nested(cone(ports, 30s), cone(PortAssignment::kContiguous, 300s));
        const sip::Endpoint contact = nested.send(1s, nested.registrar());
        // Another port at home is another endpoint to the carrier's box.
        const sip::Endpoint anew = nested.send(40s, nested.registrar());
        CHECK((anew == contact) == (ports == PortAssignment::kPreserve));
        CHECK(nested.barrier(41s, anew) == Barrier::kNone);
        CHECK(nested.barrier(41s, contact) ==
              (anew == contact ? Barrier::kNone : Barrier::kWrongPort));
        CHECK(nested.barrier(70s, contact) == Barrier::kExpired);
        nested.boxes().forget_home(SimTime{71s}, 0);
        CHECK(nested.barrier(71s, anew) == Barrier::kNoMapping);
    }
}

TEST_CASE(
    "the home is asked about the port that the carrier's box sends to: an endpoint-independent "
    "filter forwards any packet destined to it (RFC 4787 5)")
{
    // One port at home for both destinations; the mapping to the registrar dies first.
    nat::NatOptions home = cone(PortAssignment::kPreserve, 30s);
    home.mapping = Dependence::kAddressDependent;
    Nested shared(home, cone(PortAssignment::kContiguous, 300s));
    const sip::Endpoint contact = shared.send(1s, shared.registrar());
    CHECK(shared.send(20s, kOther) == contact);
    CHECK(shared.barrier(40s, contact) == Barrier::kNone);
    CHECK(shared.barrier(50s, contact) == Barrier::kExpired);
    // A port for each: what the other one saw leads here, too.
    home.ports = PortAssignment::kContiguous;
    Nested apart(home, cone(PortAssignment::kContiguous, 300s));
    const sip::Endpoint seen = apart.send(1s, kOther);
    CHECK(apart.send(1s, apart.registrar()) != seen);
    CHECK(apart.barrier(2s, seen) == Barrier::kNone);
}
