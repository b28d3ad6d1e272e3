#pragma once

// Models : one account of one device: the registration client, its walk over servers and its one
//          client transaction, joined (RFC 3261 §8.1, §10.2, §17.1.2).
// Drives : a carrier calls on_*() and performs the Outputs; nothing else knows how the three fit.
// Keeps  : next_deadline() may change after any on_*() call, at no other time; outputs are complete:
//          a request is the whole message; no allocation; the row is 64 octets without the
//          transaction, which the carrier keeps in place or in a pool, and forgets with on_crash().
// Leaves : text, sockets, power (the carrier says when the device boots and dies), DNS (dns::Finder).
//          Not modelled: REGISTER over a reliable transport.

#include "model/base/draw.h"
#include "model/registration/registration_client.h"
#include "model/registration/server_walk.h"
#include "model/sip/digest.h"
#include "model/sip/message.h"
#include "model/sip/transaction.h"

#include <algorithm>
#include <optional>
#include <span>
#include <type_traits>

namespace sipsim::registration
{

/// What all accounts of a fleet share.
struct AgentSettings
{
    RegistrationOptions registration;
    std::span<const sip::Endpoint>
        servers;        // the first is where requests go; not with Account::servers
    sip::Host domain{}; // of the AOR and of the Request-URI
    const sip::ProofFunction* proof = nullptr;
    ExtraRequestsOptions extra{};
};

/// What one account is; derived from its number, not stored.
struct Account
{
    DrawKey key;
    sip::UserId user{};
    sip::SecretId secret{};
    sip::Endpoint address;   // the device's present address and SIP port
    sip::HostPort contact{}; // what it registers; host 0: that address
    sip::InstanceId instance{};
    const Servers* servers = nullptr; // where DNS locates them
    std::uint32_t right_guess = 0;    // of a guesser: which of its passwords is `secret`; 0: none
};

struct Transition
{
    State from = State::kOff;
    State to = State::kOff;
    Reason reason = Reason::kStarted;
    // Until when the client believes itself registered; min(): not at all.
    SimTime bound_until = SimTime::min();
    bool initial = false; // to kRegistered: anew, no refresh of a binding it believed in
};

/// What a call leads to: the transitions, in order (more than one where no server is known and the attempt ends as
/// it begins), then `next`.
struct Outputs
{
    enum class Next : std::uint8_t
    {
        kNothing,
        kSend,      // `request`, a new one
        kSendAgain, // the same as before
        // The servers must be located (dns::Finder::want()); on_found() when that has ended.
        kResolve,
        kFinished, // the orderly end of a device's account is complete
    };

    /// Room for the request, so that it is made where it is to stand; it outlives this.
    explicit Outputs(sip::Message& room)
        : request(room)
    {
    }

    [[nodiscard]] bool empty() const
    {
        return transitions.empty() && next == Next::kNothing;
    }

    FixedVector<Transition, 4> transitions;
    Next next = Next::kNothing;
    /// Of kSend and kSendAgain, else not written; nobody else writes it until it is sent.
    sip::Message& request;
};

class UserAgent
{
  public:
    /// The present transaction, kept by the carrier between calls; empty while none is under way.
    /// Model choice: it is forgotten as soon as it ends: what Timer K (RFC 3261 §17.1.2.2) would absorb
    /// matches no transaction and is dropped, so its linger needs no timer.
    using Transaction = std::optional<sip::ClientTransaction>;

    void on_start(const AgentSettings& settings,
                  const Account& account,
                  Transaction& transaction,
                  SimTime now,
                  Outputs& out);
    /// First REGISTER exactly at `first` (steady start of a run).
    void on_start_at(const AgentSettings& settings,
                     const Account& account,
                     Transaction& transaction,
                     SimTime now,
                     SimTime first,
                     Outputs& out);
    /// Leads to kFinished, in this call or a later one; the caller ends the wait with on_crash().
    void on_shutdown(const AgentSettings& settings,
                     const Account& account,
                     Transaction& transaction,
                     SimTime now,
                     Outputs& out);
    void on_crash(Transaction& transaction, Outputs& out);
    /// A response; one that matches no transaction is dropped (RFC 3261 §18.1.2, §17.1.3). Requests are
    /// not for us.
    void on_message(const AgentSettings& settings,
                    const Account& account,
                    Transaction& transaction,
                    SimTime now,
                    const sip::Message& message,
                    Outputs& out);
    /// ICMP port unreachable came back for `request`, what request_number() was when that was sent. One
    /// that is about an earlier request is dropped (RFC 3261 §18.4, §17.1.4: an error is reported to the
    /// transaction whose request it is about).
    void on_transport_error(const AgentSettings& settings,
                            const Account& account,
                            Transaction& transaction,
                            SimTime now,
                            std::uint64_t request,
                            Outputs& out);
    void on_deadline(const AgentSettings& settings,
                     const Account& account,
                     Transaction& transaction,
                     SimTime now,
                     Outputs& out);
    /// The device's address has changed or its flow has failed (nat::RegisterAnew): if registered, the
    /// refresh happens now. `account` has the new address already.
    void on_register_anew(const AgentSettings& settings,
                          const Account& account,
                          Transaction& transaction,
                          SimTime now,
                          Reason reason,
                          Outputs& out);

    /// A call has come to `target`, a server that has no binding of ours, because those before it have
    /// failed: the device registers there before the call ("Register Before DNS SRV Failover", P29095).
    /// If registered, the refresh happens now and begins there; the location of the call serves.
    /// Precondition: `account.servers`. Model choice: nothing is sent while a request is under way or a
    /// retry is waited for; the call meets what it meets.
    void on_call_failed_over(const AgentSettings& settings,
                             const Account& account,
                             Transaction& transaction,
                             SimTime now,
                             const sip::Endpoint& target,
                             Outputs& out);

    /// The device's location of servers has ended; `account.servers` has what is in force now. For each
    /// account of the device, whether it waits or not. `located`: a new list is there.
    void on_found(const AgentSettings& settings,
                  const Account& account,
                  Transaction& transaction,
                  SimTime now,
                  bool located,
                  Outputs& out);

    [[nodiscard]] SimTime next_deadline(const Transaction& transaction) const
    {
        return transaction ? std::min(client_.next_deadline(), transaction->next_deadline())
                           : client_.next_deadline();
    }

    [[nodiscard]] const RegistrationClient& client() const
    {
        return client_;
    }

    /// Where the present request goes, or the last one went; empty: none was sent since the servers were last
    /// located, which begins by forgetting.
    [[nodiscard]] std::optional<sip::Endpoint> server() const
    {
        return walk_.target();
    }

    /// What tells the present request from every other of this account.
    [[nodiscard]] std::uint64_t request_number() const;

    /// The request of the present transaction; a pure function of this state and the arguments, so that
    /// a retransmission is the same message. Precondition: a server is known or the walk redirected.
    /// Call-ID and From tag are identities 2 * boots and 2 * boots + 1 of Purpose::kIdentity; branch and
    /// cnonce are identity boots * 2^32 + CSeq of theirs.
    [[nodiscard]] sip::Message request(const AgentSettings& settings, const Account& account) const;

  private:
    // What a carrier's call is about, and what comes of it.
    struct Call
    {
        const AgentSettings& settings;
        const Account& account;
        Transaction& transaction;
        SimTime now;
        Outputs& out;
    };

    void begin_life(const Account& account, Transaction& transaction);
    void perform(const Call& call, ClientOutput step);
    [[nodiscard]] bool begin_walk(const Call& call);
    void report(const ClientOutput& step, Outputs& out) const;
    void attempt_ended(const Call& call, const AttemptResult& result);
    [[nodiscard]] bool matches(const Account& account, const sip::Message& response) const;
    void begin_transaction(const Call& call);
    [[nodiscard]] bool go_to_next(const Call& call, const AttemptResult& result);
    [[nodiscard]] bool waits_for_servers() const;
    [[nodiscard]] sip::Branch branch(const Account& account) const;
    void send(const Call& call, Outputs::Next kind) const;
    void write_request(const AgentSettings& settings,
                       const Account& account,
                       sip::Message& message) const;

    RegistrationClient client_;
    ServerWalk walk_;
};

static_assert(sizeof(UserAgent) == 64);
static_assert(std::is_trivially_copyable_v<UserAgent>);

} // namespace sipsim::registration
