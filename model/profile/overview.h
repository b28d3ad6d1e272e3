#pragma once

// Models : a product in a few words: what it does about registration, law by law.
// Drives : `sipsim profiles`.
// Keeps  : made from the options that the profile makes, so that it cannot say anything else than they do.
// Leaves : each parameter with its source (profile.h, parameters()).

#include "model/profile/profile.h"

#include <string>
#include <utility>
#include <vector>

namespace sipsim::profile
{

/// A line of it: which law, and what it is with this product and no setting.
using Law = std::pair<std::string, std::string>;

/// "refresh", "retry", "gives up", "no answer", "keepalive", "unregister", "targets"; what its user must set has
/// the model's defaults, and the last line, "must be set", names it.
[[nodiscard]] std::vector<Law> overview(const Profile& profile);

} // namespace sipsim::profile
