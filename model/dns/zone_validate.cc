#include "model/dns/zone.h"

#include <algorithm>

namespace sipsim::dns
{

namespace
{

/// Whether RDATA is what the type says.
bool
fits(Type type, const Data& data)
{
    switch (type)
    {
    case Type::kA:
        return std::holds_alternative<A>(data);
    case Type::kAaaa:
        return std::holds_alternative<Aaaa>(data);
    case Type::kNs:
    case Type::kCname:
    case Type::kPtr:
        return std::holds_alternative<Pointer>(data);
    case Type::kMx:
        return std::holds_alternative<Mx>(data);
    case Type::kSrv:
        return std::holds_alternative<Srv>(data);
    case Type::kNaptr:
        return std::holds_alternative<Naptr>(data);
    case Type::kSoa:
        return std::holds_alternative<Soa>(data);
    case Type::kOpt:
    case Type::kAny:
    case Type::kNone:
        return false; // no data of a zone (RFC 6895 §3.1)
    }
    return std::holds_alternative<Opaque>(data);
}

class Validator
{
  public:
    Validator(const Names& names, std::span<const Zone> zones)
        : names_(names),
          zones_(zones)
    {
    }

    std::vector<ZoneProblem> run()
    {
        for (number_ = 0; number_ < zones_.size(); ++number_)
        {
            const Zone& zone = zones_[number_];
            for (std::size_t j = 0; j < number_; ++j)
            {
                if (zones_[j].origin() == zone.origin())
                {
                    add_whole(names_.text(zone.origin()) + ": two zones have this origin");
                }
            }
            apex(zone);
            sets(zone);
            for (const Record& record : zone.records())
            {
                single(zone, record);
            }
        }
        return std::move(problems_);
    }

  private:
    void add_whole(std::string text)
    {
        problems_.push_back({number_, std::nullopt, std::move(text)});
    }

    /// `record` is one of the zone's.
    void add(const Record& record, const std::string& clause)
    {
        const auto place = static_cast<std::size_t>(&record - zones_[number_].records().data());
        problems_.push_back(
            {number_,
             place,
             names_.text(record.owner) + " " + type_name(record.type) + ": " + clause});
    }

    void apex(const Zone& zone)
    {
        const auto count = std::ranges::count(zone.records(), Type::kSoa, &Record::type);
        if (zone.soa() == nullptr || count != 1)
        {
            // RFC 1035 §5.2: exactly one SOA RR, at the top of the zone.
            add_whole(names_.text(zone.origin()) +
                      ": must have one SOA record, at the origin (has " + std::to_string(count) +
                      ")");
        }
    }

    /// What concerns all records of a name, or all of a name and type.
    void sets(const Zone& zone)
    {
        const auto records = zone.records();
        for (std::size_t first = 0; first < records.size();)
        {
            const Record& head = records[first];
            const auto node = zone.all(head.owner);
            const auto set = zone.set(head.owner, head.type);
            if (set.size() > kMaxSet)
            {
                add(head,
                    "has " + std::to_string(set.size()) + " records: must be at most " +
                        std::to_string(kMaxSet));
            }
            const auto other =
                std::ranges::find_if(set, [&head](auto& r) { return r.ttl != head.ttl; });
            if (other != set.end())
            {
                add(*other, "TTLs differ within the set (RFC 2181 5.2)");
            }
            for (std::size_t i = 1; i < set.size(); ++i)
            {
                const auto before = set.first(i);
                if (std::ranges::find(before, set[i].data, &Record::data) != before.end())
                {
                    add(set[i], "the same record twice (RFC 2181 5)");
                }
            }
            if (head.type == Type::kCname)
            {
                cname(head, node.size(), set.size());
            }
            first += set.size();
        }
    }

    void cname(const Record& record, std::size_t at_node, std::size_t cnames)
    {
        if (cnames > 1)
        {
            add(record, "more than one (RFC 2181 10.1)");
        }
        if (at_node > cnames)
        {
            add(record, "stands beside other data (RFC 1034 3.6.2)");
        }
        Name name = record.owner;
        for (std::size_t step = 0; step <= kMaxChain; ++step)
        {
            const auto found = find(name, Type::kA);
            if (found.kind != Zone::Kind::kCname)
            {
                return;
            }
            name = std::get<Pointer>(found.records.front().data).target;
            if (name == record.owner)
            {
                add(record, "leads back to itself (RFC 1034 3.6.2)");
                return;
            }
        }
        add(record, "the chain is longer than " + std::to_string(kMaxChain));
    }

    void single(const Zone& zone, const Record& record)
    {
        if (!names_.is_within(record.owner, zone.origin()))
        {
            add(record, "is not within " + names_.text(zone.origin()));
        }
        if (!fits(record.type, record.data))
        {
            add(record, "the data is of another type");
            return;
        }
        if (record.ttl > INT32_MAX)
        {
            add(record, "TTL " + std::to_string(record.ttl) + ": must be below 2^31 (RFC 2181 8)");
        }
        if (const auto* srv = std::get_if<Srv>(&record.data))
        {
            this->srv(zone, record, *srv);
        }
        else if (const auto* naptr = std::get_if<Naptr>(&record.data))
        {
            this->naptr(record, *naptr);
        }
        else if (const auto* mx = std::get_if<Mx>(&record.data))
        {
            target(record, mx->exchange, "RFC 2181 10.3");
        }
        else if (record.type == Type::kNs)
        {
            target(record, std::get<Pointer>(record.data).target, "RFC 2181 10.3");
        }
    }

    void srv(const Zone& zone, const Record& record, const Srv& srv)
    {
        if (srv.target == kRoot)
        {
            // RFC 2782: "." means that the service is decidedly not available: no place for others.
            if (zone.set(record.owner, Type::kSrv).size() > 1)
            {
                add(record, "target . (no such service) beside other targets (RFC 2782)");
            }
            return;
        }
        if (srv.port == 0)
        {
            add(record, "port 0 of " + names_.text(srv.target) + ": must be 1 to 65535");
        }
        target(record, srv.target, "RFC 2782");
    }

    void naptr(const Record& record, const Naptr& naptr)
    {
        const bool regexp = !names_.text(naptr.regexp).empty();
        if (regexp && naptr.replacement != kRoot)
        {
            add(record, "both a regexp and a replacement (RFC 3403 4.1)");
        }
        if (naptr.replacement == kRoot)
        {
            return;
        }
        const auto flags = names_.text(naptr.flags);
        if (flags == "a" || flags == "A")
        {
            target(record, naptr.replacement, "RFC 3403 4.1");
            return;
        }
        const auto kind = find(naptr.replacement, Type::kSrv).kind;
        if (kind == Zone::Kind::kCname)
        {
            add(record, "replacement " + names_.text(naptr.replacement) + " is a CNAME");
        }
        else if (kind != Zone::Kind::kSet && (flags == "s" || flags == "S"))
        {
            add(record,
                "replacement " + names_.text(naptr.replacement) +
                    " has no SRV record (RFC 3263 4.1)");
        }
    }

    /// A host: it has an address, and is no alias.
    void target(const Record& record, Name host, std::string_view norm)
    {
        const auto text = "target " + names_.text(host);
        const auto a = find(host, Type::kA).kind;
        if (a == Zone::Kind::kCname)
        {
            add(record, text + " is a CNAME (" + std::string{norm} + ")");
        }
        else if (zone_of(names_, zones_, host) == nullptr)
        {
            add(record, text + " is in no zone");
        }
        else if (a != Zone::Kind::kSet && find(host, Type::kAaaa).kind != Zone::Kind::kSet)
        {
            add(record, text + " has no A or AAAA record");
        }
    }

    [[nodiscard]] Zone::Found find(Name name, Type type) const
    {
        const Zone* zone = zone_of(names_, zones_, name);
        return zone != nullptr ? zone->lookup(name, type) : Zone::Found{};
    }

    const Names& names_;
    std::span<const Zone> zones_;
    std::size_t number_ = 0; // of the zone at hand
    std::vector<ZoneProblem> problems_;
};

} // namespace

std::vector<ZoneProblem>
validate(const Names& names, std::span<const Zone> zones)
{
    return Validator{names, zones}.run();
}

} // namespace sipsim::dns
