#include "model/dns/target_lists.h"

#include <algorithm>
#include <bit>

namespace sipsim::dns
{

std::uint64_t
TargetLists::hash_of(const Targets& targets)
{
    std::uint64_t hash = targets.size();
    for (const Target& target : targets)
    {
        const std::uint64_t endpoint =
            (std::uint64_t{static_cast<std::uint32_t>(target.endpoint.host)} << 32U) |
            (std::uint64_t{target.endpoint.port} << 16U) | target.weight;
        const std::uint64_t rank =
            (std::uint64_t{target.priority} << 8U) | static_cast<std::uint64_t>(target.transport);
        // Multipliers of splitmix64's finaliser.
        hash = (hash ^ endpoint) * 0xBF58'476D'1CE4'E5B9U;
        hash = (std::rotl(hash, 32) ^ rank) * 0x94D0'49BB'1331'11EBU;
    }
    return hash;
}

ListId
TargetLists::take(const Targets& targets)
{
    const std::uint64_t hash = hash_of(targets);
    const auto [first, last] = numbers_.equal_range(hash);
    for (auto entry = first; entry != last; ++entry)
    {
        List& list = *lists_[entry->second];
        if (std::ranges::equal(list.targets, targets))
        {
            ++list.holders;
            return ListId{entry->second + 1};
        }
    }
    if (free_.empty())
    {
        free_.push_back(static_cast<std::uint32_t>(lists_.size()));
        lists_.push_back(std::make_unique<List>());
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    *lists_[number] = {targets, 1};
    numbers_.emplace(hash, number);
    return ListId{number + 1};
}

void
TargetLists::give_back(ListId id)
{
    if (id == ListId{})
    {
        return;
    }
    const std::uint32_t number = static_cast<std::uint32_t>(id) - 1;
    if (--lists_[number]->holders > 0)
    {
        return;
    }
    const auto [first, last] = numbers_.equal_range(hash_of(lists_[number]->targets));
    for (auto entry = first; entry != last; ++entry)
    {
        if (entry->second == number)
        {
            numbers_.erase(entry);
            break;
        }
    }
    free_.push_back(number);
}

} // namespace sipsim::dns
