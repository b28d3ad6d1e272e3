#include "scenarios/runner/config_document.h"
#include "scenarios/runner/estimate.h"
#include "scenarios/runner/executor.h"
#include "scenarios/runner/machine_memory.h"
#include "scenarios/runner/only.h"
#include "scenarios/runner/store.h"
#include "scenarios/runner/verbs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

namespace sipsim::runner
{

std::optional<std::string>
read_or_explain(const std::filesystem::path& file)
{
    constexpr std::size_t kMost = std::size_t{64} << 20; // no map or datagram comes near
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    std::string text;
    ssize_t n = descriptor < 0 ? -1 : 1;
    while (n > 0 && text.size() <= kMost)
    {
        std::array<char, 65'536> buffer{};
        n = ::read(descriptor, buffer.data(), buffer.size());
        text.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    const std::string why = n < 0 ? std::strerror(errno) : "it is larger than 64 MiB";
    if (descriptor >= 0)
    {
        ::close(descriptor);
    }
    if (n != 0)
    {
        fmt::print(stderr, "{}: error: cannot read the file: {}\n", file.string(), why);
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
    if (const auto why = why_unreadable(args.file))
    {
        fmt::print(stderr, "{}: error: {}\n", args.file.string(), *why);
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

bool
fits_or_explain(const Experiment& experiment, const PointFilter& chosen)
{
    const auto problems = memory_problems(experiment, available_memory(), chosen);
    fmt::print(stderr, "{}", format(experiment.file, problems));
    return problems.empty();
}

int
check(const CheckArgs& args)
{
    int code = kOk;
    for (const auto& file : args.files)
    {
        const auto experiment = load_or_explain({.file = file, .sets = args.sets, .seed = {}});
        if (!experiment || !fits_or_explain(*experiment))
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
            {"estimated_disk_bytes", estimate.disk_bytes},
            {"estimated_memory_bytes", estimate.memory_bytes}};
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
    fmt::print(
        "{} points x {} replications = {} runs, about {:.0f} s of one core, {:.1f} MB of results, "
        "{} of memory per run\n",
        experiment->points.size(),
        experiment->replications,
        experiment->points.size() * experiment->replications,
        estimate.cpu_s,
        estimate.disk_bytes / 1e6,
        octets_in_words(estimate.memory_bytes));
    const auto problems = memory_problems(*experiment, available_memory());
    fmt::print(stderr, "{}", format(experiment->file, problems, "warning"));
    return kOk;
}

namespace
{

std::string
in_words(double seconds)
{
    if (seconds < 90)
    {
        return fmt::format("{:.0f} s", std::max(seconds, 1.0));
    }
    return seconds < 5'400 ? fmt::format("{:.0f} min", seconds / 60)
                           : fmt::format("{:.1f} h", seconds / 3'600);
}

void
print_progress(const Progress& progress, bool terminal)
{
    std::string line = fmt::format("{}/{} runs", progress.done + progress.failed, progress.total);
    if (progress.failed > 0)
    {
        line += fmt::format(", {} failed", progress.failed);
    }
    if (progress.ending > 0)
    {
        line += fmt::format(", interrupted: waiting for {} more (Ctrl-C again: not even that)",
                            progress.ending);
    }
    else if (progress.left_s)
    {
        line += fmt::format(", about {} left", in_words(*progress.left_s));
    }
    fmt::print(stderr, "{}{}{}", terminal ? "\r\033[K" : "", line, terminal ? "" : "\n");
    std::fflush(stderr);
}

/// The options that decide what the experiment is, as they were typed.
std::vector<std::string>
deciding_options(const ExperimentArgs& args)
{
    std::vector<std::string> words;
    for (const auto& set : args.sets)
    {
        words.insert(words.end(), {"--set", set});
    }
    if (args.seed)
    {
        words.insert(words.end(), {"--seed", std::to_string(*args.seed)});
    }
    return words;
}

/// The points of which some replication is to be run.
PointFilter
points_chosen(const Experiment& experiment, const RunFilter& only)
{
    if (!only)
    {
        return {};
    }
    return [&experiment, only](const Point& point) {
        for (std::uint32_t r = 0; r < experiment.replications; ++r)
        {
            if (only(point, experiment.replication_seed(r)))
            {
                return true;
            }
        }
        return false;
    };
}

/// No more runs at a time than fit into memory.
void
limit_workers(const Experiment& experiment, ExecutorOptions& options, const PointFilter& chosen)
{
    const auto available = available_memory();
    const unsigned fit = workers_that_fit(experiment, options.workers, available, chosen);
    if (fit < options.workers)
    {
        fmt::print(stderr,
                   "{}: warning: {} runs at a time do not fit into the {} of memory available: {} "
                   "at a time\n",
                   experiment.file.string(),
                   options.workers,
                   octets_in_words(available.value_or(0)),
                   fit);
        options.workers = fit;
    }
}

/// A capture is written while its run is made, and a run that is there is not made again.
void
warn_of_missing_captures(const std::filesystem::path& directory, const SweepOutcome& outcome)
{
    constexpr std::size_t kNamed = 5;
    const auto& runs = outcome.without_capture;
    if (runs.empty())
    {
        return;
    }
    std::string names;
    for (std::size_t i = 0; i < std::min(runs.size(), kNamed); ++i)
    {
        const auto& [point, seed] = runs[i];
        names += fmt::format("{}point {} seed {}", i == 0 ? "" : ", ", point, seed);
    }
    if (runs.size() > kNamed)
    {
        names += fmt::format(" and {} more", runs.size() - kNamed);
    }
    fmt::print(stderr,
               "{}: warning: pcap = true, and runs that were there already have no capture: {}: "
               "choose another directory with -o for runs with captures\n",
               directory.string(),
               names);
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
    if (args.only)
    {
        const auto only = filter_or_explain(*args.only, *experiment);
        if (!only)
        {
            return kUsage;
        }
        options.only = *only;
    }
    const PointFilter chosen = points_chosen(*experiment, options.only);
    if (chosen && std::ranges::none_of(experiment->points, chosen))
    {
        fmt::print(stderr,
                   "sipsim: error: --only {}: no point of the sweep has all of these (sipsim plan "
                   "lists them)\n",
                   *args.only);
        return kUsage;
    }
    if (!fits_or_explain(*experiment, chosen))
    {
        return kUsage;
    }
    limit_workers(*experiment, options, chosen);
    const bool terminal = ::isatty(STDERR_FILENO) != 0;
    options.report = [terminal](const Progress& p) { print_progress(p, terminal); };
    auto store =
        Store::open_for_writing(options.directory, *experiment, deciding_options(args.experiment));
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
    warn_of_missing_captures(options.directory, outcome);
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
