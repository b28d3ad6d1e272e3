// Keepalives sent one by one on both carriers, and computed instead of sent.

#include "tests/carrier/both_carriers.h"

#include <cmath>

using namespace sipsim;
using namespace sipsim::carrier;
using world::FaultKind;

namespace
{

world::World
with_keepalives(std::uint32_t devices, std::uint64_t seed, SimDuration interval = 20s)
{
    world::World world = three_pops(devices, seed);
    world.fleets[0].nat.keepalive = {.kind = nat::KeepaliveOptions::Kind::kBlank,
                                     .interval = interval};
    return world;
}

/// Power cuts, crashes, an outage of either kind and a cut link, over and into each other.
void
give_faults(world::World& world)
{
    world.faults.push_back({.kind = FaultKind::kPowerCut,
                            .at = SimTime{500s},
                            .length = 130s,
                            .share = 0.6,
                            .return_ramp = 90s});
    world.faults.push_back(
        {.kind = FaultKind::kCrash, .at = SimTime{560s}, .length = 10s, .share = 0.5});
    world.faults.push_back({.kind = FaultKind::kOutage,
                            .at = SimTime{1500s},
                            .length = 200s,
                            .unreachable = world::Unreachable::kIcmp});
    world.faults.push_back({.kind = FaultKind::kOutage,
                            .at = SimTime{1600s},
                            .length = 200s,
                            .unreachable = world::Unreachable::kSilent});
    world.faults.push_back(
        {.kind = FaultKind::kLink, .at = SimTime{2500s}, .length = 77s, .links = {1}});
    world.faults.push_back(
        {.kind = FaultKind::kPartition, .at = SimTime{2550s}, .length = 60s, .links = {0, 1}});
    world.faults.push_back({.kind = FaultKind::kReboot, .at = SimTime{3000s}, .share = 0.5});
}

} // namespace

TEST_CASE("both carriers: keepalives sent one by one, through every fault, with loss")
{
    for (const double loss : {0.0, 0.05})
    {
        for (const auto kind :
             {nat::KeepaliveOptions::Kind::kBlank, nat::KeepaliveOptions::Kind::kCrlf})
        {
            world::World world = with_keepalives(40, 61);
            world.fleets[0].nat.keepalive.kind = kind;
            world.fleets[0].call_gap = 400s;
            give_faults(world);
            if (loss > 0)
            {
                give_loss(world, loss, 2ms);
            }
            const Seen seen = check_same(world);
            CHECK(seen.recorder.count("keepalive at") > 1000);
            // An ICMP error about a keepalive is no transport error of a REGISTER.
            CHECK(seen.recorder.count("drop 2") > 1000);
        }
    }
}

TEST_CASE("keepalives computed instead of sent give the same results where nothing is lost")
{
    for (const auto which : {Carrier::kPacket, Carrier::kFleet})
    {
        for (const SimDuration interval : {SimDuration{20s}, SimDuration{7'300'000'001ns}})
        {
            world::World world = with_keepalives(50, 62, interval);
            world.warmup = 444s;
            world.fleets[0].call_gap = 400s;
            give_faults(world);
            world.keepalives = world::Keepalives::kSent;
            const Seen sent = run_on(which, world);
            world.keepalives = world::Keepalives::kComputed;
            const Seen computed = run_on(which, world);
            CHECK(computed.recorder.count("keepalive") == 0);
            CHECK(sent.recorder.count("keepalive of") > 0);
            check_same_results(sent.results, computed.results);
            // Each user agent's own messages, to the nanosecond.
            CHECK(sent.recorder.of_ua == computed.recorder.of_ua);
        }
    }
}

TEST_CASE("keepalives computed instead of sent agree in expectation where datagrams are lost")
{
    // Each of three or four hops loses 10 %: arrivals are binomial, so the count is within five standard
    // deviations of its mean but once in 1.7 million runs.
    world::World world = with_keepalives(100, 63);
    give_loss(world, 0.1, SimDuration{0});
    world.fleets[0].registration.enabled = false; // only keepalives draw
    const auto arrived = [&](world::Keepalives how) {
        world.keepalives = how;
        return metric(run_on(Carrier::kFleet, world), "keepalive_rate_mean") *
               to_seconds(world.duration);
    };
    const double sent = arrived(world::Keepalives::kSent);
    const double computed = arrived(world::Keepalives::kComputed);
    // Half the devices pass four lossy links (their own, two of the map, the server's), half three.
    const double each = 100.0 / 2 * to_seconds(world.duration) / 20;
    const double four = std::pow(0.9, 4);
    const double three = std::pow(0.9, 3);
    CHECK(computed == doctest::Approx(each * (four + three)).epsilon(0.01));
    const double deviation = std::sqrt(each * (four * (1 - four) + three * (1 - three)));
    CHECK(std::abs(sent - computed) < 5 * deviation);
    CHECK(std::abs(sent - computed) > 0); // it was drawn, not computed
}

TEST_CASE("N devices with a keepalive every k seconds put N/k datagrams a second on their server")
{
    // 2 000 devices, 20 s: 100/s of 28 octets (IPv4 and UDP header, no payload): 22 400 bit/s.
    world::World world = with_keepalives(2000, 64);
    give_rates(world, 1'000'000);
    world.duration = 200s;
    world.keepalives = world::Keepalives::kComputed;
    const Seen seen = run_on(Carrier::kFleet, world);
    // A device sends ten times in 200 s, whatever its first instant; those sent last are under way.
    CHECK(metric(seen, "keepalives_sent") == 20'000);
    CHECK(metric(seen, "keepalive_rate_mean") == doctest::Approx(100).epsilon(0.01));
    CHECK(metric(seen, "keepalive_link_load") == doctest::Approx(0.0224));
}
