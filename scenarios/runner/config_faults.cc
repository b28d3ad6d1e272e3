#include "scenarios/runner/config_faults.h"

#include "model/base/nearest.h"
#include "model/world/layout.h"
#include "model/world/servers.h"
#include "scenarios/runner/config_clashes.h"
#include "scenarios/runner/config_servers.h"

#include <algorithm>
#include <array>

namespace sipsim::runner
{

namespace
{

using world::FaultKind;

constexpr std::array kKinds{FaultKind::kReboot,
                            FaultKind::kRestart,
                            FaultKind::kCrash,
                            FaultKind::kPowerCut,
                            FaultKind::kOutage,
                            FaultKind::kPartition,
                            FaultKind::kLink,
                            FaultKind::kNatReboot,
                            FaultKind::kAccess,
                            FaultKind::kPassword,
                            FaultKind::kDnsSlow,
                            FaultKind::kDnsLame,
                            FaultKind::kZoneChange,
                            FaultKind::kVipSwitch,
                            FaultKind::kDrain};
constexpr std::string_view kNoFault = "none";

// What may stand before the colon of the target.
std::string_view
target_classes(FaultKind kind)
{
    switch (kind)
    {
    case FaultKind::kOutage:
        return "registrar|proxy|stun|dns";
    case FaultKind::kVipSwitch:
        return "registrar";
    case FaultKind::kDrain:
        return "registrar|domain";
    case FaultKind::kPartition:
        return "partition";
    case FaultKind::kLink:
        return "link";
    case FaultKind::kNatReboot:
        return "nat";
    case FaultKind::kDnsSlow:
    case FaultKind::kDnsLame:
    case FaultKind::kZoneChange:
        return "dns";
    default:
        return "fleet";
    }
}

std::string_view
target_form(FaultKind kind)
{
    switch (kind)
    {
    case FaultKind::kOutage:
        return "\"registrar:NAME\", \"proxy:NAME\", \"stun:NAME\" or \"dns:NAME\"";
    case FaultKind::kVipSwitch:
        return "\"registrar:NAME\"";
    case FaultKind::kDrain:
        return "\"domain:NAME\" or \"registrar:NAME\"";
    case FaultKind::kPartition:
        return "\"partition:NODE,NODE\"";
    case FaultKind::kLink:
        return "\"link:NODE-NODE\"";
    case FaultKind::kNatReboot:
        return "\"nat:NAME\"";
    case FaultKind::kDnsSlow:
    case FaultKind::kDnsLame:
    case FaultKind::kZoneChange:
        return "\"dns:NAME\"";
    default:
        return "\"fleet:NAME\"";
    }
}

std::string
not_of_kind(const KeySpec& key, const std::string& kind)
{
    if (kind == name_of(FaultKind::kReboot) && key.key == "for")
    {
        return "for: a reboot lasts as long as the device takes to boot; set "
               "registration.boot_time of "
               "the fleet";
    }
    return std::string{key.key} + ": a fault of kind \"" + kind +
           "\" has no such key (kinds that have: " + joined(split_choices(key.kinds)) + ")";
}

class Reader
{
  public:
    Reader(const Section& section,
           const Names& names,
           const world::World& world,
           Findings& findings)
        : values_(section, findings.errors),
          names_(names),
          world_(world),
          findings_(findings)
    {
    }

    // nullopt: its kind is not known, so nothing more can be said; or nothing happens.
    std::optional<world::FaultSpec> run()
    {
        const auto* word = values_.find<std::string>("kind");
        if (word == nullptr || *word == kNoFault)
        {
            return std::nullopt;
        }
        spec_.kind =
            *std::ranges::find(kKinds, *word, [](FaultKind kind) { return world::name_of(kind); });
        reject_keys_of_other_kinds(*word);
        spec_.at = SimTime{values_.get<SimDuration>("at")};
        spec_.length = values_.get<SimDuration>("for");
        spec_.share = values_.get<double>("share");
        spec_.every = static_cast<std::uint32_t>(values_.get<std::int64_t>("every"));
        spec_.return_ramp = values_.get<SimDuration>("return");
        spec_.new_address = values_.get<bool>("new_address");
        spec_.unreachable = values_.get<std::string>("unreachable") == "icmp"
                                ? world::Unreachable::kIcmp
                                : world::Unreachable::kSilent;
        spec_.delay = values_.get<SimDuration>("delay");
        const std::size_t known = findings_.errors.size();
        target();
        if (findings_.errors.size() == known)
        {
            vip_switch();
            drain();
        }
        if (findings_.errors.empty())
        {
            name_server_fault();
        }
        times();
        return spec_;
    }

  private:
    void reject_keys_of_other_kinds(const std::string& kind)
    {
        for (const Setting& setting : values_.section().settings)
        {
            const KeySpec* key = find_key("fault", setting.key);
            if (key == nullptr || key->kinds.empty() || is_one_of(kind, key->kinds))
            {
                continue;
            }
            findings_.errors.add(setting.key_place, not_of_kind(*key, kind));
        }
    }

    void target()
    {
        const auto* text = values_.find<std::string>("target");
        if (text == nullptr)
        {
            return;
        }
        spec_.target = *text;
        const std::size_t colon = text->find(':');
        const std::string what = text->substr(0, colon == std::string::npos ? 0 : colon);
        if (colon == std::string::npos || !is_one_of(what, target_classes(spec_.kind)))
        {
            values_.complain("target",
                             "the target of a fault of kind \"" + std::string{name_of(spec_.kind)} +
                                 "\" must be " + std::string{target_form(spec_.kind)});
            return;
        }
        const std::string name = text->substr(colon + 1);
        if (what == "registrar")
        {
            spec_.server = index_of(name, names_.registrars, "[[registrar]]");
        }
        else if (what == "domain")
        {
            registrars_of(name);
        }
        else if (what == "proxy")
        {
            spec_.server = world::server_index(
                world_,
                {world::ServerKind::kProxy, index_of(name, names_.proxies, "[[proxy]]")});
        }
        else if (what == "stun")
        {
            spec_.server = world::server_index(
                world_,
                {world::ServerKind::kStun, index_of(name, names_.stuns, "[[stun]]")});
        }
        else if (what == "dns")
        {
            spec_.server = world::server_index(
                world_,
                {world::ServerKind::kDns, index_of(name, names_.dns, "[[dns]]")});
        }
        else if (what == "fleet")
        {
            spec_.fleet = index_of(name, names_.fleets, "[[fleet]]");
        }
        else if (what == "nat")
        {
            spec_.nat = index_of(name, names_.nats, "[[nat]]");
        }
        else if (!world_.topology.nodes().empty())
        {
            auto links =
                what == "link" ? find_link(world_.topology, name) : find_cut(world_.topology, name);
            if (const auto* clause = std::get_if<std::string>(&links))
            {
                values_.complain("target", *clause);
            }
            else
            {
                spec_.links = std::get<0>(std::move(links));
            }
        }
    }

    void registrars_of(const std::string& domain)
    {
        std::vector<std::string> domains;
        for (std::uint32_t i = 0; i < world_.registrars.size(); ++i)
        {
            domains.push_back(world_.registrars[i].domain);
            if (domains.back() == domain)
            {
                spec_.drained.push_back(i);
            }
        }
        if (spec_.drained.empty())
        {
            std::erase_if(domains, [](const std::string& known) { return !is_domain(known); });
            values_.complain("target",
                             "no [[registrar]] has the domain \"" + domain + '"' +
                                 did_you_mean(domain, domains));
        }
    }

    void vip_switch()
    {
        if (spec_.kind != FaultKind::kVipSwitch)
        {
            return;
        }
        if (values_.find<std::string>("standby") == nullptr)
        {
            findings_.errors.add(values_.place("kind"),
                                 "a vip-switch fault needs standby, the [[registrar]] that takes "
                                 "over the address");
            return;
        }
        const auto standing_by = named(values_, "standby", names_.registrars, "registrar");
        if (!standing_by)
        {
            return;
        }
        spec_.standby = *standing_by;
        const world::RegistrarSpec& standby = world_.registrars[spec_.standby];
        const world::RegistrarSpec& primary = world_.registrars[spec_.server];
        if (spec_.standby == spec_.server)
        {
            values_.complain("standby", "is the registrar that dies");
        }
        if (standby.domain != primary.domain)
        {
            values_.complain("standby",
                             "has another domain (" + standby.domain + ") than " + primary.name +
                                 " (" + primary.domain + ')');
        }
        if (standby.at != primary.at)
        {
            values_.complain("standby",
                             "stands at another node than " + primary.name +
                                 ": an address moves within one network");
        }
    }

    void drain()
    {
        if (spec_.kind != FaultKind::kDrain)
        {
            return;
        }
        if (spec_.drained.empty())
        {
            spec_.drained.push_back(spec_.server);
        }
        spec_.grace = values_.get<SimDuration>("grace");
        const SimDuration turn = spec_.grace + spec_.length;
        const auto* each = values_.find<SimDuration>("each");
        spec_.each = each != nullptr ? *each : turn;
        if (each != nullptr && spec_.drained.size() == 1)
        {
            findings_.idle.add(values_.place("each"), "each: has no effect on one registrar alone");
        }
        if (spec_.each < turn)
        {
            values_.complain("each",
                             "must be at least grace and for together (" + format(turn) +
                                 "), so that one is back before the next one goes");
        }
        if (values_.find<SimDuration>("retry_after") != nullptr)
        {
            spec_.retry_after =
                static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(
                                               values_.get<SimDuration>("retry_after"))
                                               .count());
        }
        if (spec_.retry_after == 0U)
        {
            findings_.idle.add(values_.place("retry_after"),
                               "retry_after: has no effect at 0s: no Retry-After is sent");
        }
    }

    void name_server_fault()
    {
        const bool change = spec_.kind == FaultKind::kZoneChange;
        if (spec_.kind == FaultKind::kDnsSlow && !values_.given("delay"))
        {
            findings_.errors.add(values_.place("kind"), "a dns-slow fault needs delay");
        }
        if (change && !values_.given("zone"))
        {
            findings_.errors.add(values_.place("kind"),
                                 "a zone-change fault needs zone, the [[zone]] that is served "
                                 "instead of that of the same origin");
        }
        if (!change && spec_.kind != FaultKind::kDnsLame)
        {
            return;
        }
        const auto& served = world_.dns[world::server_ref(world_, spec_.server).number].zones;
        if (served.empty())
        {
            values_.complain("target", "is a resolver, which serves no zone");
            return;
        }
        const auto zone = change ? named(values_, "zone", names_.zones, "zone") : std::nullopt;
        if (!zone)
        {
            return;
        }
        spec_.zone = *zone;
        if (std::ranges::find(served, spec_.zone) != served.end())
        {
            findings_.idle.add(values_.place("zone"),
                               "zone: " + world_.zones[spec_.zone].name +
                                   " is what that name server serves anyway: nothing changes");
        }
        if (std::ranges::none_of(served, [&](std::uint32_t number) {
                return world_.zones[number].origin == world_.zones[spec_.zone].origin;
            }))
        {
            values_.complain("zone",
                             "has another origin (" + world_.zones[spec_.zone].origin +
                                 ") than any zone of that name server");
        }
    }

    std::uint32_t index_of(const std::string& name,
                           const std::vector<std::string>& names,
                           const std::string& kind)
    {
        const auto position = position_of(name, names);
        if (!position || name.empty())
        {
            values_.complain("target",
                             "there is no " + kind + " \"" + name + '"' + hint(name, names));
            return 0;
        }
        return *position;
    }

    void times()
    {
        if (values_.find<SimDuration>("at") == nullptr || world_.duration == SimDuration::zero())
        {
            return;
        }
        const SimTime run_end{world_.duration};
        if (spec_.at >= run_end)
        {
            values_.complain("at", "is beyond the run, which ends at " + format(world_.duration));
            return;
        }
        if (spec_.kind != FaultKind::kReboot && world::end_of(world_, spec_) >= run_end)
        {
            findings_.warnings.add(values_.place("for"),
                                   "the fault lasts to the end of the run (" +
                                       format(world_.duration) + "): no recovery will be seen");
        }
        if (spec_.at < SimTime{world_.warmup})
        {
            findings_.warnings.add(values_.place("at"),
                                   "the fault begins in the warm-up (" + format(world_.warmup) +
                                       "), where no metric looks");
        }
        else if (spec_.at > SimTime{})
        {
            warn_of_unregistered_fleet();
        }
    }

    // A steady start takes a refresh period.
    void warn_of_unregistered_fleet()
    {
        for (const world::FleetSpec& fleet : world_.fleets)
        {
            // Behind a redirect, where they will be is not known yet.
            if (fleet.start.kind != world::Start::Kind::kSteady || fleet.attack ||
                !fleet.registration.enabled || fleet.registrar >= world_.registrars.size() ||
                world_.registrars[fleet.registrar].options.refuse_status != 0)
            {
                continue;
            }
            const SimDuration period = world::mean_refresh(
                fleet.registration,
                world::granted_expiry(world_, fleet, world_.registrars[fleet.registrar].options));
            if (spec_.at < SimTime{period})
            {
                findings_.warnings.add(
                    values_.place("at"),
                    "the fault begins before all of fleet \"" + fleet.name + "\"" +
                        " have registered once: a steady start takes one refresh period, " +
                        format(period) + " (start = \"at-once\" takes none)");
                return;
            }
        }
    }

    Values values_;
    const Names& names_;
    const world::World& world_;
    Findings& findings_;
    world::FaultSpec spec_;
};

} // namespace

bool
is_no_fault(const Section& section)
{
    const Setting* kind = section.find("kind");
    const auto* word = kind == nullptr ? nullptr : std::get_if<std::string>(&kind->value.data);
    return word != nullptr && *word == kNoFault;
}

void
read_faults(const Document& document, const Names& names, world::World& world, Findings& findings)
{
    for (const Section& section : document.sections)
    {
        if (section.kind != "fault")
        {
            continue;
        }
        const std::size_t known = findings.errors.size();
        auto fault = Reader{section, names, world, findings}.run();
        if (fault &&
            findings.errors.size() == known) // what is wrong by itself clashes with nothing
        {
            reject_clashes(section, *fault, world, findings.errors);
            world.faults.push_back(std::move(*fault));
        }
    }
}

} // namespace sipsim::runner
