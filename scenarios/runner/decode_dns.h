#pragma once

// Models : nothing; DNS messages as JSON, for `sipsim decode dns`.
// Drives : the verb.
// Keeps  : sections that are empty are not in the object.
// Leaves : octets (model/dns/codec.h).

#include "model/dns/codec.h"

#include <nlohmann/json.hpp>

namespace sipsim::runner
{

[[nodiscard]] nlohmann::ordered_json to_json(const dns::Message& message, const dns::Names& names);

} // namespace sipsim::runner
