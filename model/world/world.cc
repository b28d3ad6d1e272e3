#include "model/world/world.h"

#include <algorithm>

namespace sipsim::world
{

std::string_view
name_of(FaultKind kind)
{
    switch (kind)
    {
    case FaultKind::kReboot:
        return "reboot";
    case FaultKind::kRestart:
        return "restart";
    case FaultKind::kCrash:
        return "crash";
    case FaultKind::kPowerCut:
        return "power-cut";
    case FaultKind::kOutage:
        return "outage";
    case FaultKind::kPartition:
        return "partition";
    case FaultKind::kLink:
        return "link";
    case FaultKind::kNatReboot:
        return "nat-reboot";
    case FaultKind::kDnsSlow:
        return "dns-slow";
    case FaultKind::kDnsLame:
        return "dns-lame";
    case FaultKind::kZoneChange:
        return "zone-change";
    case FaultKind::kAccess:
        return "access";
    case FaultKind::kPassword:
        return "password";
    case FaultKind::kVipSwitch:
        return "vip-switch";
    case FaultKind::kDrain:
        return "drain";
    }
    return "unknown";
}

bool
hits_devices(FaultKind kind)
{
    return kind == FaultKind::kReboot || kind == FaultKind::kRestart || kind == FaultKind::kCrash ||
           kind == FaultKind::kPowerCut;
}

bool
traverses(const FleetSpec& fleet)
{
    return fleet.nat.mode == nat::TraversalMode::kStun || fleet.nat.probe != nat::Probe::kNone;
}

bool
shares_bindings(const World& world, std::uint32_t registrar)
{
    const RegistrarSpec& spec = world.registrars[registrar];
    return spec.sharing.kind != registrar::Sharing::kNothing &&
           std::ranges::count(world.registrars, spec.domain, &RegistrarSpec::domain) > 1;
}

bool
takes_over(const World& world, std::uint32_t standby, std::uint32_t registrar)
{
    return std::ranges::any_of(world.faults, [&](const FaultSpec& fault) {
        return fault.kind == FaultKind::kVipSwitch && fault.standby == standby &&
               fault.server == registrar;
    });
}

bool
serves(const World& world, std::uint32_t registrar, const FleetSpec& fleet)
{
    return registrar == fleet.registrar ||
           ((fleet.locating || shares_bindings(world, registrar) ||
             takes_over(world, registrar, fleet.registrar)) &&
            world.registrars[registrar].domain == world.registrars[fleet.registrar].domain);
}

SimTime
end_of(const World& world, const FaultSpec& fault)
{
    if (fault.kind == FaultKind::kReboot)
    {
        return fault.at + world.fleets[fault.fleet].registration.boot_time;
    }
    const auto more = static_cast<std::int64_t>(fault.drained.size()) - 1;
    return fault.at + fault.grace + fault.length + std::max<std::int64_t>(more, 0) * fault.each;
}

} // namespace sipsim::world
