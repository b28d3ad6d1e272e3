#pragma once

// Models : light calls by devices: Poisson arrivals per account and what the first request of each meets on
//          its way over the servers that the device knows.
// Drives : carriers schedule next_outgoing() and ask classify_outgoing() at that instant, if the device has
//          power; where that says so, the account's UserAgent::on_call_failed_over() follows.
// Keeps  : next_outgoing() is a pure function; classify_outgoing() changes nothing, a call walks with a
//          copy of its account's Failover.
// Leaves : INVITE dialogs, the callee. Model choices: a registrar takes calls of those whose AOR has a
//          binding at it, others are refused (403); it blocks all of a suspended terminal's, aloud (403),
//          which ends the walk, or in silence, which leads to the next server; a try of a dead server takes
//          no time; the device uses its list as it is, even if it has run out; a call is counted as
//          registered first whether or not the account can send that REGISTER now, and whatever becomes
//          of it.

#include "model/registration/server_walk.h"
#include "model/world/calls.h"

#include <optional>

namespace sipsim::world
{

/// The instant of call number `n` (from 0) by `account`, given the one before (time 0 for n = 0).
[[nodiscard]] SimTime next_outgoing(const Layout& layout,
                                    AccountIndex account,
                                    std::uint64_t n,
                                    SimTime before,
                                    SimDuration mean_gap);

/// What a call meets.
struct Outgoing
{
    OutgoingClass outcome = OutgoingClass::kNoServer;
    // Where the device registers before the call; of kRegisteredFirst only.
    std::optional<sip::Endpoint> register_at{};
};

/// `servers`: what the account's device has located; nullptr: it goes to its fleet's one server.
[[nodiscard]] Outgoing classify_outgoing(SimTime now,
                                         const World& world,
                                         const Layout& layout,
                                         const Terrain& terrain,
                                         const registration::Servers* servers,
                                         AccountIndex account);

} // namespace sipsim::world
