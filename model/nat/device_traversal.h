#pragma once

// Models : what one device does about NATs beyond keepalives that nobody answers (keepalive.h): STUN
//          discovery before its first REGISTER (RFC 3489 §10.1; Grandstream GXW410x and GRP26xx "NAT
//          Traversal = STUN"), Binding requests that keep the mapping, and keepalives that the SIP
//          server answers: STUN on its SIP port (RFC 5626 §3.5.2, §4.4.2) or OPTIONS (Grandstream HT8xx,
//          GRP26xx "OPTIONS keepalive").
// Drives : a carrier calls on_*() and performs the outputs; it registers the device's accounts once
//          Ready, under mapped(), and anew at RegisterAnew (UserAgent::on_register_anew()).
// Keeps  : next_deadline() may change after any on_*() call, at no other time; spurious calls are
//          harmless; no allocation; trivially copyable, 136 octets; no transaction number is used twice,
//          in whatever life.
// Leaves : octets, sockets, the SIP message of an OPTIONS (registration::options_request()). All goes
//          out of one socket, the device's SIP socket.
//
// mapped(). With the tree it is set behind full, restricted and port-restricted cones and nowhere else: a
// symmetric NAT gives each destination another mapping (RFC 3489 §5), so that STUN is useless there.
// With one Binding request it is what the server said. Where it is empty, own addresses are used. Model
// choice: discovery that fails is not repeated in this life but by StunRefresh::kBinding.
//
// Bindings. With StunDiscoveryKind::kTree they are sent where mapped() is set; with kBinding always. One
// that fails leaves mapped() as it is (Model choice: an address that worked is better than none); one
// that names another address changes mapped() and leads to RegisterAnew{kAddressChanged}. While
// one is under way no other is sent.
//
// Probe::kStun. Failure of the transaction is failure of the flow (RFC 5626 §4.4.2): RegisterAnew
// {kFlowFailed}. So is another mapped address than before: RegisterAnew{kAddressChanged}; where mapped()
// is set it is the address before, and becomes the new one. Model choice: an error response is an answer
// without address, hence a failure too; the new flow is the same socket; what the failed flow saw is
// forgotten unless it is mapped(); the next probe comes an interval after the failure.
//
// Probe::kOptions. Any final response is an answer (RFC 3261 §11: whoever answers is alive; Model choice:
// also 408 and 503, for the device counts lost packets, not refusals). Lost is what its transaction
// (RFC 3261 §17.1.2) or an ICMP error gave up, and, Model choice, what is still under way when the next
// is due: it is abandoned. probe_loss_limit lost ones in a row lead to RegisterAnew{kFlowFailed} and
// counting begins anew.

#include "model/base/fixed_vector.h"
#include "model/base/time.h"
#include "model/nat/stun_client.h"
#include "model/nat/stun_discovery.h"
#include "model/nat/traversal.h"
#include "model/sip/transaction.h"

#include <cstdint>
#include <optional>
#include <type_traits>
#include <variant>

namespace sipsim::nat
{

/// What the devices of a fleet share.
struct TraversalSettings
{
    TraversalOptions options;
    Endpoint stun_server{};              // mode kStun
    Endpoint sip_server{};               // where probes go
    sip::TransactionOptions transaction; // of OPTIONS
    bool listens_to_icmp = true;         // on_transport_error() does something
};

/// Send SIP OPTIONS `number` to the SIP server: registration::options_request().
struct OptionsSend
{
    std::uint64_t number = 0;
    bool again = false; // a retransmission: the same message
};

/// Accounts may register; mapped() holds from now on.
struct Ready
{
};

/// Registered accounts refresh at once, under mapped().
struct RegisterAnew
{
    enum class Reason : std::uint8_t
    {
        kAddressChanged,
        kFlowFailed,
    };
    Reason reason = Reason::kAddressChanged;
};

using TraversalOutput = std::variant<StunSend, OptionsSend, Ready, RegisterAnew>;

/// In the order in which they happen.
using TraversalOutputs = FixedVector<TraversalOutput, 4>;

class DeviceTraversal
{
  public:
    /// The device's process starts, for the `boots`-th time: a new life, of which nothing before is
    /// known. Discovery starts at `begin` (>= now); without mode kStun Ready comes at once. The first
    /// probe, and the first Binding that keeps the mapping, come uniform on one interval after Ready (not
    /// before `begin`), as keepalives do, and for the same reason.
    void on_boot(const TraversalSettings& settings,
                 const StunClientHost& host,
                 std::uint32_t boots,
                 SimTime now,
                 SimTime begin,
                 TraversalOutputs& out);
    /// The life ends: nothing is sent until the next on_boot().
    void on_down();
    /// A STUN message at the SIP socket. False: no response of ours, and nothing happened.
    [[nodiscard]] bool on_stun(const TraversalSettings& settings,
                               const StunClientHost& host,
                               SimTime now,
                               const StunMessage& message,
                               TraversalOutputs& out);
    /// A response to OPTIONS `number` (registration::answers_options()); any other is dropped.
    void on_options_response(const TraversalSettings& settings,
                             const StunClientHost& host,
                             SimTime now,
                             std::uint64_t number,
                             std::uint16_t status,
                             TraversalOutputs& out);
    /// ICMP port unreachable came back for a STUN or OPTIONS datagram of ours to `to`.
    void on_transport_error(const TraversalSettings& settings,
                            const StunClientHost& host,
                            SimTime now,
                            Endpoint to,
                            TraversalOutputs& out);
    void on_deadline(const TraversalSettings& settings,
                     const StunClientHost& host,
                     SimTime now,
                     TraversalOutputs& out);

    [[nodiscard]] SimTime next_deadline() const;

    /// Ready has been given in this life.
    [[nodiscard]] bool ready() const
    {
        return phase_ == Phase::kReady;
    }

    /// What Via and Contact name; empty: the device's own address.
    [[nodiscard]] std::optional<Endpoint> mapped() const
    {
        return use_mapped_ ? std::optional{seen_} : std::nullopt;
    }

    /// What the tree of this life found; empty: no tree, or not yet.
    [[nodiscard]] std::optional<NatType> nat_type() const
    {
        return typed_ ? std::optional{type_} : std::nullopt;
    }

    /// The OPTIONS under way.
    [[nodiscard]] std::optional<std::uint64_t> options_number() const;

  private:
    void change_address(TraversalOutputs& out);

    enum class Phase : std::uint8_t
    {
        kDown,
        kBeginning, // discovery has not started
        kDiscovering,
        kReady,
    };

    /// Nothing of the kind is under way; the next is due at `at`.
    struct Waiting
    {
        SimTime at;
    };

    /// A Binding request: the whole discovery, the refresh, or a probe.
    struct Asking
    {
        StunTransaction transaction;
        SimTime next; // when the next is due
    };

    struct Pinging
    {
        sip::ClientTransaction transaction;
        SimTime next;
    };

    using S = TraversalSettings;
    using H = StunClientHost;
    using Out = TraversalOutputs;

    void begin(const S& settings, const H& host, SimTime now, Out& out);
    void discovered(const S& settings, const H& host, SimTime now, Out& out);
    void become_ready(const S& settings, const H& host, SimTime from, Out& out);
    void ask(const S& settings, const H& host, SimTime now, SimTime next, Out& out);
    void answered(const S& settings, const H& host, const Endpoint* seen, SimTime now, Out& out);
    void stun_due(const S& settings, const H& host, SimTime now, Out& out);
    void options_due(const S& settings, SimTime now, Out& out);
    void ping(const S& settings, SimTime now, SimTime next, Out& out);
    void lose(const S& settings, Out& out);
    [[nodiscard]] bool asks(const TraversalOptions& options) const;
    [[nodiscard]] std::uint64_t number(std::uint32_t count) const;

    // Bindings, one at a time: the discovery's, then those of StunRefresh::kBinding or of Probe::kStun,
    // which exclude each other.
    std::variant<Waiting, ClassicDiscovery, Asking> stun_{Waiting{kNever}};
    std::variant<Waiting, Pinging> options_{Waiting{kNever}};
    Endpoint seen_{};     // the mapped address of the last answer; Endpoint{}: none
    sip::Host seen_by_{}; // the SIP server that answered last
    std::uint32_t boots_ = 0;
    std::uint32_t stun_count_ = 0;    // STUN transactions of this life
    std::uint32_t options_count_ = 0; // OPTIONS of this life
    Phase phase_ = Phase::kDown;
    NatType type_ = NatType::kUndetermined;
    std::uint8_t losses_ = 0;     // in a row
    bool typed_ : 1 = false;      // type_ holds
    bool use_mapped_ : 1 = false; // mapped() is seen_
};

static_assert(sizeof(DeviceTraversal) == 136);
static_assert(std::is_trivially_copyable_v<DeviceTraversal>);

} // namespace sipsim::nat
