#include "scenarios/runner/sweep.h"

#include "model/base/quantity.h"
#include "scenarios/runner/config_profile.h"
#include "scenarios/runner/config_schema.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/sweep_values.h"

#include <algorithm>
#include <set>

namespace sipsim::runner
{

namespace
{

constexpr std::string_view kOver = "over.";
constexpr std::string_view kAlong = "along.";
constexpr std::string_view kCases = "cases.";

// One axis as written: a list, or the parts of a table ("range", "step").
struct Written
{
    std::string path;
    Place place;
    const Value* list = nullptr;
    AxisParts parts;
};

std::vector<Written>
collect(const Section& sweep)
{
    std::vector<Written> axes;
    for (const Setting& setting : sweep.settings)
    {
        if (!setting.key.starts_with(kOver))
        {
            continue;
        }
        const std::size_t bar = setting.key.find('|');
        const std::string path = setting.key.substr(kOver.size(), bar - kOver.size());
        if (bar == std::string::npos)
        {
            axes.push_back({.path = path,
                            .place = setting.key_place,
                            .list = setting.table ? nullptr : &setting.value,
                            .parts = {}});
            continue;
        }
        if (axes.empty() || axes.back().path != path)
        {
            axes.push_back(
                {.path = path, .place = setting.value.place, .list = nullptr, .parts = {}});
        }
        axes.back().parts.emplace(setting.key.substr(bar + 1), setting.value);
    }
    return axes;
}

// nullopt, and a problem, where the writing makes no list of values.
std::optional<std::vector<Value>>
values_of(const Written& axis, Problems& problems)
{
    if (!axis.parts.empty())
    {
        return generate_values(axis.path, axis.place, axis.parts, problems);
    }
    const auto* list =
        axis.list == nullptr ? nullptr : std::get_if<std::vector<Value>>(&axis.list->data);
    if (list == nullptr || list->empty())
    {
        problems.add(axis.list == nullptr ? axis.place : axis.list->place,
                     axis.path +
                         ": must be a list of values such as [\"1s\", \"20s\"], or { linspace = "
                         "[first, last, count] }, { logspace = [first, last, count] } or { range = "
                         "[first, last], step = ... }");
        return std::nullopt;
    }
    return *list;
}

// What the values of an axis are of.
struct Meaning
{
    const KeySpec* spec = nullptr; // of ours
    std::string product;           // whose key it is; empty: nobody's, or that of several
    std::string key;
};

CanonicalValue
canonical(const Meaning& meaning, const Value& value)
{
    const auto duration = vendor_duration(meaning.product, meaning.key, value);
    return duration ? canonical_duration(*duration) : canonical_value(meaning.spec, value);
}

// A product that is swept itself may count in another unit at each point.
Meaning
meaning_of(const Document& document, const Target& target, const Section& sweep)
{
    const Section& section = document.sections[target.section];
    const bool one_product = std::ranges::none_of(sweep.settings, [](const Setting& setting) {
        return setting.key.ends_with(".profile");
    });
    return {.spec = find_key(section.kind, target.key),
            .product = one_product ? product_of(section) : std::string{},
            .key = target.key};
}

// Text, numbers and unit of the values; reports values that say the same.
SweepAxis
describe(const Written& written_axis,
         const Meaning& meaning,
         const std::vector<Value>& values,
         Problems& problems)
{
    SweepAxis axis{.parameter = written_axis.path,
                   .values = {},
                   .numeric = {},
                   .unit = {},
                   .line = written_axis.place.line};
    std::set<std::string> seen;
    std::set<Dimension> dimensions;
    for (const Value& value : values)
    {
        const CanonicalValue meant = canonical(meaning, value);
        axis.values.push_back(meant.text);
        if (!seen.insert(meant.text).second)
        {
            problems.add(value.place,
                         axis.parameter + " = " + written(value) + ": is on this axis already");
        }
        if (meant.quantity)
        {
            axis.numeric.push_back(meant.quantity->value);
            dimensions.insert(meant.quantity->dimension);
        }
    }
    if (axis.numeric.size() != values.size() || dimensions.size() != 1)
    {
        axis.numeric.clear();
    }
    else
    {
        axis.unit = si_unit(*dimensions.begin());
    }
    return axis;
}

bool
may_be_swept(const Document& document,
             const Written& axis,
             const Target& target,
             Problems& problems)
{
    const Section& section = document.sections[target.section];
    const KeySpec* spec = find_key(section.kind, target.key);
    if (spec != nullptr && spec->swept == Swept::kNo)
    {
        problems.add(axis.place,
                     axis.path + ": cannot be swept, it is the same for all runs of an experiment");
        return false;
    }
    const Setting* setting = section.find(target.key);
    if (setting != nullptr && !setting->value.place.option.empty())
    {
        problems.add(setting->value.place,
                     axis.path + " is swept (line " + std::to_string(axis.place.line) +
                         "): take its axis out of the file, or choose points by --only");
        return false;
    }
    return true;
}

bool
is_swept_already(const std::vector<PlannedAxis>& axes,
                 const Written& axis,
                 const Target& target,
                 Problems& problems)
{
    for (const PlannedAxis& other : axes)
    {
        for (const std::vector<Write>& writes : other.writes)
        {
            const auto twin = std::ranges::find(writes, target, &Write::target);
            if (twin != writes.end())
            {
                problems.add(axis.place,
                             axis.path + ": is the same parameter as " + twin->path + " in line " +
                                 std::to_string(twin->value.place.line));
                return true;
            }
        }
    }
    return false;
}

// "along.AXIS|PATH" is the list of what PATH is at each value of an axis of [sweep.over].
void
read_along(Document& document,
           const Section& sweep,
           std::vector<PlannedAxis>& axes,
           Problems& problems)
{
    for (const Setting& setting : sweep.settings)
    {
        if (!setting.key.starts_with(kAlong))
        {
            continue;
        }
        const std::size_t bar = setting.key.find('|');
        const std::string name = setting.key.substr(kAlong.size(), bar - kAlong.size());
        const auto of = resolve_path(document, name, setting.key_place, problems);
        const auto axis = std::ranges::find_if(axes, [&of](const PlannedAxis& candidate) {
            return of && candidate.writes.front().front().target == *of;
        });
        const auto* values = std::get_if<std::vector<Value>>(&setting.value.data);
        const std::string as_axis = std::string{kOver} + name;
        const bool faulty =
            axis == axes.end() && std::ranges::any_of(sweep.settings, [&](const Setting& other) {
                return other.key == as_axis || other.key.starts_with(as_axis + '|');
            });
        if (!of || faulty) // which has been told
        {
            continue;
        }
        if (axis == axes.end() || bar == std::string::npos)
        {
            problems.add(setting.key_place,
                         "[sweep.along.\"" + name + "\"]: " +
                             (axis == axes.end()
                                  ? "is no axis of [sweep.over]"
                                  : "must be a table of parameters and a list of values for each"));
            continue;
        }
        const Written path{.path = setting.key.substr(bar + 1),
                           .place = setting.key_place,
                           .parts = {}};
        if (values == nullptr || values->size() != axis->writes.size())
        {
            problems.add(setting.value.place,
                         path.path + ": must be a list of " + std::to_string(axis->writes.size()) +
                             " values, one for each of " + axis->axis.parameter);
            continue;
        }
        const auto target = resolve_path(document, path.path, path.place, problems);
        if (!target || !may_be_swept(document, path, *target, problems) ||
            is_swept_already(axes, path, *target, problems))
        {
            continue;
        }
        for (std::size_t i = 0; i < values->size(); ++i)
        {
            axis->writes[i].push_back(
                {.target = *target, .path = path.path, .value = (*values)[i]});
        }
    }
}

// "cases.NAME|PATH" sets PATH in the case NAME; "cases.NAME", an empty table, is a case that sets nothing.
std::optional<PlannedAxis>
read_cases(Document& document,
           const Section& sweep,
           const std::vector<PlannedAxis>& others,
           Problems& problems)
{
    PlannedAxis cases{
        .axis = {.parameter = std::string{kCaseAxis}, .values = {}, .numeric = {}, .unit = {}},
        .writes = {}};
    for (const Setting& setting : sweep.settings)
    {
        if (!setting.key.starts_with(kCases))
        {
            continue;
        }
        const std::size_t bar = setting.key.find('|');
        const std::string name = setting.key.substr(kCases.size(), bar - kCases.size());
        if (name.empty() || name.find_first_of(",=") != std::string::npos ||
            (bar == std::string::npos) != setting.table)
        {
            problems.add(
                setting.key_place,
                "a case is a table with a name without , and =, such as [sweep.cases.\"power "
                "loss\"], of parameters and their values");
            continue;
        }
        const auto known = std::ranges::find(cases.axis.values, name);
        const auto number = static_cast<std::size_t>(known - cases.axis.values.begin());
        if (known == cases.axis.values.end())
        {
            cases.axis.line = cases.axis.values.empty() ? setting.key_place.line : cases.axis.line;
            cases.axis.values.push_back(name);
            cases.writes.emplace_back();
        }
        if (setting.table)
        {
            continue;
        }
        const Written path{.path = setting.key.substr(bar + 1),
                           .place = setting.key_place,
                           .parts = {}};
        const auto target = resolve_path(document, path.path, path.place, problems);
        if (target && may_be_swept(document, path, *target, problems) &&
            !is_swept_already(others, path, *target, problems))
        {
            cases.writes[number].push_back(
                {.target = *target, .path = path.path, .value = setting.value});
        }
    }
    return cases.axis.values.empty() ? std::nullopt : std::optional{std::move(cases)};
}

} // namespace

bool
is_axis_key(std::string_view key)
{
    return key == "over" || key.starts_with(kOver) || key == "along" || key.starts_with(kAlong) ||
           key == "cases" || key.starts_with(kCases);
}

std::vector<PlannedAxis>
read_axes(Document& document, Problems& problems)
{
    const auto sweep = std::ranges::find(document.sections, "sweep", &Section::kind);
    if (sweep == document.sections.end())
    {
        return {};
    }
    const Section copy = *sweep; // resolving a path may add sections
    for (const Setting& setting : copy.settings)
    {
        if (!setting.table &&
            (setting.key == "over" || setting.key == "along" || setting.key == "cases"))
        {
            problems.add(setting.key_place,
                         setting.key + ": must be a table, such as [sweep." + setting.key + "]");
        }
    }
    std::vector<PlannedAxis> axes;
    for (const Written& axis : collect(copy))
    {
        const auto values = values_of(axis, problems);
        const auto target = resolve_path(document, axis.path, axis.place, problems);
        if (!target || !may_be_swept(document, axis, *target, problems) || !values ||
            is_swept_already(axes, axis, *target, problems))
        {
            continue;
        }
        const Meaning meaning = meaning_of(document, *target, copy);
        PlannedAxis planned{.axis = describe(axis, meaning, *values, problems), .writes = {}};
        for (const Value& value : *values)
        {
            planned.writes.push_back({{.target = *target, .path = axis.path, .value = value}});
        }
        axes.push_back(std::move(planned));
    }
    read_along(document, copy, axes, problems);
    if (auto cases = read_cases(document, copy, axes, problems))
    {
        const auto after = std::ranges::find_if(axes, [&](const PlannedAxis& axis) {
            return axis.axis.line > cases->axis.line;
        });
        axes.insert(after, std::move(*cases));
    }
    return axes;
}

std::vector<Point>
plan_points(const std::vector<PlannedAxis>& axes,
            std::uint32_t replications,
            std::uint64_t limit,
            const Place& place,
            Problems& problems)
{
    std::uint64_t runs = replications;
    std::uint64_t size = 1;
    for (const PlannedAxis& axis : axes)
    {
        size *= axis.writes.size();
        runs *= axis.writes.size();
        if (runs > limit)
        {
            problems.add(
                place,
                "plans more than " + std::to_string(limit) +
                    " runs (points x replications): sweep less, or raise limit in [sweep]");
            return {};
        }
    }
    if (runs > limit)
    {
        problems.add(place,
                     "plans " + std::to_string(runs) + " runs, more than " + std::to_string(limit) +
                         ": fewer replications, or raise limit in [sweep]");
        return {};
    }
    std::vector<Point> points(size);
    for (std::uint32_t i = 0; i < size; ++i)
    {
        points[i].index = i;
        std::uint64_t stride = size;
        for (const PlannedAxis& axis : axes)
        {
            stride /= axis.writes.size();
            const std::size_t choice = i / stride % axis.writes.size();
            points[i].parameters.emplace_back(axis.axis.parameter, axis.axis.values[choice]);
        }
    }
    return points;
}

void
apply_point(const std::vector<PlannedAxis>& axes, const Point& point, Document& document)
{
    std::uint64_t stride = 1;
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis)
    {
        const std::size_t choice = point.index / stride % axis->writes.size();
        for (const Write& write : axis->writes[choice])
        {
            write_over(document, write.target, write.path, write.value);
        }
        stride *= axis->writes.size();
    }
}

} // namespace sipsim::runner
