// When keepalives begin, and those that are sent one by one; FleetNats computes the others.

#include "model/fleet/fleet_engine.h"

namespace sipsim::fleet
{

void
FleetEngine::arm_keepalive(world::DeviceIndex device)
{
    const std::uint32_t fleet = layout_.fleet_of_device(device);
    const auto& options = world_.fleets[fleet].nat.keepalive;
    if (!options.enabled())
    {
        return;
    }
    const std::uint32_t life = life_of(device);
    if (computed_[fleet])
    {
        if (const auto first =
                nats_.begin_keepalives(now_, device, life - 1, devices_.address_life(device)))
        {
            add(*first, layout_.first_account_of(device), Event::kKeepalive, life);
        }
        return;
    }
    const nat::KeepaliveSchedule schedule(options, layout_.device_key(device), life - 1, now_);
    add(schedule.first(), layout_.first_account_of(device), Event::kKeepalive, life);
}

sip::Endpoint
FleetEngine::keepalive_server(world::DeviceIndex device)
{
    const sip::Endpoint* last = registered_at_.find(device);
    return last != nullptr && *last != sip::Endpoint{}
               ? *last
               : directory_.settings(layout_.fleet_of_device(device)).servers.front();
}

void
FleetEngine::send_keepalive(world::AccountIndex first, std::uint32_t life)
{
    const world::DeviceIndex device = layout_.device_of(first);
    if (!devices_.powered(device) || life_of(device) != life)
    {
        return;
    }
    const std::uint32_t number = layout_.fleet_of_device(device);
    if (computed_[number])
    {
        nats_.settle(now_, device);
        return;
    }
    const auto& fleet = world_.fleets[number];
    observer_.on_keepalive_sent(now_, device);
    const sip::Endpoint to = keepalive_server(device);
    const std::uint32_t flight = depart(first,
                                        device,
                                        layout_.server_at(to.host).value_or(kNoServer),
                                        Cargo::kKeepalive,
                                        fleet.nat.keepalive.octets());
    flights_[flight].to_sip_port = takes_sip(flights_[flight].server, to.port);
    if (leave_home(flight))
    {
        walk(flight, now_);
    }
    add(now_ + fleet.nat.keepalive.interval, first, Event::kKeepalive, life);
}

} // namespace sipsim::fleet
