#include "model/nat/keepalive.h"

#include <algorithm>

namespace sipsim::nat
{

KeepaliveSchedule::KeepaliveSchedule(const KeepaliveOptions& options,
                                     const DrawKey& device,
                                     std::uint32_t boots,
                                     SimTime boot)
    : first_(boot +
             draw_between(device, Purpose::kKeepalive, boots, SimDuration{0}, options.interval)),
      interval_(options.interval)
{
}

SimTime
KeepaliveSchedule::next(SimTime at) const
{
    if (at <= first_)
    {
        return first_;
    }
    const auto periods = (at - first_ + interval_ - SimDuration{1}) / interval_;
    return first_ + periods * interval_;
}

std::optional<SimTime>
KeepaliveSchedule::last(SimTime at) const
{
    if (at < first_)
    {
        return std::nullopt;
    }
    return first_ + ((at - first_) / interval_) * interval_;
}

std::uint64_t
KeepaliveSchedule::count(SimTime from, SimTime to) const
{
    const SimTime begin = next(from);
    return begin >= to ? 0
                       : static_cast<std::uint64_t>((to - begin - SimDuration{1}) / interval_) + 1;
}

} // namespace sipsim::nat
