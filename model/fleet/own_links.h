#pragma once

// Models : nothing of its own: one direction of the own links of very many devices, few of them busy at a time.
// Drives : the engine offers the link of a device a datagram, or books it ahead for one (as LinkBookings).
// Keeps  : memory is that of the links that were busy at a time, a thousand octets each and more, until it would be
//          that of a place for every device, of 40 octets: so it is from then on; O(1); a link has one booking at a
//          time, another one is refused; once grown, nothing is allocated.
// Leaves : what a link does with a datagram (network::LinkDirection); who is taken back (FleetEngine).

#include "model/fleet/link_bookings.h"
#include "model/network/link.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace sipsim::fleet
{

/// Of one device. Calls as of LinkBookings.
class OwnLink
{
  public:
    network::LinkDirection direction;

    [[nodiscard]] bool book(SimTime now, SimTime start, SimDuration length, std::uint32_t flight)
    {
        if (!over(now) || length.count() > std::numeric_limits<std::uint32_t>::max())
        {
            return false;
        }
        start_ = start;
        length_ = static_cast<std::uint32_t>(length.count());
        flight_ = flight;
        return true;
    }

    bool cancel(SimTime start, std::uint32_t flight)
    {
        const bool booked = length_ != 0 && start_ == start && flight_ == flight;
        length_ = booked ? 0 : length_;
        return booked;
    }

    [[nodiscard]] std::optional<std::uint32_t> at(SimTime start) const
    {
        return length_ != 0 && start_ == start ? std::optional{flight_} : std::nullopt;
    }

    template <class First>
    [[nodiscard]] SimTime busy_until(SimTime now, const First& first) const
    {
        const bool begun = length_ != 0 && (start_ < now || (start_ == now && first(flight_)));
        return begun ? start_ + SimDuration{length_} : SimTime{};
    }

    [[nodiscard]] std::optional<LinkBookings::Booking> take_back(SimTime from, SimTime to)
    {
        if (length_ == 0 || start_ < from || start_ >= to)
        {
            return std::nullopt;
        }
        length_ = 0;
        return LinkBookings::Booking{start_, flight_};
    }

    /// It does from `now` on what a new one would.
    [[nodiscard]] bool idle(SimTime now) const
    {
        return over(now) && direction.idle(now);
    }

  private:
    [[nodiscard]] bool over(SimTime now) const
    {
        return length_ == 0 || start_ + SimDuration{length_} <= now;
    }

    SimTime start_{};
    std::uint32_t length_ = 0; // ns; 0: nothing is booked
    std::uint32_t flight_ = 0;
};

class OwnLinks
{
  public:
    /// Of devices with numbers below `devices`.
    explicit OwnLinks(std::uint32_t devices)
        : devices_(devices)
    {
    }

    /// The link of a device; nullptr: it is idle. Valid until the next of().
    [[nodiscard]] OwnLink* find(std::uint32_t device)
    {
        if (all_)
        {
            return &links_[device];
        }
        for (std::size_t place = first_place_of(device); place < whose_.size(); place += sets_)
        {
            if (whose_[place] == device)
            {
                return &links_[place];
            }
        }
        return nullptr;
    }

    /// The link of a device; valid until the next call. `now` never decreases.
    [[nodiscard]] OwnLink& of(std::uint32_t device, SimTime now)
    {
        OwnLink* const known = find(device);
        return known != nullptr ? *known : place_for(device, now);
    }

    [[nodiscard]] std::size_t octets() const
    {
        return links_.capacity() * sizeof(OwnLink) + whose_.capacity() * sizeof(std::uint32_t);
    }

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    static constexpr std::size_t kPlaces = 8; // of a set

    // A device has its link in any place of one set: the first of each, then the second of each ...
    [[nodiscard]] std::size_t first_place_of(std::uint32_t device) const
    {
        constexpr std::uint32_t kGolden = 0x9E37'79B1;
        return (device * kGolden) >> shift_;
    }

    [[nodiscard]] OwnLink& place_for(std::uint32_t device, SimTime now);
    void grow(SimTime now);

    std::uint32_t devices_;
    bool all_ = false;     // each has a place of its own, at its number
    std::size_t sets_ = 0; // else 2^(32 - shift_), or none yet
    std::uint32_t shift_ = 31;
    std::vector<std::uint32_t> whose_; // by place: the device, or kNone
    std::vector<OwnLink> links_;       // by place
};

} // namespace sipsim::fleet
