#pragma once

// Models : the caching resolver of a site: it forwards what it does not know to its servers, asks once
//          for all who want the same, and hands out what is left of each TTL (RFC 1034 §5.3.3,
//          RFC 2308 §5).
// Drives : a carrier calls on_*() and sends what comes out, to clients and to servers.
// Keeps  : next_deadline() may change after any on_*() call, at no other time; equal questions under way
//          are one lookup; in steady state nothing is allocated that was not before: tables grow to the
//          most names and clients seen at once.
// Leaves : octets, sockets; what a client does (resolver.h). Not modelled: iteration from the root,
//          prefetching, serving stale answers (RFC 8767), limits of clients per question, TCP: a truncated
//          answer is kept and handed on as if it were whole (ResolverSettings::use_truncated).

#include "model/dns/resolver.h"

#include <unordered_map>
#include <vector>

namespace sipsim::dns
{

/// What a shared resolver sends.
struct Sending
{
    Packet packet;
    Endpoint to;
    std::uint16_t from_port = kDnsPort; // 53: to a client
    bool again = false;                 // a query that is not the first of its lookup
};

/// Drained by the carrier after each call; a vector, as one answer may serve a whole site.
using Sendings = std::vector<Sending>;

class SharedResolver
{
  public:
    /// Draws are of `key`; its longest response is `udp_size` octets, or what its client can take.
    SharedResolver(const ResolverSettings& settings,
                   const DrawKey& key,
                   AnswerStore& answers,
                   std::uint16_t udp_size = 1232);

    /// A client's query. Responses to it go where it came from.
    void on_query(const Packet& query, const Endpoint& client, SimTime now, Sendings& out);
    /// A response from a server, to our port `to_port`.
    Verdict on_message(const Packet& packet,
                       const Endpoint& from,
                       std::uint16_t to_port,
                       SimTime now,
                       Sendings& out);
    void on_deadline(SimTime now, Sendings& out);
    /// ICMP port unreachable came back for what we sent from `from_port`.
    void on_transport_error(std::uint16_t from_port, SimTime now, Sendings& out);
    /// Cache and lookups are gone; clients learn it by their timeouts.
    void on_crash();

    [[nodiscard]] SimTime next_deadline() const;

    /// Names and types in the cache, whatever is left of their TTLs.
    [[nodiscard]] std::size_t cached() const
    {
        return cache_.size();
    }

    /// Lookups under way.
    [[nodiscard]] std::size_t pending() const
    {
        return pending_.size();
    }

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    struct Waiter
    {
        Packet query;
        Endpoint client;
        std::uint32_t next = kNone;
    };

    struct Pending
    {
        Question question; // of the clients
        SimTime since{};
        Lookup lookup; // of what is missing
        std::uint32_t first = kNone;
        std::uint32_t last = kNone;
    };

    struct Kept
    {
        Cached cached;
        SimTime arrived{};
    };

    struct QuestionHash
    {
        std::size_t operator()(const Question& q) const
        {
            return std::size_t{static_cast<std::uint32_t>(q.name)} * 0x9E37'79B9'7F4A'7C15U +
                   static_cast<std::size_t>(q.type);
        }
    };

    [[nodiscard]] bool find(const Question& wanted, SimTime since, Said& said) const;
    [[nodiscard]] Resolved resolve(const Question& question, SimTime since) const;
    void keep(const Kept& kept);
    void begin(Pending& pending, const Question& missing, SimTime now, Sendings& out);
    void add_waiter(Pending& pending, const Packet& query, const Endpoint& client);
    /// Answers the waiters of pending_[i] or looks up what is missing next; true: it is gone.
    bool go_on(std::size_t i, SimTime now, Sendings& out);
    void answer_all(std::size_t i, const Packet& answer, Sendings& out);
    void after(std::size_t i, Event event, const AskOutputs& asks, SimTime now, Sendings& out);
    [[nodiscard]] Packet response(const Question& question, SimTime since, SimTime now);
    [[nodiscard]] Packet compose(const Question& question, SimTime since, SimTime now);
    void respond(Packet answer, const Packet& query, const Endpoint& client, Sendings& out);

    ResolverSettings settings_;
    DrawKey key_;
    AnswerStore* answers_;
    std::uint16_t udp_size_;
    std::uint32_t lookups_ = 0;
    std::unordered_map<Question, Kept, QuestionHash> cache_;
    std::vector<Pending> pending_;
    std::vector<Waiter> waiters_;
    std::uint32_t free_waiter_ = kNone;
};

} // namespace sipsim::dns
