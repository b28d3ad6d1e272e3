#include "analysis/finding_policies.h"

#include "analysis/text.h"

#include <algorithm>
#include <vector>

namespace sipsim::analysis
{
namespace
{

constexpr const char* kTime = "time_to_99";

const CensoredEstimate*
estimate_of(const PointSummary& point, const char* metric)
{
    const auto found = point.metrics.find(metric);
    return found == point.metrics.end() ? nullptr : &found->second.estimate;
}

std::string
case_of(const Summary& summary, const PointSummary& point)
{
    std::string text;
    for (std::size_t axis = 0; axis < summary.axes.size(); ++axis)
    {
        text += (text.empty() ? "" : ", ") + summary.value_text(axis, point.index[axis]);
    }
    return text;
}

/// Of points that have a mean of it, by that mean.
std::vector<const PointSummary*>
ordered(const Summary& summary, const char* metric)
{
    std::vector<const PointSummary*> points;
    for (const PointSummary& point : summary.points)
    {
        const CensoredEstimate* estimate = estimate_of(point, metric);
        if (estimate != nullptr && estimate->mean)
        {
            points.push_back(&point);
        }
    }
    std::ranges::stable_sort(points, {}, [&](const PointSummary* point) {
        return estimate_of(*point, metric)->mean->mean;
    });
    return points;
}

// Whether the difference, paired over common seeds, has an interval that leaves out 0; single runs are taken
// as they are.
bool
differ(const Summary& summary, const PointSummary& a, const PointSummary& b, const char* metric)
{
    if (a.runs_ok < 2 && b.runs_ok < 2)
    {
        return estimate_of(a, metric)->mean->mean != estimate_of(b, metric)->mean->mean;
    }
    const auto difference = paired_difference(Summary::find(a, metric)->by_seed,
                                              Summary::find(b, metric)->by_seed,
                                              summary.confidence);
    return difference && difference->interval &&
           (difference->interval->low > 0.0 || difference->interval->high < 0.0);
}

// "oc rate or oc loss": the case of the first point, and those that nothing tells apart from it. The first of
// `points` is the one at the end of their order that the sentence is about.
std::string
cases_of(const Summary& summary, const std::vector<const PointSummary*>& points, const char* metric)
{
    std::string text = case_of(summary, *points.front());
    std::size_t others = 0;
    std::string named;
    for (const PointSummary* point : points)
    {
        if (point != points.front() && !differ(summary, *points.front(), *point, metric))
        {
            ++others;
            named += " or " + case_of(summary, *point);
        }
    }
    return text + (others <= 3 ? named : " or one of " + std::to_string(others) + " others");
}

} // namespace

std::string
policies_sentence(const Summary& summary)
{
    const bool cases = std::ranges::any_of(summary.axes, [](const auto& axis) {
        return axis.param == "case" && axis.values.size() > 1;
    });
    const auto refusing = ordered(summary, kRefused);
    const auto back = ordered(summary, kTime);
    const auto wasting = ordered(summary, kWasted);
    if (!cases || refusing.empty() || estimate_of(*refusing.back(), kRefused)->mean->mean <= 0 ||
        back.empty() || wasting.empty())
    {
        return {};
    }
    const auto wasted = [&](const PointSummary* point) {
        return number_text(estimate_of(*point, kWasted)->mean->mean);
    };
    std::string text = "99 % are back first, after " +
                       duration_text(*estimate_of(*back.front(), kTime)->mean) + ", with " +
                       cases_of(summary, back, kTime);
    std::string never;
    for (const PointSummary& point : summary.points)
    {
        const CensoredEstimate* time = estimate_of(point, kTime);
        if (time != nullptr && time->not_reached > 0)
        {
            never += (never.empty() ? "" : " or ") + case_of(summary, point);
        }
    }
    text += never.empty() ? "" : ", and not in every run with " + never;
    const std::vector<const PointSummary*> most(wasting.rbegin(), wasting.rend());
    return text + "; fewest REGISTERs are wasted at the registrar, " + wasted(wasting.front()) +
           ", with " + cases_of(summary, wasting, kWasted) + ", most, " + wasted(most.front()) +
           ", with " + cases_of(summary, most, kWasted) + ".";
}

} // namespace sipsim::analysis
