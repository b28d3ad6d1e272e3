#pragma once

// Models : what the devices of located fleets know of their servers: a Finder each, where each account
//          stands in the list, what a device passes over.
// Drives : the engine asks for the Finder of a device, and for the Servers that an account's core is told.
// Keeps  : 88 octets per device, 12 per account, a block list only where failures are remembered; nothing
//          of a fleet that goes to its registrar or proxy itself.
// Leaves : queries and answers (FleetEngine).

#include "model/base/arena.h"
#include "model/base/prefetch.h"
#include "model/registration/server_walk.h"
#include "model/world/directory.h"

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
                    const world::Directory& directory)
        : world_(world),
          layout_(layout),
          directory_(directory)
    {
        for (std::uint32_t number = 0; number < world.fleets.size(); ++number)
        {
            const world::FleetSpec& fleet = world.fleets[number];
            if (!fleet.locating)
            {
                continue;
            }
            fleets_.resize(world.fleets.size());
            Fleet& devices = fleets_[number];
            devices.finders.resize(fleet.count);
            devices.failovers.resize(std::size_t{fleet.count} * fleet.accounts);
            if (fleet.locating->failover.blocked_for > SimDuration{0})
            {
                devices.blocklists.resize(fleet.count);
            }
        }
    }

    /// Some fleet locates its servers.
    [[nodiscard]] bool any() const
    {
        return !fleets_.empty();
    }

    /// nullptr: the device's fleet goes to its one server.
    [[nodiscard]] dns::Finder* finder(world::DeviceIndex device)
    {
        if (!any())
        {
            return nullptr;
        }
        const std::uint32_t fleet = layout_.fleet_of_device(device);
        auto& finders = fleets_[fleet].finders;
        return finders.empty() ? nullptr : &finders[device - layout_.first_device(fleet)];
    }

    /// Of an account of that device, likewise; valid until the next call or until the device locates anew.
    [[nodiscard]] const registration::Servers* servers(world::AccountIndex ua,
                                                       world::DeviceIndex device)
    {
        const dns::Finder* finder = this->finder(device);
        if (finder == nullptr)
        {
            return nullptr;
        }
        const std::uint32_t number = layout_.fleet_of_device(device);
        const world::DeviceIndex first = layout_.first_device(number);
        Fleet& fleet = fleets_[number];
        servers_.options = &world_.fleets[number].locating->failover;
        servers_.failover = &fleet.failovers[ua - layout_.first_account_of(first)];
        servers_.list =
            finder->list(directory_.finder_store()).value_or(dns::ServerList{{}, SimTime::min()});
        servers_.blocklist = fleet.blocklists.empty() ? nullptr : &fleet.blocklists[device - first];
        return &servers_;
    }

    /// What that account's device knows is wanted soon: into the caches with it.
    void fetch(world::AccountIndex ua, world::DeviceIndex device) const
    {
        const std::uint32_t number = layout_.fleet_of_device(device);
        const Fleet& fleet = fleets_[number];
        if (fleet.finders.empty())
        {
            return;
        }
        const world::DeviceIndex first = layout_.first_device(number);
        prefetch_record(fleet.finders[device - first]);
        prefetch(&fleet.failovers[ua - layout_.first_account_of(first)]);
    }

    /// The device is off.
    void on_down(world::DeviceIndex device)
    {
        if (dns::Finder* finder = this->finder(device))
        {
            finder->on_crash(directory_.finder_store());
            const std::uint32_t number = layout_.fleet_of_device(device);
            Fleet& fleet = fleets_[number];
            if (!fleet.blocklists.empty())
            {
                fleet.blocklists[device - layout_.first_device(number)] = {};
            }
        }
    }

    [[nodiscard]] std::size_t octets() const
    {
        std::size_t octets = 0;
        for (const Fleet& fleet : fleets_)
        {
            octets += fleet.finders.capacity() * sizeof(dns::Finder) +
                      fleet.failovers.capacity() * sizeof(dns::Failover) +
                      fleet.blocklists.capacity() * sizeof(dns::Blocklist);
        }
        return octets;
    }

  private:
    struct Fleet
    {
        LargeVector<dns::Finder> finders;       // by device
        LargeVector<dns::Failover> failovers;   // by account
        std::vector<dns::Blocklist> blocklists; // by device; empty: none is kept
    };

    const world::World& world_;
    const world::Layout& layout_;
    const world::Directory& directory_;
    std::vector<Fleet> fleets_;     // empty: no fleet locates its servers
    registration::Servers servers_; // of the account asked about last
};

} // namespace sipsim::fleet
