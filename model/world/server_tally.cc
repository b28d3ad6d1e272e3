#include "model/world/server_tally.h"

#include "model/world/collector.h"

#include <algorithm>

namespace sipsim::world
{

ServerTally::ServerTally(const World& world, SimTime begin, SimTime end)
    : warm_(world.warmup),
      begin_(begin),
      end_(end),
      queries_(world.duration),
      others_(world.duration)
{
    for (const FleetSpec& fleet : world.fleets)
    {
        if (fleet.locating)
        {
            any_ = true;
            first_ = fleet.registrar;
            break;
        }
    }
}

std::size_t
ServerTally::phase(SimTime at) const
{
    return at < begin_ ? 0 : at < end_ ? 1 : 2;
}

// Only what a living registrar gets is load.
void
ServerTally::on_register(SimTime at, std::uint32_t registrar, bool alive)
{
    if (!any_ || !alive || at < warm_)
    {
        return;
    }
    ++at_all_[phase(at)];
    if (registrar == first_)
    {
        ++at_first_[phase(at)];
    }
    else
    {
        others_.add(at);
    }
}

void
ServerTally::on_query(SimTime at)
{
    queries_.add(at);
    queries_counted_ += at >= warm_ ? 1 : 0;
}

void
ServerTally::on_located(SimTime at, bool located)
{
    failed_ += at >= warm_ && !located ? 1 : 0;
}

void
ServerTally::put(std::vector<MetricValue>& out, SimTime end) const
{
    if (!any_ || end <= warm_)
    {
        return;
    }
    const double seconds = std::chrono::duration<double>(end - warm_).count();
    out.push_back(
        {.name = "dns_query_rate_mean", .value = static_cast<double>(queries_counted_) / seconds});
    out.push_back({.name = "dns_query_rate_peak", .value = queries_.peak(warm_)});
    out.push_back({.name = "locations_failed", .value = static_cast<double>(failed_)});
    out.push_back({.name = "backup_register_rate_peak", .value = others_.peak(warm_)});
    constexpr std::array<std::string_view, kPhases> kNames{"first_server_share_before",
                                                           "first_server_share_during",
                                                           "first_server_share_after"};
    for (std::size_t i = 0; i < kPhases; ++i)
    {
        out.push_back({.name = kNames[i],
                       .value = at_all_[i] == 0 ? std::nullopt
                                                : std::optional{static_cast<double>(at_first_[i]) /
                                                                static_cast<double>(at_all_[i])}});
    }
}

} // namespace sipsim::world
