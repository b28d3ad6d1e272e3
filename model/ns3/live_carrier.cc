#include "model/ns3/live_carrier.h"

#include "model/ns3/live_scheduler.h"
#include "model/ns3/packet_world_helper.h"
#include "model/ns3/sim_time.h"

#include "ns3/global-value.h"
#include "ns3/object-factory.h"
#include "ns3/pointer.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <exception>

namespace sipsim::ns3carrier
{

namespace
{

constexpr SimDuration kPollPeriod = std::chrono::milliseconds{50};

void
PaceBy(const char* implementation)
{
    ns3::Simulator::Destroy(); // the next one is of the new kind
    ns3::GlobalValue::Bind("SimulatorImplementationType", ns3::StringValue(implementation));
}

class RealTime
{
  public:
    RealTime()
    {
        PaceBy("ns3::RealtimeSimulatorImpl");
    }

    ~RealTime()
    {
        PaceBy("ns3::DefaultSimulatorImpl");
    }

    RealTime(const RealTime&) = delete;
    RealTime& operator=(const RealTime&) = delete;
};

/// What a live run does beside the world: begins to read the tap, looks whether it shall end.
class Conductor
{
  public:
    Conductor(const LiveOptions& options, TapGate& gate)
        : options_(options),
          gate_(gate)
    {
        ns3::Simulator::Schedule(ns3::Time{0}, &Conductor::Begin, this);
    }

    [[nodiscard]] bool stopped() const
    {
        return stopped_;
    }

    void Rethrow() const
    {
        if (thrown_)
        {
            std::rethrow_exception(thrown_);
        }
    }

  private:
    void Begin()
    {
        gate_.Start();
        Guarded([this] {
            if (options_.ready)
            {
                options_.ready();
            }
        });
        Ask();
    }

    void Ask()
    {
        Guarded([this] { stopped_ = options_.stop && options_.stop(); });
        if (stopped_ || thrown_ || gate_.IsLost())
        {
            ns3::Simulator::Stop();
            return;
        }
        ns3::Simulator::Schedule(ToNs3(kPollPeriod), &Conductor::Ask, this);
    }

    // ns-3's event loop is no place to unwind through.
    template <class Call>
    void Guarded(const Call& call)
    {
        try
        {
            call();
        }
        catch (...)
        {
            thrown_ = std::current_exception();
        }
    }

    const LiveOptions& options_;
    TapGate& gate_;
    bool stopped_ = false;
    std::exception_ptr thrown_;
};

} // namespace

LiveCost
run_live(const world::World& world,
         const world::Layout& layout,
         world::Observer& observer,
         const LiveOptions& options)
{
    const RealTime real_time;
    const PacketSimulation simulation{true};
    const auto lateness = ns3::CreateObject<Lateness>();
    ns3::ObjectFactory scheduler;
    scheduler.SetTypeId(LiveScheduler::GetTypeId());
    scheduler.Set("Lateness", ns3::PointerValue(lateness));
    ns3::Simulator::SetScheduler(scheduler);
    const auto clock =
        ns3::DynamicCast<ns3::RealtimeSimulatorImpl>(ns3::Simulator::GetImplementation());

    PacketWorldHelper helper{world, layout, observer};
    helper.InstallWithTap(options.descriptor, options.place);
    if (options.pcap)
    {
        helper.EnableTapPcap(*options.pcap);
    }
    TapGate& gate = *helper.GetTap();
    Conductor conductor{options, gate};
    ns3::Simulator::Stop(ToNs3(world.duration));
    lateness->Begin(*clock);
    ns3::Simulator::Run();
    gate.Stop();
    lateness->End();
    helper.Finish();
    conductor.Rethrow();
    const TapCounts& counts = gate.GetCounts();
    return {.events = lateness->events,
            .late = lateness->late,
            .largest = lateness->largest,
            .in = counts.in,
            .out = counts.out,
            .refused = counts.refused,
            .stopped_early = conductor.stopped(),
            .interface_lost = gate.IsLost()};
}

} // namespace sipsim::ns3carrier
