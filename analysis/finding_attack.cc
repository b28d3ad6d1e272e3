#include "analysis/finding_attack.h"

#include "analysis/curve.h"
#include "analysis/text.h"

#include <algorithm>
#include <map>

namespace sipsim::analysis
{
namespace
{

constexpr const char* kGuesses = "guesses_per_hour";
constexpr const char* kHonest = "honest_share";
constexpr const char* kFound = "passwords_found";

using Points = std::vector<const PointSummary*>;

// "17.7" or "17.6 to 119"
std::string
range_text(const Points& points, const char* metric, double scale)
{
    const auto mean = [metric](const PointSummary* point) {
        const auto* of = mean_of(*point, metric);
        return of == nullptr ? 0.0 : of->mean;
    };
    const auto [low, high] = std::ranges::minmax(points, {}, mean);
    const std::string least = number_text(scale * mean(low));
    const std::string most = number_text(scale * mean(high));
    return least == most ? least : least + " to " + most;
}

std::string
sentence(const Points& points, const std::string& head)
{
    std::vector<std::string> clauses{
        head + range_text(points, kGuesses, 1.0) +
        " passwords per hour and account attacked are done with, looked "
        "at or not"};
    if (mean_of(*points.front(), kHonest) != nullptr)
    {
        clauses.push_back(range_text(points, kHonest, 100.0) +
                          " % of honest devices are registered");
    }
    if (const std::string found = range_text(points, kFound, 1.0); found != "0")
    {
        clauses.push_back("passwords found: " + found);
    }
    return joined(clauses);
}

} // namespace

std::vector<std::string>
attack_sentences(const Summary& summary)
{
    const auto cases = std::ranges::find(summary.axes, "case", &Axis::param);
    const auto axis = static_cast<std::size_t>(cases - summary.axes.begin());
    std::map<std::size_t, Points> by_case;
    for (const PointSummary& point : summary.points)
    {
        if (mean_of(point, kGuesses) != nullptr)
        {
            by_case[axis < summary.axes.size() ? point.index[axis] : 0].push_back(&point);
        }
    }
    std::vector<std::string> out;
    for (const auto& [value, points] : by_case)
    {
        const bool named = axis < summary.axes.size() && summary.axes[axis].values.size() > 1;
        out.push_back(sentence(points,
                               named ? "in case \"" + summary.value_text(axis, value) + "\", "
                                     : std::string()));
    }
    return out;
}

bool
answered_by_attack(const Summary& summary)
{
    return !summary.capacity && std::ranges::all_of(summary.points, [](const PointSummary& point) {
        return point.faults.empty() && mean_of(point, kGuesses) != nullptr;
    });
}

} // namespace sipsim::analysis
