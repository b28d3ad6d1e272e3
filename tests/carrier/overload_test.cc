// Overload control between proxies and their registrar, and what devices ask for beside, on both carriers.

#include "tests/carrier/both_carriers.h"
#include "tests/carrier/random_world.h"

using namespace sipsim;
using namespace sipsim::carrier;
using registrar::OverloadOptions;
using registrar::StationOptions;

namespace
{

constexpr std::uint64_t kSeed = 78;

/// One to three proxies, each before a fleet of its own, and a fleet without; one registrar too small for
/// all of them at once, which tells the proxies so.
world::World
controlled_world(std::uint64_t n)
{
    world::World world = three_pops(40 + pick(kSeed, n, 0, 80), 700 + n);
    world.duration = 900s;
    auto& registrar = world.registrars[0];
    StationOptions& station = registrar.options.station;
    station = {.workers = 1 + pick(kSeed, n, 1, 2),
               .law = StationOptions::Law::kExponential, // no ties
               .unauthenticated = 15ms,
               .authenticated = 40ms};
    station.queue = 10 + pick(kSeed, n, 2, 40);
    station.when_full = static_cast<StationOptions::WhenFull>(pick(kSeed, n, 3, 2));
    station.overload = {.control = static_cast<OverloadOptions::Control>(1 + pick(kSeed, n, 4, 2)),
                        .target = 0.5 + 0.1 * pick(kSeed, n, 5, 5),
                        .window = SimDuration{100ms} * (1 + pick(kSeed, n, 6, 20)),
                        .validity = SimDuration{100ms} * (1 + pick(kSeed, n, 7, 50))};
    world::FleetSpec alone = world.fleets[0];
    alone.start = {.kind = world::Start::Kind::kRandom, .span = 2s};
    alone.extra = {.count = static_cast<std::uint8_t>(pick(kSeed, n, 8, 4)),
                   .each_refresh = pick(kSeed, n, 9, 2) == 0};
    world.fleets[0] = alone;
    const std::uint32_t proxies = 1 + pick(kSeed, n, 10, 3);
    for (std::uint32_t i = 0; i < proxies; ++i)
    {
        world::ProxySpec proxy;
        proxy.name = "edge" + std::to_string(i);
        proxy.at = i % 2;
        proxy.access.propagation = 1ms;
        proxy.options.overload.algorithms =
            static_cast<std::uint8_t>(pick(kSeed, n, 11 + 50 * i, 2) == 0 ? 1 : 3);
        proxy.options.overload.burst = 1 + pick(kSeed, n, 12, 10);
        if (pick(kSeed, n, 13, 3) > 0)
        {
            proxy.options.overload.retry_after = 1 + pick(kSeed, n, 14, 5);
            proxy.options.overload.retry_after_max = 8 + pick(kSeed, n, 15, 20);
        }
        proxy.options.offload = pick(kSeed, n, 16, 4) == 0;
        world.proxies.push_back(proxy);
        world::FleetSpec fleet = alone;
        fleet.name = "behind" + std::to_string(i);
        fleet.proxy = i;
        world.fleets.push_back(fleet);
    }
    if (pick(kSeed, n, 17, 3) == 0)
    {
        give_loss(world, 0.02, 2ms);
    }
    // Where nothing is sent beside registrations the fleet's links of devices have no memory (path_model.h):
    // a copy and, within its serialization, the answer to a late 401 would pass each other.
    if (pick(kSeed, n, 20, 2) == 0 && alone.extra.count > 0)
    {
        // A prime: at 8 us an octet busy links keep in step, and two datagrams meet at one at one instant.
        give_rates(world, 999'979); // a SUBSCRIBE and a late answer meet on a device's own link
    }
    world.faults.push_back({.kind = world::FaultKind::kOutage,
                            .at = SimTime{30s},
                            .length = 5s,
                            .server = pick(kSeed, n, 18, 2), // the registrar, or the first proxy
                            .unreachable = static_cast<world::Unreachable>(pick(kSeed, n, 19, 2))});
    world.faults.push_back({.kind = world::FaultKind::kPowerCut,
                            .at = SimTime{300s},
                            .length = 10s,
                            .fleet = 1,
                            .return_ramp = 1s});
    return world;
}

} // namespace

TEST_CASE("both carriers: proxies throttle what the registrar does not want, event for event")
{
    std::size_t throttled = 0;
    for (std::uint64_t n = 0; n < 20; ++n)
    {
        CAPTURE(n);
        const world::World world = controlled_world(n);
        REQUIRE(registrar::validate(world.registrars[0].options).empty());
        REQUIRE(proxy::validate(world.proxies[0].options).empty());
        const Seen seen = check_same(world);
        for (std::size_t i = 0; i < world.proxies.size(); ++i)
        {
            throttled += seen.recorder.count("answered by proxy " + std::to_string(i) + " 503");
        }
    }
    CHECK(throttled > 1000);
}

TEST_CASE("both carriers: SUBSCRIBEs follow each registration, or each refresh, and are answered")
{
    for (const bool each_refresh : {false, true})
    {
        world::World world = three_pops(20, 92);
        world.duration = 1000s; // registered every 300 s of 600: at 0, 300, 600, 900 s
        world.fleets[0].start = {.kind = world::Start::Kind::kRandom, .span = 10s};
        world.fleets[0].extra = {.count = 3, .each_refresh = each_refresh, .expires = 700};
        world.registrars[0].options.station = {.workers = 4,
                                               .law = StationOptions::Law::kExponential,
                                               .unauthenticated = 1ms,
                                               .authenticated = 2ms};
        const Seen seen = check_same(world);
        std::size_t sent = 0;
        for (const auto& [ua, facts] : seen.recorder.of_ua)
        {
            sent += static_cast<std::size_t>(std::ranges::count_if(facts, [](const Fact& fact) {
                return fact.what.starts_with("send SUBSCRIBE");
            }));
        }
        CHECK(sent == (each_refresh ? 4U : 1U) * 20 * 3);
        // They take places at the station: each registration is two requests and three more.
        CHECK(seen.recorder.count("queued") == seen.recorder.count("arrival") + sent);
    }
}

TEST_CASE("both carriers: SUBSCRIBEs that are not answered are sent again, given up and followed "
          "by the next")
{
    world::World world = three_pops(100, 93);
    world.duration = 200s;
    world.fleets[0].start = {.kind = world::Start::Kind::kRandom, .span = 1s};
    world.fleets[0].extra = {.count = 2};
    // A SUBSCRIBE takes a round trip, 46 ms or 26 ms: of a hundred devices within a second, some are asking
    // when the registrar dies.
    world.faults.push_back(
        {.kind = world::FaultKind::kOutage, .at = SimTime{800ms}, .length = 190s});
    const Seen seen = check_same(world);
    std::size_t again = 0;
    for (const auto& [ua, facts] : seen.recorder.of_ua)
    {
        again += static_cast<std::size_t>(std::ranges::count_if(facts, [](const Fact& fact) {
            return fact.what.starts_with("send SUBSCRIBE") && fact.what.ends_with("again");
        }));
    }
    CHECK(again % 10 == 0); // RFC 3261 §17.1.2.2: ten times each
    CHECK(again > 0);
}
