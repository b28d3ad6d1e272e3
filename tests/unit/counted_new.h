#pragma once

// Models : every operator new of an executable, counted.
// Drives : tests of what allocates nothing; included by one source of a test executable.
// Keeps  : `allocations` never falls.
// Leaves : aligned forms, which nothing here uses.

#include <atomic>
#include <cstdlib>
#include <new>

namespace
{

std::atomic<std::size_t> allocations{0};

void*
counted(std::size_t octets)
{
    ++allocations;
    void* place = std::malloc(octets == 0 ? 1 : octets);
    if (place == nullptr)
    {
        throw std::bad_alloc{};
    }
    return place;
}

} // namespace

void*
operator new(std::size_t octets)
{
    return counted(octets);
}

void*
operator new[](std::size_t octets)
{
    return counted(octets);
}

// Of temporary buffers, as std::stable_sort takes them.
void*
operator new(std::size_t octets, const std::nothrow_t&) noexcept
{
    ++allocations;
    return std::malloc(octets == 0 ? 1 : octets);
}

void*
operator new[](std::size_t octets, const std::nothrow_t& nothrow) noexcept
{
    return operator new(octets, nothrow);
}

void
operator delete(void* place) noexcept
{
    std::free(place);
}

void
operator delete[](void* place) noexcept
{
    std::free(place);
}

void
operator delete(void* place, std::size_t) noexcept
{
    std::free(place);
}

void
operator delete[](void* place, std::size_t) noexcept
{
    std::free(place);
}
