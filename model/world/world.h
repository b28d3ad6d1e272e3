#pragma once

// Models : what one run simulates: the map, the servers on it, the fleets, the faults. Plain data; the
//          same for both carriers.
// Drives : a configuration becomes a World (scenarios/runner); a carrier runs it.
// Keeps  : indices refer to entries of the same World; Layout's numbering is a pure function of it.
// Leaves : sweeps, replications (the runner), how anything is carried.

#include "model/base/draw.h"
#include "model/base/time.h"
#include "model/dns/authority.h"
#include "model/dns/finder.h"
#include "model/nat/nat_options.h"
#include "model/nat/traversal.h"
#include "model/network/link.h"
#include "model/network/topology.h"
#include "model/proxy/edge_proxy.h"
#include "model/registrar/location_group.h"
#include "model/registrar/registrar.h"
#include "model/registration/options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sipsim::world
{

/// Of all servers of a World, see servers.h.
using ServerIndex = std::uint32_t;

struct RegistrarSpec
{
    std::string name{};
    network::NodeIndex at = 0;
    registrar::RegistrarOptions options{};
    bool keep_bindings = true;           // over an outage (`bindings = "kept" | "lost"`)
    network::LinkSpec access{};          // of the server's own link to its PoP
    std::string domain = "sip.example";  // of its AORs
    registrar::SharingOptions sharing{}; // with the other registrars of its domain; the same at all
};

/// An outbound proxy or SBC before one registrar.
struct ProxySpec
{
    std::string name{};
    network::NodeIndex at = 0;
    proxy::ProxyOptions options{};
    std::uint32_t registrar = 0;
    std::vector<std::string>
        supports{};             // options.supports as text; Directory has them as identities
    network::LinkSpec access{}; // of the host's own link to its PoP
};

/// A STUN server with two addresses and two ports (nat::StunServer), on a host of its own.
struct StunSpec
{
    std::string name{};
    network::NodeIndex at = 0;
    network::LinkSpec access{}; // of the host's own link to its PoP
};

/// A record of a zone, with names as text. A names no address but a server of the simulation.
struct RecordSpec
{
    std::string owner{};                // absolute, without the last dot
    std::uint32_t ttl = 300;            // s
    dns::Type type{};                   // kA, kAaaa, kSrv, kNaptr, kCname
    std::optional<sip::Host> address{}; // kA, as written
    dns::Aaaa address6{};               // kAaaa; answered, no device's target
    std::optional<std::uint32_t>
        server{};               // kA instead: a registrar's or proxy's address (ServerIndex)
    std::uint16_t priority = 0; // kSrv; NAPTR: order
    std::uint16_t weight = 0;   // kSrv; NAPTR: preference
    std::uint16_t port = 0;     // kSrv
    std::string target{};       // kSrv, kCname, absolute; NAPTR: replacement; "" : the root
    std::string flags{};        // kNaptr
    std::string service{};      // kNaptr
};

/// RFC 1035 §3.3.13; the numbers are s, but for the serial.
struct SoaSpec
{
    std::uint32_t ttl = 300;
    std::string mname{}; // absolute, without the last dot
    std::string rname{}; // likewise
    std::uint32_t serial = 1;
    std::uint32_t refresh = 7200;
    std::uint32_t retry = 900;
    std::uint32_t expire = 1'209'600;
    std::uint32_t minimum = 300; // of negative answers, if its own TTL is not less (RFC 2308 §4)
};

struct ZoneSpec
{
    std::string name{};               // of the section; a zone's other version has another one
    std::string origin{};             // absolute, without the last dot
    std::uint32_t negative_ttl = 300; // SOA MINIMUM and TTL (RFC 2308 §4), s
    std::optional<SoaSpec> soa{};     // as written, instead
    std::vector<RecordSpec> records{};
};

/// A name server: authoritative, or the caching resolver of a site.
struct DnsSpec
{
    std::string name{};
    network::NodeIndex at = 0;
    network::LinkSpec access{};         // of the host's own link to its PoP
    std::vector<std::uint32_t> zones{}; // it serves (index); empty: it is a resolver
    dns::AuthorityOptions authority{};
    std::vector<std::uint32_t>
        forward{};                    // of a resolver: the name servers (index) it asks, in order
    dns::ResolverSettings resolver{}; // likewise, but for `servers`
};

/// How a fleet's devices find their servers by DNS.
struct LocatingSpec
{
    std::string name{};                     // the domain, or a host
    std::uint16_t port = 0;                 // 0: not written (RFC 3263 §4.2)
    std::vector<std::uint32_t> resolvers{}; // the name servers (index) the devices ask, in order
    dns::ResolverSettings resolver{};       // but for `servers`
    dns::LocationOptions location{};
    bool use_expired = false; // dns::FinderSettings
    dns::FailoverOptions failover{};
    // "Use Configured IP": these registrars (index), in order, instead of what DNS says.
    std::vector<std::uint32_t> configured{};
};

/// A kind of NAT: as many boxes of it as its fleets' devices need.
struct NatSpec
{
    std::string name{};
    nat::NatOptions options{};
    std::uint32_t devices =
        1; // behind each box: 1: a home's NAT, at the device; more: a carrier's, at the PoP
    std::optional<std::uint32_t>
        behind{}; // of a home's NAT: the carrier's NAT (index) it stands behind
};

/// When a fleet's devices send their first REGISTER.
struct Start
{
    enum class Kind : std::uint8_t
    {
        kSteady, // uniform over one mean refresh period: the run begins in equilibrium
        kAtOnce, // all boot at 0
        kRamp,   // device i of n boots at span * i / n
        kRandom, // uniform on [0, span)
    };
    Kind kind = Kind::kSteady;
    SimDuration span{0};
};

/// Devices that guess the passwords of another fleet's accounts. They are no part of what is expected to
/// be registered.
struct AttackSpec
{
    std::uint32_t targets = 0;  // that fleet (index), before theirs
    std::uint32_t victims = 1;  // of its AORs the first so many, one account after another
    std::uint32_t found_at = 0; // which password of the list is the right one, from 1; 0: none
    bool beside = false;        // they stand behind the carrier's NATs of that fleet
    SimTime begin{};            // they boot
};

/// Which registrar of its domain a call to a user of a fleet comes to, where the fleet locates them.
enum class CallServer : std::uint8_t
{
    kFinds,   // the first that lives and knows a contact: whoever calls finds that one
    kLocated, // whoever calls locates the domain anew for each call, and goes to the first that lives
    kFirst,   // the fleet's `registrar`
};

struct FleetSpec
{
    std::string name{};
    std::string profile{};
    std::uint32_t count = 0;            // devices
    std::uint32_t accounts = 1;         // per device
    std::uint32_t accounts_per_aor = 1; // consecutive accounts of the fleet that share an AOR
    // The devices of an AOR register one Contact: the first address of the first of them, as a cluster's that
    // whichever of them has power answers at. Model choices: so does a call to it, of any that it can reach;
    // each counts as registered while that Contact is. Not modelled: pings to it reach the first one alone;
    // OPTIONS and SUBSCRIBE name the device's own. Without NATs, proxies and +sip.instance.
    bool shared_contact = false;
    std::vector<network::NodeIndex> at{}; // devices go round these PoPs
    std::uint32_t registrar = 0;
    std::optional<std::uint32_t> proxy{}; // the outbound proxy (index) they send everything to
    std::optional<std::uint32_t> stun{};  // the STUN server (index) they ask
    std::string proxy_require{};          // of registration, likewise as text; empty: none
    Start start{};
    registration::RegistrationOptions registration{};
    registration::ExtraRequestsOptions extra{};
    nat::TraversalOptions nat{};
    std::optional<std::uint32_t> nat_box{}; // the kind of NAT (index) its devices stand behind
    double wrong_password = 0.0;            // share of accounts whose secret is not the registrar's
    std::optional<SimDuration> call_gap{};  // mean time between calls to an AOR; nullopt: no calls
    CallServer call_server = CallServer::kFinds;
    std::optional<SimDuration>
        outgoing_gap{};                     // mean time between calls by an account; nullopt: none
    network::LinkSpec access{};             // of each device's own link to its PoP
    std::optional<LocatingSpec> locating{}; // none: they go to `registrar` or `proxy` itself
    // Set: an attacker, with no AORs of its own. Attackers come after all other fleets.
    std::optional<AttackSpec> attack{};
};

enum class FaultKind : std::uint8_t
{
    kReboot,
    kRestart,
    kCrash,
    kPowerCut,
    kOutage,
    kPartition,
    kLink,
    kNatReboot,
    kDnsSlow,
    kDnsLame,
    kZoneChange,
    kAccess,   // the devices' own links carry nothing
    kPassword, // the registrar knows other passwords of the fleet's accounts
    // A registrar's host dies for good; a standby's process takes over its address after the length.
    kVipSwitch,
    kDrain, // registrars go down one after the other, each after it has refused requests for a while
};

/// Who answers for a dead process (RFC 3261 §18.4).
enum class Unreachable : std::uint8_t
{
    kSilent, // the host is dead
    kIcmp,   // the process is dead, the host says port unreachable
};

struct FaultSpec
{
    FaultKind kind = FaultKind::kOutage;
    SimTime at{};
    SimDuration length{0}; // `for`; of a reboot: ignored, the profile's boot time counts

    // kReboot, kRestart, kCrash, kPowerCut, kAccess; kPassword: the fleet
    std::uint32_t fleet = 0;
    double share = 1.0;      // of the fleet's devices, each drawn by itself
    std::uint32_t every = 1; // of the fleet's devices the first and each `every`-th after it; >= 1
    SimDuration return_ramp{0}; // devices come back uniform over this after the length; not kAccess
    bool new_address = false;   // another address after it; not kAccess

    // kOutage, kVipSwitch: which one; kDrain: how each is down
    ServerIndex server = 0;
    Unreachable unreachable = Unreachable::kSilent;

    SimDuration delay{0}; // kDnsSlow: each answer of `server` comes so much later
    std::uint32_t zone =
        0; // kZoneChange: `server` serves it instead of its version of the same origin

    std::uint32_t standby = 0; // kVipSwitch: a registrar of the same domain and node

    // kDrain: these registrars, `each` from the begin of one to that of the next; each answers new requests
    // 503 for `grace`, serves what it has begun, and is down for `length`. Model choice: it is still in the
    // DNS meanwhile (zone-change takes it out), and refuses without a transaction.
    std::vector<std::uint32_t> drained{};
    SimDuration each{0};
    SimDuration grace{0};
    std::optional<std::uint32_t> retry_after{}; // of these 503, s

    std::uint32_t nat = 0; // kNatReboot; `share` of its boxes

    // kPartition: the links between these nodes and all others; kLink: these links
    std::vector<network::LinkIndex> links{};
    std::string target{}; // as written in the configuration
};

/// How keepalives are carried.
enum class Keepalives : std::uint8_t
{
    kSent,     // one by one
    kComputed, // not at all: their outcome is known (KeepaliveCount)
};

/// Attackers stand beside that fleet.
[[nodiscard]] inline bool
is_beside(const FleetSpec& attacker, std::uint32_t fleet)
{
    return attacker.attack && attacker.attack->beside && attacker.attack->targets == fleet;
}

struct World
{
    std::uint64_t seed = 0;
    SimDuration duration{0};
    SimDuration warmup{0};
    network::Topology topology{};
    std::vector<RegistrarSpec> registrars{};
    std::vector<ProxySpec> proxies{};
    std::vector<StunSpec> stuns{};
    std::vector<ZoneSpec> zones{};
    std::vector<DnsSpec> dns{};
    std::vector<NatSpec> nats{};
    std::vector<FleetSpec> fleets{};
    std::vector<FaultSpec> faults{};
    Keepalives keepalives = Keepalives::kSent;
};

[[nodiscard]] std::string_view name_of(FaultKind kind);

/// True for faults that end a device's life (reboot, restart, crash, power-cut).
[[nodiscard]] bool hits_devices(FaultKind kind);

/// Its devices do what nat::DeviceTraversal does: STUN before they register, keepalives that are answered.
[[nodiscard]] bool traverses(const FleetSpec& fleet);

/// It shares its bindings with others of its domain.
[[nodiscard]] bool shares_bindings(const World& world, std::uint32_t registrar);

/// The registrar serves the fleet's users: its own, or one of the same domain if the fleet locates its
/// servers, they share their bindings, or it takes over the address of its own.
[[nodiscard]] bool serves(const World& world, std::uint32_t registrar, const FleetSpec& fleet);

/// A vip-switch gives the address of `registrar` to `standby`.
[[nodiscard]] bool takes_over(const World& world, std::uint32_t standby, std::uint32_t registrar);

/// The instant from which times to recovery count: `at` plus the length (of a reboot, the fleet's boot
/// time); a return ramp begins there.
[[nodiscard]] SimTime end_of(const World& world, const FaultSpec& fault);

} // namespace sipsim::world
