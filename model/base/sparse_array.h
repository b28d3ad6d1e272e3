#pragma once

// Models : nothing: a record for some of very many indices.
// Drives : transactions and attempts under way, by account.
// Keeps  : O(1) without a search; memory for groups of indices of which any has a record, and 4 octets
//          per group of all; a record never moves; once grown, nothing is allocated.
// Leaves : the order of those that have one.

#include "model/base/arena.h"
#include "model/base/prefetch.h"

#include <array>
#include <cstdint>
#include <vector>

namespace sipsim
{

template <class T, std::uint32_t kGroup = 8>
class SparseArray
{
    static_assert(kGroup <= 32); // bits of Group::used

  public:
    explicit SparseArray(std::uint32_t indices)
        : group_(indices / kGroup + 1, kNone)
    {
    }

    /// The record of `index`; nullptr: it has none.
    [[nodiscard]] T* find(std::uint32_t index) const
    {
        const std::uint32_t number = group_[index / kGroup];
        if (number == kNone)
        {
            return nullptr;
        }
        Group& group = group_at(number);
        return (group.used & bit(index)) != 0 ? &group.records[index % kGroup] : nullptr;
    }

    /// That record; a new one in its initial state if it has none.
    T& take(std::uint32_t index)
    {
        std::uint32_t& number = group_[index / kGroup];
        if (number == kNone)
        {
            if (free_.empty())
            {
                add_chunk();
            }
            number = free_.back();
            free_.pop_back();
            if (!free_.empty()) // it has been out of use for long, and is likely to be next
            {
                prefetch(&group_at(free_.back()).used);
            }
        }
        Group& group = group_at(number);
        T& record = group.records[index % kGroup];
        if ((group.used & bit(index)) == 0)
        {
            group.used |= bit(index);
            record = T{};
            ++size_;
        }
        return record;
    }

    /// Precondition: it has one.
    void give_back(std::uint32_t index)
    {
        std::uint32_t& number = group_[index / kGroup];
        Group& group = group_at(number);
        group.used &= ~bit(index);
        --size_;
        if (group.used == 0)
        {
            free_.push_back(number);
            number = kNone;
        }
    }

    /// The record of `index`, which has none any more; `otherwise`: it had none.
    [[nodiscard]] T take_away(std::uint32_t index, T otherwise)
    {
        if (const T* record = find(index))
        {
            otherwise = *record;
            give_back(index);
        }
        return otherwise;
    }

    /// The index is asked about soon: into the caches with what tells whether it has a record.
    void fetch(std::uint32_t index) const
    {
        prefetch(&group_[index / kGroup]);
    }

    /// The same a while after fetch(): with its record.
    void fetch_record(std::uint32_t index) const
    {
        const std::uint32_t number = group_[index / kGroup];
        if (number != kNone)
        {
            const Group& group = group_at(number);
            prefetch_record(group.records[index % kGroup]);
            prefetch(&group.used);
        }
    }

    [[nodiscard]] std::size_t size() const
    {
        return size_;
    }

    [[nodiscard]] std::size_t octets() const
    {
        return arena_.octets() + chunks_.capacity() * sizeof(Group*) +
               (group_.capacity() + free_.capacity()) * sizeof(std::uint32_t);
    }

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    struct Group
    {
        std::array<T, kGroup> records{};
        std::uint32_t used = 0; // a bit for each
    };

    [[nodiscard]] static constexpr std::uint32_t bit(std::uint32_t index)
    {
        return 1U << (index % kGroup);
    }

    [[nodiscard]] Group& group_at(std::uint32_t number) const
    {
        return chunks_[number / kChunk][number % kChunk];
    }

    void add_chunk()
    {
        const auto first = static_cast<std::uint32_t>(chunks_.size()) * kChunk;
        chunks_.push_back(arena_.array<Group>(kChunk));
        for (std::uint32_t i = kChunk; i > 0; --i) // the first is taken first
        {
            free_.push_back(first + i - 1);
        }
    }

    static constexpr std::uint32_t kChunk = 64;

    Arena arena_;
    std::vector<std::uint32_t> group_; // by index / kGroup
    std::vector<Group*> chunks_;
    std::vector<std::uint32_t> free_;
    std::size_t size_ = 0;
};

} // namespace sipsim
