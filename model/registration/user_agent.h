#pragma once

// Models : one account of one device: the registration client, its walk over servers and its one
//          client transaction, joined (RFC 3261 §8.1, §10.2, §17.1.2).
// Drives : a carrier calls on_*() and performs the Outputs; nothing else knows how the three fit.
// Keeps  : next_deadline() may change after any on_*() call, at no other time; outputs are complete:
//          a Send holds the whole message; no allocation; the row is <= 64 octets without the
//          transaction, which the carrier keeps in place or in a pool.
// Leaves : text, sockets, power (the carrier says when the device boots and dies).

#include "model/base/draw.h"
#include "model/registration/registration_client.h"
#include "model/registration/server_walk.h"
#include "model/sip/digest.h"
#include "model/sip/message.h"
#include "model/sip/transaction.h"

#include <optional>
#include <span>
#include <variant>

namespace sipsim::registration
{

/// What all accounts of a fleet share.
struct AgentSettings
{
    RegistrationOptions registration;
    std::span<const sip::Endpoint> servers; // the list the walk goes over
    sip::Host domain{};                     // of the AOR and of the Request-URI
    const sip::ProofFunction* proof = nullptr;
};

/// What one account is; derived from its number, not stored.
struct Account
{
    DrawKey key;
    sip::UserId user{};
    sip::SecretId secret{};
    sip::Endpoint address; // the device's present address and SIP port
    sip::InstanceId instance{};
};

/// Send this datagram. `again` tells a retransmission from a new request.
struct Send
{
    sip::Message message;
    bool again = false;
};

/// Look up a name (needs DNS; no core emits it yet).
struct Resolve
{
    sip::Host name{};
};

/// Send a datagram that is no SIP message (keepalive; no core emits it yet).
struct Probe
{
    sip::Endpoint to;
};

struct Transition
{
    State from = State::kOff;
    State to = State::kOff;
    Reason reason = Reason::kStarted;
    SimTime bound_until = SimTime::min(); // until when the client believes itself registered; min(): not at all
};

/// The orderly end of a device's account is complete.
struct Finished
{
};

using Output = std::variant<Transition, Send, Resolve, Probe, Finished>;
using Outputs = FixedVector<Output, 4>;

class UserAgent
{
  public:
    using Transaction = std::optional<sip::ClientTransaction>;

    void on_start(const AgentSettings&, const Account&, Transaction&, SimTime now, Outputs&);
    /// First REGISTER exactly at `first` (steady start of a run).
    void on_start_at(const AgentSettings&, const Account&, Transaction&, SimTime now, SimTime first, Outputs&);
    void on_shutdown(const AgentSettings&, const Account&, Transaction&, SimTime now, Outputs&);
    void on_crash(Transaction&, Outputs&);
    /// A response; one that matches no transaction is dropped (RFC 3261 §18.1.2, §17.1.3).
    void on_message(const AgentSettings&, const Account&, Transaction&, SimTime now, const sip::Message&, Outputs&);
    void on_transport_error(const AgentSettings&, const Account&, Transaction&, SimTime now, Outputs&);
    void on_deadline(const AgentSettings&, const Account&, Transaction&, SimTime now, Outputs&);

    [[nodiscard]] SimTime next_deadline(const Transaction& transaction) const;

    [[nodiscard]] const RegistrationClient& client() const
    {
        return client_;
    }

    /// The request of the present transaction; a pure function of this state and the arguments.
    [[nodiscard]] sip::Message request(const AgentSettings&, const Account&) const;

  private:
    RegistrationClient client_;
    ServerWalk walk_;
};

} // namespace sipsim::registration
