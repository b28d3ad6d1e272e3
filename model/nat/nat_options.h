#pragma once

// Models : what kind of address translator, in the words of RFC 4787 and with the presets of RFC 3489.
// Drives : NatTable reads them; configurations fill them.
// Keeps  : validate() reports every problem at once.
// Leaves : where boxes stand and which addresses they have.

#include "model/base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::nat
{

using namespace std::chrono_literals;

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
    // The inner port if it is free, else the next free one above it. Mappings of one inner endpoint to
    // several destinations (mapping not endpoint-independent) share its port, as do those of several
    // inner endpoints to different destinations (port overloading, RFC 4787 §4.2.1; Linux): to one
    // inner endpoint such a box looks endpoint-independent.
    kPreserve,
    kContiguous, // the next free one after the last one given; no two mappings share one
    kRandom,     // drawn; the next free one above it; no two mappings share one
};

struct NatOptions
{
    Dependence mapping = Dependence::kEndpointIndependent;
    Dependence filtering = Dependence::kAddressAndPortDependent;
    PortAssignment ports = PortAssignment::kPreserve;
    bool translates = true;  // false: a firewall; addresses and ports stay, filters work
    bool blocks_udp = false; // nothing passes

    // A mapping without traffic that refreshes it lives this long; > 0. RFC 4787 REQ-5: at least 2 min,
    // 5 min recommended; many home routers use 30 s. Drawn per box, uniform on [timeout, timeout_max),
    // where timeout_max is set.
    SimDuration timeout = 300s;
    std::optional<SimDuration> timeout_max;
    // Linux conntrack (nf_conntrack_udp_timeout 30 s, ..._stream 120 s, stream_after 2 s): until a reply
    // has come, this; after it, `timeout`, but only from traffic that comes more than stream_after after
    // the creation. In (0, timeout]; stream_after in [0, 4 s].
    std::optional<SimDuration> timeout_unreplied;
    SimDuration stream_after{0};

    bool refresh_inbound = false; // inbound traffic that passes refreshes too (RFC 4787 REQ-6)
    bool hairpin = true;          // inside to inside by the outer address (RFC 4787 REQ-9)
    // Of one box; a datagram that would need one more is dropped; 0: no limit but ports.
    std::uint32_t max_mappings = 0;
    std::uint16_t first_port = 1024; // > 0
    std::uint16_t last_port = 65535; // >= first_port

    // Ports by the block (RFC 6888 REQ-4, RFC 7422): an inner host has ports of its own blocks only, gets
    // one more, up to max_blocks, when they are full, and gives one back when the last mapping in it
    // dies. Which block, and which port of it, `ports` says: the block of the inner port or the next free
    // one above (kPreserve), the one after the last given (kContiguous), one drawn or the next free one
    // above (kRandom). A host that gets none is told nothing: its datagram is dropped.
    // Model choice: ports above the last whole block are not used.
    std::uint32_t block_ports = 0; // of a block; 0: ports are given one by one; at most all ports
    std::uint32_t max_blocks = 1;  // of an inner host; >= 1
};

/// Ports from the first to the last; whole blocks of them, 0 where they are given one by one.
[[nodiscard]] std::uint32_t ports_of(const NatOptions& options);
[[nodiscard]] std::uint32_t blocks_of(const NatOptions& options);

/// All problems, each "name = value: must be ...".
[[nodiscard]] std::vector<std::string> validate(const NatOptions& options);

/// The names of RFC 3489 §5 and §10.1: open, udp-blocked, symmetric-firewall, full-cone,
/// restricted-cone, port-restricted-cone, symmetric (a fresh port for each mapping, so that every
/// client sees it for what it is); and linux (conntrack with MASQUERADE: address and port dependent
/// both, ports preserved, 30 s and 120 s, refreshed from both sides, no hairpin).
[[nodiscard]] std::vector<std::string_view> preset_names();
[[nodiscard]] std::optional<NatOptions> preset(std::string_view name);

} // namespace sipsim::nat
