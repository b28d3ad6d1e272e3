#include "model/world/calls.h"

namespace sipsim::world
{

SimTime
next_call(std::uint64_t seed,
          std::uint32_t aor,
          std::uint64_t n,
          SimTime before,
          SimDuration mean_gap)
{
    const DrawKey key{.seed = seed, .device = kServerDevice, .account = aor};
    return before + draw_exponential(key, Purpose::kCall, n, mean_gap);
}

namespace
{

CallClass
class_of(nat::Barrier barrier)
{
    switch (barrier)
    {
    case nat::Barrier::kNone:
        return CallClass::kReached;
    case nat::Barrier::kExpired:
        return CallClass::kNatExpired;
    case nat::Barrier::kWrongPort:
        return CallClass::kNatWrongPort;
    case nat::Barrier::kFiltered:
    case nat::Barrier::kBlocked:
        return CallClass::kNatFiltered;
    case nat::Barrier::kFull:
    case nat::Barrier::kNoMapping:
    case nat::Barrier::kNoHairpin:
        break;
    }
    return CallClass::kNatForgotten;
}

} // namespace

CallClass
classify(SimTime now,
         const World& world,
         const Layout& layout,
         NatBoxes& nats,
         const Terrain& terrain,
         std::uint32_t aor,
         bool registrar_up,
         const registrar::LocationService::Bindings& bindings)
{
    if (!registrar_up)
    {
        return CallClass::kRegistrarDown;
    }
    if (bindings.empty())
    {
        return CallClass::kNotRegistered;
    }
    const std::uint32_t fleet = layout.fleet_of_aor(aor);
    const std::uint32_t registrar = home_registrar(world, layout, fleet);
    CallClass best = CallClass::kStale;
    const AccountRange accounts = layout.accounts_of_aor(aor);
    for (const auto& binding : bindings)
    {
        for (AccountIndex account = accounts.first; account < accounts.end; ++account)
        {
            const DeviceIndex device = layout.device_of(account);
            const std::uint32_t life = terrain.address_life(device);
            if (!terrain.powered(device))
            {
                continue;
            }
            const sip::Endpoint outside = nats.plan().outside(device, life);
            if (!leads_to(binding.contact, outside))
            {
                if (binding.contact == nats.plan().inside(device, life))
                {
                    best = CallClass::kNatPrivate;
                }
                continue;
            }
            if (terrain.path_cut(registrar, device))
            {
                best = CallClass::kLost;
                continue;
            }
            const nat::Barrier barrier = nats.barrier(now,
                                                      device,
                                                      life,
                                                      binding.contact,
                                                      layout.registrar_address(registrar));
            if (barrier == nat::Barrier::kNone)
            {
                return CallClass::kReached;
            }
            best = class_of(barrier);
        }
    }
    return best;
}

} // namespace sipsim::world
