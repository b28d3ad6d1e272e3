#pragma once

// Models : nothing: records that are taken and given back very often.
// Drives : the engine keeps datagrams in flight and messages in it.
// Keeps  : a record never moves; the one given back last is taken first, so that few records stay in
//          the processor's caches; once grown, nothing is allocated.
// Leaves : the content of a record taken: it is what it was.

#include "model/base/arena.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sipsim::fleet
{

inline constexpr std::uint32_t kNoRecord = UINT32_MAX;

template <class T, std::uint32_t kChunk = 1024>
class Pool
{
  public:
    std::uint32_t take()
    {
        if (!free_.empty())
        {
            const std::uint32_t record = free_.back();
            free_.pop_back();
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
        free_.push_back(record);
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
        return used_ - static_cast<std::uint32_t>(free_.size());
    }

    [[nodiscard]] std::size_t octets() const
    {
        return arena_.octets() + free_.capacity() * sizeof(std::uint32_t);
    }

  private:
    Arena arena_;
    std::vector<T*> chunks_;
    std::vector<std::uint32_t> free_;
    std::uint32_t used_ = 0;
};

} // namespace sipsim::fleet
