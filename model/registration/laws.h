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

/// The window of RefreshLaw::Kind::kAroundHalf, both ends included.
struct RefreshWindow
{
    std::chrono::seconds first;
    std::chrono::seconds last;
};

/// 30 to 60 s before the end of a binding of more than 90 s and less than 5 min, else around the half of
/// it: from a quarter to three quarters (sofia-sip 1.13, nua_dialog.c). Parts of a second of `granted` are
/// not read.
[[nodiscard]] RefreshWindow refresh_window(SimDuration granted);

/// From the 2xx to the refresh; in [0, granted]. Refresh number `n` >= 1 of the account takes the draws
/// 2n (position) and 2n+1 (jitter) of Purpose::kRefresh; a jitter kept for life is draw 1.
[[nodiscard]] SimDuration refresh_delay(const RefreshLaw& law,
                                        SimDuration granted,
                                        const DrawKey& key,
                                        std::uint32_t n);

/// From a failure to the next attempt, the `failures`-th (>= 1) without a success between. Retry number
/// `n` >= 1 of the account takes the draws 2n (the law's own) and 2n+1 (jitter, or earlier and later) of
/// Purpose::kRetry.
[[nodiscard]] SimDuration retry_wait(const RetryLaw& law,
                                     std::uint16_t failures,
                                     const DrawKey& key,
                                     std::uint32_t n);

/// The wait after a failure that the retry law is not for. Draw 2n+1 of Purpose::kRetry.
[[nodiscard]] SimDuration other_wait(SimDuration wait,
                                     SimDuration random,
                                     const DrawKey& key,
                                     std::uint32_t n);

/// When what is due at `due` is done: then, or at the first poll after `now` whose successor is not earlier
/// than `ahead` before it. Polls come a multiple of `every` after a phase that is the device's for life (draw 0 of
/// Purpose::kRefresh, account 0). Model choice: a boot does not begin them anew; devices that lost power
/// together boot at one instant here and within some seconds of each other there.
[[nodiscard]] SimTime at_poll(const PollLaw& law, SimTime now, SimTime due, const DrawKey& key);

} // namespace sipsim::registration
