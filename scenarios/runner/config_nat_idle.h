#pragma once

// Models : what is written of ways through NATs and has no effect where it stands: of a fleet's nat table, of
//          servers that nobody asks, of a registrar's pings, of a fault; and probes that nobody answers.
// Drives : read_fleet() for its table; warn_of_nats() for the rest, once the World has all.
// Keeps  : warned of only what cannot do anything; `idle` as Findings::idle.
// Leaves : a NAT's own settings (config_nat.cc), those of servers (config_idle.h).

#include "scenarios/runner/config_document.h"
#include "scenarios/runner/config_idle.h"
#include "scenarios/runner/config_world.h"

namespace sipsim::runner
{

/// Of a fleet: what of its nat.* its own choices leave unused.
void warn_of_idle_table(const nat::TraversalOptions& options, Idle idle);

void warn_of_idle_traversal(const Document& document, const world::World& world, Problems& idle);

} // namespace sipsim::runner
