#include "model/world/directory.h"

#include "model/world/zones.h"

#include <algorithm>

namespace sipsim::world
{

Directory::Directory(const World& world,
                     const Layout& layout,
                     sip::Names& names,
                     const sip::ProofFunction& proof)
    : world_(world),
      layout_(layout),
      password_faults_(world.fleets.size())
{
    for (std::uint32_t i = 0; i < world.registrars.size(); ++i)
    {
        domains_.push_back(names.host(world.registrars[i].domain).value_or(sip::Host{}));
        std::vector<bool>& knows = knows_.emplace_back();
        for (std::uint32_t fleet = 0; fleet < world.fleets.size(); ++fleet)
        {
            // A server that redirects knows its users as the one it sends them to does.
            const std::uint32_t home = home_registrar(world, layout, fleet);
            knows.push_back(serves(world, i, world.fleets[fleet]) || home == i ||
                            takes_over(world, i, home));
        }
    }
    for (ServerIndex server = 0; server < server_count(world); ++server)
    {
        servers_.push_back(layout.server_address(server));
    }
    for (const auto& spec : world.proxies)
    {
        proxies_.push_back(spec.options);
        for (const std::string& tag : spec.supports)
        {
            proxies_.back().supports.push(names.option_tag(tag).value_or(sip::OptionTag{}));
        }
    }
    for (const auto& fleet : world.fleets)
    {
        settings_.push_back({.registration = fleet.registration,
                             .servers = {&servers_[first_server(world, fleet)], 1},
                             .domain = domains_[fleet.registrar],
                             .proof = &proof,
                             .extra = fleet.extra});
        settings_.back().registration.proxy_require =
            names.option_tag(fleet.proxy_require).value_or(sip::OptionTag{});
        nat::TraversalSettings traversal{.options = fleet.nat,
                                         .sip_server = servers_[first_server(world, fleet)],
                                         .transaction = fleet.registration.transaction,
                                         .listens_to_icmp = fleet.registration.listens_to_icmp};
        if (fleet.stun)
        {
            traversal.stun_server = layout.stun_address(*fleet.stun, false);
        }
        traversals_.push_back(traversal);
        finders_.push_back(fleet.locating ? finder_settings(*fleet.locating)
                                          : dns::FinderSettings{});
        // What ends a try is the product's own law, unless the failover names another.
        sip::RetransmissionLaw& law = settings_.back().registration.transaction.retransmission;
        if (fleet.locating && fleet.locating->failover.try_timeout > SimDuration{})
        {
            law.give_up = fleet.locating->failover.try_timeout;
        }
        else if (fleet.locating && fleet.locating->failover.try_sends > 0)
        {
            law.max_sends = fleet.locating->failover.try_sends;
        }
    }
    for (const DnsSpec& spec : world.dns)
    {
        resolvers_.push_back(spec.resolver);
        add_servers(spec.forward, resolvers_.back());
    }
}

void
Directory::add_servers(const std::vector<std::uint32_t>& dns, dns::ResolverSettings& settings) const
{
    settings.servers.clear();
    for (const std::uint32_t number : dns)
    {
        settings.servers.push(servers_[server_index(world_, {ServerKind::kDns, number})]);
    }
}

dns::FinderSettings
Directory::finder_settings(const LocatingSpec& spec) const
{
    dns::FinderSettings settings{
        .resolver = spec.resolver,
        .location = spec.location,
        .destination = {.address = {},
                        .name = dns_names_.name(spec.name).value_or(dns::kRoot),
                        .port = spec.port,
                        .transport = {}},
        .configured = {},
        .use_expired = spec.use_expired};
    auto& destination = settings.destination;
    for (const auto transport : spec.location.transports)
    {
        destination.services[static_cast<std::size_t>(transport)] =
            dns::service_name(dns_names_, destination.name, transport);
    }
    add_servers(spec.resolvers, settings.resolver);
    if (!spec.configured.empty())
    {
        std::vector<sip::Host> hosts;
        for (const std::uint32_t registrar : spec.configured)
        {
            hosts.push_back(servers_[registrar].host);
        }
        settings.configured = dns::configured(hosts, spec.port != 0 ? spec.port : sip::kSipPort);
    }
    return settings;
}

bool
Directory::remembers_failures(std::uint32_t fleet) const
{
    const FleetSpec& spec = world_.fleets[fleet];
    if (!spec.locating || spec.locating->failover.blocked_for > SimDuration{})
    {
        return spec.locating.has_value();
    }
    using Law = registrar::StationOptions::RetryAfter;
    const auto may_say = [](const RegistrarSpec& registrar) {
        const auto& options = registrar.options;
        return options.retry_after.value_or(0) > 0 || options.station.retry_after.value_or(0) > 0 ||
               options.station.retry_after_law == Law::kAdaptive;
    };
    return spec.registration.honour_retry_after && spec.locating->failover.on_503 &&
           (std::ranges::any_of(world_.registrars, may_say) ||
            std::ranges::any_of(world_.proxies,
                                [](const ProxySpec& proxy) {
                                    return proxy.options.overload.retry_after.value_or(0) > 0;
                                }) ||
            std::ranges::any_of(world_.faults, [](const FaultSpec& fault) {
                return fault.retry_after.value_or(0) > 0;
            }));
}

std::vector<dns::Zone>
Directory::zones(std::uint32_t dns, std::optional<std::uint32_t> fault) const
{
    std::vector<dns::Zone> zones;
    for (const std::uint32_t number : world_.dns[dns].zones)
    {
        const ZoneSpec* spec = &world_.zones[number];
        if (fault && world_.zones[world_.faults[*fault].zone].origin == spec->origin)
        {
            spec = &world_.zones[world_.faults[*fault].zone];
        }
        zones.push_back(make_zone(*spec, layout_, dns_names_));
    }
    return zones;
}

std::optional<sip::SecretId>
Directory::secret(std::uint32_t registrar, sip::UserId user) const
{
    const auto number = static_cast<std::uint64_t>(user);
    if (number == 0 || number > layout_.aors())
    {
        return std::nullopt;
    }
    const std::uint32_t fleet = layout_.fleet_of_aor(static_cast<std::uint32_t>(number - 1));
    if (!knows_[registrar][fleet])
    {
        return std::nullopt;
    }
    return password_faults_[fleet] > 0 ? changed_secret_of(user) : secret_of(user);
}

} // namespace sipsim::world
