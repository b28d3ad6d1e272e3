#include "analysis/comparison.h"
#include "scenarios/runner/comparison_report.h"
#include "scenarios/runner/store.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sipsim::runner
{

namespace
{

constexpr std::string_view kDatabase = "SQLite format 3";
constexpr std::string_view kStore = "results.sqlite";

/// A file that is there but neither a database nor the empty one that a killed run left.
bool
is_other_file(const std::filesystem::path& file)
{
    if (!std::filesystem::is_regular_file(file))
    {
        return false;
    }
    if (std::filesystem::file_size(file) == 0)
    {
        return file.filename() != kStore;
    }
    std::string begin(kDatabase.size(), '\0');
    std::ifstream(file).read(begin.data(), static_cast<std::streamsize>(begin.size()));
    return begin != kDatabase;
}

} // namespace

analysis::RunSet
read_run_set(const std::filesystem::path& path)
{
    try
    {
        if (analysis::is_baseline(path))
        {
            return analysis::read_baseline(path);
        }
        if (is_other_file(path))
        {
            throw StoreError(path.string() +
                             ": neither results nor a baseline: `sipsim run FILE -o DIR` makes the "
                             "one, `sipsim export DIR --format baseline` the other");
        }
        const auto store = Store::open_for_reading(path);
        auto set = analysis::read_store(path);
        set.content_hash = store.content_hash();
        return set;
    }
    catch (const analysis::ResultsError& e)
    {
        throw StoreError(e.what());
    }
}

namespace
{

/// Something of the one is in the other.
void
require_common(const ComparisonReport& report)
{
    const auto& c = report.comparison;
    if (c.metrics.empty())
    {
        throw StoreError(fmt::format(
            "{} and {}: nothing in common: {}: name results of one experiment's points",
            report.base.source,
            report.changed.source,
            c.points.empty() ? "no point has the same parameters" : "no metric at any point"));
    }
}

/// Pairs that a randomization test needs to find one difference in such a family.
std::size_t
pairs_needed(const analysis::Comparison& comparison)
{
    const double level =
        comparison.alpha / static_cast<double>(std::max<std::size_t>(comparison.family, 1));
    std::size_t pairs = 1;
    while (analysis::sign_flip_least_p(pairs) > level)
    {
        ++pairs;
    }
    return pairs;
}

/// "time_to_99 not reached, queue_peak and 3 more": each name once.
std::string
names_of(const std::vector<OpenQuestion>& questions)
{
    constexpr std::size_t kMost = 5;
    std::vector<std::string> names;
    for (const auto& question : questions)
    {
        if (auto name = question.name(); std::ranges::find(names, name) == names.end())
        {
            names.push_back(std::move(name));
        }
    }
    const std::size_t shown = std::min(names.size(), kMost);
    return fmt::format("{}{}",
                       fmt::join(std::span(names).first(shown), ", "),
                       names.size() > shown ? fmt::format(" and {} more", names.size() - shown)
                                            : "");
}

/// What is undecided, why, and the remedy.
std::string
undecided_text(const ComparisonReport& report, const std::vector<OpenQuestion>& questions)
{
    const auto& c = report.comparison;
    std::size_t runs = 0; // that are there
    for (const auto& question : questions)
    {
        const auto& point = c.points[question.metric->point];
        runs = std::max(runs, std::min(point.base_runs, point.changed_runs));
    }
    const std::size_t seeds = pairs_needed(c);
    const std::string remedy =
        seeds > runs
            ? fmt::format("{0} seeds are enough for any metric, and 3 for most: sipsim run FILE "
                          "--set replications.count={0} -o DIR adds what is missing",
                          seeds)
            : "more seeds, or a larger --alpha, may";
    const bool by_survivors = std::ranges::all_of(questions, [](const OpenQuestion& question) {
        return question.check->fewer_reach;
    });
    const std::string why =
        by_survivors ? "better by those that reach it, which are fewer"
                     : fmt::format("no test of so few runs can tell it from chance at a level of "
                                   "{:.3g} %",
                                   c.alpha * 100);
    return fmt::format("{} and {}: undecided: {}: {}: {}",
                       report.base.source,
                       report.changed.source,
                       names_of(questions),
                       why,
                       remedy);
}

bool
write_or_explain(const std::filesystem::path& file, const std::string& text)
{
    std::ofstream out(file);
    out << text;
    out.close();
    if (!out)
    {
        fmt::print(stderr, "{}: error: cannot write: {}\n", file.string(), std::strerror(errno));
    }
    return static_cast<bool>(out);
}

} // namespace

int
compare(const CompareArgs& args)
{
    const auto base = read_run_set(args.base);
    const auto changed = read_run_set(args.changed);
    const auto comparison =
        analysis::compare(base, changed, {.alpha = args.alpha, .least = args.least});
    const ComparisonReport report{base, changed, comparison, args.only_worse};
    require_common(report);
    if (base.experiment != changed.experiment)
    {
        fmt::print(stderr,
                   "warning: two experiments, {} and {}: compared as if they were one\n",
                   base.experiment,
                   changed.experiment);
    }
    if (args.junit && !write_or_explain(*args.junit, report.junit()))
    {
        return kUsage;
    }
    if (args.json)
    {
        fmt::print("{}\n", report.json().dump(2));
    }
    else
    {
        fmt::print("{}{}\n", report.table(args.all), report.finding());
    }
    if (const auto questions = report.open_questions(); !questions.empty())
    {
        fmt::print(stderr, "sipsim compare: {}\n", undecided_text(report, questions));
        return kUsage;
    }
    return report.failed() ? kRegression : kOk;
}

} // namespace sipsim::runner
