#include "scenarios/runner/config_world.h"

#include "model/base/nearest.h"
#include "model/world/layout.h"
#include "model/world/reach.h"
#include "scenarios/runner/config_attack.h"
#include "scenarios/runner/config_dns.h"
#include "scenarios/runner/config_faults.h"
#include "scenarios/runner/config_locating.h"
#include "scenarios/runner/config_nat.h"
#include "scenarios/runner/config_profile.h"
#include "scenarios/runner/config_servers.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace sipsim::runner
{

namespace
{

// RFC 3261 §25.1, hostname: labels of letters, digits and hyphens, the last begins with a letter.
bool
is_host_name(std::string_view text)
{
    constexpr std::size_t kLongestLabel = 63; // RFC 1035 §2.3.4
    constexpr std::size_t kLongestName = 253;
    const auto alphanumeric = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0;
    };
    if (text.empty() || text.size() > kLongestName)
    {
        return false;
    }
    while (true)
    {
        const std::string_view label = text.substr(0, text.find('.'));
        const bool whole =
            !label.empty() && label.size() <= kLongestLabel && alphanumeric(label.front()) &&
            alphanumeric(label.back()) &&
            std::ranges::all_of(label, [&](char c) { return alphanumeric(c) || c == '-'; });
        if (!whole || label.size() == text.size())
        {
            return whole && std::isalpha(static_cast<unsigned char>(label.front())) != 0;
        }
        text.remove_prefix(label.size() + 1);
    }
}

// When and how a fleet starts; the clause where the text is none.
Parsed<world::Start>
start_of(std::string_view text)
{
    using Kind = world::Start::Kind;
    if (text == "steady" || text == "at-once")
    {
        return world::Start{.kind = text == "steady" ? Kind::kSteady : Kind::kAtOnce};
    }
    for (const auto& [word, kind] :
         {std::pair{std::string_view{"ramp("}, Kind::kRamp}, {"random(", Kind::kRandom}})
    {
        if (!text.starts_with(word) || !text.ends_with(')'))
        {
            continue;
        }
        const auto span = parse_duration(text.substr(word.size(), text.size() - word.size() - 1));
        if (const auto* clause = std::get_if<std::string>(&span))
        {
            return "the time in parentheses " + *clause;
        }
        if (std::get<SimDuration>(span) <= SimDuration::zero())
        {
            return std::string{"the time in parentheses must be > 0s"};
        }
        return world::Start{.kind = kind, .span = std::get<SimDuration>(span)};
    }
    const std::vector<std::string> words{"steady", "at-once", "ramp(5min)", "random(10min)"};
    return "must be " + type_text(*find_key("fleet", "start")) + did_you_mean(text, words);
}

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
        collect_names();
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
                    read_zone(Values(section, findings_.errors), names_, world_, findings_));
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
            check_proxies();
        }
        read_faults(document_, names_, world_, findings_);
        if (findings_.errors.empty())
        {
            check_dns(document_, world_, findings_);
            check_locating(document_, world_, findings_);
        }
        if (findings_.errors.empty())
        {
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

    void collect_names()
    {
        names_.registrars = unique_names("registrar");
        names_.fleets = unique_names("fleet");
        names_.proxies = unique_names("proxy");
        names_.stuns = unique_names("stun");
        names_.nats = unique_names("nat");
        names_.zones = unique_names("zone");
        names_.dns = unique_names("dns");
        (void)unique_names("fault");
        (void)unique_names("attacker");
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

    // By position; a name that is taken is reported.
    std::vector<std::string> unique_names(std::string_view kind)
    {
        std::vector<std::string> names;
        std::vector<int> lines;
        for (const Section& section : document_.sections)
        {
            if (section.kind != kind)
            {
                continue;
            }
            const std::string name = section.name();
            const auto twin = std::ranges::find(names, name);
            if (!name.empty() && twin != names.end())
            {
                const Setting& setting = *section.find("name");
                const int line = lines[static_cast<std::size_t>(twin - names.begin())];
                findings_.errors.add(setting.value.place,
                                     complaint(setting,
                                               "is the name of the " + header_of(kind) +
                                                   " in line " + std::to_string(line) +
                                                   " already"));
            }
            names.push_back(name);
            lines.push_back(section.place.line);
        }
        return names;
    }

    std::optional<network::NodeIndex> node(const Values& values,
                                           std::string_view key,
                                           const PlacedText& reference)
    {
        if (world_.topology.nodes().empty())
        {
            return std::nullopt; // the map's own problem
        }
        const auto found = find_node(world_.topology, reference.text);
        if (const auto* clause = std::get_if<std::string>(&found))
        {
            const Setting* setting = values.section().find(key);
            const std::string label =
                setting == nullptr ? std::string{key} : setting->label.value_or(setting->key);
            findings_.errors.add(reference.place,
                                 label + " = \"" + reference.text + "\": " + *clause);
            return std::nullopt;
        }
        return std::get<network::NodeIndex>(found);
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
        if (const auto* at = values.find<std::string>("at"))
        {
            spec.at = node(values, "at", {*at, values.place("at")}).value_or(0);
        }
        spec.options = read_registrar(values, findings_);
        spec.keep_bindings = values.get<std::string>("bindings") == "kept";
        spec.access = access_of(values);
        spec.domain = values.get<std::string>("domain");
        if (!is_host_name(spec.domain))
        {
            values.complain("domain", "must be a host name such as \"sip.example\"");
        }
        world_.registrars.push_back(std::move(spec));
        sections_.push_back(&values.section());
    }

    void add_proxy(const Values& values)
    {
        world::ProxySpec spec;
        spec.name = values.get<std::string>("name");
        if (const auto* at = values.find<std::string>("at"))
        {
            spec.at = node(values, "at", {*at, values.place("at")}).value_or(0);
        }
        if (spec.name == "none")
        {
            values.complain("name", "means no proxy in a fleet's proxy key: take another");
        }
        spec.registrar = named(values, "registrar", names_.registrars, "[[registrar]]").value_or(0);
        read_proxy(values, spec, findings_);
        spec.access = access_of(values);
        world_.proxies.push_back(std::move(spec));
    }

    // By its name in `key`, where that is written.
    std::optional<std::uint32_t> named(const Values& values,
                                       std::string_view key,
                                       const std::vector<std::string>& names,
                                       const std::string& kind)
    {
        const auto* name = values.find<std::string>(key);
        if (name == nullptr)
        {
            return std::nullopt;
        }
        const auto found = std::ranges::find(names, *name);
        if (found == names.end())
        {
            values.complain(key, "is no " + kind + did_you_mean(*name, names));
            return std::nullopt;
        }
        return static_cast<std::uint32_t>(found - names.begin());
    }

    void add_stun(const Values& values)
    {
        world::StunSpec spec;
        spec.name = values.get<std::string>("name");
        if (const auto* at = values.find<std::string>("at"))
        {
            spec.at = node(values, "at", {*at, values.place("at")}).value_or(0);
        }
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
            if (const auto* name = values.find<std::string>("redirect_to"))
            {
                const auto found = std::ranges::find(names_.registrars, *name);
                if (found == names_.registrars.end())
                {
                    values.complain("redirect_to",
                                    "is no [[registrar]]" + did_you_mean(*name, names_.registrars));
                }
                redirect_.emplace_back(i, found - names_.registrars.begin());
                options.redirect_to = sip::HostPort{};
            }
            for (const std::string& problem : registrar::validate(options))
            {
                const std::string key = problem.substr(0, problem.find(" = "));
                findings_.errors.add(values.place(key), problem);
            }
        }
    }

    void add_fleet(const Values& values)
    {
        world::FleetSpec spec;
        spec.name = values.get<std::string>("name");
        spec.profile = values.get<std::string>("profile");
        spec.count = static_cast<std::uint32_t>(values.get<std::int64_t>("count"));
        spec.accounts = static_cast<std::uint32_t>(values.get<std::int64_t>("accounts"));
        spec.accounts_per_aor =
            static_cast<std::uint32_t>(values.get<std::int64_t>("accounts_per_aor"));
        spec.at = nodes_of(values);
        spec.registrar = server_of(values);
        const auto start = start_of(values.get<std::string>("start"));
        if (const auto* clause = std::get_if<std::string>(&start))
        {
            values.complain("start", *clause);
        }
        else
        {
            spec.start = std::get<world::Start>(start);
        }
        if (const auto options = read_device(values, maps_.products(), findings_.errors))
        {
            spec.registration = options->registration;
            spec.nat = options->nat;
            spec.nat.keepalive = spec.nat.keepalives();
            spec.proxy_require = options->proxy_require;
            spec.locating = read_locating(values, names_, *options, findings_);
        }
        extra_requests(values, spec);
        spec.nat_box = named(values, "nat_box", names_.nats, "[[nat]]");
        if (values.get<std::string>("proxy") != "none")
        {
            spec.proxy = named(values, "proxy", names_.proxies, "[[proxy]]");
        }
        if (spec.proxy && spec.locating)
        {
            values.complain("proxy", "stands in the way of locate: the devices go to the proxy");
        }
        spec.stun = named(values, "stun_server", names_.stuns, "[[stun]]");
        traversal(values, spec);
        spec.wrong_password = values.get<double>("wrong_password");
        if (const auto* calls = values.find<double>("calls"))
        {
            // `calls` counts per account (BHCA), the process runs per AOR.
            const double gap_s = 1.0 / (*calls * spec.accounts_per_aor);
            if (!possible_gap(values, "calls", gap_s))
            {
                return;
            }
            spec.call_gap = SimDuration{std::llround(gap_s * 1e9)};
        }
        if (const auto* calls = values.find<double>("outgoing"))
        {
            if (!possible_gap(values, "outgoing", 1.0 / *calls))
            {
                return;
            }
            spec.outgoing_gap = SimDuration{std::llround(1e9 / *calls)};
        }
        call_server(values, spec);
        spec.access = access_of(values, access_);
        world_.fleets.push_back(std::move(spec));
    }

    static bool possible_gap(const Values& values, std::string_view key, double gap_s)
    {
        constexpr double kShortestGapSeconds = 1e-6;
        if (gap_s > kLongestGapSeconds)
        {
            values.complain(key, "is less than one call in a hundred years");
            return false;
        }
        if (gap_s < kShortestGapSeconds)
        {
            values.complain(key, "is more than a million calls a second to one address of record");
            return false;
        }
        return true;
    }

    // After all fleets, as the World wants it.
    void add_attacker(const Values& values)
    {
        world::FleetSpec spec;
        spec.name = values.get<std::string>("name");
        spec.profile = values.get<std::string>("profile");
        spec.at = nodes_of(values);
        if (const auto options = read_device(values, maps_.products(), findings_.errors))
        {
            spec.registration = options->registration;
        }
        spec.access = access_of(values, access_);
        const auto targets = named(values, "targets", names_.fleets, "[[fleet]]");
        if (targets && *targets < world_.fleets.size())
        {
            read_attack(values, *targets, world_, findings_, spec);
            world_.fleets.push_back(std::move(spec));
        }
    }

    void extra_requests(const Values& values, world::FleetSpec& spec)
    {
        spec.extra.count = static_cast<std::uint8_t>(values.get<std::int64_t>("extra_requests"));
        spec.extra.each_refresh = values.get<bool>("extra_requests_each_refresh");
        spec.extra.expires = static_cast<std::uint32_t>(
            values.get<SimDuration>("extra_requests_expires") / std::chrono::seconds{1});
        for (const std::string_view key : {"extra_requests_each_refresh", "extra_requests_expires"})
        {
            if (spec.extra.count == 0 && values.given(key))
            {
                findings_.idle.add(values.place(key),
                                   std::string{key} + ": has no effect without extra_requests");
            }
        }
    }

    void call_server(const Values& values, world::FleetSpec& spec)
    {
        const std::string word = values.get<std::string>("call_server");
        spec.call_server = word == "located" ? world::CallServer::kLocated
                           : word == "first" ? world::CallServer::kFirst
                                             : world::CallServer::kFinds;
        for (const std::string_view key : {"locate", "calls"})
        {
            if (values.given("call_server") && !values.given(key))
            {
                findings_.idle.add(values.place("call_server"),
                                   "call_server: has no effect without " + std::string{key});
            }
        }
    }

    void add_dns(const Values& values)
    {
        world::DnsSpec spec;
        spec.name = values.get<std::string>("name");
        if (const auto* at = values.find<std::string>("at"))
        {
            spec.at = node(values, "at", {*at, values.place("at")}).value_or(0);
        }
        read_dns(values, names_, spec, findings_);
        spec.access = access_of(values);
        world_.dns.push_back(std::move(spec));
    }

    void traversal(const Values& values, const world::FleetSpec& spec)
    {
        const bool stun = spec.nat.mode == nat::TraversalMode::kStun;
        if (stun && !spec.stun && !values.given("stun_server"))
        {
            findings_.errors.add(values.section().place,
                                 "the devices ask a STUN server (nat.traversal = \"stun\"): name "
                                 "it with stun_server");
        }
        if (!stun && values.given("stun_server"))
        {
            findings_.idle.add(values.place("stun_server"),
                               "stun_server: has no effect without nat.traversal = \"stun\"");
        }
        if (spec.nat.mode == nat::TraversalMode::kVpn && spec.nat_box)
        {
            findings_.idle.add(values.place("nat_box"),
                               "nat_box: has no effect with nat.traversal = \"vpn\"");
        }
    }

    // A proxy serves one registrar, and every fleet behind it registers there.
    void check_proxies()
    {
        std::size_t fleet = 0;
        for (const Section& section : document_.sections)
        {
            if (section.kind != "fleet")
            {
                continue;
            }
            const world::FleetSpec& spec = world_.fleets[fleet++];
            if (!spec.proxy)
            {
                continue;
            }
            const Values values(section, findings_.errors, is_profile_key);
            const auto& proxy = world_.proxies[*spec.proxy];
            const auto& registrar = world_.registrars[proxy.registrar];
            if (proxy.registrar != spec.registrar)
            {
                values.complain("proxy",
                                "forwards to another registrar (" + registrar.name +
                                    ") than the fleet's server");
            }
            if (registrar.options.redirect_to)
            {
                values.complain("proxy",
                                "stands before a registrar that redirects (" + registrar.name +
                                    "), which would lead the devices past it");
            }
            if (spec.nat.probe == nat::Probe::kStun && !proxy.options.answers_stun)
            {
                findings_.idle.add(values.place("nat.probe"),
                                   "nat.probe: " + proxy.name +
                                       " answers no STUN (stun = false): every probe fails");
            }
        }
    }

    std::vector<network::NodeIndex> nodes_of(const Values& values)
    {
        std::vector<network::NodeIndex> nodes;
        const Texts at = values.get<Texts>("at");
        for (const PlacedText& reference : at)
        {
            if (reference.text == "*" && at.size() == 1)
            {
                for (network::NodeIndex i = 0; i < world_.topology.nodes().size(); ++i)
                {
                    nodes.push_back(i);
                }
            }
            else if (const auto index = node(values, "at", reference))
            {
                nodes.push_back(*index);
            }
        }
        return nodes;
    }

    std::uint32_t server_of(const Values& values)
    {
        const auto* server = values.find<std::string>("server");
        if (server == nullptr)
        {
            return 0;
        }
        const auto found = std::ranges::find(names_.registrars, *server);
        if (found == names_.registrars.end())
        {
            values.complain("server",
                            "is no [[registrar]]" + did_you_mean(*server, names_.registrars));
            return 0;
        }
        return static_cast<std::uint32_t>(found - names_.registrars.begin());
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
                world_.registrars[from].options.redirect_to =
                    layout.registrar_address(static_cast<std::uint32_t>(to));
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
                const Setting* size = section.find(kind == "fleet" ? "count" : "sources");
                findings_.errors.add(size == nullptr ? section.place : size->value.place,
                                     size == nullptr ? clause : complaint(*size, clause));
                return;
            }
        }
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
        findings_.errors.add(map == nullptr ? section.place : map->value.place,
                             map == nullptr ? clause : complaint(*map, clause));
    }

    static constexpr double kLongestGapSeconds = 100 * 366 * 86'400.0;

    const Document& document_;
    Maps& maps_;
    Findings& findings_;
    world::World world_;
    Names names_;
    network::LinkSpec access_;
    std::vector<const Section*> sections_; // of world_.registrars
    std::vector<std::pair<std::size_t, std::ptrdiff_t>> redirect_;
};

} // namespace

Section
the_section(const Document& document, std::string_view kind)
{
    const auto found = std::ranges::find(document.sections, kind, &Section::kind);
    return found == document.sections.end()
               ? Section{.kind = std::string{kind}, .place = {}, .settings = {}}
               : *found;
}

std::optional<world::World>
build_world(const Document& document, std::uint64_t seed, Maps& maps, Findings& findings)
{
    return Builder{document, seed, maps, findings}.run();
}

} // namespace sipsim::runner
