#include "model/world/pings.h"

namespace sipsim::world
{

namespace
{

constexpr registrar::PingOptions kNoPings{};

sip::UserId
user_of(std::uint32_t aor)
{
    return sip::UserId{std::uint64_t{aor} + 1};
}

} // namespace

const registrar::PingOptions&
ping_options(const World& world, ServerIndex server)
{
    const ServerRef ref = server_ref(world, server);
    switch (ref.kind)
    {
    case ServerKind::kRegistrar:
        return world.registrars[ref.number].options.ping;
    case ServerKind::kProxy:
        return world.proxies[ref.number].options.ping;
    case ServerKind::kStun:
    case ServerKind::kDns:
        break;
    }
    return kNoPings;
}

bool
pings(const World& world, const Layout& layout, ServerIndex server, std::uint32_t fleet)
{
    if (!ping_options(world, server).enabled())
    {
        return false;
    }
    const ServerRef ref = server_ref(world, server);
    const auto& proxy = world.fleets[fleet].proxy;
    return ref.kind == ServerKind::kProxy
               ? proxy == ref.number
               : !proxy && (home_registrar(world, layout, fleet) == ref.number ||
                            (world.fleets[fleet].locating &&
                             serves(world, ref.number, world.fleets[fleet])));
}

bool
pinged(const World& world, const Layout& layout, std::uint32_t fleet)
{
    for (ServerIndex server = 0; server < server_count(world); ++server)
    {
        if (pings(world, layout, server, fleet))
        {
            return true;
        }
    }
    return false;
}

DrawKey
server_key(const World& world, ServerIndex server)
{
    return {.seed = world.seed, .device = kServerDevice + server, .account = 0};
}

registrar::PingSchedule
ping_schedule(const World& world, ServerIndex server, std::uint32_t aor)
{
    return {ping_options(world, server), server_key(world, server), user_of(aor)};
}

PingTargets
ping_targets(const World& world,
             const Terrain& terrain,
             ServerIndex server,
             std::uint32_t aor,
             SimTime now)
{
    PingTargets targets;
    const ServerRef ref = server_ref(world, server);
    if (ref.kind == ServerKind::kProxy)
    {
        for (const proxy::Flow& flow : terrain.flows(ref.number, user_of(aor), now))
        {
            targets.push({flow.contact, flow.at});
        }
        return targets;
    }
    for (const registrar::Binding& binding : terrain.bindings(ref.number, user_of(aor), now))
    {
        if (binding.path == 0)
        {
            const std::uint16_t port =
                binding.contact.port == 0 ? sip::kSipPort : binding.contact.port;
            targets.push({binding.uri(), {binding.contact.host, port}});
        }
    }
    return targets;
}

sip::Message
ping_message(const World& world,
             const Layout& layout,
             ServerIndex server,
             std::uint32_t aor,
             const PingTarget& target,
             SimTime now)
{
    return registrar::ping_message(layout.server_address(server),
                                   target.to,
                                   target.contact,
                                   user_of(aor),
                                   ping_schedule(world, server, aor).number(now),
                                   server_key(world, server));
}

} // namespace sipsim::world
