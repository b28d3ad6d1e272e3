#include "scenarios/runner/config_locating.h"

#include "model/base/nearest.h"
#include "model/world/nat_boxes.h"
#include "scenarios/runner/config_dns.h"

#include <arpa/inet.h>
#include <strings.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace sipsim::runner
{

namespace
{

/// Whom the devices ask, or the registrars they use instead (Grandstream "Use Configured IP").
void
read_servers(const Values& values,
             const Names& names,
             world::LocatingSpec& spec,
             Findings& findings)
{
    const bool asked = values.get<std::string>("configured_ip_role") == "name-server";
    spec.resolvers = all_named(values, "name_servers", names.dns, "dns", findings.errors);
    demand_few(values, "name_servers", spec.resolvers.size());
    if (asked && values.given("configured"))
    {
        spec.resolvers = all_named(values, "configured", names.dns, "dns", findings.errors);
        demand_few(values, "configured", spec.resolvers.size());
        if (values.given("name_servers"))
        {
            findings.idle.add(values.place("name_servers"),
                              "name_servers: has no effect: the configured ones are asked");
        }
        return;
    }
    if (values.given("configured_ip_role") && !values.given("configured"))
    {
        findings.idle.add(values.place("configured_ip_role"),
                          "configured_ip_role: has no effect without configured");
    }
    spec.configured =
        all_named(values, "configured", names.registrars, "registrar", findings.errors);
    if (spec.configured.size() > dns::kMaxTargets)
    {
        values.complain("configured", "must be at most 16 registrars");
    }
    if (!values.given("configured") && !values.given("name_servers"))
    {
        findings.errors.add(values.place("locate"),
                            "locate: the devices must ask somebody: name_servers = [\"NAME\"] of a "
                            "[[dns]], or configured = [\"REGISTRAR\", ...]");
    }
    for (const std::string_view key :
         {"name_servers", "use_expired", "resolver.timeout", "resolver.attempts", "resolver.cache"})
    {
        if (!spec.configured.empty() && values.given(key))
        {
            findings.idle.add(values.place(key),
                              std::string{key} +
                                  ": has no effect with configured: nothing is asked");
        }
    }
}

// RFC 1123 §2.1, as a URI has it (RFC 3261 §25.1).
bool
is_host_name(const std::string& text)
{
    const auto is_alnum = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        const bool inside =
            i > 0 && i + 1 < text.size() && text[i - 1] != '.' && text[i + 1] != '.';
        if (!is_alnum(text[i]) && text[i] != '.' && !(text[i] == '-' && inside))
        {
            return false;
        }
    }
    return canonical_name(text).has_value();
}

void
read_name(const Values& values, world::LocatingSpec& spec)
{
    const auto& text = *values.find<std::string>("locate");
    in_addr address{};
    if (spec.configured.empty() && inet_pton(AF_INET, text.c_str(), &address) == 1)
    {
        // Not modelled: a URI with a numeric host.
        values.complain("locate",
                        "is an address, for which no DNS is asked (RFC 3263 4.1): leave locate out "
                        "and name the registrar as server");
        return;
    }
    if (!is_host_name(text) || text == ".")
    {
        values.complain("locate",
                        "must be a host name such as \"sip.example\"; a port goes into "
                        "locate_port");
        return;
    }
    spec.name = *canonical_name(text);
}

} // namespace

std::optional<world::LocatingSpec>
read_locating(const Values& values,
              const Names& names,
              const profile::DeviceOptions& device,
              Findings& findings)
{
    if (values.find<std::string>("locate") == nullptr)
    {
        for (const std::string_view key : {"locate_port",
                                           "name_servers",
                                           "configured",
                                           "configured_ip_role",
                                           "use_expired",
                                           "resolver.timeout",
                                           "resolver.attempts",
                                           "resolver.cache"})
        {
            if (values.given(key))
            {
                findings.idle.add(values.place(key),
                                  std::string{key} + ": has no effect without locate");
            }
        }
        for (const Setting& setting : values.section().settings)
        {
            if (setting.key.starts_with("dns."))
            {
                findings.idle.add(setting.key_place,
                                  setting.key + ": has no effect without locate");
            }
        }
        return std::nullopt;
    }
    world::LocatingSpec spec;
    spec.port = static_cast<std::uint16_t>(values.get<std::int64_t>("locate_port"));
    read_servers(values, names, spec, findings);
    read_name(values, spec);
    for (const Setting& setting : values.section().settings)
    {
        const bool of_calls = setting.key == "dns.failover.calls_follow" ||
                              setting.key == "dns.failover.register_first";
        if (of_calls && !values.given("outgoing"))
        {
            findings.idle.add(setting.key_place, setting.key + ": has no effect without outgoing");
        }
    }
    spec.resolver = resolver_of(values, "resolver.");
    spec.use_expired = values.get<bool>("use_expired");
    spec.location = device.locating;
    spec.failover = device.failover;
    for (const std::string& problem : dns::validate(spec.failover))
    {
        findings.errors.add(values.section().place, "dns.failover." + problem);
    }
    return spec;
}

namespace
{

bool
encloses(const world::ZoneSpec& zone, const std::string& name)
{
    return name == zone.origin || name.ends_with("." + zone.origin);
}

/// The zones that answer a fleet, as they are served first.
class Answers
{
  public:
    Answers(const world::World& world, const world::LocatingSpec& spec)
    {
        for (const std::uint32_t server : reached_servers(world, spec.resolvers))
        {
            for (const std::uint32_t zone : world.dns[server].zones)
            {
                zones_.push_back(&world.zones[zone]);
            }
        }
    }

    /// The zone that a name belongs to (RFC 1034 §4.3.2 step 2); nullptr: none of these.
    [[nodiscard]] const world::ZoneSpec* zone_of(const std::string& name) const
    {
        const world::ZoneSpec* deepest = nullptr;
        for (const world::ZoneSpec* zone : zones_)
        {
            if (encloses(*zone, name) &&
                (deepest == nullptr || zone->origin.size() > deepest->origin.size()))
            {
                deepest = zone;
            }
        }
        return deepest;
    }

    /// In the order of the file. Not followed: wildcards.
    [[nodiscard]] std::vector<const world::RecordSpec*> find(std::string name, dns::Type type) const
    {
        std::vector<const world::RecordSpec*> found;
        for (std::size_t step = 0; step <= dns::kMaxChain && found.empty(); ++step)
        {
            const world::ZoneSpec* zone = zone_of(name);
            const world::RecordSpec* alias = nullptr;
            for (const world::RecordSpec& record :
                 zone != nullptr ? std::span{zone->records} : std::span<const world::RecordSpec>{})
            {
                if (record.owner == name && record.type == type)
                {
                    found.push_back(&record);
                }
                else if (record.owner == name && record.type == dns::Type::kCname)
                {
                    alias = &record;
                }
            }
            if (alias == nullptr)
            {
                break;
            }
            name = alias->target;
        }
        return found;
    }

  private:
    std::vector<const world::ZoneSpec*> zones_;
};

/// The records whose TTL says how long a fleet may use its list of servers, as dns::Location asks for them.
class ListRecords
{
  public:
    using Records = std::vector<const world::RecordSpec*>;

    ListRecords(const world::World& world, const world::LocatingSpec& spec)
        : answers_(world, spec),
          spec_(spec)
    {
    }

    [[nodiscard]] Records run() const
    {
        const bool direct = spec_.port != 0 || spec_.location.mode == dns::DnsMode::kA;
        Records naptrs = direct ? Records{} : usable_naptrs();
        Records services = direct ? Records{} : first_services(naptrs);
        Records addresses;
        for (const world::RecordSpec* service : services)
        {
            append(addresses, answers_.find(service->target, dns::Type::kA));
        }
        if (services.empty())
        {
            // RFC 3263 §4.2: the addresses of the name itself.
            addresses = answers_.find(spec_.name, dns::Type::kA);
        }
        switch (spec_.location.ttl)
        {
        case dns::TtlOf::kSrv:
            return services.empty() ? addresses : services;
        case dns::TtlOf::kAddress:
            return addresses;
        case dns::TtlOf::kLeast:
            break;
        }
        append(addresses, services);
        append(addresses, naptrs);
        return addresses;
    }

  private:
    static void append(Records& records, const Records& more)
    {
        records.insert(records.end(), more.begin(), more.end());
    }

    [[nodiscard]] bool speaks(sip::Transport transport) const
    {
        return std::ranges::find(spec_.location.transports, transport) !=
               spec_.location.transports.end();
    }

    /// In the order in which the devices use them (RFC 3403 §4.1).
    [[nodiscard]] Records usable_naptrs() const
    {
        Records usable;
        if (spec_.location.mode != dns::DnsMode::kNaptrSrv)
        {
            return usable;
        }
        for (const world::RecordSpec* record : answers_.find(spec_.name, dns::Type::kNaptr))
        {
            const bool udp = strcasecmp(record->service.c_str(), "SIP+D2U") == 0;
            const bool tcp = strcasecmp(record->service.c_str(), "SIP+D2T") == 0;
            if ((udp && speaks(sip::Transport::kUdp)) || (tcp && speaks(sip::Transport::kTcp)))
            {
                usable.push_back(record);
            }
        }
        std::ranges::stable_sort(usable, {}, [](const world::RecordSpec* record) {
            return std::pair{record->priority, record->weight};
        });
        return usable;
    }

    [[nodiscard]] Records first_services(const Records& naptrs) const
    {
        std::vector<std::string> names;
        for (const world::RecordSpec* naptr : naptrs)
        {
            names.push_back(naptr->target);
        }
        if (naptrs.empty())
        {
            for (const sip::Transport transport : spec_.location.transports)
            {
                const bool udp = transport == sip::Transport::kUdp;
                names.push_back((udp ? "_sip._udp." : "_sip._tcp.") + spec_.name);
            }
        }
        for (const std::string& name : names)
        {
            if (auto services = answers_.find(name, dns::Type::kSrv); !services.empty())
            {
                return services;
            }
        }
        return {};
    }

    Answers answers_;
    const world::LocatingSpec& spec_;
};

void
warn_of_ttl(const Section& section,
            const world::FleetSpec& fleet,
            const world::World& world,
            Findings& findings)
{
    if (fleet.locating->failover.preference != dns::Preference::kUntilTtl)
    {
        return;
    }
    const auto records = ListRecords{world, *fleet.locating}.run();
    const auto none = std::ranges::find(records, 0U, &world::RecordSpec::ttl);
    if (none != records.end())
    {
        findings.warnings.add(section.place,
                              "fleet " + fleet.name +
                                  " prefers the saved server until the TTL runs out, but " +
                                  (*none)->owner + " " + dns::type_name((*none)->type) +
                                  " has TTL 0: nothing is ever preferred; raise the TTL or take "
                                  "another dns.failover.preference");
    }
}

void
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
    }
    else if (Answers{world, *fleet.locating}.zone_of(name) == nullptr)
    {
        findings.warnings.add(locate.value.place,
                              "locate: none of the name servers that fleet " + fleet.name +
                                  " asks serves a zone of " + name +
                                  ": its devices find no registrar");
    }
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

} // namespace

void
check_locating(const Document& document, const world::World& world, Findings& findings)
{
    // A real name server serves what it likes.
    const bool real = the_section(document, "live").find("dns") != nullptr;
    std::uint32_t next = 0;
    for (const Section& section : document.sections)
    {
        if (section.kind == "fleet")
        {
            const std::uint32_t fleet = next++;
            const auto& locating = world.fleets[fleet].locating;
            if (locating && locating->configured.empty() && !real)
            {
                check_name(section, world.fleets[fleet], world, findings);
                warn_of_ttl(section, world.fleets[fleet], world, findings);
            }
            warn_of_proxies(section, world.fleets[fleet], world, findings);
            warn_of_keepalives(section, world, fleet, findings);
        }
    }
}

} // namespace sipsim::runner
