#include "scenarios/runner/run_json.h"
#include "scenarios/runner/store.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

namespace sipsim::runner
{

using nlohmann::json;

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

void
histograms_csv(const Store& store, const std::vector<StoredRun>& runs)
{
    const auto names = parameter_names(runs);
    fmt::print("{},histogram,from,to,count\n", csv_header(names));
    for (const auto& run : runs)
    {
        const std::string head = row_head(run, names);
        for (const auto& histogram : store.histograms(run.id))
        {
            for (std::size_t i = 0; i < histogram.counts.size(); ++i)
            {
                fmt::print("{},{},{},{},{}\n",
                           head,
                           histogram.name,
                           histogram.edges[i],
                           histogram.edges[i + 1],
                           histogram.counts[i]);
            }
        }
    }
}

json
series_json(const Store& store, const StoredRun& run)
{
    json out = json::object();
    for (const auto& series : store.series(run.id))
    {
        out[series.name] = {{"t0_s", series.t0_s},
                            {"dt_s", series.dt_s},
                            {"values", series.values}};
    }
    return out;
}

json
histograms_json(const Store& store, const StoredRun& run)
{
    json out = json::object();
    for (const auto& histogram : store.histograms(run.id))
    {
        out[histogram.name] = {{"edges", histogram.edges}, {"counts", histogram.counts}};
    }
    return out;
}

json
export_json(const Store& store, const std::vector<StoredRun>& runs, const ExportArgs& args)
{
    json out = json::array();
    for (const auto& run : runs)
    {
        json one{{"point", json::parse(run.params_json)},
                 {"seed", run.seed},
                 {"status", run.status}};
        if (args.series)
        {
            one["series"] = series_json(store, run);
        }
        else if (args.histograms)
        {
            one["histograms"] = histograms_json(store, run);
        }
        else
        {
            one["metrics"] = metrics_json(run);
            one["not_reached"] = not_reached_json(run);
        }
        out.push_back(std::move(one));
    }
    return out;
}

int
export_baseline(const ExportArgs& args)
{
    if (args.series || args.histograms)
    {
        fmt::print(stderr,
                   "sipsim export: error: a baseline holds no {0}: leave out --{0}\n",
                   args.series ? "series" : "histograms");
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
        fmt::print("{}\n", export_json(store, runs, args).dump());
    }
    else if (args.series)
    {
        series_csv(store, runs);
    }
    else if (args.histograms)
    {
        histograms_csv(store, runs);
    }
    else
    {
        metrics_csv(runs);
    }
    return kOk;
}

} // namespace sipsim::runner
