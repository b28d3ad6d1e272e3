#pragma once

// Models : nothing: draws by which a test makes many worlds.
// Drives : tests of random worlds on both carriers.
// Keeps  : a pure function of seed, world and what is drawn.
// Leaves : the worlds.

#include "model/base/draw.h"

#include <cstdint>

namespace sipsim::carrier
{

/// A number below `choices` for property `what` (below 100) of a world.
inline std::uint32_t
pick(std::uint64_t seed, std::uint64_t world, std::uint64_t what, std::uint32_t choices)
{
    const DrawKey key{.seed = seed, .device = kServerDevice + 9, .account = 0};
    return static_cast<std::uint32_t>(draw(key, Purpose::kTopology, 100 * world + what) * choices);
}

} // namespace sipsim::carrier
