#pragma once

// Models : the registrar as its peers see it: server transactions (RFC 3261 §17.2.2, Timer J) in front of
//          the Registrar; up, down or restarted.
// Drives : Host hands it requests and has sent what it returns; time never goes back.
// Keeps  : a retransmission within Timer J gets the same response and does not reach the Registrar;
//          transactions cost O(1) and 32 octets each with their share of an index of 5 to 11, and are
//          reclaimed in order of time, without a timer each.
// Leaves : text, service time, queues.

#include "model/registrar/registrar.h"
#include "model/registrar/slots.h"

#include <array>
#include <cstdint>
#include <unordered_map>

namespace sipsim::registrar
{

/// Of a Reply what its response needs that the request does not hold; the rest comes from any copy of
/// the request.
class CompactReply
{
  public:
    CompactReply() = default;

    /// The Registrar's answer to `request` at `now`. Most have a compact form; others: none().
    CompactReply(SimTime now, const sip::Message& request, const Reply& reply);

    [[nodiscard]] bool none() const
    {
        return kind() == Kind::kNone;
    }

    /// The answer given at `answered`, as far as Registrar::response() looks at it. Precondition: not
    /// none(). RFC 3261 §17.2.3: a copy has the Contact of the first; of what only pretends to be one,
    /// nothing is made up.
    [[nodiscard]] Reply reply(SimTime answered, const sip::Message& copy) const;

  private:
    enum class Kind : std::uint8_t
    {
        kNone,
        kPlain,     // status, seconds; nothing is bound
        kChallenge, // words: the nonce
        kProxyChallenge,
        kStale, // a challenge that says so
        kProxyStale,
        kBound, // 200; the one Contact of the request is bound: where, and for so many seconds
    };

    CompactReply(Kind kind, std::uint64_t what, std::uint32_t more = 0);
    [[nodiscard]] Kind kind() const;
    [[nodiscard]] std::uint64_t what() const;

    static constexpr std::uint32_t kKindBits = 3;
    static constexpr std::uint32_t kLongest =
        1U << 21U; // seconds; a longer binding has no compact form

    // kPlain: seconds * 2^16 + status; a challenge: its nonce; kBound: the low 16 bits of the seconds,
    // host and port of the contact. Octets, since a transaction has room for no more.
    std::array<std::uint8_t, 8> what_{};
    std::uint8_t kind_ = 0; // above kKindBits, of kBound, the high bits of the seconds
};

/// What became of a request, for traces and metrics.
struct Handled
{
    bool responds = false; // else nothing is sent
    bool repeat = false;   // a retransmission, answered from its transaction
    const Reply* reply =
        nullptr;            // of a request that reached the Registrar; valid until the next call
    SimTime answered{};     // when it was, for the first time
    CompactReply compact{}; // of the answer
    Limit limit = Limit::kNone; // that refused it, aloud or in silence
};

class RegistrarServer
{
  public:
    /// `registrar` and `options` outlive it.
    RegistrarServer(Registrar& registrar, const RegistrarOptions& options);

    /// A request arrived (responses and ACK are ignored). `response`, in its initial state, becomes what is sent.
    [[nodiscard]] Handled on_request(SimTime now,
                                     const sip::Message& request,
                                     sip::Message& response);

    /// The request is answered 503 (RFC 3261 §21.5.4), without a transaction: a copy is judged anew.
    /// `retry_after`: seconds, 0: none.
    [[nodiscard]] Handled refuse(SimTime now,
                                 const sip::Message& request,
                                 std::uint32_t retry_after,
                                 sip::Message& response);

    /// A request got a place in the queue before the process.
    void on_queued(SimTime now, const sip::Message& request);

    /// The request arrives soon: what it will be looked up in, into the caches with it.
    void fetch(const sip::Message& request) const
    {
        if (!request.via.empty())
        {
            index_.fetch(hash_of(key_of(request)));
        }
    }

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

    // A completed transaction: the key, and the answer.
    struct Slot
    {
        sip::Branch branch{};
        SimTime answered{};
        sip::Host host{}; // sent-by
        std::uint16_t port = 0;
        sip::Method method = sip::Method::kUnknown;
        CompactReply reply; // none(): others_ has it
    };

    static_assert(sizeof(Slot) == 32);

    [[nodiscard]] static Key key_of(const sip::Message& request);
    [[nodiscard]] static std::uint64_t hash_of(const Key& key);
    [[nodiscard]] Key key_at(std::uint32_t slot) const;
    /// The transaction of that key; kNoSlot.
    [[nodiscard]] std::uint32_t find(const Key& key, std::uint64_t hash) const;
    [[nodiscard]] SimDuration linger(const sip::Message& request) const;
    void remember(SimTime now, const Key& key, std::uint64_t hash, const CompactReply& compact);
    void forget_until(SimTime now);
    void forget_oldest();
    void await_oldest();

    Registrar& registrar_;
    const RegistrarOptions& options_;
    Reply last_;
    SlotQueue<Slot> slots_;
    SlotIndex index_;
    std::uint64_t oldest_hash_ = 0; // of the oldest, if there is one
    SimTime next_end_ = kNever;     // of its Timer J
    // By slot: replies without a compact form.
    std::unordered_map<std::uint32_t, Reply> others_;
};

} // namespace sipsim::registrar
