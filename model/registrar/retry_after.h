#pragma once

// Models : a Retry-After drawn at random (RFC 3261 §20.33: seconds).
// Drives : whoever refuses a request, a registrar or a proxy.
// Keeps  : a pure function of server and request, so that a copy of the request is told the same.
// Leaves : when a request is refused.

#include "model/base/draw.h"
#include "model/sip/message.h"

#include <algorithm>
#include <cstdint>

namespace sipsim::registrar
{

/// Uniform over the whole seconds `least` to `most`, both included.
[[nodiscard]] inline std::uint32_t
random_seconds(const DrawKey& server,
               const sip::Message& request,
               std::uint32_t least,
               std::uint32_t most)
{
    const DrawKey key{.seed = server.seed,
                      .device = server.device,
                      .account =
                          static_cast<std::uint32_t>(static_cast<std::uint64_t>(request.to.user))};
    const std::uint64_t number =
        static_cast<std::uint64_t>(request.call_id) + static_cast<std::uint32_t>(request.cseq);
    const double choices = double{1} + std::max(most, least) - least;
    const auto more = static_cast<std::uint64_t>(draw(key, Purpose::kRetryAfter, number) * choices);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(least + more, std::max(most, least)));
}

} // namespace sipsim::registrar
