#include "model/world/layout.h"
#include "scenarios/runner/carriers.h"
#include "scenarios/runner/executor.h"

#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <chrono>

namespace sipsim::runner
{

namespace
{

std::string
faults_json(const world::World& world)
{
    auto faults = nlohmann::json::array();
    for (const auto& fault : world.faults)
    {
        faults.push_back({{"kind", world::name_of(fault.kind)},
                          {"target", fault.target},
                          {"start_s", to_seconds(fault.at)},
                          {"end_s", to_seconds(world::end_of(world, fault))}});
    }
    return faults.dump();
}

} // namespace

RunRecord
execute_run(const Experiment& experiment,
            const Point& point,
            std::uint64_t seed,
            const std::optional<std::filesystem::path>& pcap_prefix)
{
    const auto begin = std::chrono::steady_clock::now();
    const world::World world = experiment.world(point, seed);
    const world::Layout layout(world);
    world::Collector collector(world, layout);
    const auto run = run_on(experiment.carrier,
                            world,
                            layout,
                            collector,
                            {.pcap = pcap_prefix, .pcap_ua = {}, .stop = {}});
    RunRecord record{.point = point.index,
                     .seed = seed,
                     .status = "ok",
                     .attempts = 1,
                     .error = {},
                     .faults_json = faults_json(world),
                     .results = collector.finish(SimTime{world.duration}),
                     .cost = {}};
    const double wall =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    record.cost = {{"wall_s", wall},
                   {"events", run.events},
                   {"sip_messages", run.sip_messages},
                   {"rss_bytes", 1024.0 * static_cast<double>(usage.ru_maxrss)}};
    if (run.events > 0)
    {
        record.cost["ns_per_event"] = 1e9 * wall / run.events;
    }
    if (run.sip_messages > 0)
    {
        record.cost["us_per_message"] = 1e6 * wall / run.sip_messages;
    }
    return record;
}

} // namespace sipsim::runner
