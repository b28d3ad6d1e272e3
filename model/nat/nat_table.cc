#include "model/nat/nat_table.h"

#include "model/nat/nat_keys.h"

#include <algorithm>

namespace sipsim::nat
{

namespace
{

// What is not translated has one "mapping" per inner endpoint, whatever the options say.
NatOptions
effective(NatOptions options)
{
    if (!options.translates)
    {
        options.mapping = Dependence::kEndpointIndependent;
    }
    return options;
}

bool
remembers(const NatOptions& options)
{
    return !options.blocks_udp &&
           (options.translates || options.filtering != Dependence::kEndpointIndependent);
}

// Of so many mappings those that are not the first of their box.
std::uint32_t
hashed(std::uint32_t boxes, std::uint32_t expected)
{
    return expected > boxes ? expected - boxes : 0;
}

} // namespace

NatTable::NatTable(const NatOptions& options,
                   std::uint64_t seed,
                   std::uint32_t first_key,
                   std::uint32_t boxes,
                   std::uint32_t expected)
    : options_(effective(options)),
      key_{.seed = seed, .device = first_key},
      pool_(expected),
      inner_(remembers(options) ? hashed(boxes, expected) : 0),
      outer_(remembers(options) && options.translates ? hashed(boxes, expected) : 0),
      boxes_(remembers(options) ? boxes : 0),
      limit_(remembers(options) && options.max_mappings > 0, boxes),
      blocks_(remembers(options) && options.translates ? boxes : 0, blocks_of(options))
{
}

Passage
NatTable::outbound(SimTime now, BoxIndex box, Endpoint inner, Endpoint to)
{
    if (options_.blocks_udp)
    {
        return {Barrier::kBlocked, {}};
    }
    if (stateless())
    {
        return {Barrier::kNone, inner};
    }
    const BoxIndex before_box = acting_box_;
    const Endpoint before_inner = acting_inner_;
    acting_box_ = box;
    acting_inner_ = inner;
    const std::uint32_t slot = live_mapping(now, box, inner, to);
    if (slot != kNoRecord)
    {
        refresh(now, slot, to); // RFC 4787 REQ-6: outbound refresh
        sweep(now);
        if (options_.translates)
        {
            outer_.fetch(outer_hash(box, pool_[slot].outer_port)); // for the answer
        }
    }
    acting_box_ = before_box;
    acting_inner_ = before_inner;
    if (slot == kNoRecord)
    {
        return {Barrier::kFull, {}};
    }
    return {Barrier::kNone, options_.translates ? Endpoint{{}, pool_[slot].outer_port} : inner};
}

Passage
NatTable::inbound(SimTime now, BoxIndex box, Endpoint to, Endpoint from)
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
    if (verdict.barrier != Barrier::kNone)
    {
        return {verdict.barrier, {}};
    }
    if (options_.timeout_unreplied && !pool_[verdict.mapping].has(Record::kStream))
    {
        // Which traffic came before the reply decides about the timeout.
        settle(now, pool_[verdict.mapping]);
    }
    if (options_.refresh_inbound)
    {
        refresh(now, verdict.mapping, from);
    }
    // Linux, nf_conntrack_in(): the reply is noted after its own timeout has been set.
    pool_[verdict.mapping].set(Record::kReplied);
    const Endpoint inner = pool_[verdict.mapping].inner();
    sweep(now);
    return {Barrier::kNone, inner};
}

Hairpin
NatTable::hairpin(SimTime now, BoxIndex box, Endpoint inner, Endpoint outer)
{
    if (options_.blocks_udp)
    {
        return {Barrier::kBlocked, 0, {}};
    }
    if (!options_.hairpin || !options_.translates)
    {
        return {Barrier::kNoHairpin, 0, {}};
    }
    const Passage out = outbound(now, box, inner, outer);
    if (!out.passed())
    {
        return {out.barrier, 0, {}};
    }
    // RFC 4787 REQ-9 a: it arrives from the external address and port of its sender.
    const Passage in = inbound(now, box, outer, {outer.host, out.endpoint.port});
    return {in.barrier, out.endpoint.port, in.endpoint};
}

// Between two calls only time passes, so the mapping either lives through all of them or dies before
// each: it is at least as old before each later call, and no timeout is less than the first one.
void
NatTable::outbound_every(SimTime first,
                         SimDuration interval,
                         SimTime last,
                         BoxIndex box,
                         Endpoint inner,
                         Endpoint to)
{
    if (last < first || options_.blocks_udp || stateless())
    {
        return;
    }
    const SimTime end = first + ((last - first) / interval) * interval;
    SimTime at = first;
    while (!outbound(at, box, inner, to).passed())
    {
        if (at == end)
        {
            return;
        }
        at += interval;
    }
    if (at == end)
    {
        return;
    }
    const std::uint32_t slot = find_mapping(box, inner, to);
    if (at + interval < pool_[slot].until)
    {
        refresh(end, slot, to);
        return;
    }
    const auto between = static_cast<std::uint64_t>((end - at) / interval) - 1;
    skip_ports(box, between);
    outbound(end, box, inner, to);
}

void
NatTable::reboot(BoxIndex box)
{
    if (boxes_.empty())
    {
        return;
    }
    BoxState& state = boxes_[box];
    if (state.first != kNoRecord)
    {
        reclaim(state.first);
    }
    if (state.generation == UINT8_MAX)
    {
        // Its number comes round: nothing of an earlier life may be taken for present.
        for (std::uint32_t slot = 0; slot < pool_.end(); ++slot)
        {
            if (pool_[slot].box == box)
            {
                reclaim(slot);
            }
        }
    }
    state.generation = static_cast<std::uint8_t>(state.generation + 1U);
    if (options_.ports == PortAssignment::kContiguous)
    {
        state.number = 0;
    }
    limit_.reboot(box);
    blocks_.reboot(box);
    searched_.erase(box);
    exhausted_.erase(box);
}

std::size_t
NatTable::octets() const
{
    return pool_.octets() + destinations_.octets() + ages_.capacity() * sizeof(std::uint32_t) +
           inner_.octets() + outer_.octets() + boxes_.capacity() * sizeof(BoxState) +
           limit_.octets() + blocks_.octets();
}

std::uint32_t
NatTable::longest_chain() const
{
    return std::max(inner_.longest(pool_), outer_.longest(pool_));
}

} // namespace sipsim::nat
