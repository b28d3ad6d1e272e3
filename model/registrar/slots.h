#pragma once

// Models : nothing of SIP: storage for very many small records, found by key.
// Drives : LocationService and RegistrarServer.
// Keeps  : a record never moves; memory grows by chunks, without the copy and the spare half of a
//          doubling vector; once grown, taking and giving back allocate next to nothing.
// Leaves : keys and equality (the caller's, given as functions of a slot number).

#include "model/base/arena.h"
#include "model/base/prefetch.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace sipsim::registrar
{

inline constexpr std::uint32_t kNoSlot = 0xFFFF'FFFFU;

/// Records of type T, which has a member `std::uint32_t next` for the list of free ones.
template <class T>
class SlotPool
{
  public:
    /// A slot in its initial state: the one freed last, else a new one.
    std::uint32_t take()
    {
        if (free_ != kNoSlot)
        {
            const std::uint32_t slot = free_;
            free_ = (*this)[slot].next;
            (*this)[slot].next = T{}.next;
            return slot;
        }
        if (used_ == chunks_.size() * kChunk)
        {
            chunks_.push_back(arena_.array<T>(kChunk));
        }
        return used_++;
    }

    void give_back(std::uint32_t slot)
    {
        (*this)[slot] = T{};
        (*this)[slot].next = free_;
        free_ = slot;
    }

    T& operator[](std::uint32_t slot)
    {
        return chunks_[slot / kChunk][slot % kChunk];
    }

    const T& operator[](std::uint32_t slot) const
    {
        return chunks_[slot / kChunk][slot % kChunk];
    }

    /// The slot is wanted soon: into the caches with it.
    void fetch(std::uint32_t slot) const
    {
        prefetch_record((*this)[slot]);
    }

    /// Slots ever taken; those given back are among them, in their initial state.
    [[nodiscard]] std::uint32_t end() const
    {
        return used_;
    }

    void clear()
    {
        chunks_.clear();
        arena_.clear();
        used_ = 0;
        free_ = kNoSlot;
    }

    [[nodiscard]] std::size_t octets() const
    {
        return chunks_.size() * kChunk * sizeof(T);
    }

  private:
    static constexpr std::uint32_t kChunk = 1024;

    Arena arena_;
    std::vector<T*> chunks_;
    std::uint32_t used_ = 0;
    std::uint32_t free_ = kNoSlot;
};

/// Records of type T that go in the order in which they came; a slot is one's number as long as it is
/// here.
template <class T>
class SlotQueue
{
  public:
    /// A new last one.
    std::uint32_t push(const T& record)
    {
        if (end_ == kChunk || order_.empty())
        {
            if (free_.empty())
            {
                free_.push_back(static_cast<std::uint32_t>(chunks_.size()));
                chunks_.push_back(arena_.array<T>(kChunk));
            }
            order_.push_back(free_.back());
            free_.pop_back();
            end_ = 0;
        }
        const std::uint32_t slot = order_.back() * kChunk + end_++;
        (*this)[slot] = record;
        ++size_;
        return slot;
    }

    [[nodiscard]] bool empty() const
    {
        return size_ == 0;
    }

    [[nodiscard]] std::size_t size() const
    {
        return size_;
    }

    /// Precondition, also of pop(): not empty.
    [[nodiscard]] std::uint32_t oldest() const
    {
        return order_.front() * kChunk + first_;
    }

    /// The one that came so many after the oldest. Precondition: after < size().
    [[nodiscard]] std::uint32_t at(std::size_t after) const
    {
        const std::size_t place = first_ + after;
        return order_[place / kChunk] * kChunk + static_cast<std::uint32_t>(place % kChunk);
    }

    /// What is the oldest after so many pop() (or near it), into the caches.
    void fetch_after(std::uint32_t pops) const
    {
        if (!order_.empty() && first_ + pops < kChunk)
        {
            prefetch(&chunks_[order_.front()][first_ + pops]);
        }
    }

    void pop()
    {
        --size_;
        if (++first_ == kChunk || size_ == 0)
        {
            free_.push_back(order_.front());
            order_.pop_front();
            first_ = 0;
            end_ = size_ == 0 ? 0 : end_;
        }
    }

    /// How many from the oldest on for which `is(record)`.
    template <class Is>
    [[nodiscard]] std::size_t count_while(const Is& is) const
    {
        std::size_t count = 0;
        std::uint32_t offset = first_;
        for (const std::uint32_t chunk : order_)
        {
            for (; offset < kChunk && count < size_; ++offset, ++count)
            {
                if (!is(chunks_[chunk][offset]))
                {
                    return count;
                }
            }
            offset = 0;
        }
        return count;
    }

    T& operator[](std::uint32_t slot)
    {
        return chunks_[slot / kChunk][slot % kChunk];
    }

    const T& operator[](std::uint32_t slot) const
    {
        return chunks_[slot / kChunk][slot % kChunk];
    }

    void clear()
    {
        *this = {};
    }

    [[nodiscard]] std::size_t octets() const
    {
        return arena_.octets();
    }

  private:
    static constexpr std::uint32_t kChunk = 1024;

    Arena arena_;
    std::vector<T*> chunks_;
    std::vector<std::uint32_t> free_; // chunks without a record
    std::deque<std::uint32_t> order_; // the others
    std::uint32_t first_ = 0;         // the oldest, in the first of order_
    std::uint32_t end_ = 0;           // where the next one goes, in the last of order_
    std::size_t size_ = 0;
};

/// An open-addressed set of slot numbers (linear probing, at most three quarters full). The bits of an
/// entry that a number does not need hold bits of its hash and how far it stands from its home, so that
/// most candidates are passed by, or moved, without a look at their record.
/// 5 to 11 octets per record.
class SlotIndex
{
    using Entry = std::uint32_t;

  public:
    /// The slot whose hash is `hash` and for which `is(slot)`, or kNoSlot.
    template <class Is>
    [[nodiscard]] std::uint32_t find(std::uint64_t hash, const Is& is) const
    {
        if (entries_.empty())
        {
            return kNoSlot;
        }
        for (std::size_t at = home(hash); entries_[at] != 0; at = after(at))
        {
            if (((entries_[at] ^ tag(hash)) & tag_mask()) == 0 && is(slot_in(entries_[at])))
            {
                return slot_in(entries_[at]);
            }
        }
        return kNoSlot;
    }

    /// Precondition: `slot` is not in the set. `hash_of(slot)` tells the hash of any slot in the set.
    template <class HashOf>
    void insert(std::uint64_t hash, std::uint32_t slot, const HashOf& hash_of)
    {
        // Slot numbers may run ahead of the count when slots were given back: both must fit.
        while ((size_ + 1) * 4 > entries_.size() * 3 || slot + 1 > mask_)
        {
            grow(hash_of);
        }
        place(tag(hash), hash, slot);
        ++size_;
    }

    /// Precondition: `slot` is in the set under `hash`.
    template <class HashOf>
    void erase(std::uint64_t hash, std::uint32_t slot, const HashOf& hash_of)
    {
        std::size_t hole = home(hash);
        while (slot_in(entries_[hole]) != slot)
        {
            hole = after(hole);
        }
        // Entries behind the hole move up unless that would put them before their home.
        for (std::size_t at = after(hole); entries_[at] != 0; at = after(at))
        {
            std::size_t away = entries_[at] >> kTagEnd;
            if (away == kFar)
            {
                away = (at - home(hash_of(slot_in(entries_[at])))) & mask_;
            }
            const std::size_t gap = (at - hole) & mask_;
            if (away >= gap)
            {
                entries_[hole] = with_distance(entries_[at], away - gap);
                hole = at;
            }
        }
        entries_[hole] = 0;
        --size_;
    }

    /// find(), insert() or erase() of that hash comes soon: into the caches with it.
    void fetch(std::uint64_t hash) const
    {
        if (!entries_.empty())
        {
            prefetch(&entries_[home(hash)]);
        }
    }

    [[nodiscard]] std::size_t size() const
    {
        return size_;
    }

    void clear()
    {
        entries_.clear();
        mask_ = 0;
        size_ = 0;
    }

    [[nodiscard]] std::size_t octets() const
    {
        return entries_.capacity() * sizeof(Entry);
    }

  private:
    [[nodiscard]] std::size_t home(std::uint64_t hash) const
    {
        return hash & mask_;
    }

    [[nodiscard]] std::size_t after(std::size_t at) const
    {
        return (at + 1) & mask_;
    }

    // The bits of an entry that hold the slot number plus one; 0 is an empty entry.
    [[nodiscard]] Entry number_mask() const
    {
        return mask_;
    }

    // Those that hold bits of the hash.
    [[nodiscard]] Entry tag_mask() const
    {
        return ((Entry{1} << kTagEnd) - 1) & ~mask_;
    }

    [[nodiscard]] static Entry with_distance(Entry entry, std::size_t away)
    {
        return (entry & ((Entry{1} << kTagEnd) - 1)) |
               (static_cast<Entry>(std::min(away, kFar)) << kTagEnd);
    }

    [[nodiscard]] static Entry tag(std::uint64_t hash)
    {
        return static_cast<Entry>(hash >> 32U);
    }

    [[nodiscard]] std::uint32_t slot_in(Entry entry) const
    {
        return (entry & number_mask()) - 1;
    }

    void place(Entry tagged, std::uint64_t hash, std::uint32_t slot)
    {
        std::size_t at = home(hash);
        std::size_t away = 0;
        for (; entries_[at] != 0; ++away)
        {
            at = after(at);
        }
        entries_[at] = with_distance((tagged & tag_mask()) | (slot + 1), away);
    }

    template <class HashOf>
    void grow(const HashOf& hash_of)
    {
        constexpr std::size_t kFirst = 16;
        std::vector<Entry> old(entries_.empty() ? kFirst : entries_.size() * 2, 0);
        old.swap(entries_);
        const Entry old_numbers = number_mask();
        assert(entries_.size() <= std::size_t{1} << kTagEnd);
        mask_ = static_cast<std::uint32_t>(entries_.size() - 1);
        for (const Entry entry : old)
        {
            if (entry != 0)
            {
                const std::uint32_t slot = (entry & old_numbers) - 1;
                const std::uint64_t hash = hash_of(slot);
                place(tag(hash), hash, slot);
            }
        }
    }

    // The bits of an entry from this one on hold its distance from home, up to kFar: so far or farther.
    static constexpr std::uint32_t kTagEnd = 28;
    static constexpr std::size_t kFar = 15;

    std::vector<Entry> entries_; // 0: empty; else distance, tag and slot + 1
    std::uint32_t mask_ = 0;
    std::size_t size_ = 0;
};

} // namespace sipsim::registrar
