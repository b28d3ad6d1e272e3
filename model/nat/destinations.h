#pragma once

// Models : nothing of NATs: where the traffic of very many records went, which is to few places.
// Drives : NatTable.
// Keeps  : a destination that many records have is kept once, and each of them has its number in 2
//          octets; beyond 2^16 - 1 different ones a record's own is kept apart, at about 40 octets.
// Leaves : giving numbers back: as many as there are take 3 MB.

#include "model/nat/records.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace sipsim::nat
{

class Destinations
{
  public:
    /// What set() said last of the record `slot`.
    [[nodiscard]] sip::Endpoint of(const RecordPool& pool, std::uint32_t slot) const
    {
        const std::uint16_t number = pool[slot].dest;
        return number != kApart ? known_[number] : apart_.at(slot);
    }

    void set(RecordPool& pool, std::uint32_t slot, sip::Endpoint dest)
    {
        forget(pool, slot);
        pool[slot].dest = number_of(dest);
        if (pool[slot].dest == kApart)
        {
            apart_[slot] = dest;
        }
    }

    /// Before the record is given back.
    void forget(RecordPool& pool, std::uint32_t slot)
    {
        if (pool[slot].dest == kApart)
        {
            apart_.erase(slot);
            pool[slot].dest = 0;
        }
    }

    /// About: what the maps of the library take is guessed.
    [[nodiscard]] std::size_t octets() const
    {
        constexpr std::size_t kNode = 40;
        return known_.capacity() * sizeof(sip::Endpoint) +
               (numbers_.size() + apart_.size()) * kNode;
    }

  private:
    static constexpr std::uint16_t kApart = UINT16_MAX;

    std::uint16_t number_of(sip::Endpoint dest)
    {
        if (!known_.empty() && known_[last_] == dest)
        {
            return last_;
        }
        const std::uint64_t key =
            (std::uint64_t{static_cast<std::uint32_t>(dest.host)} << 16U) | dest.port;
        const auto found = numbers_.find(key);
        if (found != numbers_.end())
        {
            last_ = found->second;
            return last_;
        }
        if (known_.size() == kApart)
        {
            return kApart;
        }
        last_ = static_cast<std::uint16_t>(known_.size());
        known_.push_back(dest);
        numbers_.emplace(key, last_);
        return last_;
    }

    std::vector<sip::Endpoint> known_; // by number
    std::unordered_map<std::uint64_t, std::uint16_t> numbers_;
    std::unordered_map<std::uint32_t, sip::Endpoint> apart_; // by slot
    std::uint16_t last_ = 0;                                 // number asked for
};

} // namespace sipsim::nat
