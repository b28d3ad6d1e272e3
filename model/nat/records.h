#pragma once

// Models : nothing of NATs: storage for very many small records, each found by one or two keys.
// Drives : NatTable.
// Keeps  : a record never moves; one given back is the next one taken; chains hold one record on
//          average, whatever their number; once grown, nothing is allocated.
// Leaves : what records and keys mean: the caller gives hashes and comparisons.

#include "model/base/arena.h"
#include "model/base/prefetch.h"
#include "model/base/time.h"
#include "model/sip/ids.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sipsim::nat
{

inline constexpr std::uint32_t kNoRecord = UINT32_MAX;

/// A mapping with the destination of its last traffic, or a further destination of a mapping.
struct Record
{
    SimTime until{};                      // it lives before this instant
    std::uint32_t next_inner = kNoRecord; // the inner chain; the list of free records
    std::uint32_t next_outer = kNoRecord; // the outer chain
    std::uint32_t box = kNoRecord;        // kNoRecord: this record is free
    sip::Host inner_host{};
    std::uint16_t inner_port = 0;
    std::uint16_t outer_port = 0;
    std::uint16_t dest = 0;      // Destinations
    std::uint8_t generation = 0; // of the box
    std::uint8_t flags = 0;

    enum Flag : std::uint8_t
    {
        kFurther = 0,
        kMapping = 1, // else a further destination
        kOuter = 2,   // is found by its outer port
        kReplied = 4, // conntrack: a reply has come
        kStream = 8,  // conntrack: the longer timeout holds
        kFirst = 16,  // the box itself knows it; stands in no chain
    };

    [[nodiscard]] bool has(Flag flag) const
    {
        return (flags & flag) != 0;
    }

    void set(Flag flag)
    {
        flags = static_cast<std::uint8_t>(flags | flag);
    }

    void unset(Flag flag)
    {
        flags = static_cast<std::uint8_t>(flags & ~flag);
    }

    [[nodiscard]] sip::Endpoint inner() const
    {
        return {inner_host, inner_port};
    }
};

static_assert(sizeof(Record) == 32);

class RecordPool
{
  public:
    /// Grows in steps that suit about `expected` records.
    explicit RecordPool(std::uint32_t expected)
        : shift_(std::clamp(static_cast<unsigned>(std::bit_width(expected / 16)), 7U, 16U))
    {
    }

    /// A record in its initial state.
    std::uint32_t take()
    {
        if (free_ != kNoRecord)
        {
            const std::uint32_t slot = free_;
            free_ = (*this)[slot].next_inner;
            (*this)[slot].next_inner = kNoRecord;
            --free_count_;
            return slot;
        }
        if (used_ == chunks_.size() << shift_)
        {
            chunks_.push_back(arena_.array<Record>(std::size_t{1} << shift_));
        }
        return used_++;
    }

    void give_back(std::uint32_t slot)
    {
        (*this)[slot] = Record{};
        (*this)[slot].next_inner = free_;
        free_ = slot;
        ++free_count_;
    }

    Record& operator[](std::uint32_t slot)
    {
        return chunks_[slot >> shift_][slot & ((1U << shift_) - 1U)];
    }

    const Record& operator[](std::uint32_t slot) const
    {
        return chunks_[slot >> shift_][slot & ((1U << shift_) - 1U)];
    }

    /// Every record has a number below this; free ones are among them.
    [[nodiscard]] std::uint32_t end() const
    {
        return used_;
    }

    [[nodiscard]] std::uint32_t in_use() const
    {
        return used_ - free_count_;
    }

    [[nodiscard]] std::size_t octets() const
    {
        return arena_.octets();
    }

  private:
    unsigned shift_;
    Arena arena_;
    std::vector<Record*> chunks_;
    std::uint32_t used_ = 0;
    std::uint32_t free_ = kNoRecord;
    std::uint32_t free_count_ = 0;
};

/// Chained hash table over the records of a pool; `next` is the member that links a chain.
template <std::uint32_t Record::*next>
class ChainIndex
{
  public:
    /// `records` are provided for without growing; at least 1.
    explicit ChainIndex(std::uint32_t records)
        : heads_(records == 0 ? 1 : records, kNoRecord)
    {
    }

    /// For a first() or find() to come.
    void fetch(std::uint64_t hash) const
    {
        prefetch(&heads_[place(hash)]);
    }

    /// The first record of the chain of `hash`, or kNoRecord.
    [[nodiscard]] std::uint32_t first(std::uint64_t hash) const
    {
        return heads_[place(hash)];
    }

    /// The first record for which `is(slot)` in the chain of `hash`, or kNoRecord.
    template <class Is>
    [[nodiscard]] std::uint32_t find(const RecordPool& pool, std::uint64_t hash, const Is& is) const
    {
        std::uint32_t slot = heads_[place(hash)];
        while (slot != kNoRecord && !is(slot))
        {
            slot = pool[slot].*next;
        }
        return slot;
    }

    template <class HashOf>
    void insert(RecordPool& pool, std::uint64_t hash, std::uint32_t slot, const HashOf& hash_of)
    {
        if (size_ == heads_.size())
        {
            grow(pool, hash_of);
        }
        push(pool, hash, slot);
        ++size_;
    }

    /// Precondition: `slot` is in the chain of `hash`.
    void erase(RecordPool& pool, std::uint64_t hash, std::uint32_t slot)
    {
        std::uint32_t* link = &heads_[place(hash)];
        while (*link != slot)
        {
            link = &(pool[*link].*next);
        }
        *link = pool[slot].*next;
        pool[slot].*next = kNoRecord;
        --size_;
    }

    /// Of all chains, the greatest length; O(n), for tests.
    [[nodiscard]] std::uint32_t longest(const RecordPool& pool) const
    {
        std::uint32_t most = 0;
        for (std::uint32_t slot : heads_)
        {
            std::uint32_t length = 0;
            for (; slot != kNoRecord; slot = pool[slot].*next)
            {
                ++length;
            }
            most = length > most ? length : most;
        }
        return most;
    }

    [[nodiscard]] std::size_t octets() const
    {
        return heads_.capacity() * sizeof(std::uint32_t);
    }

  private:
    // Any number of chains does: the upper half of the hash, scaled (Lemire, ACM TOMACS 2019).
    [[nodiscard]] std::size_t place(std::uint64_t hash) const
    {
        return ((hash >> 32U) * heads_.size()) >> 32U;
    }

    void push(RecordPool& pool, std::uint64_t hash, std::uint32_t slot)
    {
        std::uint32_t& head = heads_[place(hash)];
        pool[slot].*next = head;
        head = slot;
    }

    template <class HashOf>
    void grow(RecordPool& pool, const HashOf& hash_of)
    {
        LargeVector<std::uint32_t> old(heads_.size() * 2, kNoRecord);
        old.swap(heads_);
        for (std::uint32_t slot : old)
        {
            while (slot != kNoRecord)
            {
                const std::uint32_t after = pool[slot].*next;
                push(pool, hash_of(slot), slot);
                slot = after;
            }
        }
    }

    LargeVector<std::uint32_t> heads_;
    std::size_t size_ = 0;
};

} // namespace sipsim::nat
