#include "model/dns/zone.h"

#include <algorithm>
#include <tuple>

namespace sipsim::dns
{

Zone::Zone(const Names& names, Name origin, std::vector<Record> records)
    : names_(&names),
      origin_(origin),
      records_(std::move(records))
{
    std::ranges::stable_sort(records_, [](const Record& a, const Record& b) {
        return std::tie(a.owner, a.type) < std::tie(b.owner, b.type);
    });
    for (std::uint32_t i = 0; i < records_.size(); ++i)
    {
        Range& range = nodes_[records_[i].owner];
        range.first = range.count == 0 ? i : range.first;
        ++range.count;
    }
    nodes_.try_emplace(origin_);
    for (const Record& record : records_)
    {
        for (Name name = record.owner; name != origin_ && name != kRoot; name = names.parent(name))
        {
            nodes_.try_emplace(name);
        }
    }
}

std::span<const Record>
Zone::all(Name owner) const
{
    const auto found = nodes_.find(owner);
    return found != nodes_.end()
               ? std::span{records_}.subspan(found->second.first, found->second.count)
               : std::span<const Record>{};
}

std::span<const Record>
Zone::set(Name owner, Type type) const
{
    const auto node = all(owner);
    const auto first = std::ranges::lower_bound(node, type, {}, &Record::type);
    const auto last = std::ranges::upper_bound(node, type, {}, &Record::type);
    return {first, last};
}

const Record*
Zone::soa() const
{
    const auto found = set(origin_, Type::kSoa);
    return found.empty() ? nullptr : &found.front();
}

Zone::Found
Zone::at(Name node, Type type) const
{
    if (type == Type::kAny)
    {
        const auto found = all(node);
        return {found.empty() ? Kind::kNoData : Kind::kSet, found};
    }
    if (const auto found = set(node, type); !found.empty())
    {
        return {Kind::kSet, found};
    }
    // RFC 1034 §4.3.2 step 3a: a CNAME stands for every type but its own.
    if (const auto found = set(node, Type::kCname); !found.empty())
    {
        return {Kind::kCname, found.first(1)};
    }
    return {Kind::kNoData, {}};
}

Zone::Found
Zone::lookup(Name name, Type type) const
{
    if (exists(name))
    {
        return at(name, type);
    }
    // RFC 4592 §3.3.1: the wildcard is below the closest encloser that exists, or there is none.
    Name encloser = names_->parent(name);
    while (!exists(encloser) && encloser != origin_ && encloser != kRoot)
    {
        encloser = names_->parent(encloser);
    }
    const auto wildcard = names_->find_child(encloser, "*");
    return wildcard && exists(*wildcard) ? at(*wildcard, type) : Found{};
}

const Zone*
zone_of(const Names& names, std::span<const Zone> zones, Name name)
{
    const Zone* deepest = nullptr;
    for (const Zone& zone : zones)
    {
        if (names.is_within(name, zone.origin()) &&
            (deepest == nullptr || names.depth(zone.origin()) > names.depth(deepest->origin())))
        {
            deepest = &zone;
        }
    }
    return deepest;
}

} // namespace sipsim::dns
