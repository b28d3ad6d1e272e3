#pragma once

// Models : one run in a process of its own, so that whatever it does to itself stays there.
// Drives : the executor starts, polls and reaps it.
// Keeps  : the child dies with its parent; its record is whole or absent.
// Leaves : which run, and what becomes of the record.

#include "scenarios/runner/store.h"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace sipsim::runner
{

class Worker
{
  public:
    using Clock = std::chrono::steady_clock;

    /// Forks; the child computes `work()` and writes its record. Throws StoreError if it cannot.
    explicit Worker(const std::function<RunRecord()>& work);
    Worker(Worker&& other) noexcept;
    Worker& operator=(Worker&&) = delete;
    ~Worker(); // ends a child that still runs

    /// Where the record arrives; for poll().
    [[nodiscard]] int descriptor() const
    {
        return pipe_;
    }

    [[nodiscard]] Clock::time_point started() const
    {
        return started_;
    }

    /// Reads what is there; true when the child has closed its end.
    bool read_some();

    /// Reaps the child. A record, or the reason why there is none.
    struct Ended
    {
        std::optional<RunRecord> record;
        std::string error;
    };

    [[nodiscard]] Ended end();

    void kill();

  private:
    pid_t child_ = -1;
    int pipe_ = -1;
    std::string bytes_;
    Clock::time_point started_;
};

} // namespace sipsim::runner
