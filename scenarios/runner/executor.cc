#include "scenarios/runner/executor.h"

#include "scenarios/runner/worker.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <list>
#include <set>

namespace sipsim::runner
{

namespace
{

using Clock = Worker::Clock;

constexpr std::uint32_t kMaxAttempts = 2; // a run that fails is tried once more
constexpr int kPollMs = 100;

struct Job
{
    const Point* point = nullptr;
    std::uint64_t seed = 0;
    std::uint32_t attempt = 1;
};

struct Running
{
    Job job;
    Worker worker;
};

RunRecord
without_results(std::string status, std::string error)
{
    RunRecord record;
    record.status = std::move(status);
    record.error = std::move(error);
    return record;
}

class Sweep
{
  public:
    Sweep(const Experiment& experiment, Store& store, const ExecutorOptions& options)
        : experiment_(experiment),
          store_(store),
          options_(options),
          started_(Clock::now())
    {
        const auto finished = store.finished();
        const std::set<std::pair<std::uint32_t, std::uint64_t>> done(finished.begin(),
                                                                     finished.end());
        for (std::uint32_t r = 0; r < experiment.replications; ++r)
        {
            const std::uint64_t seed = experiment.replication_seed(r);
            for (const auto& point : experiment.points)
            {
                if (options.only && !options.only(point, seed))
                {
                    continue;
                }
                if (done.contains({point.index, seed}))
                {
                    ++outcome_.skipped;
                    if (experiment.pcap && !std::filesystem::exists(pcap_file(point, seed)))
                    {
                        outcome_.without_capture.emplace_back(point.index, seed);
                    }
                    continue;
                }
                waiting_.push_back({&point, seed, 1});
            }
        }
        total_ = waiting_.size();
    }

    SweepOutcome run()
    {
        report();
        while (!running_.empty() || (!waiting_.empty() && interrupts() == 0))
        {
            start_workers();
            collect();
            end_late_ones();
            if (interrupts() > 0 && !told_interrupted_)
            {
                told_interrupted_ = true;
                report();
            }
            if (interrupts() >= 2)
            {
                running_.clear(); // ends the processes
            }
        }
        outcome_.interrupted = interrupts() > 0 && outcome_.done + outcome_.failed < total_;
        return outcome_;
    }

  private:
    [[nodiscard]] int interrupts() const
    {
        return options_.interrupts == nullptr ? 0 : options_.interrupts->load();
    }

    void start_workers()
    {
        while (running_.size() < options_.workers && !waiting_.empty() && interrupts() == 0)
        {
            const Job job = waiting_.front();
            waiting_.pop_front();
            running_.push_back(
                {job, Worker([&] {
                     return execute_run(experiment_, *job.point, job.seed, pcap_of(job));
                 })});
        }
    }

    [[nodiscard]] std::filesystem::path pcap_file(const Point& point, std::uint64_t seed) const
    {
        return options_.directory / "pcap" / fmt::format("point{}-seed{}.pcap", point.index, seed);
    }

    [[nodiscard]] std::optional<std::filesystem::path> pcap_of(const Job& job) const
    {
        if (!experiment_.pcap)
        {
            return std::nullopt;
        }
        const auto file = pcap_file(*job.point, job.seed);
        std::filesystem::create_directories(file.parent_path());
        return file;
    }

    void collect()
    {
        std::vector<pollfd> polled;
        polled.reserve(running_.size());
        for (const auto& r : running_)
        {
            polled.push_back({.fd = r.worker.descriptor(), .events = POLLIN, .revents = 0});
        }
        if (::poll(polled.data(), polled.size(), kPollMs) <= 0)
        {
            return;
        }
        auto it = running_.begin();
        for (const auto& p : polled)
        {
            const auto current = it++;
            if (p.revents != 0 && current->worker.read_some())
            {
                auto ended = current->worker.end();
                const Job job = current->job;
                running_.erase(current);
                settle(job,
                       ended.record ? std::move(*ended.record)
                                    : without_results("failed", ended.error));
            }
        }
    }

    void end_late_ones()
    {
        if (experiment_.run_timeout == SimDuration{0})
        {
            return;
        }
        for (auto it = running_.begin(); it != running_.end();)
        {
            const auto current = it++;
            if (Clock::now() - current->worker.started() > experiment_.run_timeout)
            {
                const Job job = current->job;
                running_.erase(current); // ends the process
                settle(job,
                       without_results("timeout",
                                       fmt::format("took longer than experiment.run_timeout = "
                                                   "\"{:g}s\": raise it, or make the run smaller",
                                                   to_seconds(experiment_.run_timeout))));
            }
        }
    }

    /// Stores the record, or queues the run once more.
    void settle(const Job& job, RunRecord record)
    {
        record.point = job.point->index;
        record.seed = job.seed;
        record.attempts = job.attempt;
        if (record.status != "ok" && job.attempt < kMaxAttempts && interrupts() == 0)
        {
            waiting_.push_back({job.point, job.seed, job.attempt + 1});
            return;
        }
        store_.put(record, *job.point);
        ++(record.status == "ok" ? outcome_.done : outcome_.failed);
        report();
    }

    void report() const
    {
        if (!options_.report)
        {
            return;
        }
        const std::size_t ended = outcome_.done + outcome_.failed;
        const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
        Progress progress{.done = outcome_.done,
                          .failed = outcome_.failed,
                          .total = total_,
                          .elapsed_s = elapsed,
                          .left_s = std::nullopt,
                          .ending = interrupts() > 0 ? running_.size() : 0};
        if (ended > 0 && ended < total_ && interrupts() == 0)
        {
            progress.left_s =
                elapsed / static_cast<double>(ended) * static_cast<double>(total_ - ended);
        }
        options_.report(progress);
    }

    const Experiment& experiment_;
    Store& store_;
    const ExecutorOptions& options_;
    Clock::time_point started_;
    std::deque<Job> waiting_;
    std::list<Running> running_;
    std::size_t total_ = 0;
    bool told_interrupted_ = false;
    SweepOutcome outcome_;
};

} // namespace

SweepOutcome
run_sweep(const Experiment& experiment, Store& store, const ExecutorOptions& options)
{
    return Sweep(experiment, store, options).run();
}

} // namespace sipsim::runner
