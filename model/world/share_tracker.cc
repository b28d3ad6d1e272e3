#include "model/world/share_tracker.h"

#include <algorithm>

namespace sipsim::world
{

ShareTracker::ShareTracker(const World& world, const Layout& layout)
    : world_(world),
      layout_(layout),
      bindings_(layout.aors()),
      devices_(layout.devices())
{
    for (const auto& fleet : world.fleets)
    {
        expected_ += fleet.registration.enabled ? fleet.count * fleet.accounts : 0;
    }
}

ShareTracker::Span
ShareTracker::accounts_of(std::uint32_t aor) const
{
    const std::uint32_t fleet = layout_.fleet_of_aor(aor);
    const auto& spec = world_.fleets[fleet];
    const AccountIndex fleet_first = layout_.first_account(fleet);
    const AccountIndex first =
        fleet_first + (aor - layout_.aor_of(fleet_first)) * spec.accounts_per_aor;
    return {first,
            std::min(first + spec.accounts_per_aor, fleet_first + spec.count * spec.accounts)};
}

// Adds (sign 1) or takes away (sign -1) what the AOR's present bindings and devices amount to.
void
ShareTracker::count(std::uint32_t aor, int sign)
{
    const auto& bindings = bindings_[aor];
    const Span accounts = accounts_of(aor);
    for (AccountIndex account = accounts.first; account < accounts.end; ++account)
    {
        const Device& device = devices_[layout_.device_of(account)];
        const bool reached = device.powered && std::ranges::any_of(bindings, [&](const Tracked& b) {
                                 return b.contact == device.address;
                             });
        registered_ += static_cast<std::uint32_t>(reached ? sign : 0);
    }
    for (const auto& binding : bindings)
    {
        bool reaches = false;
        for (AccountIndex account = accounts.first; account < accounts.end && !reaches; ++account)
        {
            const Device& device = devices_[layout_.device_of(account)];
            reaches = device.powered && binding.contact == device.address;
        }
        stale_ += static_cast<std::uint32_t>(reaches ? 0 : sign);
    }
}

void
ShareTracker::advance(SimTime now, const std::function<void(SimTime)>& changed)
{
    while (!expiries_.empty() && expiries_.top().at <= now)
    {
        const Expiry due = expiries_.top();
        expiries_.pop();
        auto& bindings = bindings_[due.aor];
        const auto expired = [&](const Tracked& b) { return b.until <= due.at; };
        if (std::ranges::none_of(bindings, expired))
        {
            continue; // refreshed or removed since
        }
        changed(due.at);
        count(due.aor, -1);
        std::erase_if(bindings, expired);
        count(due.aor, 1);
    }
}

void
ShareTracker::set_bindings(std::uint32_t aor, const registrar::LocationService::Bindings& bindings)
{
    if (aor >= bindings_.size())
    {
        return; // an AOR no fleet owns
    }
    count(aor, -1);
    auto& tracked = bindings_[aor];
    tracked.clear();
    for (const auto& binding : bindings)
    {
        tracked.push_back({binding.contact, binding.expires_at});
        expiries_.push({binding.expires_at, aor});
    }
    count(aor, 1);
}

void
ShareTracker::lose_bindings(std::uint32_t registrar)
{
    for (std::uint32_t aor = 0; aor < bindings_.size(); ++aor)
    {
        if (world_.fleets[layout_.fleet_of_aor(aor)].registrar == registrar)
        {
            count(aor, -1);
            bindings_[aor].clear();
        }
    }
}

void
ShareTracker::set_device(DeviceIndex device, bool powered, sip::Endpoint address)
{
    const AccountIndex first = layout_.first_account_of(device);
    const auto& spec = world_.fleets[layout_.fleet_of_device(device)];
    const std::uint32_t first_aor = layout_.aor_of(first);
    const std::uint32_t last_aor = layout_.aor_of(first + spec.accounts - 1);
    for (std::uint32_t aor = first_aor; aor <= last_aor; ++aor)
    {
        count(aor, -1);
    }
    devices_[device] = {address, powered};
    for (std::uint32_t aor = first_aor; aor <= last_aor; ++aor)
    {
        count(aor, 1);
    }
}

} // namespace sipsim::world
