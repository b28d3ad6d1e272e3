#pragma once

// Models : an instant per account, of few accounts at a time.
// Drives : Collector notes since when an attempt is under way.
// Keeps  : O(1); memory for groups of accounts of which any has one, and 4 octets per group; once grown,
//          nothing is allocated.
// Leaves : what the instants mean.

#include "model/base/arena.h"
#include "model/base/time.h"

#include <array>
#include <cstdint>
#include <vector>

namespace sipsim::world
{

class SparseInstants
{
  public:
    explicit SparseInstants(std::uint32_t accounts)
        : group_(accounts / kGroup + 1, kNone)
    {
    }

    /// `at` is not kNever.
    void set(std::uint32_t account, SimTime at)
    {
        std::uint32_t& group = group_[account / kGroup];
        if (group == kNone)
        {
            group = take();
        }
        SimTime& place = groups_[group]->at[account % kGroup];
        groups_[group]->used += place == kNever ? 1 : 0;
        place = at;
    }

    /// The account's instant, which it has no longer; kNever: it had none.
    [[nodiscard]] SimTime take(std::uint32_t account)
    {
        std::uint32_t& group = group_[account / kGroup];
        if (group == kNone)
        {
            return kNever;
        }
        SimTime& place = groups_[group]->at[account % kGroup];
        const SimTime at = place;
        place = kNever;
        groups_[group]->used -= at == kNever ? 0 : 1;
        if (groups_[group]->used == 0)
        {
            free_.push_back(group);
            group = kNone;
        }
        return at;
    }

  private:
    static constexpr std::uint32_t kGroup = 32;
    static constexpr std::uint32_t kNone = UINT32_MAX;

    struct Group
    {
        Group()
        {
            at.fill(kNever);
        }

        std::array<SimTime, kGroup> at;
        std::uint32_t used = 0;
    };

    std::uint32_t take()
    {
        if (free_.empty())
        {
            free_.push_back(static_cast<std::uint32_t>(groups_.size()));
            groups_.push_back(arena_.array<Group>(1));
        }
        const std::uint32_t group = free_.back();
        free_.pop_back();
        return group;
    }

    Arena arena_;
    std::vector<std::uint32_t> group_; // by account / kGroup
    std::vector<Group*> groups_;
    std::vector<std::uint32_t> free_;
};

} // namespace sipsim::world
