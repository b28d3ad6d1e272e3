#pragma once

// Models : nothing: the rows of accounts, each with what else an event of its account looks at.
// Drives : the engine, and LocatingDevices what is beside rows.
// Keeps  : a row fills a line of the cache; what is beside it follows in the next ones, mostly in the same
//          page, as with a million accounts it is the pages that cost time. 64 octets per account, 192 where
//          some fleet locates its servers.
// Leaves : what is in them.

#include "model/base/arena.h"
#include "model/base/prefetch.h"
#include "model/dns/finder.h"
#include "model/registration/user_agent.h"
#include "model/world/layout.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

namespace sipsim::fleet
{

struct alignas(kCacheLine) Row : registration::UserAgent
{
    /// ServerWalk::again() of the present request, modulo 32: no response is as late as that.
    [[nodiscard]] std::uint8_t again() const
    {
        return (request_number() >> 48U) & 31U;
    }
};

static_assert(sizeof(Row) == kCacheLine);

/// What an account of a located fleet knows of its servers.
struct alignas(kCacheLine) Located
{
    dns::Finder finder; // of the device, if the account is its first
    dns::Failover failover;
};

static_assert(sizeof(Located) == 2 * kCacheLine);

class Rows
{
  public:
    /// In their initial state.
    Rows(std::uint32_t accounts, bool located)
        : stride_(1 + (located ? sizeof(Located) / kCacheLine : 0)),
          lines_(accounts * stride_)
    {
        for (std::size_t i = 0; i < lines_.size(); i += stride_)
        {
            std::construct_at(reinterpret_cast<Row*>(&lines_[i]));
            if (located)
            {
                std::construct_at(reinterpret_cast<Located*>(&lines_[i + 1]));
            }
        }
    }

    [[nodiscard]] Row& operator[](world::AccountIndex account)
    {
        return *std::launder(reinterpret_cast<Row*>(&lines_[account * stride_]));
    }

    [[nodiscard]] const Row& operator[](world::AccountIndex account) const
    {
        return *std::launder(reinterpret_cast<const Row*>(&lines_[account * stride_]));
    }

    /// There is a Located beside each row.
    [[nodiscard]] bool located() const
    {
        return stride_ > 1;
    }

    /// Precondition: located().
    [[nodiscard]] Located& beside(world::AccountIndex account)
    {
        return *std::launder(reinterpret_cast<Located*>(&lines_[account * stride_ + 1]));
    }

    /// The account is asked about soon: into the caches with it.
    void fetch(world::AccountIndex account) const
    {
        for (std::size_t line = 0; line < stride_; ++line)
        {
            prefetch(&lines_[account * stride_ + line]);
        }
    }

    /// Memory held.
    [[nodiscard]] std::size_t octets() const
    {
        return lines_.capacity() * sizeof(Line);
    }

  private:
    struct alignas(kCacheLine) Line
    {
        std::array<std::byte, kCacheLine> octets;
    };

    static_assert(std::is_trivially_destructible_v<Row> &&
                  std::is_trivially_destructible_v<Located>);

    std::size_t stride_; // lines per account
    LargeVector<Line> lines_;
};

} // namespace sipsim::fleet
