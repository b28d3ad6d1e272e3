#include "model/world/call_targets.h"

#include "model/world/zones.h"

#include <algorithm>
#include <span>
#include <string>

namespace sipsim::world
{

namespace
{

[[nodiscard]] bool
is_located(const FleetSpec& fleet)
{
    return fleet.call_server == CallServer::kLocated && fleet.locating;
}

} // namespace

/// What all name servers together serve, one zone of each origin.
class CallTargets::Zones
{
  public:
    Zones(const World& world, const Layout& layout)
        : world_(world),
          layout_(layout)
    {
        for (const DnsSpec& dns : world.dns)
        {
            for (const std::uint32_t zone : dns.zones)
            {
                auto made = make_zone(world.zones[zone], layout, names_);
                if (std::ranges::find(first_, made.origin(), &dns::Zone::origin) == first_.end())
                {
                    first_.push_back(std::move(made));
                }
            }
        }
    }

    /// The start, and whenever a zone-change begins or ends.
    [[nodiscard]] std::vector<SimTime> instants() const
    {
        std::vector<SimTime> instants{SimTime{}};
        for (const FaultSpec& fault : world_.faults)
        {
            if (fault.kind == FaultKind::kZoneChange)
            {
                instants.push_back(fault.at);
                instants.push_back(end_of(world_, fault));
            }
        }
        std::ranges::sort(instants);
        const auto twins = std::ranges::unique(instants);
        instants.erase(twins.begin(), twins.end());
        return instants;
    }

    void set_time(SimTime now)
    {
        present_ = first_;
        for (const FaultSpec& fault : world_.faults)
        {
            if (fault.kind == FaultKind::kZoneChange && fault.at <= now &&
                now < end_of(world_, fault))
            {
                auto other = make_zone(world_.zones[fault.zone], layout_, names_);
                const auto own = std::ranges::find(present_, other.origin(), &dns::Zone::origin);
                if (own != present_.end())
                {
                    *own = std::move(other);
                }
            }
        }
    }

    [[nodiscard]] dns::Name name(const std::string& text)
    {
        return names_.name(text).value_or(dns::kRoot);
    }

    /// Records of the name, over as many CNAMEs as a resolver follows, each in its own zone.
    [[nodiscard]] std::span<const dns::Record> find(dns::Name name, dns::Type type) const
    {
        for (std::size_t step = 0; step <= dns::kMaxChain; ++step)
        {
            const dns::Zone* zone = dns::zone_of(names_, present_, name);
            const auto found = zone != nullptr ? zone->lookup(name, type) : dns::Zone::Found{};
            if (found.kind != dns::Zone::Kind::kCname)
            {
                return found.records;
            }
            name = std::get<dns::Pointer>(found.records.front().data).target;
        }
        return {};
    }

    /// One for each of the host's addresses at which, at that port, there is a registrar.
    [[nodiscard]] std::vector<std::uint32_t> registrars_of(dns::Name host, std::uint16_t port) const
    {
        std::vector<std::uint32_t> registrars;
        for (const dns::Record& record : find(host, dns::Type::kA))
        {
            const auto& a = std::get<dns::A>(record.data);
            if (const auto registrar = layout_.registrar_at({sip::Host{a.address}, port}))
            {
                registrars.push_back(*registrar);
            }
        }
        return registrars;
    }

  private:
    const World& world_;
    const Layout& layout_;
    dns::Names names_;
    std::vector<dns::Zone> first_;   // without faults
    std::vector<dns::Zone> present_; // at the time that was set
};

CallTargets::CallTargets(const World& world, const Layout& layout)
    : world_(world),
      layout_(layout),
      versions_(world.fleets.size())
{
    std::vector<std::uint32_t> asking;
    for (std::uint32_t fleet = 0; fleet < world.fleets.size(); ++fleet)
    {
        const FleetSpec& spec = world.fleets[fleet];
        if (!is_located(spec))
        {
            continue;
        }
        if (spec.locating->configured.empty())
        {
            asking.push_back(fleet);
            continue;
        }
        Version& configured = versions_[fleet].emplace_back();
        for (const std::uint32_t registrar : spec.locating->configured)
        {
            const auto place = static_cast<std::uint16_t>(configured.records.size());
            configured.records.push_back({.priority = place});
            configured.registrars.push_back({registrar});
        }
    }
    if (asking.empty())
    {
        return;
    }
    Zones zones(world, layout);
    for (const SimTime from : zones.instants())
    {
        zones.set_time(from);
        for (const std::uint32_t fleet : asking)
        {
            versions_[fleet].push_back(version(world.fleets[fleet], from, zones));
        }
    }
}

CallTargets::Version
CallTargets::version(const FleetSpec& fleet, SimTime from, Zones& zones)
{
    Version found{.from = from, .records = {}, .registrars = {}};
    const auto add = [&](const dns::Srv& srv, dns::Name host) {
        if (auto registrars = zones.registrars_of(host, srv.port); !registrars.empty())
        {
            found.records.push_back(srv);
            found.registrars.push_back(std::move(registrars));
        }
    };
    const std::string& domain = fleet.locating->name;
    const auto services = zones.find(zones.name("_sip._udp." + domain), dns::Type::kSrv);
    for (const dns::Record& record : services)
    {
        const auto& srv = std::get<dns::Srv>(record.data);
        if (srv.target != dns::kRoot) // RFC 2782: the service is not available
        {
            add(srv, srv.target);
        }
    }
    // RFC 3263 §4.2: without SRV records, that of target "." included, the addresses of the name itself.
    if (services.empty())
    {
        add({.port = sip::kSipPort}, zones.name(domain));
    }
    return found;
}

CallTargets::Order
CallTargets::order(SimTime now, std::uint32_t aor, std::uint64_t n) const
{
    Order order;
    const std::uint32_t fleet = layout_.fleet_of_aor(aor);
    const std::vector<Version>& versions = versions_[fleet];
    const auto next = std::ranges::upper_bound(versions, now, {}, &Version::from);
    if (next == versions.begin())
    {
        return order;
    }
    const Version& version = *std::prev(next);
    // Of a device number that no device has, so that no device draws the same.
    const DrawKey key{.seed = world_.seed, .device = kServerDevice, .account = aor};
    for (const std::uint8_t place :
         dns::select(version.records, world_.fleets[fleet].locating->location.selection, key, n))
    {
        for (const std::uint32_t registrar : version.registrars[place])
        {
            (void)order.push(registrar); // those beyond its room are not tried
        }
    }
    return order;
}

} // namespace sipsim::world
