#include "model/world/server_tally.h"

#include "model/world/collector.h"

#include <algorithm>
#include <numeric>

namespace sipsim::world
{

ServerTally::ServerTally(const World& world, SimTime begin, SimTime end)
    : warm_(world.warmup),
      begin_(begin),
      end_(end),
      queries_(world.duration),
      others_(world.duration)
{
    for (auto& counts : registers_)
    {
        counts.resize(world.registrars.size());
    }
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

std::uint64_t
ServerTally::all_of(std::size_t phase) const
{
    return std::accumulate(registers_[phase].begin(), registers_[phase].end(), std::uint64_t{0});
}

// Only what a living registrar gets is load.
void
ServerTally::on_register(SimTime at, std::uint32_t registrar, bool alive)
{
    if (!any_ || !alive || at < warm_)
    {
        return;
    }
    ++registers_[phase(at)][registrar];
    if (registrar != first_)
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
        const std::uint64_t all = all_of(i);
        out.push_back({.name = kNames[i],
                       .value = all == 0
                                    ? std::nullopt
                                    : std::optional{static_cast<double>(registers_[i][first_]) /
                                                    static_cast<double>(all)}});
    }
}

void
ServerTally::put_series(std::vector<Series>& out) const
{
    if (!any_)
    {
        return;
    }
    out.push_back(
        {"dns_query_rate", 0, std::chrono::duration<double>(kRateBin).count(), queries_.bins()});
    constexpr std::array<std::string_view, kPhases> kNames{"server_share_before",
                                                           "server_share_during",
                                                           "server_share_after"};
    for (std::size_t i = 0; i < kPhases; ++i)
    {
        const auto all = static_cast<double>(all_of(i));
        if (all == 0)
        {
            continue;
        }
        Series share{kNames[i], 0, 1, {}};
        for (const std::uint64_t count : registers_[i])
        {
            share.values.push_back(static_cast<double>(count) / all);
        }
        out.push_back(std::move(share));
    }
}

} // namespace sipsim::world
