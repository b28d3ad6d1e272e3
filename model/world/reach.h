#pragma once

// Models : how far a datagram of a World may have to go.
// Drives : whoever makes a World asks before a carrier takes it.
// Keeps  : the ways are those of network::Paths.
// Leaves : where there is no way at all: such datagrams are lost.

#include "model/network/topology.h"
#include "model/world/world.h"

#include <cstdint>
#include <optional>

namespace sipsim::world
{

/// Links of the map between two PoPs: a TTL of 255 (model/ns3/host_stack.cc) is good for 254 routers.
inline constexpr std::uint32_t kMostLinks = 253;

struct Way
{
    network::NodeIndex from = 0;
    network::NodeIndex to = 0; // a server's
    std::uint32_t links = 0;
};

/// The longest way to a server from a fleet or another server, if it has more than kMostLinks links.
[[nodiscard]] std::optional<Way> too_long_way(const World& world);

} // namespace sipsim::world
