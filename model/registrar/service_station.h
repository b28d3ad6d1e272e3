#pragma once

// Models : the workers of a registrar's process and the queue before them: a request waits its turn,
//          then keeps a worker busy for the service time of its leg (G/G/c/K, first come first served);
//          a limit on the rate of requests before that; and what is said to those that find no place.
// Drives : Host offers each request that reaches the living process, has it handed to RegistrarServer at
//          the instant it is told, or answers what refuse() says; clear() when the process dies, begin()
//          when it is back.
// Keeps  : a departure is known at arrival, so nothing has a timer; at most `queue` requests wait; the
//          n-th request of a run draws its service time by n; O(log workers).
// Leaves : what is answered (Registrar), the 503 as a message (RegistrarServer).
//
// Model choice: every copy of a request takes a place, a token of the rate limit and a worker's time, as
// a process must read it to find out that it is one; a refusal with 503 takes no worker's time. So is a copy
// turned away, too, where the first of its request waits or has been answered: by a full queue, the rate
// limit, or overload control (OverloadServer); its sender takes that for the answer.
//
// Retry-After by the adaptive law. The n-th REGISTER refused is appointed to
//     v[n] = max(v[n-1] + s, f),   told ceil(v[n] - now) seconds,
// where f is the instant at which a request that came now would find a worker (the backlog over the
// service rate; not before the process has loaded) and s what one registration costs the station: both
// its legs over the workers, or two tokens of the rate limit if that is more. So those refused come back
// when what was before them has been served, each after those refused before it, as fast as they can be
// served and no faster: n that are refused at one instant with a wait of W before them are told to wait
// n W + s n (n - 1)/2 in all, before rounding. Model choice: an appointment is not kept free for whoever
// has it, one that is not kept is lost, and requests that follow a registration are not reckoned with; they,
// and whatever else is no REGISTER, are told what a REGISTER refused now would be and take no appointment.

#include "model/base/draw.h"
#include "model/base/leaky_bucket.h"
#include "model/base/time.h"
#include "model/registrar/overload_server.h"
#include "model/sip/message.h"

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

    /// Retry-After of the 503.
    enum class RetryAfter : std::uint8_t
    {
        kFixed,
        kRandom,   // uniform over the whole seconds from retry_after to retry_after_max
        kAdaptive, // see above
    };

    std::uint32_t workers = 0; // 0: infinitely fast, no queue
    Law law = Law::kConstant;
    // Mean time of a worker per request; >= 0. Without credentials a registrar parses and challenges,
    // with them it proves the digest and writes the location.
    SimDuration unauthenticated{0};
    SimDuration authenticated{0};
    std::optional<std::uint32_t> queue{}; // requests that may wait; nullopt: no limit
    // Requests per second that are taken at all, `burst` of them at once; what is beyond is treated as
    // what finds the queue full. nullopt: no limit; > 0.
    std::optional<double> rate_limit{};
    std::uint32_t burst = 1; // >= 1
    WhenFull when_full = WhenFull::kDrop;
    RetryAfter retry_after_law = RetryAfter::kFixed;
    // Of that 503, seconds. kFixed: always; nullopt or 0: none. kRandom, kAdaptive: the least, >= 1
    // (kAdaptive: 1 where it is not given) ...
    std::optional<std::uint32_t> retry_after{};
    // ... and the most; kAdaptive: nullopt: no limit.
    std::optional<std::uint32_t> retry_after_max{};

    // A process that begins anew after an outage reads its database for load_time, and load_per_binding
    // for each address of record left in it, expired or not. Model choice: what comes meanwhile is not
    // kept for later; calls find it down; STUN is answered.
    SimDuration load_time{0};
    SimDuration load_per_binding{0};
    WhenFull while_loading = WhenFull::kDrop; // kRefuse: 503, Retry-After as above

    OverloadOptions overload{}; // what proxies are told; needs workers
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

    /// A request arrives; nullopt: it is turned away. `now` never decreases.
    [[nodiscard]] std::optional<Admission> offer(SimTime now, bool authenticated);

    /// The same under overload control: measured for what proxies are told, and turned away where it is of one
    /// that takes no part and has no share. While the process loads, nothing is measured.
    [[nodiscard]] std::optional<Admission> offer(SimTime now, const sip::Message& request);

    /// The overload parameters of a response to `request`; without control they are its own (RFC 3261
    /// §8.2.6.2).
    [[nodiscard]] sip::OverloadControl overload(SimTime now, const sip::Message& request) const
    {
        return overload_ ? overload_->answer(now, request) : request.overload;
    }

    /// What is said to a request that offer() has just turned away.
    struct Refusal
    {
        bool aloud = false;        // 503; else it is dropped
        std::uint32_t seconds = 0; // Retry-After; 0: none
    };

    [[nodiscard]] Refusal refuse(SimTime now, const sip::Message& request);

    /// Everything in it is gone; workers are free.
    void clear();

    /// The process begins at `now` and has so many bindings to load.
    void begin(SimTime now, std::size_t bindings);

    /// It has not loaded all of them yet: nothing is served.
    [[nodiscard]] bool loading(SimTime now) const
    {
        return now < ready_;
    }

    /// Requests without a worker at `now`.
    [[nodiscard]] std::uint32_t waiting(SimTime now);

    /// It may turn a request away or let it wait.
    [[nodiscard]] bool enabled() const
    {
        return enabled_;
    }

    /// It has workers; otherwise what is admitted is processed as it arrives.
    [[nodiscard]] bool queues() const
    {
        return options_.workers > 0;
    }

  private:
    [[nodiscard]] std::optional<Admission> place(SimTime now, bool authenticated);
    [[nodiscard]] SimDuration service_time(bool authenticated);
    [[nodiscard]] SimDuration per_registration() const;
    void measure_anew();
    [[nodiscard]] std::uint32_t appointment(SimTime now, bool taken);

    const StationOptions& options_;
    DrawKey server_;
    bool enabled_ = false;
    SimDuration token_{0};         // time in which the rate limit lets one more pass; 0: no limit
    std::vector<SimTime> free_at_; // of each worker, a heap with the earliest first
    std::deque<SimTime> begins_;   // of the requests that wait, ascending
    std::uint64_t served_ = 0;     // number of the next request's draw
    LeakyBucket bucket_;
    std::optional<OverloadServer> overload_;
    bool throttled_ = false; // the request just offered was: RFC 7339 §5.10.2
    SimTime ready_{};        // the process has loaded its bindings
    SimTime promised_{};     // for whom is refused next, as far as those before go
};

} // namespace sipsim::registrar
