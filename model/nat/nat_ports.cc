// Which outer port a mapping gets (RFC 4787 §4.2).

#include "model/nat/nat_keys.h"
#include "model/nat/nat_table.h"

#include <algorithm>

namespace sipsim::nat
{

namespace
{

constexpr std::uint32_t kLongSearch = 16; // ports; where more were tried, it is remembered

std::uint32_t
size_of(const NatOptions& options)
{
    return std::uint32_t{options.last_port} - options.first_port + 1U;
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
        return inner_port >= options_.first_port && inner_port <= options_.last_port
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

std::optional<std::uint16_t>
NatTable::free_port(SimTime now, BoxIndex box, Endpoint inner, Endpoint to)
{
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
    if (options_.ports == PortAssignment::kContiguous)
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
        state.number =
            static_cast<std::uint32_t>((state.number + mappings) % size_of(options_)) & kNumberMask;
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
