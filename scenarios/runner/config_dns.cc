#include "scenarios/runner/config_dns.h"

#include "model/world/zones.h"
#include "scenarios/runner/config_records.h"

#include <algorithm>

namespace sipsim::runner
{

namespace
{

std::uint32_t
seconds(const Values& values, std::string_view key)
{
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(values.get<SimDuration>(key)).count());
}

} // namespace

std::optional<std::string>
canonical_name(const std::string& text)
{
    dns::Names names;
    const auto name = names.name(text);
    return name ? std::optional{names.text(*name)} : std::nullopt;
}

std::optional<std::string>
why_no_name(const std::string& text)
{
    if (std::ranges::any_of(text,
                            [](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; }))
    {
        return "has letters that are not ASCII: write the A-label, which begins with xn-- (RFC "
               "5890 "
               "2.3.2.1)";
    }
    return canonical_name(text) ? std::nullopt
                                : std::optional<std::string>{"is no domain name (RFC 1035 2.3.4)"};
}

dns::ResolverSettings
resolver_of(const Values& values, std::string_view prefix)
{
    const auto key = [prefix](std::string_view word) {
        return std::string{prefix} + std::string{word};
    };
    dns::ResolverSettings settings;
    settings.timeout = values.get<SimDuration>(key("timeout"));
    settings.attempts = static_cast<std::uint8_t>(values.get<std::int64_t>(key("attempts")));
    settings.cache = values.get<bool>(key("cache"));
    settings.use_truncated = values.get<bool>(key("use_truncated"));
    if (const auto* size = values.find<std::int64_t>(key("udp_size")))
    {
        settings.udp_size = static_cast<std::uint16_t>(*size);
    }
    return settings;
}

std::vector<std::uint32_t>
reached_servers(const world::World& world,
                const std::vector<std::uint32_t>& asked,
                std::uint32_t highest)
{
    std::vector<std::uint32_t> reached;
    const auto add = [&](const std::vector<std::uint32_t>& servers) {
        for (const std::uint32_t server : servers)
        {
            if (server <= highest && std::ranges::find(reached, server) == reached.end())
            {
                reached.push_back(server);
            }
        }
    };
    add(asked);
    for (std::size_t i = 0; i < reached.size(); ++i)
    {
        add(world.dns[reached[i]].forward);
    }
    return reached;
}

void
demand_few(const Values& values, std::string_view key, std::size_t count)
{
    constexpr std::size_t kMost = 3; // dns::ResolverSettings::servers
    if (count > kMost)
    {
        values.complain(key, "must be at most 3 name servers (resolv.conf(5))");
    }
}

world::ZoneSpec
read_zone(const Values& values, const Names& names, Findings& findings)
{
    world::ZoneSpec spec;
    spec.name = values.get<std::string>("name");
    spec.origin = values.get<std::string>("origin");
    const auto origin = canonical_name(spec.origin);
    if (const auto why = why_no_name(spec.origin); why && origin)
    {
        values.complain("origin", *why);
        return spec;
    }
    if (!origin || *origin == ".")
    {
        values.complain("origin", "must be a domain name such as \"sip.example\"");
        return spec;
    }
    spec.origin = *origin;
    spec.negative_ttl = seconds(values, "negative_ttl");
    const std::uint32_t ttl = seconds(values, "ttl");
    for (const PlacedText& text : values.get<Texts>("records"))
    {
        read_record(text, ttl, names, findings, spec);
    }
    if (spec.soa && values.given("negative_ttl"))
    {
        findings.idle.add(values.place("negative_ttl"),
                          "negative_ttl: has no effect beside an SOA record, which has its own");
    }
    return spec;
}

void
read_dns(const Values& values, const Names& names, world::DnsSpec& spec, Findings& findings)
{
    spec.zones = all_named(values, "zones", names.zones, "zone", findings.errors);
    spec.forward = all_named(values, "forward", names.dns, "dns", findings.errors);
    if (values.given("zones") == values.given("forward"))
    {
        findings.errors.add(values.section().place,
                            "[[dns]] needs zones (a name server that serves them) or forward (a "
                            "site's resolver and whom it asks), and not both");
    }
    const auto forward = values.get<Texts>("forward");
    if (std::ranges::find(forward, spec.name, &PlacedText::text) != forward.end())
    {
        values.complain("forward", "names the resolver itself");
    }
    demand_few(values, "forward", spec.forward.size());
    const auto order = values.get<std::string>("order");
    spec.authority.order = order == "rotated"    ? dns::RecordOrder::kRotated
                           : order == "shuffled" ? dns::RecordOrder::kShuffled
                                                 : dns::RecordOrder::kAsSent;
    spec.authority.additional = values.get<bool>("additional");
    spec.resolver = resolver_of(values, "");
    spec.authority.udp_size = spec.resolver.udp_size.value_or(spec.authority.udp_size);
    const bool resolver = values.given("forward");
    for (const std::string_view key : {"order", "additional"})
    {
        if (resolver && values.given(key))
        {
            findings.idle.add(values.place(key),
                              std::string{key} + ": has no effect on a resolver (forward)");
        }
    }
    for (const std::string_view key : {"timeout", "attempts", "cache", "use_truncated"})
    {
        if (!resolver && values.given(key))
        {
            findings.idle.add(values.place(key),
                              std::string{key} + ": has no effect without forward");
        }
    }
}

namespace
{

std::vector<const Section*>
sections_of(const Document& document, std::string_view kind)
{
    std::vector<const Section*> sections;
    for (const Section& section : document.sections)
    {
        if (section.kind == kind)
        {
            sections.push_back(&section);
        }
    }
    return sections;
}

class ZoneCheck
{
  public:
    ZoneCheck(const Document& document, const world::World& world, Findings& findings)
        : world_(world),
          layout_(world),
          findings_(findings),
          sections_(sections_of(document, "zone"))
    {
    }

    // Each zone beside those of other origins, as it is served; what is wrong with those, at their turn.
    void run()
    {
        for (std::size_t i = 0; i < world_.zones.size(); ++i)
        {
            dns::Names names;
            std::vector<dns::Zone> zones{world::make_zone(world_.zones[i], layout_, names)};
            std::vector<std::string> origins{world_.zones[i].origin};
            for (const world::ZoneSpec& other : world_.zones)
            {
                if (std::ranges::find(origins, other.origin) == origins.end())
                {
                    origins.push_back(other.origin);
                    zones.push_back(world::make_zone(other, layout_, names));
                }
            }
            for (const dns::ZoneProblem& problem : dns::validate(names, zones))
            {
                if (problem.zone == 0)
                {
                    report(i, zones[0], names, problem);
                }
            }
        }
    }

  private:
    // At the record as written: a dns::Zone has those of one name and type together, in that order.
    void report(std::size_t number,
                const dns::Zone& zone,
                const dns::Names& names,
                const dns::ZoneProblem& problem)
    {
        const Section& section = *sections_[number];
        if (problem.record)
        {
            const dns::Record& wrong = zone.records()[*problem.record];
            const std::string owner = names.text(wrong.owner);
            auto ahead = &wrong - zone.set(wrong.owner, wrong.type).data();
            const auto& records = world_.zones[number].records;
            for (std::size_t i = 0; i < records.size(); ++i)
            {
                const bool same = records[i].owner == owner && records[i].type == wrong.type;
                if (same && ahead-- == 0)
                {
                    findings_.errors.add(place_of_record(section, i), "records: " + problem.text);
                    return;
                }
            }
        }
        findings_.errors.add(section.place, "[[zone]]: " + problem.text);
    }

    const world::World& world_;
    world::Layout layout_;
    Findings& findings_;
    std::vector<const Section*> sections_;
};

// Nobody answers a query that goes round. One error for each circle, at its last resolver in the file.
void
reject_circles(const Document& document, const world::World& world, Findings& findings)
{
    const auto sections = sections_of(document, "dns");
    for (std::uint32_t last = 0; last < world.dns.size(); ++last)
    {
        const auto reached = reached_servers(world, world.dns[last].forward, last);
        if (std::ranges::find(reached, last) != reached.end())
        {
            Values(*sections[last], findings.errors)
                .complain("forward", "leads back to the resolver itself");
        }
    }
}

} // namespace

void
check_dns(const Document& document, const world::World& world, Findings& findings)
{
    if (!world.zones.empty())
    {
        ZoneCheck(document, world, findings).run();
    }
    reject_circles(document, world, findings);
}

} // namespace sipsim::runner
