#include "scenarios/runner/config_locating.h"

#include "scenarios/runner/config_dns.h"
#include "scenarios/runner/config_idle.h"

#include <arpa/inet.h>

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
    for (const std::string_view key : {"name_servers",
                                       "use_expired",
                                       "resolver.timeout",
                                       "resolver.attempts",
                                       "resolver.cache",
                                       "resolver.udp_size",
                                       "resolver.use_truncated"})
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

// Without locate nothing of it is used, under whichever name.
void
warn_of_policy(const Values& values, const Device& device, Findings& findings)
{
    constexpr std::string_view kWithout = ": has no effect without locate";
    constexpr std::string_view kDns = "dns.";
    for (const Setting& setting : values.section().settings)
    {
        if (setting.key.starts_with(kDns))
        {
            findings.idle.add(setting.key_place, setting.key + std::string{kWithout});
        }
    }
    for (const VendorSetting& setting : device.vendor)
    {
        if (std::ranges::all_of(setting.writes, [&](const std::string& written) {
                return written.starts_with(kDns);
            }))
        {
            findings.idle.add(values.place(setting.key), setting.shown + std::string{kWithout});
        }
    }
}

} // namespace

std::optional<world::LocatingSpec>
read_locating(const Values& values, const Names& names, const Device& device, Findings& findings)
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
                                           "resolver.cache",
                                           "resolver.udp_size",
                                           "resolver.use_truncated"})
        {
            if (values.given(key))
            {
                findings.idle.add(values.place(key),
                                  std::string{key} + ": has no effect without locate");
            }
        }
        warn_of_policy(values, device, findings);
        return std::nullopt;
    }
    world::LocatingSpec spec;
    spec.port = static_cast<std::uint16_t>(values.get<std::int64_t>("locate_port"));
    read_servers(values, names, spec, findings);
    read_name(values, spec);
    Idle{values.section(), findings.idle, device.vendor}.warn(
        !values.given("outgoing"),
        {"dns.failover.calls_follow", "dns.failover.register_first"},
        "without outgoing");
    spec.resolver = resolver_of(values, "resolver.");
    spec.use_expired = values.get<bool>("use_expired");
    spec.location = device.options.locating;
    spec.failover = device.options.failover;
    warn_of_idle_locating(values, device.vendor, spec, device.options.registration, findings);
    for (const std::string& problem : dns::validate(spec.failover))
    {
        findings.errors.add(values.section().place, "dns.failover." + problem);
    }
    return spec;
}

} // namespace sipsim::runner
