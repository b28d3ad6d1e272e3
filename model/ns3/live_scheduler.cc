#include "model/ns3/live_scheduler.h"

#include "ns3/pointer.h"

#include <algorithm>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(Lateness);
NS_OBJECT_ENSURE_REGISTERED(LiveScheduler);

ns3::TypeId
Lateness::GetTypeId()
{
    static const ns3::TypeId tid = ns3::TypeId("sipsim::Lateness")
                                       .SetParent<ns3::Object>()
                                       .SetGroupName("Sipsim")
                                       .AddConstructor<Lateness>();
    return tid;
}

void
Lateness::Begin(const ns3::RealtimeSimulatorImpl& clock)
{
    clock_ = &clock;
}

void
Lateness::End()
{
    clock_ = nullptr;
}

void
Lateness::Note(std::uint64_t due_ns)
{
    if (clock_ == nullptr)
    {
        return;
    }
    ++events;
    const std::chrono::nanoseconds by{clock_->RealtimeNow().GetNanoSeconds() -
                                      static_cast<std::int64_t>(due_ns)};
    late += by > kTolerance ? 1U : 0U;
    largest = std::max(largest, by);
}

ns3::TypeId
LiveScheduler::GetTypeId()
{
    static const ns3::TypeId tid =
        ns3::TypeId("sipsim::LiveScheduler")
            .SetParent<ns3::PriorityQueueScheduler>()
            .SetGroupName("Sipsim")
            .AddConstructor<LiveScheduler>()
            .AddAttribute("Lateness",
                          "Where it notes how late events are.",
                          ns3::PointerValue(),
                          ns3::MakePointerAccessor(&LiveScheduler::lateness_),
                          ns3::MakePointerChecker<Lateness>());
    return tid;
}

ns3::Scheduler::Event
LiveScheduler::RemoveNext()
{
    const Event event = PriorityQueueScheduler::RemoveNext();
    if (lateness_)
    {
        lateness_->Note(event.key.m_ts);
    }
    return event;
}

} // namespace sipsim::ns3carrier
