#include "analysis/run_set.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

namespace sipsim::analysis
{
namespace
{

using nlohmann::json;

constexpr int kBaselineVersion = 1;
constexpr const char* kMark = "{\"sipsim_baseline\":";
constexpr const char* kNotReached = "not reached";

[[noreturn]] void
fail(const std::filesystem::path& file, const std::string& what)
{
    throw ResultsError(file.string() + ": " + what);
}

[[noreturn]] void
broken(const std::filesystem::path& file, const std::string& what)
{
    fail(file,
         "broken baseline: " + what + "; `sipsim export RESULTS --format baseline` writes it anew");
}

// What compare looks at: one number per run.
bool
is_number(const MetricInfo& info)
{
    return info.kind == "scalar" || info.kind == "time_to";
}

json
value_json(const MetricValue& metric)
{
    if (!metric.value)
    {
        return metric.censored ? json(kNotReached) : json();
    }
    constexpr double kExact = 0x1p53;
    const double v = *metric.value;
    return v == std::trunc(v) && std::abs(v) < kExact ? json(static_cast<std::int64_t>(v))
                                                      : json(v);
}

MetricValue
outcome_of(const RunOutcome& run, const std::string& name)
{
    const auto it = run.metrics.find(name);
    return it == run.metrics.end() ? MetricValue{} : it->second;
}

std::string
point_text(const RunPoint& point)
{
    json seeds = json::array();
    json fingerprints = json::array();
    std::set<std::string> names;
    for (const auto& run : point.runs)
    {
        seeds.push_back(run.seed);
        fingerprints.push_back(run.fingerprint);
        for (const auto& [name, metric] : run.metrics)
        {
            if (metric.value || metric.censored)
            {
                names.insert(name);
            }
        }
    }
    std::string text = "  {\"point\": " + json(point.parameters).dump() +
                       ",\n   \"seeds\": " + seeds.dump() +
                       ",\n   \"fingerprints\": " + fingerprints.dump() + ",\n   \"metrics\": {";
    const char* separator = "\n";
    for (const auto& name : names)
    {
        json values = json::array();
        for (const auto& run : point.runs)
        {
            values.push_back(value_json(outcome_of(run, name)));
        }
        const bool equal =
            std::ranges::all_of(values, [&](const json& v) { return v == values[0]; });
        text +=
            separator + ("    " + json(name).dump() + ": " + (equal ? values[0] : values).dump());
        separator = ",\n";
    }
    return text + "}}";
}

// The array named `name`, one entry per run.
const json&
column(const std::filesystem::path& file, const json& object, const char* name, std::size_t size)
{
    const auto it = object.find(name);
    if (it == object.end() || !it->is_array() || it->size() != size)
    {
        broken(file, std::string(name) + " must be a list with an entry per seed");
    }
    return *it;
}

MetricValue
read_value(const std::filesystem::path& file, const std::string& name, const json& value)
{
    if (value.is_number())
    {
        return {.value = value.get<double>(), .censored = false};
    }
    if (value.is_null())
    {
        return {};
    }
    if (value != kNotReached)
    {
        broken(file, name + " must be a number, null or \"not reached\"");
    }
    return {.value = std::nullopt, .censored = true};
}

RunPoint
read_point(const std::filesystem::path& file, const json& object)
{
    RunPoint point{.parameters = object.at("point").get<std::map<std::string, std::string>>(),
                   .runs = {}};
    const auto seeds = object.at("seeds").get<std::vector<std::int64_t>>();
    if (!std::ranges::is_sorted(seeds) || std::ranges::adjacent_find(seeds) != seeds.end())
    {
        broken(file, "seeds must ascend");
    }
    const json& fingerprints = column(file, object, "fingerprints", seeds.size());
    for (std::size_t i = 0; i < seeds.size(); ++i)
    {
        point.runs.push_back(
            {.seed = seeds[i], .fingerprint = fingerprints[i].get<std::string>(), .metrics = {}});
    }
    const json& metrics = object.at("metrics");
    for (const auto& [name, stored] : metrics.items())
    {
        const json& values =
            stored.is_array() ? column(file, metrics, name.c_str(), seeds.size()) : stored;
        for (std::size_t i = 0; i < seeds.size(); ++i)
        {
            point.runs[i].metrics[name] =
                read_value(file, name, stored.is_array() ? values[i] : stored);
        }
    }
    return point;
}

RunSet
read_whole(const std::filesystem::path& file, const json& content)
{
    if (const auto version = content.at("sipsim_baseline").get<int>(); version != kBaselineVersion)
    {
        fail(file,
             "a baseline of version " + std::to_string(version) + ", this sipsim reads version " +
                 std::to_string(kBaselineVersion) +
                 ": `sipsim export RESULTS --format baseline` writes one");
    }
    RunSet set{.source = file.string(),
               .experiment = content.at("experiment").get<std::string>(),
               .carrier = content.at("carrier").get<std::string>(),
               .version = content.at("version").get<std::string>(),
               .config_hash = content.at("config_hash").get<std::string>(),
               .content_hash = content.at("content_hash").get<std::string>(),
               .metric_info = {},
               .points = {}};
    for (const auto& [name, info] : content.at("metrics").items())
    {
        set.metric_info[name] = {.unit = info.at("unit").get<std::string>(),
                                 .kind = info.at("kind").get<std::string>(),
                                 .sentence = {},
                                 .better = info.at("better").get<std::string>()};
    }
    for (const auto& point : content.at("points"))
    {
        set.points.push_back(read_point(file, point));
    }
    return set;
}

} // namespace

std::string
RunPoint::label() const
{
    std::string text;
    for (const auto& [name, value] : parameters)
    {
        text += text.empty() ? "" : " ";
        text += name;
        text += '=';
        text += value;
    }
    return text.empty() ? "-" : text;
}

std::size_t
RunSet::runs() const
{
    std::size_t count = 0;
    for (const auto& point : points)
    {
        count += point.runs.size();
    }
    return count;
}

bool
is_baseline(const std::filesystem::path& file)
{
    if (!std::filesystem::is_regular_file(file))
    {
        return false;
    }
    std::ifstream in(file);
    std::string begin;
    for (char c = 0; begin.size() < std::char_traits<char>::length(kMark) && in >> c;) // no blanks
    {
        begin += c;
    }
    return begin == kMark;
}

RunSet
read_baseline(const std::filesystem::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    try
    {
        return read_whole(file, json::parse(text.str()));
    }
    catch (const json::exception& e)
    {
        const std::string what = e.what(); // "[json.exception.type_error.302] ..."
        const auto end = what.find("] ");
        broken(file, end == std::string::npos ? what : what.substr(end + 2));
    }
}

RunSet
read_store(const std::filesystem::path& results)
{
    const ResultsReader reader(results);
    const auto experiment = reader.experiment();
    RunSet set{.source = results.string(),
               .experiment = experiment.name,
               .carrier = experiment.carrier,
               .version = experiment.version,
               .config_hash = experiment.config_hash,
               .content_hash = {},
               .metric_info = {},
               .points = {}};
    for (auto& [name, info] : reader.metric_info())
    {
        if (is_number(info))
        {
            set.metric_info[name] = info;
        }
    }
    std::optional<std::int64_t> point;
    for (const auto& run : reader.runs())
    {
        if (point != run.point)
        {
            point = run.point;
            set.points.push_back(
                {.parameters = run.params.get<std::map<std::string, std::string>>(), .runs = {}});
        }
        const bool ok = run.status == "ok";
        set.points.back().runs.push_back(
            {.seed = run.seed,
             .ok = ok,
             .fingerprint = run.fingerprint,
             .metrics = ok ? reader.metrics(run.id) : std::map<std::string, MetricValue>{}});
    }
    return set;
}

std::string
baseline_text(const RunSet& set)
{
    for (const auto& point : set.points)
    {
        if (!std::ranges::all_of(point.runs, &RunOutcome::ok))
        {
            fail(set.source,
                 "a run at " + point.label() +
                     " failed: no baseline has such; `sipsim "
                     "run` does it again");
        }
    }
    std::string text = std::string(kMark) + " " + std::to_string(kBaselineVersion) +
                       ",\n \"experiment\": " + json(set.experiment).dump() +
                       ",\n \"carrier\": " + json(set.carrier).dump() +
                       ",\n \"version\": " + json(set.version).dump() +
                       ",\n \"config_hash\": " + json(set.config_hash).dump() +
                       ",\n \"content_hash\": " + json(set.content_hash).dump() +
                       ",\n \"metrics\": {";
    const char* separator = "\n";
    for (const auto& [name, info] : set.metric_info)
    {
        const json entry{{"unit", info.unit}, {"kind", info.kind}, {"better", info.better}};
        text += separator + ("  " + json(name).dump() + ": " + entry.dump());
        separator = ",\n";
    }
    text += "},\n \"points\": [";
    separator = "\n";
    for (const auto& point : set.points)
    {
        text += separator + point_text(point);
        separator = ",\n";
    }
    return text + "]}\n";
}

} // namespace sipsim::analysis
