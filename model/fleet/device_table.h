#pragma once

// Models : power and address of every device.
// Drives : the engine asks and tells; a device of a fleet that some fault hits has a DeviceLife.
// Keeps  : one octet per device, 16 more where its fleet is hit by a fault.
// Leaves : what a fault does (world::DeviceLife), what accounts do then (the engine).

#include "model/base/prefetch.h"
#include "model/fleet/of_devices.h"
#include "model/world/device_life.h"
#include "model/world/layout.h"

#include <cstdint>
#include <vector>

namespace sipsim::fleet
{

class DeviceTable
{
  public:
    /// Both outlive this.
    DeviceTable(const world::World& world, const world::Layout& layout)
        : states_(layout.devices()),
          lives_(layout)
    {
        for (const auto& fault : world.faults)
        {
            if (!world::hits_devices(fault.kind))
            {
                continue;
            }
            const world::DeviceIndex first = layout.first_device(fault.fleet);
            if (lives_.find(first) != nullptr)
            {
                continue; // another fault hits the same fleet
            }
            lives_.keep(fault.fleet, world.fleets[fault.fleet].count, [&](std::uint32_t number) {
                return world::DeviceLife{world::boot_instant(world, layout, first + number)};
            });
        }
    }

    /// The life of a device that faults may hit; none for others, which boot once and stay up.
    [[nodiscard]] world::DeviceLife* life(world::DeviceIndex device)
    {
        return lives_.find(device);
    }

    [[nodiscard]] bool powered(world::DeviceIndex device) const
    {
        return states_[device].powered;
    }

    /// True if that is news.
    bool set_powered(world::DeviceIndex device, bool powered)
    {
        const bool news = states_[device].powered != powered;
        states_[device].powered = powered;
        return news;
    }

    [[nodiscard]] bool booted(world::DeviceIndex device) const
    {
        return states_[device].booted;
    }

    /// It has booted before; from now on it has.
    bool boot(world::DeviceIndex device)
    {
        const bool before = states_[device].booted;
        states_[device].booted = true;
        return before;
    }

    void set_address_life(world::DeviceIndex device, std::uint32_t life)
    {
        states_[device].address = life % 2;
        moved_ = moved_ || life > 0;
    }

    /// Some device has had another address than its first.
    [[nodiscard]] bool moved() const
    {
        return moved_;
    }

    /// 0 or 1: the number of its present address (Layout::address takes two in turn).
    [[nodiscard]] std::uint32_t address_life(world::DeviceIndex device) const
    {
        return states_[device].address;
    }

    /// The device is asked about soon: into the caches with it.
    void fetch(world::DeviceIndex device) const
    {
        prefetch(&states_[device]);
    }

    [[nodiscard]] std::size_t octets() const
    {
        return states_.capacity() * sizeof(State) + lives_.octets();
    }

  private:
    struct State
    {
        std::uint8_t powered : 1 = 0;
        std::uint8_t booted : 1 = 0;
        std::uint8_t address : 1 = 0;
    };

    std::vector<State> states_;
    bool moved_ = false;
    OfDevices<world::DeviceLife> lives_; // of fleets that a fault hits
};

} // namespace sipsim::fleet
