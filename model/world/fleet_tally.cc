#include "model/world/fleet_tally.h"

#include "model/world/collector.h"

#include <algorithm>

namespace sipsim::world
{

namespace
{

/// Of fleet_load_share.
constexpr SimDuration kLoadWindow = std::chrono::minutes{10};

} // namespace

FleetTally::FleetTally(const World& world, const FirstFault& fault)
    : fault_(fault)
{
    const auto fleets = static_cast<std::size_t>(
        std::ranges::count_if(world.fleets, [](const FleetSpec& f) { return !f.attack; }));
    if (fleets > 1 && fault.end != kNever)
    {
        fleets_.resize(fleets); // attackers come last
    }
}

void
FleetTally::mark(const ShareTracker& tracker)
{
    marked_ = true;
    for (std::uint32_t i = 0; i < fleets_.size(); ++i)
    {
        fleets_[i].before = tracker.registered_of(i);
    }
}

void
FleetTally::hold(SimTime from, const ShareTracker& tracker)
{
    for (std::uint32_t i = 0; i < fleets_.size(); ++i)
    {
        Fleet& fleet = fleets_[i];
        fleet.recovery.hold(fault_, from, tracker.registered_of(i), fleet.before);
    }
}

void
FleetTally::on_sent(SimTime at, std::uint32_t fleet)
{
    if (fleet < fleets_.size() && at >= fault_.end && at < fault_.end + kLoadWindow)
    {
        ++fleets_[fleet].sent;
    }
}

void
FleetTally::put_series(std::vector<Series>& out, SimTime end, const ShareTracker& tracker) const
{
    if (fleets_.empty() || !marked_ || end < fault_.end)
    {
        return;
    }
    std::uint64_t all = 0;
    for (const Fleet& fleet : fleets_)
    {
        all += fleet.sent;
    }
    Series time{"fleet_time_to_99", 0, 1, {}};
    Series reached{"fleet_reached", 0, 1, {}};
    Series load{"fleet_load_share", 0, 1, {}};
    Series kept{"fleet_share_end", 0, 1, {}};
    for (std::uint32_t i = 0; i < fleets_.size(); ++i)
    {
        const Fleet& fleet = fleets_[i];
        const auto back = fleet.recovery.reached();
        time.values.push_back(to_seconds(back.value_or(end) - fault_.end));
        reached.values.push_back(back ? 1.0 : 0.0);
        load.values.push_back(static_cast<double>(fleet.sent) /
                              static_cast<double>(std::max<std::uint64_t>(all, 1)));
        kept.values.push_back(static_cast<double>(tracker.registered_of(i)) /
                              std::max(fleet.before, 1U));
    }
    out.insert(out.end(), {std::move(time), std::move(reached), std::move(load), std::move(kept)});
}

} // namespace sipsim::world
