#include "analysis/call_table.h"
#include "analysis/finding.h"
#include "analysis/summary.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace sipsim::analysis
{
namespace
{

using nlohmann::json;

template <typename T>
json
or_null(const std::optional<T>& value)
{
    return value ? json(*value) : json(nullptr);
}

// Six significant digits are beyond any picture and keep the file small.
json
numbers(const Eigen::VectorXd& values)
{
    json out = json::array();
    for (const double value : values)
    {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.6g", value);
        out.push_back(std::strtod(text.data(), nullptr));
    }
    return out;
}

json
metric_json(const MetricSummary& metric)
{
    const auto& e = metric.estimate;
    json out{{"reached", e.reached},
             {"not_reached", e.not_reached},
             {"undefined", metric.undefined},
             {"mean", nullptr},
             {"stddev", nullptr},
             {"interval", nullptr},
             {"median", or_null(e.median)},
             {"min", or_null(e.min)},
             {"max", or_null(e.max)}};
    if (e.mean)
    {
        out["mean"] = e.mean->mean;
        out["stddev"] = or_null(e.mean->stddev);
        if (e.mean->interval)
        {
            out["interval"] = {e.mean->interval->low, e.mean->interval->high};
        }
    }
    return out;
}

json
band_json(const SeriesBand& series)
{
    return {{"t0_s", series.t0_s},
            {"bin_s", series.bin_s},
            {"step_s", series.step_s},
            {"replications", series.band.replications},
            {"mean", numbers(series.band.mean)},
            {"low", numbers(series.band.low)},
            {"high", numbers(series.band.high)}};
}

json
point_json(const Summary& summary, const PointSummary& point)
{
    json params = json::object();
    for (std::size_t axis = 0; axis < summary.axes.size(); ++axis)
    {
        params[summary.axes[axis].param] = summary.axes[axis].values[point.index[axis]];
    }
    json faults = json::array();
    for (const auto& fault : point.faults)
    {
        faults.push_back({{"kind", fault.kind},
                          {"target", fault.target},
                          {"start_s", fault.start_s},
                          {"end_s", fault.end_s}});
    }
    json metrics = json::object();
    for (const auto& [name, metric] : point.metrics)
    {
        metrics[name] = metric_json(metric);
        const auto law = point.metric_laws.find(name);
        metrics[name]["law"] = law == point.metric_laws.end() ? json(nullptr) : json(law->second);
    }
    json series = json::object();
    for (const auto& [name, bands] : point.series)
    {
        series[name] = band_json(bands.all);
        const auto law = point.laws.find(name);
        series[name]["law"] = law == point.laws.end() ? json(nullptr) : numbers(law->second);
        series[name]["detail"] = bands.detail ? band_json(*bands.detail) : json(nullptr);
    }
    return {{"point", point.point},
            {"params", params},
            {"index", point.index},
            {"label", summary.primary_text(point)},
            {"runs_ok", point.runs_ok},
            {"runs_failed", point.runs_failed},
            {"seeds", std::vector<std::uint64_t>(point.seeds.begin(), point.seeds.end())},
            {"faults", faults},
            {"metrics", metrics},
            {"series", series}};
}

json
nat_curve_json(const NatCurve& curve)
{
    const auto& rate = curve.keepalive_rate;
    return {{"timeout_s", curve.timeout_s},
            {"keeps_port", curve.keeps_port},
            {"refresh_s", curve.refresh_s},
            {"points", curve.points},
            {"keepalive_s", numbers(curve.keepalive_s)},
            {"reachability", numbers(curve.reachability)},
            {"keepalive_rate", rate.size() == 0 ? json(nullptr) : numbers(rate)}};
}

json
call_table_json(const CallTable& table, bool answers_all)
{
    json cells = json::array();
    for (std::size_t row = 0; row < table.rows.size(); ++row)
    {
        json line = json::array();
        for (std::size_t column = 0; column < table.columns.size(); ++column)
        {
            const auto& cell = table.cells[row][column];
            line.push_back(cell ? json{{"reached", cell->reached},
                                       {"reason", cell->reason},
                                       {"share", cell->share},
                                       {"text", cell_text(table, row, column)}}
                                : json(nullptr));
        }
        cells.push_back(line);
    }
    return {{"rows", table.rows},
            {"columns", table.columns},
            {"cells", cells},
            {"answers_all", answers_all},
            {"text", table_text(table)}};
}

json
axes_json(const Summary& summary)
{
    json axes = json::array();
    for (std::size_t i = 0; i < summary.axes.size(); ++i)
    {
        const auto& axis = summary.axes[i];
        json texts = json::array();
        for (std::size_t value = 0; value < axis.values.size(); ++value)
        {
            texts.push_back(summary.value_text(i, value));
        }
        axes.push_back({{"param", axis.param},
                        {"label", axis.label},
                        {"unit", axis.unit},
                        {"values", axis.values},
                        {"texts", texts},
                        {"numeric", axis.numeric.empty() ? json(nullptr) : json(axis.numeric)}});
    }
    return axes;
}

} // namespace

json
to_json(const Summary& summary)
{
    json out{{"format", "sipsim-summary"},
             {"format_version", 1},
             {"experiment",
              {{"name", summary.experiment.name},
               {"config_path", summary.experiment.config_path},
               {"config_hash", summary.experiment.config_hash},
               {"version", summary.experiment.version},
               {"carrier", summary.experiment.carrier}}},
             {"confidence", summary.confidence},
             {"capacity", or_null(summary.capacity)},
             {"report", summary.experiment.report},
             {"runs_ok", summary.runs_ok},
             {"runs_failed", summary.runs_failed},
             {"points_planned", summary.points_planned},
             {"axes", axes_json(summary)},
             {"primary_axis", or_null(summary.primary_axis)},
             {"groups", json::array()},
             {"nat_curves", json::array()},
             {"points", json::array()},
             {"metric_info", json::object()},
             {"findings", json::array()}};
    out["call_table"] = summary.call_table
                            ? call_table_json(*summary.call_table, answered_by_table(summary))
                            : json(nullptr);
    out["offload_variants"] = json::array();
    for (const auto& variant : summary.offload_variants)
    {
        out["offload_variants"].push_back({{"label", variant.label}, {"points", variant.points}});
    }
    for (const auto& group : summary.groups)
    {
        out["groups"].push_back({{"label", group.label}, {"points", group.points}});
    }
    for (const auto& curve : summary.nat_curves)
    {
        out["nat_curves"].push_back(nat_curve_json(curve));
    }
    for (const auto& point : summary.points)
    {
        out["points"].push_back(point_json(summary, point));
    }
    for (const auto& [name, info] : summary.metric_info)
    {
        out["metric_info"][name] = {{"unit", info.unit},
                                    {"kind", info.kind},
                                    {"sentence", info.sentence}};
    }
    for (const auto& finding : findings(summary))
    {
        out["findings"].push_back({{"topic", finding.topic}, {"text", finding.text}});
    }
    return out;
}

} // namespace sipsim::analysis
