#include "model/ns3/ping_sender.h"

#include "model/ns3/sim_time.h"
#include "model/world/pings.h"

#include <string>

namespace sipsim::ns3carrier
{

void
PingSender::Schedule()
{
    const auto& world = state_.world;
    const auto& layout = state_.layout;
    for (world::ServerIndex server = 0; server < world::server_count(world); ++server)
    {
        for (std::uint32_t fleet = 0; fleet < world.fleets.size(); ++fleet)
        {
            if (!world::pings(world, layout, server, fleet))
            {
                continue;
            }
            for (auto aor = layout.first_aor(fleet); aor < layout.first_aor(fleet + 1); ++aor)
            {
                Arm(server, aor, SimTime{});
            }
        }
    }
}

void
PingSender::Arm(world::ServerIndex server, std::uint32_t aor, SimTime from)
{
    const SimTime at = world::ping_schedule(state_.world, server, aor).next(from);
    if (at < SimTime{state_.world.duration})
    {
        ns3::Simulator::Schedule(DelayUntil(at), &PingSender::Send, this, server, aor);
    }
}

void
PingSender::Send(world::ServerIndex server, std::uint32_t aor)
{
    const SimTime now = SimNow();
    const auto& app = targets_.servers[server];
    if (app && app->IsAlive())
    {
        const auto& options = world::ping_options(state_.world, server);
        for (const auto& target : world::ping_targets(state_.world, terrain_, server, aor, now))
        {
            facts_.Ping(server);
            if (options.kind == registrar::PingOptions::Kind::kBlank)
            {
                app->SendOctets(std::string(options.octets, '\0'), target.to);
            }
            else
            {
                app->Transmit(
                    world::ping_message(state_.world, state_.layout, server, aor, target, now));
            }
        }
    }
    Arm(server, aor, now + SimDuration{1});
}

} // namespace sipsim::ns3carrier
