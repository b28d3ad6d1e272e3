#pragma once

// Models : nothing: records that are taken and given back very often.
// Drives : the engine keeps datagrams in flight and messages in it.
// Keeps  : a record never moves; the one given back last is taken first, so that few records stay in
//          the processor's caches; once grown, nothing is allocated.
// Leaves : the content of a record taken: the taker writes all of it.

#include "model/base/arena.h"
#include "model/base/prefetch.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace sipsim::fleet
{

inline constexpr std::uint32_t kNoRecord = UINT32_MAX;

template <class T, std::uint32_t kChunk = 1024>
class Pool
{
    static_assert(sizeof(T) >= sizeof(std::uint32_t) && std::is_trivially_destructible_v<T>);

  public:
    std::uint32_t take()
    {
        ++in_use_;
        if (free_ != kNoRecord)
        {
            const std::uint32_t record = free_;
            std::memcpy(&free_, static_cast<const void*>(&(*this)[record]), sizeof(free_));
            if (free_ != kNoRecord) // it has been out of use for long, and is likely to be next
            {
                prefetch_record((*this)[free_]);
            }
            return record;
        }
        if (used_ == chunks_.size() * kChunk)
        {
            chunks_.push_back(arena_.array<T>(kChunk));
        }
        return used_++;
    }

    void give_back(std::uint32_t record)
    {
        --in_use_;
        // The list of free records is kept in them.
        std::memcpy(static_cast<void*>(&(*this)[record]), &free_, sizeof(free_));
        free_ = record;
    }

    T& operator[](std::uint32_t record)
    {
        return chunks_[record / kChunk][record % kChunk];
    }

    const T& operator[](std::uint32_t record) const
    {
        return chunks_[record / kChunk][record % kChunk];
    }

    [[nodiscard]] std::uint32_t in_use() const
    {
        return in_use_;
    }

    [[nodiscard]] std::size_t octets() const
    {
        return arena_.octets() + chunks_.capacity() * sizeof(T*);
    }

  private:
    Arena arena_;
    std::vector<T*> chunks_;
    std::uint32_t free_ = kNoRecord;
    std::uint32_t used_ = 0;
    std::uint32_t in_use_ = 0;
};

} // namespace sipsim::fleet
