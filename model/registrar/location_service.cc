#include "model/registrar/location_service.h"

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
    return index_.find(hash_of(aor), [&](std::uint32_t slot) { return slots_[slot].aor == aor; });
}

LocationService::Bindings
LocationService::lookup(sip::UserId aor, SimTime now) const
{
    Bindings live;
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
    const auto slot_hash = [this](std::uint32_t slot) { return hash_of(slots_[slot].aor); };
    std::uint32_t slot = head_of(aor);
    if (bindings.empty())
    {
        if (slot != kNoSlot)
        {
            index_.erase(hash_of(aor), slot, slot_hash);
            release_from(slot);
        }
        return;
    }
    if (slot == kNoSlot)
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
}

void
LocationService::clear()
{
    slots_.clear();
    index_.clear();
}

void
LocationService::for_each(SimTime now,
                          const std::function<void(sip::UserId, const Binding&)>& visit) const
{
    for (std::uint32_t head = 0; head < slots_.end(); ++head)
    {
        if (!slots_[head].head)
        {
            continue;
        }
        for (std::uint32_t slot = head; slot != kNoSlot; slot = slots_[slot].next)
        {
            if (slots_[slot].binding.live(now))
            {
                visit(slots_[slot].aor, slots_[slot].binding);
            }
        }
    }
}

} // namespace sipsim::registrar
