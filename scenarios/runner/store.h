#pragma once

// Models : one experiment's results in one SQLite file (WAL): experiment, run, metric, series,
//          histogram, and cost apart.
// Drives : the executor writes finished runs; show, export, plot and compare read.
// Keeps  : a finished run is one transaction: wholly there or not at all, whatever kills the process;
//          metrics, series and fingerprints are the same for any number of workers.
// Leaves : statistics (analysis).

#include "model/world/collector.h"
#include "scenarios/runner/experiment.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sipsim::runner
{

/// What a run leaves: results or the reason why not.
struct RunRecord
{
    std::uint32_t point = 0;
    std::uint64_t seed = 0;
    std::string status = "ok"; // ok | failed | timeout
    std::uint32_t attempts = 1;
    std::string error;
    std::string faults_json = "[]";
    world::Results results;
    std::map<std::string, double> cost;
};

struct StoredMetric
{
    std::string name;
    std::optional<double> value; // nullopt: not defined, or not reached if censored
    bool censored = false;
};

struct StoredSeries
{
    std::string name;
    double t0_s = 0;
    double dt_s = 1;
    std::vector<double> values;
};

struct StoredHistogram
{
    std::string name;
    std::vector<double> edges; // one more than counts
    std::vector<double> counts;
};

struct StoredRun
{
    std::int64_t id = 0;
    std::uint32_t point = 0;
    std::uint64_t seed = 0;
    std::string params_json;
    std::string status;
    std::uint32_t attempts = 0;
    std::string fingerprint;
    std::string error;
    std::string faults_json;
    std::vector<StoredMetric> metrics;
    std::vector<std::pair<std::string, double>> cost;
};

/// Thrown by every operation of Store, with the path and a remedy in what().
class StoreError : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/// The disk is full or broken: no fault of what the user typed.
class DiskError final : public StoreError
{
  public:
    using StoreError::StoreError;
};

class Store
{
  public:
    /// Opens DIR/results.sqlite, making both if need be. Refuses a store of another experiment (other
    /// hash), of another version of sipsim, or a file that is no store. `options`: of the command line,
    /// those that a command needs to make the same experiment of the same file.
    static Store open_for_writing(const std::filesystem::path& directory,
                                  const Experiment& experiment,
                                  const std::vector<std::string>& options = {});
    /// Also from a directory that the user may not write to.
    static Store open_for_reading(const std::filesystem::path& results);

    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;
    ~Store();

    /// Runs whose status is ok.
    [[nodiscard]] std::vector<std::pair<std::uint32_t, std::uint64_t>> finished() const;
    /// Replaces a failed or timed-out record of the same (point, seed).
    void put(const RunRecord& record, const Point& point);

    [[nodiscard]] std::vector<StoredRun> runs() const; // by (point, seed)
    [[nodiscard]] std::optional<StoredRun> run(std::int64_t id) const;
    [[nodiscard]] std::vector<StoredSeries> series(std::int64_t run_id) const;
    [[nodiscard]] std::vector<StoredHistogram> histograms(std::int64_t run_id) const;
    [[nodiscard]] std::map<std::string, std::string> experiment() const;
    /// With which the file of experiment() makes every run of the store.
    [[nodiscard]] std::vector<std::string> options() const;
    /// Hash over metrics, series, histograms and fingerprints of all ok runs, ordered by (point, seed);
    /// cost, attempts and ids excluded.
    [[nodiscard]] std::string content_hash() const;

  private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace sipsim::runner
