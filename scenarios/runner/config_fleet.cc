#include "scenarios/runner/config_fleet.h"

#include "model/base/nearest.h"
#include "scenarios/runner/config_idle.h"
#include "scenarios/runner/config_locating.h"
#include "scenarios/runner/config_nat_idle.h"
#include "scenarios/runner/config_profile.h"

#include <cmath>

namespace sipsim::runner
{

namespace
{

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

// Mean time between two of `rate` calls a second, where that can be.
std::optional<SimDuration>
gap_of(const Values& values, std::string_view key, double rate)
{
    constexpr double kShortestSeconds = 1e-6;
    constexpr double kLongestSeconds = 100 * 366 * 86'400.0;
    const double seconds = 1.0 / rate;
    if (seconds > kLongestSeconds)
    {
        values.complain(key, "is less than one call in a hundred years");
        return std::nullopt;
    }
    if (seconds < kShortestSeconds)
    {
        values.complain(key, "is more than a million calls a second to one address of record");
        return std::nullopt;
    }
    return SimDuration{std::llround(seconds * 1e9)};
}

void
extra_requests(const Values& values, world::FleetSpec& spec, Findings& findings)
{
    spec.extra.count = static_cast<std::uint8_t>(values.get<std::int64_t>("extra_requests"));
    spec.extra.each_refresh = values.get<bool>("extra_requests_each_refresh");
    spec.extra.expires = static_cast<std::uint32_t>(
        values.get<SimDuration>("extra_requests_expires") / std::chrono::seconds{1});
    for (const std::string_view key : {"extra_requests_each_refresh", "extra_requests_expires"})
    {
        if (spec.extra.count == 0 && values.given(key))
        {
            findings.idle.add(values.place(key),
                              std::string{key} + ": has no effect without extra_requests");
        }
    }
}

void
call_server(const Values& values, world::FleetSpec& spec, Findings& findings)
{
    const std::string word = values.get<std::string>("call_server");
    spec.call_server = word == "located" ? world::CallServer::kLocated
                       : word == "first" ? world::CallServer::kFirst
                                         : world::CallServer::kFinds;
    for (const std::string_view key : {"locate", "calls"})
    {
        if (values.given("call_server") && !values.given(key))
        {
            findings.idle.add(values.place("call_server"),
                              "call_server: has no effect without " + std::string{key});
        }
    }
}

void
traversal(const Values& values, const world::FleetSpec& spec, Findings& findings)
{
    const bool stun = spec.nat.mode == nat::TraversalMode::kStun;
    if (stun && !spec.stun && !values.given("stun_server"))
    {
        findings.errors.add(values.place("nat.traversal"),
                            "the devices ask a STUN server (nat.traversal = \"stun\"): name "
                            "it with stun_server");
    }
    if (!stun && values.given("stun_server"))
    {
        findings.idle.add(values.place("stun_server"),
                          "stun_server: has no effect without nat.traversal = \"stun\"");
    }
    if (spec.nat.mode == nat::TraversalMode::kVpn && spec.nat_box)
    {
        findings.idle.add(values.place("nat_box"),
                          "nat_box: has no effect with nat.traversal = \"vpn\"");
    }
}

} // namespace

void
read_fleet(const Values& values,
           const Names& names,
           Products& products,
           Findings& findings,
           world::FleetSpec& spec)
{
    spec.profile = values.get<std::string>("profile");
    spec.count = static_cast<std::uint32_t>(values.get<std::int64_t>("count"));
    spec.accounts = static_cast<std::uint32_t>(values.get<std::int64_t>("accounts"));
    spec.accounts_per_aor =
        static_cast<std::uint32_t>(values.get<std::int64_t>("accounts_per_aor"));
    spec.shared_contact = values.get<bool>("shared_contact");
    spec.registrar = named(values, "server", names.registrars, "registrar").value_or(0);
    const auto start = start_of(values.get<std::string>("start"));
    if (const auto* clause = std::get_if<std::string>(&start))
    {
        values.complain("start", *clause);
    }
    else
    {
        spec.start = std::get<world::Start>(start);
    }
    if (const auto device = read_device(values, products, findings))
    {
        spec.registration = device->options.registration;
        spec.nat = device->options.nat;
        spec.nat.keepalive = spec.nat.keepalives();
        spec.proxy_require = device->options.proxy_require;
        spec.locating = read_locating(values, names, *device, findings);
        warn_of_idle_registration(values, *device, findings);
        warn_of_idle_table(spec.nat, {values.section(), findings.idle, device->vendor});
    }
    extra_requests(values, spec, findings);
    spec.nat_box = named(values, "nat_box", names.nats, "nat");
    if (values.get<std::string>("proxy") != "none")
    {
        spec.proxy = named(values, "proxy", names.proxies, "proxy");
    }
    if (spec.proxy && spec.locating)
    {
        values.complain("proxy", "stands in the way of locate: the devices go to the proxy");
    }
    spec.stun = named(values, "stun_server", names.stuns, "stun");
    traversal(values, spec, findings);
    spec.wrong_password = values.get<double>("wrong_password");
    if (const auto* calls = values.find<double>("calls"))
    {
        // `calls` counts per account (BHCA), the process runs per AOR.
        spec.call_gap = gap_of(values, "calls", *calls * spec.accounts_per_aor);
    }
    if (const auto* calls = values.find<double>("outgoing"))
    {
        spec.outgoing_gap = gap_of(values, "outgoing", *calls);
    }
    call_server(values, spec, findings);
}

void
check_proxies(const Document& document, const world::World& world, Findings& findings)
{
    std::size_t fleet = 0;
    for (const Section& section : document.sections)
    {
        if (section.kind != "fleet")
        {
            continue;
        }
        const world::FleetSpec& spec = world.fleets[fleet++];
        if (!spec.proxy)
        {
            continue;
        }
        const Values values(section, findings.errors, is_profile_key);
        const auto& proxy = world.proxies[*spec.proxy];
        const auto& registrar = world.registrars[proxy.registrar];
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
    }
}

void
check_shared_contacts(const Document& document, const world::World& world, Findings& findings)
{
    std::size_t fleet = 0;
    for (const Section& section : document.sections)
    {
        if (section.kind != "fleet")
        {
            continue;
        }
        const world::FleetSpec& spec = world.fleets[fleet++];
        if (!spec.shared_contact)
        {
            continue;
        }
        const Values values(section, findings.errors, is_profile_key);
        if (spec.accounts_per_aor == 1)
        {
            findings.idle.add(values.place("shared_contact"),
                              "shared_contact: has no effect without accounts_per_aor above 1");
        }
        if (spec.nat_box || spec.proxy)
        {
            values.complain("shared_contact",
                            std::string{"is not modelled behind a "} +
                                (spec.proxy ? "proxy" : "nat_box") +
                                ", which leads to the device that registered last");
        }
        if (spec.registration.send_instance)
        {
            values.complain("shared_contact",
                            "goes without registration.send_instance, by which a registrar tells "
                            "the devices apart (RFC 5626)");
        }
        for (std::uint32_t i = 0; i < world.registrars.size(); ++i)
        {
            if (world::serves(world, i, spec) &&
                world.registrars[i].options.contact_address != registrar::ContactAddress::kSent)
            {
                values.complain("shared_contact",
                                "does nothing at a registrar that binds the address it sees (" +
                                    world.registrars[i].name + "'s contact_address)");
            }
        }
    }
}

} // namespace sipsim::runner
