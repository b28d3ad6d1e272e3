#include "model/fleet/own_links.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace sipsim::fleet
{

// The first place of its set that is free, or whose link is idle.
OwnLink&
OwnLinks::place_for(std::uint32_t device, SimTime now)
{
    while (!all_)
    {
        for (std::size_t place = first_place_of(device); place < whose_.size(); place += sets_)
        {
            if (whose_[place] == kNone || links_[place].idle(now))
            {
                whose_[place] = device;
                return links_[place] = {};
            }
        }
        grow(now);
    }
    return links_[device];
}

// Twice as many places, or one for each device; what is idle is left behind.
void
OwnLinks::grow(SimTime now)
{
    const std::vector<std::uint32_t> whose = std::exchange(whose_, {});
    const std::vector<OwnLink> links = std::exchange(links_, {});
    sets_ = std::max<std::size_t>(2 * sets_, 2);
    shift_ = 33U - static_cast<std::uint32_t>(std::bit_width(sets_));
    all_ = sets_ * kPlaces >= devices_;
    links_.resize(all_ ? devices_ : sets_ * kPlaces);
    whose_.resize(all_ ? 0 : links_.size(), kNone);
    for (std::size_t place = 0; place < whose.size(); ++place)
    {
        if (whose[place] != kNone && !links[place].idle(now))
        {
            of(whose[place], now) = links[place];
        }
    }
}

} // namespace sipsim::fleet
