// Models : what can be compared of an experiment: per point and seed the outcome of every metric and the
//          fingerprint. From a result store, or from a baseline: the same as text, small enough to commit.
// Drives : comparison.h, and `sipsim export --format baseline`.
// Keeps  : a baseline holds values to the last bit, so what has not changed reads as identical; cost,
//          series and histograms are left behind (the content hash covers the latter two).
// Leaves : statistics; who may open a store while a run writes it (runner/store.h).
#pragma once

#include "analysis/results_reader.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sipsim::analysis
{

struct RunOutcome
{
    std::int64_t seed = 0;
    bool ok = true; // false: failed or timed out; it has no metrics
    std::string fingerprint;
    std::map<std::string, MetricValue> metrics; // one that is not here is not defined
};

struct RunPoint
{
    std::map<std::string, std::string> parameters; // of the sweep
    std::vector<RunOutcome> runs;                  // by seed

    [[nodiscard]] std::string label() const; // "a=1 b=2"; "-" without a sweep
};

struct RunSet
{
    std::string source; // the path as given
    std::string experiment;
    std::string carrier;
    std::string version;
    std::string config_hash;
    std::string content_hash; // of metrics, series, histograms, fingerprints; empty: not known
    std::map<std::string, MetricInfo> metric_info;
    std::vector<RunPoint> points; // in the sweep's order

    [[nodiscard]] std::size_t runs() const;
};

// A text file that begins as a baseline does.
[[nodiscard]] bool is_baseline(const std::filesystem::path& file);

// Throws ResultsError with the remedy. A store's content_hash is left to who can compute it.
[[nodiscard]] RunSet read_baseline(const std::filesystem::path& file);
[[nodiscard]] RunSet read_store(const std::filesystem::path& results);

// JSON, a line per metric and point, so that a change of it reads well:
// {"sipsim_baseline": 1, "experiment":, "carrier":, "version":, "config_hash":, "content_hash":,
//  "metrics": {name: {"unit":, "kind":, "better":}},
//  "points": [{"point": {param: value}, "seeds": [], "fingerprints": [],
//              "metrics": {name: [value, null where not defined, "not reached"]}}]}
// A value instead of a list is that of every run. Metrics that no run of a point defines are left out.
// Throws ResultsError for a run that did not end well.
[[nodiscard]] std::string baseline_text(const RunSet& set);

} // namespace sipsim::analysis
