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
serves(const World& world, std::uint32_t registrar, const FleetSpec& fleet)
{
    return registrar == fleet.registrar ||
           ((fleet.locating || shares_bindings(world, registrar)) &&
            world.registrars[registrar].domain == world.registrars[fleet.registrar].domain);
}

SimTime
end_of(const World& world, const FaultSpec& fault)
{
    return fault.at + (fault.kind == FaultKind::kReboot
                           ? world.fleets[fault.fleet].registration.boot_time
                           : fault.length);
}

} // namespace sipsim::world
