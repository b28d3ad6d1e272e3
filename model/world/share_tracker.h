#pragma once

// Models : who is registered, as the registrars' tables and the devices' power say together.
// Drives : Collector feeds it facts in order of time.
// Keeps  : registered() and stale() are exact at every instant, expiries between facts included; a
//          refresh costs O(1): nothing is done about its end but where it is the earliest of its block of
//          AORs, which is looked through when that second begins; 10 octets per AOR and device
//          (12 where there are NATs), 12 per block and 4 per second of the run.
// Leaves : what user agents believe.

#include "model/base/arena.h"
#include "model/base/prefetch.h"
#include "model/base/sparse_array.h"
#include "model/world/facts.h"
#include "model/world/nat_plan.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

namespace sipsim::world
{

class ShareTracker
{
  public:
    /// Told of the instant just before the counts change at it.
    using Changing = std::function<void(SimTime)>;

    ShareTracker(const World& world, const Layout& layout, Changing changing);

    /// Something may expire up to `now`.
    [[nodiscard]] bool due(SimTime now) const
    {
        return now >= next_;
    }

    /// Expiries up to `now` happen.
    void advance(SimTime now)
    {
        if (due(now))
        {
            expire(now);
        }
    }

    /// set_bindings() of the AOR comes soon: into the caches with it.
    void fetch(std::uint32_t aor) const
    {
        prefetch(&first_until_[aor]);
        prefetch(&first_code_[aor]);
        second_binding_.fetch(aor);
        prefetch(&blocks_[aor / kBlock]);
    }

    /// At `now`, to which the caller has advanced.
    void set_bindings(SimTime now,
                      std::uint32_t aor,
                      const registrar::LocationService::Bindings& bindings);
    void lose_bindings(SimTime now, std::uint32_t registrar);
    void set_device(SimTime now, DeviceIndex device, bool powered, sip::Endpoint address);

    /// Accounts of powered devices with an unexpired binding whose contact is their address.
    [[nodiscard]] std::uint32_t registered() const
    {
        return registered_;
    }

    /// Of these, a fleet's; 0 where the world has only one fleet.
    [[nodiscard]] std::uint32_t registered_of(std::uint32_t fleet) const
    {
        return registered_of_.empty() ? 0 : registered_of_[fleet];
    }

    /// Unexpired bindings that reach no powered device of their AOR.
    [[nodiscard]] std::uint32_t stale() const
    {
        return stale_;
    }

    /// Accounts that register at all.
    [[nodiscard]] std::uint32_t expected() const
    {
        return expected_;
    }

  private:
    static constexpr std::uint32_t kBlock = 32; // AORs

    struct Tracked
    {
        sip::HostPort contact;
        SimTime until;
    };

    // Which address the contact of an AOR's first binding names: kOther, or the address of number
    // code % kAddresses (address()) that the device of the AOR's account of number code / kAddresses has.
    using Code = std::uint8_t;
    static constexpr Code kAddresses = 4;
    static constexpr Code kOther = UINT8_MAX;

    // An AOR's second binding, which most with more than one have as their last. Ends after 4.5 years,
    // which is longer than a run, are that.
    struct Second
    {
        static constexpr int kUntilBits = 58;
        static constexpr Code kCodes = 64; // below it

        SimDuration::rep until : kUntilBits; // ns
        std::uint64_t code : 64 - kUntilBits;

        void set_until(SimTime at)
        {
            constexpr auto kLatest = (SimDuration::rep{1} << (kUntilBits - 1)) - 1;
            until = std::min(at.time_since_epoch().count(), kLatest);
        }
    };

    static_assert(sizeof(Second) == sizeof(SimTime));

    struct Expiry
    {
        SimTime at;
        std::uint32_t aor;

        friend bool operator>(const Expiry& a, const Expiry& b)
        {
            return a.at > b.at;
        }
    };

    static constexpr std::uint32_t kNone = UINT32_MAX;

    // Some AORs, one of whose bindings may end in that second; the others that wait for it.
    struct Block
    {
        std::uint32_t second = kNone;
        std::uint32_t before = kNone;
        std::uint32_t next = kNone;
    };

    // Where a device is to be reached.
    enum class Place : std::uint8_t
    {
        kNowhere,       // it has no power
        kFirstAddress,  // NatPlan::outside(device, 0)
        kSecondAddress, // NatPlan::outside(device, 1)
        kElsewhere,     // elsewhere_
    };

    [[nodiscard]] AccountRange accounts_of(std::uint32_t aor) const;
    [[nodiscard]] sip::Endpoint address(DeviceIndex device, Code number) const;
    [[nodiscard]] sip::HostPort first_contact(std::uint32_t aor) const;
    void set_first_contact(std::uint32_t aor, sip::HostPort contact);
    [[nodiscard]] sip::Endpoint coded_address(std::uint32_t aor, Code code) const;
    [[nodiscard]] Code code_of(std::uint32_t aor, sip::HostPort contact, bool any_port) const;
    void set_more(std::uint32_t aor, std::span<const Tracked> bindings);
    template <class Visit>
    void visit(std::uint32_t aor, const Visit& visit) const;
    template <class Visit>
    void visit_ends(std::uint32_t aor, const Visit& visit) const;
    void set_bindings(std::uint32_t aor, std::span<const Tracked> bindings);
    [[nodiscard]] bool leads(std::uint32_t aor, sip::HostPort contact, DeviceIndex device) const;
    [[nodiscard]] bool reaches(std::uint32_t aor, const Tracked& binding) const;
    [[nodiscard]] bool renews(std::uint32_t aor,
                              const registrar::LocationService::Bindings& bindings) const;
    void replace(std::uint32_t aor, const registrar::LocationService::Bindings& bindings);
    void prolong(std::uint32_t aor, const registrar::LocationService::Bindings& bindings);
    void await(std::uint32_t aor, SimTime until);
    void expire(SimTime now);
    void list(std::uint32_t block, std::uint32_t second);
    void unlist(const Block& block);
    void fetch_block(std::uint32_t block) const;
    void open_second();
    void open_block(std::uint32_t block);
    [[nodiscard]] SimTime earliest_of(std::uint32_t first, std::uint32_t end) const;
    [[nodiscard]] SimTime next_second() const;
    [[nodiscard]] sip::Endpoint address_of(DeviceIndex device) const;
    void drop_expired(const Expiry& due);
    void count(std::uint32_t aor, int sign);

    const World& world_;
    const Layout& layout_;
    NatPlan plan_;
    Changing changing_;
    LargeVector<SimTime> first_until_; // by AOR: the end of its first binding; min(): it has none
    std::vector<Code> first_code_;     // by AOR: of that binding
    std::vector<std::uint16_t> first_port_; // by AOR: of that contact; empty: the address's, no NAT
    std::unordered_map<std::uint32_t, sip::HostPort>
        first_other_; // by AOR: that contact, of kOther
    SparseArray<Second>
        second_binding_; // by AOR: all beyond the first, if that is one and has a code
    std::unordered_map<std::uint32_t, std::vector<Tracked>> more_; // by AOR: likewise, if not
    std::vector<Place> devices_;
    std::unordered_map<DeviceIndex, sip::Endpoint> elsewhere_;
    std::vector<Block> blocks_;
    std::vector<std::uint32_t> first_block_; // by second of the run: of those that wait for it
    std::uint32_t second_ = 0;               // bindings that end before it are in soon_
    std::vector<Expiry> soon_;               // a heap
    SimTime next_{}; // nothing expires before it, no second before it is still to be opened
    std::uint32_t registered_ = 0;
    std::vector<std::uint32_t> registered_of_; // by fleet; empty: there is one
    std::uint32_t stale_ = 0;
    std::uint32_t expected_ = 0;
};

} // namespace sipsim::world
