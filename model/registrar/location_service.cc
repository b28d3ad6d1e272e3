#include "model/registrar/location_service.h"

#include <algorithm>

namespace sipsim::registrar
{

namespace
{

std::uint64_t
hash_of(sip::UserId aor)
{
    return mix(static_cast<std::uint64_t>(aor));
}

} // namespace

std::uint32_t
LocationService::head_of(sip::UserId aor) const
{
    if (index_.size() == 0)
    {
        return kNoSlot;
    }
    return index_.find(hash_of(aor), [&](std::uint32_t slot) { return slots_[slot].aor == aor; });
}

Binding&
LocationService::place(sip::UserId aor)
{
    const std::uint64_t page = static_cast<std::uint64_t>(aor) / kPage;
    if (page >= pages_.size())
    {
        pages_.resize(page + 1);
    }
    if (pages_[page] == nullptr)
    {
        pages_[page] = arena_.array<Binding>(kPage);
        for (Binding& binding : std::span{pages_[page], kPage})
        {
            binding.expires_at = kNoBinding;
        }
    }
    return pages_[page][static_cast<std::uint64_t>(aor) % kPage];
}

LocationService::Bindings
LocationService::lookup(sip::UserId aor, SimTime now) const
{
    Bindings live;
    if (const Binding* first = numbered(aor); first != nullptr && first->live(now))
    {
        live.push(*first);
    }
    for (std::uint32_t slot = head_of(aor); slot != kNoSlot; slot = slots_[slot].next)
    {
        if (slots_[slot].binding.live(now))
        {
            live.push(slots_[slot].binding);
        }
    }
    return live;
}

void
LocationService::release_from(std::uint32_t slot)
{
    while (slot != kNoSlot)
    {
        const std::uint32_t next = slots_[slot].next;
        slots_.give_back(slot);
        slot = next;
    }
}

void
LocationService::store(sip::UserId aor, const Bindings& bindings)
{
    const std::span<const Binding> all{bindings.begin(), bindings.size()};
    if (static_cast<std::uint64_t>(aor) >= kNumbered)
    {
        const bool had = store_slots(aor, all);
        others_ += (all.empty() ? 0U : 1U);
        others_ -= (had ? 1U : 0U);
        return;
    }
    if (all.empty() && numbered(aor) == nullptr)
    {
        return;
    }
    Binding& first = place(aor);
    numbered_ -= (first.expires_at != kNoBinding ? 1U : 0U);
    if (all.empty())
    {
        first = {};
        first.expires_at = kNoBinding;
        store_slots(aor, {});
        return;
    }
    ++numbered_;
    first = all[0];
    store_slots(aor, all.subspan(1));
}

bool
LocationService::store_slots(sip::UserId aor, std::span<const Binding> bindings)
{
    const auto slot_hash = [this](std::uint32_t slot) { return hash_of(slots_[slot].aor); };
    std::uint32_t slot = head_of(aor);
    const bool had = slot != kNoSlot;
    if (bindings.empty())
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
        slots_[slot].binding = bindings[i];
        if (i + 1 == bindings.size())
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

void
LocationService::clear()
{
    arena_.clear();
    pages_.clear();
    slots_.clear();
    index_.clear();
    numbered_ = 0;
    others_ = 0;
}

void
LocationService::for_each(SimTime now,
                          const std::function<void(sip::UserId, const Binding&)>& visit) const
{
    std::vector<sip::UserId> others;
    for (std::uint32_t slot = 0; slot < slots_.end(); ++slot)
    {
        if (slots_[slot].head && static_cast<std::uint64_t>(slots_[slot].aor) >= kNumbered)
        {
            others.push_back(slots_[slot].aor);
        }
    }
    std::ranges::sort(others);
    const auto visit_all = [&](sip::UserId aor) {
        for (const Binding& binding : lookup(aor, now))
        {
            visit(aor, binding);
        }
    };
    for (std::uint64_t aor = 0; aor < pages_.size() * kPage; ++aor)
    {
        visit_all(sip::UserId{aor});
    }
    std::ranges::for_each(others, visit_all);
}

} // namespace sipsim::registrar
