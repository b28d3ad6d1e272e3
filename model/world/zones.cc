#include "model/world/zones.h"

namespace sipsim::world
{

namespace
{

dns::Name
name_of(dns::Names& names, const std::string& text)
{
    return text.empty() ? dns::kRoot : names.name(text).value_or(dns::kRoot);
}

dns::Record
record_of(const RecordSpec& spec, const Layout& layout, dns::Names& names)
{
    dns::Record record;
    record.owner = name_of(names, spec.owner);
    record.type = spec.type;
    record.ttl = spec.ttl;
    switch (spec.type)
    {
    case dns::Type::kSrv:
        record.data = dns::Srv{spec.priority, spec.weight, spec.port, name_of(names, spec.target)};
        break;
    case dns::Type::kNaptr:
        record.data = dns::Naptr{.order = spec.priority,
                                 .preference = spec.weight,
                                 .flags = names.octets(spec.flags).value_or(dns::Octets{}),
                                 .services = names.octets(spec.service).value_or(dns::Octets{}),
                                 .regexp = {},
                                 .replacement = name_of(names, spec.target)};
        break;
    case dns::Type::kCname:
        record.data = dns::Pointer{name_of(names, spec.target)};
        break;
    case dns::Type::kAaaa:
        record.data = spec.address6;
        break;
    default:
        record.data =
            dns::A{static_cast<std::uint32_t>(spec.server ? layout.server_address(*spec.server).host
                                                          : spec.address.value_or(sip::Host{}))};
        break;
    }
    return record;
}

dns::Record
soa_of(const ZoneSpec& spec, dns::Name origin, dns::Names& names)
{
    dns::Record soa;
    soa.owner = origin;
    soa.type = dns::Type::kSoa;
    if (spec.soa)
    {
        soa.ttl = spec.soa->ttl;
        soa.data = dns::Soa{.mname = name_of(names, spec.soa->mname),
                            .rname = name_of(names, spec.soa->rname),
                            .serial = spec.soa->serial,
                            .refresh = spec.soa->refresh,
                            .retry = spec.soa->retry,
                            .expire = spec.soa->expire,
                            .minimum = spec.soa->minimum};
        return soa;
    }
    soa.ttl = spec.negative_ttl;
    soa.data = dns::Soa{.mname = names.below(origin, "ns").value_or(origin),
                        .rname = names.below(origin, "hostmaster").value_or(origin),
                        .minimum = spec.negative_ttl};
    return soa;
}

} // namespace

dns::Zone
make_zone(const ZoneSpec& spec, const Layout& layout, dns::Names& names)
{
    const dns::Name origin = name_of(names, spec.origin);
    std::vector<dns::Record> records;
    records.push_back(soa_of(spec, origin, names));
    for (const RecordSpec& record : spec.records)
    {
        records.push_back(record_of(record, layout, names));
    }
    return {names, origin, std::move(records)};
}

} // namespace sipsim::world
