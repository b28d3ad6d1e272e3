// The power of devices: what a fault does to them, what they do then. In the same order as the packet carrier's
// UserAgentApp.

#include "model/fleet/fleet_engine.h"

namespace sipsim::fleet
{

void
FleetEngine::hit_devices(std::uint32_t fault)
{
    const auto& spec = world_.faults[fault];
    const auto& settings = directory_.settings(spec.fleet);
    const world::DeviceIndex first = layout_.first_device(spec.fleet);
    for (world::DeviceIndex device = first; device < first + world_.fleets[spec.fleet].count;
         ++device)
    {
        const auto down_for =
            world::hit_for(world_, fault, layout_.device_key(device), spec.fleet, device - first);
        if (!down_for)
        {
            continue;
        }
        if (spec.kind == world::FaultKind::kPowerCut)
        {
            nats_.forget_home(now_, device);
        }
        world::DeviceLife& life = *devices_.life(device);
        const SimTime before = life.next_deadline();
        apply(device,
              life.on_fault(now_,
                            spec.kind,
                            *down_for,
                            settings.registration.shutdown_grace,
                            world_.fleets[spec.fleet].accounts,
                            world::brings_new_address(world_, spec)));
        arm_life(device, before);
    }
}

void
FleetEngine::on_life(world::DeviceIndex device, SimTime at)
{
    world::DeviceLife* life = devices_.life(device);
    if (life == nullptr)
    {
        apply(device, world::LifeStep::kBoot);
        return;
    }
    if (at != life->next_deadline())
    {
        return; // it has been moved since
    }
    apply(device, life->on_deadline(now_));
    arm_life(device, at);
}

void
FleetEngine::arm_life(world::DeviceIndex device, SimTime before)
{
    const SimTime after = devices_.life(device)->next_deadline();
    if (started_ && after != kNever && (after != before || after <= now_)) // due at once: again
    {
        add(after, layout_.first_account_of(device), Event::kLife, 0);
    }
}

void
FleetEngine::power_changed(world::DeviceIndex device)
{
    const world::DeviceLife* life = devices_.life(device);
    const bool powered = life == nullptr || life->powered();
    if (powered && life != nullptr)
    {
        devices_.set_address_life(device, life->address_life());
    }
    if (devices_.set_powered(device, powered))
    {
        observer_.on_device(now_,
                            device,
                            powered,
                            nats_.plan().outside(device, devices_.address_life(device)));
        if (!powered)
        {
            locating_.on_down(device);
            if (sip::Endpoint* last = registered_at_.find(device))
            {
                *last = {};
            }
        }
        if (!arms_keepalives_)
        {
            return;
        }
        if (auto* traversal = traversals_.find(device); traversal != nullptr && !powered)
        {
            traversal->on_down();
        }
        if (powered)
        {
            if (!lives_.empty())
            {
                ++lives_[device];
            }
            arm_keepalive(device);
        }
        else
        {
            nats_.end_keepalives(now_, device);
        }
    }
}

void
FleetEngine::boot(world::DeviceIndex device)
{
    power_changed(device);
    if (traversals_.find(device) != nullptr)
    {
        boot_traversal(device);
    }
    else
    {
        boot_accounts(device);
    }
}

} // namespace sipsim::fleet
