#pragma once

// Models : who is registered, as the registrars' tables and the devices' power say together.
// Drives : Collector feeds it facts in order of time.
// Keeps  : registered() and stale() are exact at every instant, expiries between facts included; a
//          refresh costs O(1): it waits in the list of the second in which it ends, and only what is
//          still there when that second begins is sorted; 28 octets per AOR and device.
// Leaves : what user agents believe.

#include "model/world/facts.h"

#include <cstdint>
#include <functional>
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

    /// Expiries up to `now` happen.
    void advance(SimTime now)
    {
        if (now >= next_)
        {
            expire(now);
        }
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
    struct Tracked
    {
        sip::HostPort contact;
        SimTime until = SimTime::min(); // min(): none
    };

    struct Expiry
    {
        SimTime at;
        std::uint32_t aor;

        friend bool operator>(const Expiry& a, const Expiry& b)
        {
            return a.at > b.at;
        }
    };

    struct Span
    {
        AccountIndex first;
        AccountIndex end;
    };

    [[nodiscard]] Span accounts_of(std::uint32_t aor) const;
    template <class Visit>
    void visit(std::uint32_t aor, const Visit& visit) const;
    [[nodiscard]] bool reaches(const Tracked& binding, Span accounts) const;
    [[nodiscard]] bool renews(std::uint32_t aor,
                              const registrar::LocationService::Bindings& bindings) const;
    void replace(std::uint32_t aor, const registrar::LocationService::Bindings& bindings);
    void await(std::uint32_t aor, SimTime until);
    void expire(SimTime now);
    void open_second(std::size_t second);
    void drop_expired(const Expiry& due);
    void count(std::uint32_t aor, int sign);

    const World& world_;
    const Layout& layout_;
    Changing changing_;
    std::vector<Tracked> first_;                                   // by AOR: its first binding
    std::unordered_map<std::uint32_t, std::vector<Tracked>> more_; // by AOR: beyond the first
    std::vector<sip::Endpoint> devices_; // by device: its address while it has power
    std::vector<std::vector<std::uint32_t>>
        seconds_;                       // AORs with a binding that ends in that second
    std::vector<std::uint32_t> listed_; // by AOR: the second it waits in, or none
    std::vector<Expiry> soon_;          // of the present second, a heap
    std::size_t second_ = 0;            // opened so far: seconds before it
    SimTime next_{};                    // nothing expires before it
    std::uint32_t registered_ = 0;
    std::uint32_t stale_ = 0;
    std::uint32_t expected_ = 0;
};

} // namespace sipsim::world
