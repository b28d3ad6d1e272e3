#pragma once

// Models : the workers of a registrar's process and the queue before them: a request waits its turn,
//          then keeps a worker busy for the service time of its leg (G/G/c/K, first come first served).
// Drives : a carrier offers each request that reaches the living process and hands it to
//          RegistrarServer at the instant it is told; clear() when the process dies.
// Keeps  : a departure is known at arrival, so nothing has a timer; at most `queue` requests wait; the
//          n-th request of a run draws its service time by n; O(log workers).
// Leaves : what is answered (Registrar), the refusal of what finds no place (the carrier sends it).
//
// Model choice: every copy of a request takes a place and a worker's time, as a process must read it to
// find out that it is one; a refusal with 503 takes none.

#include "model/base/draw.h"
#include "model/base/time.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace sipsim::registrar
{

struct StationOptions
{
    enum class Law : std::uint8_t
    {
        kConstant,
        kExponential, // with the given mean
    };

    enum class WhenFull : std::uint8_t
    {
        kDrop,
        kRefuse, // 503 (RFC 3261 §21.5.4)
    };

    std::uint32_t workers = 0; // 0: infinitely fast, no queue
    Law law = Law::kConstant;
    // Mean time of a worker per request; >= 0. Without credentials a registrar parses and challenges,
    // with them it proves the digest and writes the location.
    SimDuration unauthenticated{0};
    SimDuration authenticated{0};
    std::optional<std::uint32_t> queue{}; // requests that may wait; nullopt: no limit
    WhenFull when_full = WhenFull::kDrop;
    std::optional<std::uint32_t> retry_after{}; // of that 503, seconds
};

/// All problems, each "name = value: must be ...".
[[nodiscard]] std::vector<std::string> validate(const StationOptions& options);

class ServiceStation
{
  public:
    /// `options` outlive it; `server` is the draw key of this server.
    ServiceStation(const StationOptions& options, const DrawKey& server);

    struct Admission
    {
        SimTime begins;            // a worker takes it
        SimTime done;              // it is to be processed and answered
        std::uint32_t waiting = 0; // requests without a worker now, this one included
    };

    /// A request arrives; nullopt: there is no place for it. `now` never decreases.
    [[nodiscard]] std::optional<Admission> offer(SimTime now, bool authenticated);

    /// Everything in it is gone; workers are free.
    void clear();

    /// Requests without a worker at `now`.
    [[nodiscard]] std::uint32_t waiting(SimTime now);

    /// It serves at all; otherwise requests are processed as they arrive.
    [[nodiscard]] bool enabled() const
    {
        return options_.workers > 0;
    }

  private:
    [[nodiscard]] SimDuration service_time(bool authenticated);

    const StationOptions& options_;
    DrawKey server_;
    std::vector<SimTime> free_at_; // of each worker, a heap with the earliest first
    std::deque<SimTime> begins_;   // of the requests that wait, ascending
    std::uint64_t served_ = 0;     // number of the next request's draw
};

} // namespace sipsim::registrar
