#include "model/world/collector_recovery.h"

#include "model/world/layout.h"

#include <algorithm>

namespace sipsim::world
{

namespace
{

// Of those that are there when a fault ends, the last ends so much later.
SimDuration
longest_binding(const World& world)
{
    std::uint32_t longest = 0;
    for (const FleetSpec& fleet : world.fleets)
    {
        const auto& server = world.registrars[fleet.registrar].options;
        longest = std::max({longest,
                            granted_expiry(world, fleet, server),
                            std::min(fleet.registration.expires, server.max_expires)});
    }
    return std::chrono::seconds{longest};
}

} // namespace

FirstFault
first_fault(const World& world)
{
    FirstFault first;
    for (const auto& fault : world.faults)
    {
        if (fault.at >= SimTime{world.warmup})
        {
            first.begin = std::min(first.begin, fault.at);
        }
    }
    for (const auto& fault : world.faults)
    {
        if (fault.at > first.begin)
        {
            first.next = std::min(first.next, fault.at);
        }
        if (fault.at != first.begin)
        {
            continue;
        }
        const SimTime end = end_of(world, fault);
        first.end = first.end == kNever ? end : std::max(first.end, end);
        if (hits_devices(fault.kind))
        {
            first.fleets.insert(fault.fleet);
        }
    }
    if (first.end != kNever)
    {
        first.next = std::min(first.next, first.end + longest_binding(world));
    }
    return first;
}

} // namespace sipsim::world
