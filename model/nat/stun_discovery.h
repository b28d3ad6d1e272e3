#pragma once

// Models : finding out what kind of NAT is in the way: the tree of RFC 3489 §10.1, and mapping and
//          filtering behaviour of RFC 5780 §4.3 and §4.4.
// Drives : a carrier calls on_*() with what the client's sockets receive, and sends what comes out.
// Keeps  : next_deadline() may change after any on_*() call, at no other time; one request at a time;
//          trivially copyable, no allocation.
// Leaves : octets, sockets; whether a socket is fresh, which both RFCs ask for (RFC 3489 §10.1, RFC 5780
//          §4.1). Not modelled: binding lifetime (RFC 3489 §10.2, RFC 5780 §4.6), hairpin tests.

#include "model/nat/nat_options.h"
#include "model/nat/stun_client.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace sipsim::nat
{

/// The outcomes of RFC 3489 figure 2.
enum class NatType : std::uint8_t
{
    kOpen,
    kUdpBlocked,
    kSymmetricFirewall,
    kFullCone,
    kRestrictedCone,
    kPortRestrictedCone,
    kSymmetric,
    // The tree has no such leaf: the server does not support the tests, or its other address is silent.
    kUndetermined,
};

/// As preset_names() has them; "undetermined".
[[nodiscard]] std::string_view name_of(NatType type);
[[nodiscard]] std::string_view name_of(Dependence dependence);

/// The client's sockets as its host sees them. Classic discovery uses the first; behaviour discovery
/// tests mappings from the first, filters from the second, which no test of mappings has opened.
struct StunClientHost
{
    DrawKey key;
    std::array<Endpoint, 2> local;
};

/// Tests one after the other, each a transaction that is answered or not. `Discovery` has request(): the
/// present test's, and ended(): what follows.
template <class Discovery>
class StunTests
{
  public:
    /// A response. False: to no test of ours; it is dropped (RFC 5389 §7.3).
    bool on_message(const StunClientSettings& settings,
                    const StunClientHost& host,
                    SimTime now,
                    const StunMessage& message,
                    StunOutputs& out)
    {
        if (!transaction_.active() ||
            !answers(message, host.key, transaction_.number(), settings.form))
        {
            return false;
        }
        transaction_.stop();
        self().ended(settings, host, &message, now, out);
        return true;
    }

    void on_deadline(const StunClientSettings& settings,
                     const StunClientHost& host,
                     SimTime now,
                     StunOutputs& out)
    {
        switch (transaction_.on_deadline(settings.law, now))
        {
        case StunTransaction::Step::kNone:
            return;
        case StunTransaction::Step::kSend:
            out.push(self().request(settings, host));
            out.back().again = true;
            return;
        case StunTransaction::Step::kFailed:
            self().ended(settings, host, nullptr, now, out);
            return;
        }
    }

    /// ICMP port unreachable came back: the test yields no response (RFC 5389 §7.2.1).
    void on_transport_error(const StunClientSettings& settings,
                            const StunClientHost& host,
                            SimTime now,
                            StunOutputs& out)
    {
        if (transaction_.active())
        {
            transaction_.stop();
            self().ended(settings, host, nullptr, now, out);
        }
    }

    [[nodiscard]] SimTime next_deadline() const
    {
        return transaction_.next_deadline();
    }

    /// The first transaction number this discovery has not used.
    [[nodiscard]] std::uint64_t next_number() const
    {
        return transaction_.number() + 1;
    }

  protected:
    /// The test of which request() speaks, as transaction `number`.
    void begin(const StunClientSettings& settings,
               const StunClientHost& host,
               std::uint64_t number,
               SimTime now,
               StunOutputs& out)
    {
        transaction_.start(settings.law, number, now);
        out.push(self().request(settings, host));
    }

    [[nodiscard]] std::uint64_t number() const
    {
        return transaction_.number();
    }

  private:
    Discovery& self()
    {
        return static_cast<Discovery&>(*this);
    }

    StunTransaction transaction_;
};

/// RFC 3489 §10.1.
class ClassicDiscovery : public StunTests<ClassicDiscovery>
{
  public:
    /// The first request is transaction `number` of the host's key; next_number() is free afterwards.
    void on_start(const StunClientSettings& settings,
                  const StunClientHost& host,
                  std::uint64_t number,
                  SimTime now,
                  StunOutputs& out);

    /// Empty: not yet known.
    [[nodiscard]] std::optional<NatType> result() const
    {
        return type_;
    }

    /// Of the first test I; empty: no response to it.
    [[nodiscard]] std::optional<Endpoint> mapped() const
    {
        return mapped_;
    }

  private:
    friend class StunTests<ClassicDiscovery>;

    enum class Test : std::uint8_t
    {
        kNone,
        kOne,
        kTwo,
        kOneElsewhere, // test I to the address of CHANGED-ADDRESS
        kThree,
    };

    void next(const StunClientSettings& settings,
              const StunClientHost& host,
              Test test,
              SimTime now,
              StunOutputs& out);
    [[nodiscard]] StunSend request(const StunClientSettings& settings,
                                   const StunClientHost& host) const;
    /// `response` is null where the test yielded none.
    void ended(const StunClientSettings& settings,
               const StunClientHost& host,
               const StunMessage* response,
               SimTime now,
               StunOutputs& out);
    void finish(NatType type);

    std::optional<Endpoint> mapped_;
    Endpoint elsewhere_;
    Test test_ = Test::kNone;
    std::optional<NatType> type_;
};

/// What RFC 5780 finds.
struct NatBehaviour
{
    bool reached = false;    // the server answered at all (§4.2)
    bool translated = false; // the mapped address is not the local one
    // Empty: cannot be told, for want of OTHER-ADDRESS or of a response.
    std::optional<Dependence> mapping;
    std::optional<Dependence> filtering;
    std::optional<Endpoint> mapped; // of the first socket

    friend bool operator==(const NatBehaviour&, const NatBehaviour&) = default;
};

/// RFC 5780 §4.3, then §4.4 from the other socket: tests of mappings would open the filter that the later
/// ones test (§4.5), and waiting for tests of filters would let mappings time out between two tests of
/// theirs.
class BehaviourDiscovery : public StunTests<BehaviourDiscovery>
{
  public:
    void on_start(const StunClientSettings& settings,
                  const StunClientHost& host,
                  std::uint64_t number,
                  SimTime now,
                  StunOutputs& out);

    /// Empty: not yet known.
    [[nodiscard]] std::optional<NatBehaviour> result() const
    {
        return test_ == Test::kDone ? std::optional{found_} : std::nullopt;
    }

  private:
    friend class StunTests<BehaviourDiscovery>;

    enum class Test : std::uint8_t
    {
        kNone,
        kConnect,       // §4.3 test I
        kMappingTwo,    // alternate address, primary port
        kMappingThree,  // alternate address and port
        kFilterConnect, // §4.4 test I, from the other socket
        kFilterTwo,     // change IP and port
        kFilterThree,   // change port
        kDone,
    };

    [[nodiscard]] StunSend request(const StunClientSettings& settings,
                                   const StunClientHost& host) const;
    void ended(const StunClientSettings& settings,
               const StunClientHost& host,
               const StunMessage* response,
               SimTime now,
               StunOutputs& out);
    [[nodiscard]] Test after(const StunClientHost& host, const StunMessage* response);

    NatBehaviour found_;
    Endpoint other_;
    Endpoint seen_two_; // mapped address of mapping test II
    Test test_ = Test::kNone;
};

static_assert(std::is_trivially_copyable_v<ClassicDiscovery>);
static_assert(std::is_trivially_copyable_v<BehaviourDiscovery>);

} // namespace sipsim::nat
