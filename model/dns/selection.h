#pragma once

// Models : in which order a client contacts the targets of an SRV answer (RFC 2782 "Priority", "Weight"
//          and "Usage rules").
// Drives : Location orders what it has resolved.
// Keeps  : a pure function of the records in their order, key and number; a lower priority number always
//          comes first; every record comes once.
// Leaves : the order in which records arrive (RecordOrder), which matters: see kRfc2782.

#include "model/base/draw.h"
#include "model/dns/zone.h"

#include <span>

namespace sipsim::dns
{

/// How one of equal priority is chosen, again and again among those that are left.
enum class Selection : std::uint8_t
{
    // The letter of RFC 2782: weight 0 first, running sums, a uniform integer from 0 to the sum
    // inclusive, the first whose running sum is not below it. The 0 makes one value more than the sum:
    // the first in order is chosen (w + 1) / (sum + 1) of the time, {1, 1} 2/3 and 1/3, {60, 40} 61/101
    // and 40/101, {0, 1, 1} 1/3 each.
    kRfc2782,
    // What the weights say: w / sum. Those of weight 0 come after all others, in any order alike.
    kProportional,
    // The heaviest, always; of equal weights the first in order: a Yealink phone (SIP-T46G Administrator
    // Guide), which leaves the lighter ones without load.
    kHighestWeight,
};

/// Draws that one ordering may take.
inline constexpr std::uint64_t kDrawsPerSelection = 64;

/// Positions in `records` (at most kMaxSet), in the order of contact. Draws n * kDrawsPerSelection and on
/// of Purpose::kSrvSelection, a word of one per choice.
[[nodiscard]] FixedVector<std::uint8_t, kMaxSet> select(std::span<const Srv> records,
                                                        Selection selection,
                                                        const DrawKey& key,
                                                        std::uint64_t n);

} // namespace sipsim::dns
