#pragma once

#include "model/world/world.h"

namespace sipsim::world
{

/// Four phones at one node, whose NAT is the first one that is put in.
inline World
four_phones()
{
    World world;
    world.topology = network::Topology({{.id = "0", .name = "A"}}, {});
    world.registrars.push_back({.name = "reg1", .at = 0});
    FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = 4;
    fleet.at = {0};
    fleet.nat_box = 0;
    world.fleets = {fleet};
    return world;
}

} // namespace sipsim::world
