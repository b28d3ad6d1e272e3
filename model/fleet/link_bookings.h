#pragma once

// Models : nothing of its own: which datagrams will find one direction of a link idle in the near future.
// Drives : the engine books a link ahead for a datagram under way, so that no event need happen there; who
//          is offered at its instant takes back the bookings it delays.
// Keeps  : bookings of one link never overlap, so taking one back changes no other; a booking is refused
//          rather than wrong, for want of room too; O(1), one line of the cache as a rule; 4 KiB from the
//          first booking on, up to 256 KiB where they stand dense.
// Leaves : what a link does with a datagram (network::LinkDirection); who is taken back (FleetEngine).

#include "model/base/prefetch.h"
#include "model/base/time.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace sipsim::fleet
{

class LinkBookings
{
  public:
    /// A datagram begins to be sent at `start`.
    struct Booking
    {
        SimTime start;
        std::uint32_t flight = 0;
    };

    /// Of a link on which a datagram of 1 500 octets is sent in `serialization`.
    explicit LinkBookings(SimDuration serialization);

    /// The link is the flight's over [start, start + length), if that is free and not too far ahead.
    /// `now` never decreases from call to call, also of the others; start >= now, length > 0.
    [[nodiscard]] bool book(SimTime now, SimTime start, SimDuration length, std::uint32_t flight);

    /// Not any more; false: it was not. The start is not past.
    bool cancel(SimTime start, std::uint32_t flight);

    /// Whose the booking is that begins at `start`, which is not past.
    [[nodiscard]] std::optional<std::uint32_t> at(SimTime start) const;

    /// Until when the link is busy with what began before `now`, or at it if `first(flight)` says so; not
    /// after `now` if it is not.
    template <class First>
    [[nodiscard]] SimTime busy_until(SimTime now, const First& first) const
    {
        if (buckets_.empty())
        {
            return SimTime{};
        }
        const std::uint64_t number = number_of(now);
        SimTime until{};
        for (std::uint64_t i = first_to_ask(now); i <= number; ++i)
        {
            for (const Entry& entry : entries(i))
            {
                const SimTime start = start_of(i, entry);
                if (entry.length != 0 && (start < now || (start == now && first(entry.flight))))
                {
                    until = std::max(until, start + SimDuration{entry.length});
                }
            }
        }
        return until;
    }

    /// The first one that begins in [from, to) is taken back.
    [[nodiscard]] std::optional<Booking> take_back(SimTime from, SimTime to);

    /// What is booked for that instant is asked about soon.
    void fetch(SimTime at) const
    {
        if (!buckets_.empty())
        {
            prefetch(&buckets_[place_of(number_of(at))]);
        }
    }

    [[nodiscard]] std::size_t octets() const
    {
        return buckets_.capacity() * sizeof(Bucket);
    }

  private:
    struct Entry
    {
        std::uint32_t after = 0;  // ns after the bucket's beginning
        std::uint32_t length = 0; // ns; 0: none, nor are those behind it
        std::uint32_t flight = 0;
    };

    using Entries = std::array<Entry, 5>;

    // What begins within 2^shift_ ns. The buckets are a ring.
    struct alignas(64) Bucket
    {
        std::uint32_t round = 0; // its number / the length of the ring
        Entries entries{};
    };

    static_assert(sizeof(Bucket) == 64);

    [[nodiscard]] std::uint64_t number_of(SimTime at) const
    {
        return static_cast<std::uint64_t>(at.time_since_epoch().count()) >> shift_;
    }

    [[nodiscard]] std::size_t place_of(std::uint64_t number) const
    {
        return number & ((std::uint64_t{1} << ring_bits_) - 1);
    }

    [[nodiscard]] std::uint32_t round_of(std::uint64_t number) const
    {
        return static_cast<std::uint32_t>(number >> ring_bits_);
    }

    [[nodiscard]] SimTime start_of(std::uint64_t number, const Entry& entry) const
    {
        return SimTime{
            SimDuration{static_cast<SimDuration::rep>((number << shift_) + entry.after)}};
    }

    /// The first bucket that may hold something which is not over at `at`.
    [[nodiscard]] std::uint64_t first_to_ask(SimTime at) const
    {
        return number_of(std::max(at - longest_, SimTime{}));
    }

    [[nodiscard]] const Entries& entries(std::uint64_t number) const;
    [[nodiscard]] Entries& entries_to_fill(std::uint64_t number);
    [[nodiscard]] bool is_free(std::uint64_t number, SimTime start, SimTime end) const;
    bool place(SimTime start, SimDuration length, std::uint32_t flight);
    bool divide(SimTime now);
    static void remove(Entries& entries, std::size_t i);

    std::uint32_t least_shift_;
    std::uint32_t shift_;
    std::uint32_t ring_bits_ = 0; // there are 2^ring_bits_ buckets
    SimDuration longest_{};       // that was booked
    std::uint64_t tried_ = 0;     // since they were divided
    std::uint64_t full_ = 0;      // of these, there was no room
    std::vector<Bucket> buckets_; // none yet: empty
};

} // namespace sipsim::fleet
