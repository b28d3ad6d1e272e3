#pragma once

// Models : what a device lets its operator set about NATs in its way.
// Drives : profiles fill it from a product's parameters; carriers and DeviceTraversal read it.
// Keeps  : validate() reports every problem at once.
// Leaves : where the values come from (model/profile), which servers they mean (TraversalSettings).

#include "model/nat/keepalive.h"
#include "model/nat/stun_message.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sipsim::nat
{

/// How a device gets through NATs (Grandstream "NAT Traversal").
enum class TraversalMode : std::uint8_t
{
    kNone,      // nothing but what TraversalOptions::keepalive says by itself
    kKeepalive, // keepalives
    kStun,      // STUN finds the address that Via and Contact name
    kVpn,       // a plain tunnel: no NAT is in the way
};

/// What a device in STUN mode asks before its first REGISTER.
enum class StunDiscoveryKind : std::uint8_t
{
    kTree,    // RFC 3489 §10.1: the mapped address is used behind cone NATs only
    kBinding, // one Binding request: the mapped address is used whatever the NAT
};

/// What keeps the mapping in STUN mode.
enum class StunRefresh : std::uint8_t
{
    kKeepalive, // the keepalive to the SIP server
    kBinding,   // a Binding request to the STUN server; a changed address is noticed
    kNone,
};

/// A keepalive that the SIP server answers.
enum class Probe : std::uint8_t
{
    kNone,
    kStun,    // a Binding request to the server's SIP port (RFC 5626 §3.5.2, §4.4.2)
    kOptions, // SIP OPTIONS (Grandstream "Enable OPTIONS keepalive")
};

struct TraversalOptions
{
    TraversalMode mode = TraversalMode::kNone;

    // What is sent, kNone standing for kBlank in modes kKeepalive and kStun; also the interval of
    // StunRefresh::kBinding. See keepalives().
    KeepaliveOptions keepalive{};

    // Read in mode kStun only.
    StunDiscoveryKind discovery = StunDiscoveryKind::kTree;
    StunForm form = StunForm::kClassic; // kTree: kClassic, whose CHANGE-REQUEST it needs
    StunRefresh refresh = StunRefresh::kKeepalive;

    Probe probe = Probe::kNone;
    SimDuration probe_interval = 30s; // kOptions; in [100 ms, 24 h]
    // kStun: uniform on [min, max] for each (RFC 5626 §4.4.2: 24 to 29 s); in [100 ms, 24 h].
    SimDuration probe_interval_min = 24s;
    SimDuration probe_interval_max = 29s;
    std::uint8_t probe_loss_limit = 3; // kOptions: lost ones in a row that end the flow; > 0

    /// The keepalives that nobody answers, as they are sent: none by Kind::kNone.
    [[nodiscard]] KeepaliveOptions keepalives() const;
};

/// All problems, each "name = value: must be ..."; names as in a fleet's `nat.` table.
[[nodiscard]] std::vector<std::string> validate(const TraversalOptions& options);

} // namespace sipsim::nat
