#pragma once

// Models : how a device comes by its list of servers: its stub resolver, the location under way, the list
//          in force (RFC 3263 §4).
// Drives : the device calls want() when an account must know (Outputs::Next::kResolve of registration)
//          and on_*() with what comes from name servers; a Found other than kPending goes to every
//          account that waits.
// Keeps  : next_deadline() may change after any call but const ones, at no other time; one location at a
//          time, for all accounts of the device; 112 octets, nothing allocated but for contents not seen
//          before; the n-th location of a device is a pure function of key, n and what it is told.
// Leaves : octets, sockets; which target of the list is tried (failover.h).

#include "model/dns/failover.h"
#include "model/dns/target_lists.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace sipsim::dns
{

/// What the devices of a fleet share.
struct FinderSettings
{
    ResolverSettings resolver;
    LocationOptions location;
    Destination destination;
    // The list, for ever; nothing is asked (configured()).
    std::optional<Located> configured;
    // A location that fails leaves the list that ran out in use; else the device has none from then on.
    // Model choice: false; our sources say nothing. RFC 8767 is the same of a resolver.
    bool use_expired = false;
};

/// What all devices of a run share.
struct FinderStore
{
    FinderStore(Names& names_used, AnswerStore& answers_used)
        : names(names_used),
          answers(answers_used)
    {
    }

    Names& names;
    AnswerStore& answers;
    TargetLists lists;
    std::vector<std::unique_ptr<Location>> locations; // under way, or free
    std::vector<std::uint32_t> free;
};

/// What has become of a location.
enum class Found : std::uint8_t
{
    kPending,
    kLocated, // list() is in force
    kFailed,  // see failure(); list() may be there all the same: use_expired
};

class Finder
{
  public:
    /// Begins a location unless one is under way; its first query, if one is needed, is in `out`.
    Found want(const FinderSettings& settings,
               FinderStore& store,
               const DrawKey& key,
               SimTime now,
               AskOutputs& out);

    struct Step
    {
        Verdict verdict = Verdict::kNotAsked; // of the datagram
        Found found = Found::kPending;
    };

    /// A datagram from a name server; its octets have been decoded, its answer is in the store. The device
    /// gets it at its port `to_port`.
    Step on_message(const FinderSettings& settings,
                    FinderStore& store,
                    const DrawKey& key,
                    const Packet& packet,
                    const Endpoint& from,
                    std::uint16_t to_port,
                    SimTime now,
                    AskOutputs& out);
    Found on_deadline(const FinderSettings& settings,
                      FinderStore& store,
                      const DrawKey& key,
                      SimTime now,
                      AskOutputs& out);
    /// ICMP port unreachable about the query under way.
    Found on_transport_error(const FinderSettings& settings,
                             FinderStore& store,
                             const DrawKey& key,
                             SimTime now,
                             AskOutputs& out);
    /// The device is off: cache, list and location are gone. Numbers of draws go on.
    void on_crash(FinderStore& store);

    [[nodiscard]] SimTime next_deadline() const
    {
        return stub_.next_deadline();
    }

    [[nodiscard]] bool pending() const
    {
        return location_ != kNone;
    }

    /// The port it asks from at present. Precondition: next_deadline() is not kNever.
    [[nodiscard]] std::uint16_t port(const DrawKey& key) const
    {
        return stub_.lookup().port(key);
    }

    /// The list in force; without targets: none. Its `until` may be past: a location is wanted.
    [[nodiscard]] ServerList list(const FinderStore& store) const
    {
        return list_ == ListId{} ? ServerList{{}, SimTime::min()}
                                 : ServerList{store.lists[list_], until_};
    }

    /// Of the last location, if it failed.
    [[nodiscard]] LocationFailure failure() const
    {
        return static_cast<LocationFailure>(failure_);
    }

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    Found go_on(const FinderSettings& settings,
                FinderStore& store,
                const DrawKey& key,
                SimTime now,
                AskOutputs& out);
    Found after(Event event,
                const FinderSettings& settings,
                FinderStore& store,
                const DrawKey& key,
                SimTime now,
                AskOutputs& out);
    void adopt(FinderStore& store, const Located& located);
    void drop_list(FinderStore& store);
    void release(FinderStore& store);

    [[no_unique_address]] StubResolver stub_; // its padding is room for what follows
    ListId list_{};
    SimTime until_{};
    std::uint32_t location_ = kNone; // in FinderStore::locations
    std::uint32_t begun_ : 29 = 0;   // locations
    std::uint32_t failure_ : 3 = 0;  // a LocationFailure
};

static_assert(sizeof(Finder) == 112);

} // namespace sipsim::dns
