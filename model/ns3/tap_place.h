#pragma once

// Models : which host of a world the real network stands for.
// Drives : LiveOptions and PacketWorldHelper.
// Keeps  : one host; exactly one of the three is set.
// Leaves : how it is joined (tap_gate.h). Not modelled: what the process there would tell (REGISTERs or
//          queries that arrive, answers, bindings); its own log and the tap's capture have it.

#include "model/world/layout.h"

#include <cstdint>
#include <optional>

namespace sipsim::ns3carrier
{

struct TapPlace
{
    std::optional<world::DeviceIndex> device;
    std::optional<std::uint32_t> registrar;
    std::optional<std::uint32_t> dns; // number of the name server
};

} // namespace sipsim::ns3carrier
