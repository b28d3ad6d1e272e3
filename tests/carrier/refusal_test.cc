// What a registrar under pressure turns away and says, on both carriers.

#include "tests/carrier/both_carriers.h"
#include "tests/carrier/random_world.h"

using namespace sipsim;
using namespace sipsim::carrier;
using registrar::StationOptions;

namespace
{

constexpr std::uint64_t kSeed = 77;

/// A crowd before a small registrar that does anything it can do about crowds; its outage in the midst.
world::World
pressed_world(std::uint64_t n)
{
    using Law = StationOptions::RetryAfter;
    world::World world = three_pops(150 + pick(kSeed, n, 0, 200), 500 + n);
    world.duration = 900s;
    auto& registrar = world.registrars[0];
    StationOptions& station = registrar.options.station;
    station = {.workers = pick(kSeed, n, 1, 3),
               .law = StationOptions::Law::kExponential, // no ties
               .unauthenticated = 15ms,
               .authenticated = 40ms};
    station.queue = pick(kSeed, n, 2, 30);
    station.when_full = static_cast<StationOptions::WhenFull>(pick(kSeed, n, 3, 2));
    station.while_loading = static_cast<StationOptions::WhenFull>(pick(kSeed, n, 4, 2));
    station.retry_after_law = static_cast<Law>(pick(kSeed, n, 5, 3));
    if (station.retry_after_law != Law::kFixed || pick(kSeed, n, 6, 2) == 0)
    {
        station.retry_after = 1 + pick(kSeed, n, 7, 5);
    }
    if (station.retry_after_law != Law::kFixed)
    {
        station.retry_after_max = *station.retry_after + pick(kSeed, n, 8, 40);
    }
    if (station.retry_after && station.while_loading == StationOptions::WhenFull::kDrop)
    {
        station.when_full = StationOptions::WhenFull::kRefuse; // somebody must hear of it
    }
    if (station.workers == 0 || pick(kSeed, n, 9, 2) == 0)
    {
        station.rate_limit = 20 + pick(kSeed, n, 10, 80);
        station.burst = 1 + pick(kSeed, n, 11, 20);
    }
    if (pick(kSeed, n, 12, 2) == 0)
    {
        station.load_time = SimDuration{1s} * pick(kSeed, n, 13, 20);
        station.load_per_binding = SimDuration{1ms} * pick(kSeed, n, 14, 30);
    }
    registrar.keep_bindings = pick(kSeed, n, 15, 2) == 0;
    registrar.options.challenge = pick(kSeed, n, 16, 2) == 0 ? registrar::ChallengeWhen::kAlways
                                                             : registrar::ChallengeWhen::kInitial;
    auto& fleet = world.fleets[0];
    fleet.start = {.kind = world::Start::Kind::kRandom, .span = 2s};
    fleet.call_gap = 300s;
    world.faults.push_back({.kind = world::FaultKind::kOutage,
                            .at = SimTime{20s},
                            .length = 5s,
                            .unreachable = static_cast<world::Unreachable>(pick(kSeed, n, 17, 2))});
    world.faults.push_back({.kind = world::FaultKind::kPowerCut,
                            .at = SimTime{300s},
                            .length = 10s,
                            .return_ramp = 1s});
    return world;
}

} // namespace

TEST_CASE("both carriers: whatever a registrar does about a crowd, both do the same")
{
    std::size_t turned_away = 0;
    for (std::uint64_t n = 0; n < 24; ++n)
    {
        CAPTURE(n);
        const world::World world = pressed_world(n);
        REQUIRE(registrar::validate(world.registrars[0].options).empty());
        const Seen seen = check_same(world);
        turned_away += seen.recorder.count("drop 9"); // kStationFull
    }
    CHECK(turned_away > 2000);
}

TEST_CASE(
    "both carriers: a registrar that reads its database is silent, or says when it will be done")
{
    for (const auto when : {StationOptions::WhenFull::kDrop, StationOptions::WhenFull::kRefuse})
    {
        world::World world = three_pops(50, 91);
        world.duration = 1200s;
        auto& station = world.registrars[0].options.station;
        station.load_time = 10s;
        station.load_per_binding = 100ms; // of 50: 5 s
        station.while_loading = when;
        station.retry_after_law = StationOptions::RetryAfter::kAdaptive;
        world.fleets[0].start = {.kind = world::Start::Kind::kRandom, .span = 20s};
        world.fleets[0].registration.expires = 60;
        world.faults.push_back(
            {.kind = world::FaultKind::kOutage, .at = SimTime{100s}, .length = 5s});
        const Seen seen = check_same(world);
        // Dead from 100 s to 105 s, reading to 120 s.
        for (const Fact& fact : seen.recorder.others)
        {
            if (fact.what.starts_with("answered 0 400")) // 200, not a repeat
            {
                CHECK((fact.at < SimTime{100s} || fact.at >= SimTime{120s}));
            }
        }
        const bool refuses = when == StationOptions::WhenFull::kRefuse;
        CHECK((seen.recorder.count("answered 0 1006") > 5) == refuses); // 503
    }
}
