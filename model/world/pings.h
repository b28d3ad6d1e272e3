#pragma once

// Models : which server pings which devices, and where to.
// Drives : both carriers, at the instants of registrar::PingSchedule.
// Keeps  : a registrar pings the bindings it has of its own AORs that have no Path, and of those who locate it; a
//          proxy the flows it knows. Registrars that share bindings ping each of them (Kamailio nathelper, whose
//          filter_server_id is off by default). Model choice: so do both addresses of a process after a vip-switch.
// Leaves : when and what (registrar/ping.h), what a NAT makes of it.

#include "model/registrar/ping.h"
#include "model/world/calls.h"

namespace sipsim::world
{

struct PingTarget
{
    sip::Uri contact;
    sip::Endpoint to;
};

using PingTargets = FixedVector<PingTarget, sip::kMaxContacts>;

/// Of a registrar or a proxy; a STUN server has none enabled.
[[nodiscard]] const registrar::PingOptions& ping_options(const World& world, ServerIndex server);

/// The server sends pings to the devices of that fleet.
[[nodiscard]] bool pings(const World& world,
                         const Layout& layout,
                         ServerIndex server,
                         std::uint32_t fleet);

/// Some server does.
[[nodiscard]] bool pinged(const World& world, const Layout& layout, std::uint32_t fleet);

/// Who draws for a server.
[[nodiscard]] DrawKey server_key(const World& world, ServerIndex server);

[[nodiscard]] registrar::PingSchedule ping_schedule(const World& world,
                                                    ServerIndex server,
                                                    std::uint32_t aor);

[[nodiscard]] PingTargets ping_targets(const World& world,
                                       const Terrain& terrain,
                                       ServerIndex server,
                                       std::uint32_t aor,
                                       SimTime now);

/// The OPTIONS of the ping that is due at `now`.
[[nodiscard]] sip::Message ping_message(const World& world,
                                        const Layout& layout,
                                        ServerIndex server,
                                        std::uint32_t aor,
                                        const PingTarget& target,
                                        SimTime now);

} // namespace sipsim::world
