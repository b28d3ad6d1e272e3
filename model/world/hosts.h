#pragma once

// Models : the hosts of a World's registrars with the bindings they serve (Locations).
// Drives : carriers say when a registrar's address goes down, is there again, or becomes another's.
// Keeps  : what both carriers do about it, in one order, and tell of what a host does not serve.
// Leaves : what a host makes of a message (registrar::Host), whether it is alive.

#include "model/registrar/host.h"
#include "model/world/facts.h"
#include "model/world/locations.h"

#include <cstdint>

namespace sipsim::world
{

/// Precondition: `drop` is not kNone.
[[nodiscard]] DropReason reason_of(registrar::Drop drop);

/// The process on `host`, of that registrar, dies; `for_good`: with its disk. See Locations::on_death().
[[nodiscard]] registrar::LocationGroup::Loss on_death(Locations& locations,
                                                      std::uint32_t registrar,
                                                      registrar::Host& host,
                                                      SimTime now,
                                                      bool for_good);

/// The address is there again. If no other's process answers there, its own begins anew.
void on_return(Locations& locations, std::uint32_t registrar, registrar::Host& host, SimTime now);

/// The process of the registrar `standby`, on `its`, answers at the address of `host` from now on.
void take_over(Locations& locations,
               std::uint32_t registrar,
               registrar::Host& host,
               std::uint32_t standby,
               registrar::Host& its);

} // namespace sipsim::world
