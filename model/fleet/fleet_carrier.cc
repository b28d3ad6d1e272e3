#include "model/fleet/fleet_carrier.h"

#include "ns3/nstime.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <exception>
#include <vector>

namespace sipsim::fleet
{

namespace
{

/// The chain of slices: one pending ns-3 event.
class Slices
{
  public:
    Slices(const world::World& world, FleetEngine& engine, const FleetRunOptions& options)
        : world_(world),
          engine_(engine),
          options_(options),
          steps_(world::fault_steps(world))
    {
        schedule();
    }

    [[nodiscard]] std::uint64_t count() const
    {
        return count_;
    }

    [[nodiscard]] bool stopped() const
    {
        return stopped_;
    }

    void rethrow() const
    {
        if (thrown_)
        {
            std::rethrow_exception(thrown_);
        }
    }

  private:
    // The end of the slice that begins at reached_.
    [[nodiscard]] SimTime slice_end() const
    {
        SimTime end = std::min(reached_ + options_.slice, SimTime{world_.duration});
        if (next_step_ < steps_.size())
        {
            end = std::min(end, steps_[next_step_].at);
        }
        return end;
    }

    void schedule()
    {
        const SimDuration wait = slice_end() - reached_;
        ns3::Simulator::Schedule(ns3::NanoSeconds(static_cast<std::uint64_t>(wait.count())),
                                 &Slices::run,
                                 this);
    }

    void run()
    {
        ++count_;
        try
        {
            const SimTime end = slice_end();
            engine_.run_until(end);
            reached_ = end;
            for (; next_step_ < steps_.size() && steps_[next_step_].at == end; ++next_step_)
            {
                engine_.fault_step(steps_[next_step_]);
            }
            stopped_ = options_.stop && options_.stop();
        }
        catch (...)
        {
            // ns-3's event loop is no place to unwind through.
            thrown_ = std::current_exception();
        }
        if (!thrown_ && !stopped_ && reached_ < SimTime{world_.duration})
        {
            schedule();
        }
    }

    const world::World& world_;
    FleetEngine& engine_;
    const FleetRunOptions& options_;
    std::vector<world::FaultStep> steps_;
    std::size_t next_step_ = 0;
    SimTime reached_{};
    std::uint64_t count_ = 0;
    bool stopped_ = false;
    std::exception_ptr thrown_;
};

} // namespace

FleetRunCost
run_on_fleet(const world::World& world,
             const world::Layout& layout,
             world::Observer& observer,
             const FleetRunOptions& options)
{
    ns3::Simulator::Destroy(); // what another user of the process may have left
    FleetEngine engine{world, layout, observer, options.requests_kept, options.books_ahead};
    Slices slices{world, engine, options};
    ns3::Simulator::Run();
    ns3::Simulator::Destroy();
    slices.rethrow();
    return {.events = engine.events(),
            .slices = slices.count(),
            .sip_messages = engine.sip_messages(),
            .memory = engine.memory(),
            .stopped_early = slices.stopped()};
}

} // namespace sipsim::fleet
