#include "model/world/device_life.h"

#include <algorithm>

namespace sipsim::world
{

LifeStep
DeviceLife::on_fault(SimTime now,
                     FaultKind kind,
                     SimDuration down_for,
                     SimDuration grace,
                     std::uint32_t accounts,
                     bool new_address)
{
    new_address_ = new_address_ != 0 || new_address ? 1 : 0;
    const bool graceful = kind == FaultKind::kReboot || kind == FaultKind::kRestart;
    if (phase() == Phase::kDown)
    {
        wake_at(std::max(next_deadline(), now + down_for));
        return LifeStep::kNothing;
    }
    if (phase() == Phase::kEnding)
    {
        set_down_for(std::max(this->down_for(), down_for));
        if (graceful)
        {
            return LifeStep::kNothing;
        }
    }
    if (graceful)
    {
        enter(Phase::kEnding);
        set_down_for(down_for);
        set_unfinished(accounts);
        wake_at(now + grace);
        return LifeStep::kShutdown;
    }
    go_down(now, std::max(down_for, this->down_for()));
    return LifeStep::kCrash;
}

LifeStep
DeviceLife::on_finished(SimTime now)
{
    if (phase() != Phase::kEnding)
    {
        return LifeStep::kNothing;
    }
    set_unfinished(unfinished() - 1);
    if (unfinished() > 0)
    {
        return LifeStep::kNothing;
    }
    go_down(now, down_for());
    return LifeStep::kCrash;
}

LifeStep
DeviceLife::on_deadline(SimTime now)
{
    if (now < next_deadline())
    {
        return LifeStep::kNothing;
    }
    switch (phase())
    {
    case Phase::kDown:
        enter(Phase::kUp);
        wake_at(kNever);
        set_down_for(SimDuration{0});
        address_life_ = address_life_ ^ new_address_;
        new_address_ = 0;
        return LifeStep::kBoot;
    case Phase::kEnding: // the grace is over
        go_down(now, down_for());
        return LifeStep::kCrash;
    case Phase::kUp:
        break;
    }
    return LifeStep::kNothing;
}

void
DeviceLife::go_down(SimTime now, SimDuration down_for)
{
    enter(Phase::kDown);
    set_unfinished(0);
    wake_at(now + down_for);
}

namespace
{

// Each device is drawn by itself.
bool
hits(const FaultSpec& spec,
     std::uint32_t fault,
     const DrawKey& device,
     std::uint32_t fleet,
     std::uint32_t place)
{
    return spec.fleet == fleet && place % spec.every == 0 &&
           draw(device, Purpose::kFaultShare, fault) < spec.share;
}

} // namespace

std::optional<SimDuration>
hit_for(const World& world,
        std::uint32_t fault,
        const DrawKey& device,
        std::uint32_t fleet,
        std::uint32_t place)
{
    const auto& spec = world.faults[fault];
    if (!hits_devices(spec.kind) || !hits(spec, fault, device, fleet, place))
    {
        return std::nullopt;
    }
    return (end_of(world, spec) - spec.at) +
           draw_between(device, Purpose::kFaultReturn, fault, SimDuration{0}, spec.return_ramp);
}

bool
access_cut(const World& world,
           SimTime now,
           const DrawKey& device,
           std::uint32_t fleet,
           std::uint32_t place)
{
    for (std::uint32_t fault = 0; fault < world.faults.size(); ++fault)
    {
        const auto& spec = world.faults[fault];
        if (spec.kind == FaultKind::kAccess && spec.at <= now && now < end_of(world, spec) &&
            hits(spec, fault, device, fleet, place))
        {
            return true;
        }
    }
    return false;
}

} // namespace sipsim::world
