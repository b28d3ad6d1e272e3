#pragma once

// Models : an authoritative name server: what it answers (RFC 1034 §4.3.2, RFC 2308 §2 and §3), in which
//          order, and what it leaves off when a datagram is full (RFC 2181 §9, RFC 6891 §6.2.5).
// Drives : a carrier passes a query and sends the response.
// Keeps  : a pure function of zones, query, key and number; allocates nothing (Turns, which number, do).
// Leaves : service time, outages (the carrier). Not modelled: recursion (resolver.h has it), TCP.

#include "model/base/draw.h"
#include "model/dns/zone.h"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace sipsim::dns
{

/// The order of records of one name and type (BIND's rrset-order: fixed, cyclic, random).
enum class RecordOrder : std::uint8_t
{
    kAsSent,
    kRotated,  // each answer to a question begins with the next record
    kShuffled, // each permutation as likely as any other
};

struct AuthorityOptions
{
    RecordOrder order = RecordOrder::kAsSent;
    // Longest response to a query with EDNS; octets, in [512, 65535]. 1232 never fragments (DNS flag
    // day 2020).
    std::uint16_t udp_size = 1232;
    // SRV, MX, NS come with addresses, NAPTR with SRVs (RFC 2782 "additional data", RFC 3403 §4.2).
    bool additional = true;
};

/// How many orders a set of `count` (at most kMaxSet) may have. Model choice: a set of more than six is
/// shuffled to one of 720 permutations drawn beforehand, so that the number of distinct answers stays
/// bounded.
[[nodiscard]] std::size_t orders(std::size_t count, RecordOrder order);

/// The number, below orders(), of the one that answer `n` has. Rotated: by n. Shuffled: by draw n of
/// Purpose::kDnsOrder.
[[nodiscard]] std::size_t order_of(std::size_t count,
                                   RecordOrder order,
                                   const DrawKey& key,
                                   std::uint64_t n);

/// Which record of such a set stands where in answer `n`.
[[nodiscard]] FixedVector<std::uint8_t, kMaxSet> permutation(std::size_t count,
                                                             RecordOrder order,
                                                             const DrawKey& key,
                                                             std::uint64_t n);

/// Numbers a server's answers for order_of(): where sets are rotated, those to each question by themselves (as
/// BIND's `rrset-order cyclic` turns each set), else all of them.
class Turns
{
  public:
    explicit Turns(RecordOrder order)
        : order_(order)
    {
    }

    [[nodiscard]] std::uint64_t next(const std::optional<Question>& question)
    {
        return order_ == RecordOrder::kRotated && question ? by_question_[key_of(*question)]++
                                                           : all_++;
    }

  private:
    [[nodiscard]] static std::uint64_t key_of(const Question& question)
    {
        return (static_cast<std::uint64_t>(question.name) << 16U) |
               static_cast<std::uint16_t>(question.type);
    }

    RecordOrder order_;
    std::unordered_map<std::uint64_t, std::uint64_t> by_question_;
    std::uint64_t all_ = 0;
};

class Authority
{
  public:
    Authority(const Names& names, std::vector<Zone> zones, const AuthorityOptions& options);

    /// The response, by Turns the server's `n`-th; empty: the message is no query.
    [[nodiscard]] std::optional<Message> answer(const Message& query,
                                                const DrawKey& key,
                                                std::uint64_t n) const;

    /// Records of the set whose order `n` decides in answers to that question, the last of a chain of
    /// CNAMEs: equal queries have equal answers if order_of() is. 0: no order does.
    [[nodiscard]] std::size_t ordered(const Question& question) const;

    /// Serve these from now on: a zone's new version.
    void set_zones(std::vector<Zone> zones)
    {
        zones_ = std::move(zones);
    }

    [[nodiscard]] std::span<const Zone> zones() const
    {
        return zones_;
    }

  private:
    const Names* names_;
    std::vector<Zone> zones_;
    AuthorityOptions options_;
};

} // namespace sipsim::dns
