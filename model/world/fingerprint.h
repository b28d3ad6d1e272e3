#pragma once

// Models : the identity of a trajectory: a hash over (time, entity, event) in order.
// Drives : Collector mixes every fact in; two runs with equal value took the same course.
// Keeps  : integers only, so that no compiler or library changes it.
// Leaves : cryptographic strength.

#include <bit>
#include <cstdint>

namespace sipsim::world
{

class Fingerprint
{
  public:
    void mix(std::uint64_t word)
    {
        // Order matters: rotate, fold in, multiply by an odd constant (the golden ratio's bits).
        state_ = (std::rotl(state_, 23) ^ word) * 0x9E37'79B9'7F4A'7C15U;
    }

    [[nodiscard]] std::uint64_t value() const
    {
        return state_ ^ (state_ >> 32U);
    }

  private:
    std::uint64_t state_ = 0x5195'1351'0001'0001U;
};

} // namespace sipsim::world
