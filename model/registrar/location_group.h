#pragma once

// Models : what the registrars of one domain know of each other's bindings: nothing, everything after a
//          delay, or all of it at once in one database.
// Drives : each registrar works on its member's LocationService; whoever carries it says when a member
//          dies and returns.
// Keeps  : what is due is applied whenever any member is looked at, so nothing waits for an event, and an
//          answer depends on the time it is asked for alone; of two changes of one contact the later one
//          wins everywhere; in the steady state nothing is allocated; who shares nothing pays nothing.
// Leaves : the messages of replication. Not modelled: that they take a registrar's time and a place on
//          links, that one is lost.

#include "model/registrar/location_service.h"
#include "model/registrar/slots.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace sipsim::registrar
{

enum class Sharing : std::uint8_t
{
    kNothing,    // each its own (Asterisk's astdb, a registrar without a database)
    kReplicated, // each its own, and every change is sent to all others (Kamailio dmq_usrloc, OpenSIPS
                 // clusterer)
    kDatabase, // one for all, which no registrar's death touches (Kamailio usrloc db_mode 3)
};

struct SharingOptions
{
    Sharing kind = Sharing::kNothing;
    // kReplicated: from a change at one to its effect at all others; >= 0. Our sources name no figure;
    // dmq_usrloc sends at once, which leaves the way between two sites.
    SimDuration replication_delay = std::chrono::milliseconds{100};

    friend bool operator==(const SharingOptions&, const SharingOptions&) = default;
};

/// Model choices of kReplicated:
/// - What is sent is one contact of an AOR, with its new binding or without any. Two members that take
///   different contacts of one AOR within the delay end with both, whatever their max_contacts.
/// - What is under way to a member when it dies is lost to it. When it comes back it asks the others: the
///   state of the domain at that instant takes the place of its own after the delay, and what it hears or
///   grants meanwhile stays. Where no other lives it has what it kept.
/// - When the last one dies, what all have kept is what there is.
class LocationGroup
{
  public:
    LocationGroup(const SharingOptions& options, std::uint32_t members);
    LocationGroup(const LocationGroup&) = delete;
    LocationGroup& operator=(const LocationGroup&) = delete;

    /// What that member knows; with a database the same for all.
    [[nodiscard]] LocationService& service(std::uint32_t member)
    {
        return services_[services_.size() == 1 ? 0 : member];
    }

    /// Bindings of `aor` as the domain has them: by the latest change of each contact, whoever knows of
    /// it yet. Where nothing is replicated, what the member knows.
    [[nodiscard]] LocationService::Bindings latest(std::uint32_t member,
                                                   sip::UserId aor,
                                                   SimTime now) const
    {
        return replicates() ? latest_.lookup(aor, now)
                            : services_[services_.size() == 1 ? 0 : member].lookup(aor, now);
    }

    /// What a death does to bindings.
    struct Loss
    {
        bool own = false;               // the member's are gone
        std::vector<sip::UserId> users; // whose latest() may be others now, in order
    };

    /// The member's process dies; `keep`: its bindings are on a disk. It was alive.
    Loss on_death(std::uint32_t member, SimTime now, bool keep);
    /// It runs again.
    void on_return(std::uint32_t member, SimTime now);

    /// Memory held, in octets.
    [[nodiscard]] std::size_t octets() const;

    /// Changes that have not reached everybody yet.
    [[nodiscard]] std::size_t under_way() const
    {
        return log_.size();
    }

  private:
    friend class LocationService;

    using Bindings = LocationService::Bindings;
    using Table = BindingTable;

    // One contact changed.
    struct Change
    {
        SimTime at{};
        sip::UserId aor{};
        Binding binding{}; // as it is since; as it was, if it was removed
        std::uint32_t before =
            kNoSlot; // the change of the same AOR before this one, or one long gone
        std::uint16_t origin = 0;
        bool removed = false;
    };

    static_assert(sizeof(Change) <= 72);

    // Of kReplicated, by member.
    struct Member
    {
        bool alive = true;
        // What it will have once it knows what the others do; the changes that reach it meanwhile are in.
        std::unique_ptr<Table> next{};
        SimTime next_at = kNever;
    };

    [[nodiscard]] bool replicates() const
    {
        return !members_.empty();
    }

    // The changes due by `now` reach the others.
    void advance(SimTime now)
    {
        if (now >= due_)
        {
            deliver(now);
        }
    }

    void on_change(std::uint32_t member, sip::UserId aor, const Bindings& after, SimTime now);
    void push(const Change& change);
    void pop();
    void deliver(SimTime now);
    void deliver_oldest();
    [[nodiscard]] bool outdated(std::uint32_t slot, std::uint32_t member) const;
    static void merge(Table& table, const Change& change, SimTime now);
    void set_due();
    [[nodiscard]] bool anyone_lives() const;
    void keep_what_is_left(SimTime now);

    SharingOptions options_;
    std::deque<LocationService> services_;
    std::vector<Member> members_; // empty: nothing is replicated
    Table latest_;
    std::vector<Path> paths_{Path{}}; // of all members
    SlotQueue<Change> log_;
    SlotIndex newest_; // in log_, by AOR
    SimTime due_ = kNever;
};

} // namespace sipsim::registrar
