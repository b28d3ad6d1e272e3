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
        level.first.fill(kNone);
    }
}

bool
TimerWheel::later(const Due& a, const Due& b)
{
    return std::tie(a.entry.at, a.entry.entity, a.added) >
           std::tie(b.entry.at, b.entry.entity, b.added);
}

void
TimerWheel::push_due(const TimerEntry& entry)
{
    due_.push_back({entry, added_++});
    std::push_heap(due_.begin(), due_.end(), later);
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
        push_due(entry);
        return;
    }
    std::uint32_t node = free_;
    if (node == kNone)
    {
        node = static_cast<std::uint32_t>(nodes_.size());
        nodes_.emplace_back();
    }
    else
    {
        free_ = nodes_[node].next;
    }
    nodes_[node].entry = entry;
    place(node);
}

// Into the slot of the finest level whose parent slot is the present one.
void
TimerWheel::place(std::uint32_t node)
{
    const std::uint64_t tick = ns_of(nodes_[node].entry.at) >> kTickBits;
    std::uint32_t level = 0;
    while (level + 1 < kLevels &&
           (tick >> ((level + 1) * kSlotBits)) != (tick_ >> ((level + 1) * kSlotBits)))
    {
        ++level;
    }
    const auto slot = static_cast<std::uint32_t>((tick >> (level * kSlotBits)) & (kSlots - 1));
    nodes_[node].next = levels_[level].first[slot];
    levels_[level].first[slot] = node;
    levels_[level].used[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

// Empties a slot: level 0 into the heap, others one level down or more. Chains are last in, first out;
// the heap's order of addition is restored by reversing them first.
void
TimerWheel::open(std::uint32_t level, std::uint32_t slot)
{
    std::uint32_t node = levels_[level].first[slot];
    levels_[level].first[slot] = kNone;
    levels_[level].used[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    std::uint32_t in_order = kNone;
    while (node != kNone)
    {
        const std::uint32_t next = nodes_[node].next;
        nodes_[node].next = in_order;
        in_order = node;
        node = next;
    }
    while (in_order != kNone)
    {
        const std::uint32_t next = nodes_[in_order].next;
        if (ns_of(nodes_[in_order].entry.at) >> kTickBits <= tick_)
        {
            due_.push_back({nodes_[in_order].entry, added_++});
            nodes_[in_order].next = free_;
            free_ = in_order;
        }
        else
        {
            place(in_order);
        }
        in_order = next;
    }
    std::make_heap(due_.begin(), due_.end(), later);
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
    if (due_.empty() && !advance((ns_of(until) - 1) >> kTickBits))
    {
        return std::nullopt;
    }
    if (due_.front().entry.at >= until)
    {
        return std::nullopt;
    }
    std::pop_heap(due_.begin(), due_.end(), later);
    const TimerEntry entry = due_.back().entry;
    due_.pop_back();
    --waiting_;
    return entry;
}

std::size_t
TimerWheel::octets() const
{
    return sizeof(*this) + nodes_.capacity() * sizeof(Node) + due_.capacity() * sizeof(Due);
}

} // namespace sipsim::fleet
