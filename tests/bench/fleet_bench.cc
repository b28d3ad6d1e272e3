// What a SIP message costs on the fleet carrier, facts collected as in a real run (Collector), over the
// three hops of packet_bench.cc (access link, one link of the map, access link, 10 Gbit/s each), which
// the packet carrier's cost stands beside.
//
// Steady: expiry 3600 s, refreshed a minute before its end, challenged every time: four messages; a
// keepalive every 20 s, computed. Avalanche: all devices lose power at once and return at once. Time is
// the processor time of the run; `MiB` is what the engine holds at its end, `rss_MiB` the peak of the
// process so far, collector included: of one run only in a process of its own.
//
//   bench --benchmark_filter=fleet_steady              all counts
//   bench --benchmark_filter=fleet_day/1000000         10^6 user agents for 24 h
//   bench --benchmark_filter=fleet_located_day/1000000 the same, who locate one of four registrars by
//                                                      DNS (SRV, TTL 300 s, rotated) before each
//                                                      refresh

#include "model/fleet/fleet_carrier.h"
#include "model/world/collector.h"

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <ctime>
#include <optional>
#include <string>

namespace
{

using namespace sipsim;
using namespace std::chrono_literals;

double
processor_seconds()
{
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

world::World
fleet_world(std::uint32_t devices, SimDuration duration)
{
    world::World world;
    world.seed = 1;
    world.duration = duration;
    world.topology =
        network::Topology{{{.id = "a", .name = "A"}, {.id = "b", .name = "B"}},
                          {{.a = 0, .b = 1, .propagation = 5ms, .bandwidth_bps = 10'000'000'000}}};
    world::RegistrarSpec registrar;
    registrar.name = "reg1";
    registrar.at = 1;
    registrar.access = {.propagation = 1ms, .bandwidth_bps = 10'000'000'000};
    world.registrars.push_back(registrar);
    world::FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = devices;
    fleet.at = {0, 1};
    fleet.registration.expires = 3600;
    fleet.registration.refresh = {.kind = registration::RefreshLaw::Kind::kLead, .lead = 60s};
    fleet.registration.preemptive_credentials = false;
    fleet.access = {.propagation = 2ms, .bandwidth_bps = 10'000'000'000};
    fleet.nat.keepalive = {.kind = nat::KeepaliveOptions::Kind::kBlank, .interval = 20s};
    world.fleets.push_back(fleet);
    world.keepalives = world::Keepalives::kComputed;
    return world;
}

void
run(benchmark::State& state, const world::World& world, bool collect)
{
    constexpr double kMiB = 1024.0 * 1024.0;
    for (auto _ : state)
    {
        const world::Layout layout(world);
        world::Observer nobody;
        std::optional<world::Collector> collector;
        if (collect)
        {
            collector.emplace(world, layout);
        }
        const double begin = processor_seconds();
        const auto cost =
            fleet::run_on_fleet(world,
                                layout,
                                collect ? static_cast<world::Observer&>(*collector) : nobody);
        if (collect)
        {
            benchmark::DoNotOptimize(collector->finish(SimTime{world.duration}));
        }
        const double seconds = processor_seconds() - begin;
        const auto messages = static_cast<double>(cost.sip_messages);
        const auto& memory = cost.memory;
        const std::size_t octets = memory.rows + memory.transactions + memory.flights +
                                   memory.timers + memory.devices + memory.servers;
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        state.counters["messages"] = messages;
        state.counters["messages/s"] = messages / seconds;
        state.counters["ns/message"] = 1e9 * seconds / messages;
        state.counters["row_octets"] =
            static_cast<double>(memory.rows) / static_cast<double>(layout.accounts());
        state.counters["binding_octets"] = sizeof(registrar::KeptBinding);
        state.counters["MiB"] = static_cast<double>(octets) / kMiB;
        state.counters["devices_MiB"] = static_cast<double>(memory.devices) / kMiB;
        state.counters["seconds"] = seconds;
        state.counters["rows_MiB"] = static_cast<double>(memory.rows) / kMiB;
        state.counters["timers_MiB"] = static_cast<double>(memory.timers) / kMiB;
        state.counters["flights_MiB"] = static_cast<double>(memory.flights) / kMiB;
        state.counters["transactions_MiB"] = static_cast<double>(memory.transactions) / kMiB;
        state.counters["servers_MiB"] = static_cast<double>(memory.servers) / kMiB;
        state.counters["rss_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
    }
}

void
fleet_steady(benchmark::State& state)
{
    const auto devices = static_cast<std::uint32_t>(state.range(0));
    run(state, fleet_world(devices, 2h), true);
}

/// Each box before so many devices; the rest as fleet_steady.
world::World
behind_nats(std::uint32_t devices, std::uint32_t per_box)
{
    world::World world = fleet_world(devices, 2h);
    world.nats.push_back({.name = "box",
                          .options = nat::preset("port-restricted-cone").value(),
                          .devices = per_box});
    world.fleets[0].nat_box = 0;
    return world;
}

void
fleet_home_nats(benchmark::State& state)
{
    run(state, behind_nats(static_cast<std::uint32_t>(state.range(0)), 1), true);
}

void
fleet_carrier_nats(benchmark::State& state)
{
    run(state, behind_nats(static_cast<std::uint32_t>(state.range(0)), 1000), true);
}

void
fleet_engine_alone(benchmark::State& state)
{
    const auto devices = static_cast<std::uint32_t>(state.range(0));
    run(state, fleet_world(devices, 2h), false);
}

void
fleet_avalanche(benchmark::State& state)
{
    const auto devices = static_cast<std::uint32_t>(state.range(0));
    world::World world = fleet_world(devices, 600s);
    world.fleets[0].start = {.kind = world::Start::Kind::kRamp, .span = 100s};
    world.faults.push_back(
        {.kind = world::FaultKind::kPowerCut, .at = SimTime{300s}, .length = 60s});
    run(state, world, true);
}

void
fleet_day(benchmark::State& state)
{
    const auto devices = static_cast<std::uint32_t>(state.range(0));
    run(state, fleet_world(devices, 24h), true);
}

/// fleet_day's devices find four registrars of equal priority and weight by SRV records of 300 s, which the
/// name server sends in another order each time, so that each refresh asks for them again.
world::World
located(std::uint32_t devices)
{
    world::World world = fleet_world(devices, 24h);
    world::ZoneSpec zone{.name = "zone", .origin = "sip.example"};
    for (std::uint32_t i = 0; i < 4; ++i)
    {
        world.registrars.resize(i + 1, world.registrars[0]);
        world.registrars[i].name = "reg" + std::to_string(i + 1);
        const std::string host = world.registrars[i].name + ".sip.example";
        zone.records.push_back({.owner = "_sip._udp.sip.example",
                                .type = dns::Type::kSrv,
                                .priority = 1,
                                .weight = 1,
                                .port = 5060,
                                .target = host});
        zone.records.push_back({.owner = host, .type = dns::Type::kA, .server = i});
    }
    world.zones.push_back(zone);
    world::DnsSpec dns;
    dns.name = "ns";
    dns.at = 1;
    dns.access = world.registrars[0].access;
    dns.zones = {0};
    dns.authority.order = dns::RecordOrder::kRotated;
    world.dns.push_back(dns);
    world::FleetSpec& fleet = world.fleets[0];
    fleet.locating = world::LocatingSpec{.name = "sip.example", .resolvers = {0}};
    fleet.locating->location.mode = dns::DnsMode::kSrv;
    return world;
}

void
fleet_located_day(benchmark::State& state)
{
    run(state, located(static_cast<std::uint32_t>(state.range(0))), true);
}

void
counts(benchmark::internal::Benchmark* bench)
{
    bench->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Arg(4'000'000)->Iterations(1);
}

BENCHMARK(fleet_steady)->Apply(counts);
BENCHMARK(fleet_home_nats)->Apply(counts);
BENCHMARK(fleet_carrier_nats)->Apply(counts);
BENCHMARK(fleet_engine_alone)->Apply(counts);
BENCHMARK(fleet_avalanche)->Apply(counts);
BENCHMARK(fleet_day)->Arg(100'000)->Arg(1'000'000)->Iterations(1);
BENCHMARK(fleet_located_day)->Arg(100'000)->Arg(1'000'000)->Iterations(1);

} // namespace
