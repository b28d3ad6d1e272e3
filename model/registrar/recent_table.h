#pragma once

// Models : nothing of SIP: records by key that are worth keeping only for a while.
// Drives : Admission.
// Keeps  : finding, taking and giving back cost O(1); each sweep() looks at two records, so that the dead
//          ones go without a timer each; never more than the given number of records.
// Leaves : what a record is and when it is dead (the caller's).

#include "model/base/mix.h"
#include "model/registrar/slots.h"

#include <algorithm>
#include <cstdint>

namespace sipsim::registrar
{

/// T has `std::uint64_t key`, `std::uint32_t next` (SlotPool) and `bool used`.
template <class T>
class RecentTable
{
  public:
    [[nodiscard]] std::uint32_t find(std::uint64_t key) const
    {
        return index_.find(mix(key), [&](std::uint32_t slot) { return pool_[slot].key == key; });
    }

    /// A new record. Precondition: there is none of that key. With `most` records one goes: the one the
    /// sweep would look at next.
    std::uint32_t take(std::uint64_t key, std::uint32_t most)
    {
        while (index_.size() >= most)
        {
            if (pool_[hand_].used)
            {
                give_back(hand_);
            }
            advance();
        }
        const std::uint32_t slot = pool_.take();
        pool_[slot].key = key;
        pool_[slot].used = true;
        index_.insert(mix(key), slot, [this](std::uint32_t i) { return mix(pool_[i].key); });
        return slot;
    }

    void give_back(std::uint32_t slot)
    {
        index_.erase(mix(pool_[slot].key), slot, [this](std::uint32_t i) {
            return mix(pool_[i].key);
        });
        pool_.give_back(slot);
    }

    T& operator[](std::uint32_t slot)
    {
        return pool_[slot];
    }

    const T& operator[](std::uint32_t slot) const
    {
        return pool_[slot];
    }

    template <class IsDead>
    void sweep(const IsDead& is_dead)
    {
        constexpr std::uint32_t kLook = 2;
        for (std::uint32_t i = 0; i < std::min(kLook, pool_.end()); ++i)
        {
            if (pool_[hand_].used && is_dead(pool_[hand_]))
            {
                give_back(hand_);
            }
            advance();
        }
    }

    [[nodiscard]] std::size_t size() const
    {
        return index_.size();
    }

    void clear()
    {
        pool_.clear();
        index_.clear();
        hand_ = 0;
    }

  private:
    void advance()
    {
        hand_ = hand_ + 1 < pool_.end() ? hand_ + 1 : 0;
    }

    SlotPool<T> pool_;
    SlotIndex index_;
    std::uint32_t hand_ = 0; // of the sweep
};

} // namespace sipsim::registrar
