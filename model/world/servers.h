#pragma once

// Models : the servers of a World as one list: registrars, then proxies, then STUN servers, then name
//          servers, each kind in file order.
// Drives : whatever is the same for all of them (address, place, link, outage, loss draws) goes by
//          ServerIndex; the numbers of datagrams and access links do, on both carriers.
// Keeps  : a registrar's ServerIndex is its number among the registrars.
// Leaves : what a server does (registrar::Registrar, proxy::EdgeProxy, nat::StunServer,
//          dns::Authority, dns::SharedResolver).

#include "model/world/world.h"

#include <cstdint>
#include <string>

namespace sipsim::world
{

enum class ServerKind : std::uint8_t
{
    kRegistrar,
    kProxy,
    kStun,
    kDns,
};

/// A server by its kind and its number among those.
struct ServerRef
{
    ServerKind kind = ServerKind::kRegistrar;
    std::uint32_t number = 0;

    friend bool operator==(const ServerRef&, const ServerRef&) = default;
};

[[nodiscard]] ServerIndex server_count(const World& world);
[[nodiscard]] ServerIndex server_index(const World& world, ServerRef server);
[[nodiscard]] ServerRef server_ref(const World& world, ServerIndex server);
[[nodiscard]] network::NodeIndex server_node(const World& world, ServerIndex server);
/// Of its own link to its PoP.
[[nodiscard]] const network::LinkSpec& server_access(const World& world, ServerIndex server);
[[nodiscard]] const std::string& server_name(const World& world, ServerIndex server);

/// The server a fleet's devices send their requests to: its outbound proxy, else its registrar. Of a fleet that
/// locates its servers, the one that computed keepalives count at; those that are sent, probes included, go where
/// the device's last REGISTER of this life went. Model choice: before the first one they go here, too; a probe
/// under way when the device turns to another server is repeated at that one.
[[nodiscard]] ServerIndex first_server(const World& world, const FleetSpec& fleet);

} // namespace sipsim::world
