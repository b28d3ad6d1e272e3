#include "scenarios/runner/estimate.h"
#include "scenarios/runner/executor.h"
#include "scenarios/runner/store.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace sipsim::runner
{

std::optional<std::string>
read_or_explain(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in)
    {
        fmt::print(stderr, "{}: error: cannot read the file\n", file.string());
        return std::nullopt;
    }
    return text;
}

std::optional<std::vector<Override>>
overrides_or_explain(const std::vector<std::string>& sets)
{
    std::vector<Override> overrides;
    for (const auto& set : sets)
    {
        const auto equals = set.find('=');
        if (equals == std::string::npos || equals == 0)
        {
            fmt::print(stderr, "sipsim: error: --set {}: must be KEY=VALUE\n", set);
            return std::nullopt;
        }
        overrides.emplace_back(set.substr(0, equals), set.substr(equals + 1));
    }
    return overrides;
}

std::optional<Experiment>
load_or_explain(const ExperimentArgs& args)
{
    const auto overrides = overrides_or_explain(args.sets);
    if (!overrides)
    {
        return std::nullopt;
    }
    auto loaded = load(args.file, *overrides, args.seed);
    if (const auto* problems = std::get_if<std::vector<Problem>>(&loaded))
    {
        fmt::print(stderr, "{}", format(args.file, *problems));
        return std::nullopt;
    }
    auto experiment = std::get<Experiment>(std::move(loaded));
    fmt::print(stderr, "{}", format(args.file, experiment.warnings, "warning"));
    return experiment;
}

int
check(const CheckArgs& args)
{
    int code = kOk;
    for (const auto& file : args.files)
    {
        const auto experiment = load_or_explain({.file = file, .sets = args.sets, .seed = {}});
        if (!experiment)
        {
            code = kUsage;
            continue;
        }
        fmt::print("{}: ok: {} points x {} replications\n",
                   file.string(),
                   experiment->points.size(),
                   experiment->replications);
    }
    return code;
}

namespace
{

std::string
describe(const Point& point)
{
    std::string text;
    for (const auto& [name, value] : point.parameters)
    {
        text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, value);
    }
    return text.empty() ? "(nothing swept)" : text;
}

nlohmann::json
plan_json(const Experiment& experiment, const Estimate& estimate)
{
    auto points = nlohmann::json::array();
    for (const auto& point : experiment.points)
    {
        auto parameters = nlohmann::json::object();
        for (const auto& [name, value] : point.parameters)
        {
            parameters[name] = value;
        }
        points.push_back(parameters);
    }
    auto seeds = nlohmann::json::array();
    for (std::uint32_t r = 0; r < experiment.replications; ++r)
    {
        seeds.push_back(experiment.replication_seed(r));
    }
    return {{"name", experiment.name},
            {"points", points},
            {"replications", experiment.replications},
            {"seeds", seeds},
            {"runs", experiment.points.size() * experiment.replications},
            {"estimated_cpu_s", estimate.cpu_s},
            {"estimated_disk_bytes", estimate.disk_bytes}};
}

} // namespace

int
plan(const PlanArgs& args)
{
    const auto experiment = load_or_explain(args.experiment);
    if (!experiment)
    {
        return kUsage;
    }
    const Estimate estimate = runner::estimate(*experiment);
    if (args.json)
    {
        fmt::print("{}\n", plan_json(*experiment, estimate).dump(2));
        return kOk;
    }
    for (const auto& point : experiment->points)
    {
        fmt::print("point {:>3}  {}\n", point.index, describe(point));
    }
    fmt::print("{} points x {} replications = {} runs, about {:.0f} s of one core, {:.1f} MB\n",
               experiment->points.size(),
               experiment->replications,
               experiment->points.size() * experiment->replications,
               estimate.cpu_s,
               estimate.disk_bytes / 1e6);
    return kOk;
}

namespace
{

/// "retry_wait=20s,bindings=kept" as a predicate; a parameter is named by its path or its end.
std::optional<std::function<bool(const Point&)>>
filter_or_explain(const std::string& only, const Experiment& experiment)
{
    std::vector<std::pair<std::string, std::string>> wanted; // full parameter, value
    std::stringstream clauses(only);
    for (std::string clause; std::getline(clauses, clause, ',');)
    {
        const auto equals = clause.find('=');
        const std::string name = clause.substr(0, equals);
        std::vector<const SweepAxis*> named;
        for (const auto& axis : experiment.axes)
        {
            if (axis.parameter == name || axis.parameter.ends_with("." + name))
            {
                named.push_back(&axis);
            }
        }
        if (equals == std::string::npos || named.size() != 1)
        {
            fmt::print(stderr,
                       "sipsim: error: --only {}: must be PARAM=VALUE with a swept parameter\n",
                       clause);
            return std::nullopt;
        }
        const std::string value = clause.substr(equals + 1);
        const auto& values = named.front()->values;
        if (std::ranges::find(values, value) == values.end())
        {
            fmt::print(stderr,
                       "sipsim: error: --only {}: {} takes the values {}\n",
                       clause,
                       named.front()->parameter,
                       fmt::join(values, ", "));
            return std::nullopt;
        }
        wanted.emplace_back(named.front()->parameter, value);
    }
    return [wanted](const Point& point) {
        return std::ranges::all_of(wanted, [&](const auto& w) {
            return std::ranges::find(point.parameters, w) != point.parameters.end();
        });
    };
}

void
print_progress(const Progress& progress, bool terminal)
{
    const std::string failed =
        progress.failed > 0 ? fmt::format(", {} failed", progress.failed) : "";
    const std::string left =
        progress.left_s ? fmt::format(", about {:.0f} s left", *progress.left_s) : "";
    const std::string line = fmt::format("{}/{} runs{}{}",
                                         progress.done + progress.failed,
                                         progress.total,
                                         failed,
                                         left);
    fmt::print(stderr, "{}{}{}", terminal ? "\r\033[K" : "", line, terminal ? "" : "\n");
    std::fflush(stderr);
}

} // namespace

int
run(const RunArgs& args, const std::atomic<int>& interrupts)
{
    const auto experiment = load_or_explain(args.experiment);
    if (!experiment)
    {
        return kUsage;
    }
    ExecutorOptions options;
    options.directory = args.output.value_or(std::filesystem::path("results") / experiment->name);
    options.workers =
        args.workers > 0 ? args.workers : std::max(1U, std::thread::hardware_concurrency());
    options.interrupts = &interrupts;
    if (!args.only.empty())
    {
        const auto only = filter_or_explain(args.only, *experiment);
        if (!only)
        {
            return kUsage;
        }
        options.only = *only;
    }
    const bool terminal = ::isatty(STDERR_FILENO) != 0;
    options.report = [terminal](const Progress& p) { print_progress(p, terminal); };
    auto store = Store::open_for_writing(options.directory, *experiment);
    const auto begin = std::chrono::steady_clock::now();
    const SweepOutcome outcome = run_sweep(*experiment, store, options);
    const double wall =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (terminal)
    {
        fmt::print(stderr, "\n");
    }
    fmt::print("{}: {} runs done in {:.1f} s, {} were there already, {} failed\n",
               options.directory.string(),
               outcome.done,
               wall,
               outcome.skipped,
               outcome.failed);
    if (outcome.interrupted)
    {
        fmt::print(stderr, "interrupted: the same command runs what is missing\n");
        return kInterrupted;
    }
    if (outcome.failed > 0)
    {
        fmt::print(stderr, "sipsim show {} tells why runs failed\n", options.directory.string());
        return kRunFailed;
    }
    return kOk;
}

} // namespace sipsim::runner
