#pragma once

// Models : RFC 3261 §17 transactions without their messages: when to send again, when to give up,
//          when a late copy is absorbed. Non-INVITE client (§17.1.2, timers E F K) and server
//          (§17.2.2, timer J; RFC 4320: no 408 is ever sent); the timer table has room for INVITE.
// Drives : the owner sends when told to, and rebuilds the message: a request is a pure function of the
//          owner's state during a transaction.
// Keeps  : next_deadline() is the only instant at which on_deadline() does something; no allocation,
//          trivially copyable, 32 octets at most.
// Leaves : INVITE timers A B D, matching (the owner compares the branch, §17.1.3).

#include "model/base/fixed_vector.h"
#include "model/base/time.h"
#include "model/sip/ids.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace sipsim::sip
{

using namespace std::chrono_literals;

/// One row per role a timer plays; RFC 3261 table 4 names them by method and side.
enum class Timer : std::uint8_t
{
    kRetransmit, // E (A for INVITE): send again
    kEnd,        // F (B): 64*T1, no response came; once one has, K (D): absorb late copies
    kCount
};

class TimerTable
{
  public:
    TimerTable()
    {
        due_.fill(kNever);
    }

    void start(Timer timer, SimTime at)
    {
        due_[static_cast<std::size_t>(timer)] = at;
    }

    void stop(Timer timer)
    {
        due_[static_cast<std::size_t>(timer)] = kNever;
    }

    [[nodiscard]] SimTime due(Timer timer) const
    {
        return due_[static_cast<std::size_t>(timer)];
    }

    [[nodiscard]] SimTime next() const
    {
        return *std::ranges::min_element(due_);
    }

  private:
    std::array<SimTime, static_cast<std::size_t>(Timer::kCount)> due_;
};

/// When a request is sent again over an unreliable transport.
struct RetransmissionLaw
{
    enum class Kind : std::uint8_t
    {
        kRfc3261, // T1, then the double up to T2; T2 once proceeding
        kList, // the listed intervals, one by one; the transaction ends one last interval after the last
    };
    Kind kind = Kind::kRfc3261;
    FixedVector<SimDuration, 12>
        intervals; // kList: > 0 each; n intervals are n sends, the last waits for the end
    std::uint8_t max_sends = 0; // 0: no limit. kRfc3261: the attempt fails when the interval after
                                // the last send has passed, or at give_up if that is earlier
    SimDuration give_up{0};     // 0: 64*T1 for kRfc3261, the sum of the list for kList
};

struct TransactionOptions
{
    SimDuration t1 = 500ms; // RFC 3261 §17.1.1.1: round-trip estimate
    SimDuration t2 = 4s; // cap of all intervals but the first between sends of a non-INVITE request
    SimDuration t4 = 5s; // longest life of a message in the network
    RetransmissionLaw retransmission;
};

/// The least time between two sends of a request.
[[nodiscard]] SimDuration shortest_interval(const TransactionOptions& options);

/// All problems of the options: t1, t2, t4 in (0, 24 h]; the law's lists as described.
[[nodiscard]] std::vector<std::string> validate(const TransactionOptions& options);

/// What an input to a client transaction led to.
enum class ClientStep : std::uint8_t
{
    kNothing,
    kSend,        // send the request (first time or again)
    kProvisional, // a 1xx for the owner
    kFinal,       // the final response, delivered once
    kTimeout,     // no final response in time
    kTransportError,
    kTerminated, // the linger is over; the owner may forget the transaction
};

class ClientTransaction
{
  public:
    enum class State : std::uint8_t
    {
        kTrying,
        kProceeding,
        kCompleted,
        kTerminated,
    };

    /// Starts at once: the owner sends the request at `now`.
    ClientTransaction(const TransactionOptions& options, Transport transport, SimTime now);

    [[nodiscard]] ClientStep on_response(const TransactionOptions& options,
                                         SimTime now,
                                         std::uint16_t status);
    /// §17.1.4; also an ICMP port unreachable (§18.4).
    [[nodiscard]] ClientStep on_transport_error();
    [[nodiscard]] ClientStep on_deadline(const TransactionOptions& options, SimTime now);

    [[nodiscard]] SimTime next_deadline() const
    {
        return timers_.next();
    }

    [[nodiscard]] State state() const
    {
        return state_;
    }

    /// Sends so far, the first included.
    [[nodiscard]] std::uint32_t sends() const
    {
        return sends_;
    }

  private:
    void arm(const TransactionOptions& options, SimTime now);

    TimerTable timers_;
    SimDuration interval_{0}; // the wait after the last send
    std::uint16_t sends_ = 1;
    State state_ = State::kTrying;
    Transport transport_ = Transport::kUdp;
};

/// What an input to a server transaction led to.
enum class ServerStep : std::uint8_t
{
    kNothing,
    kRespond, // send the last response again
    kTerminated,
};

class ServerTransaction
{
  public:
    enum class State : std::uint8_t
    {
        kTrying,
        kProceeding,
        kCompleted,
        kTerminated,
    };

    explicit ServerTransaction(Transport transport)
        : transport_(transport)
    {
    }

    /// A copy of the request arrived.
    [[nodiscard]] ServerStep on_request() const;
    /// The owner answered with `status`; send it. Later finals are dropped (§17.2.2), and a 408 ends
    /// the transaction unsent (RFC 4320 §4.2).
    [[nodiscard]] ServerStep on_response(const TransactionOptions& options,
                                         SimTime now,
                                         std::uint16_t status);
    [[nodiscard]] ServerStep on_transport_error();
    [[nodiscard]] ServerStep on_deadline(SimTime now);

    [[nodiscard]] SimTime next_deadline() const
    {
        return linger_until_;
    }

    [[nodiscard]] State state() const
    {
        return state_;
    }

  private:
    SimTime linger_until_ = kNever; // Timer J: 64*T1 over UDP, 0 over a reliable transport
    State state_ = State::kTrying;
    Transport transport_;
};

} // namespace sipsim::sip
