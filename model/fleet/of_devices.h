#pragma once

// Models : something that the devices of some fleets have, and those of others do not.
// Drives : the engine and its tables keep one and look it up by device.
// Keeps  : fleets without cost nothing; addresses do not change once all fleets are kept.
// Leaves : what it is.

#include "model/world/layout.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sipsim::fleet
{

template <class T>
class OfDevices
{
  public:
    /// `layout` outlives this.
    explicit OfDevices(const world::Layout& layout)
        : layout_(layout)
    {
    }

    /// Each of a fleet's `count` devices gets one: make(its number in the fleet).
    template <class Make>
    void keep(std::uint32_t fleet, std::uint32_t count, const Make& make)
    {
        by_fleet_.resize(std::max<std::size_t>(by_fleet_.size(), fleet + 1));
        by_fleet_[fleet].reserve(count);
        for (std::uint32_t i = 0; i < count; ++i)
        {
            by_fleet_[fleet].push_back(make(i));
        }
    }

    void keep(std::uint32_t fleet, std::uint32_t count)
    {
        keep(fleet, count, [](std::uint32_t /*number*/) { return T{}; });
    }

    /// No fleet has any.
    [[nodiscard]] bool empty() const
    {
        return by_fleet_.empty();
    }

    /// nullptr: its fleet has none.
    [[nodiscard]] T* find(world::DeviceIndex device)
    {
        return look_up(*this, device);
    }

    [[nodiscard]] const T* find(world::DeviceIndex device) const
    {
        return look_up(*this, device);
    }

    [[nodiscard]] std::size_t octets() const
    {
        std::size_t octets = 0;
        for (const auto& devices : by_fleet_)
        {
            octets += devices.capacity() * sizeof(T);
        }
        return octets;
    }

  private:
    template <class Self>
    [[nodiscard]] static auto look_up(Self& self, world::DeviceIndex device)
        -> decltype(self.by_fleet_[0].data())
    {
        if (self.by_fleet_.empty())
        {
            return nullptr;
        }
        const std::uint32_t fleet = self.layout_.fleet_of_device(device);
        return fleet < self.by_fleet_.size() && !self.by_fleet_[fleet].empty()
                   ? &self.by_fleet_[fleet][device - self.layout_.first_device(fleet)]
                   : nullptr;
    }

    const world::Layout& layout_;
    std::vector<std::vector<T>> by_fleet_;
};

} // namespace sipsim::fleet
