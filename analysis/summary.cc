#include "analysis/summary.h"

#include "analysis/axes.h"
#include "analysis/call_table.h"
#include "analysis/nat_curves.h"
#include "analysis/offload.h"
#include "analysis/point_laws.h"
#include "analysis/share_fall.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

namespace sipsim::analysis
{
namespace
{

using nlohmann::json;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

// No quantity in a store is negative, no share and no order parameter exceeds 1; an interval cut to what is possible still
// covers the true mean as often.
double
upper_limit(const std::string& name)
{
    const bool share = name.starts_with("share_") || name.ends_with("_share");
    return share || name.starts_with("order_parameter") || name == "reachability" ? 1.0 : kNoLimit;
}

void
cut(std::optional<MeanEstimate>& estimate, double limit)
{
    if (estimate && estimate->interval)
    {
        auto& [low, high] = *estimate->interval;
        low = std::max(low, std::min(0.0, estimate->mean));
        high = std::min(high, std::max(limit, estimate->mean));
    }
}

std::vector<FaultWindow>
faults_of(const RunRow& run)
{
    std::vector<FaultWindow> out;
    try
    {
        for (const auto& fault : run.faults)
        {
            out.push_back({.kind = fault.value("kind", "fault"),
                           .target = fault.value("target", ""),
                           .start_s = fault.at("start_s").get<double>(),
                           .end_s = fault.at("end_s").get<double>()});
        }
    }
    catch (const json::exception& e)
    {
        throw BrokenStore("faults of run " + std::to_string(run.id) + ": " + e.what());
    }
    // Of those that begin together the last to end is the first fault, as the metrics have it.
    std::ranges::sort(out, {}, [](const FaultWindow& fault) {
        return std::tuple{fault.start_s, -fault.end_s, fault.kind, fault.target};
    });
    return out;
}

std::map<std::string, MetricSummary>
metrics_of(const ResultsReader& reader, const std::vector<const RunRow*>& runs, double confidence)
{
    std::map<std::string, MetricSummary> out;
    std::map<std::string, CensoredSample> samples;
    for (const auto* run : runs)
    {
        for (const auto& [name, metric] : reader.metrics(run->id))
        {
            auto& sample = samples[name];
            auto& summary = out[name];
            if (metric.value)
            {
                sample.reached.push_back(*metric.value);
                summary.by_seed.push_back({run->seed, *metric.value});
            }
            else
            {
                ++(metric.censored ? sample.not_reached : summary.undefined);
            }
        }
    }
    for (auto& [name, summary] : out)
    {
        summary.estimate = estimate_censored(samples[name], confidence);
        cut(summary.estimate.mean, upper_limit(name));
    }
    return out;
}

Eigen::Index
steps_per_bin(std::size_t steps, std::size_t max_bins)
{
    for (Eigen::Index decade = 1;; decade *= 10)
    {
        for (const Eigen::Index digit : {1, 2, 5})
        {
            const auto width = static_cast<std::size_t>(decade * digit);
            if ((steps + width - 1) / width <= std::max<std::size_t>(max_bins, 1))
            {
                return decade * digit;
            }
        }
    }
}

// Maxima where bin_means() has means: a length of the queue is the largest of its second already.
Eigen::VectorXd
bin_maxima(const Eigen::VectorXd& series, Eigen::Index per_bin)
{
    Eigen::VectorXd out((series.size() + per_bin - 1) / per_bin);
    for (Eigen::Index i = 0; i < out.size(); ++i)
    {
        const auto first = i * per_bin;
        out[i] = series.segment(first, std::min(per_bin, series.size() - first)).maxCoeff();
    }
    return out;
}

SeriesBand
band_of(const Eigen::MatrixXd& values,
        double t0_s,
        double dt_s,
        Eigen::Index per_bin,
        double confidence,
        double limit,
        bool maxima)
{
    const auto bins = (values.cols() + per_bin - 1) / per_bin;
    Eigen::MatrixXd binned(values.rows(), bins);
    for (Eigen::Index row = 0; row < values.rows(); ++row)
    {
        const Eigen::VectorXd run = values.row(row).transpose();
        binned.row(row) = (maxima ? bin_maxima(run, per_bin) : bin_means(run, per_bin)).transpose();
    }
    SeriesBand out{.t0_s = t0_s,
                   .bin_s = dt_s * static_cast<double>(per_bin),
                   .step_s = dt_s,
                   .band = mean_band(binned, confidence)};
    out.band.low = out.band.low.cwiseMax(0.0);
    out.band.high = out.band.high.cwiseMin(limit);
    return out;
}

// Periods that all replications saw; a run ends at the same instant, not at the same period.
Eigen::Index
periods_of(const ResultsReader& reader,
           const std::vector<const RunRow*>& runs,
           const std::string& name)
{
    auto fewest = std::numeric_limits<Eigen::Index>::max();
    for (const auto* run : runs)
    {
        if (const auto series = reader.series(run->id, name))
        {
            fewest = std::min(fewest, static_cast<Eigen::Index>(series->values.size()));
        }
    }
    return fewest;
}

// Every replication of the series in one row each, of `most` values; no rows if no run has it.
Eigen::MatrixXd
replications_of(const ResultsReader& reader,
                const std::vector<const RunRow*>& runs,
                const std::string& name,
                Eigen::Index most,
                SeriesData& shape)
{
    Eigen::MatrixXd values;
    Eigen::Index rows = 0;
    for (const auto* run : runs)
    {
        const auto series = reader.series(run->id, name);
        if (!series || series->values.empty())
        {
            continue;
        }
        const auto columns = std::min(static_cast<Eigen::Index>(series->values.size()), most);
        if (rows == 0)
        {
            shape = {.t0_s = series->t0_s, .dt_s = series->dt_s, .values = {}};
            values.resize(static_cast<Eigen::Index>(runs.size()), columns);
        }
        if (columns != values.cols() || series->t0_s != shape.t0_s || series->dt_s != shape.dt_s)
        {
            throw BrokenStore(
                "series " + name + " of run " + std::to_string(run->id) +
                " does not cover the same instants as the point's other replications");
        }
        values.row(rows++) = Eigen::Map<const Eigen::RowVectorXd>(series->values.data(), columns);
    }
    values.conservativeResize(rows, Eigen::NoChange);
    if (!values.allFinite())
    {
        throw BrokenStore("series " + name + " holds a value that is not finite");
    }
    return values;
}

std::optional<SeriesSummary>
series_of(const ResultsReader& reader,
          const std::vector<const RunRow*>& runs,
          const std::string& name,
          const std::vector<FaultWindow>& faults,
          const std::string& kind,
          const SummaryOptions& options)
{
    SeriesData shape;
    const auto most = kind == "period_series" ? periods_of(reader, runs, name)
                                              : std::numeric_limits<Eigen::Index>::max();
    const auto values = replications_of(reader, runs, name, most, shape);
    if (values.rows() == 0)
    {
        return std::nullopt;
    }
    const double limit = upper_limit(name);
    const auto per_bin = steps_per_bin(static_cast<std::size_t>(values.cols()), options.max_bins);
    const bool maxima = name == "queue_length";
    SeriesSummary out{
        .all = band_of(values, shape.t0_s, shape.dt_s, per_bin, options.confidence, limit, maxima),
        .detail = std::nullopt};
    if (kind == "rate_series" && !faults.empty())
    {
        const auto column = [&](double t_s) {
            const auto i = static_cast<Eigen::Index>(std::floor((t_s - shape.t0_s) / shape.dt_s));
            return std::clamp<Eigen::Index>(i, 0, values.cols());
        };
        const auto first = column(faults.front().end_s - options.detail_before_s);
        const auto count = column(faults.front().end_s + options.detail_after_s) - first;
        if (count > 0)
        {
            out.detail = band_of(values.middleCols(first, count),
                                 shape.t0_s + shape.dt_s * static_cast<double>(first),
                                 shape.dt_s,
                                 1,
                                 options.confidence,
                                 limit,
                                 maxima);
        }
    }
    return out;
}

std::optional<ShareRun>
share_run(const ResultsReader& reader, std::int64_t run_id)
{
    const auto metrics = reader.metrics(run_id);
    const auto least = metrics.find("share_min");
    const auto steady = metrics.find("register_rate_steady");
    auto share = reader.series(run_id, "registered_share");
    if (least == metrics.end() || !least->second.value || !share)
    {
        return std::nullopt;
    }
    return ShareRun{.share_min = *least->second.value,
                    .steady_rate = steady == metrics.end() ? std::nullopt : steady->second.value,
                    .share = std::move(*share),
                    .rate = reader.series(run_id, "register_rate").value_or(SeriesData{})};
}

void
add_share_from_fault(const ResultsReader& reader,
                     const std::vector<const RunRow*>& runs,
                     double confidence,
                     PointSummary& point)
{
    std::vector<ShareRun> shown;
    for (const auto* run : runs)
    {
        auto one = point.faults.empty() ? std::nullopt : share_run(reader, run->id);
        if (!one)
        {
            return;
        }
        shown.push_back(std::move(*one));
    }
    const auto shares = shares_from_fault(shown, point.faults.front().start_s);
    if (!shares)
    {
        return;
    }
    MetricSummary out;
    out.estimate = estimate_censored({.reached = *shares}, confidence);
    cut(out.estimate.mean, 1.0);
    for (std::size_t i = 0; i < runs.size(); ++i)
    {
        out.by_seed.push_back({runs[i]->seed, (*shares)[i]});
    }
    point.share_from_fault = std::move(out);
}

PointSummary
point_of(const ResultsReader& reader,
         const std::vector<const RunRow*>& runs,
         const Summary& summary,
         const SummaryOptions& options)
{
    PointSummary point;
    point.point = runs.front()->point;
    point.index = point_index(*runs.front(), summary.axes);
    point.runs_ok = runs.size();
    std::ranges::transform(runs, std::back_inserter(point.seeds), &RunRow::seed);
    point.faults = faults_of(*runs.front());
    point.metrics = metrics_of(reader, runs, options.confidence);
    for (const auto& [name, info] : summary.metric_info)
    {
        if (!info.kind.ends_with("_series"))
        {
            continue;
        }
        if (auto series = series_of(reader, runs, name, point.faults, info.kind, options))
        {
            point.series.emplace(name, std::move(*series));
        }
    }
    add_point_laws(point);
    add_nat_laws(point);
    add_share_from_fault(reader, runs, options.confidence, point);
    return point;
}

std::vector<Group>
groups_of(const Summary& summary)
{
    std::vector<Group> groups;
    std::map<std::vector<std::size_t>, std::size_t> known;
    std::vector<std::size_t> order(summary.points.size());
    for (std::size_t i = 0; i < order.size(); ++i)
    {
        order[i] = i;
    }
    std::ranges::stable_sort(order, {}, [&](std::size_t i) {
        const auto& axis = summary.primary_axis;
        const auto value = axis ? summary.points[i].index[*axis] : 0;
        return axis && !summary.axes[*axis].numeric.empty() ? summary.axes[*axis].numeric[value]
                                                            : static_cast<double>(value);
    });
    for (const auto i : order)
    {
        auto key = summary.points[i].index;
        std::string label;
        for (std::size_t axis = 0; axis < key.size(); ++axis)
        {
            if (axis == summary.primary_axis)
            {
                key[axis] = 0;
            }
            else if (summary.axes[axis].values.size() > 1)
            {
                label += (label.empty() ? "" : ", ") + summary.axes[axis].label + " = " +
                         summary.value_text(axis, key[axis]);
            }
        }
        const auto [at, fresh] = known.emplace(key, groups.size());
        if (fresh)
        {
            groups.push_back({.label = label, .points = {}});
        }
        groups[at->second].points.push_back(i);
    }
    std::vector<Group> sorted;
    for (const auto& [key, index] : known)
    {
        sorted.push_back(std::move(groups[index]));
    }
    return sorted;
}

std::optional<double>
capacity_of(const json& report)
{
    const auto capacity = report.find("capacity");
    if (capacity == report.end() || !capacity->is_number())
    {
        return std::nullopt;
    }
    return capacity->get<double>();
}

Summary
build(const ResultsReader& reader, const SummaryOptions& options)
{
    Summary summary;
    summary.experiment = reader.experiment();
    summary.confidence = options.confidence;
    summary.capacity = capacity_of(summary.experiment.report);
    summary.axes = axes_of(summary.experiment.sweep);
    for (const auto& axis : summary.axes)
    {
        summary.points_planned *= std::max<std::size_t>(axis.values.size(), 1);
    }
    summary.primary_axis = primary_axis(summary.axes);
    summary.metric_info = reader.metric_info();

    const auto rows = reader.runs();
    std::map<std::int64_t, std::vector<const RunRow*>> finished;
    std::map<std::int64_t, std::size_t> failed;
    for (const auto& run : rows)
    {
        if (run.status == "ok")
        {
            finished[run.point].push_back(&run);
            ++summary.runs_ok;
        }
        else
        {
            ++failed[run.point];
            ++summary.runs_failed;
        }
    }
    if (summary.runs_ok == 0)
    {
        throw BrokenStore("no finished run of experiment '" + summary.experiment.name + "' (" +
                          std::to_string(summary.runs_failed) +
                          " failed); `sipsim run` does what is missing");
    }
    for (const auto& [point, runs] : finished)
    {
        summary.points.push_back(point_of(reader, runs, summary, options));
        summary.points.back().runs_failed = failed[point];
    }
    summary.groups = groups_of(summary);
    summary.nat_curves = nat_curves_of(summary.points);
    summary.call_table = call_table_of(summary);
    summary.offload_variants = offload_variants_of(summary);
    return summary;
}

} // namespace

std::string
Summary::value_text(std::size_t axis, std::size_t index) const
{
    return spaced_quantity(axes[axis].values[index]);
}

std::string
Summary::primary_text(const PointSummary& point) const
{
    return primary_axis ? value_text(*primary_axis, point.index[*primary_axis]) : std::string();
}

const MetricSummary*
Summary::find(const PointSummary& point, const std::string& name)
{
    const auto at = point.metrics.find(name);
    if (at == point.metrics.end() ||
        at->second.estimate.reached + at->second.estimate.not_reached == 0)
    {
        return nullptr;
    }
    return &at->second;
}

Summary
build_summary(const ResultsReader& reader, const SummaryOptions& options)
{
    try
    {
        return build(reader, options);
    }
    catch (const BrokenStore& e)
    {
        throw ResultsError(reader.path().string() + ": " + e.what());
    }
}

json
summarize(const std::filesystem::path& results_sqlite, const SummaryOptions& options)
{
    return to_json(build_summary(ResultsReader(results_sqlite), options));
}

} // namespace sipsim::analysis
