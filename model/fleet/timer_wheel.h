#pragma once

// Models : one queue of all deadlines and arrivals of a run.
// Drives : the fleet engine adds entries and takes the next one.
// Keeps  : entries come out in exact order of (instant, entity, addition), whatever the tick; adding and
//          taking cost O(1) but for entries within one tick, which are sorted; memory is 24 octets per
//          waiting entry, reused, so that a steady state allocates nothing.
// Leaves : cancelling. An entry that no longer matters is ignored by whoever takes it.
//
// Three levels of 4096 slots: ticks of 2^20 ns (1.05 ms), of 4.3 s, of 4.9 h. An entry waits in the
// coarsest level whose slot differs from the present one and moves down when that slot begins. The
// entries of the present tick lie in a heap, which restores the exact order.

#include "model/base/time.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace sipsim::fleet
{

struct TimerEntry
{
    SimTime at;
    std::uint32_t entity = 0;
    std::uint32_t what = 0; // the owner's
};

class TimerWheel
{
  public:
    /// The latest instant that can be added: 2.2 years.
    static constexpr SimTime kEnd{SimDuration{std::int64_t{1} << 56U}};

    TimerWheel();

    /// `entry.at` is not before the last instant taken, and before kEnd; later ones are dropped, as no
    /// run is that long.
    void add(const TimerEntry& entry);

    /// The next entry before `until`, or nothing.
    [[nodiscard]] std::optional<TimerEntry> take_before(SimTime until);

    [[nodiscard]] std::size_t waiting() const
    {
        return waiting_;
    }

    /// Memory held, octets.
    [[nodiscard]] std::size_t octets() const;

  private:
    static constexpr std::uint32_t kTickBits = 20;
    static constexpr std::uint32_t kSlotBits = 12;
    static constexpr std::uint32_t kSlots = 1U << kSlotBits;
    static constexpr std::uint32_t kLevels = 3;
    static constexpr std::uint32_t kNone = UINT32_MAX;

    struct Node
    {
        TimerEntry entry;
        std::uint32_t next = kNone;
    };

    struct Due
    {
        TimerEntry entry;
        std::uint64_t added = 0;
    };

    struct Level
    {
        std::array<std::uint32_t, kSlots> first;
        std::array<std::uint64_t, kSlots / 64> used{};
    };

    static bool later(const Due& a, const Due& b);
    void place(std::uint32_t node);
    void push_due(const TimerEntry& entry);
    [[nodiscard]] bool advance(std::uint64_t last_tick);
    void open(std::uint32_t level, std::uint32_t slot);
    [[nodiscard]] static std::uint32_t next_used(const Level& level, std::uint32_t from);

    std::vector<Node> nodes_;
    std::uint32_t free_ = kNone;
    std::array<Level, kLevels> levels_;
    std::vector<Due> due_; // heap of the present tick
    std::uint64_t tick_ = 0;
    std::uint64_t added_ = 0;
    std::size_t waiting_ = 0;
};

} // namespace sipsim::fleet
