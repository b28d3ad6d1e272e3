#include "scenarios/runner/run_json.h"

namespace sipsim::runner
{

using nlohmann::json;

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

} // namespace sipsim::runner
