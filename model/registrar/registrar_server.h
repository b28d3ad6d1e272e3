#pragma once

// Models : the registrar's host as its peers see it: server transactions (RFC 3261 §17.2.2, Timer J) in
//          front of the Registrar; up, down or restarted.
// Drives : a carrier hands it datagrams' messages and sends what it returns.
// Keeps  : a retransmission within Timer J gets the same response and does not reach the Registrar;
//          transactions cost O(1) and are reclaimed in order of time, without a timer each.
// Leaves : text, service time, queues.

#include "model/registrar/registrar.h"

#include <deque>
#include <unordered_map>

namespace sipsim::registrar
{

/// What became of a request, for traces and metrics.
struct Handled
{
    std::optional<sip::Message> response; // nullopt: nothing is sent
    bool repeat = false;                  // a retransmission, answered from its transaction
    const Reply* reply = nullptr;         // of a request that reached the Registrar; valid until the next call
};

class RegistrarServer
{
  public:
    explicit RegistrarServer(Registrar& registrar, const RegistrarOptions& options);

    /// A request arrived (responses and ACK are ignored).
    [[nodiscard]] Handled on_request(SimTime now, const sip::Message& request);

    /// Bring the host back after an outage: transactions are lost; bindings as told.
    void on_restart(bool keep_bindings);

    /// Transactions remembered at `now`.
    [[nodiscard]] std::size_t transactions(SimTime now) const;

  private:
    // key: top Via branch, sent-by, method (§17.2.3)
    Registrar& registrar_;
    const RegistrarOptions& options_;
};

} // namespace sipsim::registrar
