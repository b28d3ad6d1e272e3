#include "model/network/link.h"

#include <cassert>

namespace sipsim::network
{

LinkSpec
spec_of(const Link& link)
{
    return {.propagation = link.propagation,
            .bandwidth_bps = link.bandwidth_bps,
            .loss = link.loss,
            .jitter = link.jitter};
}

SimDuration
serialization_time(std::uint32_t wire_bytes, std::uint64_t bandwidth_bps)
{
    if (bandwidth_bps == 0)
    {
        return SimDuration{0};
    }
    // 2^30 * 8e9 = 8.6e18 stays below 2^63.
    constexpr std::uint32_t kMaxBytes = 1U << 30U;
    constexpr std::uint64_t kBitNanoseconds = 8'000'000'000;
    const std::uint64_t work = std::min(wire_bytes, kMaxBytes) * kBitNanoseconds;
    const std::uint64_t ns = work / bandwidth_bps + (work % bandwidth_bps != 0 ? 1 : 0);
    return SimDuration{static_cast<SimDuration::rep>(ns)};
}

SimDuration
uncontended_time(const LinkSpec& spec, std::uint32_t wire_bytes)
{
    return serialization_time(wire_bytes, spec.bandwidth_bps) + spec.propagation;
}

namespace
{

DrawKey
drawn_for(const DatagramKey& key)
{
    return {key.seed, key.device, index(key.link)};
}

} // namespace

bool
lost(const LinkSpec& spec, const DatagramKey& key)
{
    return spec.loss > 0.0 && draw(drawn_for(key), Purpose::kLinkLoss, key.n) < spec.loss;
}

Passage
LinkDirection::offer(const LinkSpec& spec,
                     SimTime now,
                     std::uint32_t wire_bytes,
                     const DatagramKey& key)
{
    if (blocked())
    {
        return {.fate = Fate::kBlocked};
    }
    const SimTime start = std::max(now, free_at_);
    if (start - now > spec.queue_limit)
    {
        return {.fate = Fate::kQueueFull};
    }
    free_at_ = start + serialization_time(wire_bytes, spec.bandwidth_bps);
    if (lost(spec, key))
    {
        return {.fate = Fate::kLost};
    }
    SimTime arrival = free_at_ + spec.propagation;
    if (spec.jitter > SimDuration{0})
    {
        // Model choice: jitter never reorders; a datagram that would overtake arrives right after the
        // one before it, a nanosecond later, so that their order does not hang on a tie.
        arrival +=
            draw_between(drawn_for(key), Purpose::kLinkJitter, key.n, SimDuration{0}, spec.jitter);
        arrival = std::max(arrival, last_arrival_ + SimDuration{1});
        last_arrival_ = arrival;
    }
    return {.fate = Fate::kCarried, .arrival = arrival};
}

void
LinkDirection::block()
{
    assert(blocks_ < UINT16_MAX);
    ++blocks_;
}

void
LinkDirection::unblock()
{
    assert(blocks_ > 0);
    --blocks_;
}

} // namespace sipsim::network
