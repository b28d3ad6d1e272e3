#pragma once

// Models : what the validators of the model (registrar::validate(), proxy::validate()) say of options, as a message
//          about the settings that made them so.
// Drives : the readers of registrars and proxies.
// Keeps  : told at a key that is written: the one it is about, else one that its clause names; a value that is not
//          written is called a default.
// Leaves : devices, whose profile knows what was set (model/profile/apply.cc).

#include "scenarios/runner/config_values.h"

#include <string>
#include <string_view>

namespace sipsim::runner
{

/// `problem`: "station.queue = 5: must be ...", its keys those of the section, or of the same table of it.
void tell_relation(const Values& values, std::string_view problem, Problems& errors);

} // namespace sipsim::runner
