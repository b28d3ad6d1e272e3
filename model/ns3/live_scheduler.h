#pragma once

// Models : ns-3's queue of events, which notes how late each is taken from it.
// Drives : a real-time simulation asks for the next event when its instant has come.
// Keeps  : the order of ns3::PriorityQueueScheduler.
// Leaves : waiting for the instant (ns3::RealtimeSimulatorImpl).

#include "ns3/object.h"
#include "ns3/priority-queue-scheduler.h"
#include "ns3/realtime-simulator-impl.h"

#include <chrono>
#include <cstdint>

namespace sipsim::ns3carrier
{

/// What was late in a real-time run.
class Lateness : public ns3::Object
{
  public:
    static ns3::TypeId GetTypeId();

    /// Later than this an event is late: it is more than what a sleeping thread needs to wake up, and
    /// less than any timer of SIP.
    static constexpr std::chrono::nanoseconds kTolerance = std::chrono::milliseconds{1};

    /// Notes from now on. `clock` outlives the run.
    void Begin(const ns3::RealtimeSimulatorImpl& clock);
    void End();
    void Note(std::uint64_t due_ns);

    std::uint64_t events = 0;
    std::uint64_t late = 0;
    std::chrono::nanoseconds largest{0};

  private:
    const ns3::RealtimeSimulatorImpl* clock_ = nullptr;
};

class LiveScheduler : public ns3::PriorityQueueScheduler
{
  public:
    static ns3::TypeId GetTypeId();

    // ns3::Scheduler
    ns3::Scheduler::Event RemoveNext() override;

  private:
    ns3::Ptr<Lateness> lateness_;
};

} // namespace sipsim::ns3carrier
