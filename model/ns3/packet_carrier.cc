#include "model/ns3/packet_carrier.h"

#include "model/ns3/packet_world_helper.h"
#include "model/ns3/sim_time.h"

#include <algorithm>
#include <exception>

namespace sipsim::ns3carrier
{

namespace
{

/// Asks `stop` once per simulated second.
class StopPoll
{
  public:
    StopPoll(const std::function<bool()>& stop, SimDuration duration)
        : stop_(stop),
          period_(std::min<SimDuration>(std::chrono::seconds{1}, duration / 2))
    {
        if (stop_ && period_ > SimDuration{0})
        {
            ns3::Simulator::Schedule(ToNs3(period_), &StopPoll::Ask, this);
        }
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
    void Ask()
    {
        try
        {
            stopped_ = stop_();
        }
        catch (...)
        {
            thrown_ = std::current_exception();
        }
        if (stopped_ || thrown_)
        {
            ns3::Simulator::Stop();
            return;
        }
        ns3::Simulator::Schedule(ToNs3(period_), &StopPoll::Ask, this);
    }

    const std::function<bool()>& stop_;
    SimDuration period_;
    bool stopped_ = false;
    std::exception_ptr thrown_;
};

} // namespace

PacketRunCost
run_on_packets(const world::World& world,
               const world::Layout& layout,
               world::Observer& observer,
               const PacketRunOptions& options)
{
    const PacketSimulation simulation{options.pcap.has_value()};
    PacketWorldHelper helper{world, layout, observer};
    helper.Install();
    if (options.pcap)
    {
        helper.EnablePcap(*options.pcap, options.pcap_ua);
    }
    StopPoll poll{options.stop, world.duration};
    ns3::Simulator::Stop(ToNs3(world.duration));
    ns3::Simulator::Run();
    helper.Finish();
    poll.Rethrow();
    return {.events = ns3::Simulator::GetEventCount(),
            .sip_messages = helper.GetState().sip_messages_sent,
            .stopped_early = poll.stopped()};
}

} // namespace sipsim::ns3carrier
