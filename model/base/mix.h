#pragma once

// Models : one step of a hash.
// Drives : tables, proofs and identities (draw.h).
// Keeps  : a bijection in which every input bit moves every output bit; the same in every run: no answer
//          depends on an address or a seed.
// Leaves : cryptographic strength.

#include <cstdint>

namespace sipsim
{

/// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA'14).
[[nodiscard]] constexpr std::uint64_t
mix(std::uint64_t x)
{
    x += 0x9E37'79B9'7F4A'7C15U;
    x = (x ^ (x >> 30U)) * 0xBF58'476D'1CE4'E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D0'49BB'1331'11EBU;
    return x ^ (x >> 31U);
}

} // namespace sipsim
