#include "model/world/locations.h"

#include <algorithm>

namespace sipsim::world
{

Locations::Locations(const World& world, const Layout& layout)
    : world_(world),
      layout_(layout),
      places_(world.registrars.size())
{
    for (std::uint32_t first = 0; first < world.registrars.size(); ++first)
    {
        const RegistrarSpec& spec = world.registrars[first];
        const bool shares = shares_bindings(world, first);
        std::vector<std::uint32_t> members{first};
        bool placed = false;
        for (std::uint32_t other = 0; shares && other < world.registrars.size(); ++other)
        {
            if (other != first && world.registrars[other].domain == spec.domain)
            {
                placed = placed || other < first;
                members.push_back(other);
            }
        }
        if (placed)
        {
            continue;
        }
        for (std::uint32_t member = 0; member < members.size(); ++member)
        {
            places_[members[member]] = {static_cast<std::uint32_t>(groups_.size()), member};
        }
        groups_.emplace_back(spec.sharing, static_cast<std::uint32_t>(members.size()));
    }
}

registrar::LocationGroup::Loss
Locations::on_death(std::uint32_t registrar, SimTime now, bool for_good)
{
    auto loss = group(registrar).on_death(places_[registrar].member,
                                          now,
                                          world_.registrars[registrar].keep_bindings && !for_good);
    std::erase_if(loss.users, [&](sip::UserId user) {
        const auto number = static_cast<std::uint64_t>(user);
        return number == 0 || number > layout_.aors() ||
               !(shares_bindings(world_, registrar) ||
                 world_.fleets[layout_.fleet_of_aor(aor_of(user))].locating);
    });
    return loss;
}

std::size_t
Locations::octets() const
{
    std::size_t octets = 0;
    for (const registrar::LocationGroup& group : groups_)
    {
        octets += group.octets();
    }
    return octets;
}

} // namespace sipsim::world
