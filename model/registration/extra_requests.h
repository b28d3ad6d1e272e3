#pragma once

// Models : what a device asks for once an account is registered: SUBSCRIBEs, to message waiting (RFC 3842)
//          and then to busy lamps (RFC 4235), one after another, each a client transaction of its own.
// Drives : a carrier calls on_registered() with the transition that says so, then on_message() and
//          on_deadline(), and sends what they return.
// Keeps  : a pure function of state and arguments, so that a retransmission is the same message; the next
//          one is sent when the one before has its final response or has timed out, and none after a 503
//          until the next registration; no allocation.
// Leaves : text, sockets. Not modelled: the subscription itself: NOTIFY, its refresh by itself and its
//          removal (with `each_refresh` it is made anew with the registration), the user a lamp is about
//          (the account's own), credentials: a 401 is an answer; port unreachable, which it does not hear.

#include "model/registration/user_agent.h"

#include <cstdint>
#include <optional>

namespace sipsim::registration
{

/// Send this datagram. `again` tells a retransmission from a new request.
struct Send
{
    sip::Message message;
    bool again = false;
};

class ExtraRequests
{
  public:
    /// The account has just registered at `server` with `registration` (UserAgent::request_number()), or
    /// has refreshed its binding. Model choice: those under way go on and are not begun anew.
    [[nodiscard]] std::optional<Send> on_registered(const AgentSettings& settings,
                                                    const Account& account,
                                                    SimTime now,
                                                    std::uint64_t registration,
                                                    sip::Endpoint server,
                                                    bool initial);

    /// Whether `response` is one to the present request: RFC 3261 §17.1.3, §18.1.2, §8.1.3.3.
    [[nodiscard]] bool answers(const Account& account, const sip::Message& response) const;

    /// A response for which answers() is true. Model choice: a 503 ends those of this registration, whether it
    /// has a Retry-After or not.
    [[nodiscard]] std::optional<Send> on_message(const AgentSettings& settings,
                                                 const Account& account,
                                                 SimTime now,
                                                 const sip::Message& response);

    [[nodiscard]] std::optional<Send> on_deadline(const AgentSettings& settings,
                                                  const Account& account,
                                                  SimTime now);

    /// The account is off.
    void stop()
    {
        transaction_.reset();
    }

    [[nodiscard]] bool idle() const
    {
        return !transaction_;
    }

    [[nodiscard]] SimTime next_deadline() const
    {
        return transaction_ ? transaction_->next_deadline() : kNever;
    }

  private:
    [[nodiscard]] Send begin(const AgentSettings& settings, const Account& account, SimTime now);
    [[nodiscard]] std::optional<Send> go_on(const AgentSettings& settings,
                                            const Account& account,
                                            SimTime now);
    [[nodiscard]] sip::Message request(const AgentSettings& settings, const Account& account) const;

    std::optional<sip::ClientTransaction> transaction_; // empty: none is under way
    std::uint64_t number_ = 0;                          // of the present request
    sip::Endpoint server_;
    std::uint8_t index_ = 0; // of the present request among those of a registration
};

} // namespace sipsim::registration
