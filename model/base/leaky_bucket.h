#pragma once

// Models : the continuous-state leaky bucket (ITU-T I.371 Appendix A.2, RFC 7415 §3.5.1), which is a token
//          bucket seen from below: of increment 1/r and tolerance (b - 1)/r it lets b requests pass at once
//          and r a second.
// Drives : whoever limits a rate offers each request at its instant.
// Keeps  : while increment and tolerance are constant, no interval of length t has more than
//          1 + (t + tolerance)/increment requests that conform; integers, no timer, 16 octets.
// Leaves : what becomes of a request that does not conform.

#include "model/base/time.h"

#include <algorithm>

namespace sipsim
{

class LeakyBucket
{
  public:
    /// A request at `now`, which never decreases: does it conform? Only one that does is counted.
    /// `increment` > 0 and `tolerance` >= 0 may change from call to call; the level is a time and stays
    /// what it is (see limit()).
    [[nodiscard]] bool offer(SimTime now, SimDuration increment, SimDuration tolerance)
    {
        const SimDuration left = level_ - (now - last_);
        if (left > tolerance)
        {
            return false;
        }
        level_ = std::max(left, SimDuration{0}) + increment;
        last_ = now;
        return true;
    }

    /// The level at `now`, which never decreases, is `most` from here on if it is more.
    void limit(SimTime now, SimDuration most)
    {
        level_ = std::clamp(level_ - (now - last_), SimDuration{0}, most);
        last_ = now;
    }

  private:
    SimDuration level_{0}; // at last_
    SimTime last_{};       // the last request that conformed, or limit()
};

} // namespace sipsim
