#include "scenarios/runner/config_locating.h"

#include "model/world/nat_boxes.h"
#include "scenarios/runner/config_dns.h"

#include <algorithm>

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

void
warn_of_ttl(const Section& section,
            const world::FleetSpec& fleet,
            const world::World& world,
            Findings& findings)
{
    if (!fleet.locating || !fleet.locating->configured.empty() ||
        fleet.locating->failover.preference != dns::Preference::kUntilTtl)
    {
        return;
    }
    for (const world::ZoneSpec& zone : world.zones)
    {
        const bool none = std::ranges::any_of(zone.records, [](const world::RecordSpec& record) {
            return record.type == dns::Type::kSrv && record.ttl == 0;
        });
        if (none)
        {
            findings.warnings.add(
                section.place,
                "fleet " + fleet.name +
                    " prefers the saved server until the TTL runs out, but zone " + zone.name +
                    " has TTL 0: nothing is ever preferred; raise the TTL or take "
                    "another dns.failover.preference");
        }
    }
}

} // namespace

std::optional<world::LocatingSpec>
read_locating(const Values& values,
              const Names& names,
              const profile::DeviceOptions& device,
              Findings& findings)
{
    const auto* name = values.find<std::string>("locate");
    if (name == nullptr)
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
    spec.name = *name;
    if (dns::Names scratch; !scratch.name(spec.name))
    {
        values.complain("locate", "must be a domain name such as \"sip.example\"");
    }
    spec.port = static_cast<std::uint16_t>(values.get<std::int64_t>("locate_port"));
    read_servers(values, names, spec, findings);
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
    std::uint32_t next = 0;
    for (const Section& section : document.sections)
    {
        if (section.kind == "fleet")
        {
            const std::uint32_t fleet = next++;
            warn_of_ttl(section, world.fleets[fleet], world, findings);
            warn_of_proxies(section, world.fleets[fleet], world, findings);
            warn_of_keepalives(section, world, fleet, findings);
        }
    }
}

} // namespace sipsim::runner
