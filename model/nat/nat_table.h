#pragma once

// Models : the UDP side of address translators (RFC 4787): mappings, filters, ports, timeouts; any number
//          of boxes alike, from one per home to one for thousands of devices (CGN).
// Drives : a carrier asks outbound() for each datagram that leaves, inbound() for each that comes,
//          hairpin() for one from the inside to the box's own outer address.
// Keeps  : look-up is O(1) in boxes, mappings and destinations; a mapping lives on [last refresh, last
//          refresh + timeout): at its timeout it is gone, whenever somebody looks; what a box does
//          depends on nothing but its own traffic, its options and draws of its own key; in the steady
//          state nothing is allocated. A box takes 8 octets, a mapping 32, each but the first of a box 8
//          more, 4 more under conntrack.
// Leaves : rewriting packets (carriers), which addresses boxes have (world::Layout), nesting: a carrier
//          asks one table after the other. Not modelled: TCP, fragments, ICMP errors that carry a
//          translated header, several outer addresses of a box (RFC 4787 REQ-2), port parity and
//          contiguity (REQ-3, REQ-4).
//
// Filters. A destination may send to a mapping (RFC 4787 §5) after traffic of that mapping went there,
// for `timeout` from the last of it. Model choice: that permission runs out by itself, while traffic to
// others keeps the mapping; and it belongs to one mapping: where each destination has a mapping, a
// datagram must come to the right outer port. Inbound traffic that refreshes a mapping refreshes the
// permission it came by, too.
//
// Linux conntrack (timeout_unreplied; net/netfilter/nf_conntrack_proto_udp.c): traffic gives the mapping
// timeout_unreplied until a reply has come and more than stream_after has passed since the creation;
// `timeout` from then on. The first reply itself still counts as unreplied, as it does there.
//
// Ports of dead mappings are free; a dead mapping is remembered for kRemembered, to tell "expired" from
// "never was". A port shared by several mappings (PortAssignment::kPreserve) is one chain: there a
// look-up from outside is O(mappings of that port).

#include "model/base/arena.h"
#include "model/base/draw.h"
#include "model/base/time.h"
#include "model/nat/destinations.h"
#include "model/nat/mapping_limit.h"
#include "model/nat/nat_options.h"
#include "model/nat/port_blocks.h"
#include "model/nat/records.h"
#include "model/sip/ids.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

namespace sipsim::nat
{

using sip::Endpoint;

using BoxIndex = std::uint32_t;

/// Why a datagram did not pass.
enum class Barrier : std::uint8_t
{
    kNone,
    kBlocked,   // UDP is blocked
    kFull,      // outbound: no port or block is left, or the box has as many mappings as it may
    kNoMapping, // inbound: nobody had that port, or the box forgot it (reboot, kRemembered)
    kExpired,   // inbound: the mapping that had that port has timed out
    kFiltered,  // inbound: the mapping lives, but not for that source
    // Inbound: the inner endpoint that had or has that port has a live mapping towards that source with
    // another one. Goes before kExpired and kFiltered. inbound() knows it where each destination has a
    // mapping; that an endpoint-independent mapping was made anew with another port, explain() knows.
    kWrongPort,
    kNoHairpin, // to the box's own outer address, which this box does not turn round
};

struct Passage
{
    Barrier barrier = Barrier::kNone;
    // Outbound: the source as the outside sees it; its host is Host{} where the box translates: the
    // box's outer address, which the carrier knows. Inbound: the inner endpoint it goes to.
    Endpoint endpoint;

    [[nodiscard]] bool passed() const
    {
        return barrier == Barrier::kNone;
    }

    friend bool operator==(const Passage&, const Passage&) = default;
};

/// A datagram from the inside to the inside.
struct Hairpin
{
    Barrier barrier = Barrier::kNone;
    std::uint16_t source_port =
        0;             // its source is the box's outer address (RFC 4787 REQ-9) and this
    Endpoint endpoint; // the inner endpoint it goes to

    [[nodiscard]] bool passed() const
    {
        return barrier == Barrier::kNone;
    }
};

class NatTable
{
  public:
    /// How long a dead mapping is remembered, unless its port is given to another.
    static constexpr SimDuration kRemembered = 24h;

    /// `options` must be valid. Box b of `boxes` alike has the draw key {seed, first_key + b, 0}.
    /// `expected` mappings and further destinations are provided for; more are taken as they come.
    NatTable(const NatOptions& options,
             std::uint64_t seed,
             std::uint32_t first_key,
             std::uint32_t boxes,
             std::uint32_t expected);

    /// For a carrier that computes keepalives: called before the table takes something of `inner` for
    /// dead, so that the carrier tells (outbound_every) what `inner` has sent up to and including `now`.
    /// In it, only outbound_every() of that inner endpoint may be called, and only refreshing what
    /// lives: keepalives that let mappings die in a box of several inner endpoints must be sent.
    using Settle = std::function<void(SimTime now, BoxIndex box, Endpoint inner)>;

    void on_doubt(Settle settle)
    {
        settle_ = std::move(settle);
    }

    /// A datagram leaves `inner` for `to` at `now`. For one inner endpoint instants never decrease from
    /// call to call; for one box they do not where a mapping is made.
    Passage outbound(SimTime now, BoxIndex box, Endpoint inner, Endpoint to);

    /// A datagram from `from` arrives for `to`: the box's outer address and a port, or an inner endpoint
    /// where nothing is translated.
    Passage inbound(SimTime now, BoxIndex box, Endpoint to, Endpoint from);

    /// What inbound() would say, changing nothing.
    [[nodiscard]] Passage look(SimTime now, BoxIndex box, Endpoint to, Endpoint from) const;

    /// Why a datagram from `from` for `to` does not reach `meant`, which was to be reached there;
    /// kNone: it does. Knows in addition: kWrongPort whenever `meant` has a live mapping towards `from`
    /// with another port; kExpired when it had one, whoever has the port now.
    [[nodiscard]] Barrier explain(SimTime now,
                                  BoxIndex box,
                                  Endpoint to,
                                  Endpoint from,
                                  Endpoint meant) const;

    /// Whose mapping, live or dead, inbound() would ask; nullopt: there is none.
    [[nodiscard]] std::optional<Endpoint> asked(SimTime now,
                                                BoxIndex box,
                                                Endpoint to,
                                                Endpoint from) const;

    /// A datagram leaves `inner` for the box's own outer address, `outer`. Model choice: it passes the
    /// filter as one from outside would, and leaves the state that both directions leave.
    Hairpin hairpin(SimTime now, BoxIndex box, Endpoint inner, Endpoint outer);

    // Of a million mappings the one that is asked for lies far from the processor. Whoever knows that a
    // datagram from `inner` for `to` will come has it fetched in two steps, some time apart.
    void fetch_ahead(BoxIndex box, Endpoint inner, Endpoint to) const;
    void fetch_mapping(BoxIndex box, Endpoint inner, Endpoint to) const;

    /// As outbound() at first, first + interval, ... up to and including the last at or before `last`, in
    /// time O(1) (O(n) in a box that is full). Preconditions: interval > 0; `interval` is less than
    /// every timeout, or the box serves `inner` alone and `to` is all it sends to; no inbound traffic
    /// fell between.
    void outbound_every(SimTime first,
                        SimDuration interval,
                        SimTime last,
                        BoxIndex box,
                        Endpoint inner,
                        Endpoint to);

    /// Every mapping of the box is forgotten.
    void reboot(BoxIndex box);

    /// The outer port that `inner` has towards `to`; nullopt: no live mapping. Its own port where nothing
    /// is translated.
    [[nodiscard]] std::optional<std::uint16_t> mapped_port(SimTime now,
                                                           BoxIndex box,
                                                           Endpoint inner,
                                                           Endpoint to) const;

    /// The box's own timeout: drawn where options say so.
    [[nodiscard]] SimDuration timeout_of(BoxIndex box) const;

    [[nodiscard]] const NatOptions& options() const
    {
        return options_;
    }

    /// Memory held, the table itself not counted.
    [[nodiscard]] std::size_t octets() const;

    /// Records in use: mappings and further destinations, dead ones that are not yet reclaimed included.
    [[nodiscard]] std::uint32_t records() const
    {
        return pool_.in_use();
    }

    /// The most records that a look-up may have to pass; O(n), for tests.
    [[nodiscard]] std::uint32_t longest_chain() const;

  private:
    struct BoxState
    {
        std::uint32_t first =
            kNoRecord; // a mapping that is found without a hash: all that most homes need
        std::uint32_t generation : 8 = 0; // reboots, modulo 256
        // kContiguous: where the next search begins, counted from first_port, or, where ports go by the
        // block, the next block. kRandom: ports drawn so far.
        std::uint32_t number : 24 = 0;
    };

    static_assert(sizeof(BoxState) == 8);
    static constexpr std::uint32_t kNumberMask = 0xFF'FFFFU;

    struct Verdict
    {
        Barrier barrier = Barrier::kNone;
        std::uint32_t mapping = kNoRecord; // the one that was asked, if any
    };

    [[nodiscard]] bool stateless() const; // no translation, no filter: nothing to remember
    [[nodiscard]] bool shares_ports() const;
    [[nodiscard]] bool current(const Record& record) const;
    [[nodiscard]] bool keeps_further() const;

    [[nodiscard]] Endpoint dest_of(std::uint32_t slot) const
    {
        return destinations_.of(pool_, slot);
    }

    // Look-ups: of this boot of the box, live or dead; kNoRecord: none.
    [[nodiscard]] std::uint64_t hash_of(std::uint32_t slot) const;
    [[nodiscard]] std::uint32_t find_mapping(BoxIndex box, Endpoint inner, Endpoint to) const;
    [[nodiscard]] std::uint32_t find_further(BoxIndex box, Endpoint inner, Endpoint to) const;
    [[nodiscard]] std::uint32_t find_outer(SimTime now,
                                           BoxIndex box,
                                           Endpoint to,
                                           Endpoint from) const;
    [[nodiscard]] std::uint32_t find_shared(SimTime now,
                                            BoxIndex box,
                                            Endpoint to,
                                            Endpoint from) const;
    [[nodiscard]] std::uint32_t holder(BoxIndex box, std::uint16_t port, Endpoint to) const;

    // Judgement: changes nothing, but may have the carrier tell what it owes.
    void settle(SimTime now, const Record& record) const;
    [[nodiscard]] bool permits(std::uint32_t slot, SimTime now, Endpoint from) const;
    [[nodiscard]] Verdict judge(SimTime now, BoxIndex box, Endpoint to, Endpoint from) const;
    [[nodiscard]] Barrier why_not(SimTime now, const Record& mapping, Endpoint from) const;

    // Change.
    [[nodiscard]] std::uint32_t live_mapping(SimTime now,
                                             BoxIndex box,
                                             Endpoint inner,
                                             Endpoint to);
    [[nodiscard]] std::optional<std::uint16_t> free_port(SimTime now,
                                                         BoxIndex box,
                                                         Endpoint inner,
                                                         Endpoint to);
    [[nodiscard]] std::optional<std::uint16_t> free_port_of_blocks(SimTime now,
                                                                   BoxIndex box,
                                                                   Endpoint inner,
                                                                   Endpoint to);
    [[nodiscard]] std::optional<std::uint16_t> free_port_in(SimTime now,
                                                            BoxIndex box,
                                                            std::uint32_t block,
                                                            std::uint32_t candidate,
                                                            Endpoint to);
    [[nodiscard]] bool block_is_free(SimTime now, BoxIndex box, std::uint32_t block);
    [[nodiscard]] std::uint32_t block_of(std::uint16_t port) const;
    [[nodiscard]] std::uint32_t first_candidate(BoxIndex box, std::uint16_t inner_port) const;
    void take_port(std::uint32_t slot, std::uint16_t port);
    void skip_ports(BoxIndex box, std::uint64_t mappings);
    void refresh(SimTime now, std::uint32_t slot, Endpoint peer);
    void see_age(SimTime now, std::uint32_t slot);
    void move_peer(std::uint32_t slot, Endpoint peer);
    void put_further(std::uint32_t slot, Endpoint peer, SimTime until);
    [[nodiscard]] std::uint32_t take_record(BoxIndex box,
                                            Endpoint inner,
                                            Endpoint dest,
                                            Record::Flag flag);
    void insert_inner(std::uint32_t slot);
    void unlink_outer(std::uint32_t slot);
    void reclaim(std::uint32_t slot);
    void sweep(SimTime now);

    NatOptions options_;
    DrawKey key_; // of box 0
    RecordPool pool_;
    Destinations destinations_;
    // Conntrack, by slot: ns from creation to the last refresh, at most UINT32_MAX.
    LargeVector<std::uint32_t> ages_;
    ChainIndex<&Record::next_inner> inner_;
    ChainIndex<&Record::next_outer> outer_;
    LargeVector<BoxState> boxes_;
    MappingLimit limit_;
    PortBlocks blocks_;

    // Of boxes in which the search for a port was long, the last such: `taken` ports from `begin` on are
    // taken until `until` at least. Else n devices that all prefer one port would try n^2 / 2 of them.
    struct Searched
    {
        std::uint32_t begin = 0; // counted from first_port
        std::uint32_t taken = 0;
        SimTime until{};
        Endpoint towards; // where ports are shared, masked: taken for this destination
    };

    std::unordered_map<BoxIndex, Searched> searched_;
    // Boxes whose ports were all taken, and until when that is certain.
    std::unordered_map<BoxIndex, SimTime> exhausted_;
    Settle settle_;
    mutable bool settling_ = false;
    // Whose outbound traffic is being handled: the carrier has told all of it.
    BoxIndex acting_box_ = kNoRecord;
    Endpoint acting_inner_;
    std::uint32_t hand_ = 0;   // the sweep goes round the pool
    bool took_record_ = false; // so it is time to sweep
};

} // namespace sipsim::nat
