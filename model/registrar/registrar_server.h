#pragma once

// Models : the registrar's host as its peers see it: server transactions (RFC 3261 §17.2.2, Timer J) in
//          front of the Registrar; up, down or restarted.
// Drives : a carrier hands it datagrams' messages and sends what it returns; time never goes back.
// Keeps  : a retransmission within Timer J gets the same response and does not reach the Registrar;
//          transactions cost O(1) and 32 octets each with their share of an index of 11 to 22, and are
//          reclaimed in order of time,
//          without a timer each.
// Leaves : text, service time, queues.

#include "model/registrar/registrar.h"
#include "model/registrar/slots.h"

#include <deque>
#include <optional>

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

    /// Memory held for transactions, in octets.
    [[nodiscard]] std::size_t octets() const
    {
        return slots_.octets() + index_.octets() + others_.size() * sizeof(Reply);
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

    // What a response needs that its request does not hold.
    enum class Kind : std::uint8_t
    {
        kPlain,     // rest: seconds * 2^16 + status; nothing is bound
        kChallenge, // rest: nonce
        kProxyChallenge,
        kStale, // a challenge that says so
        kProxyStale,
        kBound, // 200, the one Contact of the request is bound; rest: for so many nanoseconds
        kOther, // rest: its number among all others_ ever
    };

    // A completed transaction: the key, and of the Reply what its response needs.
    struct Slot
    {
        sip::Branch branch{};
        SimTime answered{};
        std::uint64_t rest = 0;
        sip::Host host{}; // sent-by
        std::uint16_t port = 0;
        sip::Method method = sip::Method::kUnknown;
        Kind kind = Kind::kPlain;
    };

    static_assert(sizeof(Slot) == 32);

    [[nodiscard]] static Key key_of(const sip::Message& request);
    [[nodiscard]] static std::uint64_t hash_of(const Key& key);
    [[nodiscard]] Key key_at(std::uint32_t slot) const;
    [[nodiscard]] Reply reply_of(const Slot& slot, const sip::Message& copy) const;
    [[nodiscard]] static Slot compact(const sip::Message& request, SimTime now, const Reply& reply);
    [[nodiscard]] SimDuration linger(const sip::Message& request) const;
    void remember(SimTime now, const Key& key, const sip::Message& request, const Reply& reply);
    void forget_until(SimTime now);
    void forget_oldest();

    Registrar& registrar_;
    const RegistrarOptions& options_;
    Reply last_;
    SlotQueue<Slot> slots_;
    SlotIndex<std::uint64_t> index_;
    std::deque<Reply> others_;           // of kOther
    std::uint64_t others_forgotten_ = 0; // number of the first of others_
};

} // namespace sipsim::registrar
