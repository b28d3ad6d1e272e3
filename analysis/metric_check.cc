#include "analysis/metric_check.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace sipsim::analysis
{
namespace
{

// What a test wants that takes a mean of few values as normal: at least three, and three of four, differ by
// more than rounding. A metric of few levels, of which three runs may well show the same, has too few.
bool
of_many_levels(std::vector<double> values)
{
    std::ranges::sort(values);
    const double least = 1e-9 * std::max(std::abs(values.front()), std::abs(values.back()));
    std::size_t levels = 1;
    for (std::size_t i = 1; i < values.size(); ++i)
    {
        levels += values[i] - values[i - 1] > least ? 1 : 0;
    }
    return levels >= 3 && 4 * levels >= 3 * values.size();
}

} // namespace

Draft::Draft(Aspect aspect, bool paired, std::vector<double> base, std::vector<double> changed)
    : base_(std::move(base)),
      changed_(std::move(changed))
{
    if (base_.empty() || changed_.empty() || (paired && base_.size() != changed_.size()))
    {
        throw std::invalid_argument("Draft: a side is empty, or a value has no partner");
    }
    // Another compiler's rounding is no difference, but would be one of the same sign in every pair.
    constexpr double kRounding = 1e-12;
    for (std::size_t i = 0; paired && i < base_.size(); ++i)
    {
        if (std::abs(changed_[i] - base_[i]) <= kRounding * std::abs(base_[i]))
        {
            changed_[i] = base_[i];
        }
    }
    check.aspect = aspect;
    check.paired = paired;
    check.base.n = base_.size();
    check.changed.n = changed_.size();
}

std::vector<double>
Draft::differences() const
{
    std::vector<double> out(base_.size());
    std::ranges::transform(changed_, base_, out.begin(), std::minus{});
    return out;
}

void
Draft::estimate(double confidence)
{
    check.aspect == Aspect::kValue ? estimate_values(confidence) : estimate_counts(confidence);
    if (!differs())
    {
        check.method = Method::kNone;
        check.least_p = 1.0;
    }
}

bool
Draft::differs() const
{
    if (check.paired)
    {
        return base_ != changed_;
    }
    const auto is_first = [&](double v) { return v == base_.front(); };
    return !std::ranges::all_of(base_, is_first) || !std::ranges::all_of(changed_, is_first);
}

// Of the differences of pairs, or of the values, pooled over both sides; none where rounding is all there is
// of it.
std::optional<double>
Draft::deviation() const
{
    constexpr double kRounding = 1e-12;
    const auto larger = [](double size, double v) { return std::max(size, std::abs(v)); };
    const double size = std::accumulate(changed_.begin(),
                                        changed_.end(),
                                        std::accumulate(base_.begin(), base_.end(), 0.0, larger),
                                        larger);
    double found = 0.0;
    if (check.paired)
    {
        found = estimate_mean(differences()).stddev.value_or(0.0);
    }
    else if (base_.size() + changed_.size() > 2)
    {
        const auto squares = [](const std::vector<double>& values) {
            const double s = estimate_mean(values).stddev.value_or(0.0);
            return static_cast<double>(values.size() - 1) * s * s;
        };
        found = std::sqrt((squares(base_) + squares(changed_)) /
                          static_cast<double>(base_.size() + changed_.size() - 2));
    }
    return found > kRounding * size ? std::optional{found} : std::nullopt;
}

void
Draft::estimate_values(double confidence)
{
    check.base.k = check.base.n;
    check.changed.k = check.changed.n;
    check.base_mean = estimate_mean(base_).mean;
    check.changed_mean = estimate_mean(changed_).mean;
    if (check.paired)
    {
        const auto mean = estimate_mean(differences(), confidence);
        check.difference = mean.mean;
        check.interval = mean.interval;
        check.least_p = sign_flip_least_p(base_.size());
        check.method = Method::kSignFlip;
    }
    else
    {
        const auto result = welch(base_, changed_, confidence);
        check.difference = result.difference;
        check.interval = result.interval;
        check.least_p = permutation_least_p(base_.size(), changed_.size());
        check.method = Method::kPermutation;
    }
    if (const std::optional<double> sd = deviation())
    {
        check.d = check.difference / *sd;
    }
}

void
Draft::estimate_counts(double confidence)
{
    check.base.k = static_cast<std::size_t>(std::ranges::count(base_, 1.0));
    check.changed.k = static_cast<std::size_t>(std::ranges::count(changed_, 1.0));
    check.base_mean = static_cast<double>(check.base.k) / static_cast<double>(check.base.n);
    check.changed_mean =
        static_cast<double>(check.changed.k) / static_cast<double>(check.changed.n);
    check.difference = check.changed_mean - check.base_mean;
    check.interval = proportion_difference(check.base, check.changed, confidence);
    check.method = check.paired ? Method::kMcNemar : Method::kFisher;
    check.least_p = check.paired ? sign_flip_least_p(check.base.n)
                                 : permutation_least_p(check.base.n, check.changed.n);
}

bool
Draft::resort_to_t()
{
    if (check.aspect != Aspect::kValue)
    {
        return false;
    }
    const auto pairs = check.paired ? differences() : std::vector<double>{};
    const auto p = check.paired ? paired_t_p(pairs) : welch(base_, changed_).p;
    if (!p ||
        !(check.paired ? of_many_levels(pairs) : of_many_levels(base_) && of_many_levels(changed_)))
    {
        return false;
    }
    check.p = *p;
    check.least_p = 0.0;
    check.method = check.paired ? Method::kPairedT : Method::kWelch;
    return true;
}

// So many that sign_flip_p() or permutation_p() draws them at random; of all, 1 or 2 make the least p.
bool
Draft::drawn() const
{
    if (check.paired)
    {
        const auto pairs = differences();
        return pairs.size() >
               kExactPairs + static_cast<std::size_t>(std::ranges::count(pairs, 0.0));
    }
    return check.method == Method::kPermutation &&
           check.least_p < (base_.size() == changed_.size() ? 2 : 1) / kExactArrangements;
}

void
Draft::test(double level)
{
    constexpr double kLeastArrangements = 20'000;
    constexpr double kMostArrangements = 1'000'000;
    const auto arrangements =
        static_cast<std::size_t>(std::clamp(5 / level, kLeastArrangements, kMostArrangements));
    if (drawn())
    {
        check.least_p = std::max(check.least_p, 1 / static_cast<double>(arrangements + 1));
    }
    if (check.least_p > level && resort_to_t())
    {
        return;
    }
    if (check.method == Method::kFisher)
    {
        check.p = fisher_exact_p(check.base, check.changed);
    }
    else
    {
        check.p = check.paired ? sign_flip_p(differences(), arrangements)
                               : permutation_p(base_, changed_, arrangements);
    }
}

Verdict
direction_of(const Check& check, const MetricInfo& info)
{
    const bool more = check.difference > 0;
    switch (check.aspect)
    {
    case Aspect::kUndefined:
        return Verdict::kChanged;
    case Aspect::kFailed:
        return more ? Verdict::kWorse : Verdict::kBetter;
    case Aspect::kNotReached:
        if (info.better != "less" && info.better != "more")
        {
            return Verdict::kChanged;
        }
        return more ? Verdict::kWorse : Verdict::kBetter;
    case Aspect::kValue:
        break;
    }
    if (info.better == "less")
    {
        return more ? Verdict::kWorse : Verdict::kBetter;
    }
    if (info.better == "more")
    {
        return more ? Verdict::kBetter : Verdict::kWorse;
    }
    return Verdict::kChanged;
}

} // namespace sipsim::analysis
