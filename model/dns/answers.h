#pragma once

// Models : answers as shared values: what a response holds is kept once, however many devices have it in
//          their caches or on the wire.
// Drives : fleet carrier and resolvers pass a Packet of 32 octets where octets would go; the packet
//          carrier makes one of each Message it decodes.
// Keeps  : what they say never changes: a zone's new version, another order of records, another TTL is
//          another answer with another number; one number per content; expand(compact(m)) == m for the
//          messages of our cores; what has been seen before is found without allocation. An age says how
//          many seconds of its TTLs have passed, so that a cache hands out what is left without a new
//          answer, but for one each time that additional records run out.
// Leaves : forgetting: there are as many answers as contents, which is versions times orders times TTLs of
//          additional records; an answer put together from several of different age adds one each second that
//          it is asked for.

#include "model/base/time.h"
#include "model/dns/message.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace sipsim::dns
{

/// 0: what a query carries.
enum class AnswerId : std::uint32_t
{
};

/// What a response says to its question.
enum class Finding : std::uint8_t
{
    kRecords,  // of the type asked for, under `name`
    kAlias,    // CNAMEs that end at `name`, about which nothing is said
    kNoData,   // RFC 2308 §2.2
    kNxDomain, // RFC 2308 §2.1
    kNothing,  // no answer, no SOA: a referral or a server that knows no more (RFC 2308 §2.2)
    kLoop,     // CNAMEs without end
};

struct Reading
{
    Finding finding = Finding::kNothing;
    Name name{};           // the last of the chain
    std::uint32_t ttl = 0; // s: the least of the chain and the records, or of the negative answer
                           // (RFC 2308 §5); 0: not to be kept
};

/// The records of one owner and type in an answer, of whatever section.
struct RecordSet
{
    Name owner{};
    Type type{};
    // From the first to the last in Answer::records; others may stand between them.
    std::uint8_t first = 0;
    std::uint8_t end = 0;
    std::uint32_t ttl = 0; // s: of the first; one per set (RFC 2181 §5.2)
};

struct Answer
{
    Question question;
    Rcode rcode = Rcode::kNoError;
    std::vector<Record> records; // answer, authority, additional
    std::vector<RecordSet> sets; // of them
    std::uint8_t in_answer = 0;
    std::uint8_t in_authority = 0;
    Reading reading;
    std::uint32_t octets = 0;      // of the message, OPT aside
    std::uint32_t whole_until = 0; // s of age from which additional records are left off
    AnswerId later{}; // the same without those; 0: AnswerStore::at_age() was not asked yet

    /// It is the answer to `asked`; that a name does not exist is one for every type (RFC 2308 §5).
    [[nodiscard]] bool answers(const Question& asked) const
    {
        return question == asked ||
               (reading.finding == Finding::kNxDomain && reading.name == question.name &&
                question.name == asked.name && question.klass == asked.klass);
    }

    /// nullptr: there is none.
    [[nodiscard]] const RecordSet* set(Name owner, Type type) const
    {
        for (const RecordSet& set : sets)
        {
            if (set.owner == owner && set.type == type)
            {
                return &set;
            }
        }
        return nullptr;
    }

    [[nodiscard]] std::span<const Record> answer() const
    {
        return std::span{records}.first(in_answer);
    }

    [[nodiscard]] std::span<const Record> authority() const
    {
        return std::span{records}.subspan(in_answer, in_authority);
    }

    [[nodiscard]] std::span<const Record> additional() const
    {
        return std::span{records}.subspan(std::size_t{in_answer} + in_authority);
    }
};

/// A message of the fleet carrier.
struct Packet
{
    Question question;
    AnswerId answer{};
    std::uint32_t age = 0; // s
    std::uint16_t id = 0;
    Rcode rcode = Rcode::kNoError;
    std::uint16_t udp_size = 0; // 0: no EDNS
    bool dnssec_ok = false;     // with EDNS
    Flags flags;

    friend bool operator==(const Packet&, const Packet&) = default;
};

static_assert(sizeof(Packet) <= 32);
static_assert(std::is_trivially_copyable_v<Packet>);

class AnswerStore
{
  public:
    explicit AnswerStore(const Names& names, std::size_t capacity = 1'000'000);

    /// Empty: `capacity` answers are kept already.
    [[nodiscard]] std::optional<AnswerId> intern(const Message& response);

    [[nodiscard]] const Answer& operator[](AnswerId id) const
    {
        return *answers_[static_cast<std::uint32_t>(id)];
    }

    [[nodiscard]] std::size_t size() const
    {
        return answers_.size() - 1;
    }

    /// A query or a response; empty: no room, or a message without a question, of another opcode or of
    /// another version of EDNS.
    [[nodiscard]] std::optional<Packet> compact(const Message& message);

    /// What is handed out of that answer at an age: the same without additional records whose time has passed,
    /// which expand() leaves off and nobody who gets it may use. Where there is no room, with them.
    [[nodiscard]] AnswerId at_age(AnswerId id, std::uint32_t age);

    /// TTLs less the age; additional records whose time has passed are left off.
    [[nodiscard]] Message expand(const Packet& packet) const;

    /// encoded_size(expand(packet)).
    [[nodiscard]] std::size_t encoded_size(const Packet& packet) const;

    [[nodiscard]] const Names& names() const
    {
        return *names_;
    }

  private:
    [[nodiscard]] bool holds(const Answer& answer, const Message& response) const;

    const Names* names_;
    std::size_t capacity_;
    std::vector<std::unique_ptr<Answer>> answers_;                  // never move
    std::unordered_multimap<std::uint64_t, std::uint32_t> numbers_; // by hash
};

/// What `response` says to its question, by RFC 1034 §3.6.2 and RFC 2308 §2 and §5.
[[nodiscard]] Reading read(const Message& response);

/// Whole seconds from `received` to `now`. Model choice: begun seconds do not count, as in BIND, so an
/// answer may live up to a second longer per cache that it passes.
[[nodiscard]] std::uint32_t age_in_seconds(SimTime received, SimTime now);

} // namespace sipsim::dns
