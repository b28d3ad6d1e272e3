#pragma once

// Models : randomness as a pure function of who draws, why, and which draw it is.
// Drives : a carrier builds the key from the run's seed and the device; a core adds purpose and number.
// Keeps  : the same (key, purpose, n) gives the same value whatever the order, carrier or thread, so
//          sweep points and carriers share their random numbers.
// Leaves : streams, state, distributions beyond those below.

#include "model/base/mix.h"
#include "model/base/time.h"

#include <array>
#include <cstdint>

namespace sipsim
{

/// Who draws: the run's seed, the device and the account on it. Links and servers use reserved
/// device numbers (kServerDevice and up).
struct DrawKey
{
    std::uint64_t seed = 0;
    std::uint32_t device = 0;
    std::uint32_t account = 0;
};

/// Device numbers from here on are servers and other entities without a row in a fleet.
inline constexpr std::uint32_t kServerDevice = 0xF000'0000U;

/// What a draw is for. The numbers are part of every result's identity: append, never renumber.
enum class Purpose : std::uint32_t
{
    kStart = 1,          // n = boot number: instant of the first REGISTER
    kInitialDelay = 2,   // n = boot number: the UA's random initial delay
    kRefresh = 3,        // n = refresh number: position of a refresh, its jitter
    kRetry = 4,          // n = attempt number: retry wait and its jitter
    kIdentity = 5,       // n = 2 * boot number: Call-ID; + 1: tag
    kBranch = 6,         // n = transaction number: Via branch
    kCnonce = 7,         // n = transaction number: client nonce
    kNonce = 8,          // n = challenge number: server nonce
    kLinkLoss = 9,       // n = datagram number of the device on that link and direction
    kLinkJitter = 10,    // likewise
    kCall = 11,          // n = call number of the AOR: gap to the next call
    kFaultShare = 12,    // n = fault number: is this device hit
    kFaultReturn = 13,   // n = fault number: position on the return ramp
    kService = 14,       // n = request number at a service station
    kTopology = 15,      // n = generator's own counter
    kGrantedExpiry = 16, // n = grant number: registrar-side expiry spreading
    kSeed = 17,          // n = replication number: seeds of replications
    kSecret = 18,        // n = 0: does this account have a wrong password
    kKeepalive = 19,     // n = boot number: position of the first keepalive
    kNatPort = 20,       // n = mapping number of a NAT: the outer port
    kNatTimeout = 21,    // n = 0: the timeout of a NAT
    kStun = 22,          // n = transaction number: STUN transaction id
    kProbe = 23, // n = boots * 2^32: position of the first answered keepalive; + c: interval after
                 // the STUN transaction c of that life
    kOptions = 24,  // n = number: branch of an OPTIONS; 2^63 + boots: Call-ID, + 2^32: tag
    kPing = 26,     // n = AOR: position of a server's pings to it
    kDnsQuery = 27, // n = lookup number of a resolver: query id and source port
    kDnsOrder = 28, // n = answer number of a name server: the order of its records
    // n = 64 * location number + choice / 4, word choice % 4: RFC 2782's choices among equal priorities
    kSrvSelection = 29,
    kRetryAfter = 34, // n = Call-ID + CSeq of the request refused: its Retry-After
    kOverload = 35,   // n = branch: does a proxy send it, a registrar take it, in overload
    kExtra = 36, // n = number: branch of a SUBSCRIBE; 2^63 + number: Call-ID; 2^62 + number: tag
};

/// 64 bits for what must only differ: a Call-ID, a tag, a branch, a nonce, a query's id. Two numbers of one key
/// and purpose never give the same 64; for a fifth of a draw's cost. Not for what statistics are made of.
[[nodiscard]] constexpr std::uint64_t
draw_identity(const DrawKey& key, Purpose purpose, std::uint64_t n)
{
    const std::uint64_t who = (std::uint64_t{key.device} << 32U) | key.account;
    const std::uint64_t which = n + static_cast<std::uint64_t>(purpose) * 0xD1B5'4A32'D192'ED03U;
    return mix(mix(key.seed ^ mix(who)) ^ mix(which));
}

/// 64 uniform random bits. Philox4x64-10 (Salmon et al., SC'11) keyed by `key`, counted by
/// (purpose, n).
[[nodiscard]] std::uint64_t draw_bits(const DrawKey& key, Purpose purpose, std::uint64_t n);

/// The whole of that draw: four such numbers, independent of each other, of which draw_bits() is the first.
[[nodiscard]] std::array<std::uint64_t, 4> draw_words(const DrawKey& key,
                                                      Purpose purpose,
                                                      std::uint64_t n);

/// Uniform on [0, 1), 53 bits.
[[nodiscard]] double draw(const DrawKey& key, Purpose purpose, std::uint64_t n);

/// Uniform on [low, high), to the nanosecond; `low` if the interval is empty.
[[nodiscard]] SimDuration draw_between(const DrawKey& key,
                                       Purpose purpose,
                                       std::uint64_t n,
                                       SimDuration low,
                                       SimDuration high);

/// Exponential with the given mean, rounded to the nearest nanosecond.
[[nodiscard]] SimDuration draw_exponential(const DrawKey& key,
                                           Purpose purpose,
                                           std::uint64_t n,
                                           SimDuration mean);

} // namespace sipsim
