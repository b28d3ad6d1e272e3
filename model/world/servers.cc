#include "model/world/servers.h"

namespace sipsim::world
{

namespace
{

ServerIndex
registrars(const World& world)
{
    return static_cast<ServerIndex>(world.registrars.size());
}

ServerIndex
proxies(const World& world)
{
    return static_cast<ServerIndex>(world.proxies.size());
}

ServerIndex
stuns(const World& world)
{
    return static_cast<ServerIndex>(world.stuns.size());
}

// Calls `visit` with the specification of that server.
template <class Visit>
decltype(auto)
with(const World& world, ServerIndex server, const Visit& visit)
{
    const ServerRef ref = server_ref(world, server);
    switch (ref.kind)
    {
    case ServerKind::kRegistrar:
        break;
    case ServerKind::kProxy:
        return visit(world.proxies[ref.number]);
    case ServerKind::kStun:
        return visit(world.stuns[ref.number]);
    case ServerKind::kDns:
        return visit(world.dns[ref.number]);
    }
    return visit(world.registrars[ref.number]);
}

} // namespace

ServerIndex
server_count(const World& world)
{
    return registrars(world) + proxies(world) + stuns(world) +
           static_cast<ServerIndex>(world.dns.size());
}

ServerIndex
server_index(const World& world, ServerRef server)
{
    switch (server.kind)
    {
    case ServerKind::kRegistrar:
        break;
    case ServerKind::kProxy:
        return registrars(world) + server.number;
    case ServerKind::kStun:
        return registrars(world) + proxies(world) + server.number;
    case ServerKind::kDns:
        return registrars(world) + proxies(world) + stuns(world) + server.number;
    }
    return server.number;
}

ServerRef
server_ref(const World& world, ServerIndex server)
{
    if (server < registrars(world))
    {
        return {ServerKind::kRegistrar, server};
    }
    server -= registrars(world);
    if (server < proxies(world))
    {
        return {ServerKind::kProxy, server};
    }
    server -= proxies(world);
    if (server < stuns(world))
    {
        return {ServerKind::kStun, server};
    }
    return {ServerKind::kDns, server - stuns(world)};
}

network::NodeIndex
server_node(const World& world, ServerIndex server)
{
    return with(world, server, [](const auto& spec) { return spec.at; });
}

const network::LinkSpec&
server_access(const World& world, ServerIndex server)
{
    return with(world, server, [](const auto& spec) -> const network::LinkSpec& {
        return spec.access;
    });
}

const std::string&
server_name(const World& world, ServerIndex server)
{
    return with(world, server, [](const auto& spec) -> const std::string& { return spec.name; });
}

ServerIndex
first_server(const World& world, const FleetSpec& fleet)
{
    return fleet.proxy ? server_index(world, {ServerKind::kProxy, *fleet.proxy}) : fleet.registrar;
}

} // namespace sipsim::world
