#pragma once

// Models : the pings of registrars and proxies (registrar/ping.h).
// Drives : PacketWorldHelper schedules it once; it reschedules itself, one event per AOR and server.
// Keeps  : a dead server sends none, and goes on in its rhythm when it is back.
// Leaves : who is pinged and with what (world/pings.h).

#include "model/ns3/packet_terrain.h"

#include <cstdint>

namespace sipsim::ns3carrier
{

class PingSender
{
  public:
    /// All arguments outlive the simulation.
    PingSender(RunState& state,
               const FaultTargets& targets,
               const PacketTerrain& terrain,
               FactsBridge& facts)
        : state_(state),
          targets_(targets),
          terrain_(terrain),
          facts_(facts)
    {
    }

    void Schedule();

  private:
    void Arm(world::ServerIndex server, std::uint32_t aor, SimTime from);
    void Send(world::ServerIndex server, std::uint32_t aor);

    RunState& state_;
    const FaultTargets& targets_;
    const PacketTerrain& terrain_;
    FactsBridge& facts_;
};

} // namespace sipsim::ns3carrier
