#include "model/fleet/own_links.h"

#include <algorithm>
#include <bit>

namespace sipsim::fleet
{

namespace
{

constexpr std::size_t kFewest = 64; // places

} // namespace

// At least a quarter of the places is filled anew before the next time, if there is one.
void
OwnLinks::forget_idle(SimTime now)
{
    places_.swap(spare_);
    const auto busy = static_cast<std::size_t>(std::ranges::count_if(spare_, [now](const Place& p) {
        return p.device != kNone && !p.link.idle(now);
    }));
    std::size_t places = std::bit_ceil(std::max(kFewest, 4 * busy));
    all_ = places >= devices_;
    places = all_ ? devices_ : places;
    places_.assign(places, {});
    shift_ = 33U - static_cast<std::uint32_t>(std::bit_width(places));
    used_ = busy;
    for (const Place& place : spare_)
    {
        if (place.device != kNone && !place.link.idle(now))
        {
            place_of(place.device) = place;
        }
    }
    if (all_)
    {
        spare_ = std::vector<Place>(); // {} would be a list of none, and keep the memory
    }
}

} // namespace sipsim::fleet
