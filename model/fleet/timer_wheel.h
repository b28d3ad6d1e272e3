#pragma once

// Models : one queue of all deadlines and arrivals of a run.
// Drives : the fleet engine adds entries and takes the next one.
// Keeps  : entries come out in exact order of (instant, entity, addition), whatever the tick; adding and
//          taking cost O(1) but for entries of the open ticks, which are sorted; where they stand dense,
//          memory is 13 octets per entry of the present window, 8 or 12 of a later one; it is reused, so
//          that a steady state allocates nothing.
// Leaves : cancelling. An entry that no longer matters is ignored by whoever takes it.
//
// Ticks of 2^20 ns (1.05 ms). An entry of the present window (2^32 ns, 4.3 s) waits in the slot of its
// tick, one of the windows within 2^48 ns (3.3 days) in that of its window, a later one in that of its
// 2^48 ns; it moves down when that slot begins. Ticks are opened in turn, where few entries lie in them
// some at a time: those entries are due and kept sorted, of a crowd in one tick some at a time. What is
// added to an open tick takes its place among the next that are due; is it not so near, ticks that have not
// begun are closed again, and what is of the present one lies in a heap.

#include "model/base/time.h"
#include "model/fleet/pool.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
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

    /// `entry.at` is not before the last instant taken nor, if nothing was there to be taken, before
    /// that `until`. It is before kEnd; later ones are dropped, as no run is that long.
    void add(const TimerEntry& entry)
    {
        const std::uint64_t ns = ns_of(entry.at);
        const auto after = static_cast<std::uint32_t>(ns);
        if (ns >> kWindowBits != window_)
        {
            place_later(entry);
        }
        else if (after >> kTickBits >= open_)
        {
            place_in_tick(after, entry.entity, entry.what);
        }
        else
        {
            add_due(after, entry.entity, entry.what);
        }
    }

    /// The next entry before `until`, or nothing.
    [[nodiscard]] std::optional<TimerEntry> take_before(SimTime until)
    {
        if ((due_.empty() || !fresh_.empty()) && !find_next(until))
        {
            return std::nullopt;
        }
        const TimerEntry entry = entry_of(due_.back());
        if (entry.at >= until)
        {
            return std::nullopt;
        }
        taken_ = tick_of(due_.back());
        due_.pop_back();
        fetch_along();
        return entry;
    }

    /// The last take has opened ticks.
    [[nodiscard]] bool turned()
    {
        return std::exchange(turned_, false);
    }

    /// Tells `see(entity, what)` of the entry that is due after so many others of the open ticks, if there
    /// is one, so that what it is about can be fetched into the caches in time.
    template <class See>
    void look_along(std::size_t after, const See& see) const
    {
        if (due_.size() > after)
        {
            const Due& due = due_[due_.size() - 1 - after];
            see(static_cast<std::uint32_t>(due.first), static_cast<std::uint32_t>(due.second));
        }
    }

    /// An entry of that instant would be of the open ticks, whose additions nobody looks along, and more
    /// than `after` of their others are still due.
    [[nodiscard]] bool is_soon(SimTime at, std::size_t after) const
    {
        return due_.size() > after && ns_of(at) >> kTickBits < window_ * kTicks + open_;
    }

    /// Memory held, octets.
    [[nodiscard]] std::size_t octets() const;

  private:
    static constexpr std::uint32_t kTickBits = 20;
    static constexpr std::uint32_t kWindowBits = 32;
    static constexpr std::uint32_t kFarBits = 48;
    static constexpr std::uint32_t kTicks = 1U << (kWindowBits - kTickBits);  // of a window
    static constexpr std::uint32_t kWindows = 1U << (kFarBits - kWindowBits); // of a far slot
    static constexpr std::uint32_t kFars = 1U << (56U - kFarBits);
    static constexpr std::uint32_t kNone = UINT32_MAX;

    /// Entries of one tick of the present window in order of addition, a line of the cache; a tick's
    /// lines are chained latest first.
    struct alignas(kCacheLine) Line
    {
        struct Entry
        {
            std::uint32_t after; // the window's beginning
            std::uint32_t entity;
            std::uint32_t what;
        };

        std::array<Entry, 5> entries;
        std::uint32_t before; // as in ticks_
    };

    static_assert(sizeof(Line) == kCacheLine);

    // A line's number (line_at()), and in these bits the entries in it.
    static constexpr std::uint32_t kFillBits = 3;
    static constexpr std::uint32_t kFill = (1U << kFillBits) - 1;

    /// Entries of one window in order of addition; a window's blocks are chained latest first. Most are
    /// of one kind, and then their `what` is kept once.
    struct Block
    {
        static constexpr std::uint32_t kAlike = 30;
        static constexpr std::uint32_t kMixed = 20; // with a `what` each: as long

        std::uint32_t next = kNone;
        std::uint16_t size = 0;
        bool alike = true;
        std::uint32_t what = 0; // of all, if alike
        // Nanoseconds after the window's beginning and entity of each in turn; if they are not alike,
        // `what` of each from the end backwards.
        std::array<std::uint32_t, 2 * kAlike> words;
    };

    /// A block, or the lines that take its place: an entry moves from one to the other.
    struct alignas(kCacheLine) Room
    {
        std::array<std::byte, 4 * kCacheLine> octets;
    };

    static constexpr std::uint32_t kLines = sizeof(Room) / sizeof(Line);
    static_assert(sizeof(Block) <= sizeof(Room));

    /// An entry of an open tick, in two words by which it is sorted.
    struct Due
    {
        std::uint64_t first;  // ns after the window's beginning, entity
        std::uint64_t second; // order of addition, what
    };

    // Orders of addition from here on are of what was added when the tick was open.
    static constexpr std::uint32_t kAddedSince = std::uint32_t{1} << 31U;
    static constexpr std::size_t kNear = 32; // entries

    using Used = std::vector<std::uint64_t>; // a bit for every slot that has entries

    struct Later;

    [[nodiscard]] static std::uint64_t ns_of(SimTime at)
    {
        return static_cast<std::uint64_t>(at.time_since_epoch().count());
    }

    /// By which entries of a tick are sorted: when, whose.
    [[nodiscard]] static std::uint64_t rank_of(const Line::Entry& entry)
    {
        return (std::uint64_t{entry.after} << 32U) | entry.entity;
    }

    static void mark(Used& used, std::uint32_t slot)
    {
        used[slot / 64] |= std::uint64_t{1} << (slot % 64);
    }

    [[nodiscard]] Line& line_at(std::uint32_t number)
    {
        return reinterpret_cast<Line*>(&rooms_[number / kLines])[number % kLines];
    }

    [[nodiscard]] const Line& line_at(std::uint32_t number) const
    {
        return reinterpret_cast<const Line*>(&rooms_[number / kLines])[number % kLines];
    }

    [[nodiscard]] Block& block_at(std::uint32_t number)
    {
        return *reinterpret_cast<Block*>(&rooms_[number]);
    }

    [[nodiscard]] std::uint32_t take_line()
    {
        if (free_line_ == kNone)
        {
            const std::uint32_t first = rooms_.take() * kLines;
            for (std::uint32_t i = kLines; i-- > 0;)
            {
                give_back_line(first + i);
            }
        }
        const std::uint32_t number = std::exchange(free_line_, line_at(free_line_).before);
        if (free_line_ != kNone) // it has been out of use for long, and is likely to be next
        {
            prefetch(&line_at(free_line_));
        }
        return number;
    }

    void give_back_line(std::uint32_t number)
    {
        line_at(number).before = std::exchange(free_line_, number);
    }

    /// The lines of the tick that is next, one with every entry taken: they hang from each other.
    void fetch_along()
    {
        if (ahead_ != kNone)
        {
            ahead_ = line_at(ahead_ >> kFillBits).before;
            fetch_ahead();
        }
    }

    void fetch_ahead() const
    {
        if (ahead_ != kNone)
        {
            prefetch(&line_at(ahead_ >> kFillBits));
        }
    }

    void place_later(const TimerEntry& entry);
    void add_deep(const Due& due);
    void narrow();
    [[nodiscard]] Block& room_for(std::uint32_t what, std::uint32_t window);

    /// True: in a line that was taken for it.
    bool append(std::uint32_t& latest, const Line::Entry& entry)
    {
        const bool full =
            (latest & kFill) >= std::tuple_size_v<decltype(Line::entries)>; // or there is none
        if (full)
        {
            const std::uint32_t number = take_line();
            line_at(number).before = latest;
            latest = number << kFillBits;
        }
        line_at(latest >> kFillBits).entries[latest & kFill] = entry;
        ++latest;
        return full;
    }

    void place_in_tick(std::uint32_t after_window, std::uint32_t entity, std::uint32_t what)
    {
        const std::uint32_t tick = after_window >> kTickBits;
        if (append(ticks_[tick], {.after = after_window, .entity = entity, .what = what}))
        {
            mark(ticks_used_, tick);
        }
    }

    void add_due(std::uint32_t after_window, std::uint32_t entity, std::uint32_t what)
    {
        const Due due{.first = (std::uint64_t{after_window} << 32U) | entity,
                      .second = (std::uint64_t{added_++} << 32U) | what};
        const std::size_t others = due_.size();
        if (others > kNear ? due_[others - 1 - kNear].first <= due.first : !parts_.empty())
        {
            add_deep(due);
            return;
        }
        const auto later = std::find_if(due_.rbegin(), due_.rend(), [&due](const Due& other) {
            return other.first > due.first;
        });
        due_.insert(later.base(), due);
    }

    [[nodiscard]] bool find_next(SimTime until);
    [[nodiscard]] bool advance(std::uint64_t last_tick);
    void open_ticks(std::uint32_t first);
    [[nodiscard]] std::size_t count_crowd(std::uint32_t latest) const;
    void divide(std::uint32_t latest, std::size_t entries);
    void open_part();
    void sort_due();
    void make_due(std::uint32_t latest, std::uint32_t order, std::int32_t step);
    void open_window(std::uint32_t slot);

    [[nodiscard]] static std::uint32_t tick_of(const Due& due)
    {
        return static_cast<std::uint32_t>(due.first >> (32U + kTickBits));
    }

    [[nodiscard]] TimerEntry entry_of(const Due& due) const
    {
        const std::uint64_t ns = (window_ << kWindowBits) + (due.first >> 32U);
        return {.at = SimTime{SimDuration{static_cast<SimDuration::rep>(ns)}},
                .entity = static_cast<std::uint32_t>(due.first),
                .what = static_cast<std::uint32_t>(due.second)};
    }

    [[nodiscard]] static std::uint32_t next_used(const Used& used, std::uint32_t from);

    Pool<Room, 256> rooms_;
    std::uint32_t free_line_ = kNone;  // the rest hangs from it by Line::before
    std::vector<std::uint32_t> ticks_; // by tick of the present window: its latest line
    std::vector<std::uint32_t> windows_;
    std::vector<std::vector<TimerEntry>> fars_;
    Used ticks_used_;
    Used windows_used_;
    std::vector<Due> due_; // of the open ticks, the next one last
    // If a crowd is open: what comes after due_, in parts of some thousands, the next one last; as in
    // ticks_, but the entries of each the other way round.
    std::vector<std::uint32_t> parts_;
    std::vector<Due> dealt_; // of sort_due()
    std::vector<Due> fresh_; // added to the present tick, but not near: a heap
    std::uint64_t window_ = 0;
    std::uint32_t open_ = 0;      // ticks of the window
    std::uint32_t ahead_ = kNone; // a line of the next one, as in ticks_: fetch_along()
    std::uint32_t taken_ = 0;     // tick of the last entry taken, if it is of the window
    std::uint32_t added_ = kAddedSince;
    bool turned_ = false;
};

} // namespace sipsim::fleet
