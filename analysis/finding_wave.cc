#include "analysis/finding_wave.h"

#include "analysis/text.h"

#include <algorithm>
#include <ranges>

namespace sipsim::analysis
{
namespace
{

// " at refresh.jitter 0.3"; nothing where nothing was swept.
std::string
where(const Curve& curve, const PointSummary& point, bool named)
{
    if (!curve.swept())
    {
        return {};
    }
    return (named ? " at " + curve.axis().label + " " : " at ") + curve.at(point);
}

std::string
refreshes(double count, const std::string& text)
{
    return text + (count == 1.0 ? " refresh" : " refreshes");
}

double
failed(const PointSummary& point)
{
    const auto* metric = Summary::find(point, kFailed);
    return metric != nullptr ? metric->estimate.max.value_or(0.0) : 0.0;
}

// "3 236 000 REGISTER": what the station was offered.
std::string
offered_text(const PointSummary& point)
{
    const auto* peak = mean_of(point, kPeak);
    return peak == nullptr ? std::string()
                           : "the busiest second brings " + estimate_text(*peak) + " REGISTER";
}

std::string
failed_text(const PointSummary& point)
{
    const auto* mean = mean_of(point, kFailed);
    return mean == nullptr ? std::string() : estimate_text(*mean) + " attempts fail";
}

// "at 0 s 700 attempts fail, the busiest second brings 900 REGISTER, and recovery to 99 % takes 30.0 s"
std::string
failures_at(const Curve& curve, const PointSummary& point)
{
    const std::string text =
        "at " + curve.at(point) + " " + failed_text(point) + ", " + offered_text(point);
    const std::string recovery = recovery_clause(point);
    return recovery.empty() ? text : text + ", and " + recovery;
}

bool
is_calm(const PointSummary* point)
{
    return failed(*point) == 0.0;
}

// The calm point next to the end at which more attempts fail; which others fail on its far side; the worst.
std::string
some_are_calm(const Curve& curve)
{
    const auto& points = curve.points;
    const bool smallest = failed(*points.front()) >= failed(*points.back());
    const auto first = std::ranges::find_if(points, is_calm);
    const auto last = std::ranges::find_if(points.rbegin(), points.rend(), is_calm).base() - 1;
    const auto chosen = smallest ? first : last;
    std::string again;
    for (const auto* point : smallest ? std::ranges::subrange(chosen, points.end())
                                      : std::ranges::subrange(points.begin(), chosen))
    {
        again += is_calm(point) ? "" : (again.empty() ? "" : ", ") + curve.at(*point);
    }
    const auto* peak = mean_of(**chosen, kPeak);
    std::string head = curve.prefix + "the " + (smallest ? "smallest " : "largest ") +
                       curve.axis().label + " swept at which no attempt fails is " +
                       curve.at(**chosen);
    head += peak == nullptr ? "" : " (busiest second " + estimate_text(*peak) + " REGISTER)";
    const auto worst =
        std::ranges::max_element(points, {}, [](const auto* p) { return failed(*p); });
    const std::string side = smallest ? "above" : "below";
    return joined({head,
                   recovery_clause(**chosen),
                   again.empty() ? again : side + " it attempts fail again at " + again,
                   failures_at(curve, **worst)});
}

} // namespace

Curve
curve_with_echo(const Summary& summary, const Group& group)
{
    Curve curve{.of = &summary,
                .prefix = group.label.empty() ? "" : "with " + group.label + ", ",
                .points = {}};
    for (const auto index : group.points)
    {
        const auto order = summary.points[index].series.find(kOrder);
        if (order != summary.points[index].series.end() &&
            order->second.all.band.mean.size() > kFewestRefreshes)
        {
            curve.points.push_back(&summary.points[index]);
        }
    }
    name_only_point(curve);
    return curve;
}

std::string
echo_sentence(const Curve& curve)
{
    std::vector<std::string> clauses;
    for (const auto* point : curve.points)
    {
        const bool first = clauses.empty();
        const auto* length = mean_of(*point, kEchoLength);
        const auto& order = point->series.at(kOrder).all.band.mean;
        const auto last = order.size() - 1;
        std::string clause = first ? curve.prefix : std::string();
        if (length != nullptr)
        {
            clause += (first ? "the order parameter" : "it") +
                      std::string{" first falls below 0.1 after "} +
                      refreshes(length->mean, estimate_text(*length)) + where(curve, *point, first);
        }
        else
        {
            clause += (first ? "the order parameter" : "it") + std::string{" is still "} +
                      number_text(order[last]) + " after " +
                      refreshes(static_cast<double>(last), std::to_string(last)) +
                      where(curve, *point, first);
        }
        clauses.push_back(clause);
    }
    return joined(clauses);
}

std::string
overload_sentence(const Curve& curve)
{
    if (!curve.swept() || curve.axis().numeric.empty())
    {
        return {};
    }
    const auto& points = curve.points;
    if (std::ranges::all_of(points, is_calm))
    {
        return joined({curve.prefix + "no attempt fails at any " + curve.axis().label + " swept " +
                       curve.span()});
    }
    if (std::ranges::none_of(points, is_calm))
    {
        return joined({curve.prefix + "attempts fail at every " + curve.axis().label + " swept",
                       failures_at(curve, *points.front()),
                       failures_at(curve, *points.back())});
    }
    return some_are_calm(curve);
}

} // namespace sipsim::analysis
