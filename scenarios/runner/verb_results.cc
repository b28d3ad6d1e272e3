#include "analysis/summary.h"
#include "scenarios/runner/store.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <tuple>

namespace sipsim::runner
{

using nlohmann::json;

namespace
{

/// The run's place in the sweep, by parameter name.
std::map<std::string, std::string>
parameters_of(const StoredRun& run)
{
    return json::parse(run.params_json).get<std::map<std::string, std::string>>();
}

json
metrics_json(const StoredRun& run)
{
    json metrics = json::object();
    for (const auto& metric : run.metrics)
    {
        metrics[metric.name] = metric.value ? json(*metric.value) : json();
    }
    return metrics;
}

/// Names of the metrics whose null means that the run ended before.
json
not_reached_json(const StoredRun& run)
{
    json names = json::array();
    for (const auto& metric : run.metrics)
    {
        if (metric.censored)
        {
            names.push_back(metric.name);
        }
    }
    return names;
}

json
run_json(const StoredRun& run)
{
    json out{{"run", run.id},
             {"point", json::parse(run.params_json)},
             {"point_index", run.point},
             {"seed", run.seed},
             {"status", run.status},
             {"attempts", run.attempts},
             {"fingerprint", run.fingerprint},
             {"faults", json::parse(run.faults_json)},
             {"metrics", metrics_json(run)},
             {"not_reached", not_reached_json(run)},
             {"cost", std::map<std::string, double>(run.cost.begin(), run.cost.end())}};
    if (!run.error.empty())
    {
        out["error"] = run.error;
    }
    return out;
}

std::string
parameters_text(const StoredRun& run)
{
    std::string text;
    for (const auto& [name, value] : parameters_of(run))
    {
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
    }
    return text.empty() ? "-" : text;
}

/// For a shell: in single quotes where it needs them.
std::string
for_shell(const std::string& word)
{
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789_-./=,:@%+";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos)
    {
        return word;
    }
    std::string text = "'";
    for (const char c : word)
    {
        text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return text + "'";
}

/// The command that makes this one run again.
std::string
reproduce(const Store& store, const StoredRun& run)
{
    std::string command =
        fmt::format("sipsim run {}", for_shell(store.experiment().at("config_path")));
    for (const auto& word : store.options())
    {
        command += " " + for_shell(word);
    }
    std::string only;
    for (const auto& [name, value] : parameters_of(run))
    {
        only += fmt::format("{}={},", name, value);
    }
    only += fmt::format("seed={}", run.seed);
    return command + " --only " + for_shell(only) + " -o NEW-DIRECTORY";
}

void
show_run(const Store& store, const StoredRun& run)
{
    fmt::print("run {}: point {}, seed {}, {}{}\n",
               run.id,
               run.point,
               run.seed,
               run.status,
               run.attempts > 1 ? fmt::format(" at attempt {}", run.attempts) : "");
    if (!run.error.empty())
    {
        fmt::print("  error          {}\n", run.error);
    }
    for (const auto& [name, value] : parameters_of(run))
    {
        fmt::print("  {} = {}\n", name, value);
    }
    for (const auto& metric : run.metrics)
    {
        fmt::print("  {:<30} {}\n",
                   metric.name,
                   metric.value      ? fmt::format("{:.6g}", *metric.value)
                   : metric.censored ? "not reached"
                                     : "not defined");
    }
    if (run.status == "ok")
    {
        fmt::print("cost\n");
        for (const auto& [name, value] : run.cost)
        {
            fmt::print("  {:<30} {:.6g}\n", name, value);
        }
        fmt::print("fingerprint {}\n", run.fingerprint);
    }
    fmt::print("again: {}\n", reproduce(store, run));
}

} // namespace

int
show(const ShowArgs& args)
{
    const auto store = Store::open_for_reading(args.results);
    const auto experiment = store.experiment();
    if (args.run)
    {
        const auto run = store.run(*args.run);
        if (!run)
        {
            throw StoreError(fmt::format("{}: no run {}; sipsim show {} lists them",
                                         args.results.string(),
                                         *args.run,
                                         args.results.string()));
        }
        if (args.json)
        {
            json out = run_json(*run);
            out["again"] = reproduce(store, *run);
            fmt::print("{}\n", out.dump(2));
        }
        else
        {
            show_run(store, *run);
        }
        return kOk;
    }
    const auto runs = store.runs();
    if (args.json)
    {
        json out{{"name", experiment.at("name")},
                 {"config", experiment.at("config_path")},
                 {"config_hash", experiment.at("config_hash")},
                 {"version", experiment.at("version")},
                 {"carrier", experiment.at("carrier")},
                 {"sweep", json::parse(experiment.at("sweep_json"))},
                 {"content_hash", store.content_hash()},
                 {"runs", json::array()}};
        for (const auto& run : runs)
        {
            out["runs"].push_back(run_json(run));
        }
        fmt::print("{}\n", out.dump(2));
        return kOk;
    }
    fmt::print("{} ({} carrier), from {}, sipsim {}\n",
               experiment.at("name"),
               experiment.at("carrier"),
               experiment.at("config_path"),
               experiment.at("version"));
    for (const auto& run : runs)
    {
        fmt::print("run {:>4}  point {:>3}  seed {:>20}  {:<7}  {}{}\n",
                   run.id,
                   run.point,
                   run.seed,
                   run.status,
                   parameters_text(run),
                   run.error.empty() ? "" : "  (" + run.error + ")");
    }
    fmt::print("content {}\n", store.content_hash());
    return kOk;
}

namespace
{

std::string
csv_field(const std::string& text)
{
    if (text.find_first_of(",\"\n") == std::string::npos)
    {
        return text;
    }
    std::string quoted = "\"";
    for (const char c : text)
    {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + '"';
}

std::vector<std::string>
parameter_names(const std::vector<StoredRun>& runs)
{
    std::vector<std::string> names;
    if (!runs.empty())
    {
        for (const auto& [name, value] : parameters_of(runs.front()))
        {
            names.push_back(name);
        }
    }
    return names;
}

/// "point,seed,status" and the parameters: what every CSV row begins with.
std::string
row_head(const StoredRun& run, const std::vector<std::string>& names)
{
    std::string row = fmt::format("{},{},{}", run.point, run.seed, run.status);
    const auto parameters = parameters_of(run);
    for (const auto& name : names)
    {
        row += "," + csv_field(parameters.at(name));
    }
    return row;
}

std::string
csv_header(const std::vector<std::string>& names)
{
    std::string header = "point,seed,status";
    for (const auto& name : names)
    {
        header += "," + csv_field(name);
    }
    return header;
}

void
metrics_csv(const std::vector<StoredRun>& runs)
{
    const auto names = parameter_names(runs);
    std::set<std::string> metrics;
    for (const auto& run : runs)
    {
        for (const auto& metric : run.metrics)
        {
            metrics.insert(metric.name);
        }
    }
    fmt::print("{}{}{}\n", csv_header(names), metrics.empty() ? "" : ",", fmt::join(metrics, ","));
    for (const auto& run : runs)
    {
        std::string row = row_head(run, names);
        for (const auto& name : metrics)
        {
            const auto metric = std::ranges::find(run.metrics, name, &StoredMetric::name);
            row += ",";
            if (metric != run.metrics.end())
            {
                row += metric->value      ? fmt::format("{}", *metric->value)
                       : metric->censored ? "not reached"
                                          : "";
            }
        }
        fmt::print("{}\n", row);
    }
}

void
series_csv(const Store& store, const std::vector<StoredRun>& runs)
{
    const auto names = parameter_names(runs);
    fmt::print("{},series,t_s,value\n", csv_header(names));
    for (const auto& run : runs)
    {
        const std::string head = row_head(run, names);
        for (const auto& series : store.series(run.id))
        {
            for (std::size_t i = 0; i < series.values.size(); ++i)
            {
                fmt::print("{},{},{},{}\n",
                           head,
                           series.name,
                           series.t0_s + static_cast<double>(i) * series.dt_s,
                           series.values[i]);
            }
        }
    }
}

json
export_json(const Store& store, const std::vector<StoredRun>& runs, bool with_series)
{
    json out = json::array();
    for (const auto& run : runs)
    {
        json one{{"point", json::parse(run.params_json)},
                 {"seed", run.seed},
                 {"status", run.status}};
        if (!with_series)
        {
            one["metrics"] = metrics_json(run);
            one["not_reached"] = not_reached_json(run);
        }
        else
        {
            one["series"] = json::object();
            for (const auto& series : store.series(run.id))
            {
                one["series"][series.name] = {{"t0_s", series.t0_s},
                                              {"dt_s", series.dt_s},
                                              {"values", series.values}};
            }
        }
        out.push_back(std::move(one));
    }
    return out;
}

int
export_baseline(const ExportArgs& args)
{
    if (args.series)
    {
        fmt::print(stderr,
                   "sipsim export: error: a baseline holds no series: leave out --series\n");
        return kUsage;
    }
    try
    {
        fmt::print("{}", analysis::baseline_text(read_run_set(args.results)));
    }
    catch (const analysis::ResultsError& e)
    {
        throw StoreError(e.what());
    }
    return kOk;
}

} // namespace

int
export_results(const ExportArgs& args)
{
    if (args.format == "baseline")
    {
        return export_baseline(args);
    }
    const auto store = Store::open_for_reading(args.results);
    const auto runs = store.runs();
    if (args.format == "json")
    {
        fmt::print("{}\n", export_json(store, runs, args.series).dump());
    }
    else if (args.series)
    {
        series_csv(store, runs);
    }
    else
    {
        metrics_csv(runs);
    }
    return kOk;
}

namespace
{

/// Runs Debian's Python on a script of analysis/; its exit code.
int
run_python(const std::vector<std::string>& arguments)
{
    std::vector<std::string> words{"/usr/bin/python3"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words)
    {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0)
    {
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR)
    {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
    {
        fmt::print(
            stderr,
            "sipsim: error: /usr/bin/python3 is missing: apt-get install python3-matplotlib\n");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : kRunFailed;
}

} // namespace

int
plot(const PlotArgs& args)
{
    std::ignore = Store::open_for_reading(args.results); // its errors are the clearer ones
    std::error_code error;
    std::filesystem::create_directories(args.output, error);
    if (error)
    {
        fmt::print(stderr,
                   "{}: error: cannot make the directory: {}: choose another with -o\n",
                   args.output.string(),
                   error.message());
        return kUsage;
    }
    const auto summary = args.output / "summary.json";
    const json content = analysis::summarize(args.results);
    std::ofstream out(summary);
    out << content.dump(1) << '\n';
    out.close();
    if (!out)
    {
        fmt::print(stderr, "{}: error: cannot write: {}\n", summary.string(), std::strerror(errno));
        return kUsage;
    }
    const auto script = std::filesystem::path(SIPSIM_SOURCE_DIR) / "analysis" / "plot.py";
    if (run_python({script.string(), summary.string(), "-o", args.output.string()}) != 0)
    {
        return kRunFailed;
    }
    if (const auto& table = content.at("call_table"); !table.is_null())
    {
        fmt::print("\n{}\n", table.at("text").get<std::string>());
    }
    for (const auto& finding : content.at("findings"))
    {
        fmt::print("{}\n", finding.at("text").get<std::string>());
    }
    return kOk;
}

} // namespace sipsim::runner
