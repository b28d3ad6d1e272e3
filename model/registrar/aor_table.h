#pragma once

// Models : nothing of SIP: the records of very many AORs, few each, which run out by themselves.
// Drives : LocationService (bindings) and the edge proxy (flows).
// Keeps  : expiry is lazy: an expired record is never returned by a look-up at or after its expiry and
//          is reclaimed when its AOR is stored again; an AOR with one record takes just that (a Kept) where
//          AORs are numbered densely, and its slot (16 octets more) and its share of an index of 5 to 11
//          octets elsewhere; replacing records allocates nothing.
// Leaves : what a record is: it has a `SimTime expires_at` and `bool live(SimTime) const`, and is live up
//          to it and not at it.

#include "model/base/fixed_vector.h"
#include "model/base/mix.h"
#include "model/base/prefetch.h"
#include "model/base/time.h"
#include "model/registrar/slots.h"
#include "model/sip/message.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace sipsim::registrar
{

/// `Kept` is a form of most records that takes less: it says of which it can be (`holds(aor, record)`), is made of
/// those, gives back the same (`record(aor)`), and has their `expires_at` and `live()`.
template <class Record, class Kept = Record>
class AorTable
{
  public:
    /// Of one AOR, in the order in which they were first added.
    using Records = FixedVector<Record, sip::kMaxContacts>;

    /// Live records of `aor` at `now`.
    [[nodiscard]] Records lookup(sip::UserId aor, SimTime now) const
    {
        Records live;
        if (const Kept* first = numbered(aor); first != nullptr && first->live(now))
        {
            live.push(record_of(aor, *first));
        }
        for (std::uint32_t slot = head_of(aor); slot != kNoSlot; slot = slots_[slot].next)
        {
            if (slots_[slot].record.live(now))
            {
                live.push(slots_[slot].record);
            }
        }
        return live;
    }

    /// Replaces all records of `aor` by `records`; empty removes the AOR.
    void store(sip::UserId aor, const Records& records);

    /// Everything is forgotten.
    void clear()
    {
        *this = {};
    }

    /// AORs with a stored record, expired ones not yet reclaimed included.
    [[nodiscard]] std::size_t size() const
    {
        return numbered_ + others_;
    }

    /// Memory held, in octets.
    [[nodiscard]] std::size_t octets() const
    {
        return arena_.octets() + pages_.capacity() * sizeof(Kept*) + slots_.octets() +
               index_.octets();
    }

    /// The AOR is wanted soon: into the caches with it.
    void fetch(sip::UserId aor) const
    {
        if (const Kept* first = numbered(aor))
        {
            prefetch_record(*first);
        }
    }

    /// visit(aor, record) of every live record, in order of AORs' numbers; O(n log n).
    template <class Visit>
    void for_each(SimTime now, const Visit& visit) const;

  private:
    // The first record of an AOR with a small number stands at that number in the pages, if a Kept can hold it.
    // Further ones, and all of other AORs, stand in slots: the first of them in the index, the rest hanging
    // from it.
    struct Slot
    {
        sip::UserId aor{};
        Record record;
        std::uint32_t next = kNoSlot; // of the same AOR; of the free list
        bool head = false;
    };

    static constexpr std::uint64_t kPage = 2048; // AORs: the table of pages stays in the caches
    static constexpr std::uint64_t kNumbered = 1U << 26U; // AORs from here on have no page
    static constexpr SimTime kNoRecord = SimTime::min();  // expires_at of a place not in use

    [[nodiscard]] static bool keeps(sip::UserId aor, const Record& record)
    {
        if constexpr (std::is_same_v<Kept, Record>)
        {
            return true;
        }
        else
        {
            return Kept::holds(aor, record);
        }
    }

    [[nodiscard]] static Kept kept_of(sip::UserId aor, const Record& record)
    {
        if constexpr (std::is_same_v<Kept, Record>)
        {
            return record;
        }
        else
        {
            return Kept(aor, record);
        }
    }

    [[nodiscard]] static Record record_of(sip::UserId aor, const Kept& kept)
    {
        if constexpr (std::is_same_v<Kept, Record>)
        {
            return kept;
        }
        else
        {
            return kept.record(aor);
        }
    }

    [[nodiscard]] static std::uint64_t hash_of(sip::UserId aor)
    {
        return mix(static_cast<std::uint64_t>(aor));
    }

    /// Where the first record of `aor` stands; nullptr: it has no page.
    [[nodiscard]] const Kept* numbered(sip::UserId aor) const
    {
        const std::uint64_t page = static_cast<std::uint64_t>(aor) / kPage;
        return page < pages_.size() && pages_[page] != nullptr
                   ? &pages_[page][static_cast<std::uint64_t>(aor) % kPage]
                   : nullptr;
    }

    [[nodiscard]] std::uint32_t head_of(sip::UserId aor) const
    {
        if (index_.size() == 0)
        {
            return kNoSlot;
        }
        return index_.find(hash_of(aor),
                           [&](std::uint32_t slot) { return slots_[slot].aor == aor; });
    }

    [[nodiscard]] Kept& place(sip::UserId aor);
    void release_from(std::uint32_t slot);
    /// True if `aor` had slots before.
    bool store_slots(sip::UserId aor, std::span<const Record> records);

    Arena arena_;
    std::vector<Kept*> pages_; // by aor / kPage
    SlotPool<Slot> slots_;
    SlotIndex index_;
    std::size_t numbered_ = 0; // AORs with a first record in a page
    std::size_t others_ = 0;   // the others that have one
};

template <class Record, class Kept>
Kept&
AorTable<Record, Kept>::place(sip::UserId aor)
{
    const std::uint64_t page = static_cast<std::uint64_t>(aor) / kPage;
    if (page >= pages_.size())
    {
        pages_.resize(page + 1);
    }
    if (pages_[page] == nullptr)
    {
        pages_[page] = arena_.array<Kept>(kPage);
        for (Kept& kept : std::span{pages_[page], kPage})
        {
            kept.expires_at = kNoRecord;
        }
    }
    return pages_[page][static_cast<std::uint64_t>(aor) % kPage];
}

template <class Record, class Kept>
void
AorTable<Record, Kept>::release_from(std::uint32_t slot)
{
    while (slot != kNoSlot)
    {
        const std::uint32_t next = slots_[slot].next;
        slots_.give_back(slot);
        slot = next;
    }
}

template <class Record, class Kept>
void
AorTable<Record, Kept>::store(sip::UserId aor, const Records& records)
{
    const std::span<const Record> all{records.begin(), records.size()};
    const bool in_page =
        static_cast<std::uint64_t>(aor) < kNumbered && !all.empty() && keeps(aor, all[0]);
    bool had_in_page = false;
    if (in_page || numbered(aor) != nullptr)
    {
        Kept& first = place(aor);
        had_in_page = first.expires_at != kNoRecord;
        if (in_page)
        {
            first = kept_of(aor, all[0]);
        }
        else
        {
            first.expires_at = kNoRecord;
        }
    }
    const bool had_slots = store_slots(aor, in_page ? all.subspan(1) : all);
    numbered_ += (in_page ? 1U : 0U);
    numbered_ -= (had_in_page ? 1U : 0U);
    others_ += (!in_page && !all.empty() ? 1U : 0U);
    others_ -= (!had_in_page && had_slots ? 1U : 0U);
}

template <class Record, class Kept>
bool
AorTable<Record, Kept>::store_slots(sip::UserId aor, std::span<const Record> records)
{
    const auto slot_hash = [this](std::uint32_t slot) { return hash_of(slots_[slot].aor); };
    std::uint32_t slot = head_of(aor);
    const bool had = slot != kNoSlot;
    if (records.empty())
    {
        if (had)
        {
            index_.erase(hash_of(aor), slot, slot_hash);
            release_from(slot);
        }
        return had;
    }
    if (!had)
    {
        slot = slots_.take();
        slots_[slot].aor = aor;
        slots_[slot].head = true;
        index_.insert(hash_of(aor), slot, slot_hash);
    }
    for (std::size_t i = 0;; ++i)
    {
        slots_[slot].record = records[i];
        if (i + 1 == records.size())
        {
            break;
        }
        if (slots_[slot].next == kNoSlot)
        {
            const std::uint32_t added = slots_.take();
            slots_[added].aor = aor;
            slots_[slot].next = added;
        }
        slot = slots_[slot].next;
    }
    release_from(slots_[slot].next);
    slots_[slot].next = kNoSlot;
    return had;
}

template <class Record, class Kept>
template <class Visit>
void
AorTable<Record, Kept>::for_each(SimTime now, const Visit& visit) const
{
    const std::uint64_t in_pages = pages_.size() * kPage; // AORs from here on have no page
    std::vector<sip::UserId> others;
    for (std::uint32_t slot = 0; slot < slots_.end(); ++slot)
    {
        if (slots_[slot].head && static_cast<std::uint64_t>(slots_[slot].aor) >= in_pages)
        {
            others.push_back(slots_[slot].aor);
        }
    }
    std::ranges::sort(others);
    const auto visit_all = [&](sip::UserId aor) {
        for (const Record& record : lookup(aor, now))
        {
            visit(aor, record);
        }
    };
    for (std::uint64_t aor = 0; aor < in_pages; ++aor)
    {
        visit_all(sip::UserId{aor});
    }
    std::ranges::for_each(others, visit_all);
}

} // namespace sipsim::registrar
