#pragma once

// Models : light calls by devices: Poisson arrivals per account and what the first request of each meets on
//          its way over the servers that the device knows.
// Drives : carriers schedule next_outgoing() and ask classify_outgoing() at that instant, if the device has
//          power.
// Keeps  : next_outgoing() is a pure function; classify_outgoing() changes nothing, a call walks with a
//          copy of its account's Failover.
// Leaves : INVITE dialogs, the callee. Model choices: a registrar takes calls of those whose AOR has a
//          binding at it, others are refused (403); a try of a dead server takes no time; the device uses
//          its list as it is, even if it has run out. Not modelled: the REGISTER that register_first
//          sends, and the binding it would leave.

#include "model/registration/server_walk.h"
#include "model/world/calls.h"

namespace sipsim::world
{

/// The instant of call number `n` (from 0) by `account`, given the one before (time 0 for n = 0).
[[nodiscard]] SimTime next_outgoing(const Layout& layout,
                                    AccountIndex account,
                                    std::uint64_t n,
                                    SimTime before,
                                    SimDuration mean_gap);

/// `servers`: what the account's device has located; nullptr: it goes to its fleet's one server.
[[nodiscard]] OutgoingClass classify_outgoing(SimTime now,
                                              const World& world,
                                              const Layout& layout,
                                              const Terrain& terrain,
                                              const registration::Servers* servers,
                                              AccountIndex account);

} // namespace sipsim::world
