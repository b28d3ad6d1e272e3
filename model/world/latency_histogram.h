#pragma once

// Models : a distribution of durations in logarithmic bins, 64 to the octave (1.1 % wide).
// Drives : Collector adds register latencies; quantiles and the stored histogram come from it.
// Keeps  : memory bounded whatever the number of samples.
// Leaves : exact quantiles.

#include "model/base/time.h"
#include "model/world/collector.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace sipsim::world
{

class LatencyHistogram
{
  public:
    void add(SimDuration d)
    {
        const double s = std::max(to_seconds(d), kLowest);
        const auto bin =
            std::min(static_cast<std::size_t>(std::log2(s / kLowest) * kPerOctave), kBins - 1);
        ++counts_[bin];
        ++total_;
    }

    /// The geometric middle of the bin that holds quantile q; NaN without samples.
    [[nodiscard]] double quantile(double q) const
    {
        const double rank = q * static_cast<double>(total_);
        double seen = 0;
        for (std::size_t i = 0; i < kBins; ++i)
        {
            seen += static_cast<double>(counts_[i]);
            if (counts_[i] > 0 && seen >= rank)
            {
                return std::sqrt(edge(i) * edge(i + 1));
            }
        }
        return NAN;
    }

    /// The bins in use, with their edges in seconds.
    [[nodiscard]] Histogram histogram(std::string_view name) const
    {
        Histogram out{.name = name, .edges = {}, .counts = {}};
        const auto used = [](std::uint64_t n) { return n > 0; };
        const auto first = std::ranges::find_if(counts_, used) - counts_.begin();
        if (first == static_cast<std::ptrdiff_t>(kBins))
        {
            return out;
        }
        auto last = static_cast<std::size_t>(first);
        for (std::size_t i = last; i < kBins; ++i)
        {
            last = counts_[i] > 0 ? i : last;
        }
        for (auto i = static_cast<std::size_t>(first); i <= last; ++i)
        {
            out.edges.push_back(edge(i));
            out.counts.push_back(static_cast<double>(counts_[i]));
        }
        out.edges.push_back(edge(last + 1));
        return out;
    }

  private:
    static constexpr double kLowest = 1e-6; // s
    static constexpr double kPerOctave = 64;
    static constexpr std::size_t kBins = std::size_t{64} * 40; // up to 1.1e6 s

    static double edge(std::size_t i)
    {
        return kLowest * std::exp2(static_cast<double>(i) / kPerOctave);
    }

    std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(kBins, 0);
    std::uint64_t total_ = 0;
};

} // namespace sipsim::world
