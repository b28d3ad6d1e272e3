#pragma once

// Models : carrying out the runs of an experiment that are missing, on worker processes.
// Drives : `sipsim run`.
// Keeps  : a finished run is stored at once and never repeated; a run that crashes or exceeds its time
//          is retried once, then marked, and the sweep goes on; one interrupt finishes the runs under
//          way, a second ends them; kill -9 loses only what was under way.
// Leaves : what a run simulates (Experiment::world and the carriers).

#include "model/world/collector.h"
#include "scenarios/runner/experiment.h"
#include "scenarios/runner/store.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace sipsim::runner
{

/// One run, in this process: build the world, run it on its carrier, collect.
[[nodiscard]] RunRecord execute_run(const Experiment& experiment,
                                    const Point& point,
                                    std::uint64_t seed,
                                    const std::optional<std::filesystem::path>& pcap_prefix);

struct Progress
{
    std::size_t done = 0;
    std::size_t failed = 0;
    std::size_t total = 0;
    double elapsed_s = 0;
    std::optional<double>
        left_s;             // nullopt: nothing is left, nothing ended yet, or it was interrupted
    std::size_t ending = 0; // interrupted: runs that are still waited for
};

struct ExecutorOptions
{
    unsigned workers = 1;
    std::filesystem::path directory;
    std::function<bool(const Point&, std::uint64_t seed)> only; // empty: all
    std::function<void(const Progress&)> report;
    const std::atomic<int>* interrupts = nullptr; // Ctrl-C so far
};

struct SweepOutcome
{
    std::size_t done = 0;    // in this call
    std::size_t skipped = 0; // were there already
    std::size_t failed = 0;
    bool interrupted = false;
    // Point and seed of those that were there, where the experiment wants captures and they have none.
    std::vector<std::pair<std::uint32_t, std::uint64_t>> without_capture;
};

[[nodiscard]] SweepOutcome run_sweep(const Experiment& experiment,
                                     Store& store,
                                     const ExecutorOptions& options);

} // namespace sipsim::runner
