#pragma once

// Models : power and address of every device.
// Drives : the engine asks and tells; a device of a fleet that some fault hits has a DeviceLife.
// Keeps  : one octet per device, 16 more where its fleet is hit by a fault.
// Leaves : what a fault does (world::DeviceLife), what accounts do then (the engine).

#include "model/base/prefetch.h"
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
        : layout_(layout),
          states_(layout.devices()),
          lives_(world.fleets.size())
    {
        for (const auto& fault : world.faults)
        {
            if (!world::hits_devices(fault.kind) || !lives_[fault.fleet].empty())
            {
                continue;
            }
            const world::DeviceIndex first = layout.first_device(fault.fleet);
            lives_[fault.fleet].reserve(world.fleets[fault.fleet].count);
            for (world::DeviceIndex i = 0; i < world.fleets[fault.fleet].count; ++i)
            {
                lives_[fault.fleet].emplace_back(world::boot_instant(world, layout, first + i));
            }
        }
    }

    /// The life of a device that faults may hit; none for others, which boot once and stay up.
    [[nodiscard]] world::DeviceLife* life(world::DeviceIndex device)
    {
        const std::uint32_t fleet = layout_.fleet_of_device(device);
        auto& lives = lives_[fleet];
        return lives.empty() ? nullptr : &lives[device - layout_.first_device(fleet)];
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
        std::size_t octets = states_.capacity() * sizeof(State);
        for (const auto& lives : lives_)
        {
            octets += lives.capacity() * sizeof(world::DeviceLife);
        }
        return octets;
    }

  private:
    struct State
    {
        std::uint8_t powered : 1 = 0;
        std::uint8_t booted : 1 = 0;
        std::uint8_t address : 1 = 0;
    };

    const world::Layout& layout_;
    std::vector<State> states_;
    std::vector<std::vector<world::DeviceLife>> lives_; // by fleet; empty: no fault hits it
};

} // namespace sipsim::fleet
