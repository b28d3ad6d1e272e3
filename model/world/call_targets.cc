#include "model/world/call_targets.h"

#include "model/world/zones.h"

#include <algorithm>
#include <optional>

namespace sipsim::world
{

namespace
{

/// The zone (index) that the domain's name belongs to, as it is served first; nullopt: nobody serves any.
std::optional<std::uint32_t>
zone_of(const World& world, const std::string& name)
{
    std::optional<std::uint32_t> best;
    for (const DnsSpec& dns : world.dns)
    {
        for (const std::uint32_t zone : dns.zones)
        {
            const std::string& origin = world.zones[zone].origin;
            const bool above = name == origin || name.ends_with("." + origin);
            if (above && (!best || origin.size() > world.zones[*best].origin.size()))
            {
                best = zone;
            }
        }
    }
    return best;
}

// Addresses of a name, over as many CNAMEs as a resolver follows.
std::span<const dns::Record>
addresses_of(const dns::Zone& zone, dns::Name name)
{
    constexpr int kMostAliases = 8;
    for (int i = 0; i < kMostAliases; ++i)
    {
        const auto alias = zone.set(name, dns::Type::kCname);
        if (alias.empty())
        {
            break;
        }
        name = std::get<dns::Pointer>(alias.front().data).target;
    }
    return zone.set(name, dns::Type::kA);
}

std::optional<std::uint32_t>
registrar_at(const World& world, const Layout& layout, std::span<const dns::Record> addresses)
{
    for (const dns::Record& record : addresses)
    {
        const auto& a = std::get<dns::A>(record.data);
        const auto server = layout.server_at(sip::Host{a.address});
        if (server && *server < world.registrars.size())
        {
            return server;
        }
    }
    return std::nullopt;
}

} // namespace

CallTargets::CallTargets(const World& world, const Layout& layout)
    : world_(world),
      layout_(layout),
      versions_(world.fleets.size())
{
    for (std::uint32_t fleet = 0; fleet < world.fleets.size(); ++fleet)
    {
        const FleetSpec& spec = world.fleets[fleet];
        if (spec.call_server != CallServer::kLocated || !spec.locating)
        {
            continue;
        }
        if (!spec.locating->configured.empty())
        {
            Version configured;
            for (const std::uint32_t registrar : spec.locating->configured)
            {
                const auto place = static_cast<std::uint16_t>(configured.records.size());
                configured.records.push_back({.priority = place});
                configured.registrars.push_back(registrar);
            }
            versions_[fleet].push_back(std::move(configured));
        }
        else if (const auto zone = zone_of(world, spec.locating->name))
        {
            versions_[fleet].push_back(version(spec, *zone));
            for (const FaultSpec& fault : world.faults)
            {
                if (fault.kind == FaultKind::kZoneChange &&
                    world.zones[fault.zone].origin == world.zones[*zone].origin)
                {
                    versions_[fleet].push_back(version(spec, fault.zone));
                }
            }
        }
    }
}

CallTargets::Version
CallTargets::version(const FleetSpec& fleet, std::uint32_t number) const
{
    Version found{.zone = number, .records = {}, .registrars = {}};
    dns::Names names;
    const dns::Zone zone = make_zone(world_.zones[number], layout_, names);
    const dns::Name name = names.name(fleet.locating->name).value_or(dns::kRoot);
    const dns::Name service = names.name("_sip._udp." + fleet.locating->name).value_or(dns::kRoot);
    for (const dns::Record& record : zone.set(service, dns::Type::kSrv))
    {
        const auto& srv = std::get<dns::Srv>(record.data);
        if (const auto at = registrar_at(world_, layout_, addresses_of(zone, srv.target)))
        {
            found.records.push_back(srv);
            found.registrars.push_back(*at);
        }
    }
    // RFC 3263 §4.2: without SRV records, the addresses of the name itself.
    if (const auto at = registrar_at(world_, layout_, addresses_of(zone, name));
        at && found.records.empty())
    {
        found.records.push_back({});
        found.registrars.push_back(*at);
    }
    return found;
}

const CallTargets::Version*
CallTargets::in_force(SimTime now, std::uint32_t fleet) const
{
    const std::vector<Version>& versions = versions_[fleet];
    if (versions.empty())
    {
        return nullptr;
    }
    std::uint32_t zone = versions[0].zone;
    for (const FaultSpec& fault : world_.faults)
    {
        if (fault.kind == FaultKind::kZoneChange && fault.at <= now &&
            now < end_of(world_, fault) &&
            std::ranges::find(versions, fault.zone, &Version::zone) != versions.end())
        {
            zone = fault.zone;
        }
    }
    return &*std::ranges::find(versions, zone, &Version::zone);
}

CallTargets::Order
CallTargets::order(SimTime now, std::uint32_t aor, std::uint64_t n) const
{
    Order order;
    const std::uint32_t fleet = layout_.fleet_of_aor(aor);
    if (const Version* version = in_force(now, fleet))
    {
        // Of a device number that no device has, so that no device draws the same.
        const DrawKey key{.seed = world_.seed, .device = kServerDevice, .account = aor};
        for (const std::uint8_t place :
             dns::select(version->records,
                         world_.fleets[fleet].locating->location.selection,
                         key,
                         n))
        {
            (void)order.push(version->registrars[place]);
        }
    }
    return order;
}

} // namespace sipsim::world
