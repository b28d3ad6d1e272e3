#include "model/fleet/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace sipsim::fleet
{

namespace
{

constexpr std::uint64_t
low_bits(std::uint64_t number, std::uint32_t bits)
{
    return number & ((std::uint64_t{1} << bits) - 1);
}

void
unmark(std::vector<std::uint64_t>& used, std::uint32_t slot)
{
    used[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
}

constexpr std::size_t kKept = 4096; // entries of a tick whose memory is kept for the next one
constexpr std::size_t kCrowd = std::size_t{1}
                               << 16U; // entries of a tick that are not sorted at once
constexpr std::size_t kSample = 4096;  // of a crowd's entries

} // namespace

// Objects, so that sorting need not call them.
struct TimerWheel::Later
{
    bool operator()(const Due& a, const Due& b) const
    {
        return a.first != b.first ? a.first > b.first : a.second > b.second;
    }

    bool operator()(const Fresh& a, const Fresh& b) const
    {
        return std::tie(a.entry.at, a.entry.entity, a.added) >
               std::tie(b.entry.at, b.entry.entity, b.added);
    }
};

TimerWheel::TimerWheel()
    : ticks_(kTicks, kNone),
      windows_(kWindows, kNone),
      fars_(kFars),
      ticks_used_(kTicks / 64),
      windows_used_(kWindows / 64)
{
}

void
TimerWheel::add_elsewhere(const TimerEntry& entry)
{
    if (entry.at >= kEnd)
    {
        return;
    }
    ++waiting_;
    if (ns_of(entry.at) >> kTickBits <= tick_)
    {
        fresh_.push_back({entry, added_++});
        std::ranges::push_heap(fresh_, Later{});
        return;
    }
    place(entry);
}

// Into the slot of the finest level whose parent slot is the present one.
void
TimerWheel::place(const TimerEntry& entry)
{
    const std::uint64_t ns = ns_of(entry.at);
    const std::uint64_t now = tick_ << kTickBits;
    if (ns >> kWindowBits == now >> kWindowBits)
    {
        place_in_tick(static_cast<std::uint32_t>(ns), entry.entity, entry.what);
        return;
    }
    if (ns >> kFarBits != now >> kFarBits)
    {
        fars_[ns >> kFarBits].push_back(entry);
        return;
    }
    Block& block =
        room_for(entry.what, static_cast<std::uint32_t>(low_bits(ns >> kWindowBits, 16)));
    const std::uint32_t i = block.size++;
    block.words[2 * i] = static_cast<std::uint32_t>(ns);
    block.words[2 * i + 1] = entry.entity;
    if (!block.alike)
    {
        block.words[block.words.size() - 1 - i] = entry.what;
    }
}

// The latest block of a window, with a place for an entry of that kind.
TimerWheel::Block&
TimerWheel::room_for(std::uint32_t what, std::uint32_t window)
{
    std::uint32_t& latest = windows_[window];
    if (latest != kNone)
    {
        Block& block = block_at(latest);
        if (block.alike && block.what == what && block.size < Block::kAlike)
        {
            return block;
        }
        if (block.size < Block::kMixed)
        {
            for (std::uint32_t i = 0; block.alike && i < block.size; ++i)
            {
                block.words[block.words.size() - 1 - i] = block.what;
            }
            block.alike = false;
            return block;
        }
    }
    const std::uint32_t taken = rooms_.take();
    Block& block = block_at(taken);
    block.next = latest;
    block.size = 0;
    block.alike = true;
    block.what = what;
    latest = taken;
    mark(windows_used_, window);
    return block;
}

// Empties the slot of the present tick into due_.
void
TimerWheel::open_tick(std::uint32_t slot)
{
    if (due_.capacity() > kKept)
    {
        due_ = std::vector<Due>(); // {} would be a list of none, and keep the memory
    }
    std::uint32_t latest = std::exchange(ticks_[slot], kNone);
    unmark(ticks_used_, slot);
    if (const std::size_t crowd = count_crowd(latest); crowd > 0)
    {
        divide(latest, crowd);
        return;
    }
    // Latest first: numbered downwards, so that those added first come first.
    make_due(latest, UINT32_MAX, -1);
}

// The entries of these lines go to due_, in the order that is counted as they are read.
void
TimerWheel::make_due(std::uint32_t latest, std::uint32_t order, std::int32_t step)
{
    while (latest != kNone)
    {
        const std::uint32_t number = latest >> kFillBits;
        const Line& line = line_at(number);
        for (std::uint32_t i = latest & kFill; i > 0; --i)
        {
            const Line::Entry& entry = line.entries[i - 1];
            due_.push_back({rank_of(entry), (std::uint64_t{order} << 32U) | entry.what});
            order += static_cast<std::uint32_t>(step);
        }
        latest = line.before;
        give_back_line(number);
    }
    if (due_.size() > 1)
    {
        std::ranges::sort(due_, Later{});
    }
}

// Entries in these lines, if they are a crowd; else 0.
std::size_t
TimerWheel::count_crowd(std::uint32_t latest) const
{
    std::size_t entries = 0;
    for (; latest != kNone; latest = line_at(latest >> kFillBits).before)
    {
        entries += latest & kFill;
    }
    return entries > kCrowd ? entries : 0;
}

// A crowd into parts of some kCrowd entries, by a sample of its ranks. Those of one rank are in one part.
void
TimerWheel::divide(std::uint32_t latest, std::size_t entries)
{
    const std::size_t parts = entries / kCrowd + 1;
    const std::size_t step = entries / std::tuple_size_v<decltype(Line::entries)> / kSample + 1;
    std::vector<std::uint64_t> sample;
    std::size_t lines = 0;
    for (std::uint32_t next = latest; next != kNone; next = line_at(next >> kFillBits).before)
    {
        if (lines++ % step == 0)
        {
            sample.push_back(rank_of(line_at(next >> kFillBits).entries[0]));
        }
    }
    std::ranges::sort(sample);
    std::vector<std::uint64_t> begins; // of all parts but the first
    for (std::size_t part = 1; part < parts; ++part)
    {
        begins.push_back(sample[part * sample.size() / parts]);
    }
    parts_.assign(parts, kNone);
    while (latest != kNone)
    {
        const Line line = line_at(latest >> kFillBits);
        give_back_line(latest >> kFillBits);
        for (std::uint32_t i = latest & kFill; i > 0; --i)
        {
            const auto part =
                std::ranges::upper_bound(begins, rank_of(line.entries[i - 1])) - begins.begin();
            append(parts_[parts - 1 - static_cast<std::size_t>(part)], line.entries[i - 1]);
        }
        latest = line.before;
    }
    do
    {
        open_part();
    } while (due_.empty()); // where many are of one rank, there may be nothing before it
}

void
TimerWheel::open_part()
{
    const std::uint32_t latest = parts_.back();
    parts_.pop_back();
    make_due(latest, 0, 1); // divide() has turned them round
}

// The present tick is the window's first: its entries go to due_, the others to their ticks.
void
TimerWheel::open_window(std::uint32_t slot)
{
    std::uint32_t latest = windows_[slot];
    windows_[slot] = kNone;
    unmark(windows_used_, slot);
    std::uint32_t number = kNone;
    while (latest != kNone) // the chain turned round
    {
        const std::uint32_t before = block_at(latest).next;
        block_at(latest).next = number;
        number = latest;
        latest = before;
    }
    while (number != kNone)
    {
        const Block& block = block_at(number);
        for (std::uint32_t i = 0; i < block.size; ++i)
        {
            place_in_tick(block.words[2 * i],
                          block.words[2 * i + 1],
                          block.alike ? block.what : block.words[block.words.size() - 1 - i]);
        }
        const std::uint32_t next = block.next;
        rooms_.give_back(number);
        number = next;
    }
}

std::uint32_t
TimerWheel::next_used(const Used& used, std::uint32_t from)
{
    std::size_t word = from / 64;
    if (word >= used.size())
    {
        return kNone;
    }
    std::uint64_t bits = used[word] & (~std::uint64_t{0} << (from % 64));
    while (bits == 0)
    {
        if (++word == used.size())
        {
            return kNone;
        }
        bits = used[word];
    }
    return static_cast<std::uint32_t>(word * 64) +
           static_cast<std::uint32_t>(std::countr_zero(bits));
}

// To the next tick that has entries, if it is not after `last_tick`.
bool
TimerWheel::advance(std::uint64_t last_tick)
{
    constexpr std::uint32_t kTicksBits = kWindowBits - kTickBits;
    while (true)
    {
        const auto tick = next_used(ticks_used_, static_cast<std::uint32_t>(tick_ % kTicks) + 1);
        if (tick != kNone)
        {
            const std::uint64_t begins = tick_ / kTicks * kTicks + tick;
            if (begins > last_tick)
            {
                return false;
            }
            tick_ = begins;
            open_tick(tick);
            turned_ = true;
            return true;
        }
        const std::uint64_t present = tick_ >> kTicksBits;
        const auto window =
            next_used(windows_used_, static_cast<std::uint32_t>(present % kWindows) + 1);
        std::uint64_t far = present / kWindows;
        if (window == kNone)
        {
            do
            {
                ++far;
            } while (far < kFars && fars_[far].empty());
        }
        const std::uint64_t begins =
            (window != kNone ? present / kWindows * kWindows + window : far * kWindows)
            << kTicksBits;
        if (far == kFars || begins > last_tick)
        {
            return false;
        }
        tick_ = begins;
        if (window != kNone)
        {
            open_window(window);
        }
        else
        {
            for (const TimerEntry& entry : std::exchange(fars_[far], {}))
            {
                place(entry);
            }
        }
        if (ticks_[0] != kNone)
        {
            open_tick(0);
            turned_ = true;
            return true;
        }
    }
}

std::optional<TimerEntry>
TimerWheel::look_for(SimTime until)
{
    if (until <= SimTime{})
    {
        return std::nullopt;
    }
    while (due_.empty() && !parts_.empty())
    {
        open_part();
    }
    if (due_.empty() && fresh_.empty() && !advance((ns_of(until) - 1) >> kTickBits))
    {
        return std::nullopt;
    }
    if (fresh_.empty())
    {
        const TimerEntry entry = entry_of(due_.back());
        if (entry.at >= until)
        {
            return std::nullopt;
        }
        due_.pop_back();
        --waiting_;
        return entry;
    }
    bool from_due = false;
    TimerEntry entry;
    if (!due_.empty())
    {
        entry = entry_of(due_.back());
        from_due = std::tie(entry.at, entry.entity) <=
                   std::tie(fresh_.front().entry.at, fresh_.front().entry.entity);
    }
    if (!from_due)
    {
        entry = fresh_.front().entry;
    }
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
        std::ranges::pop_heap(fresh_, Later{});
        fresh_.pop_back();
    }
    --waiting_;
    return entry;
}

std::size_t
TimerWheel::octets() const
{
    std::size_t far = 0;
    for (const auto& entries : fars_)
    {
        far += entries.capacity() * sizeof(TimerEntry);
    }
    return sizeof(*this) + rooms_.octets() + far +
           (kTicks + kWindows) * (sizeof(std::uint32_t) + 1) + due_.capacity() * sizeof(Due) +
           parts_.capacity() * sizeof(std::uint32_t) + fresh_.capacity() * sizeof(Fresh);
}

} // namespace sipsim::fleet
