#include "scenarios/runner/config_nat_idle.h"

#include "scenarios/runner/config_faults.h"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace sipsim::runner
{

namespace
{

// Where `without`, those of `keys` that are given have no effect.
void
warn(const Section& section,
     bool without,
     std::initializer_list<std::string_view> keys,
     std::string_view why,
     Problems& idle)
{
    for (const std::string_view key : keys)
    {
        const Setting* setting = section.find(key);
        if (without && setting != nullptr)
        {
            idle.add(setting->value.place,
                     std::string{key} + ": has no effect " + std::string{why});
        }
    }
}

void
warn_of_table(const Section& section, const nat::TraversalOptions& options, Problems& idle)
{
    const bool stun = options.mode == nat::TraversalMode::kStun;
    const bool bindings = stun && options.refresh == nat::StunRefresh::kBinding;
    warn(section,
         !stun,
         {"nat.stun.discovery", "nat.stun.form", "nat.stun.refresh"},
         "without nat.traversal = \"stun\"",
         idle);
    warn(section,
         !options.keepalive.enabled() && !bindings,
         {"nat.keepalive_interval"},
         "without keepalives",
         idle);
    warn(section,
         options.probe != nat::Probe::kOptions,
         {"nat.probe_interval", "nat.probe_loss_limit"},
         "but with nat.probe = \"options\"",
         idle);
    warn(section,
         options.probe != nat::Probe::kStun,
         {"nat.probe_interval_min", "nat.probe_interval_max"},
         "but with nat.probe = \"stun\"",
         idle);
}

// Probes go to the proxy, else to where the device registers. `real`: a registrar of the file may be real.
void
warn_of_probes(const Section& section,
               const world::FleetSpec& fleet,
               const world::World& world,
               bool real,
               Problems& idle)
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
        const Setting* probe = section.find("nat.probe");
        idle.add(probe != nullptr ? probe->value.place : section.place,
                 "nat.probe: " + name + " answers no STUN (stun = false): every probe fails");
    }
}

// RFC 3261 §18.2.2 without RFC 3581: an answer goes to the port that Via names.
void
warn_of_answers(const Section& section,
                const world::FleetSpec& fleet,
                const world::World& world,
                Problems& idle)
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
        const Setting* rport = section.find("registration.rport");
        idle.add(rport != nullptr ? rport->value.place : section.place,
                 "registration.rport: without it answers go to the port that Via names, which this "
                 "NAT does not keep: nobody registers unless the registrar's reply_address is "
                 "\"socket\"");
    }
}

// A registrar pings the bindings of its own users that have no Path (world::pings()).
void
warn_of_pings(const Section& section,
              const world::World& world,
              std::uint32_t number,
              Problems& idle)
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
    warn(section, without, {"ping.kind", "ping.interval"}, kWhy, idle);
    warn(section, without && ping.kind == Kind::kBlank, {"ping.octets"}, kWhy, idle);
}

void
warn_of_reboot(const Section& section,
               const world::FaultSpec& fault,
               const world::World& world,
               Problems& idle)
{
    if (fault.kind != world::FaultKind::kNatReboot)
    {
        return;
    }
    const nat::NatOptions& options = world.nats[fault.nat].options;
    const Setting* kind = section.find("kind");
    const Place& place = kind != nullptr ? kind->value.place : section.place;
    if (options.blocks_udp)
    {
        idle.add(place, "kind: nat-reboot has no effect where UDP is blocked");
    }
    else if (!options.translates && options.filtering == nat::Dependence::kEndpointIndependent)
    {
        idle.add(place, "kind: nat-reboot has no effect where everything passes");
    }
}

} // namespace

void
warn_of_idle_traversal(const Document& document, const world::World& world, Problems& idle)
{
    const bool real =
        std::ranges::find(document.sections, "live", &Section::kind) != document.sections.end();
    std::uint32_t fleet = 0;
    std::uint32_t registrar = 0;
    std::uint32_t stun = 0;
    std::uint32_t fault = 0;
    for (const Section& section : document.sections)
    {
        if (section.kind == "fleet")
        {
            const world::FleetSpec& spec = world.fleets[fleet++];
            warn_of_table(section, spec.nat, idle);
            warn_of_probes(section, spec, world, real, idle);
            if (!real)
            {
                warn_of_answers(section, spec, world, idle);
            }
        }
        else if (section.kind == "registrar")
        {
            warn_of_pings(section, world, registrar++, idle);
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
            warn_of_reboot(section, world.faults[fault++], world, idle);
        }
    }
}

} // namespace sipsim::runner
