// Models : what a result store says, per point of the sweep: every metric with interval and counts,
//          every series as a band over the replications, the sweep's axes, faults, finding sentences.
// Drives : `sipsim plot` writes summarize() to summary.json; plot.py and the notebook draw only that.
// Keeps  : a run that failed or timed out never enters an estimate; a time that some run did not reach
//          has no mean; units and meanings come from the store's metric_info.
// Leaves : drawing (plot.py), comparison of two stores.
#pragma once

#include "analysis/axes.h"
#include "analysis/estimators.h"
#include "analysis/results_reader.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sipsim::analysis
{

struct SummaryOptions
{
    double confidence = kDefaultConfidence; // in (0, 1)
    // Series longer than this are averaged over bins of 2, 5, 10, ... steps before the band is taken.
    std::size_t max_bins = 720;
    // Rate series keep their own step in a window around the end of the first fault.
    double detail_before_s = 30.0;
    double detail_after_s = 90.0;
};

struct FaultWindow
{
    std::string kind;
    std::string target;
    double start_s = 0.0;
    double end_s = 0.0;
};

struct MetricSummary
{
    CensoredEstimate estimate;      // a metric that cannot be censored has not_reached = 0
    std::size_t undefined = 0;      // runs in which it has no meaning
    std::vector<SeedValue> by_seed; // reached values, by seed
};

struct SeriesBand
{
    double t0_s = 0.0;
    double bin_s = 1.0;
    double step_s = 1.0; // of the store's series: a bin holds bin_s / step_s of its values
    Band band;
};

struct SeriesSummary
{
    SeriesBand all;
    std::optional<SeriesBand> detail; // native step, around the end of the first fault
};

struct PointSummary
{
    std::int64_t point = 0;
    std::vector<std::size_t> index; // of its value on each axis
    std::size_t runs_ok = 0;
    std::size_t runs_failed = 0; // failed or timed out
    std::vector<std::int64_t> seeds;
    std::vector<FaultWindow> faults;
    std::map<std::string, MetricSummary> metrics;
    std::map<std::string, SeriesSummary> series;
    // What a closed form says of a series (analysis/models.h), value for value as far as it holds; where
    // there is one.
    std::map<std::string, Eigen::VectorXd> laws;
    std::map<std::string, double> metric_laws; // the same of a metric
    // Smallest registered share from the first fault on (share_fall.h); none where not every run tells.
    std::optional<MetricSummary> share_from_fault;
};

// The points that differ only in the primary axis, in its order: one curve, one panel.
struct Group
{
    std::string label;               // "bindings = lost"; empty if there is only one group
    std::vector<std::size_t> points; // indices into Summary::points
};

// Points that differ, as far as a NAT is concerned, in nothing but the keepalive's interval; with the closed
// forms as functions of it.
struct NatCurve
{
    double timeout_s = 0.0;
    bool keeps_port = false;
    double refresh_s = 0.0;
    std::vector<std::size_t> points{}; // indices into Summary::points, by interval
    Eigen::VectorXd keepalive_s{};     // ascending, twice where the reachability has a step
    Eigen::VectorXd reachability{};
    Eigen::VectorXd keepalive_rate{}; // 1/s at the server; empty: not known
};

// Of the calls of one point.
struct CallCell
{
    double reached = 0.0; // share of the calls offered
    std::string reason{}; // why most of the others are not; empty if there are no others
    double share = 0.0;   // of the calls offered, for that reason
};

// Calls behind NATs, a row per type of NAT (call_table.h).
struct CallTable
{
    std::vector<std::string> rows;
    std::vector<std::string> columns;
    std::vector<std::vector<std::optional<CallCell>>> cells; // [row][column]
};

struct Summary
{
    ExperimentRow experiment;
    double confidence = kDefaultConfidence;
    std::optional<double> capacity; // REGISTER/s, from [report]
    std::vector<Axis> axes;
    // The first numeric axis with more than one value, else the first with more than one, else none.
    std::optional<std::size_t> primary_axis;
    std::vector<PointSummary> points; // with at least one finished run
    std::vector<Group> groups;
    std::vector<NatCurve>
        nat_curves; // ports kept first, then by timeout; none without NATs (nat_curves.h)
    std::optional<CallTable> call_table; // where a sweep goes over the type of a NAT
    std::vector<Group> offload_variants; // where it goes over a proxy's offload (offload.h)
    std::map<std::string, MetricInfo> metric_info;
    std::size_t runs_ok = 0;
    std::size_t runs_failed = 0;
    std::size_t points_planned = 1; // product of the axes

    // "20 s" for value `index` of the axis.
    [[nodiscard]] std::string value_text(std::size_t axis, std::size_t index) const;
    // The primary axis's value at a point; empty without a primary axis.
    [[nodiscard]] std::string primary_text(const PointSummary& point) const;
    // Null if the point lacks it or no run defines it.
    [[nodiscard]] static const MetricSummary* find(const PointSummary& point,
                                                   const std::string& name);
};

// Throws ResultsError: no result store, other schema, no finished run, replications that do not fit
// each other.
[[nodiscard]] Summary build_summary(const ResultsReader& reader,
                                    const SummaryOptions& options = {});

[[nodiscard]] nlohmann::json to_json(const Summary& summary);

// to_json(build_summary(...)): a results.sqlite or the directory that holds it.
[[nodiscard]] nlohmann::json summarize(const std::filesystem::path& results_sqlite,
                                       const SummaryOptions& options = {});

} // namespace sipsim::analysis
