// Light calls to and by devices, and what they ask of the engine. As the packet carrier's CallSchedule and
// PacketTerrain.

#include "model/fleet/fleet_engine.h"
#include "model/world/calls.h"

namespace sipsim::fleet
{

void
FleetEngine::arm_call(std::uint32_t aor, SimTime before)
{
    const auto& gap = world_.fleets[layout_.fleet_of_aor(aor)].call_gap;
    if (!gap)
    {
        return;
    }
    const SimTime at = world::next_call(world_.seed, aor, calls_[aor], before, *gap);
    if (at < SimTime{world_.duration})
    {
        add(at, aor, Event::kCall, 0);
    }
}

void
FleetEngine::offer_call(std::uint32_t aor)
{
    observer_.on_call(
        now_,
        aor,
        world::classify(now_, world_, layout_, nats_, *this, call_targets_, aor, calls_[aor]));
    ++calls_[aor];
    arm_call(aor, now_);
}

void
FleetEngine::arm_outgoing(world::AccountIndex account, SimTime before)
{
    const auto& gap = world_.fleets[layout_.fleet_of_account(account)].outgoing_gap;
    if (!gap)
    {
        return;
    }
    const SimTime at = world::next_outgoing(layout_, account, outgoing_[account], before, *gap);
    if (at < SimTime{world_.duration})
    {
        add(at, account, Event::kOutgoing, 0);
    }
}

void
FleetEngine::offer_outgoing(world::AccountIndex account)
{
    const world::DeviceIndex device = layout_.device_of(account);
    if (devices_.powered(device))
    {
        const world::Outgoing call = world::classify_outgoing(now_,
                                                              world_,
                                                              layout_,
                                                              *this,
                                                              locating_.servers(account, device),
                                                              account);
        observer_.on_outgoing(now_, account, call.outcome);
        if (call.register_at)
        {
            register_at(account, device, *call.register_at);
        }
    }
    ++outgoing_[account];
    arm_outgoing(account, now_);
}

bool
FleetEngine::powered(world::DeviceIndex device) const
{
    return devices_.powered(device);
}

std::uint32_t
FleetEngine::address_life(world::DeviceIndex device) const
{
    return devices_.address_life(device);
}

bool
FleetEngine::path_cut(world::ServerIndex server, network::NodeIndex node) const
{
    return paths_.path_cut(server, node, now_);
}

bool
FleetEngine::alive(world::ServerIndex server) const
{
    const Server& asked = servers_[server];
    return asked.alive() && !(asked.host && asked.host->loading(now_));
}

bool
FleetEngine::refuses(std::uint32_t registrar) const
{
    return servers_[registrar].host->drained();
}

bool
FleetEngine::blocks(std::uint32_t registrar, sip::UserId user, sip::Host source, SimTime now) const
{
    return servers_[registrar].host->blocks(now, user, source);
}

registrar::LocationService::Bindings
FleetEngine::bindings(std::uint32_t registrar, sip::UserId aor, SimTime now) const
{
    if (!bound_at_)
    {
        return servers_[registrar].host->locations().lookup(aor, now);
    }
    const std::uint32_t number = world::aor_of(aor);
    if (!bound_at_->may_be(registrar, number))
    {
        return {};
    }
    auto found = servers_[registrar].host->locations().lookup(aor, now);
    if (found.empty())
    {
        bound_at_->remove(registrar, number);
    }
    return found;
}

registrar::LocationService::Bindings
FleetEngine::latest(std::uint32_t registrar, sip::UserId aor, SimTime now) const
{
    return locations_.latest(registrar, aor, now);
}

proxy::Flows
FleetEngine::flows(std::uint32_t proxy, sip::UserId aor, SimTime now) const
{
    return servers_[world::server_index(world_, {world::ServerKind::kProxy, proxy})].proxy->lookup(
        aor,
        now);
}

} // namespace sipsim::fleet
