#pragma once

// Models : one point of an experiment as a World: sections become registrars, fleets and faults, their
//          names become indices.
// Drives : the loader builds every point once to check it; a run builds its own again.
// Keeps  : everything wrong with a point is reported together, at the value that is wrong.
// Leaves : sweeps and replications (sweep.h), reading of maps (config_network.h).

#include "model/world/world.h"
#include "scenarios/runner/config_document.h"
#include "scenarios/runner/config_network.h"

#include <optional>

namespace sipsim::runner
{

struct Findings
{
    Problems errors;
    Problems warnings;
    Problems idle; // settings without effect: a warning where that is so at every point of a sweep
};

/// The world of `document` under `seed`; nullopt if `findings` has errors.
[[nodiscard]] std::optional<world::World> build_world(const Document& document,
                                                      std::uint64_t seed,
                                                      Maps& maps,
                                                      Findings& findings);

/// The section of a kind that occurs once; an empty one if the file has none.
[[nodiscard]] Section the_section(const Document& document, std::string_view kind);

} // namespace sipsim::runner
