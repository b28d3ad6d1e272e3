#include "scenarios/runner/run_json.h"
#include "scenarios/runner/store.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <string_view>

namespace sipsim::runner
{

using nlohmann::json;

namespace
{

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

} // namespace sipsim::runner
