#pragma once

// Models : nothing; STUN messages as JSON, for `sipsim decode stun`.
// Drives : the verb.
// Keeps  : what the message lacks is not in the object.
// Leaves : octets (model/nat/stun_codec.h).

#include "model/nat/stun_codec.h"

#include <nlohmann/json.hpp>

namespace sipsim::runner
{

[[nodiscard]] nlohmann::ordered_json to_json(const nat::StunMessage& message);

} // namespace sipsim::runner
