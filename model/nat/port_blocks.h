#pragma once

// Models : which inner host (subscriber) holds which blocks of a box's ports: carrier-grade NATs hand
//          ports out by the block, as that makes one line of a log per block (RFC 6888 REQ-4, RFC 7422).
// Drives : NatTable, where NatOptions::block_ports says so.
// Keeps  : a block is held until the last of its mappings dies, whenever somebody looks.
// Leaves : ports within a block, mappings, which block is tried first (NatTable). Takes nothing unless
//          enabled, else 16 octets per block of each box; a subscriber's are found in O(blocks).

#include "model/base/arena.h"
#include "model/base/time.h"
#include "model/sip/ids.h"

#include <algorithm>
#include <cstdint>

namespace sipsim::nat
{

class PortBlocks
{
  public:
    struct Block
    {
        SimTime until = SimTime::min(); // the last of its mappings dies
        sip::Host subscriber{};
        std::uint32_t next = 0; // PortAssignment::kContiguous: where the next search begins in it
    };

    /// `blocks` of each box; 0: there are none.
    PortBlocks(std::uint32_t boxes, std::uint32_t blocks)
        : per_box_(boxes == 0 ? 0 : blocks),
          blocks_(std::size_t{boxes} * blocks)
    {
    }

    [[nodiscard]] bool enabled() const
    {
        return !blocks_.empty();
    }

    /// Of each box.
    [[nodiscard]] std::uint32_t count() const
    {
        return per_box_;
    }

    [[nodiscard]] Block& at(std::uint32_t box, std::uint32_t block)
    {
        return blocks_[std::size_t{box} * per_box_ + block];
    }

    void take(std::uint32_t box, std::uint32_t block, sip::Host subscriber, SimTime now)
    {
        at(box, block) = {.until = now, .subscriber = subscriber, .next = 0};
    }

    /// A mapping in it lives until then.
    void prolong(std::uint32_t box, std::uint32_t block, SimTime until)
    {
        at(box, block).until = std::max(at(box, block).until, until);
    }

    void reboot(std::uint32_t box)
    {
        for (std::uint32_t block = 0; block < per_box_; ++block)
        {
            at(box, block) = {};
        }
    }

    [[nodiscard]] std::size_t octets() const
    {
        return blocks_.capacity() * sizeof(Block);
    }

  private:
    std::uint32_t per_box_;
    LargeVector<Block> blocks_;
};

static_assert(sizeof(PortBlocks::Block) == 16);

} // namespace sipsim::nat
