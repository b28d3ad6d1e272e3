#pragma once

// Models : how many live mappings a box has, for a limit on them.
// Drives : NatTable tells it of each mapping made, refreshed and reclaimed.
// Keeps  : the mappings of a box stand in the order in which they die, in one list per timeout
//          (unreplied or not), so that the dead ones are found without a look at the others.
// Leaves : the limit itself. Costs nothing unless enabled; else 8 octets per record, 20 per box.

#include "model/base/time.h"
#include "model/nat/records.h"

#include <array>
#include <cstdint>
#include <vector>

namespace sipsim::nat
{

class MappingLimit
{
  public:
    MappingLimit(bool enabled, std::uint32_t boxes)
        : boxes_(enabled ? boxes : 0)
    {
    }

    [[nodiscard]] bool enabled() const
    {
        return !boxes_.empty();
    }

    /// A mapping lives: `until` and kStream are its own. Precondition: it does not stand in a list.
    void insert(const RecordPool& pool, std::uint32_t slot);

    /// Before `until` or kStream change; nothing happens if it does not stand in a list.
    void remove(const RecordPool& pool, std::uint32_t slot);

    /// The record's box has rebooted since: it stands in no list, whatever its links say.
    void forget(std::uint32_t slot);

    void reboot(std::uint32_t box);

    /// Mappings of the box that live at `now`. `settle(record)` may move a mapping that seems dead.
    template <class Settle>
    [[nodiscard]] std::uint32_t live(RecordPool& pool,
                                     std::uint32_t box,
                                     SimTime now,
                                     const Settle& settle)
    {
        for (std::size_t list = 0; list < 2; ++list)
        {
            for (std::uint32_t slot = boxes_[box].head[list];
                 slot != kNoRecord && pool[slot].until <= now;
                 slot = boxes_[box].head[list])
            {
                settle(pool[slot]);
                if (pool[slot].until <= now)
                {
                    remove(pool, slot);
                }
            }
        }
        return boxes_[box].count;
    }

    [[nodiscard]] std::size_t octets() const
    {
        return links_.capacity() * sizeof(Link) + boxes_.capacity() * sizeof(Box);
    }

  private:
    static constexpr std::uint32_t kOut = kNoRecord - 1;

    struct Link
    {
        std::uint32_t before = kOut; // kOut: in no list
        std::uint32_t after = kNoRecord;
    };

    struct Box
    {
        std::array<std::uint32_t, 2> head{kNoRecord, kNoRecord}; // [kStream]; dies first
        std::array<std::uint32_t, 2> tail{kNoRecord, kNoRecord};
        std::uint32_t count = 0;
    };

    std::vector<Link> links_; // by slot
    std::vector<Box> boxes_;
};

} // namespace sipsim::nat
