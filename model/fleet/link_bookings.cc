#include "model/fleet/link_bookings.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace sipsim::fleet
{

namespace
{

constexpr std::uint32_t kRingBits = 6; // at first: 64 buckets
constexpr std::uint32_t kShift =
    20; // likewise, of a bucket's length: 67 ms ahead, as most ways end before
constexpr std::uint32_t kLeastShift = 14;
constexpr std::uint32_t kMostShift = 31; // what an Entry can tell
constexpr std::uint64_t kSeldom = 64;    // full ones are fewer than one in so many
constexpr std::uint64_t kDatagrams = 8;  // have room in a bucket, one after the other

} // namespace

LinkBookings::LinkBookings(SimDuration serialization)
    : least_shift_(std::clamp(static_cast<std::uint32_t>(std::bit_width(
                                  kDatagrams * static_cast<std::uint64_t>(serialization.count()))),
                              kLeastShift,
                              kMostShift)),
      shift_(std::max(least_shift_, kShift))
{
}

// Of a bucket whose place has been taken since, or not yet: none.
const LinkBookings::Entries&
LinkBookings::entries(std::uint64_t number) const
{
    static constexpr Entries kNone{};
    const Bucket& bucket = buckets_[place_of(number)];
    return bucket.round == round_of(number) ? bucket.entries : kNone;
}

LinkBookings::Entries&
LinkBookings::entries_to_fill(std::uint64_t number)
{
    Bucket& bucket = buckets_[place_of(number)];
    const std::uint32_t round = round_of(number);
    if (bucket.round != round) // what it held is past, as nothing is booked a whole ring ahead
    {
        bucket = {.round = round};
    }
    return bucket.entries;
}

bool
LinkBookings::is_free(std::uint64_t number, SimTime start, SimTime end) const
{
    for (const Entry& entry : entries(number))
    {
        const SimTime other = start_of(number, entry);
        if (entry.length == 0)
        {
            break;
        }
        if (other < end && start < other + SimDuration{entry.length})
        {
            return false;
        }
    }
    return true;
}

bool
LinkBookings::book(SimTime now, SimTime start, SimDuration length, std::uint32_t flight)
{
    if (buckets_.empty())
    {
        ring_bits_ = kRingBits;
        buckets_.resize(std::size_t{1} << ring_bits_);
    }
    const SimTime end = start + length;
    if (number_of(end) + 2 > number_of(now) + buckets_.size() || length.count() >> least_shift_ > 0)
    {
        return false;
    }
    const std::uint64_t here = number_of(start);
    const std::uint64_t last = number_of(end);
    for (std::uint64_t i = first_to_ask(start); i <= last; ++i)
    {
        if (i != here && !is_free(i, start, end))
        {
            return false;
        }
    }
    // Its own bucket is looked through once.
    const std::uint64_t after =
        static_cast<std::uint64_t>(start.time_since_epoch().count()) - (here << shift_);
    const std::uint64_t over = after + static_cast<std::uint64_t>(length.count());
    Entry* free = nullptr;
    for (Entry& entry : entries_to_fill(here))
    {
        if (entry.length == 0)
        {
            free = &entry;
            break;
        }
        if (entry.after < over && after < std::uint64_t{entry.after} + entry.length)
        {
            return false;
        }
    }
    longest_ = std::max(longest_, length);
    ++tried_;
    if (free != nullptr)
    {
        *free = {.after = static_cast<std::uint32_t>(after),
                 .length = static_cast<std::uint32_t>(length.count()),
                 .flight = flight};
        return true;
    }
    return ++full_ * kSeldom > tried_ && divide(now) && place(start, length, flight);
}

bool
LinkBookings::place(SimTime start, SimDuration length, std::uint32_t flight)
{
    const std::uint64_t number = number_of(start);
    Entries& here = entries_to_fill(number);
    auto* const free = std::ranges::find(here, 0U, &Entry::length);
    if (free == here.end())
    {
        return false;
    }
    const auto ns = static_cast<std::uint64_t>(start.time_since_epoch().count());
    *free = {.after = static_cast<std::uint32_t>(ns - (number << shift_)),
             .length = static_cast<std::uint32_t>(length.count()),
             .flight = flight};
    return true;
}

// Twice as many buckets, half as long, with what is not over yet; false: they are as short as they get.
bool
LinkBookings::divide(SimTime now)
{
    if (shift_ == least_shift_)
    {
        return false;
    }
    const std::vector<Bucket> before =
        std::exchange(buckets_, std::vector<Bucket>(2 * buckets_.size()));
    const std::uint32_t shift = shift_--;
    ++ring_bits_;
    tried_ = 0;
    full_ = 0;
    for (std::size_t i = 0; i < before.size(); ++i)
    {
        const std::uint64_t number = std::uint64_t{before[i].round} * before.size() + i;
        for (const Entry& entry : before[i].entries)
        {
            const auto begins = static_cast<SimDuration::rep>((number << shift) + entry.after);
            const SimDuration length{entry.length};
            if (SimTime start{SimDuration{begins}}; entry.length != 0 && start + length >= now)
            {
                place(start, length, entry.flight);
            }
        }
    }
    return true;
}

void
LinkBookings::remove(Entries& entries, std::size_t i)
{
    std::size_t last = i;
    while (last + 1 < entries.size() && entries[last + 1].length != 0)
    {
        ++last;
    }
    entries[i] = entries[last];
    entries[last] = {};
}

std::optional<std::uint32_t>
LinkBookings::at(SimTime start) const
{
    if (buckets_.empty())
    {
        return std::nullopt;
    }
    const std::uint64_t number = number_of(start);
    for (const Entry& entry : entries(number))
    {
        if (entry.length != 0 && start_of(number, entry) == start)
        {
            return entry.flight;
        }
    }
    return std::nullopt;
}

bool
LinkBookings::cancel(SimTime start, std::uint32_t flight)
{
    if (buckets_.empty())
    {
        return false;
    }
    const std::uint64_t number = number_of(start);
    const Entries& here = entries(number);
    for (std::size_t i = 0; i < here.size() && here[i].length != 0; ++i)
    {
        if (here[i].flight == flight && start_of(number, here[i]) == start)
        {
            remove(entries_to_fill(number), i);
            return true;
        }
    }
    return false;
}

std::optional<LinkBookings::Booking>
LinkBookings::take_back(SimTime from, SimTime to)
{
    if (buckets_.empty() || to <= from)
    {
        return std::nullopt;
    }
    for (std::uint64_t number = number_of(from); number <= number_of(to); ++number)
    {
        const Entries& here = entries(number);
        std::size_t first = here.size();
        for (std::size_t i = 0; i < here.size() && here[i].length != 0; ++i)
        {
            const SimTime start = start_of(number, here[i]);
            const bool sooner = first == here.size() || here[i].after < here[first].after;
            if (start >= from && start < to && sooner)
            {
                first = i;
            }
        }
        if (first != here.size())
        {
            const Booking booking{start_of(number, here[first]), here[first].flight};
            remove(entries_to_fill(number), first);
            return booking;
        }
    }
    return std::nullopt;
}

} // namespace sipsim::fleet
