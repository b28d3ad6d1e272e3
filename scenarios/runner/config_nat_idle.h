#pragma once

// Models : what is written of ways through NATs and has no effect where it stands: of a fleet's nat table, of
//          servers that nobody asks, of a registrar's pings, of a fault; and probes that nobody answers.
// Drives : warn_of_nats(), once the World has all.
// Keeps  : warned of only what cannot do anything; `idle` as Findings::idle.
// Leaves : a NAT's own settings (config_nat.cc), those of servers (config_idle.h).

#include "scenarios/runner/config_document.h"
#include "scenarios/runner/config_world.h"

namespace sipsim::runner
{

void warn_of_idle_traversal(const Document& document, const world::World& world, Problems& idle);

} // namespace sipsim::runner
