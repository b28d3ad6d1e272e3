#include "scenarios/runner/only.h"

#include "model/base/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace sipsim::runner
{

namespace
{

/// The swept parameter called `name`, by its path or the path's end; nullptr if not exactly one is.
const SweepAxis*
find_axis(const Experiment& experiment, const std::string& name)
{
    const SweepAxis* found = nullptr;
    for (const auto& axis : experiment.axes)
    {
        if (axis.parameter == name || axis.parameter.ends_with("." + name))
        {
            if (found != nullptr)
            {
                return nullptr;
            }
            found = &axis;
        }
    }
    return found;
}

/// What the parameter `name` can be; empty: there is none of that name.
std::vector<std::string>
values_of(const Experiment& experiment, const std::string& name)
{
    if (const SweepAxis* axis = find_axis(experiment, name))
    {
        return axis->values;
    }
    std::vector<std::string> seeds;
    for (std::uint32_t r = 0; name == "seed" && r < experiment.replications; ++r)
    {
        seeds.push_back(std::to_string(experiment.replication_seed(r)));
    }
    return seeds;
}

/// Where the clause that begins at `begin` ends: at a comma, but a value may have commas of its own
/// ("at=Denver, Chicago"): behind the longest one that the text has there.
std::size_t
end_of_clause(const std::string& only, std::size_t begin, const Experiment& experiment)
{
    std::size_t end = std::min(only.find(',', begin), only.size());
    const std::size_t equals = only.find('=', begin);
    if (equals == std::string::npos)
    {
        return end;
    }
    for (const auto& value : values_of(experiment, only.substr(begin, equals - begin)))
    {
        const std::size_t after = equals + 1 + value.size();
        if (only.compare(equals + 1, value.size(), value) == 0 &&
            (after == only.size() || only[after] == ','))
        {
            end = std::max(end, after);
        }
    }
    return end;
}

/// One "PARAM=VALUE" of --only; nullopt, and a line on stderr, if it chooses nothing or its parameter is
/// among those `given` before it.
std::optional<RunFilter>
clause_or_explain(const std::string& clause,
                  const Experiment& experiment,
                  std::set<std::string>& given)
{
    const auto equals = std::min(clause.find('='), clause.size());
    const std::string name = clause.substr(0, equals);
    const std::string value = clause.substr(std::min(equals + 1, clause.size()));
    const std::vector<std::string> values = values_of(experiment, name);
    RunFilter filter;
    const SweepAxis* axis = find_axis(experiment, name);
    if (axis != nullptr)
    {
        filter = [wanted = std::pair{axis->parameter, value}](const Point& point, std::uint64_t) {
            return std::ranges::find(point.parameters, wanted) != point.parameters.end();
        };
    }
    else if (name == "seed")
    {
        filter = [value](const Point&, std::uint64_t seed) {
            return std::to_string(seed) == value;
        };
    }
    else
    {
        std::vector<std::string> names{"seed"};
        std::ranges::transform(experiment.axes, std::back_inserter(names), &SweepAxis::parameter);
        fmt::print(stderr,
                   "sipsim: error: --only {}: must be PARAM=VALUE with one of {}{}\n",
                   clause,
                   fmt::join(names, ", "),
                   did_you_mean(name, names));
        return std::nullopt;
    }
    if (std::ranges::find(values, value) == values.end())
    {
        fmt::print(stderr,
                   "sipsim: error: --only {}: {} takes the values {}\n",
                   clause,
                   name,
                   fmt::join(values, ", "));
        return std::nullopt;
    }
    if (!given.insert(axis != nullptr ? axis->parameter : name).second)
    {
        fmt::print(stderr,
                   "sipsim: error: --only {}: {} is given twice, and no run has two values of it: "
                   "run once for each, with the same -o\n",
                   clause,
                   name);
        return std::nullopt;
    }
    return filter;
}

} // namespace

std::optional<RunFilter>
filter_or_explain(const std::string& only, const Experiment& experiment)
{
    std::vector<RunFilter> clauses;
    std::set<std::string> given;
    std::size_t begin = 0;
    do // once for an empty text: it chooses nothing, which is an error
    {
        const std::size_t end = end_of_clause(only, begin, experiment);
        const auto clause = clause_or_explain(only.substr(begin, end - begin), experiment, given);
        if (!clause)
        {
            return std::nullopt;
        }
        clauses.push_back(*clause);
        begin = end + 1;
    } while (begin <= only.size());
    return [clauses](const Point& point, std::uint64_t seed) {
        return std::ranges::all_of(clauses, [&](const RunFilter& f) { return f(point, seed); });
    };
}

} // namespace sipsim::runner
