#pragma once

// Models : a vector of at most N elements that never allocates.
// Drives : cores return Outputs in one; messages hold their headers in some.
// Keeps  : size() <= N; only the elements in use are made, copied and compared: a vector costs what is
//          in it, which for messages is a tenth of their room.
// Leaves : insertion in the middle, iterators that survive a push.

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace sipsim
{

template <class T, std::size_t N>
class FixedVector
{
    // So elements need no end: they are forgotten or written over.
    static_assert(std::is_trivially_destructible_v<T>);

  public:
    constexpr FixedVector() noexcept
    {
    }

    constexpr FixedVector(const FixedVector& other)
    {
        copy(other);
    }

    constexpr FixedVector& operator=(const FixedVector& other)
    {
        if (this != &other)
        {
            copy(other);
        }
        return *this;
    }

    /// False, and nothing stored, when full: the caller decides what a full vector means.
    bool push(T item)
    {
        if (size_ == N)
        {
            return false;
        }
        std::construct_at(&items_[size_++], std::move(item));
        return true;
    }

    /// A new last element, made of `arguments` where it stands; nullptr, and nothing done, when full.
    template <class... Arguments>
    T* emplace(Arguments&&... arguments)
    {
        return size_ == N
                   ? nullptr
                   : std::construct_at(&items_[size_++], std::forward<Arguments>(arguments)...);
    }

    void clear()
    {
        size_ = 0;
    }

    void pop_back()
    {
        assert(size_ > 0);
        --size_;
    }

    [[nodiscard]] std::size_t size() const
    {
        return size_;
    }

    [[nodiscard]] bool empty() const
    {
        return size_ == 0;
    }

    [[nodiscard]] static constexpr std::size_t capacity()
    {
        return N;
    }

    T& operator[](std::size_t i)
    {
        assert(i < size_);
        return items_[i];
    }

    const T& operator[](std::size_t i) const
    {
        assert(i < size_);
        return items_[i];
    }

    T& back()
    {
        assert(size_ > 0);
        return items_[size_ - 1];
    }

    const T& back() const
    {
        assert(size_ > 0);
        return items_[size_ - 1];
    }

    T* begin()
    {
        return items_.data();
    }

    T* end()
    {
        return items_.data() + size_;
    }

    const T* begin() const
    {
        return items_.data();
    }

    const T* end() const
    {
        return items_.data() + size_;
    }

    friend bool operator==(const FixedVector& a, const FixedVector& b)
    {
        if (a.size_ != b.size_)
        {
            return false;
        }
        for (std::size_t i = 0; i < a.size_; ++i)
        {
            if (!(a.items_[i] == b.items_[i]))
            {
                return false;
            }
        }
        return true;
    }

  private:
    constexpr void copy(const FixedVector& other)
    {
        size_ = other.size_;
        for (std::size_t i = 0; i < size_; ++i)
        {
            std::construct_at(&items_[i], other.items_[i]);
        }
    }

    std::size_t size_ = 0;

    union {
        std::array<T, N> items_; // the first size_ of them live
    };
};

} // namespace sipsim
