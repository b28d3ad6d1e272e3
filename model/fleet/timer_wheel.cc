#include "model/fleet/timer_wheel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

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

constexpr std::size_t kFew = 16;   // entries: as many are due, more ticks need not be opened
constexpr std::size_t kMany = 128; // entries: so many are of one tick (more than kFew and a line's)
constexpr std::size_t kKept = 4096; // opened entries whose memory is kept for the next ones
constexpr std::size_t kCrowd = std::size_t{1}
                               << 16U; // entries of a tick that are not sorted at once
constexpr std::size_t kSample = 4096;  // of a crowd's entries

} // namespace

// An object, so that sorting need not call it.
struct TimerWheel::Later
{
    bool operator()(const Due& a, const Due& b) const
    {
        return a.first != b.first ? a.first > b.first : a.second > b.second;
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

// What is not of the present window.
void
TimerWheel::place_later(const TimerEntry& entry)
{
    if (entry.at >= kEnd)
    {
        return;
    }
    const std::uint64_t ns = ns_of(entry.at);
    assert(ns >> kWindowBits > window_);
    if (ns >> kFarBits != window_ / kWindows)
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

// To an open tick, but not near.
void
TimerWheel::add_deep(const Due& due)
{
    if (parts_.empty() && tick_of(due) > taken_)
    {
        narrow();
        place_in_tick(static_cast<std::uint32_t>(due.first >> 32U),
                      static_cast<std::uint32_t>(due.first),
                      static_cast<std::uint32_t>(due.second));
        return;
    }
    fresh_.push_back(due);
    std::ranges::push_heap(fresh_, Later{});
}

// All ticks after the present one are closed again.
void
TimerWheel::narrow()
{
    open_ = taken_ + 1;
    const auto present =
        std::ranges::find_if(due_, [this](const Due& due) { return tick_of(due) < open_; });
    for (auto due = present; due != due_.begin();)
    {
        --due;
        place_in_tick(static_cast<std::uint32_t>(due->first >> 32U),
                      static_cast<std::uint32_t>(due->first),
                      static_cast<std::uint32_t>(due->second));
    }
    due_.erase(due_.begin(), present);
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

// The first tick that has entries, and those after it while few are due and they hold a line each.
void
TimerWheel::open_ticks(std::uint32_t first)
{
    if (due_.capacity() > kKept)
    {
        due_ = std::vector<Due>(); // {} would be a list of none, and keep the memory
    }
    turned_ = true;
    added_ = kAddedSince;
    ahead_ = kNone;
    std::uint64_t& used = ticks_used_[first / 64];
    const std::uint32_t begins = first / 64 * 64;
    if (const std::size_t crowd = count_crowd(ticks_[first]); crowd > 0)
    {
        used &= used - 1;
        open_ = first + 1;
        divide(std::exchange(ticks_[first], kNone), crowd);
        return;
    }
    std::uint32_t tick = first;
    do
    {
        used &= used - 1;
        // Latest first: numbered downwards, so that those added first come first.
        make_due(std::exchange(ticks_[tick], kNone), kAddedSince - 1, -1);
        tick = begins + static_cast<std::uint32_t>(std::countr_zero(used));
    } while (used != 0 && due_.size() < kFew && line_at(ticks_[tick] >> kFillBits).before == kNone);
    open_ = tick; // or, if there is none, the end of the word
    sort_due();
    ahead_ = used != 0 ? ticks_[tick] : kNone;
    fetch_ahead();
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
    sort_due();
}

// Many, which are of one tick, are dealt out by the first bits of their time first: that takes no guesses of the
// processor, which mostly go wrong in sorting.
void
TimerWheel::sort_due()
{
    if (due_.size() < kMany || due_.size() > kKept)
    {
        std::ranges::sort(due_, Later{});
        return;
    }
    constexpr std::uint32_t kBits = 8;
    constexpr std::uint32_t kSlots = 1U << kBits;
    const auto slot_of = [](const Due& due) {
        return kSlots - 1 - ((due.first >> (32U + kTickBits - kBits)) & (kSlots - 1));
    };
    std::array<std::uint32_t, kSlots> ends{};
    for (const Due& due : due_)
    {
        ++ends[slot_of(due)];
    }
    std::uint32_t before = 0;
    for (std::uint32_t& end : ends)
    {
        before += std::exchange(end, before);
    }
    dealt_.resize(due_.size());
    for (const Due& due : due_)
    {
        dealt_[ends[slot_of(due)]++] = due;
    }
    due_.swap(dealt_);
    auto begin = due_.begin();
    for (const std::uint32_t end : ends)
    {
        const auto until = due_.begin() + end;
        std::sort(begin, until, Later{});
        begin = until;
    }
}

// It is the present one from now on: its entries go to their ticks.
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

// Opens the next tick that has entries, if it is not after `last_tick`.
bool
TimerWheel::advance(std::uint64_t last_tick)
{
    while (true)
    {
        if (const std::uint32_t tick = next_used(ticks_used_, open_); tick != kNone)
        {
            if (window_ * kTicks + tick > last_tick)
            {
                return false;
            }
            open_ticks(tick);
            return true;
        }
        const auto slot =
            next_used(windows_used_, static_cast<std::uint32_t>(window_ % kWindows) + 1);
        std::uint64_t far = window_ / kWindows;
        if (slot == kNone)
        {
            do
            {
                ++far;
            } while (far < kFars && fars_[far].empty());
        }
        const std::uint64_t window = far * kWindows + (slot != kNone ? slot : 0);
        if (far == kFars || window * kTicks > last_tick)
        {
            return false;
        }
        window_ = window;
        open_ = 0;
        taken_ = 0;
        if (slot != kNone)
        {
            open_window(slot);
        }
        else
        {
            for (const TimerEntry& entry : std::exchange(fars_[far], {}))
            {
                add(entry);
            }
        }
    }
}

// True: the last one of due_ is the next of all.
bool
TimerWheel::find_next(SimTime until)
{
    while (due_.empty() && !parts_.empty())
    {
        open_part();
    }
    if (!fresh_.empty() && (due_.empty() || Later{}(due_.back(), fresh_.front())))
    {
        std::ranges::pop_heap(fresh_, Later{});
        due_.push_back(fresh_.back());
        fresh_.pop_back();
    }
    return !due_.empty() || (until > SimTime{} && advance((ns_of(until) - 1) >> kTickBits));
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
           parts_.capacity() * sizeof(std::uint32_t) +
           (fresh_.capacity() + dealt_.capacity()) * sizeof(Due);
}

} // namespace sipsim::fleet
