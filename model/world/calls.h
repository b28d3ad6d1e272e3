#pragma once

// Models : light calls: Poisson arrivals per AOR and the class of each (design: drawn by AOR and
//          number, never by state, so that all points of a sweep are offered the same calls).
// Drives : carriers schedule next_call() and ask classify() at that instant.
// Keeps  : pure functions.
// Leaves : INVITE dialogs. Not modelled: the caller's side, ringing, retries of a caller.

#include "model/registrar/location_service.h"
#include "model/world/facts.h"

#include <functional>

namespace sipsim::world
{

/// The instant of call number `n` (from 0) to `aor`, given the one before (time 0 for n = 0).
[[nodiscard]] SimTime next_call(std::uint64_t seed,
                                std::uint32_t aor,
                                std::uint64_t n,
                                SimTime before,
                                SimDuration mean_gap);

/// What a contact's address leads to at this instant.
enum class ContactReach : std::uint8_t
{
    kAnswers, // the account's device has power and this address, the path is up
    kCut,     // the device is there, the path is not
    kNobody,
};

/// Any contact that answers makes the call reached; else one behind a cut path makes it lost; else stale.
[[nodiscard]] CallClass classify(
    bool registrar_up,
    const registrar::LocationService::Bindings& bindings,
    const std::function<ContactReach(const registrar::Binding&)>& reach);

} // namespace sipsim::world
