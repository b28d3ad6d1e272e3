#pragma once

// Models : nothing: random numbers for tests that check many cases.
// Drives : tests against a plain model, tests of random worlds.
// Keeps  : a pure function of the seed and of what was rolled before.
// Leaves : what is drawn.

#include "model/base/draw.h"

#include <cstdint>

namespace sipsim
{

/// Small numbers from a seed, one after the other.
class Dice
{
  public:
    explicit Dice(std::uint64_t seed)
        : key_{.seed = seed}
    {
    }

    /// In [0, sides).
    std::uint32_t roll(std::uint32_t sides)
    {
        return static_cast<std::uint32_t>(draw_bits(key_, Purpose::kTopology, number_++) % sides);
    }

    bool even()
    {
        return roll(2) == 0;
    }

  private:
    DrawKey key_;
    std::uint64_t number_ = 0;
};

} // namespace sipsim
