#pragma once

// Models : the two waits of a registering device: from a granted binding to its refresh, from a failed
//          attempt to the next one (RFC 3261 §10.2.4, §10.2.7 leave both to the device; RFC 5626 §4.5).
// Drives : RegistrationClient sets its one deadline by them; oracles and planners may ask them too.
// Keeps  : pure functions of their arguments; nothing overflows for valid options.
// Leaves : counting refreshes and failures.

#include "model/base/draw.h"
#include "model/registration/options.h"

#include <cstdint>

namespace sipsim::registration
{

/// From the 2xx to the refresh; in [0, granted]. Refresh number `n` >= 1 of the account takes the draws
/// 2n (position) and 2n+1 (jitter) of Purpose::kRefresh; a jitter kept for life is draw 1.
[[nodiscard]] SimDuration refresh_delay(const RefreshLaw& law,
                                        SimDuration granted,
                                        const DrawKey& key,
                                        std::uint32_t n);

/// From a failure to the next attempt, the `failures`-th (>= 1) without a success between. Retry number
/// `n` >= 1 of the account takes the draws 2n (the law's own) and 2n+1 (jitter) of Purpose::kRetry.
[[nodiscard]] SimDuration retry_wait(const RetryLaw& law,
                                     std::uint16_t failures,
                                     const DrawKey& key,
                                     std::uint32_t n);

} // namespace sipsim::registration
