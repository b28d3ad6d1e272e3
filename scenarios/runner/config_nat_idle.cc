#include "scenarios/runner/config_nat_idle.h"

#include "scenarios/runner/config_faults.h"

#include <algorithm>
#include <string>

namespace sipsim::runner
{

void
warn_of_idle_table(const nat::TraversalOptions& options, Idle idle)
{
    const bool stun = options.mode == nat::TraversalMode::kStun;
    const bool bindings = stun && options.refresh == nat::StunRefresh::kBinding;
    idle.warn(!stun,
              {"nat.stun.discovery", "nat.stun.form", "nat.stun.refresh"},
              "without nat.traversal = \"stun\"");
    idle.warn(!options.keepalive.enabled() && !bindings,
              {"nat.keepalive_interval"},
              "without keepalives");
    idle.warn(options.probe != nat::Probe::kOptions,
              {"nat.probe_interval", "nat.probe_loss_limit"},
              "but with nat.probe = \"options\"");
    idle.warn(options.probe != nat::Probe::kStun,
              {"nat.probe_interval_min", "nat.probe_interval_max"},
              "but with nat.probe = \"stun\"");
}

namespace
{

// Probes go to the proxy, else to where the device registers. `real`: a registrar of the file may be real.
void
warn_of_probes(const world::FleetSpec& fleet, const world::World& world, bool real, Idle idle)
{
    if (fleet.nat.probe != nat::Probe::kStun)
    {
        return;
    }
    bool answered = real && !fleet.proxy;
    std::string name;
    if (fleet.proxy)
    {
        name = world.proxies[*fleet.proxy].name;
        answered = world.proxies[*fleet.proxy].options.answers_stun;
    }
    else
    {
        name = world.registrars[fleet.registrar].name;
        for (std::uint32_t i = 0; i < world.registrars.size(); ++i)
        {
            const auto& options = world.registrars[i].options;
            answered = answered || (world::serves(world, i, fleet) &&
                                    (options.answers_stun || options.redirect_to));
        }
    }
    if (!answered)
    {
        idle.say("nat.probe", name + " answers no STUN (stun = false): every probe fails");
    }
}

// RFC 3261 §18.2.2 without RFC 3581: an answer goes to the port that Via names.
void
warn_of_answers(const world::FleetSpec& fleet, const world::World& world, Idle idle)
{
    const bool own_address =
        fleet.nat.mode != nat::TraversalMode::kStun && fleet.nat.mode != nat::TraversalMode::kVpn;
    const bool to_source =
        world.registrars[fleet.registrar].options.reply_address == registrar::ReplyAddress::kSocket;
    if (fleet.registration.rport || fleet.proxy || !fleet.nat_box || !own_address || to_source)
    {
        return;
    }
    const nat::NatOptions& box = world.nats[*fleet.nat_box].options;
    if (box.translates && box.ports != nat::PortAssignment::kPreserve)
    {
        idle.say("registration.rport",
                 "without it answers go to the port that Via names, which this "
                 "NAT does not keep: nobody registers unless the registrar's reply_address is "
                 "\"socket\"");
    }
}

// A registrar pings the bindings of its own users that have no Path (world::pings()).
void
warn_of_pings(const world::World& world, std::uint32_t number, Idle idle)
{
    using Kind = registrar::PingOptions::Kind;
    const auto& ping = world.registrars[number].options.ping;
    bool any = false;
    bool by_proxy = true;
    for (const world::FleetSpec& fleet : world.fleets)
    {
        const bool home = fleet.registrar == number && !fleet.attack;
        any = any || home;
        by_proxy = by_proxy && (!home || fleet.proxy);
    }
    const bool redirects = std::ranges::any_of(world.registrars, [](const auto& registrar) {
        return registrar.options.redirect_to.has_value();
    });
    const bool without = ping.enabled() && any && by_proxy && !redirects;
    constexpr std::string_view kWhy = "where all fleets of the registrar come by a proxy";
    idle.warn(without, {"ping.kind", "ping.interval"}, kWhy);
    idle.warn(without && ping.kind == Kind::kBlank, {"ping.octets"}, kWhy);
}

void
warn_of_reboot(const world::FaultSpec& fault, const world::World& world, Idle idle)
{
    if (fault.kind != world::FaultKind::kNatReboot)
    {
        return;
    }
    const nat::NatOptions& options = world.nats[fault.nat].options;
    if (options.blocks_udp)
    {
        idle.say("kind", "nat-reboot has no effect where UDP is blocked");
    }
    else if (!options.translates && options.filtering == nat::Dependence::kEndpointIndependent)
    {
        idle.say("kind", "nat-reboot has no effect where everything passes");
    }
}

} // namespace

void
warn_of_idle_traversal(const Document& document, const world::World& world, Problems& idle)
{
    const bool real = document.find("live") != nullptr;
    std::uint32_t fleet = 0;
    std::uint32_t registrar = 0;
    std::uint32_t stun = 0;
    std::uint32_t fault = 0;
    for (const Section& section : document.sections)
    {
        if (section.kind == "fleet")
        {
            const world::FleetSpec& spec = world.fleets[fleet++];
            warn_of_probes(spec, world, real, {section, idle});
            if (!real)
            {
                warn_of_answers(spec, world, {section, idle});
            }
        }
        else if (section.kind == "registrar")
        {
            warn_of_pings(world, registrar++, {section, idle});
        }
        else if (section.kind == "stun")
        {
            const std::uint32_t number = stun++;
            // A real phone may.
            if (!real && std::ranges::none_of(world.fleets, [number](const world::FleetSpec& spec) {
                    return spec.stun == number;
                }))
            {
                idle.add(section.place,
                         "no [[fleet]] asks [[stun]] \"" + world.stuns[number].name + '"');
            }
        }
        else if (section.kind == "fault" && !is_no_fault(section))
        {
            warn_of_reboot(world.faults[fault++], world, {section, idle});
        }
    }
}

} // namespace sipsim::runner
