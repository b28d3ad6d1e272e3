#pragma once

// Models : nothing: at which registrars an AOR may have a binding.
// Drives : the engine asks before it looks an AOR up at registrars where it is hardly ever bound.
// Keeps  : it is never denied that there is a binding; an octet per AOR.
// Leaves : bindings that come by other ways than a REGISTER to that registrar (replicas, a shared store): in
//          worlds that have them nobody asks.

#include "model/base/prefetch.h"
#include "model/world/world.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sipsim::fleet
{

class BoundAt
{
  public:
    BoundAt(std::size_t registrars, std::uint32_t aors)
        : alone_(registrars <= kBits),
          bits_(aors)
    {
    }

    /// There are several registrars, and none knows of the others' bindings.
    [[nodiscard]] static bool pays(const world::World& world)
    {
        for (std::uint32_t i = 0; i < world.registrars.size(); ++i)
        {
            if (world::shares_bindings(world, i))
            {
                return false;
            }
        }
        for (const world::FaultSpec& fault : world.faults)
        {
            if (fault.kind == world::FaultKind::kVipSwitch)
            {
                return false;
            }
        }
        return world.registrars.size() > 1;
    }

    void add(std::uint32_t registrar, std::uint32_t aor)
    {
        bits_[aor] |= bit(registrar);
    }

    /// It has none there at present.
    void remove(std::uint32_t registrar, std::uint32_t aor)
    {
        if (alone_)
        {
            bits_[aor] &= static_cast<Bits>(~bit(registrar));
        }
    }

    [[nodiscard]] bool may_be(std::uint32_t registrar, std::uint32_t aor) const
    {
        return (bits_[aor] & bit(registrar)) != 0;
    }

    /// Memory held.
    [[nodiscard]] std::size_t octets() const
    {
        return bits_.capacity() * sizeof(Bits);
    }

    /// The AOR is asked about soon: into the caches with it.
    void fetch(std::uint32_t aor) const
    {
        prefetch(&bits_[aor]);
    }

  private:
    using Bits = std::uint8_t;
    static constexpr std::uint32_t kBits = 8;

    [[nodiscard]] static constexpr Bits bit(std::uint32_t registrar)
    {
        return static_cast<Bits>(1U << (registrar % kBits));
    }

    bool alone_;             // no two registrars have one bit
    std::vector<Bits> bits_; // by AOR
};

} // namespace sipsim::fleet
