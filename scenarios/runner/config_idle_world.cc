#include "scenarios/runner/config_idle_world.h"

#include "scenarios/runner/config_faults.h"
#include "scenarios/runner/config_idle.h"

#include <algorithm>
#include <string>

namespace sipsim::runner
{

namespace
{

using world::FaultKind;

// Where a registrar sends devices elsewhere, any of them may end up anywhere.
bool
any_redirects(const world::World& world)
{
    return std::ranges::any_of(world.registrars, [](const world::RegistrarSpec& registrar) {
        return registrar.options.redirect_to.has_value();
    });
}

// The fleet's devices may register there.
bool
may_meet(const world::World& world, std::uint32_t registrar, const world::FleetSpec& fleet)
{
    return world::serves(world, registrar, fleet) || any_redirects(world);
}

/// "registrar reg1", "registrars reg1, reg2" where no registrar of the fleet asks for a password; empty: one does.
std::string
who_never_asks(const world::World& world, const world::FleetSpec& fleet)
{
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < world.registrars.size(); ++i)
    {
        if (!may_meet(world, i, fleet))
        {
            continue;
        }
        if (world.registrars[i].options.challenge != registrar::ChallengeWhen::kNever)
        {
            return {};
        }
        names.push_back(world.registrars[i].name);
    }
    return (names.size() == 1 ? "registrar " : "registrars ") + joined(names);
}

// It goes down and comes back as another process. A vip-switch ends it for good, with all it knows.
bool
begins_anew(const world::World& world, std::uint32_t registrar)
{
    return std::ranges::any_of(world.faults, [registrar](const world::FaultSpec& fault) {
        return (fault.kind == FaultKind::kOutage && fault.server == registrar) ||
               (fault.kind == FaultKind::kDrain &&
                std::ranges::find(fault.drained, registrar) != fault.drained.end());
    });
}

void
warn_of_no_restart(const world::World& world, std::uint32_t number, Idle idle)
{
    const world::RegistrarSpec& spec = world.registrars[number];
    if (begins_anew(world, number))
    {
        return;
    }
    const std::string why =
        "without a fault (outage or drain) after which " + spec.name + " begins anew";
    const auto& station = spec.options.station;
    const bool loads =
        station.load_time > SimDuration{0} || station.load_per_binding > SimDuration{0};
    idle.warn(loads,
              {"station.load_time", "station.load_per_binding", "station.while_loading"},
              why);
    const bool outlived =
        world::shares_bindings(world, number) && spec.sharing.kind == registrar::Sharing::kDatabase;
    idle.warn(!spec.keep_bindings && !outlived, {"bindings"}, why);
}

// Every request that comes to the registrar comes from a proxy's address.
bool
all_by_proxy(const world::World& world, std::uint32_t number)
{
    bool any = false;
    for (const world::FleetSpec& fleet : world.fleets)
    {
        if (!may_meet(world, number, fleet))
        {
            continue;
        }
        any = true;
        if (!fleet.proxy || fleet.attack)
        {
            return false;
        }
    }
    return any;
}

void
warn_of_shared_source(const world::World& world, std::uint32_t number, Idle idle, bool terminal)
{
    using Terminal = registrar::AdmissionOptions::Terminal;
    if (!all_by_proxy(world, number))
    {
        return;
    }
    const auto& admission = world.registrars[number].options.admission;
    const std::string all = "all fleets of " + world.registrars[number].name + " come by a proxy";
    if (admission.source_density != 0)
    {
        idle.say("admission.source_density",
                 all + ", whose devices count as one address: leave it out, or allow for all of "
                       "them together");
    }
    const bool suspends =
        world.registrars[number].options.challenge != registrar::ChallengeWhen::kNever &&
        (admission.session_retries != 0 || admission.terminal_retries != 0 ||
         admission.register_retries != 0);
    if (!terminal || !suspends)
    {
        return;
    }
    if (admission.terminal == Terminal::kSource)
    {
        idle.say("admission.terminal",
                 all + ", whose devices are one \"source\" and suspended together: take "
                       "\"account\"");
    }
    else if (admission.terminal == Terminal::kBoth)
    {
        idle.say("admission.terminal", "\"both\" acts as \"account\": " + all);
    }
}

void
warn_of_no_challenge(const world::World& world, const world::FleetSpec& fleet, Idle idle)
{
    if (fleet.wrong_password <= 0.0)
    {
        return;
    }
    const std::string who = who_never_asks(world, fleet);
    idle.warn(!who.empty(), {"wrong_password"}, "with challenge = \"never\" at " + who);
}

// The run is over before they have all begun.
void
warn_of_late_start(const Section& section,
                   const world::FleetSpec& fleet,
                   SimDuration duration,
                   Problems& warnings)
{
    const Setting* start = section.find("start");
    if (start != nullptr && fleet.start.span > duration)
    {
        warnings.add(start->value.place,
                     complaint(*start,
                               "the run ends at " + format(duration) +
                                   ", before every device has begun: make it shorter, or "
                                   "experiment.duration longer"));
    }
}

// An address that is written as a number may be that of a proxy.
bool
leads_to(const world::World& world, std::uint32_t proxy)
{
    const auto server = static_cast<std::uint32_t>(world.registrars.size()) + proxy;
    return std::ranges::any_of(world.zones, [server](const world::ZoneSpec& zone) {
        return std::ranges::any_of(zone.records, [server](const world::RecordSpec& record) {
            return record.server == server || record.address.has_value();
        });
    });
}

void
warn_of_unused_proxy(const Section& section,
                     const world::World& world,
                     std::uint32_t number,
                     Problems& idle)
{
    const bool used = std::ranges::any_of(world.fleets, [number](const world::FleetSpec& fleet) {
        return fleet.proxy == number;
    });
    if (!used && !leads_to(world, number))
    {
        idle.add(section.place,
                 "no [[fleet]] and no [[zone]] leads to [[proxy]] \"" + world.proxies[number].name +
                     "\": name it as a fleet's proxy, or leave it out");
    }
}

void
warn_of_fault(const world::World& world, const world::FaultSpec& fault, Idle idle)
{
    if (fault.kind == FaultKind::kPassword)
    {
        const std::string who = who_never_asks(world, world.fleets[fault.fleet]);
        if (!who.empty())
        {
            idle.say("kind", "password has no effect with challenge = \"never\" at " + who);
        }
    }
    const bool some = world::hits_devices(fault.kind) || fault.kind == FaultKind::kAccess;
    const world::FleetSpec& fleet = world.fleets[fault.fleet];
    if (some && fault.every > fleet.count)
    {
        const std::string count = std::to_string(fleet.count);
        idle.say("every",
                 "is more than " + fleet.name + " has devices (" + count +
                     "): only the first is hit, which every = " + count + " says, too");
    }
}

// Switched off for once by --set, it is meant.
void
warn_of_no_fault(const Section& section, Idle idle)
{
    if (section.place_of("kind").option.empty())
    {
        idle.say("kind", "\"none\" does nothing: leave the fault out, or let a sweep set its kind");
    }
}

} // namespace

void
warn_of_idle_world(const Document& document, const world::World& world, Findings& findings)
{
    if (document.find("live") != nullptr)
    {
        return;
    }
    std::uint32_t registrar = 0;
    std::uint32_t proxy = 0;
    std::uint32_t fleet = 0;
    std::uint32_t fault = 0;
    for (const Section& section : document.sections)
    {
        const Idle idle{section, findings.idle};
        if (section.kind == "registrar")
        {
            warn_of_no_restart(world, registrar, idle);
            warn_of_shared_source(world,
                                  registrar++,
                                  idle,
                                  section.find("admission.terminal") != nullptr);
        }
        else if (section.kind == "proxy")
        {
            warn_of_unused_proxy(section, world, proxy++, findings.idle);
        }
        else if (section.kind == "fleet")
        {
            const world::FleetSpec& spec = world.fleets[fleet++];
            warn_of_no_challenge(world, spec, idle);
            warn_of_late_start(section, spec, world.duration, findings.warnings);
        }
        else if (section.kind == "fault" && is_no_fault(section))
        {
            warn_of_no_fault(section, idle);
        }
        else if (section.kind == "fault")
        {
            warn_of_fault(world, world.faults[fault++], idle);
        }
    }
}

} // namespace sipsim::runner
