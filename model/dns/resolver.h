#pragma once

// Models : a stub resolver with a small cache (RFC 1034 §5.3.1, resolv.conf(5), RFC 2308 §5): when a
//          query is repeated, which server is next, what is kept and for how long.
// Drives : Location asks; a carrier calls on_*() and sends what comes out. SharedResolver is made of the
//          same parts.
// Keeps  : next_deadline() may change after any ask() or on_*() call, at no other time; a query is a pure
//          function of key and number, so a repeat is the same query; a resolution ends after kMaxChain
//          answers that lead elsewhere, whatever the cache forgets; 96 octets and no allocation, as the
//          answers are shared (answers.h): a cached answer is a number and an instant, and the addresses
//          that come with an SRV answer cost nothing more, so that one domain's SRV and A records take
//          one of the six places.
// Leaves : octets, sockets. Not modelled: TCP after a truncated response, another query without EDNS
//          after FORMERR (RFC 6891 §7), keeping SERVFAIL (RFC 2308 §7.1), search lists.

#include "model/base/draw.h"
#include "model/dns/answers.h"
#include "model/dns/zone.h"

#include <array>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace sipsim::dns
{

using namespace std::chrono_literals;

/// What the resolvers of a fleet share.
struct ResolverSettings
{
    // In order; resolv.conf(5) MAXNS: 3.
    FixedVector<Endpoint, 3> servers;
    // A server that has not answered after this is given up for the round; in (0, 1 h]. resolv.conf(5)
    // "timeout": 5 s. Model choice: the same in each round; glibc divides it by the servers in later ones.
    SimDuration timeout = 5s;
    // Rounds through all servers; in [1, 10]. resolv.conf(5) "attempts": 2.
    std::uint8_t attempts = 2;
    // RFC 6891: what the resolver can take, in octets; nullopt: no EDNS, as glibc without "edns0".
    std::optional<std::uint16_t> udp_size;
    // A truncated response: use what it has, or ask the next server. TCP would be asked (RFC 7766 §5).
    // Model choice: use it; our sources say nothing.
    bool use_truncated = true;
    bool cache =
        true; // false: every resolution asks anew, and so does a site's resolver for every query
    // The longest that an answer is kept; > 0. RFC 8767 §4: a week.
    SimDuration longest_ttl = 24h * 7;
    // The same of a negative one; > 0. RFC 2308 §5: one to three hours.
    SimDuration longest_negative_ttl = 3h;
};

/// All problems, each "name = value: must be ...".
[[nodiscard]] std::vector<std::string> validate(const ResolverSettings& settings);

/// A port that queries leave from (Lookup::port()).
[[nodiscard]] bool asks_from(std::uint16_t port);

/// Send this query.
struct Ask
{
    Packet packet;
    Endpoint to;
    std::uint16_t from_port = 0;
    bool again = false; // not the first of its lookup
};

using AskOutputs = FixedVector<Ask, 1>;

/// Why a datagram was taken, or not.
enum class Verdict : std::uint8_t
{
    kTaken,        // an answer
    kServerFailed, // ours, but SERVFAIL, REFUSED, ...: the next server is asked
    kLame,         // ours, but from a server that neither knows nor recurses: likewise
    kTruncated,    // ours, but not to be used: likewise
    // Dropped.
    kNotAsked,      // nothing is under way
    kNoResponse,    // a query
    kWrongSource,   // from another endpoint than the one asked last (RFC 5452 §9.1)
    kWrongPort,     // to another port than we asked from
    kWrongId,       // RFC 5452 §9.1
    kWrongQuestion, // RFC 5452 §9.1
};
inline constexpr std::size_t kVerdicts = 10;

using VerdictCounts = std::array<std::uint64_t, kVerdicts>;

/// What a lookup has come to by a call.
enum class Event : std::uint8_t
{
    kNone,
    kSent,   // the next query is out
    kDone,   // ask() again: the answer is there
    kFailed, // see failure()
};

enum class Failure : std::uint8_t
{
    kTimeout,  // no server answered
    kServFail, // at least one did, but none with an answer
    kNoServer, // there is none to ask
    kBusy,     // another lookup is under way; ask again when it has ended
    kLoop,     // CNAMEs that lead nowhere
};

/// One question put to the servers until one answers.
class Lookup
{
  public:
    [[nodiscard]] bool active() const
    {
        return next_ != kNever;
    }

    [[nodiscard]] SimTime next_deadline() const
    {
        return next_;
    }

    [[nodiscard]] Question question() const
    {
        return {name_, type_};
    }

    [[nodiscard]] Failure failure() const
    {
        return refused_ ? Failure::kServFail : Failure::kTimeout;
    }

    /// The query is draw `number` of Purpose::kDnsQuery: its id and source port. Precondition: there are
    /// servers.
    Ask start(const ResolverSettings& settings,
              const DrawKey& key,
              std::uint32_t number,
              const Question& question,
              SimTime now);
    Event on_deadline(const ResolverSettings& settings,
                      const DrawKey& key,
                      SimTime now,
                      AskOutputs& out);

    /// `to_port` is ours. A response that fails its server moves on at once, as glibc does.
    struct Step
    {
        Verdict verdict = Verdict::kNotAsked;
        Event event = Event::kNone;
    };

    Step on_message(const ResolverSettings& settings,
                    const DrawKey& key,
                    const AnswerStore& answers,
                    const Packet& packet,
                    const Endpoint& from,
                    std::uint16_t to_port,
                    SimTime now,
                    AskOutputs& out);
    /// ICMP port unreachable came back from the server asked last.
    Event on_transport_error(const ResolverSettings& settings,
                             const DrawKey& key,
                             SimTime now,
                             AskOutputs& out);

    [[nodiscard]] std::uint32_t number() const
    {
        return number_;
    }

    void stop()
    {
        next_ = kNever;
    }

    [[nodiscard]] std::uint16_t port(const DrawKey& key) const;

  private:
    [[nodiscard]] Ask query(const ResolverSettings& settings, const DrawKey& key) const;
    [[nodiscard]] Endpoint server(const ResolverSettings& settings) const;

    struct Drawn
    {
        std::uint16_t id = 0;
        std::uint16_t port = 0;
    };

    [[nodiscard]] Drawn drawn(const DrawKey& key) const;
    Event advance(const ResolverSettings& settings,
                  const DrawKey& key,
                  SimTime now,
                  AskOutputs& out);

    SimTime next_ = kNever;
    std::uint32_t number_ = 0;
    Name name_{};
    Type type_{};
    std::uint8_t sends_ = 0;
    bool refused_ = false;
};

/// The end of a resolution.
struct Resolution
{
    Finding finding = Finding::kNothing; // kRecords, kNoData, kNxDomain or kNothing
    Name name{};                         // of the records: the last of a chain of CNAMEs
    Type type{};
    std::span<const Record> records{}; // among which they stand
    SimTime until = SimTime::min(); // when the first TTL on the way runs out; past: for this once
};

/// Calls `use` with each record of a resolution, in the order of the answer.
template <class Use>
void
for_each_record(const Resolution& resolution, Use use)
{
    for (const Record& record : resolution.records)
    {
        if (record.owner == resolution.name && record.type == resolution.type)
        {
            use(record);
        }
    }
}

/// An answer in a cache.
struct Cached
{
    AnswerId answer{};  // 0: none
    SimTime received{}; // less the age it came with
};

/// A resolution under way. It goes on from where it has come to, though what led there may be cached no
/// more (RFC 1034 §5.3.3 step 4c: "change the SNAME to the canonical name").
struct Pursuit
{
    Question question;        // at first the caller's, then with the name that a CNAME leads to
    SimTime since{};          // when it began
    SimTime until = kNever;   // when the first TTL on the way runs out
    std::uint8_t aliases = 0; // answers that led here
};

/// A question that a resolution still needs, or its end.
using Resolved = std::variant<Resolution, Question, Failure>;

/// What an answer in a cache says to a question, and until when.
struct Said
{
    Cached cached;
    Reading reading;
    std::span<const Record> records; // see Resolution
    SimTime until{};
};

/// `own`: the answer is to that question; else it may have records of it. False: nothing, or its time had
/// passed at `since`; then nothing is written. Written where it stands: a copy would wait for its parts.
[[nodiscard]] bool says(const ResolverSettings& settings,
                        const Answer& answer,
                        bool own,
                        const Cached& cached,
                        const Question& question,
                        SimTime since,
                        Said& said);

/// Follows `pursuit` through what `find(Question, Said&)` has (false: nothing; from the answer to that very
/// question, or from the additional records of another), along CNAMEs (RFC 1034 §3.6.2). What was
/// received at or after its `since` counts even with TTL 0 (RFC 1035 §3.2.1), older things while their TTL
/// lasted then.
template <class Find>
Resolved follow(Pursuit& pursuit, Find find);

/// 96 octets: six answers, as those of NAPTR, SRV and four targets, and one lookup. Model choice: a seventh
/// takes the place of the one that came first.
class StubResolver
{
  public:
    static constexpr std::size_t kAnswers = 6;

    /// What the cache says; a Question it lacks the answer to has been put to the servers, or the lookup under
    /// way for it serves this caller too. Ask again, with the same `pursuit`, after Event::kDone. As it
    /// began on_resolution() was called.
    Resolved ask(const ResolverSettings& settings,
                 const DrawKey& key,
                 const AnswerStore& answers,
                 Pursuit& pursuit,
                 SimTime now,
                 AskOutputs& out);
    Lookup::Step on_message(const ResolverSettings& settings,
                            const DrawKey& key,
                            const AnswerStore& answers,
                            const Packet& packet,
                            const Endpoint& from,
                            std::uint16_t to_port,
                            SimTime now,
                            AskOutputs& out);

    Event on_deadline(const ResolverSettings& settings,
                      const DrawKey& key,
                      SimTime now,
                      AskOutputs& out)
    {
        return lookup_.on_deadline(settings, key, now, out);
    }

    Event on_transport_error(const ResolverSettings& settings,
                             const DrawKey& key,
                             SimTime now,
                             AskOutputs& out)
    {
        return lookup_.on_transport_error(settings, key, now, out);
    }

    /// A resolution begins: what is cached is gone if the settings say that nothing is.
    void on_resolution(const ResolverSettings& settings)
    {
        if (!settings.cache && !lookup_.active())
        {
            answers_ = {};
        }
    }

    /// The device is off: the cache and the lookup are gone. Numbers go on.
    void on_crash();

    [[nodiscard]] SimTime next_deadline() const
    {
        return lookup_.next_deadline();
    }

    [[nodiscard]] const Lookup& lookup() const
    {
        return lookup_;
    }

    /// What one cached answer says to a question: its own, else what came along with another's. CNAMEs are
    /// followed within an answer, not from one to the next.
    [[nodiscard]] bool find(const ResolverSettings& settings,
                            const AnswerStore& answers,
                            const Question& question,
                            SimTime since,
                            Said& said) const;

  private:
    void keep(const AnswerStore& answers, const Cached& cached);

    // By arrival, the latest first. Not by received_, which is as old as what a resolver handed on, where
    // carriers differ: octets tell what is left of a TTL, not since when.
    std::array<SimTime, kAnswers> received_{};
    [[no_unique_address]] Lookup lookup_; // its padding is room for what follows
    std::array<AnswerId, kAnswers> answers_{};
};

static_assert(sizeof(Lookup) == 24);
static_assert(sizeof(StubResolver) == 96);
static_assert(std::is_trivially_copyable_v<StubResolver>);

template <class Find>
Resolved
follow(Pursuit& pursuit, Find find)
{
    Resolved resolved = Resolution{.type = pursuit.question.type};
    auto& end = std::get<Resolution>(resolved); // written where it stands, as says() does
    Said said;
    while (pursuit.aliases <= kMaxChain)
    {
        if (!find(pursuit.question, said))
        {
            resolved = pursuit.question;
            return resolved;
        }
        pursuit.until = std::min(pursuit.until, said.until);
        if (said.reading.finding == Finding::kAlias)
        {
            pursuit.question.name = said.reading.name;
            ++pursuit.aliases;
            continue;
        }
        if (said.reading.finding == Finding::kLoop)
        {
            break;
        }
        end.finding = said.reading.finding;
        end.name = said.reading.name;
        end.records = said.records;
        end.until = pursuit.until;
        return resolved;
    }
    resolved = Failure::kLoop;
    return resolved;
}

} // namespace sipsim::dns
