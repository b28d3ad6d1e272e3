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
