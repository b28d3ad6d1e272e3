#pragma once

// Models : how a client finds where a SIP request goes (RFC 3263 §4): NAPTR, then SRV, then addresses,
//          with the short cuts for a numeric host, a port and a transport, and the modes in which
//          products leave steps out.
// Drives : locate() puts its questions to a StubResolver; Failover walks over what comes out.
// Keeps  : one question at a time; the order of targets is a pure function of answers, key and number;
//          no allocation but for names not seen before.
// Leaves : which target is tried when (failover.h). Not modelled: TLS and sips, IPv6 targets (a Host is an
//          IPv4 address, so only A records are asked for), NAPTR with regexp or flag "a".

#include "model/dns/resolver.h"
#include "model/dns/selection.h"

#include <array>
#include <optional>
#include <span>

namespace sipsim::dns
{

/// Grandstream "DNS Mode" P103 without "Use Configured IP": see configured().
enum class DnsMode : std::uint8_t
{
    kA,        // "A Record": the address of the name, port 5060 unless written
    kSrv,      // "SRV": of each transport we speak, then as kA
    kNaptrSrv, // "NAPTR/SRV": the whole of RFC 3263 §4
};

/// Whose TTL says how long a list of targets may be used.
enum class TtlOf : std::uint8_t
{
    kSrv,     // of the SRV answer, counted from its arrival; without one the addresses'
    kAddress, // the shortest of the addresses
    kLeast,   // the shortest of all that was asked for
};

struct LocationOptions
{
    DnsMode mode = DnsMode::kNaptrSrv;
    Selection selection = Selection::kRfc2782;
    // What we speak, the first preferred where the server has no preference (RFC 3263 §4.1).
    FixedVector<sip::Transport, 2> transports = [] {
        FixedVector<sip::Transport, 2> udp;
        udp.push(sip::Transport::kUdp);
        return udp;
    }();
    TtlOf ttl = TtlOf::kSrv;
};

/// All problems, each "name = value: must be ...".
[[nodiscard]] std::vector<std::string> validate(const LocationOptions& options);

/// RFC 3263 §4 TARGET: what stands in the URI.
struct Destination
{
    std::optional<sip::Host> address; // a numeric host; then `name` is not read
    Name name{};
    std::uint16_t port = 0;                  // 0: not written
    std::optional<sip::Transport> transport; // of the URI's parameter
    // service_name() of each transport, where it was asked beforehand; kRoot: it is asked then.
    std::array<Name, 2> services{kRoot, kRoot};
};

/// The name of the SRV records of `domain` for a transport, "_sip._udp" below it; kRoot: too long.
[[nodiscard]] Name service_name(Names& names, Name domain, sip::Transport transport);

struct Target
{
    Endpoint endpoint;
    sip::Transport transport = sip::Transport::kUdp;
    std::uint16_t priority = 0; // of SRV; 0 without
    std::uint16_t weight = 0;

    friend bool operator==(const Target&, const Target&) = default;
};

/// Model choice: an answer with more addresses is used so far.
inline constexpr std::size_t kMaxTargets = 16;
using Targets = FixedVector<Target, kMaxTargets>;

/// Never empty.
struct Located
{
    Targets targets;        // in the order of contact
    SimTime until = kNever; // may be used until then; past: for this request
};

enum class LocationFailure : std::uint8_t
{
    kNxDomain,     // the name does not exist
    kTimeout,      // no name server answered
    kServFail,     // those that did have no answer
    kNoRecord,     // the name exists, without a record that we can use
    kNotAvailable, // SRV with target ".": decidedly not (RFC 2782)
};

class Location
{
  public:
    // Else one that begins would be cleared first, records and targets that nobody has asked for included.
    Location() noexcept
    {
    }

    /// The `n`-th of `key`, which orders SRV records by it.
    void on_start(const LocationOptions& options,
                  Names& names,
                  const Destination& destination,
                  std::uint64_t n,
                  SimTime now);
    /// The answer to question().
    void on_resolved(const LocationOptions& options,
                     Names& names,
                     const DrawKey& key,
                     const Resolution& resolution);
    void on_failed(const LocationOptions& options, Failure failure);
    /// Targets whose addresses the cache has, as those that came along with SRV records, are taken without a
    /// resolution each. Not those behind a CNAME, whose TTL only a resolution follows.
    void on_known(const LocationOptions& options,
                  const StubResolver& stub,
                  const ResolverSettings& settings,
                  const AnswerStore& answers);

    /// What must be known next; nullptr once it has ended.
    [[nodiscard]] Pursuit* question()
    {
        return asks_ ? &pursuit_ : nullptr;
    }

    /// nullptr: it has not ended, or it has failed. Precondition, of failure() too: on_start() was called.
    [[nodiscard]] const Located* located() const
    {
        return !asks_ && !failure_ ? &located_ : nullptr;
    }

    [[nodiscard]] std::optional<LocationFailure> failure() const
    {
        return failure_;
    }

  private:
    enum class Step : std::uint8_t
    {
        kNaptr,
        kSrv,
        kTarget,  // the addresses of an SRV record's target
        kAddress, // the addresses of the name itself
    };

    struct Service
    {
        Name name{}; // of its SRV records
        sip::Transport transport{};
        std::uint16_t order = 0;
        std::uint16_t preference = 0;
    };

    void ask(Step step, Name name);
    void fail(LocationFailure failure);
    void services_by_transport(const LocationOptions& options, Names& names);
    void on_naptr(const LocationOptions& options, Names& names, const Resolution& resolution);
    void on_srv(const LocationOptions& options, const DrawKey& key, const Resolution& resolution);
    void on_addresses(const Resolution& resolution);
    void next_service();
    void next_target(const LocationOptions& options);
    void address(sip::Transport transport);
    void finish(const LocationOptions& options);

    Destination destination_;
    std::uint64_t n_ = 0;
    Step step_ = Step::kAddress;
    bool asks_ = false;
    Pursuit pursuit_;                  // of what is asked; since the whole began
    FixedVector<Service, 8> services_; // whose SRV records to look for, in order
    std::size_t service_ = 0;
    FixedVector<Srv, kMaxSet> records_; // in the order of contact
    std::size_t record_ = 0;
    sip::Transport transport_{};
    bool unavailable_ = false;                    // an SRV answer said "."
    std::optional<LocationFailure> last_failure_; // of the addresses of a target
    SimTime naptr_until_ = kNever;
    SimTime srv_until_ = kNever;
    SimTime address_until_ = kNever;
    Located located_;
    std::optional<LocationFailure> failure_;
};

/// Puts the questions of `location` to `stub` until it has ended or must wait for Event::kDone, then call
/// again; after Event::kFailed call on_failed() first. Precondition: stub.on_resolution() was called as it
/// started.
void locate(Location& location,
            const LocationOptions& options,
            StubResolver& stub,
            const ResolverSettings& settings,
            Names& names,
            const AnswerStore& answers,
            const DrawKey& key,
            SimTime now,
            AskOutputs& out);

/// Grandstream's "Use Configured IP" (P2308 to P2310): the addresses are the list, for ever. Its help says
/// instead that they receive DNS queries: then they are ResolverSettings::servers.
[[nodiscard]] Located configured(std::span<const sip::Host> addresses, std::uint16_t port);

} // namespace sipsim::dns
