#pragma once

// Models : a registrar's limits on who proves himself, as written or as a product has them (admission.preset).
// Drives : read_registrar().
// Keeps  : what is written holds; what is not is the preset's, else the default of the key.
// Leaves : what limits need of each other (registrar::validate()), which of them are idle (config_idle.h).

#include "model/registrar/admission.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

#include <optional>
#include <string>
#include <string_view>

namespace sipsim::runner
{

[[nodiscard]] registrar::AdmissionOptions read_admission(const Values& values);

/// What the preset says of a key that is not written, as a file would have it: "6", "180s".
[[nodiscard]] std::optional<std::string> preset_value(const Section& section, std::string_view key);

/// Of what the preset's product does not allow, or its guide advises against.
void warn_of_preset(const Values& values,
                    const registrar::AdmissionOptions& admission,
                    Findings& findings);

} // namespace sipsim::runner
