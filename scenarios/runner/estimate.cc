#include "scenarios/runner/estimate.h"

#include "model/world/layout.h"

#include <algorithm>

namespace sipsim::runner
{

namespace
{

constexpr double kSecondsPerMessage = 50e-6; // packet carrier, three hops (tests/bench)
constexpr double kSecondsPerRun = 0.1;       // building nodes and the like
constexpr double kBytesPerBin = 8;
constexpr double kBytesPerRun = 20e3;

double
messages(const world::World& world)
{
    double total = 0;
    for (const auto& fleet : world.fleets)
    {
        const auto& registrar = world.registrars[fleet.registrar];
        const double accounts = static_cast<double>(fleet.count) * fleet.accounts;
        const auto granted = world::granted_expiry(fleet.registration, registrar.options);
        const double period =
            std::max(1e-3, to_seconds(world::mean_refresh(fleet.registration, granted)));
        const double legs =
            registrar.options.challenge == registrar::ChallengeWhen::kAlways ? 4.0 : 2.0;
        total += accounts * (to_seconds(world.duration) / period + 1) * legs;
        for (const auto& fault : world.faults)
        {
            // A silent server: 11 sends per attempt of 32 s and one wait (RFC 3261 §17.1.2.2).
            const double length = to_seconds(fault.length);
            const double cycle = 32 + to_seconds(fleet.registration.retry.base);
            const double affected = accounts * std::min(1.0, length / period);
            total +=
                fault.kind == world::FaultKind::kOutage ? affected * length / 2 / cycle * 11 : 0;
        }
    }
    return total;
}

} // namespace

Estimate
estimate(const Experiment& experiment)
{
    Estimate sum;
    for (const auto& point : experiment.points)
    {
        const world::World world = experiment.world(point, experiment.replication_seed(0));
        const double runs = experiment.replications;
        sum.cpu_s += runs * (kSecondsPerRun + messages(world) * kSecondsPerMessage);
        // Three rate series in 1 s bins, three levels every 10 s.
        sum.disk_bytes += runs * (kBytesPerRun + kBytesPerBin * 3.3 * to_seconds(world.duration));
    }
    return sum;
}

} // namespace sipsim::runner
