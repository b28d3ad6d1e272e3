#pragma once

// Models : which host of a world the real network stands for.
// Drives : LiveOptions and PacketWorldHelper.
// Keeps  : one host; exactly one of the two is set.
// Leaves : how it is joined (tap_gate.h).

#include "model/world/layout.h"

#include <cstdint>
#include <optional>

namespace sipsim::ns3carrier
{

struct TapPlace
{
    std::optional<world::DeviceIndex> device;
    std::optional<std::uint32_t> registrar;
};

} // namespace sipsim::ns3carrier
