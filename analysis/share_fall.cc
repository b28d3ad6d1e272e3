#include "analysis/share_fall.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace sipsim::analysis
{
namespace
{

constexpr double kSame = 1e-9;
constexpr double kDeep = 0.99;

// The smallest sample in [from, to); none without one.
std::optional<double>
lowest_sample(const SeriesData& series, double from_s, double to_s)
{
    std::optional<double> lowest;
    for (std::size_t i = 0; i < series.values.size(); ++i)
    {
        const double at = series.t0_s + series.dt_s * static_cast<double>(i);
        if (at >= from_s && at < to_s)
        {
            lowest = std::min(lowest.value_or(series.values[i]), series.values[i]);
        }
    }
    return lowest;
}

// No store holds the warm-up's end. The instants from which REGISTERs come to the steady rate.
std::set<double>
warmup_ends(const ShareRun& run, double fault_s)
{
    std::set<double> ends;
    if (!run.steady_rate || run.rate.dt_s <= 0.0)
    {
        return ends;
    }
    const auto bins = std::floor((fault_s - run.rate.t0_s) / run.rate.dt_s);
    const auto last =
        std::min(static_cast<std::size_t>(std::max(bins, 0.0)), run.rate.values.size());
    double sum = 0.0;
    for (std::size_t i = last; i > 0; --i)
    {
        sum += run.rate.values[i - 1];
        const double mean = sum / static_cast<double>(last - i + 1);
        if (std::abs(mean - *run.steady_rate) <= kSame * std::max(1.0, *run.steady_rate))
        {
            ends.insert(run.rate.t0_s + run.rate.dt_s * static_cast<double>(i - 1));
        }
    }
    return ends;
}

// The earliest end that all runs may have.
std::optional<double>
common_end(const std::vector<ShareRun>& runs, double fault_s)
{
    std::set<double> common = warmup_ends(runs.front(), fault_s);
    for (const ShareRun& run : runs)
    {
        const auto ends = warmup_ends(run, fault_s);
        std::erase_if(common, [&ends](double end) { return !ends.contains(end); });
    }
    return common.empty() ? std::nullopt : std::optional{*common.begin()};
}

std::optional<double>
share_from_fault(const ShareRun& run, std::optional<double> warm, double fault_s)
{
    const auto after = lowest_sample(run.share, fault_s, HUGE_VAL);
    if (!after || *after <= run.share_min + kSame)
    {
        return after ? std::optional{run.share_min} : std::nullopt;
    }
    // The sample before the warm-up's end counts too: what lies between it and the next was seen.
    const auto before =
        warm ? lowest_sample(run.share, *warm - run.share.dt_s, fault_s) : std::nullopt;
    if (!before)
    {
        return std::nullopt;
    }
    if (*before <= run.share_min + kSame)
    {
        return *after;
    }
    // Between two samples. A fault makes a dip that samples show too, or a deep one.
    const bool of_fault = *after < *before - kSame || run.share_min < kDeep * *before;
    return of_fault ? std::optional{run.share_min} : std::nullopt;
}

} // namespace

std::optional<std::vector<double>>
shares_from_fault(const std::vector<ShareRun>& runs, double fault_s)
{
    if (runs.empty())
    {
        return std::nullopt;
    }
    const auto warm = common_end(runs, fault_s);
    std::vector<double> shares;
    for (const ShareRun& run : runs)
    {
        const auto share = share_from_fault(run, warm, fault_s);
        if (!share)
        {
            return std::nullopt;
        }
        shares.push_back(*share);
    }
    return shares;
}

} // namespace sipsim::analysis
