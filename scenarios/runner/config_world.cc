#include "scenarios/runner/config_world.h"

#include "model/fleet/path_model.h"
#include "model/world/layout.h"
#include "model/world/reach.h"
#include "model/world/servers.h"
#include "scenarios/runner/config_attack.h"
#include "scenarios/runner/config_dns.h"
#include "scenarios/runner/config_faults.h"
#include "scenarios/runner/config_fleet.h"
#include "scenarios/runner/config_idle.h"
#include "scenarios/runner/config_idle_world.h"
#include "scenarios/runner/config_leads.h"
#include "scenarios/runner/config_names.h"
#include "scenarios/runner/config_nat.h"
#include "scenarios/runner/config_profile.h"
#include "scenarios/runner/config_relations.h"
#include "scenarios/runner/config_servers.h"

#include <algorithm>
#include <map>

namespace sipsim::runner
{

namespace
{

class Builder
{
  public:
    Builder(const Document& document, std::uint64_t seed, Maps& maps, Findings& findings)
        : document_(document),
          maps_(maps),
          findings_(findings)
    {
        world_.seed = seed;
    }

    std::optional<world::World> run()
    {
        time();
        const Section network_section = the_section(document_, "network");
        const Values network(network_section, findings_.errors);
        const auto topology = maps_.get(network);
        if (topology != nullptr)
        {
            world_.topology = *topology;
        }
        access_ = access_of(network);
        names_ = collect_names(document_, findings_.errors);
        demand_somebody();
        add_nats();
        for (const Section& section : document_.sections)
        {
            if (section.kind == "registrar")
            {
                add_registrar(Values(section, findings_.errors));
            }
            else if (section.kind == "proxy")
            {
                add_proxy(Values(section, findings_.errors));
            }
            else if (section.kind == "stun")
            {
                add_stun(Values(section, findings_.errors));
            }
            else if (section.kind == "zone")
            {
                world_.zones.push_back(
                    read_zone(Values(section, findings_.errors), names_, findings_));
            }
            else if (section.kind == "dns")
            {
                add_dns(Values(section, findings_.errors));
            }
            else if (section.kind == "fleet")
            {
                add_fleet(Values(section, findings_.errors, is_profile_key));
            }
        }
        for (const Section& section : document_.sections)
        {
            if (section.kind == "attacker")
            {
                add_attacker(Values(section, findings_.errors, is_profile_key));
            }
        }
        redirects();
        share_bindings(sections_, world_, findings_);
        if (findings_.errors.empty())
        {
            check_proxies(document_, world_, findings_);
            check_shared_contacts(document_, world_, findings_);
        }
        read_faults(document_, names_, world_, findings_);
        if (findings_.errors.empty())
        {
            check_dns(document_, world_, findings_);
            check_locating(document_, world_, findings_);
        }
        if (findings_.errors.empty())
        {
            warn_of_idle_control(document_, world_, findings_.idle);
            warn_of_idle_world(document_, world_, findings_);
            warn_of_nats(document_, world_, findings_.idle);
        }
        return finish();
    }

  private:
    void time()
    {
        const Section section = the_section(document_, "experiment");
        const Values values(section, findings_.errors);
        world_.duration = values.get<SimDuration>("duration");
        world_.warmup = values.get<SimDuration>("warmup");
        const bool fleet = values.get<std::string>("carrier") == "fleet";
        fleet_carrier_ = fleet;
        if (fleet && values.get<bool>("pcap"))
        {
            values.complain("pcap", "needs packets: carrier = \"packet\"");
        }
        const auto* keepalives = values.find<std::string>("keepalives");
        const bool computed = keepalives == nullptr ? fleet : *keepalives == "computed";
        world_.keepalives = computed ? world::Keepalives::kComputed : world::Keepalives::kSent;
        if (values.find<SimDuration>("duration") != nullptr && world_.warmup >= world_.duration)
        {
            values.complain("warmup",
                            "must be less than duration (" + format(world_.duration) +
                                "): nothing would be measured");
        }
    }

    void demand_somebody()
    {
        if (names_.registrars.empty())
        {
            findings_.errors.add({},
                                 "there is no [[registrar]]: the devices need one to register at");
        }
        if (names_.fleets.empty())
        {
            findings_.errors.add({}, "there is no [[fleet]]: nobody would register");
        }
    }

    void add_nats()
    {
        std::vector<const Section*> sections;
        for (const Section& section : document_.sections)
        {
            if (section.kind == "nat")
            {
                world_.nats.push_back(read_nat(Values(section, findings_.errors), names_.nats));
                sections.push_back(&section);
            }
        }
        check_nesting(world_.nats, sections, findings_.errors);
    }

    void add_registrar(const Values& values)
    {
        world::RegistrarSpec spec;
        spec.name = values.get<std::string>("name");
        spec.at = node_at(values, world_.topology, findings_.errors);
        read_registrar(values, spec, findings_);
        spec.access = access_of(values);
        world_.registrars.push_back(std::move(spec));
        sections_.push_back(&values.section());
    }

    void add_proxy(const Values& values)
    {
        world::ProxySpec spec;
        spec.name = values.get<std::string>("name");
        spec.at = node_at(values, world_.topology, findings_.errors);
        if (spec.name == "none")
        {
            values.complain("name", "means no proxy in a fleet's proxy key: take another");
        }
        spec.registrar = named(values, "registrar", names_.registrars, "registrar").value_or(0);
        read_proxy(values, spec, findings_);
        spec.access = access_of(values);
        world_.proxies.push_back(std::move(spec));
    }

    void add_stun(const Values& values)
    {
        world::StunSpec spec;
        spec.name = values.get<std::string>("name");
        spec.at = node_at(values, world_.topology, findings_.errors);
        spec.access = access_of(values);
        world_.stuns.push_back(std::move(spec));
    }

    // Redirection names another registrar, whose address is known once all have their places.
    void redirects()
    {
        for (std::size_t i = 0; i < world_.registrars.size(); ++i)
        {
            const Values values(*sections_[i], findings_.errors);
            auto& options = world_.registrars[i].options;
            if (values.find<std::string>("redirect_to") != nullptr)
            {
                const auto to = named(values, "redirect_to", names_.registrars, "registrar");
                redirect_.emplace_back(i, to.value_or(0));
                options.redirect_to = sip::HostPort{};
            }
            for (const std::string& problem : registrar::validate(options))
            {
                tell_relation(values, problem, findings_.errors);
            }
        }
        if (findings_.errors.empty())
        {
            warn_of_circles();
        }
    }

    // A device that is sent round registers nowhere.
    void warn_of_circles()
    {
        const std::map<std::size_t, std::uint32_t> next{redirect_.begin(), redirect_.end()};
        for (const auto& [from, to] : next)
        {
            std::size_t at = to;
            for (std::size_t steps = 0; steps < next.size() && at != from; ++steps)
            {
                const auto further = next.find(at);
                at = further == next.end() ? at : further->second;
            }
            const Setting* setting = sections_[from]->find("redirect_to");
            if (at == from && setting != nullptr)
            {
                findings_.warnings.add(
                    setting->value.place,
                    complaint(*setting,
                              from == to ? "is the registrar itself: nobody who comes "
                                           "to it ever registers"
                                         : "leads back to " + world_.registrars[from].name +
                                               ": nobody who comes to any of them ever "
                                               "registers"));
            }
        }
    }

    void add_fleet(const Values& values)
    {
        world::FleetSpec spec;
        spec.name = values.get<std::string>("name");
        spec.at = nodes_at(values, world_.topology, findings_.errors);
        read_fleet(values, names_, maps_.products(), findings_, spec);
        spec.access = access_of(values, access_);
        world_.fleets.push_back(std::move(spec));
    }

    // After all fleets, as the World wants it.
    void add_attacker(const Values& values)
    {
        world::FleetSpec spec;
        spec.name = values.get<std::string>("name");
        spec.profile = values.get<std::string>("profile");
        spec.at = nodes_at(values, world_.topology, findings_.errors);
        if (const auto device = read_device(values, maps_.products(), findings_))
        {
            spec.registration = device->options.registration;
        }
        spec.access = access_of(values, access_);
        const auto targets = named(values, "targets", names_.fleets, "fleet");
        if (targets && *targets < world_.fleets.size())
        {
            read_attack(values, *targets, world_, findings_, spec);
            world_.fleets.push_back(std::move(spec));
        }
    }

    void add_dns(const Values& values)
    {
        world::DnsSpec spec;
        spec.name = values.get<std::string>("name");
        spec.at = node_at(values, world_.topology, findings_.errors);
        read_dns(values, names_, spec, findings_);
        spec.access = access_of(values);
        world_.dns.push_back(std::move(spec));
    }

    std::optional<world::World> finish()
    {
        if (!findings_.errors.empty())
        {
            return std::nullopt;
        }
        if (const auto misfit = world::Layout::misfit(world_))
        {
            blame_size(misfit->fleet, misfit->clause);
            return std::nullopt;
        }
        if (fleet_carrier_ && pairs() > fleet::kMostServersTimesPops)
        {
            blame_pairs();
            return std::nullopt;
        }
        if (const auto way = world::too_long_way(world_))
        {
            blame_map(*way);
            return std::nullopt;
        }
        if (!redirect_.empty())
        {
            const world::Layout layout(world_);
            for (const auto& [from, to] : redirect_)
            {
                world_.registrars[from].options.redirect_to = layout.registrar_address(to);
            }
        }
        return std::move(world_);
    }

    // Of a fleet of the World: the fleets of the file, then the attackers.
    void blame_size(std::size_t fleet, const std::string& clause)
    {
        for (const std::string_view kind : {"fleet", "attacker"})
        {
            for (const Section& section : document_.sections)
            {
                if (section.kind != kind || fleet-- != 0)
                {
                    continue;
                }
                const std::string_view key = kind == "fleet" ? "count" : "sources";
                const Setting* size = section.find(key);
                findings_.errors.add(section.place_of(key),
                                     size == nullptr ? clause : complaint(*size, clause));
                return;
            }
        }
    }

    [[nodiscard]] std::uint64_t pairs() const
    {
        return std::uint64_t{world_.topology.nodes().size()} * world::server_count(world_);
    }

    void blame_pairs()
    {
        const Section section = the_section(document_, "experiment");
        const Values values(section, findings_.errors);
        values.complain(
            "carrier",
            "numbers the ways between at most " + std::to_string(fleet::kMostServersTimesPops) +
                " pairs of a server and a node of the map, and these are " +
                std::to_string(pairs()) + " (" + std::to_string(world::server_count(world_)) +
                " servers, " + std::to_string(world_.topology.nodes().size()) +
                " nodes): take fewer of either, or carrier = \"packet\"");
    }

    void blame_map(const world::Way& way)
    {
        const Section section = the_section(document_, "network");
        const Setting* map = section.find("topology");
        const auto& nodes = world_.topology.nodes();
        const std::string clause = "is a map on which datagrams from " + nodes[way.from].name +
                                   " to " + nodes[way.to].name + " pass " +
                                   std::to_string(way.links) + " links: at most " +
                                   std::to_string(world::kMostLinks) + ", where their TTL ends";
        findings_.errors.add(section.place_of("topology"),
                             map == nullptr ? clause : complaint(*map, clause));
    }

    const Document& document_;
    Maps& maps_;
    Findings& findings_;
    world::World world_;
    bool fleet_carrier_ = false;
    Names names_;
    network::LinkSpec access_;
    std::vector<const Section*> sections_; // of world_.registrars
    std::vector<std::pair<std::size_t, std::uint32_t>> redirect_;
};

} // namespace

Section
the_section(const Document& document, std::string_view kind)
{
    const Section* found = document.find(kind);
    return found == nullptr ? Section{.kind = std::string{kind}, .place = {}, .settings = {}}
                            : *found;
}

std::optional<world::World>
build_world(const Document& document, std::uint64_t seed, Maps& maps, Findings& findings)
{
    return Builder{document, seed, maps, findings}.run();
}

} // namespace sipsim::runner
