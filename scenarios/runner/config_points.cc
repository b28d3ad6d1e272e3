#include "scenarios/runner/config_points.h"

#include <algorithm>
#include <set>

namespace sipsim::runner
{

namespace
{

/// `"a"`, `"a" or "b"`, `"a", "b" or 7 more`.
std::string
listed(const std::set<std::size_t>& choices, const std::vector<std::string>& values)
{
    constexpr std::size_t kShown = 3;
    std::vector<std::string> words;
    for (const std::size_t choice : choices)
    {
        if (words.size() + 1 == kShown && choices.size() > kShown)
        {
            words.push_back(std::to_string(choices.size() - words.size()) + " more");
            break;
        }
        words.push_back('"' + values[choice] + '"');
    }
    std::string text = words.front();
    for (std::size_t i = 1; i < words.size(); ++i)
    {
        text += (i + 1 == words.size() ? " or " : ", ") + words[i];
    }
    return text;
}

} // namespace

void
PointFindings::add(const Point& point, const Findings& findings)
{
    points_.push_back(point.index);
    note(findings.errors, errors_);
    note(findings.warnings, warnings_);
    note(findings.idle, idle_);
}

void
PointFindings::note(const Problems& problems, List& list) const
{
    for (const Problem& problem : problems.sorted())
    {
        const Key key{problem.line, problem.column, problem.message};
        const auto [place, first] = list.index.try_emplace(key, list.found.size());
        if (first)
        {
            list.found.push_back({.key = key, .points = {}});
        }
        list.found[place->second].points.push_back(points_.size() - 1);
    }
}

bool
PointFindings::enough() const
{
    constexpr std::size_t kEnough = 100;
    return errors_.found.size() > kEnough;
}

void
PointFindings::tell(Problems& errors, Problems& warnings) const
{
    tell(errors_, errors);
    tell(warnings_, warnings);
    for (const Found& found : idle_.found)
    {
        if (found.points.size() == points_.size())
        {
            const auto& [line, column, message] = found.key;
            warnings.add({.line = line, .column = column, .option = {}}, message);
        }
    }
}

void
PointFindings::tell(const List& list, Problems& problems) const
{
    for (const Found& found : list.found)
    {
        const auto& [line, column, message] = found.key;
        const std::string at = where(found); // "; where ..."
        const bool asks = !at.empty() && message.ends_with('?');
        problems.add({.line = line, .column = column, .option = {}},
                     message + (asks ? " (" + at.substr(2) + ')' : at));
    }
}

std::size_t
PointFindings::choice(std::size_t point, std::size_t axis) const
{
    std::size_t stride = 1;
    for (std::size_t later = axis + 1; later < axes_.size(); ++later)
    {
        stride *= axes_[later].writes.size();
    }
    return points_[point] / stride % axes_[axis].writes.size();
}

// It is told at a value of the axis, or names the parameter.
bool
PointFindings::stands_at(const Found& found, std::size_t axis) const
{
    const auto& [line, column, message] = found.key;
    return std::ranges::any_of(found.points, [&, at = std::pair{line, column}](std::size_t point) {
        const auto& writes = axes_[axis].writes[choice(point, axis)];
        return std::ranges::any_of(writes, [&](const Write& write) {
            return std::pair{write.value.place.line, write.value.place.column} == at ||
                   std::get<std::string>(found.key).starts_with(write.path);
        });
    });
}

std::string
PointFindings::where(const Found& found) const
{
    if (found.points.size() == points_.size())
    {
        return {};
    }
    std::string text;
    bool told = false;
    std::size_t named = 1; // points that the text is about
    for (std::size_t axis = 0; axis < axes_.size(); ++axis)
    {
        std::set<std::size_t> all;
        std::set<std::size_t> wrong;
        for (std::size_t point = 0; point < points_.size(); ++point)
        {
            all.insert(choice(point, axis));
        }
        for (const std::size_t point : found.points)
        {
            wrong.insert(choice(point, axis));
        }
        named *= wrong.size();
        if (stands_at(found, axis))
        {
            told = true;
        }
        else if (wrong.size() < all.size())
        {
            text += (text.empty() ? "; where " : " and ") + axes_[axis].axis.parameter + " is " +
                    listed(wrong, axes_[axis].axis.values);
        }
    }
    if (told || (!text.empty() && named == found.points.size()))
    {
        return text;
    }
    // It takes certain values together: one example.
    text.clear();
    for (std::size_t axis = 0; axis < axes_.size(); ++axis)
    {
        text += (text.empty() ? "; such as where " : " and ") + axes_[axis].axis.parameter +
                " is \"" + axes_[axis].axis.values[choice(found.points.front(), axis)] + '"';
    }
    return text;
}

} // namespace sipsim::runner
