#pragma once

// Models : who is registered, as the registrars' tables and the devices' power say together.
// Drives : Collector feeds it facts in order of time.
// Keeps  : registered() and stale() are exact at every instant, expiries between facts included.
// Leaves : what user agents believe.

#include "model/world/facts.h"

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

namespace sipsim::world
{

class ShareTracker
{
  public:
    ShareTracker(const World& world, const Layout& layout);

    /// Expiries up to `now` happen; `changed(at)` is called just before the counts change at `at`.
    void advance(SimTime now, const std::function<void(SimTime)>& changed);

    /// The caller has advanced to the present.
    void set_bindings(std::uint32_t aor, const registrar::LocationService::Bindings& bindings);
    void lose_bindings(std::uint32_t registrar);
    void set_device(DeviceIndex device, bool powered, sip::Endpoint address);

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
        SimTime until;
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

    struct Device
    {
        sip::Endpoint address;
        bool powered = false;
    };

    struct Span
    {
        AccountIndex first;
        AccountIndex end;
    };

    [[nodiscard]] Span accounts_of(std::uint32_t aor) const;
    void count(std::uint32_t aor, int sign);

    const World& world_;
    const Layout& layout_;
    std::vector<std::vector<Tracked>> bindings_; // by AOR
    std::vector<Device> devices_;
    std::priority_queue<Expiry, std::vector<Expiry>, std::greater<>> expiries_;
    std::uint32_t registered_ = 0;
    std::uint32_t stale_ = 0;
    std::uint32_t expected_ = 0;
};

} // namespace sipsim::world
