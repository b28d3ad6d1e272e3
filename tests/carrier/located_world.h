#pragma once

// Models : a fleet whose devices locate two registrars of one domain by DNS.
// Drives : tests of name servers, on each carrier and on both.
// Keeps  : one way from a device to any server is 6 ms: 5 ms of its link, 1 ms of the server's.
// Leaves : what a test changes.

#include "model/world/world.h"

#include <chrono>

namespace sipsim::carrier
{

using namespace std::chrono_literals;

inline constexpr SimDuration kOneWay = 6ms;
inline constexpr SimDuration kRoundTrip = 2 * kOneWay;
inline constexpr world::ServerIndex kNs = 2; // after two registrars

inline world::RecordSpec
srv(std::uint16_t priority, const char* target)
{
    return {.owner = "_sip._udp.sip.example",
            .ttl = 1000,
            .type = dns::Type::kSrv,
            .priority = priority,
            .weight = 1,
            .port = 5060,
            .target = target};
}

inline world::RecordSpec
address_of(const char* owner, std::uint32_t server)
{
    return {.owner = owner, .ttl = 1000, .type = dns::Type::kA, .server = server};
}

/// Registrars 0 and 1, of priority 1 and 2 in the zone of name server 0, which the devices ask.
inline world::World
located(std::uint32_t devices)
{
    world::World world;
    world.seed = 61;
    world.duration = 3600s;
    world.topology = network::Topology({{.id = "0", .name = "A"}}, {});
    for (const char* name : {"a", "b"})
    {
        world::RegistrarSpec registrar;
        registrar.name = name;
        registrar.access.propagation = 1ms;
        registrar.options.challenge = registrar::ChallengeWhen::kNever;
        world.registrars.push_back(registrar);
    }
    world.zones.push_back({.name = "z",
                           .origin = "sip.example",
                           .records = {srv(1, "a.sip.example"),
                                       srv(2, "b.sip.example"),
                                       address_of("a.sip.example", 0),
                                       address_of("b.sip.example", 1)}});
    world::DnsSpec dns;
    dns.name = "ns";
    dns.access.propagation = 1ms;
    dns.zones = {0};
    world.dns.push_back(dns);
    world::FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = devices;
    fleet.at = {0};
    fleet.start = {.kind = devices == 1 ? world::Start::Kind::kAtOnce : world::Start::Kind::kRandom,
                   .span = 100s};
    fleet.access.propagation = 5ms;
    fleet.registration.expires = 600;
    fleet.registration.refresh = {.kind = registration::RefreshLaw::Kind::kFraction, .low = 0.5};
    fleet.locating = world::LocatingSpec{.name = "sip.example", .resolvers = {0}};
    fleet.locating->location.mode = dns::DnsMode::kSrv;
    world.fleets.push_back(fleet);
    return world;
}

inline world::FaultSpec
fault_at(world::FaultKind kind, world::ServerIndex server, SimDuration at, SimDuration length)
{
    world::FaultSpec fault;
    fault.kind = kind;
    fault.at = SimTime{at};
    fault.length = length;
    fault.server = server;
    return fault;
}

} // namespace sipsim::carrier
