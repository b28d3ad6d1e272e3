#include "model/dns/message.h"

#include <limits>

namespace sipsim::dns
{

namespace
{

constexpr std::size_t kPointerOctets = 2;
constexpr std::size_t kPointerReach = 0x4000; // RFC 1035 §4.1.4: 14 bits of offset
constexpr std::size_t kOptOctets = 11;        // root, type, class, TTL, RDLENGTH

/// Adds up a message's octets in the order in which they are written. What can be pointed to is every
/// suffix of a name written so far, which the names themselves tell: no table of suffixes.
class Measure
{
  public:
    explicit Measure(const Names& names)
        : names_(names)
    {
    }

    [[nodiscard]] std::size_t octets() const
    {
        return octets_;
    }

    void add(std::size_t octets)
    {
        octets_ += octets;
    }

    void compressed(Name name)
    {
        const std::size_t start = octets_;
        Name suffix = name;
        while (suffix != kRoot && !written(suffix))
        {
            octets_ += 1 + names_.label(suffix).size();
            suffix = names_.parent(suffix);
        }
        octets_ += suffix == kRoot ? 1 : kPointerOctets;
        if (suffix != name)
        {
            written_.push({name, static_cast<std::uint32_t>(start)});
        }
    }

    void record(const Record& record)
    {
        compressed(record.owner);
        octets_ += 2 + 2 + 4 + 2;
        std::visit([this](const auto& data) { rdata(data); }, record.data);
    }

  private:
    struct Written
    {
        Name name{};
        std::uint32_t start = 0;
    };

    /// `name` stands whole, within a pointer's reach, in a name written before.
    [[nodiscard]] bool written(Name name) const
    {
        for (const auto& before : written_)
        {
            const std::size_t into = names_.wire_length(before.name) - names_.wire_length(name);
            if (names_.depth(before.name) >= names_.depth(name) &&
                before.start + into < kPointerReach && names_.is_within(before.name, name))
            {
                return true;
            }
        }
        return false;
    }

    void rdata(const A&)
    {
        octets_ += 4;
    }

    void rdata(const Aaaa&)
    {
        octets_ += 16;
    }

    void rdata(const Pointer& data)
    {
        compressed(data.target);
    }

    void rdata(const Mx& data)
    {
        octets_ += 2;
        compressed(data.exchange);
    }

    void rdata(const Soa& data)
    {
        compressed(data.mname);
        compressed(data.rname);
        octets_ += std::size_t{5} * 4;
    }

    // RFC 2782 "Target", RFC 3597 §4: no compression in types younger than RFC 1035.
    void rdata(const Srv& data)
    {
        octets_ += 6 + names_.wire_length(data.target);
    }

    void rdata(const Naptr& data)
    {
        octets_ += 4 + 3 + names_.text(data.flags).size() + names_.text(data.services).size() +
                   names_.text(data.regexp).size() + names_.wire_length(data.replacement);
    }

    void rdata(const Opaque& data)
    {
        octets_ += names_.text(data.octets).size();
    }

    const Names& names_;
    std::size_t octets_ = 0;
    // Owners and compressed targets, SOA's two included.
    FixedVector<Written, 1 + 3 * (kMaxAnswers + kMaxAuthority + kMaxAdditional)> written_;
};

template <class Section>
bool
fit(Measure& measure,
    const Section& section,
    std::size_t limit,
    std::size_t& count,
    std::size_t& octets)
{
    for (const auto& record : section)
    {
        measure.record(record);
        if (measure.octets() > limit)
        {
            return false;
        }
        ++count;
        octets = measure.octets();
    }
    return true;
}

template <class Section>
void
shorten(Section& section, std::size_t count)
{
    while (section.size() > count)
    {
        section.pop_back();
    }
}

} // namespace

Message
query(std::uint16_t id, Name name, Type type, std::optional<Edns> edns)
{
    Message message;
    message.id = id;
    message.flags.recursion_desired = true;
    message.question = Question{name, type};
    message.edns = edns;
    return message;
}

Message
response_to(const Message& query, Rcode rcode)
{
    Message message;
    message.id = query.id;
    message.opcode = query.opcode;
    message.flags.response = true;
    message.flags.recursion_desired = query.flags.recursion_desired;
    message.rcode = rcode;
    message.question = query.question;
    if (query.edns)
    {
        message.edns = Edns{};
        message.edns->dnssec_ok = query.edns->dnssec_ok; // RFC 3225 §3: copied
    }
    return message;
}

std::optional<Rcode>
unserved(const Message& query)
{
    if (query.opcode != Opcode::kQuery)
    {
        return Rcode::kNotImp;
    }
    if (!query.question)
    {
        return Rcode::kFormErr;
    }
    return query.edns && query.edns->version > 0 ? std::optional{Rcode::kBadVers} : std::nullopt;
}

Fitting
fitting(const Message& message, const Names& names, std::size_t limit)
{
    const std::size_t reserved = message.edns ? kOptOctets : 0;
    limit = limit > reserved ? limit - reserved : 0;
    Measure measure(names);
    measure.add(kHeaderOctets);
    if (message.question)
    {
        measure.compressed(message.question->name);
        measure.add(4);
    }
    Fitting fitting;
    fitting.octets = measure.octets();
    if (fit(measure, message.answer, limit, fitting.answer, fitting.octets) &&
        fit(measure, message.authority, limit, fitting.authority, fitting.octets))
    {
        fit(measure, message.additional, limit, fitting.additional, fitting.octets);
    }
    fitting.octets += reserved;
    return fitting;
}

std::size_t
encoded_size(const Message& message, const Names& names)
{
    return fitting(message, names, std::numeric_limits<std::size_t>::max()).octets;
}

void
cut(Message& message, const Names& names, std::size_t limit)
{
    const Fitting fitting = dns::fitting(message, names, limit);
    message.flags.truncated =
        fitting.answer < message.answer.size() || fitting.authority < message.authority.size();
    const auto& records = message.additional;
    std::size_t additional = fitting.additional; // back to where a set begins
    while (additional > 0 && additional < records.size() &&
           records[additional].owner == records[additional - 1].owner &&
           records[additional].type == records[additional - 1].type)
    {
        --additional;
    }
    shorten(message.answer, fitting.answer);
    shorten(message.authority, fitting.authority);
    shorten(message.additional, additional);
}

std::string
rcode_name(Rcode rcode)
{
    switch (rcode)
    {
    case Rcode::kNoError:
        return "NOERROR";
    case Rcode::kFormErr:
        return "FORMERR";
    case Rcode::kServFail:
        return "SERVFAIL";
    case Rcode::kNxDomain:
        return "NXDOMAIN";
    case Rcode::kNotImp:
        return "NOTIMP";
    case Rcode::kRefused:
        return "REFUSED";
    case Rcode::kBadVers:
        return "BADVERS";
    }
    return "RCODE" + std::to_string(static_cast<unsigned>(rcode));
}

std::string
type_name(Type type)
{
    switch (type)
    {
    case Type::kA:
        return "A";
    case Type::kNs:
        return "NS";
    case Type::kCname:
        return "CNAME";
    case Type::kSoa:
        return "SOA";
    case Type::kPtr:
        return "PTR";
    case Type::kMx:
        return "MX";
    case Type::kAaaa:
        return "AAAA";
    case Type::kSrv:
        return "SRV";
    case Type::kNaptr:
        return "NAPTR";
    case Type::kOpt:
        return "OPT";
    case Type::kAny:
        return "ANY";
    case Type::kNone:
        break;
    }
    return "TYPE" + std::to_string(static_cast<unsigned>(type));
}

} // namespace sipsim::dns
