#include "scenarios/runner/config_leads.h"

#include "model/base/nearest.h"
#include "model/world/nat_boxes.h"
#include "scenarios/runner/config_dns.h"
#include "scenarios/runner/config_idle.h"
#include "scenarios/runner/config_records.h"
#include "scenarios/runner/config_trial.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace sipsim::runner
{

namespace
{

bool
encloses(const world::ZoneSpec& zone, const std::string& name)
{
    return name == zone.origin || name.ends_with("." + zone.origin);
}

/// Some zone has the name, and a name server that the fleet asks serves one; else an error says which.
bool
check_name(const Section& section,
           const world::FleetSpec& fleet,
           const world::World& world,
           Findings& findings)
{
    const std::string& name = fleet.locating->name;
    const Setting& locate = *section.find("locate");
    const auto above = [&name](const world::ZoneSpec& zone) { return encloses(zone, name); };
    if (std::ranges::none_of(world.zones, above))
    {
        std::vector<std::string> origins;
        std::ranges::transform(world.zones, std::back_inserter(origins), &world::ZoneSpec::origin);
        findings.errors.add(locate.value.place,
                            complaint(locate, "is in no [[zone]]" + did_you_mean(name, origins)));
        return false;
    }
    const auto reached = reached_servers(world, fleet.locating->resolvers);
    const bool served = std::ranges::any_of(reached, [&](std::uint32_t server) {
        return std::ranges::any_of(world.dns[server].zones,
                                   [&](std::uint32_t zone) { return above(world.zones[zone]); });
    });
    if (!served)
    {
        findings.errors.add(locate.value.place,
                            complaint(locate,
                                      "none of the name servers that fleet " + fleet.name +
                                          " asks serves a zone of " + name +
                                          ": its devices find no registrar"));
    }
    return served;
}

void
warn_of_proxies(const Section& section,
                const world::FleetSpec& fleet,
                const world::World& world,
                Findings& findings)
{
    const bool located = fleet.call_gap && fleet.call_server == world::CallServer::kLocated;
    const bool walks = fleet.locating && (fleet.outgoing_gap || located);
    const bool proxies = std::ranges::any_of(world.zones, [&](const world::ZoneSpec& zone) {
        return std::ranges::any_of(zone.records, [&](const world::RecordSpec& record) {
            return record.server && *record.server >= world.registrars.size();
        });
    });
    if (walks && proxies)
    {
        // Not modelled: calls located at a proxy.
        findings.warnings.add(
            section.place,
            "fleet " + fleet.name +
                ": calls that DNS leads to a proxy find no registrar there; leave "
                "out outgoing and call_server, or name registrars in the zones");
    }
}

void
warn_of_keepalives(const Section& section,
                   const world::World& world,
                   std::uint32_t fleet,
                   Findings& findings)
{
    if (world.fleets[fleet].locating && world::computes_keepalives(world, fleet))
    {
        // Not modelled: computed keepalives that follow the failover.
        findings.warnings.add(section.find("locate")->value.place,
                              "locate: the devices' keepalives, which are computed, all count at "
                              "the fleet's server; with experiment.keepalives = \"sent\" they go "
                              "where DNS leads");
    }
}

/// Targets of one fleet, and what it has of them.
class Leads
{
  public:
    Leads(const Document& document,
          const Section& section,
          const world::World& world,
          const world::Layout& layout,
          std::uint32_t fleet,
          Findings& findings)
        : document_(document),
          section_(section),
          world_(world),
          layout_(layout),
          fleet_(world.fleets[fleet]),
          spec_(*fleet_.locating),
          findings_(findings)
    {
        const Section live = the_section(document, "live");
        if (const Setting* real = live.find("registrar"))
        {
            real_ = std::get<std::string>(real->value.data);
        }
        const auto reached = reached_servers(world, spec_.resolvers);
        changes_ = std::ranges::any_of(world.faults, [&](const world::FaultSpec& fault) {
            return fault.kind == world::FaultKind::kZoneChange &&
                   std::ranges::find(reached, world::server_ref(world, fault.server).number) !=
                       reached.end();
        });
    }

    void configured(const dns::Located& list)
    {
        targets({list.targets.begin(), list.targets.end()}, "configured");
        single(list.targets.size());
    }

    void located(const Trial& trial)
    {
        if (trial.targets.empty())
        {
            refuse("locate", "leads to no server: " + why(trial));
        }
        else
        {
            targets(trial.targets, "locate");
            single(trial.targets.size());
            fleeting(trial);
            too_many(trial);
        }
        for (const CutAnswer& cut : trial.cut)
        {
            warn_of(cut);
        }
    }

  private:
    [[nodiscard]] Place place_of(std::string_view key) const
    {
        const Setting* setting = section_.find(key);
        return setting != nullptr ? setting->value.place : section_.place_of("locate");
    }

    /// Nobody ever registers.
    void refuse(std::string_view key, const std::string& clause)
    {
        const Setting& setting = *section_.find(key);
        if (changes_)
        {
            findings_.warnings.add(setting.value.place,
                                   complaint(setting, clause + ", before a zone-change"));
            return;
        }
        findings_.errors.add(setting.value.place, complaint(setting, clause));
    }

    static std::string why(const Trial& trial)
    {
        if (trial.unavailable)
        {
            return "an SRV record says with the target . that there is none (RFC 2782)";
        }
        std::vector<std::string> reasons = trial.lacking;
        for (const CutAnswer& cut : trial.cut)
        {
            reasons.push_back("the records of " + cut.question + " do not fit " +
                              std::to_string(cut.limit) + " octets");
        }
        return joined(reasons) + "; mend the zone, or what is asked for (dns.mode, locate_port)";
    }

    void targets(const std::vector<dns::Target>& list, std::string_view key)
    {
        constexpr std::size_t kShown = 3;
        std::vector<std::string> reasons;
        bool any = false;
        for (const dns::Target& target : list)
        {
            const std::string reason = misled(target.endpoint);
            any = any || reason.empty();
            if (!reason.empty() && reasons.size() < kShown &&
                std::ranges::find(reasons, reason) == reasons.end())
            {
                reasons.push_back(reason);
            }
        }
        if (!any)
        {
            refuse(key, "leads to no registrar of the fleet's: " + joined(reasons));
            return;
        }
        for (const dns::Target& target : list)
        {
            // An address of nobody may stand for a host that is down.
            if (layout_.server_at(target.endpoint.host) && !misled(target.endpoint).empty())
            {
                findings_.warnings.add(place_of(target),
                                       "fleet " + fleet_.name + " is led in vain to a server: " +
                                           misled(target.endpoint));
            }
        }
    }

    /// Why no device of the fleet can register there; empty: it can.
    [[nodiscard]] std::string misled(const dns::Endpoint& at) const
    {
        const auto server = layout_.server_at(at.host);
        if (!server)
        {
            return "no server has the address " + sip::Names{}.text(at.host);
        }
        const auto [kind, number] = world::server_ref(world_, *server);
        const std::string& name = world::server_name(world_, *server);
        if (kind == world::ServerKind::kStun || kind == world::ServerKind::kDns)
        {
            return name + " speaks no SIP";
        }
        const bool proxy = kind == world::ServerKind::kProxy;
        if (!proxy && name == real_)
        {
            return {}; // a real one listens where it likes
        }
        if (at.port != sip::kSipPort)
        {
            return name + " listens at port " + std::to_string(sip::kSipPort) + ", not at " +
                   std::to_string(at.port);
        }
        const std::uint32_t registrar = proxy ? world_.proxies[number].registrar : number;
        const world::RegistrarSpec& spec = world_.registrars[registrar];
        const world::RegistrarSpec& own = world_.registrars[fleet_.registrar];
        if (!world::serves(world_, registrar, fleet_) && !spec.options.redirect_to)
        {
            return name + " is of the domain " + spec.domain + ", " + own.name + " of " +
                   own.domain;
        }
        return {};
    }

    /// Of an SRV record that names it: what comes of one has its numbers.
    [[nodiscard]] Place place_of(const dns::Target& target) const
    {
        if (!spec_.configured.empty() || spec_.port != 0)
        {
            return place_of(spec_.port != 0 ? "locate_port" : "configured");
        }
        std::size_t zone = 0;
        for (const Section& section : document_.sections)
        {
            if (section.kind != "zone")
            {
                continue;
            }
            const auto& records = world_.zones[zone++].records;
            const auto found = std::ranges::find_if(records, [&](const world::RecordSpec& r) {
                return r.type == dns::Type::kSrv && r.port == target.endpoint.port &&
                       r.priority == target.priority && r.weight == target.weight;
            });
            if (found != records.end())
            {
                return place_of_record(section, static_cast<std::size_t>(found - records.begin()));
            }
        }
        return section_.place_of("locate");
    }

    void single(std::size_t targets)
    {
        Idle{section_, findings_.idle}.warn(targets == 1 && !changes_,
                                            {"dns.failover.blocked_for"},
                                            "with one target, which is tried all the same");
    }

    // RFC 1035 §3.2.1: what has TTL 0 serves the one request.
    void fleeting(const Trial& trial)
    {
        if (spec_.failover.preference == dns::Preference::kUntilTtl &&
            trial.lasts <= SimDuration{0})
        {
            findings_.warnings.add(place_of("dns.failover.preference"),
                                   "fleet " + fleet_.name +
                                       " prefers the saved server until the TTL runs out, but " +
                                       joined(trial.fleeting) +
                                       " has TTL 0: nothing is ever preferred; raise the TTL or "
                                       "take another dns.failover.preference");
        }
    }

    void too_many(const Trial& trial)
    {
        if (trial.addresses > dns::kMaxTargets)
        {
            findings_.warnings.add(section_.place_of("locate"),
                                   "locate: leads to " + std::to_string(trial.addresses) +
                                       " addresses, of which a device uses the first " +
                                       std::to_string(dns::kMaxTargets) +
                                       ": the others may get less than their share; name fewer");
        }
    }

    // RFC 2181 §9: what has TC is not to be used whole; DNS over TCP would be asked.
    void warn_of(const CutAnswer& cut)
    {
        const bool device = cut.resolver.empty();
        const bool used = device ? spec_.resolver.use_truncated : resolver_uses(cut.resolver);
        const std::string key =
            device ? "resolver.udp_size" : "the udp_size of [[dns]] " + cut.resolver;
        findings_.warnings.add(
            section_.place_of("locate"),
            "locate: of the " + std::to_string(cut.there_are) + " records of " + cut.question +
                ' ' + std::to_string(cut.came) + " fit the " + std::to_string(cut.limit) +
                " octets of an answer to " + (device ? "a device" : cut.resolver) +
                (used ? ": they are used as if they were all" : ": it is not used") +
                " (RFC 2181 9); raise " + key + ", or name fewer or shorter ones");
    }

    [[nodiscard]] bool resolver_uses(const std::string& name) const
    {
        const auto found = std::ranges::find(world_.dns, name, &world::DnsSpec::name);
        return found != world_.dns.end() && found->resolver.use_truncated;
    }

    const Document& document_;
    const Section& section_;
    const world::World& world_;
    const world::Layout& layout_;
    const world::FleetSpec& fleet_;
    const world::LocatingSpec& spec_;
    Findings& findings_;
    std::string real_; // a registrar that is in [live]
    bool changes_ = false;
};

/// What all trials of a World share.
class Ground
{
  public:
    explicit Ground(const world::World& world)
        : layout(world),
          directory(world, layout, names_, proof_)
    {
    }

    const world::Layout layout;

  private:
    sip::Names names_;
    const sip::IntegerProof proof_;

  public:
    const world::Directory directory;
};

} // namespace

void
check_locating(const Document& document, const world::World& world, Findings& findings)
{
    // A real name server serves what it likes.
    const bool real = the_section(document, "live").find("dns") != nullptr;
    std::optional<Ground> ground;
    if (findings.errors.empty() && !world::Layout::misfit(world) &&
        std::ranges::any_of(world.fleets, [](const auto& f) { return f.locating.has_value(); }))
    {
        ground.emplace(world);
    }
    std::uint32_t next = 0;
    for (const Section& section : document.sections)
    {
        if (section.kind != "fleet")
        {
            continue;
        }
        const std::uint32_t number = next++;
        const world::FleetSpec& fleet = world.fleets[number];
        warn_of_proxies(section, fleet, world, findings);
        warn_of_keepalives(section, world, number, findings);
        const bool asks = fleet.locating && fleet.locating->configured.empty();
        if (!fleet.locating || (asks && (real || !check_name(section, fleet, world, findings))) ||
            !ground)
        {
            continue;
        }
        Leads leads{document, section, world, ground->layout, number, findings};
        if (asks)
        {
            leads.located(try_locating(world, ground->layout, ground->directory, number));
        }
        else
        {
            leads.configured(*ground->directory.finder(number).configured);
        }
    }
}

} // namespace sipsim::runner
