#include "analysis/finding.h"

#include "analysis/call_table.h"
#include "analysis/curve.h"
#include "analysis/finding_attack.h"
#include "analysis/finding_fleets.h"
#include "analysis/finding_nat.h"
#include "analysis/finding_policies.h"
#include "analysis/finding_servers.h"
#include "analysis/finding_share.h"
#include "analysis/finding_wave.h"
#include "analysis/offload.h"
#include "analysis/text.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

namespace sipsim::analysis
{
namespace
{

double
peak_mean(const PointSummary* point)
{
    return mean_of(*point, kPeak)->mean;
}

std::string
peak_text(const PointSummary& point)
{
    return estimate_text(*mean_of(point, kPeak));
}

bool
stays_under(const PointSummary& point, double capacity)
{
    const auto& e = Summary::find(point, kPeak)->estimate;
    const double upper = e.mean->interval ? e.mean->interval->high : e.mean->mean;
    return *e.max < capacity && upper < capacity;
}

// Of the points under the capacity, one that comes back sooner than `chosen`: said only if the
// difference, paired over common seeds, has an interval that leaves out 0.
std::string
quicker_clause(const Curve& curve,
               const PointSummary& chosen,
               const std::vector<const PointSummary*>& good)
{
    const auto* reference = Summary::find(chosen, kRecovery);
    if (reference == nullptr || !reference->estimate.mean)
    {
        return {};
    }
    const PointSummary* best = &chosen;
    for (const auto* point : good)
    {
        const auto* time = mean_of(*point, kRecovery);
        if (time != nullptr && time->mean < mean_of(*best, kRecovery)->mean)
        {
            best = point;
        }
    }
    if (best == &chosen)
    {
        return {};
    }
    const auto difference = paired_difference(Summary::find(*best, kRecovery)->by_seed,
                                              reference->by_seed,
                                              curve.of->confidence);
    if (!difference || !difference->interval || difference->interval->low <= 0.0)
    {
        return {};
    }
    return curve.at(*best) + " stays under it too and recovers " + duration_text(*difference) +
           " sooner (paired over " + std::to_string(difference->n) + " common seeds)";
}

std::string
some_stay_under(const Curve& curve,
                const std::vector<const PointSummary*>& good,
                const std::string& limit)
{
    const auto& points = curve.points;
    const bool numeric = !curve.axis().numeric.empty();
    const bool smallest = peak_mean(points.front()) >= peak_mean(points.back());
    const auto* chosen = smallest ? good.front() : good.back();
    if (!numeric)
    {
        chosen = *std::ranges::min_element(good, {}, peak_mean);
    }
    const auto position = std::ranges::find(points, chosen) - points.begin();
    std::string beside;
    std::string again;
    for (std::ptrdiff_t i = 0; numeric && i < std::ssize(points); ++i)
    {
        const auto& point = *points[static_cast<std::size_t>(i)];
        if (i == position + (smallest ? -1 : 1))
        {
            beside = "; at " + curve.at(point) + " it is " + peak_text(point);
        }
        else if ((smallest ? i > position : i < position) &&
                 std::ranges::find(good, &point) == good.end())
        {
            again += (again.empty() ? "" : ", ") + curve.at(point);
        }
    }
    const std::string which = numeric ? (smallest ? "the smallest " : "the largest ") : "the best ";
    const std::string head = curve.prefix + which + curve.axis().label +
                             " swept whose peak stays under " + limit + " is " + curve.at(*chosen) +
                             " (peak " + peak_text(*chosen) + beside + ")";
    return joined({head,
                   again.empty() ? "" : "beyond it the peak is too high again at " + again,
                   recovery_clause(*chosen),
                   quicker_clause(curve, *chosen, good)});
}

// "at 20 s, 60 s, recovery to 99 % takes ...; at 300 s, ...": once for all points that say the same.
std::string
recoveries(const Curve& curve)
{
    std::vector<std::pair<std::string, std::string>> told; // clause, values
    for (const auto* point : curve.points)
    {
        const auto clause = recovery_clause(*point);
        const auto at =
            std::ranges::find(told, clause, &std::pair<std::string, std::string>::first);
        if (at == told.end())
        {
            told.emplace_back(clause, curve.at(*point));
            continue;
        }
        at->second += ", " + curve.at(*point);
    }
    if (told.size() == 1)
    {
        return told.front().first.empty() ? std::string() : "at each, " + told.front().first;
    }
    const std::string where = curve.axis().numeric.empty() ? "for " : "at ";
    std::string text;
    for (const auto& [clause, values] : told)
    {
        text += clause.empty() ? "" : (text.empty() ? "" : "; ") + where + values + ", " + clause;
    }
    return text;
}

std::string
capacity_sentence(const Curve& curve, double capacity)
{
    const auto limit = setting_text(capacity) + " REGISTER/s";
    const auto& points = curve.points;
    if (!curve.swept())
    {
        const auto& only = *points.front();
        return joined({curve.prefix + "the peak is " + peak_text(only) + " REGISTER/s, " +
                           (stays_under(only, capacity) ? "under" : "not under") +
                           " the capacity of " + limit,
                       recovery_clause(only)});
    }
    std::vector<const PointSummary*> good;
    std::ranges::copy_if(points, std::back_inserter(good), [capacity](const auto* point) {
        return stays_under(*point, capacity);
    });
    if (good.empty())
    {
        const auto* lowest = *std::ranges::min_element(points, {}, peak_mean);
        return joined({curve.prefix + "no value of " + curve.axis().label + " swept " +
                           curve.span() + " keeps the peak under " + limit,
                       "the lowest peak is " + peak_text(*lowest) + " at " + curve.at(*lowest),
                       recovery_clause(*lowest)});
    }
    if (good.size() == points.size())
    {
        const auto* highest = *std::ranges::max_element(points, {}, peak_mean);
        const auto recovery = recovery_clause(*highest);
        if (std::ranges::all_of(points, [highest](const PointSummary* point) {
                return peak_mean(point) == peak_mean(highest);
            }))
        {
            return joined({curve.prefix + "every value of " + curve.axis().label + " swept " +
                               curve.span() + " keeps the peak under " + limit,
                           "it is " + peak_text(*highest) + " at each",
                           recoveries(curve)});
        }
        return joined({curve.prefix + "every value of " + curve.axis().label + " swept " +
                           curve.span() + " keeps the peak under " + limit,
                       "the highest peak is " + peak_text(*highest) + " at " + curve.at(*highest),
                       recovery.empty() ? recovery : "there, " + recovery,
                       quicker_clause(curve, *highest, good)});
    }
    return some_stay_under(curve, good, limit);
}

// "at 20 s recovery to 99 % takes 35.0 s [34.1, 35.9]"
std::string
recovery_at(const Curve& curve, const PointSummary& point)
{
    const auto clause = recovery_clause(point);
    const std::string where = curve.axis().numeric.empty() ? "for " : "at ";
    return clause.empty() ? clause : where + curve.at(point) + ", " + clause;
}

std::string
trade_clause(const Curve& curve, const PointSummary& lowest, const PointSummary& highest)
{
    const auto* slow = mean_of(lowest, kRecovery);
    const auto* quick = mean_of(highest, kRecovery);
    if (slow == nullptr || quick == nullptr || !slow->interval || !quick->interval)
    {
        return {};
    }
    if (slow->interval->low > quick->interval->high)
    {
        return "the lower peak is paid with a slower recovery";
    }
    if (slow->interval->high < quick->interval->low)
    {
        return curve.at(lowest) + " is better in both";
    }
    return {};
}

std::string
trade_sentence(const Curve& curve)
{
    const auto& points = curve.points;
    if (!curve.swept())
    {
        return joined({curve.prefix + "the peak is " + peak_text(*points.front()) + " REGISTER/s",
                       recovery_clause(*points.front())});
    }
    const auto& lowest = **std::ranges::min_element(points, {}, peak_mean);
    const auto& highest = **std::ranges::max_element(points, {}, peak_mean);
    if (peak_mean(&lowest) == peak_mean(&highest))
    {
        return joined({curve.prefix + "the peak is " + peak_text(lowest) +
                           " REGISTER/s whatever the " + curve.axis().label + " " + curve.span(),
                       recoveries(curve)});
    }
    const bool same =
        !recovery_clause(lowest).empty() && recovery_clause(lowest) == recovery_clause(highest);
    return joined({curve.prefix + "over " + curve.axis().label + " " + curve.span() +
                       " the peak lies between " + peak_text(lowest) + " (at " + curve.at(lowest) +
                       ") and " + peak_text(highest) + " REGISTER/s (at " + curve.at(highest) + ")",
                   same ? "at both, " + recovery_clause(lowest) : recovery_at(curve, highest),
                   same ? std::string() : recovery_at(curve, lowest),
                   trade_clause(curve, lowest, highest)});
}

std::string
rate_sentence(const Curve& curve)
{
    const auto calm_rate = [](const PointSummary* p) {
        const auto* rate = mean_of(*p, kSteady);
        return rate != nullptr ? rate->mean : 0.0;
    };
    const auto* lowest = *std::ranges::min_element(curve.points, {}, peak_mean);
    const auto* highest = *std::ranges::max_element(curve.points, {}, peak_mean);
    const bool spread = peak_mean(lowest) < peak_mean(highest);
    if (!spread)
    {
        highest = *std::ranges::min_element(curve.points, {}, calm_rate);
        lowest = *std::ranges::max_element(curve.points, {}, calm_rate);
    }
    const auto* steady = mean_of(*highest, kSteady);
    const auto* other = mean_of(*lowest, kSteady); // the sweep may change the steady rate too
    const bool two = steady != nullptr && other != nullptr &&
                     std::abs(other->mean - steady->mean) > 0.01 * steady->mean;
    std::string text = curve.prefix;
    const bool several = registrars_of(*curve.of).size() > 1;
    if (steady != nullptr)
    {
        text += several ? "all registrars together see " : "the registrar sees ";
        text += estimate_text(*steady);
        text += two ? " (" + curve.at(*highest) + ") or " + estimate_text(*other) + " (" +
                          curve.at(*lowest) + ")"
                    : std::string();
        text += " REGISTER/s";
        text += (highest->faults.empty() ? "" : " before the " + fault_word(*highest)) + ", and ";
    }
    text += "the busiest second brings " + peak_text(*highest);
    text += spread ? " (" + curve.axis().label + " " + curve.at(*highest) + ") down to " +
                         peak_text(*lowest) + " (" + curve.at(*lowest) + ")"
                   : " REGISTER/s";
    if (steady != nullptr && other != nullptr && steady->mean > 0.0 && other->mean > 0.0)
    {
        text += ", " + number_text(peak_mean(highest) / steady->mean);
        text += spread || two ? " to " + number_text(peak_mean(lowest) / other->mean) : "";
        text += " times the steady rate";
    }
    return joined({text});
}

// "0 [equal in all 3 runs] (On) to 152 [146, 158] (Off) of 1386 [1311, 1462] calls are offered ..."
std::string
calls_sentence(const Curve& curve)
{
    const auto stale = [](const PointSummary* p) { return mean_of(*p, kStaleCalls)->mean; };
    const auto text = [](const PointSummary& p) { return estimate_text(*mean_of(p, kStaleCalls)); };
    const auto& few = **std::ranges::min_element(curve.points, {}, stale);
    const auto& many = **std::ranges::max_element(curve.points, {}, stale);
    const auto* offered = mean_of(many, kCalls);
    if (offered == nullptr || offered->mean == 0.0)
    {
        return {};
    }
    const std::string of = " of " + estimate_text(*offered) + " calls ";
    if (stale(&many) == 0.0)
    {
        return joined({curve.prefix + "none" + of + "is offered to stale contacts only"});
    }
    const bool spread = curve.swept() && stale(&many) > 1.01 * stale(&few);
    return joined(
        {curve.prefix + text(few) +
         (spread ? " (" + curve.at(few) + ") to " + text(many) + " (" + curve.at(many) + ")"
                 : std::string()) +
         of + "are offered to stale contacts only"});
}

std::string
plural(std::size_t n, const std::string& noun)
{
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

// A sentence for each group; one for all where they would say the same.
void
add_curve_findings(const Summary& summary,
                   std::vector<Curve> curves,
                   const std::string& topic,
                   std::vector<Finding>& out,
                   const std::function<std::string(const Curve&)>& sentence)
{
    std::erase_if(curves, [](const Curve& curve) { return curve.points.empty(); });
    std::set<std::string> different;
    for (auto& curve : curves)
    {
        const auto prefix = std::exchange(curve.prefix, "");
        different.insert(sentence(curve));
        curve.prefix = prefix;
    }
    if (curves.size() > 1 && different.size() == 1)
    {
        const auto alike = curves.size();
        curves.resize(1, curves.front());
        curves.front().prefix = "in each of the " + std::to_string(alike) + " series" +
                                (alike < summary.groups.size() ? " that have one, " : ", ");
        for (std::size_t i = 0; i < summary.axes.size(); ++i)
        {
            if (i != summary.primary_axis && alike == summary.groups.size() &&
                summary.axes[i].values.size() == alike)
            {
                curves.front().prefix = "whatever the " + summary.axes[i].label + ", ";
            }
        }
    }
    for (const auto& curve : curves)
    {
        out.push_back({topic, sentence(curve)});
    }
}

void
add_group_findings(const Summary& summary,
                   const std::string& metric,
                   const std::string& topic,
                   std::vector<Finding>& out,
                   const std::function<std::string(const Curve&)>& sentence)
{
    std::vector<Curve> curves;
    for (const auto& group : summary.groups)
    {
        curves.push_back(curve_with(summary, group, metric));
    }
    add_curve_findings(summary, std::move(curves), topic, out, sentence);
}

void
add_echo_findings(const Summary& summary, std::vector<Finding>& out)
{
    std::vector<Curve> curves;
    for (const auto& group : summary.groups)
    {
        curves.push_back(curve_with_echo(summary, group));
    }
    add_curve_findings(summary, std::move(curves), "echo", out, echo_sentence);
}

void
add_table_findings(const Summary& summary, std::vector<Finding>& out)
{
    for (auto& sentence : summary.call_table ? call_table_sentences(*summary.call_table)
                                             : std::vector<std::string>{})
    {
        out.push_back({"traversal", std::move(sentence)});
    }
}

void
add_run_findings(const Summary& summary, std::vector<Finding>& out)
{
    if (summary.runs_failed > 0)
    {
        out.push_back({"runs",
                       std::to_string(summary.runs_failed) + " of " +
                           plural(summary.runs_ok + summary.runs_failed, "run") +
                           " failed or timed out and took no part in any number."});
    }
    if (summary.points.size() < summary.points_planned)
    {
        out.push_back({"runs",
                       std::to_string(summary.points_planned - summary.points.size()) + " of " +
                           plural(summary.points_planned, "point") +
                           " of the sweep have no finished run yet."});
    }
    const auto [fewest, most] = std::ranges::minmax(summary.points, {}, &PointSummary::runs_ok);
    if (most.runs_ok < 2)
    {
        out.push_back({"note", "One replication per point: no confidence intervals."});
        return;
    }
    const auto count = fewest.runs_ok == most.runs_ok
                           ? std::to_string(most.runs_ok)
                           : std::to_string(fewest.runs_ok) + " to " + std::to_string(most.runs_ok);
    out.push_back({"note",
                   "[low, high] and bands: " + setting_text(100.0 * summary.confidence) +
                       " % confidence interval of the mean over " + count +
                       " replications (Student's t, pointwise)."});
}

} // namespace

std::vector<Finding>
findings(const Summary& summary)
{
    std::vector<Finding> out;
    if (answered_by_table(summary))
    {
        add_table_findings(summary, out);
        add_run_findings(summary, out);
        return out;
    }
    for (auto& sentence : attack_sentences(summary))
    {
        out.push_back({"attack", std::move(sentence)});
    }
    if (answered_by_attack(summary))
    {
        add_run_findings(summary, out);
        return out;
    }
    add_group_findings(summary, kPeak, "capacity", out, [&summary](const Curve& curve) {
        return summary.capacity ? capacity_sentence(curve, *summary.capacity)
                                : trade_sentence(curve);
    });
    add_group_findings(summary, kPeak, "rate", out, rate_sentence);
    add_group_findings(summary, kShareMin, "share", out, share_sentence);
    add_group_findings(summary, kStaleCalls, "calls", out, calls_sentence);
    add_group_findings(summary, kQueuePeak, "overload", out, overload_sentence);
    add_echo_findings(summary, out);
    for (auto& sentence : nat_sentences(summary))
    {
        out.push_back({"nat", std::move(sentence)});
    }
    if (!blocking_is_told(summary))
    {
        add_group_findings(summary, kBlocked, "nat", out, blocked_sentence);
    }
    add_table_findings(summary, out);
    for (auto& sentence : offload_sentences(summary))
    {
        out.push_back({"offload", std::move(sentence)});
    }
    for (auto& sentence : fleet_sentences(summary))
    {
        out.push_back({"fleets", std::move(sentence)});
    }
    for (auto& sentence : server_sentences(summary))
    {
        out.push_back({"servers", std::move(sentence)});
    }
    out.push_back({"policies", policies_sentence(summary)});
    std::erase_if(out, [](const Finding& finding) { return finding.text.empty(); });
    add_run_findings(summary, out);
    if (summary.capacity)
    {
        out.push_back({"capacity-note",
                       "A peak stays under the capacity if it does in every replication and the "
                       "upper end of its interval does too."});
    }
    return out;
}

} // namespace sipsim::analysis
