// Finding records, and what they say of a datagram from outside.

#include "model/base/prefetch.h"
#include "model/nat/nat_keys.h"
#include "model/nat/nat_table.h"

#include <algorithm>
#include <tuple>

namespace sipsim::nat
{

bool
NatTable::stateless() const
{
    return !options_.translates && options_.filtering == Dependence::kEndpointIndependent;
}

bool
NatTable::shares_ports() const
{
    return options_.ports == PortAssignment::kPreserve &&
           options_.mapping != Dependence::kEndpointIndependent;
}

bool
NatTable::keeps_further() const
{
    return options_.filtering > options_.mapping;
}

bool
NatTable::current(const Record& record) const
{
    return record.generation == boxes_[record.box].generation;
}

std::uint64_t
NatTable::hash_of(std::uint32_t slot) const
{
    const Record& record = pool_[slot];
    return record.has(Record::kMapping)
               ? mapping_hash(record.box, record.inner(), masked(options_.mapping, dest_of(slot)))
               : further_hash(record.box,
                              record.inner(),
                              masked(options_.filtering, dest_of(slot)));
}

std::uint32_t
NatTable::find_mapping(BoxIndex box, Endpoint inner, Endpoint to) const
{
    const Endpoint dest = masked(options_.mapping, to);
    const auto has_key = [&](std::uint32_t slot) {
        return pool_[slot].inner() == inner && masked(options_.mapping, dest_of(slot)) == dest;
    };
    const std::uint32_t first = boxes_[box].first;
    if (first != kNoRecord && has_key(first))
    {
        return first;
    }
    return inner_.find(pool_, mapping_hash(box, inner, dest), [&](std::uint32_t slot) {
        const Record& record = pool_[slot];
        return record.box == box && record.has(Record::kMapping) && has_key(slot) &&
               current(record);
    });
}

void
NatTable::fetch_ahead(BoxIndex box, Endpoint inner, Endpoint to) const
{
    if (boxes_.empty())
    {
        return;
    }
    prefetch(&boxes_[box]);
    inner_.fetch(mapping_hash(box, inner, masked(options_.mapping, to)));
}

void
NatTable::fetch_mapping(BoxIndex box, Endpoint inner, Endpoint to) const
{
    if (boxes_.empty())
    {
        return;
    }
    const std::uint32_t slot = inner_.first(mapping_hash(box, inner, masked(options_.mapping, to)));
    if (slot != kNoRecord)
    {
        prefetch(&pool_[slot]);
    }
}

std::uint32_t
NatTable::find_further(BoxIndex box, Endpoint inner, Endpoint to) const
{
    const Endpoint dest = masked(options_.filtering, to);
    return inner_.find(pool_, further_hash(box, inner, dest), [&](std::uint32_t slot) {
        const Record& record = pool_[slot];
        return record.box == box && record.inner() == inner && !record.has(Record::kMapping) &&
               masked(options_.filtering, dest_of(slot)) == dest && current(record);
    });
}

std::uint32_t
NatTable::holder(BoxIndex box, std::uint16_t port, Endpoint to) const
{
    const bool any = !shares_ports();
    const Endpoint dest = masked(options_.mapping, to);
    const auto has_key = [&](std::uint32_t slot) {
        return pool_[slot].outer_port == port &&
               (any || masked(options_.mapping, dest_of(slot)) == dest);
    };
    const std::uint32_t first = boxes_[box].first;
    if (first != kNoRecord && pool_[first].has(Record::kOuter) && has_key(first))
    {
        return first;
    }
    return outer_.find(pool_, outer_hash(box, port), [&](std::uint32_t slot) {
        return pool_[slot].box == box && has_key(slot) && current(pool_[slot]);
    });
}

// Of the mappings that share a port, the one towards that source while it lives; else, of those that
// live, one that lets it pass; else the one towards that source, which died; else any that lives; else
// the one that died last. Equals in the order of their inner endpoints.
std::uint32_t
NatTable::find_shared(SimTime now, BoxIndex box, Endpoint to, Endpoint from) const
{
    const std::uint32_t own = holder(box, to.port, from);
    if (own != kNoRecord && now < pool_[own].until)
    {
        return own;
    }
    const auto rank = [&](std::uint32_t slot) {
        const Record& record = pool_[slot];
        const bool alive = now < record.until;
        return std::tuple(!(alive && permits(slot, now, from)),
                          slot != own,
                          !alive,
                          alive ? SimDuration{} : now - record.until,
                          record.inner_host,
                          record.inner_port);
    };
    std::uint32_t best = kNoRecord;
    const auto consider = [&](std::uint32_t slot) {
        if (pool_[slot].box != box || !pool_[slot].has(Record::kOuter) ||
            pool_[slot].outer_port != to.port || !current(pool_[slot]))
        {
            return;
        }
        if (now >= pool_[slot].until)
        {
            settle(now, pool_[slot]);
        }
        if (best == kNoRecord || rank(slot) < rank(best))
        {
            best = slot;
        }
    };
    if (boxes_[box].first != kNoRecord)
    {
        consider(boxes_[box].first);
    }
    for (std::uint32_t slot = outer_.first(outer_hash(box, to.port)); slot != kNoRecord;
         slot = pool_[slot].next_outer)
    {
        consider(slot);
    }
    return best;
}

std::uint32_t
NatTable::find_outer(SimTime now, BoxIndex box, Endpoint to, Endpoint from) const
{
    if (!options_.translates)
    {
        return find_mapping(box, to, from);
    }
    return shares_ports() ? find_shared(now, box, to, from) : holder(box, to.port, from);
}

void
NatTable::settle(SimTime now, const Record& record) const
{
    const bool told = record.box == acting_box_ && record.inner() == acting_inner_;
    if (!settle_ || settling_ || told)
    {
        return;
    }
    settling_ = true;
    settle_(now, record.box, record.inner());
    settling_ = false;
}

bool
NatTable::permits(std::uint32_t slot, SimTime now, Endpoint from) const
{
    const Record& mapping = pool_[slot];
    const Endpoint dest = dest_of(slot);
    // RFC 4787 §5. The destination of the last traffic lives as long as the mapping.
    const Dependence filtering = options_.filtering;
    if (masked(filtering, dest) == masked(filtering, from))
    {
        return true;
    }
    if (!keeps_further() || masked(options_.mapping, dest) != masked(options_.mapping, from))
    {
        return false;
    }
    const std::uint32_t further = find_further(mapping.box, mapping.inner(), from);
    return further != kNoRecord && now < pool_[further].until;
}

Barrier
NatTable::why_not(SimTime now, const Record& mapping, Endpoint from) const
{
    if (options_.mapping != Dependence::kEndpointIndependent)
    {
        const std::uint32_t towards = find_mapping(mapping.box, mapping.inner(), from);
        if (towards != kNoRecord && now < pool_[towards].until &&
            pool_[towards].outer_port != mapping.outer_port)
        {
            return Barrier::kWrongPort;
        }
    }
    if (now < mapping.until)
    {
        return Barrier::kFiltered;
    }
    if (now - mapping.until < kRemembered)
    {
        return Barrier::kExpired;
    }
    return options_.translates ? Barrier::kNoMapping : Barrier::kFiltered;
}

NatTable::Verdict
NatTable::judge(SimTime now, BoxIndex box, Endpoint to, Endpoint from) const
{
    const std::uint32_t slot = find_outer(now, box, to, from);
    if (slot == kNoRecord)
    {
        // A firewall has no mapping that could be missing: it is the filter that stops what nobody
        // inside has asked for.
        return {options_.translates ? Barrier::kNoMapping : Barrier::kFiltered, kNoRecord};
    }
    const Record& mapping = pool_[slot];
    const auto passes = [&] { return now < mapping.until && permits(slot, now, from); };
    if (passes())
    {
        return {Barrier::kNone, slot};
    }
    settle(now, mapping);
    return {passes() ? Barrier::kNone : why_not(now, mapping, from), slot};
}

Passage
NatTable::look(SimTime now, BoxIndex box, Endpoint to, Endpoint from) const
{
    if (options_.blocks_udp)
    {
        return {Barrier::kBlocked, {}};
    }
    if (stateless())
    {
        return {Barrier::kNone, to};
    }
    const Verdict verdict = judge(now, box, to, from);
    return {verdict.barrier,
            verdict.barrier == Barrier::kNone ? pool_[verdict.mapping].inner() : Endpoint{}};
}

std::optional<Endpoint>
NatTable::asked(SimTime now, BoxIndex box, Endpoint to, Endpoint from) const
{
    if (options_.blocks_udp)
    {
        return std::nullopt;
    }
    if (stateless())
    {
        return to;
    }
    const std::uint32_t slot = find_outer(now, box, to, from);
    return slot == kNoRecord ? std::nullopt : std::optional{pool_[slot].inner()};
}

Barrier
NatTable::explain(SimTime now, BoxIndex box, Endpoint to, Endpoint from, Endpoint meant) const
{
    if (options_.blocks_udp)
    {
        return Barrier::kBlocked;
    }
    if (stateless())
    {
        return to == meant ? Barrier::kNone : Barrier::kNoMapping;
    }
    const Verdict verdict = judge(now, box, to, from);
    if (verdict.mapping != kNoRecord && pool_[verdict.mapping].inner() == meant)
    {
        return verdict.barrier;
    }
    const std::uint32_t own = find_mapping(box, meant, from);
    if (own == kNoRecord)
    {
        return verdict.mapping == kNoRecord ? verdict.barrier : Barrier::kNoMapping;
    }
    const Record& mapping = pool_[own];
    if (now >= mapping.until)
    {
        settle(now, mapping);
    }
    if (now < mapping.until)
    {
        return Barrier::kWrongPort;
    }
    return now - mapping.until < kRemembered ? Barrier::kExpired : Barrier::kNoMapping;
}

std::optional<std::uint16_t>
NatTable::mapped_port(SimTime now, BoxIndex box, Endpoint inner, Endpoint to) const
{
    if (options_.blocks_udp)
    {
        return std::nullopt;
    }
    if (stateless())
    {
        return inner.port;
    }
    const std::uint32_t slot = find_mapping(box, inner, to);
    if (slot == kNoRecord)
    {
        return std::nullopt;
    }
    const Record& mapping = pool_[slot];
    if (now >= mapping.until)
    {
        settle(now, mapping);
    }
    if (now >= mapping.until)
    {
        return std::nullopt;
    }
    return options_.translates ? mapping.outer_port : inner.port;
}

SimDuration
NatTable::timeout_of(BoxIndex box) const
{
    if (!options_.timeout_max)
    {
        return options_.timeout;
    }
    const DrawKey key{key_.seed, key_.device + box, key_.account};
    return draw_between(key, Purpose::kNatTimeout, 0, options_.timeout, *options_.timeout_max);
}

} // namespace sipsim::nat
