#pragma once

// Models : located lists as shared values: a fleet's devices hold few distinct ones, each in some order.
// Drives : Finder keeps the number of its list; the list is read where a request chooses its server.
// Keeps  : one entry per content while anybody holds it; what nobody holds is used again, so there are
//          never more entries than holders; no allocation for a content held already.
// Leaves : until when a list may be used (Finder).

#include "model/dns/location.h"

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace sipsim::dns
{

/// 0: no list.
enum class ListId : std::uint32_t
{
};

class TargetLists
{
  public:
    /// The caller holds it from now on.
    [[nodiscard]] ListId take(const Targets& targets);
    /// Somebody no longer holds it; nothing for 0.
    void give_back(ListId id);

    /// Valid until the last holder gives it back. Precondition: not 0.
    [[nodiscard]] std::span<const Target> operator[](ListId id) const
    {
        const Targets& targets = lists_[static_cast<std::uint32_t>(id) - 1]->targets;
        return {targets.begin(), targets.end()};
    }

    /// Distinct lists held.
    [[nodiscard]] std::size_t size() const
    {
        return numbers_.size();
    }

  private:
    struct List
    {
        Targets targets;
        std::uint32_t holders = 0;
    };

    [[nodiscard]] static std::uint64_t hash_of(const Targets& targets);

    std::vector<std::unique_ptr<List>> lists_; // never move
    std::vector<std::uint32_t> free_;
    std::unordered_multimap<std::uint64_t, std::uint32_t> numbers_; // by hash, of those held
};

} // namespace sipsim::dns
