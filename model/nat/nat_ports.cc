// Which outer port a mapping gets (RFC 4787 §4.2).

#include "model/nat/nat_keys.h"
#include "model/nat/nat_table.h"

#include <algorithm>

namespace sipsim::nat
{

namespace
{

constexpr std::uint32_t kLongSearch = 16; // ports; where more were tried, it is remembered

/// Ports that are given.
std::uint32_t
size_of(const NatOptions& options)
{
    return options.block_ports == 0 ? ports_of(options) : blocks_of(options) * options.block_ports;
}

} // namespace

// Where the search for a free port begins, counted from first_port.
std::uint32_t
NatTable::first_candidate(BoxIndex box, std::uint16_t inner_port) const
{
    switch (options_.ports)
    {
    case PortAssignment::kPreserve:
        // Model choice: an inner port outside of the range counts as its first.
        return inner_port >= options_.first_port &&
                       inner_port < options_.first_port + size_of(options_)
                   ? std::uint32_t{inner_port} - options_.first_port
                   : 0;
    case PortAssignment::kContiguous:
        return boxes_[box].number;
    case PortAssignment::kRandom:
        break;
    }
    // After 2^24 mappings of one box its draws repeat.
    const DrawKey key{key_.seed, key_.device + box, key_.account};
    const std::uint64_t bits = draw_bits(key, Purpose::kNatPort, boxes_[box].number) >> 32U;
    return static_cast<std::uint32_t>((bits * size_of(options_)) >> 32U);
}

std::uint32_t
NatTable::block_of(std::uint16_t port) const
{
    return (std::uint32_t{port} - options_.first_port) / options_.block_ports;
}

// Nothing in the block lives. Its subscriber may owe keepalives: they are told first.
bool
NatTable::block_is_free(SimTime now, BoxIndex box, std::uint32_t block)
{
    if (now < blocks_.at(box, block).until)
    {
        return false;
    }
    const std::uint32_t begin = options_.first_port + block * options_.block_ports;
    const auto tell = [&](std::uint32_t slot, std::uint32_t port) {
        const Record& record = pool_[slot];
        if (record.box == box && record.outer_port == port && record.has(Record::kOuter) &&
            current(record))
        {
            settle(now, record);
        }
    };
    for (std::uint32_t port = begin; settle_ && port < begin + options_.block_ports; ++port)
    {
        if (boxes_[box].first != kNoRecord)
        {
            tell(boxes_[box].first, port);
        }
        for (std::uint32_t slot = outer_.first(outer_hash(box, static_cast<std::uint16_t>(port)));
             slot != kNoRecord;
             slot = pool_[slot].next_outer)
        {
            tell(slot, port);
        }
    }
    return now >= blocks_.at(box, block).until;
}

// The search in a block begins at the candidate if that lies in it, else where it would lie if the block
// began where its own does; kPreserve, outside of its block: at the first port.
std::optional<std::uint16_t>
NatTable::free_port_in(SimTime now,
                       BoxIndex box,
                       std::uint32_t block,
                       std::uint32_t candidate,
                       Endpoint to)
{
    const std::uint32_t size = options_.block_ports;
    const std::uint32_t begin = options_.first_port + block * size;
    std::uint32_t offset = candidate % size;
    if (options_.ports == PortAssignment::kContiguous)
    {
        offset = blocks_.at(box, block).next;
    }
    else if (options_.ports == PortAssignment::kPreserve && candidate / size != block)
    {
        offset = 0;
    }
    for (std::uint32_t tried = 0; tried < size; ++tried)
    {
        const auto port = static_cast<std::uint16_t>(begin + offset);
        const std::uint32_t slot = holder(box, port, to);
        if (slot != kNoRecord && now >= pool_[slot].until)
        {
            settle(now, pool_[slot]);
        }
        if (slot == kNoRecord || now >= pool_[slot].until)
        {
            return port;
        }
        offset = offset + 1 < size ? offset + 1 : 0;
    }
    return std::nullopt;
}

// Of the subscriber's own blocks the lowest with a free port; else of a new one.
std::optional<std::uint16_t>
NatTable::free_port_of_blocks(SimTime now, BoxIndex box, Endpoint inner, Endpoint to)
{
    const std::uint32_t candidate = options_.ports == PortAssignment::kContiguous
                                        ? boxes_[box].number * options_.block_ports
                                        : first_candidate(box, inner.port);
    std::uint32_t own = 0;
    for (std::uint32_t block = 0; block < blocks_.count(); ++block)
    {
        if (blocks_.at(box, block).subscriber != inner.host || block_is_free(now, box, block))
        {
            continue;
        }
        if (const auto port = free_port_in(now, box, block, candidate, to))
        {
            return port;
        }
        ++own;
    }
    if (own >= options_.max_blocks)
    {
        return std::nullopt; // RFC 6888 REQ-4
    }
    std::uint32_t block = candidate / options_.block_ports;
    for (std::uint32_t tried = 0; tried < blocks_.count(); ++tried)
    {
        if (block_is_free(now, box, block))
        {
            blocks_.take(box, block, inner.host, now);
            if (options_.ports == PortAssignment::kContiguous)
            {
                boxes_[box].number = (block + 1) % blocks_.count() & kNumberMask;
            }
            return free_port_in(now, box, block, candidate, to);
        }
        block = block + 1 < blocks_.count() ? block + 1 : 0;
    }
    return std::nullopt;
}

std::optional<std::uint16_t>
NatTable::free_port(SimTime now, BoxIndex box, Endpoint inner, Endpoint to)
{
    if (blocks_.enabled())
    {
        return free_port_of_blocks(now, box, inner, to);
    }
    if (!exhausted_.empty())
    {
        const auto known = exhausted_.find(box);
        if (known != exhausted_.end() && now < known->second)
        {
            return std::nullopt;
        }
    }
    const std::uint32_t size = size_of(options_);
    const std::uint32_t begin = first_candidate(box, inner.port);
    const Endpoint towards = shares_ports() ? masked(options_.mapping, to) : Endpoint{};
    SimTime earliest = kNever;
    std::uint32_t tried = 0;
    const auto searched = searched_.find(box);
    if (searched != searched_.end() && searched->second.begin == begin &&
        searched->second.towards == towards && now < searched->second.until)
    {
        tried = searched->second.taken;
        earliest = searched->second.until;
    }
    for (std::uint32_t candidate = (begin + tried) % size; tried < size; ++tried)
    {
        const auto port = static_cast<std::uint16_t>(options_.first_port + candidate);
        const std::uint32_t slot = holder(box, port, to);
        if (slot != kNoRecord && now >= pool_[slot].until)
        {
            settle(now, pool_[slot]);
        }
        if (slot == kNoRecord || now >= pool_[slot].until)
        {
            if (tried >= kLongSearch)
            {
                searched_[box] = {begin, tried, earliest, towards};
            }
            return port;
        }
        earliest = std::min(earliest, pool_[slot].until);
        candidate = candidate + 1 < size ? candidate + 1 : 0;
    }
    // Traffic only puts off the instant at which the first port becomes free. Where mappings share ports
    // it is full towards this destination only.
    if (!shares_ports())
    {
        exhausted_[box] = earliest;
    }
    return std::nullopt;
}

void
NatTable::take_port(std::uint32_t slot, std::uint16_t port)
{
    const BoxIndex box = pool_[slot].box;
    unlink_outer(slot);
    const std::uint32_t dead = holder(box, port, dest_of(slot));
    if (dead != kNoRecord)
    {
        unlink_outer(dead);
    }
    pool_[slot].outer_port = port;
    pool_[slot].set(Record::kOuter);
    if (!pool_[slot].has(Record::kFirst))
    {
        outer_.insert(pool_, outer_hash(box, port), slot, [this](std::uint32_t other) {
            return outer_hash(pool_[other].box, pool_[other].outer_port);
        });
    }
    BoxState& state = boxes_[box];
    if (options_.ports == PortAssignment::kContiguous && blocks_.enabled())
    {
        const std::uint32_t offset = std::uint32_t{port} - options_.first_port;
        blocks_.at(box, block_of(port)).next = (offset + 1U) % options_.block_ports;
    }
    else if (options_.ports == PortAssignment::kContiguous)
    {
        state.number =
            ((std::uint32_t{port} - options_.first_port + 1U) % size_of(options_)) & kNumberMask;
    }
    else if (options_.ports == PortAssignment::kRandom)
    {
        state.number = (state.number + 1U) & kNumberMask;
    }
    if (!exhausted_.empty())
    {
        exhausted_.erase(box);
    }
}

// As if so many mappings had been made, of which none lives.
void
NatTable::skip_ports(BoxIndex box, std::uint64_t mappings)
{
    if (!options_.translates)
    {
        return;
    }
    BoxState& state = boxes_[box];
    if (options_.ports == PortAssignment::kContiguous)
    {
        // Each mapping that died gave its block back.
        const std::uint32_t places = blocks_.enabled() ? blocks_.count() : size_of(options_);
        state.number = static_cast<std::uint32_t>((state.number + mappings) % places) & kNumberMask;
    }
    else if (options_.ports == PortAssignment::kRandom)
    {
        state.number = static_cast<std::uint32_t>(state.number + mappings) & kNumberMask;
    }
}

void
NatTable::unlink_outer(std::uint32_t slot)
{
    if (!pool_[slot].has(Record::kOuter))
    {
        return;
    }
    if (!pool_[slot].has(Record::kFirst))
    {
        outer_.erase(pool_, outer_hash(pool_[slot].box, pool_[slot].outer_port), slot);
    }
    pool_[slot].unset(Record::kOuter);
}

} // namespace sipsim::nat
