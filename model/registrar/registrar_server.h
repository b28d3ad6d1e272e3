#pragma once

// Models : the registrar's host as its peers see it: server transactions (RFC 3261 §17.2.2, Timer J) in
//          front of the Registrar; up, down or restarted.
// Drives : a carrier hands it datagrams' messages and sends what it returns; time never goes back.
// Keeps  : a retransmission within Timer J gets the same response and does not reach the Registrar;
//          transactions cost O(1) and at most 128 octets each, and are reclaimed in order of time,
//          without a timer each.
// Leaves : text, service time, queues.

#include "model/registrar/registrar.h"
#include "model/registrar/slots.h"

#include <memory>
#include <optional>
#include <vector>

namespace sipsim::registrar
{

/// What became of a request, for traces and metrics.
struct Handled
{
    std::optional<sip::Message> response; // nullopt: nothing is sent
    bool repeat = false;                  // a retransmission, answered from its transaction
    const Reply* reply =
        nullptr; // of a request that reached the Registrar; valid until the next call
};

class RegistrarServer
{
  public:
    /// `registrar` and `options` outlive it.
    RegistrarServer(Registrar& registrar, const RegistrarOptions& options);

    /// A request arrived (responses and ACK are ignored).
    [[nodiscard]] Handled on_request(SimTime now, const sip::Message& request);

    /// Bring the host back after an outage: transactions are lost; bindings as told.
    void on_restart(bool keep_bindings);

    /// Transactions remembered at `now`.
    [[nodiscard]] std::size_t transactions(SimTime now) const;

    /// Memory held for transactions, in octets; further bindings of an AOR (more than one in a
    /// response) not counted.
    [[nodiscard]] std::size_t octets() const
    {
        return slots_.octets() + index_.octets();
    }

  private:
    // RFC 3261 §17.2.3: what a copy of a request has in common with the first.
    struct Key
    {
        sip::Branch branch{};
        sip::HostPort sent_by;
        sip::Method method = sip::Method::kUnknown;

        friend bool operator==(const Key&, const Key&) = default;
    };

    // A completed transaction: the key, and of the Reply what its response needs.
    struct Slot
    {
        sip::Branch branch{};
        sip::HostPort sent_by;
        SimTime answered{};
        sip::UserId contact_user{}; // of the first binding, as the four below
        sip::InstanceId instance{};
        SimTime expires_at{};
        sip::HostPort contact; // of a 3xx: where to
        sip::Nonce nonce{};
        std::unique_ptr<std::vector<Binding>> more; // bindings beyond the first; almost always none
        std::uint32_t seconds = 0;
        std::uint32_t next = kNoSlot; // in order of time; of the free list
        std::uint16_t status = 0;
        sip::Method method = sip::Method::kUnknown;
        std::optional<sip::Transport> transport;
        bool stale = false;
        bool bound = false; // there is a first binding
    };

    static_assert(sizeof(Slot) <= 112);

    [[nodiscard]] static Key key_of(const sip::Message& request);
    [[nodiscard]] static std::uint64_t hash_of(const Key& key);
    [[nodiscard]] Key key_at(std::uint32_t slot) const;
    [[nodiscard]] static Reply reply_of(const Slot& slot);
    [[nodiscard]] SimDuration linger(const sip::Message& request) const;
    void remember(SimTime now, const Key& key, const Reply& reply);
    void forget_until(SimTime now);
    void forget_oldest();

    Registrar& registrar_;
    const RegistrarOptions& options_;
    Reply last_;
    SlotPool<Slot> slots_;
    SlotIndex<std::uint64_t> index_;
    std::uint32_t oldest_ = kNoSlot;
    std::uint32_t newest_ = kNoSlot;
};

} // namespace sipsim::registrar
