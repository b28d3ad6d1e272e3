#pragma once

// Models : which datagram of which device a datagram is: the identity its losses and jitter are drawn by.
// Drives : a host's network device asks when it sends.
// Keeps  : datagrams sent by a device and datagrams sent to it are counted apart, each from 0, whoever
//          sends them (network::DatagramKey).
// Leaves : the draws themselves (network::LinkDirection).

#include "model/world/layout.h"

#include <cstdint>
#include <vector>

namespace sipsim::ns3carrier
{

/// Whose network device it is.
struct Owner
{
    std::uint32_t device = 0; // world::DeviceIndex, or kServerDevice + registrar
    std::uint64_t sent = 0;   // datagrams so far
};

struct DatagramNumber
{
    std::uint32_t device = 0;
    std::uint64_t n = 0;
};

class Numbering
{
  public:
    /// `layout` outlives this.
    explicit Numbering(const world::Layout& layout)
        : layout_(layout),
          sent_to_(layout.devices(), 0)
    {
    }

    [[nodiscard]] std::uint64_t seed() const
    {
        return layout_.device_key(0).seed;
    }

    /// The number of the datagram that `owner` now sends to `destination`. What servers send to nobody
    /// of a fleet is their own.
    [[nodiscard]] DatagramNumber next(Owner& owner, sip::Host destination)
    {
        if (owner.device >= kServerDevice)
        {
            if (const auto device = layout_.device_at(destination))
            {
                return {*device, sent_to_[*device]++};
            }
        }
        return {owner.device, owner.sent++};
    }

  private:
    const world::Layout& layout_;
    std::vector<std::uint32_t> sent_to_; // by device
};

} // namespace sipsim::ns3carrier
