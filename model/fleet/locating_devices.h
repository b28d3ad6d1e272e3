#pragma once

// Models : what the devices of located fleets know of their servers: a Finder each, where each account
//          stands in the list, what a device passes over.
// Drives : the engine asks for the Finder of a device, and for the Servers that an account's core is told.
// Keeps  : it lies beside the rows (Rows), but for block lists, which are kept where failures are remembered.
// Leaves : queries and answers (FleetEngine).

#include "model/fleet/of_devices.h"
#include "model/fleet/rows.h"
#include "model/registration/server_walk.h"
#include "model/world/directory.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace sipsim::fleet
{

class LocatingDevices
{
  public:
    /// All outlive this.
    LocatingDevices(const world::World& world,
                    const world::Layout& layout,
                    const world::Directory& directory,
                    Rows& rows)
        : world_(world),
          layout_(layout),
          directory_(directory),
          rows_(rows),
          blocklists_(layout)
    {
        for (std::uint32_t fleet = 0; rows.located() && fleet < world.fleets.size(); ++fleet)
        {
            if (directory.remembers_failures(fleet))
            {
                blocklists_.keep(fleet, world.fleets[fleet].count);
            }
        }
    }

    /// Some fleet of the world locates its servers.
    [[nodiscard]] static bool any(const world::World& world)
    {
        return std::ranges::any_of(world.fleets, [](const world::FleetSpec& fleet) {
            return fleet.locating.has_value();
        });
    }

    /// nullptr: the device's fleet goes to its one server.
    [[nodiscard]] dns::Finder* finder(world::DeviceIndex device)
    {
        return rows_.located() && world_.fleets[layout_.fleet_of_device(device)].locating
                   ? &rows_.beside(layout_.first_account_of(device)).finder
                   : nullptr;
    }

    /// Of an account of that device, likewise; valid until the next call or until the device locates anew.
    [[nodiscard]] const registration::Servers* servers(world::AccountIndex ua,
                                                       world::DeviceIndex device)
    {
        const auto& locating = world_.fleets[layout_.fleet_of_device(device)].locating;
        if (!locating)
        {
            return nullptr;
        }
        const dns::Finder& finder = rows_.beside(layout_.first_account_of(device)).finder;
        servers_.options = &locating->failover;
        servers_.failover = &rows_.beside(ua).failover;
        servers_.list =
            finder.list(directory_.finder_store()).value_or(dns::ServerList{{}, SimTime::min()});
        servers_.blocklist = blocklists_.find(device);
        return &servers_;
    }

    /// The device is off.
    void on_down(world::DeviceIndex device)
    {
        if (dns::Finder* finder = this->finder(device))
        {
            finder->on_crash(directory_.finder_store());
            if (dns::Blocklist* blocked = blocklists_.find(device))
            {
                *blocked = {};
            }
        }
    }

    /// Memory held, what is beside rows aside.
    [[nodiscard]] std::size_t octets() const
    {
        return blocklists_.octets();
    }

  private:
    const world::World& world_;
    const world::Layout& layout_;
    const world::Directory& directory_;
    Rows& rows_;
    OfDevices<dns::Blocklist> blocklists_; // of fleets that remember failures
    registration::Servers servers_;        // of the account asked about last
};

} // namespace sipsim::fleet
