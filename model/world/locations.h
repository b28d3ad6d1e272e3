#pragma once

// Models : the location services of a World's registrars: one group for each domain that shares.
// Drives : carriers give each registrar its service, and say when one dies and returns.
// Keeps  : what both carriers tell of a death is the same.
// Leaves : what sharing means (registrar::LocationGroup).

#include "model/registrar/location_group.h"
#include "model/world/layout.h"

#include <cstdint>
#include <deque>
#include <vector>

namespace sipsim::world
{

class Locations
{
  public:
    /// Both outlive this.
    Locations(const World& world, const Layout& layout);
    Locations(const Locations&) = delete;
    Locations& operator=(const Locations&) = delete;

    [[nodiscard]] registrar::LocationService& service(std::uint32_t registrar)
    {
        return group(registrar).service(places_[registrar].member);
    }

    /// See LocationGroup::latest().
    [[nodiscard]] registrar::LocationService::Bindings latest(std::uint32_t registrar,
                                                              sip::UserId aor,
                                                              SimTime now) const
    {
        const Place& place = places_[registrar];
        return groups_[place.group].latest(place.member, aor, now);
    }

    /// The registrar's process dies, by its `bindings`. Of the users, those of fleets whose bindings
    /// may be elsewhere too: an on_bindings() fact is owed about each.
    /// `for_good`: with its disk.
    [[nodiscard]] registrar::LocationGroup::Loss on_death(std::uint32_t registrar,
                                                          SimTime now,
                                                          bool for_good = false);

    void on_return(std::uint32_t registrar, SimTime now)
    {
        group(registrar).on_return(places_[registrar].member, now);
    }

    /// The process of `standby` answers at the registrar's address from now on.
    void take_over(std::uint32_t registrar, std::uint32_t standby)
    {
        places_[registrar] = places_[standby];
    }

    [[nodiscard]] std::size_t octets() const;

  private:
    struct Place
    {
        std::uint32_t group = 0;
        std::uint32_t member = 0;
    };

    [[nodiscard]] registrar::LocationGroup& group(std::uint32_t registrar)
    {
        return groups_[places_[registrar].group];
    }

    const World& world_;
    const Layout& layout_;
    std::vector<Place> places_; // by registrar
    std::deque<registrar::LocationGroup> groups_;
};

} // namespace sipsim::world
