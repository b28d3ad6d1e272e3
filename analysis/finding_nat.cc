#include "analysis/finding_nat.h"

#include "analysis/nat_curves.h"
#include "analysis/text.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace sipsim::analysis
{
namespace
{

// Less than one call in a thousand is lost.
constexpr double kAll = 0.999;

// A point of one curve.
struct Place
{
    const NatCurve* curve;
    const PointSummary* point;
};

using ByInterval = std::map<double, std::vector<Place>>; // keepalive's interval, s

ByInterval
by_interval(const Summary& summary)
{
    ByInterval out;
    for (const auto& curve : summary.nat_curves)
    {
        for (const auto index : curve.points)
        {
            const auto& point = summary.points[index];
            out[keepalive_of(point)].push_back({.curve = &curve, .point = &point});
        }
    }
    return out;
}

bool
reached(const Place& place)
{
    return *Summary::find(*place.point, kReachability)->estimate.min >= kAll;
}

std::string
seconds(double value)
{
    return setting_text(value) + " s";
}

// " (50.0 keepalives/s at the server)"; with its interval only where runs differ, which is not the rule.
std::string
cost(const PointSummary& point, const std::string& unit)
{
    const auto* rate = mean_of(point, kKeepaliveRate);
    if (rate == nullptr)
    {
        return {};
    }
    const bool same = rate->interval && rate->interval->low == rate->interval->high;
    return " (" + (same ? number_text(rate->mean) : estimate_text(*rate)) + unit + ")";
}

// Of two places the smaller is the worse.
std::pair<double, double>
badness(const Place& place)
{
    return {place.curve->timeout_s, mean_of(*place.point, kReachability)->mean};
}

// "At 40 s (25.0) a NAT that forgets after 30 s lets in 75.1 % [74.9, 75.3] of calls where it preserves the
// port (closed form 75.0 %) and 1.16 % ...", of the shortest timeout that loses some; where devices refresh
// at several periods, of the one with the fewest calls.
std::string
loss_clause(double interval, const std::vector<Place>& places)
{
    const Place* worst = nullptr;
    for (const Place& place : places)
    {
        if (!reached(place) && (worst == nullptr || badness(place) < badness(*worst)))
        {
            worst = &place;
        }
    }
    const bool apart = std::ranges::any_of(places, [worst](const Place& place) {
        return place.curve->refresh_s != worst->curve->refresh_s;
    });
    std::string text = "at " + seconds(interval) + cost(*worst->point, "") +
                       (apart ? " and a REGISTER every " + seconds(worst->curve->refresh_s) : "") +
                       " a NAT that forgets after " + seconds(worst->curve->timeout_s) +
                       " lets in ";
    std::string join;
    for (const bool keeps : {true, false})
    {
        const auto at = std::ranges::find_if(places, [&](const Place& place) {
            return place.curve->timeout_s == worst->curve->timeout_s &&
                   place.curve->refresh_s == worst->curve->refresh_s &&
                   place.curve->keeps_port == keeps;
        });
        if (at == places.end())
        {
            continue;
        }
        text +=
            join + estimate_text(*mean_of(*at->point, kReachability), 100.0, "%") +
            (join.empty() ? " of calls" : "") +
            (keeps ? " where it preserves ports" : " where each new mapping takes a fresh port") +
            " (closed form " + number_text(100.0 * at->point->metric_laws.at(kReachability)) +
            " %)";
        join = " and ";
    }
    return text;
}

// "A keepalive every 20 s keeps every mapping of 30 s or more alive", and what the next longer one loses.
std::string
safe_sentence(const ByInterval& swept)
{
    const auto failing = std::ranges::find_if(swept, [](const auto& entry) {
        return !std::ranges::all_of(entry.second, reached);
    });
    std::string head;
    if (failing == swept.begin())
    {
        head = "no keepalive swept, from " + seconds(failing->first) + " on, reaches every device";
    }
    else
    {
        const auto& [interval, places] = *std::prev(failing);
        const auto& first = *std::ranges::min_element(places, {}, [](const Place& place) {
            return place.curve->timeout_s;
        });
        head = "a keepalive every " + seconds(interval) +
               cost(*first.point, " keepalives/s at the server") + " keeps every mapping of " +
               seconds(first.curve->timeout_s) + (places.size() > 1 ? " or more" : "") + " alive";
    }
    return joined(
        {head,
         failing == swept.end() ? std::string() : loss_clause(failing->first, failing->second)});
}

// "20 s (50.0 keepalives/s) for a timeout of 30 s, 40 s (25.0) for 60 s"
std::string
longest_sentence(const Summary& summary)
{
    std::map<double, double> longest; // interval by timeout, both in s; 0: none
    std::map<double, const PointSummary*> there;
    for (const auto& curve : summary.nat_curves)
    {
        double last = 0.0;
        for (const auto index : curve.points)
        {
            const auto& point = summary.points[index];
            if (!reached({.curve = &curve, .point = &point}))
            {
                break;
            }
            last = keepalive_of(point);
            there.emplace(last, &point);
        }
        const auto [at, fresh] = longest.emplace(curve.timeout_s, last);
        at->second = std::min(at->second, last);
    }
    if (longest.size() < 2)
    {
        return {};
    }
    std::string text;
    for (const auto& [timeout, interval] : longest)
    {
        text += text.empty() ? "The longest keepalive swept that reaches every device is " : ", ";
        text += interval > 0.0
                    ? seconds(interval) +
                          cost(*there.at(interval), text.ends_with("is ") ? " keepalives/s" : "")
                    : std::string("none");
        text += (timeout == longest.begin()->first ? " where mappings live " : " where ") +
                seconds(timeout);
    }
    return text + ".";
}

bool
blocks(const PointSummary* point)
{
    const auto* metric = Summary::find(*point, kBlocked);
    return metric != nullptr && metric->estimate.max.value_or(0.0) > 0.0;
}

// "3537 [2787, 4287] of 3584 [2789, 4378] calls, which leaves 1.30 % [0.34, 2.25] reached"
std::string
blocked_text(const PointSummary& point)
{
    const auto* offered = mean_of(point, kCalls);
    const auto* reach = mean_of(point, kReachability);
    std::string text = estimate_text(*mean_of(point, kBlocked));
    text += offered == nullptr ? " calls" : " of " + estimate_text(*offered) + " calls";
    return reach == nullptr
               ? text
               : text + ", which leaves " + estimate_text(*reach, 100.0, "%") + " reached";
}

double
blocked_count(const PointSummary* point)
{
    return mean_of(*point, kBlocked)->mean;
}

// Along a numeric axis the first point that blocks, the one after the largest step, and the one that blocks
// most; else the least and the most.
std::string
blocking_points(const Curve& curve, const std::vector<const PointSummary*>& blocking)
{
    const bool numeric = !curve.axis().numeric.empty();
    std::vector<const PointSummary*> told{
        numeric ? blocking.front() : *std::ranges::min_element(blocking, {}, blocked_count)};
    const PointSummary* after = told.front();
    double largest = 0.0;
    for (std::size_t i = 1; numeric && i < curve.points.size(); ++i)
    {
        const double step = blocked_count(curve.points[i]) - blocked_count(curve.points[i - 1]);
        after = step > largest ? curve.points[i] : after;
        largest = std::max(largest, step);
    }
    for (const auto* point : {after, *std::ranges::max_element(blocking, {}, blocked_count)})
    {
        if (std::ranges::find(told, point) == told.end())
        {
            told.push_back(point);
        }
    }
    std::string text;
    for (const auto* point : told)
    {
        text += (text.empty() ? "" : "; ") + std::string(numeric ? "at " : "for ") +
                curve.at(*point) + " " + blocked_text(*point);
    }
    return text;
}

} // namespace

bool
blocking_is_told(const Summary& summary)
{
    const ByInterval swept = by_interval(summary);
    const bool loss = std::ranges::any_of(swept, [](const auto& entry) {
        return !std::ranges::all_of(entry.second, reached);
    });
    return swept.size() > 1 && loss &&
           std::ranges::all_of(summary.points, [](const PointSummary& point) {
               return !blocks(&point) || point.metric_laws.contains(kReachability);
           });
}

std::string
blocked_sentence(const Curve& curve)
{
    std::vector<const PointSummary*> blocking;
    std::ranges::copy_if(curve.points, std::back_inserter(blocking), blocks);
    if (blocking.empty())
    {
        return {};
    }
    if (!curve.swept())
    {
        return joined({curve.prefix + "NATs block " + blocked_text(*blocking.front())});
    }
    const auto& first = *curve.points.front();
    if (std::ranges::all_of(curve.points, [&first](const PointSummary* point) {
            return blocked_text(*point) == blocked_text(first);
        }))
    {
        return joined({curve.prefix + "NATs block " + blocked_text(first) + ", whatever the " +
                       curve.axis().label + " " + curve.span()});
    }
    std::string none;
    for (const auto* point : curve.points)
    {
        none += blocks(point) ? "" : (none.empty() ? "" : ", ") + curve.at(*point);
    }
    const bool numeric = !curve.axis().numeric.empty();
    const std::string free = none.empty() ? "calls at every " + curve.axis().label + " swept"
                                          : std::string("no call ") + (numeric ? "at " : "for ") +
                                                curve.axis().label + " " + none;
    return joined({curve.prefix + "NATs block " + free, blocking_points(curve, blocking)});
}

std::vector<std::string>
nat_sentences(const Summary& summary)
{
    const ByInterval swept = by_interval(summary);
    if (swept.size() < 2)
    {
        return {};
    }
    std::vector<std::string> out{safe_sentence(swept), longest_sentence(summary)};
    std::erase(out, std::string());
    return out;
}

} // namespace sipsim::analysis
