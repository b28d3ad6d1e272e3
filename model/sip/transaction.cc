#include "model/sip/transaction.h"

#include <limits>
#include <type_traits>

namespace sipsim::sip
{

static_assert(std::is_trivially_copyable_v<ClientTransaction>);
static_assert(sizeof(ClientTransaction) <= 32);
static_assert(std::is_trivially_copyable_v<ServerTransaction>);

namespace
{

constexpr int kGiveUpFactor = 64;     // RFC 3261 table 4: B, F, J = 64*T1
constexpr SimDuration kLongest = 24h; // bound of every duration below; keeps sums far from overflow

SimDuration
give_up_after(const TransactionOptions& options)
{
    const RetransmissionLaw& law = options.retransmission;
    if (law.give_up > 0ns)
    {
        return law.give_up;
    }
    if (law.kind == RetransmissionLaw::Kind::kRfc3261)
    {
        return kGiveUpFactor * options.t1;
    }
    SimDuration sum{0};
    for (const SimDuration interval : law.intervals)
    {
        sum += interval;
    }
    return sum;
}

// The wait after send number `sends` under a list; zero when the list is used up.
SimDuration
listed_interval(const RetransmissionLaw& law, std::size_t sends)
{
    return sends <= law.intervals.size() ? law.intervals[sends - 1] : 0ns;
}

void
check_duration(std::vector<std::string>& problems, std::string_view name, SimDuration value)
{
    if (value <= 0ns || value > kLongest)
    {
        problems.push_back(std::string{name} + " must be above 0 s and at most 24 h");
    }
}

} // namespace

std::vector<std::string>
validate(const TransactionOptions& options)
{
    std::vector<std::string> problems;
    check_duration(problems, "t1", options.t1);
    check_duration(problems, "t2", options.t2);
    check_duration(problems, "t4", options.t4);
    const RetransmissionLaw& law = options.retransmission;
    if (law.give_up < 0ns || law.give_up > kLongest)
    {
        problems.emplace_back("retransmission.give_up must be between 0 s and 24 h");
    }
    const bool list = law.kind == RetransmissionLaw::Kind::kList;
    if (list && law.intervals.empty())
    {
        problems.emplace_back("retransmission.intervals must hold at least one interval");
    }
    if (!list && !law.intervals.empty())
    {
        problems.emplace_back("retransmission.intervals belongs to the law \"list\"");
    }
    for (const SimDuration interval : law.intervals)
    {
        check_duration(problems, "every interval of retransmission.intervals", interval);
    }
    return problems;
}

ClientTransaction::ClientTransaction(const TransactionOptions& options,
                                     Transport transport,
                                     SimTime now)
    : transport_(transport)
{
    timers_.start(Timer::kEnd, now + give_up_after(options)); // §17.1.2.2: Timer F
    if (transport_ == Transport::kUdp) // Timer E only where copies may be lost
    {
        interval_ = options.retransmission.kind == RetransmissionLaw::Kind::kList
                        ? listed_interval(options.retransmission, sends_)
                        : options.t1;
        arm(options, now);
    }
}

void
ClientTransaction::arm(const TransactionOptions& options, SimTime now)
{
    const RetransmissionLaw& law = options.retransmission;
    if (law.max_sends != 0 && sends_ >= law.max_sends)
    {
        // The last send waits one interval for its answer, as every send before it did.
        timers_.stop(Timer::kRetransmit);
        timers_.start(Timer::kEnd, std::min(timers_.due(Timer::kEnd), now + interval_));
        return;
    }
    const bool used_up =
        law.kind == RetransmissionLaw::Kind::kList && sends_ >= law.intervals.size();
    timers_.start(Timer::kRetransmit, used_up ? kNever : now + interval_);
}

ClientStep
ClientTransaction::on_response(const TransactionOptions& options, SimTime now, std::uint16_t status)
{
    if (state_ == State::kCompleted || state_ == State::kTerminated)
    {
        return ClientStep::kNothing; // §17.1.2.2: Completed exists to buffer late copies
    }
    if (status < 200)
    {
        // §17.1.2.2: the timer that is pending fires as it was set; only then begins the T2 rhythm.
        // Timer F is not restarted.
        state_ = State::kProceeding;
        return ClientStep::kProvisional;
    }
    timers_ = TimerTable{};
    if (transport_ == Transport::kUdp)
    {
        state_ = State::kCompleted;
        timers_.start(Timer::kEnd, now + options.t4); // §17.1.2.2: Timer K
    }
    else
    {
        state_ = State::kTerminated; // K = 0
    }
    return ClientStep::kFinal;
}

ClientStep
ClientTransaction::on_transport_error()
{
    // §17.1.4: inform the user, go to Terminated; in Completed there is nothing left to send.
    if (state_ == State::kCompleted || state_ == State::kTerminated)
    {
        return ClientStep::kNothing;
    }
    timers_ = TimerTable{};
    state_ = State::kTerminated;
    return ClientStep::kTransportError;
}

ClientStep
ClientTransaction::on_deadline(const TransactionOptions& options, SimTime now)
{
    // F before E: at the instant both are due there is no last send.
    if (now >= timers_.due(Timer::kEnd))
    {
        const bool answered = state_ == State::kCompleted;
        timers_ = TimerTable{};
        state_ = State::kTerminated;
        return answered ? ClientStep::kTerminated : ClientStep::kTimeout;
    }
    if (now < timers_.due(Timer::kRetransmit))
    {
        return ClientStep::kNothing;
    }
    if (sends_ < std::numeric_limits<decltype(sends_)>::max())
    {
        ++sends_;
    }
    if (options.retransmission.kind == RetransmissionLaw::Kind::kList)
    {
        // Model choice: a 1xx does not change the rhythm of a list.
        interval_ = listed_interval(options.retransmission, sends_);
    }
    else
    {
        // §17.1.2.2: E is MIN(2*E, T2) while Trying and T2 in Proceeding. The first E is T1 all the same, so
        // that a T1 above T2, which devices let one set, is waited once.
        interval_ = state_ == State::kProceeding ? options.t2 : std::min(2 * interval_, options.t2);
    }
    arm(options, now);
    return ClientStep::kSend;
}

ServerStep
ServerTransaction::on_request() const
{
    // §17.2.2: copies are discarded in Trying; the last response is repeated after that.
    const bool answered = state_ == State::kProceeding || state_ == State::kCompleted;
    return answered ? ServerStep::kRespond : ServerStep::kNothing;
}

ServerStep
ServerTransaction::on_response(const TransactionOptions& options, SimTime now, std::uint16_t status)
{
    if (state_ == State::kCompleted || state_ == State::kTerminated)
    {
        return ServerStep::kNothing; // §17.2.2: any other final response is discarded
    }
    if (status < 200)
    {
        state_ = State::kProceeding;
        return ServerStep::kRespond;
    }
    if (status == 408)
    {
        // RFC 4320 §4.2: a non-INVITE request is never answered 408; its client has timed out by then.
        state_ = State::kTerminated;
        return ServerStep::kTerminated;
    }
    if (transport_ == Transport::kUdp)
    {
        state_ = State::kCompleted;
        linger_until_ = now + kGiveUpFactor * options.t1; // Timer J
    }
    else
    {
        state_ = State::kTerminated; // J = 0
    }
    return ServerStep::kRespond;
}

ServerStep
ServerTransaction::on_transport_error()
{
    // §17.2.4: the user is told, the transaction ends.
    if (state_ == State::kTerminated)
    {
        return ServerStep::kNothing;
    }
    linger_until_ = kNever;
    state_ = State::kTerminated;
    return ServerStep::kTerminated;
}

ServerStep
ServerTransaction::on_deadline(SimTime now)
{
    if (now < linger_until_)
    {
        return ServerStep::kNothing;
    }
    linger_until_ = kNever;
    state_ = State::kTerminated;
    return ServerStep::kTerminated;
}

SimDuration
shortest_interval(const TransactionOptions& options)
{
    if (options.retransmission.kind != RetransmissionLaw::Kind::kList)
    {
        return std::min(options.t1, options.t2); // T2 may be the shorter one
    }
    SimDuration shortest = SimDuration::max();
    for (const SimDuration interval : options.retransmission.intervals)
    {
        shortest = std::min(shortest, interval);
    }
    return shortest;
}

} // namespace sipsim::sip
