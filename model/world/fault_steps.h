#pragma once

// Models : the course of a World's faults as instants: when each begins, ends, and what happens between.
// Drives : both carriers take the steps in order, before all else that happens at an instant.
// Keeps  : a pure function of the World; steps in order of time, at one instant of World::faults.
// Leaves : what a step does (the carriers).

#include "model/world/world.h"

#include <cstdint>
#include <vector>

namespace sipsim::world
{

struct FaultStep
{
    enum class What : std::uint8_t
    {
        kBegin,
        kRefuse, // kDrain: the registrar answers 503
        kDown,   // likewise: it stops refusing, and goes down
        kUp,     // likewise: it is back
        kEnd,
    };
    SimTime at{};
    std::uint32_t fault = 0;
    What what = What::kBegin;
    std::uint32_t registrar = 0; // of kRefuse, kDown, kUp
};

[[nodiscard]] std::vector<FaultStep> fault_steps(const World& world);

} // namespace sipsim::world
