// A registrar that takes its time, on both carriers.

#include "tests/carrier/both_carriers.h"

using namespace sipsim;
using namespace sipsim::carrier;
using registrar::StationOptions;

namespace
{

/// `devices` that start at once before a registrar of two workers, 50 unauthenticated requests a
/// second each and half as many authenticated ones. Odd nanoseconds: no sum of service times is a
/// retransmission interval, so no two user agents meet at the registrar at the same instant.
world::World
busy_world(std::uint32_t devices, std::uint64_t seed)
{
    world::World world = three_pops(devices, seed);
    world.duration = 1200s;
    world.registrars[0].options.station = {.workers = 2,
                                           .law = StationOptions::Law::kConstant,
                                           .unauthenticated = 20ms + 7ns,
                                           .authenticated = 40ms + 13ns};
    return world;
}

} // namespace

TEST_CASE("both carriers: an idle service station only adds its service times")
{
    for (const auto law : {StationOptions::Law::kConstant, StationOptions::Law::kExponential})
    {
        world::World world = busy_world(40, 31);
        world.registrars[0].options.station.law = law;
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("queued") == seen.recorder.count("arrival"));
    }
}

TEST_CASE("both carriers: a crowd at the service station waits, sends again and is served the same")
{
    for (const auto law : {StationOptions::Law::kConstant, StationOptions::Law::kExponential})
    {
        world::World world = busy_world(300, 32);
        world.registrars[0].options.station.law = law;
        world.fleets[0].start = {.kind = world::Start::Kind::kRandom, .span = 2s};
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("arrival") > 2 * 300); // some were sent again
    }
}

TEST_CASE("both carriers: a full queue drops, or refuses with 503 and Retry-After")
{
    for (const auto when : {StationOptions::WhenFull::kDrop, StationOptions::WhenFull::kRefuse})
    {
        world::World world = busy_world(300, 33);
        auto& station = world.registrars[0].options.station;
        station.law = StationOptions::Law::kExponential;
        station.queue = 20;
        station.when_full = when;
        if (when == StationOptions::WhenFull::kRefuse)
        {
            station.retry_after = 7;
        }
        world.fleets[0].start = {.kind = world::Start::Kind::kRandom, .span = 2s};
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("drop 9") > 50); // kStationFull
    }
}

TEST_CASE(
    "both carriers: a copy is refused while its request waits, and both answers meet on the way")
{
    world::World world = busy_world(200, 33);
    world.registrars[0].options.station.law = StationOptions::Law::kExponential;
    world.registrars[0].options.station.when_full = StationOptions::WhenFull::kRefuse;
    world.registrars[0].options.station.queue = 20;
    world.fleets[0].start = {.kind = world::Start::Kind::kRandom, .span = 2s};
    // 70 ms for an answer on a device's own link: two are often on it at once.
    world.fleets[0].access.bandwidth_bps = 39'989;
    check_same(world);
}

TEST_CASE("both carriers: what waits at the service station dies with the process")
{
    for (const bool keep : {true, false})
    {
        world::World world = busy_world(300, 34);
        world.registrars[0].keep_bindings = keep;
        world.registrars[0].options.station.law = StationOptions::Law::kExponential; // no ties
        world.fleets[0].start = {.kind = world::Start::Kind::kRandom, .span = 2s};
        world.faults.push_back({.kind = world::FaultKind::kOutage,
                                .at = SimTime{3s},
                                .length = 5s,
                                .unreachable = world::Unreachable::kIcmp});
        check_same(world);
    }
}
