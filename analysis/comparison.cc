#include "analysis/comparison.h"

#include "analysis/metric_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

namespace sipsim::analysis
{
namespace
{

using Runs = std::vector<const RunOutcome*>;

// A point's runs on both sides: paired, entry i of one belongs to entry i of the other.
struct Sides
{
    bool paired = false;
    Runs base;
    Runs changed;
};

Runs
all_of(const RunPoint& point)
{
    Runs runs;
    for (const auto& run : point.runs)
    {
        runs.push_back(&run);
    }
    return runs;
}

// Paired over the seeds that both have, if that is at least half of the smaller side; what has no
// partner is then left out.
Sides
sides_of(const RunPoint& base, const RunPoint& changed, PointComparison& out)
{
    std::map<std::int64_t, const RunOutcome*> by_seed;
    for (const auto& run : base.runs)
    {
        by_seed[run.seed] = &run;
    }
    Sides pairs{.paired = true, .base = {}, .changed = {}};
    for (const auto& run : changed.runs)
    {
        if (const auto it = by_seed.find(run.seed); it != by_seed.end())
        {
            pairs.base.push_back(it->second);
            pairs.changed.push_back(&run);
            out.same_path +=
                !run.fingerprint.empty() && run.fingerprint == it->second->fingerprint ? 1 : 0;
        }
    }
    out.base_runs = base.runs.size();
    out.changed_runs = changed.runs.size();
    out.shared = pairs.base.size();
    out.paired = out.shared > 0 && 2 * out.shared >= std::min(out.base_runs, out.changed_runs);
    return out.paired ? pairs : Sides{false, all_of(base), all_of(changed)};
}

// What only good runs have: those (pairs of them) that are.
template <class Keep>
Sides
filtered(const Sides& sides, const Keep& keep)
{
    Sides out{.paired = sides.paired, .base = {}, .changed = {}};
    if (sides.paired)
    {
        for (std::size_t i = 0; i < sides.base.size(); ++i)
        {
            if (keep(*sides.base[i]) && keep(*sides.changed[i]))
            {
                out.base.push_back(sides.base[i]);
                out.changed.push_back(sides.changed[i]);
            }
        }
        return out;
    }
    std::ranges::copy_if(sides.base, std::back_inserter(out.base), [&](auto* r) {
        return keep(*r);
    });
    std::ranges::copy_if(sides.changed, std::back_inserter(out.changed), [&](auto* r) {
        return keep(*r);
    });
    return out;
}

MetricValue
outcome_of(const RunOutcome& run, const std::string& name)
{
    const auto it = run.metrics.find(name);
    return it == run.metrics.end() ? MetricValue{} : it->second;
}

template <class Of>
Draft
draft_of(Aspect aspect, const Sides& sides, const Of& of)
{
    const auto values = [&](const Runs& runs) {
        std::vector<double> out(runs.size());
        std::ranges::transform(runs, out.begin(), [&](auto* run) { return of(*run); });
        return out;
    };
    return {aspect, sides.paired, values(sides.base), values(sides.changed)};
}

// Values are those of runs that reach it: where fewer of NEW's do, they may be the quick ones.
void
distrust_survivors(std::vector<Check>& checks)
{
    const bool fewer = std::ranges::any_of(checks, [](const Check& check) {
        return check.aspect == Aspect::kNotReached && check.difference > 0;
    });
    for (Check& check : checks)
    {
        if (fewer && check.aspect == Aspect::kValue && check.verdict == Verdict::kBetter)
        {
            check.fewer_reach = true;
            check.verdict = Verdict::kUndecided;
        }
    }
}

// Collects the drafts of a whole comparison; judge() makes verdicts of them.
class Family
{
  public:
    explicit Family(const CompareOptions& options)
        : alpha_(options.alpha),
          least_(options.least)
    {
    }

    // The metric's drafts; none are added where nothing is defined on either side.
    void add(std::size_t point,
             const std::string& name,
             const MetricInfo& info,
             std::vector<Draft> drafts)
    {
        if (drafts.empty())
        {
            return;
        }
        for (auto& draft : drafts)
        {
            draft.estimate(1 - alpha_);
            size_ += draft.check.method == Method::kNone ? 0 : 1;
        }
        metrics_.push_back({.point = point, .metric = name, .info = info, .checks = {}});
        drafts_.push_back(std::move(drafts));
    }

    void judge(Comparison& out)
    {
        const double level = alpha_ / static_cast<double>(std::max<std::size_t>(size_, 1));
        std::vector<double> p;
        for (auto& drafts : drafts_)
        {
            for (auto& draft : drafts)
            {
                if (draft.check.method != Method::kNone)
                {
                    draft.test(level);
                    p.push_back(draft.check.p);
                }
            }
        }
        const auto adjusted = holm_adjusted(p);
        auto next = adjusted.begin();
        for (std::size_t i = 0; i < metrics_.size(); ++i)
        {
            for (auto& draft : drafts_[i])
            {
                Check& check = draft.check;
                if (check.method != Method::kNone)
                {
                    check.adjusted_p = *next++;
                    check.verdict = check.adjusted_p <= alpha_
                                        ? significant(check, metrics_[i].info)
                                    : check.least_p > level ? Verdict::kUndecided
                                                            : Verdict::kNoDifference;
                }
                metrics_[i].checks.push_back(check);
            }
            distrust_survivors(metrics_[i].checks);
            metrics_[i].verdict =
                std::ranges::max_element(metrics_[i].checks, {}, &Check::verdict)->verdict;
        }
        out.family = size_;
        out.metrics = std::move(metrics_);
    }

  private:
    [[nodiscard]] Verdict significant(const Check& check, const MetricInfo& info) const
    {
        const bool small = check.aspect == Aspect::kValue && check.relative_size() < least_;
        return small ? Verdict::kSmall : direction_of(check, info);
    }

    double alpha_;
    double least_;
    std::size_t size_ = 0;
    std::vector<MetricComparison> metrics_;
    std::vector<std::vector<Draft>> drafts_;
};

// How a metric came out at a point: counts of runs without a value where there are any, and the values.
std::vector<Draft>
drafts_of(const std::string& name, const Sides& ok)
{
    const auto not_reached = [&](const RunOutcome& run) {
        const auto m = outcome_of(run, name);
        return !m.value && m.censored;
    };
    const auto defined = [&](const RunOutcome& run) {
        const auto m = outcome_of(run, name);
        return m.value || m.censored;
    };
    const auto any = [&](const Sides& sides, const auto& has) {
        return std::ranges::any_of(sides.base, [&](auto* r) { return has(*r); }) ||
               std::ranges::any_of(sides.changed, [&](auto* r) { return has(*r); });
    };
    std::vector<Draft> drafts;
    if (ok.base.empty() || ok.changed.empty() || !any(ok, defined))
    {
        return drafts;
    }
    if (any(ok, [&](const RunOutcome& r) { return !defined(r); }))
    {
        drafts.push_back(draft_of(Aspect::kUndefined, ok, [&](const RunOutcome& r) {
            return defined(r) ? 0.0 : 1.0;
        }));
    }
    const auto with_meaning = filtered(ok, defined);
    const bool both = !with_meaning.base.empty() && !with_meaning.changed.empty();
    if (both && any(with_meaning, not_reached))
    {
        drafts.push_back(draft_of(Aspect::kNotReached, with_meaning, [&](const RunOutcome& r) {
            return not_reached(r) ? 1.0 : 0.0;
        }));
    }
    const auto valued =
        filtered(ok, [&](const RunOutcome& r) { return outcome_of(r, name).value.has_value(); });
    if (!valued.base.empty() && !valued.changed.empty())
    {
        drafts.push_back(draft_of(Aspect::kValue, valued, [&](const RunOutcome& r) {
            return *outcome_of(r, name).value;
        }));
    }
    return drafts;
}

void
add_point(Family& family,
          std::size_t index,
          const Sides& sides,
          const std::map<std::string, MetricInfo>& metrics)
{
    const auto failed = [](const RunOutcome& run) { return run.ok ? 0.0 : 1.0; };
    const auto is_ok = [](const RunOutcome& run) { return run.ok; };
    if (!std::ranges::all_of(sides.base, [&](auto* r) { return is_ok(*r); }) ||
        !std::ranges::all_of(sides.changed, [&](auto* r) { return is_ok(*r); }))
    {
        const MetricInfo info{.unit = "1",
                              .kind = "scalar",
                              .sentence = "Runs that failed or timed out.",
                              .better = "less"};
        family.add(index, "runs", info, {draft_of(Aspect::kFailed, sides, failed)});
    }
    const auto ok = filtered(sides, is_ok);
    for (const auto& [name, info] : metrics)
    {
        family.add(index, name, info, drafts_of(name, ok));
    }
}

// Those of both sides; the newer declaration decides which way is better, where it says so.
std::map<std::string, MetricInfo>
common_metrics(const RunSet& base, const RunSet& changed, Comparison& out)
{
    std::map<std::string, MetricInfo> common;
    for (const auto& [name, info] : changed.metric_info)
    {
        const auto it = base.metric_info.find(name);
        if (it == base.metric_info.end())
        {
            out.only_changed_metrics.push_back(name);
            continue;
        }
        common[name] = info;
        if (info.better.empty())
        {
            common[name].better = it->second.better;
        }
    }
    for (const auto& [name, info] : base.metric_info)
    {
        if (!changed.metric_info.contains(name))
        {
            out.only_base_metrics.push_back(name);
        }
    }
    return common;
}

bool
all_identical(const Comparison& c)
{
    return c.only_base_points.empty() && c.only_changed_points.empty() &&
           c.only_base_metrics.empty() && c.only_changed_metrics.empty() && !c.points.empty() &&
           std::ranges::all_of(c.points,
                               [](const PointComparison& p) {
                                   return p.same_path == p.shared && p.shared == p.base_runs &&
                                          p.shared == p.changed_runs;
                               }) &&
           c.count(Verdict::kIdentical) == c.metrics.size();
}

} // namespace

std::optional<double>
Check::relative() const
{
    return base_mean == 0 ? std::nullopt : std::optional(difference / std::abs(base_mean));
}

double
Check::relative_size() const
{
    const double of_nothing = difference == 0 ? 0 : std::numeric_limits<double>::infinity();
    return std::abs(relative().value_or(of_nothing));
}

bool
Check::lost_in_all() const
{
    const bool loss = aspect == Aspect::kFailed || aspect == Aspect::kNotReached;
    return loss && base.k == 0 && changed.k == changed.n;
}

std::size_t
Comparison::count(Verdict verdict) const
{
    return static_cast<std::size_t>(
        std::ranges::count(metrics, verdict, &MetricComparison::verdict));
}

const Check*
decisive(const MetricComparison& metric)
{
    const auto it = std::ranges::max_element(metric.checks, {}, [](const Check& check) {
        return std::pair{check.verdict, -check.adjusted_p};
    });
    return it == metric.checks.end() ? nullptr : &*it;
}

std::optional<std::size_t>
Comparison::foremost() const
{
    std::optional<std::size_t> best;
    const auto weight = [&](std::size_t i) {
        const Check& check = *decisive(metrics[i]);
        return std::tuple{metrics[i].verdict, -check.adjusted_p, check.relative_size()};
    };
    for (std::size_t i = 0; i < metrics.size(); ++i)
    {
        if (metrics[i].verdict >= Verdict::kBetter && (!best || weight(i) > weight(*best)))
        {
            best = i;
        }
    }
    return best;
}

Comparison
compare(const RunSet& base, const RunSet& changed, const CompareOptions& options)
{
    if (!(options.alpha > 0 && options.alpha < 1))
    {
        throw std::invalid_argument("compare: alpha must lie in (0, 1)");
    }
    if (!(options.least >= 0 && std::isfinite(options.least)))
    {
        throw std::invalid_argument("compare: least must lie in [0, inf)");
    }
    Comparison out;
    out.alpha = options.alpha;
    out.least = options.least;
    Family family(options);
    const auto metrics = common_metrics(base, changed, out);
    for (const auto& point : base.points)
    {
        const auto other =
            std::ranges::find(changed.points, point.parameters, &RunPoint::parameters);
        if (other == changed.points.end())
        {
            out.only_base_points.push_back(point.label());
            continue;
        }
        PointComparison row;
        row.label = point.label();
        const auto sides = sides_of(point, *other, row);
        add_point(family, out.points.size(), sides, metrics);
        out.points.push_back(std::move(row));
    }
    for (const auto& point : changed.points)
    {
        if (std::ranges::find(base.points, point.parameters, &RunPoint::parameters) ==
            base.points.end())
        {
            out.only_changed_points.push_back(point.label());
        }
    }
    family.judge(out);
    out.identical = all_identical(out);
    return out;
}

} // namespace sipsim::analysis
