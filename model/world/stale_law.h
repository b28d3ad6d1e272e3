#pragma once

// Models : what of a World the closed form of a stale binding's life depends on (analysis/models.h): the
//          expiry E that is granted, and the interval that refreshes are uniform on.
// Drives : the collector writes it beside what the run measured.
// Keeps  : nullopt wherever that form does not hold; O(1).
// Leaves : the form; path time, which makes a binding a round trip younger than its refresh is; whether the
//          devices are registered (Collector).

#include "model/world/layout.h"

#include <optional>

namespace sipsim::world
{

struct StaleLaw
{
    SimDuration expiry{0}; // of every binding, as granted
    SimDuration shortest{
        0}; // from a grant to its refresh; uniform between the two, drawn anew each time
    SimDuration longest{0};
};

/// Of one fleet, one account per address of record, directly at a registrar that spreads nothing; where
/// all of its devices crash or lose power together, once, after the warm-up, and stay away until the last
/// of their bindings has expired, within the run. Else nullopt.
[[nodiscard]] std::optional<StaleLaw> stale_law(const World& world, const Layout& layout);

} // namespace sipsim::world
