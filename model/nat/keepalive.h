#pragma once

// Models : the datagram a device sends every so often for nothing but its NAT (Grandstream "Keep-alive
//          interval", 20 s): when, and how many.
// Drives : a carrier that sends them one by one asks for the next; one that computes them asks for the
//          last before an instant and for counts.
// Keeps  : the k-th keepalive of a life is at first() + k * interval, exactly: no drift, nothing stored.
// Leaves : what they do to a NAT (nat_table.h), to whom they go.

#include "model/base/draw.h"
#include "model/base/time.h"

#include <cstdint>
#include <optional>

namespace sipsim::nat
{

using namespace std::chrono_literals;

struct KeepaliveOptions
{
    enum class Kind : std::uint8_t
    {
        kNone,
        kBlank, // UDP without payload (Grandstream GXW410x, NAT Traversal with keep-alive)
        kCrlf,  // two octets; over UDP a habit of devices, not RFC 5626
    };
    Kind kind = Kind::kNone;
    SimDuration interval = 20s; // > 0

    [[nodiscard]] bool enabled() const
    {
        return kind != Kind::kNone;
    }

    /// Of UDP payload.
    [[nodiscard]] std::uint32_t octets() const
    {
        return kind == Kind::kCrlf ? 2 : 0;
    }
};

/// The keepalives of one life of a device.
class KeepaliveSchedule
{
  public:
    /// The device's process started at `boot`, for the `boots`-th time. Model choice: the first comes
    /// uniform on [0, interval) after it, so that a steady fleet is in equilibrium and devices that boot
    /// together do not stay in step.
    KeepaliveSchedule(const KeepaliveOptions& options,
                      const DrawKey& device,
                      std::uint32_t boots,
                      SimTime boot);

    [[nodiscard]] SimTime first() const
    {
        return first_;
    }

    /// The first at `at` or later.
    [[nodiscard]] SimTime next(SimTime at) const;

    /// The last at `at` or earlier; nullopt: none yet.
    [[nodiscard]] std::optional<SimTime> last(SimTime at) const;

    /// How many in [from, to).
    [[nodiscard]] std::uint64_t count(SimTime from, SimTime to) const;

  private:
    SimTime first_;
    SimDuration interval_;
};

} // namespace sipsim::nat
