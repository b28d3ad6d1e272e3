#include "model/ns3/packet_terrain.h"

#include "model/ns3/sim_time.h"

namespace sipsim::ns3carrier
{

bool
PacketTerrain::powered(world::DeviceIndex device) const
{
    return targets_.devices[device]->IsPowered();
}

std::uint32_t
PacketTerrain::address_life(world::DeviceIndex device) const
{
    return targets_.devices[device]->GetAddressLife();
}

bool
PacketTerrain::path_cut(world::ServerIndex server, network::NodeIndex node) const
{
    const network::NodeIndex at = world::server_node(world_, server);
    return faults_.AnyLinkBlocked() && (PathBlocked(at, node) || PathBlocked(node, at));
}

bool
PacketTerrain::alive(world::ServerIndex server) const
{
    return targets_.servers[server]->IsAlive() &&
           (server >= targets_.registrars.size() || !targets_.registrars[server] ||
            !targets_.registrars[server]->GetHost().loading(SimNow()));
}

bool
PacketTerrain::refuses(std::uint32_t registrar) const
{
    return targets_.registrars[registrar]->GetHost().drained();
}

bool
PacketTerrain::blocks(std::uint32_t registrar,
                      sip::UserId user,
                      sip::Host source,
                      SimTime now) const
{
    const auto& app = targets_.registrars[registrar];
    return app && app->GetHost().blocks(now, user, source);
}

registrar::LocationService::Bindings
PacketTerrain::bindings(std::uint32_t registrar, sip::UserId aor, SimTime now) const
{
    const auto& app = targets_.registrars[registrar];
    return app ? app->GetLocations().lookup(aor, now)
               : registrar::LocationService::Bindings{}; // what a real one knows, we do not
}

registrar::LocationService::Bindings
PacketTerrain::latest(std::uint32_t registrar, sip::UserId aor, SimTime now) const
{
    return locations_.latest(registrar, aor, now);
}

proxy::Flows
PacketTerrain::flows(std::uint32_t proxy, sip::UserId aor, SimTime now) const
{
    return targets_.proxies[proxy]->GetProxy().lookup(aor, now);
}

const registration::Servers*
PacketTerrain::ServersOf(world::AccountIndex account) const
{
    const world::DeviceIndex device = layout_.device_of(account);
    return targets_.devices[device]->GetServers(account - layout_.first_account_of(device));
}

bool
PacketTerrain::PathBlocked(network::NodeIndex from, network::NodeIndex to) const
{
    for (const network::DirectedLink link : table_.paths.path(from, to))
    {
        if (targets_.links[network::index(link)]->IsBlocked())
        {
            return true;
        }
    }
    return false;
}

} // namespace sipsim::ns3carrier
