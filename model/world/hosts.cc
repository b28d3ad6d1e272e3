#include "model/world/hosts.h"

namespace sipsim::world
{

DropReason
reason_of(registrar::Drop drop)
{
    switch (drop)
    {
    case registrar::Drop::kStationFull:
        return DropReason::kStationFull;
    case registrar::Drop::kAdmission:
        return DropReason::kAdmission;
    case registrar::Drop::kUnmatched:
    case registrar::Drop::kNone:
        break;
    }
    return DropReason::kUnmatched;
}

registrar::LocationGroup::Loss
on_death(Locations& locations,
         std::uint32_t registrar,
         registrar::Host& host,
         SimTime now,
         bool for_good)
{
    host.on_death();
    return locations.on_death(registrar, now, for_good);
}

void
on_return(Locations& locations, std::uint32_t registrar, registrar::Host& host, SimTime now)
{
    if (!host.taken_over())
    {
        locations.on_return(registrar, now);
        host.on_return(now); // with the bindings that this leaves it
    }
}

void
take_over(Locations& locations,
          std::uint32_t registrar,
          registrar::Host& host,
          std::uint32_t standby,
          registrar::Host& its)
{
    locations.take_over(registrar, standby);
    host.take_over(its);
}

} // namespace sipsim::world
