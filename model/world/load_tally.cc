#include "model/world/load_tally.h"

#include "model/world/collector.h"

#include <algorithm>
#include <string_view>

namespace sipsim::world
{

LoadTally::LoadTally(const World& world, SimTime fault_end)
    : world_(world),
      faulty_(fault_end != kNever),
      mark_(faulty_ ? fault_end : SimTime{world.warmup})
{
}

void
LoadTally::put(std::vector<MetricValue>& out, SimTime end, std::optional<SimTime> recovered) const
{
    const auto put = [&out](std::string_view name, double value) {
        out.push_back({.name = name, .value = value});
    };
    const SimTime until = faulty_ ? std::min(recovered.value_or(end), end) : end;
    if (until > mark_)
    {
        put("goodput", static_cast<double>(good_) / to_seconds(until - mark_));
    }
    // A proxy that answers refreshes itself makes registrations that no registrar sees.
    const bool offload =
        std::ranges::any_of(world_.proxies, [](const ProxySpec& p) { return p.options.offload; });
    if (!offload && end > mark_)
    {
        const std::uint64_t wasted = registers_ - std::min(useful_, registers_);
        put("wasted_registers", static_cast<double>(wasted));
        if (registers_ > 0)
        {
            put("wasted_share", static_cast<double>(wasted) / static_cast<double>(registers_));
        }
    }
    put("registers_refused", static_cast<double>(refused_));
    if (std::ranges::any_of(world_.fleets, [](const FleetSpec& f) { return f.extra.count > 0; }))
    {
        put("extra_requests_total", static_cast<double>(extras_));
    }
}

} // namespace sipsim::world
