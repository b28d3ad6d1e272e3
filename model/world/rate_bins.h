#pragma once

// Models : how many events fell into each second of a run, or most into one after an instant.
// Drives : the collector's series and peaks.
// Keeps  : 8 octets a second, of a peak alone O(1); a series counts nothing beyond the run.
// Leaves : means over a span (collector.cc).

#include "model/base/time.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sipsim::world
{

inline constexpr SimDuration kRateBin = std::chrono::seconds{1};

/// Counts in bins of kRateBin from the run's start.
class RateBins
{
  public:
    explicit RateBins(SimDuration duration)
        : bins_(static_cast<std::size_t>((duration + kRateBin - SimDuration{1}) / kRateBin), 0.0)
    {
    }

    void add(SimTime at)
    {
        const auto bin = static_cast<std::size_t>(at.time_since_epoch() / kRateBin);
        if (bin < bins_.size())
        {
            bins_[bin] += 1;
        }
    }

    /// The bin becomes the larger of itself and `value`.
    void raise(SimTime at, double value)
    {
        const auto bin = static_cast<std::size_t>(at.time_since_epoch() / kRateBin);
        if (bin < bins_.size())
        {
            bins_[bin] = std::max(bins_[bin], value);
        }
    }

    /// Largest bin that begins at or after `from`.
    [[nodiscard]] double peak(SimTime from) const
    {
        const auto first = static_cast<std::size_t>(
            (from.time_since_epoch() + kRateBin - SimDuration{1}) / kRateBin);
        double most = 0;
        for (std::size_t i = first; i < bins_.size(); ++i)
        {
            most = std::max(most, bins_[i]);
        }
        return most;
    }

    [[nodiscard]] const std::vector<double>& bins() const
    {
        return bins_;
    }

  private:
    std::vector<double> bins_;
};

/// The largest of bins of kRateBin that begin at `from`. Events come in order of time.
class PeakRate
{
  public:
    explicit PeakRate(SimTime from)
        : from_(from)
    {
    }

    void add(SimTime at)
    {
        if (at < from_)
        {
            return;
        }
        const auto bin = (at - from_) / kRateBin;
        count_ = bin == bin_ ? count_ + 1 : 1;
        bin_ = bin;
        most_ = std::max(most_, count_);
    }

    [[nodiscard]] double most() const
    {
        return most_;
    }

  private:
    SimTime from_;
    std::int64_t bin_ = 0; // of the last event
    double count_ = 0;     // in it so far
    double most_ = 0;
};

} // namespace sipsim::world
