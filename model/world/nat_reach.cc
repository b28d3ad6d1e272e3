#include "model/world/nat_reach.h"

#include "model/world/nat_plan.h"
#include "model/world/pings.h"
#include "model/world/refresh_phases.h"

namespace sipsim::world
{

namespace
{

// All that the forms take of the intervals from one REGISTER to the next is their mean r. That will do where
// all are r, and where they are drawn anew but never so short that the next REGISTER finds alive what the
// last one left: T after it, 2T if a keepalive comes between and the port counts. Where no mapping dies any
// will do.
std::optional<SimDuration>
refresh_of(const FleetSpec& fleet,
           const registrar::RegistrarOptions& server,
           const nat::NatOptions& box)
{
    const SimDuration mean =
        mean_refresh(fleet.registration, granted_expiry(fleet.registration, server));
    const auto spread = refresh_spread(fleet.registration, server);
    if (fleet.nat.keepalive.interval < box.timeout || (spread && spread->width == 0.0))
    {
        return mean;
    }
    const SimDuration least =
        box.ports == nat::PortAssignment::kPreserve ? box.timeout : 2 * box.timeout;
    const bool long_enough =
        spread && !spread->kept && scaled(mean, 1 - spread->width / 2) >= least;
    return long_enough ? std::optional{mean} : std::nullopt;
}

std::optional<NatReach>
reach_of(const World& world, const Layout& layout, std::uint32_t number)
{
    const FleetSpec& fleet = world.fleets[number];
    const NatSpec* home = home_nat(world, number);
    // Without rport, answers come to a port that may be nobody's.
    if (!fleet.registration.enabled || !fleet.registration.rport || fleet.wrong_password > 0.0 ||
        fleet.accounts != 1 || fleet.accounts_per_aor != 1 || !fleet.nat.keepalive.enabled() ||
        home == nullptr || carrier_nat(world, number) != nullptr ||
        home_registrar(world, layout, number) != fleet.registrar || fleet.proxy ||
        traverses(fleet) || pinged(world, layout, number))
    {
        return std::nullopt;
    }
    const nat::NatOptions& box = home->options;
    const registrar::RegistrarOptions& server = world.registrars[fleet.registrar].options;
    if (!box.translates || box.blocks_udp || box.timeout_max || box.timeout_unreplied ||
        server.contact_address != registrar::ContactAddress::kSeen)
    {
        return std::nullopt;
    }
    const auto refresh = refresh_of(fleet, server, box);
    if (!refresh)
    {
        return std::nullopt;
    }
    return NatReach{.timeout = box.timeout,
                    .keepalive = fleet.nat.keepalive.interval,
                    .keeps_port = box.ports == nat::PortAssignment::kPreserve,
                    .refresh = *refresh};
}

bool
alike(const NatReach& a, const NatReach& b)
{
    return a.timeout == b.timeout && a.keepalive == b.keepalive && a.keeps_port == b.keeps_port &&
           a.refresh == b.refresh;
}

} // namespace

std::optional<NatReach>
nat_reach(const World& world, const Layout& layout)
{
    if (!world.faults.empty())
    {
        return std::nullopt;
    }
    std::optional<NatReach> reach;
    for (std::uint32_t number = 0; number < world.fleets.size(); ++number)
    {
        if (!world.fleets[number].call_gap)
        {
            continue;
        }
        const auto one = reach_of(world, layout, number);
        if (!one || (reach && !alike(*reach, *one)))
        {
            return std::nullopt;
        }
        reach = one;
    }
    if (!reach)
    {
        return std::nullopt;
    }
    std::uint64_t devices = 0;
    bool same = true;
    for (const FleetSpec& fleet : world.fleets)
    {
        if (fleet.nat.keepalive.enabled())
        {
            devices += fleet.count;
            same = same && fleet.nat.keepalive.interval == reach->keepalive;
        }
    }
    if (same)
    {
        reach->devices = devices;
    }
    return reach;
}

} // namespace sipsim::world
