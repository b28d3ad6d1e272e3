#include "scenarios/runner/config_clashes.h"

#include "model/base/quantity.h"

namespace sipsim::runner
{

namespace
{

using world::FaultKind;

// From when to when a registrar or another server is in the hands of a fault.
struct Span
{
    world::ServerIndex server;
    SimTime from;
    SimTime to;
};

std::vector<Span>
spans_of(const world::FaultSpec& fault)
{
    switch (fault.kind)
    {
    case FaultKind::kOutage:
        return {{fault.server, fault.at, fault.at + fault.length}};
    case FaultKind::kVipSwitch:
        return {{fault.server, fault.at, kNever}, {fault.standby, fault.at, kNever}};
    case FaultKind::kDrain: {
        std::vector<Span> spans;
        SimTime turn = fault.at;
        for (const std::uint32_t registrar : fault.drained)
        {
            spans.push_back({registrar, turn, turn + fault.grace + fault.length});
            turn += fault.each;
        }
        return spans;
    }
    default:
        return {};
    }
}

// Two of these faults at one registrar at a time; of a vip-switch nothing comes after it: the address and
// the process that has taken it over would have to die together.
void
reject_clash(const Section& section,
             const world::FaultSpec& fault,
             const world::World& world,
             Problems& errors)
{
    for (const world::FaultSpec& other : world.faults)
    {
        if (other.kind == FaultKind::kOutage && fault.kind == FaultKind::kOutage)
        {
            continue; // reject_overlap()
        }
        for (const Span& mine : spans_of(fault))
        {
            for (const Span& theirs : spans_of(other))
            {
                // A switch must find its registrar alive: it may not even begin as another fault ends.
                const bool touch = fault.kind == world::FaultKind::kVipSwitch ||
                                   other.kind == world::FaultKind::kVipSwitch;
                const bool apart = touch ? mine.from > theirs.to || theirs.from > mine.to
                                         : mine.from >= theirs.to || theirs.from >= mine.to;
                if (mine.server == theirs.server && mine.server < world.registrars.size() && !apart)
                {
                    errors.add(section.place_of("at"),
                               "at: registrar " + world.registrars[mine.server].name +
                                   " is in the hands of another fault then, the " +
                                   std::string{name_of(other.kind)} + " of " + other.target +
                                   (theirs.to == kNever
                                        ? ", for the rest of the run"
                                        : " from " + format(theirs.from.time_since_epoch()) +
                                              " to " + format(theirs.to.time_since_epoch())));
                    return;
                }
            }
        }
    }
}

// A dead registrar cannot die.
void
reject_overlap(const Section& section,
               const world::FaultSpec& fault,
               const world::World& world,
               Problems& errors)
{
    if (fault.kind != FaultKind::kOutage)
    {
        return;
    }
    for (const world::FaultSpec& other : world.faults)
    {
        if (other.kind == FaultKind::kOutage && other.target == fault.target &&
            fault.at < other.at + other.length && other.at < fault.at + fault.length)
        {
            errors.add(section.place_of("at"),
                       "at: overlaps another outage of " + fault.target + ", from " +
                           format(other.at.time_since_epoch()) + " for " + format(other.length) +
                           ": make them one");
        }
    }
}

// A name server serves its own zones again as a change ends, whatever others of it go on. At one instant the
// fault that comes first in the file begins or ends first (fault_steps()).
void
reject_zone_changes(const Section& section,
                    const world::FaultSpec& fault,
                    const world::World& world,
                    Problems& errors)
{
    for (const world::FaultSpec& other : world.faults)
    {
        const bool both =
            fault.kind == FaultKind::kZoneChange && other.kind == FaultKind::kZoneChange;
        if (both && fault.server == other.server && fault.at < other.at + other.length &&
            other.at <= fault.at + fault.length)
        {
            errors.add(section.place_of("at"),
                       "at: name server " + fault.target.substr(fault.target.find(':') + 1) +
                           " is changed by another fault then, to zone " +
                           world.zones[other.zone].name + " from " +
                           format(other.at.time_since_epoch()) + " to " +
                           format((other.at + other.length).time_since_epoch()) +
                           ": make it one zone, or let one end before the other begins");
        }
    }
}

} // namespace

void
reject_clashes(const Section& section,
               const world::FaultSpec& fault,
               const world::World& world,
               Problems& errors)
{
    reject_overlap(section, fault, world, errors);
    reject_clash(section, fault, world, errors);
    reject_zone_changes(section, fault, world, errors);
}

} // namespace sipsim::runner
