#include "model/world/collector_recovery.h"

#include <algorithm>

namespace sipsim::world
{

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
    return first;
}

} // namespace sipsim::world
