#include "scenarios/runner/config_dns.h"

#include "model/base/nearest.h"
#include "model/world/zones.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace sipsim::runner
{

namespace
{

std::vector<std::string>
words_of(const std::string& text)
{
    std::vector<std::string> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(" \t", at)) != std::string::npos)
    {
        const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

std::optional<std::uint32_t>
number_of(const std::string& text, std::uint32_t highest)
{
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && number <= highest ? std::optional{number} : std::nullopt;
}

std::uint32_t
seconds(const Values& values, std::string_view key)
{
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(values.get<SimDuration>(key)).count());
}

/// One record of a zone; every complaint is at it.
class RecordReader
{
  public:
    RecordReader(const PlacedText& text,
                 const world::ZoneSpec& zone,
                 std::uint32_t ttl,
                 const Names& names,
                 Findings& findings)
        : text_(text),
          zone_(zone),
          names_(names),
          findings_(findings)
    {
        record_.ttl = ttl;
    }

    std::optional<world::RecordSpec> run()
    {
        auto words = words_of(text_.text);
        if (words.size() > 1)
        {
            if (const auto ttl = number_of(words[1], 0x7FFF'FFFFU)) // RFC 2181 §8
            {
                record_.ttl = *ttl;
                words.erase(words.begin() + 1);
            }
        }
        if (words.size() < 3)
        {
            return complain("must be \"OWNER [TTL] TYPE DATA\", such as \"www 300 A 192.0.2.1\"");
        }
        const auto owner = canonical_name(absolute(words[0]));
        if (!owner)
        {
            return complain("\"" + words[0] + "\" is no domain name (RFC 1035 2.3.4)");
        }
        record_.owner = *owner;
        const std::string type = words[1];
        words.erase(words.begin(), words.begin() + 2);
        if (type == "A")
        {
            return address(words);
        }
        if (type == "SRV")
        {
            return srv(words);
        }
        if (type == "NAPTR")
        {
            return naptr(words);
        }
        if (type == "CNAME")
        {
            record_.type = dns::Type::kCname;
            return words.size() == 1 ? target(words[0]) : complain("CNAME takes one name");
        }
        return complain("type \"" + type + "\": must be A, SRV, NAPTR or CNAME");
    }

  private:
    std::optional<world::RecordSpec> complain(const std::string& clause)
    {
        findings_.errors.add(text_.place, "records: \"" + text_.text + "\": " + clause);
        return std::nullopt;
    }

    [[nodiscard]] std::string absolute(const std::string& name) const
    {
        if (name == "@")
        {
            return zone_.origin;
        }
        return name.ends_with('.') ? name.substr(0, name.size() - 1) : name + "." + zone_.origin;
    }

    std::optional<world::RecordSpec> target(const std::string& name)
    {
        const std::string written = absolute(name);
        const auto target = written.empty() ? std::optional{written} : canonical_name(written);
        if (!target)
        {
            return complain("\"" + name + "\" is no domain name (RFC 1035 2.3.4)");
        }
        record_.target = *target;
        return record_;
    }

    std::optional<world::RecordSpec> address(const std::vector<std::string>& words)
    {
        record_.type = dns::Type::kA;
        if (words.size() != 1)
        {
            return complain("A takes one address");
        }
        const std::size_t colon = words[0].find(':');
        if (colon == std::string::npos)
        {
            in_addr address{};
            if (inet_pton(AF_INET, words[0].c_str(), &address) != 1)
            {
                return complain("\"" + words[0] +
                                "\": must be an IPv4 address, registrar:NAME or proxy:NAME");
            }
            record_.address = sip::Host{ntohl(address.s_addr)};
            return record_;
        }
        const std::string what = words[0].substr(0, colon);
        const std::string name = words[0].substr(colon + 1);
        const bool proxy = what == "proxy";
        if (!proxy && what != "registrar")
        {
            return complain("\"" + words[0] +
                            "\": must be an IPv4 address, registrar:NAME or proxy:NAME");
        }
        const auto& known = proxy ? names_.proxies : names_.registrars;
        const auto number = position_of(name, known);
        if (!number)
        {
            return complain("there is no [[" + what + "]] \"" + name + '"' +
                            did_you_mean(name, known));
        }
        record_.server =
            static_cast<std::uint32_t>((proxy ? names_.registrars.size() : 0) + *number);
        return record_;
    }

    std::optional<world::RecordSpec> srv(const std::vector<std::string>& words)
    {
        record_.type = dns::Type::kSrv;
        constexpr std::uint32_t kHighest = 65'535;
        const auto priority = number_of(words[0], kHighest);
        const auto weight = words.size() == 4 ? number_of(words[1], kHighest) : std::nullopt;
        const auto port = words.size() == 4 ? number_of(words[2], kHighest) : std::nullopt;
        if (!priority || !weight || !port)
        {
            return complain("SRV takes PRIORITY WEIGHT PORT TARGET, the numbers 0 to 65535");
        }
        record_.priority = static_cast<std::uint16_t>(*priority);
        record_.weight = static_cast<std::uint16_t>(*weight);
        record_.port = static_cast<std::uint16_t>(*port);
        return target(words[3]);
    }

    std::optional<world::RecordSpec> naptr(const std::vector<std::string>& words)
    {
        record_.type = dns::Type::kNaptr;
        constexpr std::uint32_t kHighest = 65'535;
        const auto order = number_of(words[0], kHighest);
        const auto preference = words.size() == 5 ? number_of(words[1], kHighest) : std::nullopt;
        if (!order || !preference || words[2] != "s")
        {
            return complain("NAPTR takes ORDER PREFERENCE s SERVICE REPLACEMENT (RFC 3263 4.1); "
                            "another flag than s is not modelled");
        }
        record_.priority = static_cast<std::uint16_t>(*order);
        record_.weight = static_cast<std::uint16_t>(*preference);
        record_.flags = words[2];
        record_.service = words[3];
        return target(words[4]);
    }

    const PlacedText& text_;
    const world::ZoneSpec& zone_;
    const Names& names_;
    Findings& findings_;
    world::RecordSpec record_;
};

} // namespace

std::optional<std::string>
canonical_name(const std::string& text)
{
    dns::Names names;
    const auto name = names.name(text);
    return name ? std::optional{names.text(*name)} : std::nullopt;
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
        if (auto record = RecordReader{text, spec, ttl, names, findings}.run())
        {
            spec.records.push_back(std::move(*record));
        }
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
    const bool resolver = values.given("forward");
    for (const std::string_view key : {"order", "additional"})
    {
        if (resolver && values.given(key))
        {
            findings.idle.add(values.place(key),
                              std::string{key} + ": has no effect on a resolver (forward)");
        }
    }
    for (const std::string_view key : {"timeout", "attempts", "cache"})
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
            const auto texts = Values(section, findings_.errors).get<Texts>("records");
            const auto& records = world_.zones[number].records;
            for (std::size_t i = 0; i < records.size() && i < texts.size(); ++i)
            {
                const bool same = records[i].owner == owner && records[i].type == wrong.type;
                if (same && ahead-- == 0)
                {
                    findings_.errors.add(texts[i].place, "records: " + problem.text);
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
