#include "model/world/reach.h"

#include "model/network/paths.h"
#include "model/world/servers.h"

#include <set>

namespace sipsim::world
{

std::optional<Way>
too_long_way(const World& world)
{
    if (world.topology.nodes().size() <= kMostLinks + 1)
    {
        return std::nullopt; // no path has so many
    }
    std::set<network::NodeIndex> servers;
    for (ServerIndex server = 0; server < server_count(world); ++server)
    {
        servers.insert(server_node(world, server));
    }
    std::set<network::NodeIndex> hosts = servers;
    for (const FleetSpec& fleet : world.fleets)
    {
        hosts.insert(fleet.at.begin(), fleet.at.end());
    }
    Way longest{.links = kMostLinks};
    for (const network::NodeIndex to : servers)
    {
        const auto costs = network::costs_to(world.topology, to);
        for (const network::NodeIndex from : hosts)
        {
            if (costs[from] && costs[from]->hops > longest.links)
            {
                longest = {.from = from, .to = to, .links = costs[from]->hops};
            }
        }
    }
    return longest.links > kMostLinks ? std::optional{longest} : std::nullopt;
}

} // namespace sipsim::world
