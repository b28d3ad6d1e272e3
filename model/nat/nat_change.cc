// Making, refreshing and forgetting mappings.

#include "model/nat/nat_keys.h"
#include "model/nat/nat_table.h"

#include <algorithm>

namespace sipsim::nat
{

std::uint32_t
NatTable::live_mapping(SimTime now, BoxIndex box, Endpoint inner, Endpoint to)
{
    std::uint32_t slot = find_mapping(box, inner, to);
    if (slot != kNoRecord && now < pool_[slot].until)
    {
        return slot;
    }
    if (limit_.enabled() && limit_.live(pool_, box, now, [&](const Record& record) {
            settle(now, record);
        }) >= options_.max_mappings)
    {
        return kNoRecord;
    }
    const std::optional<std::uint16_t> port =
        options_.translates ? free_port(now, box, inner, to) : inner.port;
    if (!port)
    {
        return kNoRecord;
    }
    if (slot == kNoRecord)
    {
        slot = take_record(box, inner, to, Record::kMapping);
    }
    else
    {
        // The dead one of the same key is made anew in its place.
        const std::uint32_t further = find_further(box, inner, to);
        if (further != kNoRecord)
        {
            reclaim(further);
        }
        limit_.remove(pool_, slot);
        pool_[slot].unset(Record::kReplied);
        pool_[slot].unset(Record::kStream);
        destinations_.set(pool_, slot, to);
        if (!ages_.empty())
        {
            ages_[slot] = 0;
        }
    }
    pool_[slot].until = now + options_.timeout_unreplied.value_or(SimDuration{0});
    if (options_.translates)
    {
        take_port(slot, *port);
    }
    return slot;
}

std::uint32_t
NatTable::take_record(BoxIndex box, Endpoint inner, Endpoint dest, Record::Flag flag)
{
    const std::uint32_t slot = pool_.take();
    Record& record = pool_[slot];
    record.box = box;
    record.inner_host = inner.host;
    record.inner_port = inner.port;
    destinations_.set(pool_, slot, dest);
    if (options_.timeout_unreplied)
    {
        ages_.resize(std::max<std::size_t>(ages_.size(), pool_.end()));
        ages_[slot] = 0;
    }
    record.generation = static_cast<std::uint8_t>(boxes_[box].generation);
    record.flags = flag;
    took_record_ = true;
    if (flag == Record::kMapping && boxes_[box].first == kNoRecord)
    {
        record.set(Record::kFirst);
        boxes_[box].first = slot;
        return slot;
    }
    insert_inner(slot);
    return slot;
}

void
NatTable::insert_inner(std::uint32_t slot)
{
    inner_.insert(pool_, hash_of(slot), slot, [this](std::uint32_t s) { return hash_of(s); });
}

void
NatTable::refresh(SimTime now, std::uint32_t slot, Endpoint peer)
{
    limit_.remove(pool_, slot);
    Record& mapping = pool_[slot];
    see_age(now, slot);
    const bool stream = !options_.timeout_unreplied || mapping.has(Record::kStream);
    const SimTime until = now + (stream ? timeout_of(mapping.box) : *options_.timeout_unreplied);
    const bool other = keeps_further() && masked(options_.filtering, dest_of(slot)) !=
                                              masked(options_.filtering, peer);
    // A computed keepalive may be told after later traffic to others: nothing gets younger by it.
    if (until < mapping.until)
    {
        if (other)
        {
            put_further(slot, peer, until);
        }
    }
    else
    {
        if (other)
        {
            move_peer(slot, peer);
        }
        mapping.until = until;
    }
    if (limit_.enabled())
    {
        limit_.insert(pool_, slot);
    }
    if (blocks_.enabled())
    {
        blocks_.prolong(mapping.box, block_of(mapping.outer_port), mapping.until);
    }
}

// Linux, nf_conntrack_udp_packet(): once a reply has been seen, traffic later than stream_after (2 s)
// makes it a stream. Until then the last refresh was at until - timeout_unreplied.
void
NatTable::see_age(SimTime now, std::uint32_t slot)
{
    Record& mapping = pool_[slot];
    if (!options_.timeout_unreplied || mapping.has(Record::kStream))
    {
        return;
    }
    constexpr SimDuration kOldest{UINT32_MAX};
    const SimDuration age{ages_[slot]};
    const SimDuration present = now - (mapping.until - *options_.timeout_unreplied) + age;
    if (mapping.has(Record::kReplied) && present > options_.stream_after)
    {
        mapping.set(Record::kStream);
    }
    ages_[slot] = static_cast<std::uint32_t>(std::clamp(present, age, kOldest).count());
}

// The mapping's record holds the destination of the last traffic, which lives as long as the mapping;
// the one before gets a record of its own.
void
NatTable::move_peer(std::uint32_t slot, Endpoint peer)
{
    const Record& mapping = pool_[slot];
    const Endpoint before = dest_of(slot);
    const std::uint32_t further = find_further(mapping.box, mapping.inner(), peer);
    if (further != kNoRecord)
    {
        inner_.erase(pool_, hash_of(further), further);
        destinations_.set(pool_, further, before);
        pool_[further].until = mapping.until;
        insert_inner(further);
    }
    else
    {
        put_further(slot, before, mapping.until);
    }
    destinations_.set(pool_, slot, peer);
}

void
NatTable::put_further(std::uint32_t slot, Endpoint peer, SimTime until)
{
    const BoxIndex box = pool_[slot].box;
    const Endpoint inner = pool_[slot].inner();
    std::uint32_t further = find_further(box, inner, peer);
    if (further == kNoRecord)
    {
        further = take_record(box, inner, peer, Record::kFurther);
    }
    pool_[further].until = std::max(pool_[further].until, until);
}

void
NatTable::reclaim(std::uint32_t slot)
{
    unlink_outer(slot);
    if (current(pool_[slot]))
    {
        limit_.remove(pool_, slot);
    }
    else
    {
        limit_.forget(slot);
    }
    if (pool_[slot].has(Record::kFirst))
    {
        boxes_[pool_[slot].box].first = kNoRecord;
    }
    else
    {
        inner_.erase(pool_, hash_of(slot), slot);
    }
    destinations_.forget(pool_, slot);
    pool_.give_back(slot);
}

// Two old records are looked at for each new one, so that no more dead ones stay than a run needs.
void
NatTable::sweep(SimTime now)
{
    if (!took_record_ || settling_)
    {
        return;
    }
    took_record_ = false;
    for (int step = 0; step < 2; ++step)
    {
        hand_ = hand_ + 1 < pool_.end() ? hand_ + 1 : 0;
        const std::uint32_t slot = hand_;
        const auto forgettable = [&] {
            const Record& record = pool_[slot];
            return record.box != kNoRecord &&
                   (!current(record) ||
                    now >= record.until + (record.has(Record::kMapping) ? kRemembered : 0ns));
        };
        if (!forgettable())
        {
            continue;
        }
        settle(now, pool_[slot]);
        if (forgettable())
        {
            reclaim(slot);
        }
    }
}

} // namespace sipsim::nat
