#include "model/world/stale_law.h"

#include "model/world/refresh_phases.h"

namespace sipsim::world
{

std::optional<StaleLaw>
stale_law(const World& world, const Layout& layout)
{
    if (world.fleets.size() != 1 || world.faults.size() != 1)
    {
        return std::nullopt;
    }
    const FleetSpec& fleet = world.fleets[0];
    const FaultSpec& fault = world.faults[0];
    const bool abrupt = fault.kind == FaultKind::kCrash || fault.kind == FaultKind::kPowerCut;
    if (!fleet.registration.enabled || fleet.proxy || fleet.accounts_per_aor != 1 ||
        fleet.start.kind != Start::Kind::kSteady || !abrupt || fault.share < 1.0 ||
        fault.every != 1 || fault.at < SimTime{world.warmup})
    {
        return std::nullopt;
    }
    const auto& registrar = world.registrars[home_registrar(world, layout, 0)].options;
    const auto spread = refresh_spread(fleet.registration, registrar);
    if (!spread || spread->kept || registrar.expiry_spread > 0.0)
    {
        return std::nullopt;
    }
    const std::uint32_t granted = granted_expiry(world, layout, 0);
    const SimDuration expiry = std::chrono::seconds{granted};
    if (fault.length < expiry || fault.at + expiry >= SimTime{world.duration})
    {
        return std::nullopt;
    }
    const SimDuration mean = mean_refresh(fleet.registration, granted);
    const auto half = std::chrono::duration_cast<SimDuration>(mean * (spread->width / 2));
    return StaleLaw{.expiry = expiry, .shortest = mean - half, .longest = mean + half};
}

} // namespace sipsim::world
