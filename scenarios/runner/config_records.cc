#include "scenarios/runner/config_records.h"

#include "model/base/nearest.h"
#include "scenarios/runner/config_dns.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <iterator>
#include <utility>

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

/// Decimal digits alone; what is beyond 64 bits is as high as can be.
std::optional<std::uint64_t>
number_of(std::string_view text)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc::invalid_argument || end != text.data() + text.size())
    {
        return std::nullopt;
    }
    return error == std::errc{} ? number : UINT64_MAX;
}

std::string
upper(std::string text)
{
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return text;
}

/// RFC 1122 §3.2.1.3: this network, multicast, reserved.
bool
is_no_host(std::uint32_t address)
{
    return address < 0x0100'0000U || address >= 0xE000'0000U;
}

bool
is_number(const std::string& word)
{
    const char first = word.front();
    return (first >= '0' && first <= '9') || first == '-' || first == '+';
}

class RecordReader
{
  public:
    using Words = std::vector<std::string>;

    RecordReader(const PlacedText& text,
                 std::uint32_t ttl,
                 const Names& names,
                 Findings& findings,
                 world::ZoneSpec& zone)
        : text_(text),
          names_(names),
          findings_(findings),
          zone_(zone)
    {
        record_.ttl = ttl;
    }

    void run()
    {
        Words words = words_of(text_.text);
        if (!ttl_and_class(words))
        {
            return;
        }
        if (words.size() < 3)
        {
            complain("must be \"OWNER [TTL] TYPE DATA\", such as \"www 300 A 192.0.2.1\"");
            return;
        }
        const std::string owner = absolute(words[0]);
        if (const auto why = why_no_name(owner))
        {
            complain("\"" + words[0] + "\" " + *why);
            return;
        }
        record_.owner = *canonical_name(owner);
        const std::string type = words[1];
        words.erase(words.begin(), words.begin() + 2);
        if (upper(type) == "SOA")
        {
            soa(words);
        }
        else if (data(type, words))
        {
            zone_.records.push_back(std::move(record_));
        }
    }

  private:
    bool complain(const std::string& clause)
    {
        findings_.errors.add(text_.place, "records: \"" + text_.text + "\": " + clause);
        return false;
    }

    /// RFC 1035 §5.1: either may be left out, in either order.
    bool ttl_and_class(Words& words)
    {
        constexpr std::uint64_t kHighest = 0x7FFF'FFFFU; // RFC 2181 §8
        bool timed = false;
        bool classed = false;
        while (words.size() > 1)
        {
            const std::string& word = words[1];
            if (!timed && is_number(word))
            {
                const auto ttl = number_of(word);
                if (!ttl || *ttl > kHighest)
                {
                    return complain("TTL " + word +
                                    ": must be whole seconds, 0 to 2147483647 (RFC 2181 8)");
                }
                record_.ttl = static_cast<std::uint32_t>(*ttl);
                timed = true;
            }
            else if (!classed && upper(word) == "IN")
            {
                classed = true;
            }
            else
            {
                return true;
            }
            words.erase(words.begin() + 1);
        }
        return true;
    }

    bool data(const std::string& written, const Words& words)
    {
        const std::string type = upper(written);
        if (type == "A")
        {
            return address(words);
        }
        if (type == "AAAA")
        {
            return address6(words);
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
            return words.size() == 1 ? name(words[0], record_.target)
                                     : complain("CNAME takes one name");
        }
        return complain("type \"" + written + "\": must be A, AAAA, SRV, NAPTR, CNAME or SOA");
    }

    [[nodiscard]] std::string absolute(const std::string& name) const
    {
        if (name == "@")
        {
            return zone_.origin;
        }
        return name.ends_with('.') ? name.substr(0, name.size() - 1) : name + "." + zone_.origin;
    }

    bool name(const std::string& text, std::string& into)
    {
        const std::string written = absolute(text);
        if (const auto why = written.empty() ? std::nullopt : why_no_name(written))
        {
            return complain("\"" + text + "\" " + *why);
        }
        into = written.empty() ? written : *canonical_name(written);
        return true;
    }

    /// The first of `words`, as many as there are `into`.
    static bool numbers(const Words& words,
                        std::uint64_t highest,
                        std::initializer_list<std::uint32_t*> into)
    {
        std::size_t next = 0;
        for (std::uint32_t* number : into)
        {
            const auto read = next < words.size() ? number_of(words[next++]) : std::nullopt;
            if (!read || *read > highest)
            {
                return false;
            }
            *number = static_cast<std::uint32_t>(*read);
        }
        return true;
    }

    bool address(const Words& words)
    {
        record_.type = dns::Type::kA;
        if (words.size() != 1)
        {
            return complain("A takes one address");
        }
        if (words[0].find(':') != std::string::npos)
        {
            return address_of_server(words[0]);
        }
        in_addr address{};
        if (inet_pton(AF_INET, words[0].c_str(), &address) != 1)
        {
            return complain("\"" + words[0] +
                            "\": must be an IPv4 address, registrar:NAME or proxy:NAME");
        }
        const std::uint32_t number = ntohl(address.s_addr);
        if (is_no_host(number))
        {
            findings_.warnings.add(text_.place,
                                   "records: \"" + text_.text +
                                       "\": no host has that address (RFC 1122 3.2.1.3): whoever "
                                       "it leads there finds nobody");
        }
        record_.address = sip::Host{number};
        return true;
    }

    bool address_of_server(const std::string& word)
    {
        const std::string what = word.substr(0, word.find(':'));
        const std::string name = word.substr(word.find(':') + 1);
        const bool proxy = what == "proxy";
        if (!proxy && what != "registrar")
        {
            in6_addr six{};
            return complain("\"" + word +
                            (inet_pton(AF_INET6, word.c_str(), &six) == 1
                                 ? "\": is an IPv6 address, which AAAA takes"
                                 : "\": must be an IPv4 address, registrar:NAME or proxy:NAME"));
        }
        const auto& known = proxy ? names_.proxies : names_.registrars;
        const auto number = position_of(name, known);
        if (!number)
        {
            return complain("there is no [[" + what + "]] \"" + name + '"' + hint(name, known));
        }
        record_.server =
            static_cast<std::uint32_t>((proxy ? names_.registrars.size() : 0) + *number);
        return true;
    }

    /// RFC 3596 §2.2.
    bool address6(const Words& words)
    {
        record_.type = dns::Type::kAaaa;
        in6_addr address{};
        if (words.size() != 1 || inet_pton(AF_INET6, words[0].c_str(), &address) != 1)
        {
            return complain("AAAA takes one IPv6 address");
        }
        for (std::size_t i = 0; i < std::size(address.s6_addr); ++i)
        {
            auto& word = record_.address6.words[i / 4];
            word = (word << 8U) | address.s6_addr[i];
        }
        return true;
    }

    bool srv(const Words& words)
    {
        record_.type = dns::Type::kSrv;
        std::uint32_t priority = 0;
        std::uint32_t weight = 0;
        std::uint32_t port = 0;
        if (words.size() != 4 || !numbers(words, UINT16_MAX, {&priority, &weight, &port}))
        {
            return complain("SRV takes PRIORITY WEIGHT PORT TARGET, the numbers 0 to 65535");
        }
        record_.priority = static_cast<std::uint16_t>(priority);
        record_.weight = static_cast<std::uint16_t>(weight);
        record_.port = static_cast<std::uint16_t>(port);
        return name(words[3], record_.target);
    }

    bool naptr(const Words& words)
    {
        record_.type = dns::Type::kNaptr;
        std::uint32_t order = 0;
        std::uint32_t preference = 0;
        const bool flagged =
            words.size() == 5 && (upper(words[2]) == "S" || upper(words[2]) == "A");
        if (!flagged || !numbers(words, UINT16_MAX, {&order, &preference}))
        {
            return complain("NAPTR takes ORDER PREFERENCE FLAG SERVICE REPLACEMENT, the numbers 0 "
                            "to 65535, the flag s (SRV comes next, RFC 3263 4.1) or a (addresses "
                            "do; no device uses it)");
        }
        record_.priority = static_cast<std::uint16_t>(order);
        record_.weight = static_cast<std::uint16_t>(preference);
        record_.flags = words[2];
        record_.service = words[3];
        return name(words[4], record_.target);
    }

    /// RFC 1035 §3.3.13. The zone has one in any case: this one takes its place.
    void soa(const Words& words)
    {
        world::SoaSpec soa{.ttl = record_.ttl};
        const bool counted =
            words.size() == 7 &&
            numbers({words.begin() + 2, words.end()},
                    UINT32_MAX,
                    {&soa.serial, &soa.refresh, &soa.retry, &soa.expire, &soa.minimum});
        if (!counted)
        {
            complain("SOA takes MNAME RNAME SERIAL REFRESH RETRY EXPIRE MINIMUM, the numbers 0 to "
                     "4294967295, times in seconds");
            return;
        }
        if (record_.owner != zone_.origin)
        {
            complain("SOA belongs to the origin, @ (RFC 1035 5.2)");
            return;
        }
        if (zone_.soa)
        {
            complain("is a second SOA: a zone has one (RFC 1035 5.2)");
            return;
        }
        if (name(words[0], soa.mname) && name(words[1], soa.rname))
        {
            zone_.soa = soa;
        }
    }

    const PlacedText& text_;
    const Names& names_;
    Findings& findings_;
    world::ZoneSpec& zone_;
    world::RecordSpec record_;
};

} // namespace

void
read_record(const PlacedText& text,
            std::uint32_t ttl,
            const Names& names,
            Findings& findings,
            world::ZoneSpec& zone)
{
    RecordReader{text, ttl, names, findings, zone}.run();
}

Place
place_of_record(const Section& zone, std::size_t number)
{
    Problems ignored;
    for (const PlacedText& text : Values(zone, ignored).get<Texts>("records"))
    {
        auto words = words_of(text.text);
        words.erase(words.begin()); // the owner
        const auto type = std::ranges::find_if(words, [](const std::string& word) {
            return !is_number(word) && upper(word) != "IN";
        });
        const bool soa = type != words.end() && upper(*type) == "SOA"; // it stands apart
        if (!soa && number-- == 0)
        {
            return text.place;
        }
    }
    return zone.place;
}

} // namespace sipsim::runner
