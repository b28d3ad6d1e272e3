#include "analysis/finding_servers.h"

#include "analysis/curve.h"
#include "analysis/text.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace sipsim::analysis
{
namespace
{

// "preference = none, ttl = 60 s"; empty where nothing is swept.
std::string
setting_of(const Summary& summary, const PointSummary& point)
{
    std::string text;
    for (std::size_t axis = 0; axis < summary.axes.size(); ++axis)
    {
        text += (text.empty() ? "" : ", ") + summary.axes[axis].label + " = " +
                summary.value_text(axis, point.index[axis]);
    }
    return text;
}

std::string
with_setting(const Summary& summary, const PointSummary& point)
{
    const std::string setting = setting_of(summary, point);
    return setting.empty() ? setting : " (" + setting + ")";
}

const Eigen::VectorXd*
shares_of(const PointSummary& point, const char* series, std::size_t registrars)
{
    const auto found = point.series.find(series);
    if (found == point.series.end() ||
        found->second.all.band.mean.size() != static_cast<Eigen::Index>(registrars))
    {
        return nullptr;
    }
    return &found->second.all.band.mean;
}

std::string
percent(double share)
{
    return number_text(100.0 * share) + " %";
}

// Of each point the registrar whose share has changed most; the point of the largest change is named.
std::string
load_sentence(const Summary& summary, const std::vector<std::string>& names)
{
    std::size_t back = 0;
    std::size_t all = 0;
    double most = 0.0;
    std::string text;
    for (const PointSummary& point : summary.points)
    {
        const auto* before = shares_of(point, kServersBefore, names.size());
        const auto* after = shares_of(point, kServersAfter, names.size());
        if (before == nullptr || after == nullptr)
        {
            continue;
        }
        Eigen::Index registrar = 0;
        const double change = (*after - *before).cwiseAbs().maxCoeff(&registrar);
        ++all;
        back += change <= kShareBack ? 1 : 0;
        if (change > kShareBack && change > most)
        {
            most = change;
            text = "; furthest from it is " + names[static_cast<std::size_t>(registrar)] + ", " +
                   percent((*before)[registrar]) + " before and " + percent((*after)[registrar]) +
                   " after" + with_setting(summary, point);
        }
    }
    if (all == 0)
    {
        return {};
    }
    return "The load is back where it was, every registrar within " +
           setting_text(100.0 * kShareBack) + " points of its share, at " + std::to_string(back) +
           " of " + std::to_string(all) + " points" + text + ".";
}

// " (preference = none)" of the only point; ", whatever the preference and ttl" of all alike.
std::string
of_all(const Summary& summary, const PointSummary& point)
{
    std::string keys;
    for (const Axis& axis : summary.axes)
    {
        if (axis.values.size() > 1)
        {
            keys += (keys.empty() ? "" : " and ") + axis.label;
        }
    }
    return summary.points.size() < 2 || keys.empty() ? with_setting(summary, point)
                                                     : ", whatever the " + keys;
}

using Word = std::function<std::string(const MeanEstimate&)>;

// "Unregistered time: least 1.2 h [..] (a = 1), most 3 h [..] (a = 2)."
std::string
ends_sentence(const Summary& summary, const char* metric, const std::string& head, const Word& word)
{
    const PointSummary* least = nullptr;
    const PointSummary* most = nullptr;
    const auto mean = [metric](const PointSummary& point) {
        return Summary::find(point, metric)->estimate.mean->mean;
    };
    for (const PointSummary& point : summary.points)
    {
        const MetricSummary* found = Summary::find(point, metric);
        if (found == nullptr || !found->estimate.mean)
        {
            continue;
        }
        least = least == nullptr || mean(point) < mean(*least) ? &point : least;
        most = most == nullptr || mean(point) > mean(*most) ? &point : most;
    }
    if (least == nullptr)
    {
        return {};
    }
    const auto told = [&](const PointSummary& point) {
        return word(*Summary::find(point, metric)->estimate.mean) + with_setting(summary, point);
    };
    const auto known = std::ranges::count_if(summary.points, [metric](const PointSummary& point) {
        const MetricSummary* found = Summary::find(point, metric);
        return found != nullptr && found->estimate.mean.has_value();
    });
    if (least == most && known > 1)
    {
        return head + ": " + word(*Summary::find(*most, metric)->estimate.mean) +
               of_all(summary, *most) + ".";
    }
    return least == most ? head + ": " + told(*most) + "."
                         : head + ": least " + told(*least) + ", most " + told(*most) + ".";
}

} // namespace

std::vector<std::string>
server_sentences(const Summary& summary)
{
    const bool any = std::ranges::any_of(summary.points, [](const PointSummary& point) {
        return Summary::find(point, kQueryRate) != nullptr;
    });
    if (!any)
    {
        return {};
    }
    const auto names = registrars_of(summary);
    std::vector<std::string> sentences;
    if (names.size() > 1)
    {
        sentences.push_back(load_sentence(summary, names));
    }
    sentences.push_back(ends_sentence(
        summary,
        kUnregistered,
        "Not registered, account-hours",
        [](const MeanEstimate& estimate) { return estimate_text(estimate, 1.0 / 3600.0); }));
    const Word rate = [](const MeanEstimate& estimate) {
        return estimate_text(estimate, 1.0, "/s");
    };
    sentences.push_back(ends_sentence(summary, kQueryRate, "DNS queries", rate));
    if (names.size() > 1)
    {
        sentences.push_back(ends_sentence(summary,
                                          kBackupPeak,
                                          "Peak of REGISTERs at the registrars but the first",
                                          rate));
    }
    std::erase(sentences, std::string{});
    return sentences;
}

} // namespace sipsim::analysis
