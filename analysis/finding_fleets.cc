#include "analysis/finding_fleets.h"

#include "analysis/text.h"

#include <algorithm>

namespace sipsim::analysis
{
namespace
{

const Band*
band_of(const PointSummary& point, const char* series)
{
    const auto found = point.series.find(series);
    return found == point.series.end() ? nullptr : &found->second.all.band;
}

// "168 s [157, 179]"
std::string
time_text(const Band& times, Eigen::Index fleet)
{
    std::string text = number_text(times.mean[fleet]) + " s";
    if (times.low.size() > fleet)
    {
        text += " [" + number_text(times.low[fleet]) + ", " + number_text(times.high[fleet]) + "]";
    }
    return text;
}

std::string
percent(double share)
{
    return number_text(100.0 * share) + " %";
}

// "With station.workers = 2, registration.retry_wait = 20 s, "; empty where nothing is swept.
std::string
setting_of(const Summary& summary, const PointSummary& point)
{
    std::string text;
    for (std::size_t axis = 0; axis < summary.axes.size(); ++axis)
    {
        text += (text.empty() ? "With " : ", ") + summary.axes[axis].label + " = " +
                summary.value_text(axis, point.index[axis]);
    }
    return text.empty() ? text : text + ", ";
}

std::string
sentence_of(const PointSummary& point, const std::vector<std::string>& names)
{
    const Band& times = *band_of(point, kFleetTime);
    const Band& reached = *band_of(point, kFleetReached);
    const Band& load = *band_of(point, kFleetLoad);
    const Band& end = *band_of(point, kFleetEnd);
    std::vector<Eigen::Index> back;
    std::string missing;
    const auto count = static_cast<Eigen::Index>(names.size());
    for (Eigen::Index fleet = 0; fleet < count; ++fleet)
    {
        if (reached.mean[fleet] >= 1.0)
        {
            back.push_back(fleet);
            continue;
        }
        missing += (missing.empty() ? "" : ", ") + names[static_cast<std::size_t>(fleet)] + " (" +
                   percent(end.mean[fleet]) + " at the end)";
    }
    std::ranges::sort(back, {}, [&](Eigen::Index fleet) { return times.mean[fleet]; });
    const auto name = [&](Eigen::Index fleet) { return names[static_cast<std::size_t>(fleet)]; };
    std::string text =
        std::to_string(back.size()) + " of " + std::to_string(count) + " fleets are back to 99 %";
    if (!back.empty())
    {
        text += ", first " + name(back.front()) + " after " + time_text(times, back.front()) +
                " and last " + name(back.back()) + " after " + time_text(times, back.back());
    }
    if (!missing.empty())
    {
        text += "; not in every run: " + missing;
    }
    Eigen::Index most = 0;
    load.mean.maxCoeff(&most);
    return text + "; " + name(most) + " sends " + percent(load.mean[most]) + " of the REGISTERs.";
}

} // namespace

std::vector<std::string>
fleet_sentences(const Summary& summary)
{
    std::vector<std::string> names;
    const auto listed = summary.experiment.report.find("fleets");
    if (listed != summary.experiment.report.end() && listed->is_array())
    {
        names = listed->get<std::vector<std::string>>();
    }
    std::vector<std::string> sentences;
    for (const PointSummary& point : summary.points)
    {
        const bool whole = std::ranges::all_of(
            std::initializer_list<const char*>{kFleetTime, kFleetReached, kFleetLoad, kFleetEnd},
            [&](const char* series) {
                const Band* band = band_of(point, series);
                return band != nullptr &&
                       band->mean.size() == static_cast<Eigen::Index>(names.size());
            });
        if (names.size() > 1 && whole)
        {
            sentences.push_back(setting_of(summary, point) + sentence_of(point, names));
        }
    }
    return sentences;
}

} // namespace sipsim::analysis
