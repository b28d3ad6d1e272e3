#pragma once

// Models : one queue of all deadlines and arrivals of a run.
// Drives : the fleet engine adds entries and takes the next one.
// Keeps  : entries come out in exact order of (instant, entity, addition), whatever the tick; adding and
//          taking cost O(1) but for entries within one tick, which are sorted; memory is 17 octets per
//          waiting entry where they stand dense, in blocks that are reused, so that a steady state
//          allocates nothing.
// Leaves : cancelling. An entry that no longer matters is ignored by whoever takes it.
//
// Three levels of 4096 slots: ticks of 2^20 ns (1.05 ms), of 4.3 s, of 4.9 h. An entry waits in the
// coarsest level whose slot differs from the present one and moves down when that slot begins. The
// entries of the present tick are sorted when it begins; what is added to it later lies in a heap.

#include "model/base/time.h"
#include "model/fleet/pool.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
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

    /// The last take began a tick: ahead() is new.
    [[nodiscard]] bool turned()
    {
        return std::exchange(turned_, false);
    }

    /// Entries of the next tick that has any (some of them, none if it is far), so that what they
    /// are about can be fetched into the caches in time. Valid until the next add().
    [[nodiscard]] std::span<const TimerEntry> ahead() const;

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

    static constexpr std::uint32_t kBlockEntries = 15;

    /// Entries of one slot in order of addition; a slot's blocks are chained latest first.
    struct Block
    {
        std::uint32_t next = kNone;
        std::uint32_t size = 0;
        std::array<TimerEntry, kBlockEntries> entries;
    };

    struct Due
    {
        TimerEntry entry;
        std::uint64_t added = 0;
    };

    struct Level
    {
        std::array<std::uint32_t, kSlots> latest;
        std::array<std::uint64_t, kSlots / 64> used{};
    };

    static bool later(const Due& a, const Due& b);
    void place(const TimerEntry& entry);
    [[nodiscard]] bool advance(std::uint64_t last_tick);
    void open(std::uint32_t level, std::uint32_t slot);
    [[nodiscard]] static std::uint32_t next_used(const Level& level, std::uint32_t from);

    Pool<Block, 4096> blocks_;
    std::array<Level, kLevels> levels_;
    std::vector<Due> due_; // of the present tick, the next one last
    std::vector<Due>
        fresh_; // added since it began, a heap; after those of due_ at the same instant
    std::uint64_t tick_ = 0;
    bool turned_ = false;
    std::uint64_t added_ = 0;
    std::size_t waiting_ = 0;
};

} // namespace sipsim::fleet
