#pragma once

// Models : the verbs of the command line, one function each; arguments in, exit code out.
// Drives : main.cc parses the command line into these and returns what they return.
// Keeps  : results on stdout, diagnostics on stderr; exit codes 0 ok, 1 a run failed, 2 usage or
//          config, 3 regression, 130 interrupted.
// Leaves : what the verbs work with (Experiment, Store, carriers, analysis).

#include "analysis/run_set.h"
#include "scenarios/runner/estimate.h"
#include "scenarios/runner/experiment.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sipsim::runner
{

inline constexpr int kOk = 0;
inline constexpr int kRunFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kRegression = 3;
inline constexpr int kInterrupted = 130;

/// What --set and --seed give to every verb that loads an experiment.
struct ExperimentArgs
{
    std::filesystem::path file;
    std::vector<std::string> sets; // "key=value"
    std::optional<std::uint64_t> seed;
};

struct CheckArgs
{
    std::vector<std::filesystem::path> files;
    std::vector<std::string> sets;
};

struct PlanArgs
{
    ExperimentArgs experiment;
    bool json = false;
};

struct RunArgs
{
    ExperimentArgs experiment;
    std::optional<std::filesystem::path> output; // default results/NAME
    unsigned workers = 0;                        // 0: one per core
    std::optional<std::string> only;             // "param=value,param=value,seed=n"
};

struct ShowArgs
{
    std::filesystem::path results;
    std::optional<std::int64_t> run;
    bool json = false;
};

struct ExportArgs
{
    std::filesystem::path results;
    bool metrics = false; // the default
    bool series = false;
    bool histograms = false;
    std::string format = "csv"; // csv | json | baseline
};

struct CompareArgs
{
    std::filesystem::path base; // results or a baseline, as `changed`
    std::filesystem::path changed;
    double alpha = 0.01; // family level, in (0, 1)
    double least = 0.0;  // of BASE's mean, 0 to 1
    bool only_worse = false;
    bool all = false;
    bool json = false;
    std::optional<std::filesystem::path> junit;
};

struct PlotArgs
{
    std::filesystem::path results;
    std::optional<std::filesystem::path> output; // of figures and summary.json; with --json none
    bool json = false;                           // the summary alone, to stdout
};

struct TraceArgs
{
    ExperimentArgs experiment;
    std::uint32_t ua = 0;
    std::uint32_t point = 0;
    bool json = false;
    std::optional<std::filesystem::path> pcap; // default NAME-uaN.pcap; with --json only if given
};

struct LiveArgs
{
    ExperimentArgs experiment;
    bool json = false;
    std::optional<std::filesystem::path> pcap; // of the interface's side of the host's link
};

struct ProfilesArgs
{
    bool json = false;
};

struct ParamsArgs
{
    std::optional<std::string> profile;
    bool json = false;
};

struct TopologyArgs
{
    std::optional<std::filesystem::path> file;
    std::optional<std::string> generate;
    bool json = false;
};

struct DecodeArgs
{
    std::string protocol; // sip, dns or stun
    std::filesystem::path file;
};

[[nodiscard]] int check(const CheckArgs& args);
[[nodiscard]] int plan(const PlanArgs& args);
[[nodiscard]] int run(const RunArgs& args, const std::atomic<int>& interrupts);
[[nodiscard]] int show(const ShowArgs& args);
[[nodiscard]] int export_results(const ExportArgs& args);
[[nodiscard]] int compare(const CompareArgs& args);
[[nodiscard]] int plot(const PlotArgs& args);
[[nodiscard]] int trace(const TraceArgs& args);
[[nodiscard]] int live(const LiveArgs& args, const std::atomic<int>& interrupts);
[[nodiscard]] int params(const ParamsArgs& args);
[[nodiscard]] int profiles(const ProfilesArgs& args);
[[nodiscard]] int topology(const TopologyArgs& args);
[[nodiscard]] int decode(const DecodeArgs& args);

/// Results or a baseline. Throws StoreError with the remedy.
[[nodiscard]] analysis::RunSet read_run_set(const std::filesystem::path& path);

/// Loads the experiment; prints its problems and warnings to stderr. nullopt: there were problems.
[[nodiscard]] std::optional<Experiment> load_or_explain(const ExperimentArgs& args);

/// One run of every chosen point (empty: of all) fits into this machine's memory; if not, says so on
/// stderr.
[[nodiscard]] bool fits_or_explain(const Experiment& experiment, const PointFilter& chosen = {});

/// The file's bytes; nullopt, and a line on stderr, if it cannot be read.
[[nodiscard]] std::optional<std::string> read_or_explain(const std::filesystem::path& file);

/// "key=value" into its halves; nullopt, and a line on stderr, if there is no '='.
[[nodiscard]] std::optional<std::vector<Override>> overrides_or_explain(
    const std::vector<std::string>& sets);

} // namespace sipsim::runner
