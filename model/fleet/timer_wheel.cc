#include "model/fleet/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace sipsim::fleet
{

namespace
{

std::uint64_t
ns_of(SimTime at)
{
    return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

} // namespace

TimerWheel::TimerWheel()
{
    for (Level& level : levels_)
    {
        level.latest.fill(kNone);
    }
}

bool
TimerWheel::later(const Due& a, const Due& b)
{
    return std::tie(a.entry.at, a.entry.entity, a.added) >
           std::tie(b.entry.at, b.entry.entity, b.added);
}

void
TimerWheel::add(const TimerEntry& entry)
{
    if (entry.at >= kEnd)
    {
        return;
    }
    ++waiting_;
    if (ns_of(entry.at) >> kTickBits <= tick_)
    {
        fresh_.push_back({entry, added_++});
        std::ranges::push_heap(fresh_, later);
        return;
    }
    place(entry);
}

// Into the slot of the finest level whose parent slot is the present one.
void
TimerWheel::place(const TimerEntry& entry)
{
    const std::uint64_t tick = ns_of(entry.at) >> kTickBits;
    std::uint32_t level = 0;
    while (level + 1 < kLevels &&
           (tick >> ((level + 1) * kSlotBits)) != (tick_ >> ((level + 1) * kSlotBits)))
    {
        ++level;
    }
    const auto slot = static_cast<std::uint32_t>((tick >> (level * kSlotBits)) & (kSlots - 1));
    std::uint32_t& latest = levels_[level].latest[slot];
    if (latest == kNone || blocks_[latest].size == kBlockEntries)
    {
        const std::uint32_t block = blocks_.take();
        blocks_[block].next = latest;
        blocks_[block].size = 0;
        latest = block;
        levels_[level].used[slot / 64] |= std::uint64_t{1} << (slot % 64);
    }
    Block& block = blocks_[latest];
    block.entries[block.size++] = entry;
}

// Empties a slot in order of addition: level 0 into due_, others one level down or more.
void
TimerWheel::open(std::uint32_t level, std::uint32_t slot)
{
    std::uint32_t latest = levels_[level].latest[slot];
    levels_[level].latest[slot] = kNone;
    levels_[level].used[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    std::uint32_t block = kNone;
    while (latest != kNone)
    {
        const std::uint32_t before = blocks_[latest].next;
        blocks_[latest].next = block;
        block = latest;
        latest = before;
    }
    while (block != kNone)
    {
        for (std::uint32_t i = 0; i < blocks_[block].size; ++i)
        {
            const TimerEntry entry = blocks_[block].entries[i];
            if (ns_of(entry.at) >> kTickBits <= tick_)
            {
                due_.push_back({entry, added_++});
            }
            else
            {
                place(entry);
            }
        }
        const std::uint32_t next = blocks_[block].next;
        blocks_.give_back(block);
        block = next;
    }
    std::ranges::sort(due_, later);
}

std::uint32_t
TimerWheel::next_used(const Level& level, std::uint32_t from)
{
    if (from >= kSlots)
    {
        return kNone;
    }
    std::uint32_t word = from / 64;
    std::uint64_t bits = level.used[word] & (~std::uint64_t{0} << (from % 64));
    while (bits == 0)
    {
        if (++word == kSlots / 64)
        {
            return kNone;
        }
        bits = level.used[word];
    }
    return word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
}

// To the next tick that has entries, if it is not after `last_tick`.
bool
TimerWheel::advance(std::uint64_t last_tick)
{
    while (true)
    {
        bool found = false;
        for (std::uint32_t level = 0; level < kLevels && !found; ++level)
        {
            const std::uint32_t shift = level * kSlotBits;
            const auto here = static_cast<std::uint32_t>((tick_ >> shift) & (kSlots - 1));
            const std::uint32_t slot = next_used(levels_[level], here + 1);
            if (slot == kNone)
            {
                continue;
            }
            const std::uint64_t begins = ((tick_ >> (shift + kSlotBits)) << (shift + kSlotBits)) |
                                         (std::uint64_t{slot} << shift);
            if (begins > last_tick)
            {
                return false;
            }
            tick_ = begins;
            open(level, slot);
            found = true;
        }
        if (!found)
        {
            return false;
        }
        if (!due_.empty())
        {
            turned_ = true;
            return true;
        }
    }
}

std::optional<TimerEntry>
TimerWheel::take_before(SimTime until)
{
    if (until <= SimTime{})
    {
        return std::nullopt;
    }
    if (due_.empty() && fresh_.empty() && !advance((ns_of(until) - 1) >> kTickBits))
    {
        return std::nullopt;
    }
    const bool from_due = fresh_.empty() || (!due_.empty() && !later(due_.back(), fresh_.front()));
    const TimerEntry entry = from_due ? due_.back().entry : fresh_.front().entry;
    if (entry.at >= until)
    {
        return std::nullopt;
    }
    if (from_due)
    {
        due_.pop_back();
    }
    else
    {
        std::ranges::pop_heap(fresh_, later);
        fresh_.pop_back();
    }
    --waiting_;
    return entry;
}

std::span<const TimerEntry>
TimerWheel::ahead() const
{
    const std::uint32_t slot =
        next_used(levels_[0], static_cast<std::uint32_t>(tick_ & (kSlots - 1)) + 1);
    if (slot == kNone)
    {
        return {};
    }
    const Block& block = blocks_[levels_[0].latest[slot]];
    return {block.entries.data(), block.size};
}

std::size_t
TimerWheel::octets() const
{
    return sizeof(*this) + blocks_.octets() + (due_.capacity() + fresh_.capacity()) * sizeof(Due);
}

} // namespace sipsim::fleet
