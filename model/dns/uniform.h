#pragma once

// Models : nothing: a uniform integer of 64 drawn bits.
// Drives : orders of records, RFC 2782's choice.
// Keeps  : below 2^32 values the bias is below 2^-21 of a probability.
// Leaves : drawing.

#include <cstddef>
#include <cstdint>

namespace sipsim::dns
{

/// Uniform on 0 .. below - 1; below > 0.
[[nodiscard]] constexpr std::size_t
uniform(std::uint64_t bits, std::uint64_t below)
{
    return static_cast<std::size_t>(static_cast<double>(bits >> 11U) * 0x1.0p-53 *
                                    static_cast<double>(below));
}

} // namespace sipsim::dns
