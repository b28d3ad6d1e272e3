#include "analysis/curve.h"

#include "analysis/text.h"

#include <algorithm>
#include <cctype>

namespace sipsim::analysis
{

bool
Curve::swept() const
{
    return of->primary_axis && points.size() > 1;
}

const Axis&
Curve::axis() const
{
    return of->axes[*of->primary_axis];
}

std::string
Curve::at(const PointSummary& point) const
{
    return of->primary_text(point);
}

std::string
Curve::span() const
{
    if (!axis().numeric.empty())
    {
        return "(" + at(*points.front()) + " to " + at(*points.back()) + ")";
    }
    std::string out;
    for (const auto* point : points)
    {
        out += (out.empty() ? "" : ", ") + at(*point);
    }
    return "(" + out + ")";
}

Curve
curve_with(const Summary& summary, const Group& group, const std::string& metric)
{
    Curve curve{.of = &summary,
                .prefix = group.label.empty() ? "" : "with " + group.label + ", ",
                .points = {}};
    for (const auto index : group.points)
    {
        if (mean_of(summary.points[index], metric) != nullptr)
        {
            curve.points.push_back(&summary.points[index]);
        }
    }
    name_only_point(curve);
    return curve;
}

void
name_only_point(Curve& curve)
{
    if (curve.of->primary_axis && curve.points.size() == 1)
    {
        curve.prefix += "at " + curve.axis().label + " " + curve.at(*curve.points.front()) + ", ";
    }
}

std::string
fault_word(const PointSummary& point)
{
    const auto& faults = point.faults;
    const bool several = std::ranges::any_of(faults, [&faults](const FaultWindow& fault) {
        return fault.start_s != faults.front().start_s || fault.end_s != faults.front().end_s;
    });
    return several ? "first fault" : "fault";
}

std::vector<std::string>
registrars_of(const Summary& summary)
{
    const auto listed = summary.experiment.report.find("registrars");
    return listed != summary.experiment.report.end() && listed->is_array()
               ? listed->get<std::vector<std::string>>()
               : std::vector<std::string>();
}

const MeanEstimate*
mean_of(const PointSummary& point, const std::string& name)
{
    const auto* metric = Summary::find(point, name);
    return metric != nullptr && metric->estimate.mean ? &*metric->estimate.mean : nullptr;
}

std::string
recovery_clause(const PointSummary& point)
{
    const auto* metric = Summary::find(point, kRecovery);
    if (metric == nullptr)
    {
        return {};
    }
    const auto& e = metric->estimate;
    if (e.mean)
    {
        if (e.max == 0.0)
        {
            const auto& faults = point.faults;
            const bool more = !faults.empty() && faults.back().start_s > faults.front().start_s;
            return "the registered share is still at 99 % or more when the " + fault_word(point) +
                   " ends, and stays there" + (more ? " until another begins" : "");
        }
        return "recovery to 99 % takes " + duration_text(*e.mean);
    }
    const auto total = std::to_string(e.reached + e.not_reached);
    if (e.reached == 0)
    {
        return "99 % is not reached before the run ends in any of the " + total + " runs";
    }
    return "99 % is not reached before the run ends in " + std::to_string(e.not_reached) + " of " +
           total + " runs (median " + (e.median ? duration_text(*e.median) : "not reached") + ")";
}

std::string
joined(std::vector<std::string> clauses)
{
    std::erase(clauses, std::string());
    std::string out;
    for (const auto& clause : clauses)
    {
        out += (out.empty() ? "" : "; ") + clause;
    }
    if (!out.empty())
    {
        out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
    }
    return out + ".";
}

} // namespace sipsim::analysis
