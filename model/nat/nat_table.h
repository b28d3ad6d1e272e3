#pragma once

// Models : the UDP side of address translators (RFC 4787): mappings, filters, ports, timeouts; any number
//          of boxes alike, from one per home to one for thousands of devices (CGN).
// Drives : a carrier asks outbound() for each datagram that leaves, inbound() for each that comes.
// Keeps  : lookup is O(1) in boxes, mappings and destinations; a mapping that has timed out is gone at
//          that very instant, whenever somebody looks; what a box does depends on nothing but its own
//          traffic, its options and draws of its own key.
// Leaves : rewriting packets (carriers), which addresses boxes have (world::Layout), nesting: a carrier
//          asks one table after the other. Not modelled: TCP, fragments, ICMP errors that carry a
//          translated header, port parity and contiguity (RFC 4787 REQ-3, REQ-4).

#include "model/base/draw.h"
#include "model/base/time.h"
#include "model/sip/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::nat
{

using namespace std::chrono_literals;
using sip::Endpoint;

/// What a mapping or a filter depends on beside the inner endpoint (RFC 4787 §4.1, §5).
enum class Dependence : std::uint8_t
{
    kEndpointIndependent,
    kAddressDependent,
    kAddressAndPortDependent,
};

/// Which outer port a new mapping takes (RFC 4787 §4.2).
enum class PortAssignment : std::uint8_t
{
    kPreserve,   // the inner port if it is free, else the next free one above it
    kContiguous, // the next free one after the last one given
    kRandom,     // drawn; the next free one above it
};

struct NatOptions
{
    Dependence mapping = Dependence::kEndpointIndependent;
    Dependence filtering = Dependence::kAddressAndPortDependent;
    PortAssignment ports = PortAssignment::kPreserve;
    bool translates = true;  // false: a firewall; addresses and ports stay, filters work
    bool blocks_udp = false; // nothing passes

    // A mapping without traffic that refreshes it lives this long (RFC 4787 §4.3); > 0. Drawn per box,
    // uniform on [timeout, timeout_max], where timeout_max is set.
    SimDuration timeout = 300s;
    std::optional<SimDuration> timeout_max;
    // Linux conntrack (nf_conntrack_udp_timeout 30 s, ..._stream 120 s): until a reply came, this; after
    // it, `timeout`, but only from traffic that comes more than stream_after after the creation.
    std::optional<SimDuration> timeout_unreplied;
    SimDuration stream_after{0};

    bool refresh_inbound = false;   // inbound traffic that passes refreshes too (RFC 4787 REQ-6)
    bool hairpin = true;            // inside to inside by the outer address (RFC 4787 §6)
    std::uint32_t max_mappings = 0; // of one box; one more is dropped; 0: as many as ports
    std::uint16_t first_port = 1024;
    std::uint16_t last_port = 65535;
};

/// All problems, each "name = value: must be ...".
[[nodiscard]] std::vector<std::string> validate(const NatOptions& options);

/// The names of RFC 3489 §5 and §10.1: open, udp-blocked, symmetric-firewall, full-cone,
/// restricted-cone, port-restricted-cone, symmetric (a fresh port for each mapping); and linux
/// (conntrack with MASQUERADE: address and port dependent both, ports preserved, 30 s and 120 s).
[[nodiscard]] std::vector<std::string_view> preset_names();
[[nodiscard]] std::optional<NatOptions> preset(std::string_view name);

using BoxIndex = std::uint32_t;

/// Why a datagram did not pass.
enum class Barrier : std::uint8_t
{
    kNone,
    kBlocked,   // UDP is blocked
    kFull,      // no port or no mapping is left
    kNoMapping, // inbound: nobody ever had that port, or the box forgot it when it rebooted
    kExpired,   // inbound: the mapping has timed out
    kFiltered,  // inbound: not from where the inside has sent to
    kWrongPort, // inbound: that inner endpoint has another outer port by now
    kNoHairpin,
};

struct Passage
{
    Barrier barrier = Barrier::kNone;
    // Outbound: the source as the outside sees it. Inbound: the inner endpoint it goes to.
    Endpoint endpoint;

    [[nodiscard]] bool passed() const
    {
        return barrier == Barrier::kNone;
    }
};

class NatTable
{
  public:
    /// `boxes` alike, box b with the draw key {seed, first_key + b, 0}. Nothing is allocated per box
    /// until it has a mapping. `expected` mappings are provided for; more are taken as they come.
    NatTable(const NatOptions& options,
             std::uint64_t seed,
             std::uint32_t first_key,
             std::uint32_t boxes,
             std::uint32_t expected);

    /// A datagram leaves `inner` for `to` at `now`; instants never decrease from call to call.
    Passage outbound(SimTime now, BoxIndex box, Endpoint inner, Endpoint to);

    /// A datagram from `from` arrives for outer port `port` of the box.
    Passage inbound(SimTime now, BoxIndex box, std::uint16_t port, Endpoint from);

    /// What inbound() would say, changing nothing.
    [[nodiscard]] Passage look(SimTime now, BoxIndex box, std::uint16_t port, Endpoint from) const;

    /// As outbound() at first, first + interval, ... up to and including `last`, in time O(1).
    /// Precondition: `interval` is less than every timeout, or the box serves `inner` alone and `to`
    /// is all it sends to.
    void outbound_every(SimTime first,
                        SimDuration interval,
                        SimTime last,
                        BoxIndex box,
                        Endpoint inner,
                        Endpoint to);

    /// Every mapping of the box is forgotten.
    void reboot(BoxIndex box);

    /// The outer endpoint's port that `inner` has towards `to`; nullopt: none.
    [[nodiscard]] std::optional<std::uint16_t> mapped_port(SimTime now,
                                                           BoxIndex box,
                                                           Endpoint inner,
                                                           Endpoint to) const;

    /// The box's own timeout: drawn where options say so.
    [[nodiscard]] SimDuration timeout_of(BoxIndex box) const;

    [[nodiscard]] std::size_t octets() const;
};

} // namespace sipsim::nat
