#pragma once

// Models : nothing: a hint to the processor.
// Drives : the tables of very many records, when one of them is wanted soon.
// Keeps  : the hint is given. GCC 12 takes a function that does nothing but __builtin_prefetch() for one
//          without any effect and drops the calls of it; the empty asm tells it otherwise.
// Leaves : when "soon" is (the fleet engine): early enough for a look into memory, late enough that the
//          caches still have it.

#include <cstddef>

namespace sipsim
{

/// Octets.
inline constexpr std::size_t kCacheLine = 64;

/// What lies at `address` is wanted soon: into the caches with it.
inline void
prefetch(const void* address)
{
    __builtin_prefetch(address);
    asm volatile("");
}

/// The same of a record that may lie across two lines of the cache (of three, the middle one is left).
template <class T>
void
prefetch_record(const T& record)
{
    const auto* first = reinterpret_cast<const char*>(&record);
    prefetch(first);
    if constexpr (sizeof(T) > 1)
    {
        prefetch(first + sizeof(T) - 1);
    }
}

/// The same of the first octets of a large record.
template <class T>
void
prefetch_first(const T& record, std::size_t octets)
{
    for (std::size_t i = 0; i < octets; i += kCacheLine)
    {
        prefetch(reinterpret_cast<const char*>(&record) + i);
    }
}

} // namespace sipsim
