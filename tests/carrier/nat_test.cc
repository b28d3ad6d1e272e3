// Devices behind NATs on both carriers: at home, at the carrier, one behind the other.

#include "model/world/nat_boxes.h"
#include "tests/carrier/both_carriers.h"

using namespace sipsim;
using namespace sipsim::carrier;
using world::CallClass;
using world::FaultKind;

namespace
{

world::World
behind(std::string_view type, std::uint32_t devices_per_box, std::uint32_t devices = 40)
{
    world::World world = three_pops(devices, 71);
    world.registrars[0].options.contact_address = registrar::ContactAddress::kSeen;
    world.nats.push_back(
        {.name = "box", .options = *nat::preset(type), .devices = devices_per_box});
    world.fleets[0].nat_box = 0;
    world.fleets[0].call_gap = 120s;
    return world;
}

/// Homes behind port-restricted cones, those behind a carrier's symmetric NAT of eight homes each.
world::World
nested()
{
    world::World world = behind("port-restricted-cone", 1);
    world.nats[0].behind = 1;
    world.nats.push_back({.name = "cgn", .options = *nat::preset("symmetric"), .devices = 8});
    return world;
}

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

void
give_keepalive(world::World& world, SimDuration interval, world::Keepalives how)
{
    world.fleets[0].nat.keepalive = {.kind = nat::KeepaliveOptions::Kind::kBlank,
                                     .interval = interval};
    world.keepalives = how;
}

} // namespace

TEST_CASE("both carriers: every preset at home and at the carrier")
{
    for (const std::string_view type : nat::preset_names())
    {
        for (const std::uint32_t devices : {1U, 7U})
        {
            CAPTURE(type);
            CAPTURE(devices);
            const Seen seen = check_same(behind(type, devices));
            CHECK(seen.recorder.count("call") > 500);
            CHECK((calls(seen, CallClass::kReached) > 0) == (type != "udp-blocked"));
        }
    }
}

TEST_CASE("both carriers: a home's NAT behind a carrier's, with loss, faults and keepalives sent")
{
    for (const double loss : {0.0, 0.03})
    {
        world::World world = nested();
        give_keepalive(world, 45s, world::Keepalives::kSent);
        if (loss > 0)
        {
            give_loss(world, loss, 1ms);
        }
        world.faults.push_back({.kind = FaultKind::kPowerCut,
                                .at = SimTime{700s},
                                .length = 100s,
                                .share = 0.5,
                                .return_ramp = 60s});
        world.faults.push_back(
            {.kind = FaultKind::kNatReboot, .at = SimTime{1500s}, .share = 0.6, .nat = 1});
        world.faults.push_back(
            {.kind = FaultKind::kNatReboot, .at = SimTime{1800s}, .share = 0.5, .nat = 0});
        world.faults.push_back({.kind = FaultKind::kOutage,
                                .at = SimTime{2400s},
                                .length = 300s,
                                .unreachable = world::Unreachable::kIcmp});
        const Seen seen = check_same(world);
        CHECK(calls(seen, CallClass::kReached) > 0);
        CHECK(calls(seen, CallClass::kNatForgotten) > 0);
    }
}

TEST_CASE("both carriers: a power cut with another address, at home behind a NAT")
{
    world::World world = behind("restricted-cone", 1);
    world.faults.push_back({.kind = FaultKind::kPowerCut,
                            .at = SimTime{1000s},
                            .length = 30s,
                            .share = 0.5,
                            .new_address = true});
    const Seen seen = check_same(world);
    CHECK(calls(seen, CallClass::kStale) > 0);
}

TEST_CASE("both carriers: a power cut brings no other address behind a carrier's NAT")
{
    for (const bool at_home_too : {false, true})
    {
        world::World world = at_home_too ? nested() : behind("full-cone", 7);
        give_keepalive(world, 45s, world::Keepalives::kSent);
        world.faults.push_back({.kind = FaultKind::kPowerCut,
                                .at = SimTime{1000s},
                                .length = 30s,
                                .new_address = true});
        const Seen seen = check_same(world);
        const auto last = std::ranges::find_if(seen.results.series, [](const auto& series) {
            return series.name == "registered_share";
        });
        REQUIRE(last != seen.results.series.end());
        CHECK(last->values.back() == 1.0);
    }
}

TEST_CASE(
    "both carriers: where responses go (VOS3000 reply address), what is bound (request address)")
{
    using registrar::ContactAddress;
    using registrar::ReplyAddress;
    for (const auto reply : {ReplyAddress::kStandard,
                             ReplyAddress::kSocket,
                             ReplyAddress::kViaPort,
                             ReplyAddress::kVia})
    {
        for (const auto contact :
             {ContactAddress::kSent, ContactAddress::kSeen, ContactAddress::kSeenHost})
        {
            world::World world = behind("full-cone", 1, 10);
            world.nats[0].options.ports = nat::PortAssignment::kRandom;
            world.registrars[0].options.reply_address = reply;
            world.registrars[0].options.contact_address = contact;
            const Seen seen = check_same(world);
            // An answer to the Via's own host goes to a private address, one to its port to a port that
            // the NAT has given to nobody: the device never hears of it and never registers.
            const bool answered =
                reply == ReplyAddress::kStandard || reply == ReplyAddress::kSocket;
            CHECK((seen.recorder.count("bindings of") > 0) == answered);
            CHECK((calls(seen, CallClass::kReached) > 0) ==
                  (answered && contact == ContactAddress::kSeen));
            CHECK((calls(seen, CallClass::kNatPrivate) > 0) ==
                  (answered && contact == ContactAddress::kSent));
        }
    }
}

TEST_CASE("both carriers: what a carrier's NAT gives to another device takes that device's link")
{
    // Answers to the Via's port all go to the one device of a box whose port was preserved.
    world::World world = behind("full-cone", 7);
    world.registrars[0].options.reply_address = registrar::ReplyAddress::kViaPort;
    world.fleets[0].start = {.kind = world::Start::Kind::kAtOnce};
    world.fleets[0].access.jitter = 3ms;
    world.duration = 120s;
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("drop " +
                              std::to_string(static_cast<int>(world::DropReason::kUnmatched))) > 0);
}

TEST_CASE("keepalives computed give the NATs the state that sending them gives")
{
    for (const SimDuration interval : {SimDuration{20s}, SimDuration{95s}, SimDuration{170s}})
    {
        for (const auto ports : {nat::PortAssignment::kPreserve, nat::PortAssignment::kContiguous})
        {
            for (const bool at_carrier : {false, true})
            {
                world::World world = behind("port-restricted-cone", at_carrier ? 8 : 1);
                world.nats[0].options.ports = ports;
                world.nats[0].options.timeout = 120s;
                world.faults.push_back({.kind = FaultKind::kPowerCut,
                                        .at = SimTime{1000s},
                                        .length = 200s,
                                        .share = 0.5,
                                        .return_ramp = 100s});
                give_keepalive(world, interval, world::Keepalives::kSent);
                const Seen sent = run_on(Carrier::kFleet, world);
                world.keepalives = world::Keepalives::kComputed;
                const Seen computed = run_on(Carrier::kFleet, world);
                CAPTURE(interval.count());
                CAPTURE(at_carrier);
                check_same_results(sent.results, computed.results);
                check_equal(run_on(Carrier::kPacket, world), computed);
                // Those that let mappings die in a box of several devices are sent after all.
                CHECK((computed.recorder.count("keepalive of") > 0) ==
                      (at_carrier && interval > 120s));
            }
        }
    }
}

TEST_CASE("keepalives computed come from the address that a device has after a power cut")
{
    world::World world = behind("symmetric-firewall", 1);
    world.nats[0].options.timeout = 30s;
    world.faults.push_back({.kind = FaultKind::kPowerCut,
                            .at = SimTime{1000s},
                            .length = 30s,
                            .share = 0.5,
                            .new_address = true});
    world.faults.push_back({.kind = FaultKind::kPowerCut,
                            .at = SimTime{2000s},
                            .length = 30s,
                            .share = 0.5,
                            .new_address = true});
    give_keepalive(world, 20s, world::Keepalives::kSent);
    const Seen sent = run_on(Carrier::kFleet, world);
    world.keepalives = world::Keepalives::kComputed;
    const Seen computed = check_same(world);
    check_same_results(sent.results, computed.results);
    CHECK(computed.recorder.count("keepalive of") == 0);
    CHECK(calls(computed, CallClass::kReached) > 500);
}

TEST_CASE("keepalives are sent where a box may be full of mappings, and none of them arrives then")
{
    world::World world = behind("full-cone", 10);
    world.nats[0].options.max_mappings = 5;
    give_keepalive(world, 20s, world::Keepalives::kSent);
    const Seen sent = check_same(world);
    world.keepalives = world::Keepalives::kComputed;
    const Seen computed = check_same(world);
    check_same_results(sent.results, computed.results);
    CHECK(computed.recorder.count("keepalive at") < computed.recorder.count("keepalive of"));
}

TEST_CASE("keepalives are sent where a box may be out of blocks, and some hosts have none then")
{
    world::World world = behind("full-cone", 10);
    world.nats[0].options.block_ports = 64'512 / 5; // five hosts of ten
    give_keepalive(world, 20s, world::Keepalives::kSent);
    const Seen sent = check_same(world);
    world.keepalives = world::Keepalives::kComputed;
    const Seen computed = check_same(world);
    check_same_results(sent.results, computed.results);
    CHECK(computed.recorder.count("keepalive at") < computed.recorder.count("keepalive of"));
    // A block for every host: computed.
    world.nats[0].options.block_ports = 64'512 / 10;
    const Seen enough = check_same(world);
    CHECK(enough.recorder.count("keepalive of") == 0);
    CHECK(calls(enough, CallClass::kReached) > calls(computed, CallClass::kReached));
}

TEST_CASE("behind one box for many, a device is reached by its own port alone")
{
    world::World world = behind("full-cone", 20);
    give_keepalive(world, 30s, world::Keepalives::kComputed);
    const Seen seen = check_same(world);
    CHECK(calls(seen, CallClass::kReached) > 500);
    CHECK(calls(seen, CallClass::kNatExpired) == 0);
    CHECK(calls(seen, CallClass::kNatForgotten) == 0);
}
