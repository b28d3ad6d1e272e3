#pragma once

// Models : one direction of a link: a FIFO of finite rate, then a wire with a delay, jitter and loss.
// Drives : both carriers offer each datagram with the present instant and get its arrival at the
//          far end (the fleet carrier tells it of some only afterwards, see occupy()); faults block and
//          unblock.
// Keeps  : datagrams arrive in the order they were offered; serialization is exact to the
//          nanosecond, rounded up; a blocked direction carries nothing.
// Leaves : which links a datagram takes (paths.h), link-layer framing (sizes are IP lengths).

#include "model/base/draw.h"
#include "model/base/time.h"
#include "model/network/topology.h"

#include <algorithm>
#include <cstdint>

namespace sipsim::network
{

inline constexpr SimDuration kNoQueueLimit = SimDuration::max();

/// The numbers of a link direction, shared by all links alike (a fleet's access links have one).
struct LinkSpec
{
    /// One way, >= 0.
    SimDuration propagation{};
    /// Bit/s of IP length, >= 16; 0 = infinite.
    std::uint64_t bandwidth_bps = 0;
    /// Probability in [0, 1].
    double loss = 0.0;
    /// The wire takes an extra time uniform on [0, jitter).
    SimDuration jitter{};
    /// The longest a datagram may wait for its first bit to be sent; one that would wait longer is
    /// dropped. Model choice: queues have no limit by default, and a limit is a time, which for a
    /// fixed rate is the same as a number of bytes.
    SimDuration queue_limit = kNoQueueLimit;
};

/// The numbers of a link of the map, the same in both directions.
[[nodiscard]] LinkSpec spec_of(const Link& link);

/// Time to send `wire_bytes` (IP length) at `bandwidth_bps`: ceil(8e9 * bytes / rate) ns, 0 at
/// infinite rate. Exact in integers; beyond 1 GiB the size counts as 1 GiB.
[[nodiscard]] constexpr SimDuration
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

/// Time of a datagram over an idle direction without jitter: serialization + propagation.
[[nodiscard]] constexpr SimDuration
uncontended_time(const LinkSpec& spec, std::uint32_t wire_bytes)
{
    return serialization_time(wire_bytes, spec.bandwidth_bps) + spec.propagation;
}

/// Names of access links for draws. The map's links are 0 .. 2 * kMaxLinks + 1.
inline constexpr std::uint32_t kFirstAccessLink = 0x8000'0000U;

enum class AccessDirection : std::uint8_t
{
    kUp,   // host to PoP
    kDown, // PoP to host
};

/// The access link of the datagram's own device: one name for all, the device is in the key.
[[nodiscard]] constexpr DirectedLink
device_access(AccessDirection direction)
{
    return DirectedLink{kFirstAccessLink + static_cast<std::uint32_t>(direction)};
}

/// The access link of server number `server` (in file order, below 2^30).
[[nodiscard]] constexpr DirectedLink
server_access(std::uint32_t server, AccessDirection direction)
{
    return DirectedLink{kFirstAccessLink + 2 * (server + 1) +
                        static_cast<std::uint32_t>(direction)};
}

/// Whose datagram on which link: the whole identity of a loss and of a jitter.
struct DatagramKey
{
    std::uint64_t seed = 0;
    /// The device whose traffic this is, whichever host sends it.
    std::uint32_t device = 0;
    DirectedLink link{};
    /// Number of the datagram among the device's own: those it sent, or those sent to it, from 0;
    /// the same at every hop. Traffic to and from a device never shares a directed link, because
    /// shortest paths only lead away from it or towards it; so (device, link, n) is unique.
    std::uint64_t n = 0;
};

enum class Fate : std::uint8_t
{
    kCarried,
    kLost,      // by the loss probability
    kBlocked,   // the direction is down
    kQueueFull, // it would have waited longer than the queue's limit
};

struct Passage
{
    Fate fate = Fate::kCarried;
    /// Last bit at the far end; only if carried.
    SimTime arrival{};

    [[nodiscard]] bool carried() const
    {
        return fate == Fate::kCarried;
    }
};

/// The wire loses that datagram.
[[nodiscard]] bool lost(const LinkSpec& spec, const DatagramKey& key);

class LinkDirection
{
  public:
    /// Offers a datagram of `wire_bytes` (IP length); `now` never decreases from call to call.
    /// Model choice: a lost datagram has used the sender's time, as it is lost on the wire.
    [[nodiscard]] Passage offer(const LinkSpec& spec,
                                SimTime now,
                                std::uint32_t wire_bytes,
                                const DatagramKey& key);

    /// One more, or one less, reason to be down. At most 65 535 at once.
    /// Model choice: what was offered before still arrives.
    void block();
    void unblock();

    [[nodiscard]] bool blocked() const
    {
        return blocks_ > 0;
    }

    /// The sender is busy until then at least, with what was not offered here.
    void occupy(SimTime until)
    {
        free_at_ = std::max(free_at_, until);
    }

    /// From `now` on it does what a new one would: what is offered then is not behind the last arrival anyway.
    [[nodiscard]] bool idle(SimTime now) const
    {
        return free_at_ <= now && last_arrival_ < now && !blocked();
    }

    /// When the sender has sent all it was offered.
    [[nodiscard]] SimTime free_at() const
    {
        return free_at_;
    }

  private:
    SimTime free_at_{};
    SimTime last_arrival_{};
    std::uint16_t blocks_ = 0;
};

static_assert(sizeof(LinkDirection) <= 32, "one per access link of a million hosts");

} // namespace sipsim::network
