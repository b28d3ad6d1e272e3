#pragma once

#include "model/world/world.h"

#include <chrono>
#include <cstdint>

namespace sipsim::bench
{

using namespace std::chrono_literals;

inline constexpr std::uint32_t kPeriodS = 60;  // each host registers once in it
inline constexpr double kMessagesPerRound = 4; // REGISTER 401 REGISTER 200

/// Hosts at A, a registrar at B, 10 Gbit/s everywhere; every host registers once a minute and is
/// challenged each time.
inline world::World
star(std::uint32_t hosts)
{
    world::World world;
    world.seed = 1;
    world.topology =
        network::Topology{{{.id = "a", .name = "A"}, {.id = "b", .name = "B"}},
                          {{.a = 0, .b = 1, .propagation = 5ms, .bandwidth_bps = 10'000'000'000}}};
    world::RegistrarSpec registrar;
    registrar.name = "reg1";
    registrar.at = 1;
    registrar.access = {.propagation = 1ms, .bandwidth_bps = 10'000'000'000};
    registrar.options.min_expires = 0;
    world.registrars.push_back(registrar);
    world::FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = hosts;
    fleet.at = {0};
    fleet.start = {world::Start::Kind::kRandom, std::chrono::seconds{kPeriodS}};
    fleet.registration.expires = 2 * kPeriodS;
    fleet.registration.refresh = {.kind = registration::RefreshLaw::Kind::kFraction, .low = 0.5};
    fleet.registration.preemptive_credentials = false;
    fleet.access = {.propagation = 2ms, .bandwidth_bps = 10'000'000'000};
    world.fleets.push_back(fleet);
    world.duration = std::chrono::hours{1000};
    return world;
}

} // namespace sipsim::bench
