// Models : sentences about the registered share: how far it falls, and for how long how many are missing.
// Drives : finding.cc.
// Keeps  : as finding.h.
// Leaves : how soon it is back (finding.cc).
#pragma once

#include "analysis/curve.h"

#include <string>

namespace sipsim::analysis
{

// "The registered share falls from 100 % to 83.7 %, whatever the ...; unregistered time adds up to ...".
[[nodiscard]] std::string share_sentence(const Curve& curve);

} // namespace sipsim::analysis
