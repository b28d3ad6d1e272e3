#pragma once

// Models : nothing; SIP messages as JSON, for `sipsim decode sip`.
// Drives : the verb.
// Keeps  : every field of the envelope that the datagram has is in the object, and no other; but for what
//          an RFC says of an absent parameter: algorithm is then MD5 (RFC 2617 §3.2.1), the validity of
//          overload control 500 ms (RFC 7339 §4.3).
// Leaves : octets (model/sip/codec.h).

#include "model/sip/codec.h"

#include <nlohmann/json.hpp>

#include <string_view>

namespace sipsim::runner
{

/// `datagram` is what `message` was read from.
[[nodiscard]] nlohmann::ordered_json to_json(const sip::Message& message,
                                             const sip::Names& names,
                                             std::string_view datagram);

} // namespace sipsim::runner
