#pragma once

// Models : the client transactions under way, of all accounts.
// Drives : the engine opens one for the length of a core's call.
// Keeps  : only accounts with a transaction cost memory (64 octets and their share of the index), so a
//          row needs no place for it; O(1); no allocation once grown.
// Leaves : what a transaction does (sip::ClientTransaction).

#include "model/registrar/slots.h"
#include "model/registration/user_agent.h"
#include "model/world/layout.h"

#include <cstdint>

namespace sipsim::fleet
{

class TransactionTable
{
  public:
    using Transaction = registration::UserAgent::Transaction;

    /// One account's transaction during a call to its core.
    struct Held
    {
        std::uint32_t slot = registrar::kNoSlot;
        Transaction transaction;
    };

    [[nodiscard]] Held open(world::AccountIndex account) const
    {
        const std::uint32_t slot = index_.find(registrar::mix(account), [&](std::uint32_t s) {
            return slots_[s].account == account;
        });
        return {slot, slot == registrar::kNoSlot ? Transaction{} : slots_[slot].transaction};
    }

    /// Keeps what the call left.
    void close(world::AccountIndex account, const Held& held)
    {
        const auto hash = [this](std::uint32_t s) { return registrar::mix(slots_[s].account); };
        std::uint32_t slot = held.slot;
        if (!held.transaction)
        {
            if (slot != registrar::kNoSlot)
            {
                index_.erase(registrar::mix(account), slot, hash);
                slots_.give_back(slot);
            }
            return;
        }
        if (slot == registrar::kNoSlot)
        {
            slot = slots_.take();
            slots_[slot].account = account;
            index_.insert(registrar::mix(account), slot, hash);
        }
        slots_[slot].transaction = held.transaction;
    }

    [[nodiscard]] std::size_t size() const
    {
        return index_.size();
    }

    [[nodiscard]] std::size_t octets() const
    {
        return slots_.octets() + index_.octets();
    }

  private:
    struct Slot
    {
        Transaction transaction;
        world::AccountIndex account = 0;
        std::uint32_t next = registrar::kNoSlot;
    };

    registrar::SlotPool<Slot> slots_;
    registrar::SlotIndex<std::uint64_t> index_;
};

} // namespace sipsim::fleet
