#pragma once

// Models : nothing: memory for tables of very many small records.
// Drives : tables of the registrar and of the fleet take arrays from one and never give them back.
// Keeps  : an array never moves; what is large lies on huge pages where the system has any, since random
//          access to a million records otherwise misses the processor's address cache each time; small
//          tables take little.
// Leaves : which records are in use (the tables).

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

namespace sipsim
{

inline constexpr std::size_t kHugePage = std::size_t{2} << 20U; // of x86-64 and of arm64 with 4 KiB

/// Memory for `octets`, of huge pages if it fills any; nullptr if there is none. For std::free().
[[nodiscard]] inline void*
large_memory(std::size_t octets)
{
    constexpr std::size_t kLine = 64;
    const std::size_t unit = octets >= kHugePage ? kHugePage : kLine;
    const std::size_t size = (octets + unit - 1) / unit * unit;
    void* memory = std::aligned_alloc(unit, size);
    if (memory != nullptr && unit == kHugePage)
    {
        static_cast<void>(madvise(memory, size, MADV_HUGEPAGE)); // if it cannot be, it is as before
    }
    return memory;
}

/// For a std::vector that is sized once and large.
template <class T>
struct LargeAllocator
{
    using value_type = T;

    LargeAllocator() = default;

    template <class U>
    explicit LargeAllocator(const LargeAllocator<U>&)
    {
    }

    T* allocate(std::size_t n)
    {
        void* memory = large_memory(n * sizeof(T));
        if (memory == nullptr)
        {
            throw std::bad_alloc();
        }
        return static_cast<T*>(memory);
    }

    void deallocate(T* memory, std::size_t)
    {
        std::free(memory);
    }

    friend bool operator==(const LargeAllocator&, const LargeAllocator&)
    {
        return true;
    }
};

template <class T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

class Arena
{
  public:
    /// `n` records in their initial state.
    template <class T>
    T* array(std::size_t n)
    {
        static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kLine);
        auto* first = static_cast<T*>(take(n * sizeof(T)));
        std::uninitialized_value_construct_n(first, n);
        return first;
    }

    /// All arrays are gone.
    void clear()
    {
        *this = {};
    }

    /// Taken so far.
    [[nodiscard]] std::size_t octets() const
    {
        return octets_;
    }

  private:
    static constexpr std::size_t kLine = 64;
    static constexpr std::size_t kFirstBlock = std::size_t{64} << 10U;

    struct Free
    {
        void operator()(void* memory) const
        {
            std::free(memory);
        }
    };

    void* take(std::size_t octets)
    {
        octets = (octets + kLine - 1) / kLine * kLine;
        if (octets > left_)
        {
            left_ = std::max(next_block_, octets);
            next_block_ = std::min(2 * next_block_, kHugePage);
            blocks_.emplace_back(large_memory(left_));
            at_ = static_cast<std::byte*>(blocks_.back().get());
            if (at_ == nullptr)
            {
                throw std::bad_alloc();
            }
        }
        void* array = at_;
        at_ += octets;
        left_ -= octets;
        octets_ += octets;
        return array;
    }

    std::vector<std::unique_ptr<void, Free>> blocks_;
    std::byte* at_ = nullptr;
    std::size_t left_ = 0;
    std::size_t next_block_ = kFirstBlock;
    std::size_t octets_ = 0;
};

} // namespace sipsim
