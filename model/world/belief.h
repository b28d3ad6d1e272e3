#pragma once

// Models : how many accounts believe themselves registered, at the samples of a run.
// Drives : Collector tells of every change and asks at every sample, both in order of time.
// Keeps  : 2 octets per account (4 if there are more than 2^16 samples) and O(1) per change: a belief
//          that lasts until t counts at every sample before t, so its end is a number of a sample, taken
//          off when that sample comes.
// Leaves : the count between samples.

#include "model/base/prefetch.h"
#include "model/base/time.h"
#include "model/world/layout.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace sipsim::world
{

class Belief
{
  public:
    /// Samples are at 0, `step`, 2 `step` ... up to `duration`.
    Belief(std::uint32_t accounts, SimDuration duration, SimDuration step)
        : step_(step),
          change_(static_cast<std::size_t>(duration / step) + 2, 0),
          few_(change_.size() <= std::size_t{UINT16_MAX} + 1),
          short_end_(few_ ? accounts : 0),
          long_end_(few_ ? 0 : accounts)
    {
    }

    /// The account believes until `until`; min(): not at all. All samples up to `now` have been taken.
    void set(AccountIndex ua, SimTime until, SimTime now)
    {
        const std::uint32_t before = few_ ? short_end_[ua] : long_end_[ua];
        const std::uint32_t end = until > now ? first_sample_at(until) : 0;
        if (end == before)
        {
            return;
        }
        if (before > next_)
        {
            --change_[next_];
            ++change_[before];
        }
        if (end > next_)
        {
            ++change_[next_];
            --change_[end];
        }
        if (few_)
        {
            short_end_[ua] = static_cast<std::uint16_t>(end);
        }
        else
        {
            long_end_[ua] = end;
        }
    }

    /// The account is set soon: into the caches with it.
    void fetch(AccountIndex ua) const
    {
        few_ ? prefetch(&short_end_[ua]) : prefetch(&long_end_[ua]);
    }

    /// The count at the next sample.
    [[nodiscard]] std::uint32_t sample()
    {
        if (next_ < change_.size())
        {
            count_ += change_[next_];
            ++next_;
        }
        return static_cast<std::uint32_t>(count_);
    }

  private:
    // The number of the first sample not before `at`, at most one beyond the last.
    [[nodiscard]] std::uint32_t first_sample_at(SimTime at) const
    {
        const auto number = (at.time_since_epoch() + step_ - SimDuration{1}) / step_;
        return static_cast<std::uint32_t>(
            std::min(number, static_cast<std::int64_t>(change_.size() - 1)));
    }

    SimDuration step_;
    std::vector<std::int64_t> change_; // by sample: of the count
    // By account: the first sample it does not count at. One of the two is empty.
    bool few_;
    std::vector<std::uint16_t> short_end_;
    std::vector<std::uint32_t> long_end_;
    std::uint32_t next_ = 0; // number of the next sample
    std::int64_t count_ = 0;
};

} // namespace sipsim::world
