#include "model/world/share_tracker.h"

#include <algorithm>
#include <utility>

namespace sipsim::world
{

namespace
{

using namespace std::chrono_literals;

constexpr std::uint32_t kNotListed = UINT32_MAX;

std::int64_t
second_of(SimTime at)
{
    return at.time_since_epoch() / 1s;
}

} // namespace

ShareTracker::ShareTracker(const World& world, const Layout& layout, Changing changing)
    : world_(world),
      layout_(layout),
      changing_(std::move(changing)),
      first_(layout.aors()),
      devices_(layout.devices()),
      seconds_(static_cast<std::size_t>(world.duration / 1s) + 1),
      listed_(layout.aors(), kNotListed)
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

template <class Visit>
void
ShareTracker::visit(std::uint32_t aor, const Visit& visit) const
{
    if (first_[aor].until == SimTime::min())
    {
        return;
    }
    visit(first_[aor]);
    if (const auto more = more_.find(aor); more != more_.end())
    {
        for (const Tracked& binding : more->second)
        {
            visit(binding);
        }
    }
}

bool
ShareTracker::reaches(const Tracked& binding, Span accounts) const
{
    for (AccountIndex account = accounts.first; account < accounts.end; ++account)
    {
        if (devices_[layout_.device_of(account)] == binding.contact)
        {
            return true;
        }
    }
    return false;
}

// Adds (sign 1) or takes away (sign -1) what the AOR's present bindings and devices amount to.
void
ShareTracker::count(std::uint32_t aor, int sign)
{
    const Span accounts = accounts_of(aor);
    for (AccountIndex account = accounts.first; account < accounts.end; ++account)
    {
        const sip::Endpoint& address = devices_[layout_.device_of(account)];
        bool reached = false;
        visit(aor, [&](const Tracked& b) { reached = reached || b.contact == address; });
        registered_ += static_cast<std::uint32_t>(reached ? sign : 0);
    }
    visit(aor, [&](const Tracked& binding) {
        stale_ += static_cast<std::uint32_t>(reaches(binding, accounts) ? 0 : sign);
    });
}

// --- expiry

// The AOR waits in the list of its earliest second; it is listed once unless an earlier end comes up.
void
ShareTracker::await(std::uint32_t aor, SimTime until)
{
    const auto second = static_cast<std::size_t>(std::max<std::int64_t>(second_of(until), 0));
    if (second < second_)
    {
        soon_.push_back({until, aor});
        std::ranges::push_heap(soon_, std::greater<>{});
        next_ = std::min(next_, until);
        return;
    }
    if (second < seconds_.size() && second < listed_[aor])
    {
        seconds_[second].push_back(aor);
        listed_[aor] = static_cast<std::uint32_t>(second);
    }
}

void
ShareTracker::open_second(std::size_t second)
{
    std::vector<std::uint32_t> here;
    here.swap(seconds_[second]);
    for (const std::uint32_t aor : here)
    {
        if (listed_[aor] == second)
        {
            listed_[aor] = kNotListed;
        }
        visit(aor, [&](const Tracked& binding) { await(aor, binding.until); });
    }
}

void
ShareTracker::drop_expired(const Expiry& due)
{
    bool any = false;
    visit(due.aor, [&](const Tracked& b) { any = any || b.until <= due.at; });
    if (!any)
    {
        return; // refreshed or removed since
    }
    changing_(due.at);
    count(due.aor, -1);
    std::vector<Tracked> kept;
    visit(due.aor, [&](const Tracked& b) {
        if (b.until > due.at)
        {
            kept.push_back(b);
        }
    });
    first_[due.aor] = kept.empty() ? Tracked{} : kept.front();
    more_.erase(due.aor);
    if (kept.size() > 1)
    {
        more_[due.aor].assign(kept.begin() + 1, kept.end());
    }
    count(due.aor, 1);
}

void
ShareTracker::expire(SimTime now)
{
    while (true)
    {
        // What ends in seconds already open comes before what the next one holds.
        while (!soon_.empty() && soon_.front().at <= now)
        {
            std::ranges::pop_heap(soon_, std::greater<>{});
            const Expiry due = soon_.back();
            soon_.pop_back();
            drop_expired(due);
        }
        if (second_ >= seconds_.size() || SimTime{second_ * 1s} > now)
        {
            break;
        }
        ++second_;
        open_second(second_ - 1);
    }
    next_ = second_ < seconds_.size() ? SimTime{second_ * 1s} : kNever;
    if (!soon_.empty())
    {
        next_ = std::min(next_, soon_.front().at);
    }
}

// --- facts

// The same contacts as before, only their ends are others: nobody's reach changes.
bool
ShareTracker::renews(std::uint32_t aor, const registrar::LocationService::Bindings& bindings) const
{
    std::size_t i = 0;
    bool same = true;
    visit(aor, [&](const Tracked& b) {
        same = same && i < bindings.size() && bindings[i].contact == b.contact;
        ++i;
    });
    return same && i == bindings.size();
}

void
ShareTracker::replace(std::uint32_t aor, const registrar::LocationService::Bindings& bindings)
{
    first_[aor] =
        bindings.empty() ? Tracked{} : Tracked{bindings[0].contact, bindings[0].expires_at};
    if (bindings.size() > 1)
    {
        auto& more = more_[aor];
        more.clear();
        for (std::size_t i = 1; i < bindings.size(); ++i)
        {
            more.push_back({bindings[i].contact, bindings[i].expires_at});
        }
    }
    else if (!more_.empty())
    {
        more_.erase(aor);
    }
    for (const auto& binding : bindings)
    {
        await(aor, binding.expires_at);
    }
}

void
ShareTracker::set_bindings(SimTime now,
                           std::uint32_t aor,
                           const registrar::LocationService::Bindings& bindings)
{
    if (aor >= first_.size())
    {
        return; // an AOR no fleet owns
    }
    if (renews(aor, bindings))
    {
        replace(aor, bindings);
        return;
    }
    changing_(now);
    count(aor, -1);
    replace(aor, bindings);
    count(aor, 1);
}

void
ShareTracker::lose_bindings(SimTime now, std::uint32_t registrar)
{
    changing_(now);
    for (std::uint32_t aor = 0; aor < first_.size(); ++aor)
    {
        if (home_registrar(world_, layout_, layout_.fleet_of_aor(aor)) == registrar)
        {
            count(aor, -1);
            first_[aor] = {};
            more_.erase(aor);
        }
    }
}

void
ShareTracker::set_device(SimTime now, DeviceIndex device, bool powered, sip::Endpoint address)
{
    changing_(now);
    const AccountIndex first = layout_.first_account_of(device);
    const auto& spec = world_.fleets[layout_.fleet_of_device(device)];
    const std::uint32_t first_aor = layout_.aor_of(first);
    const std::uint32_t last_aor = layout_.aor_of(first + spec.accounts - 1);
    for (std::uint32_t aor = first_aor; aor <= last_aor; ++aor)
    {
        count(aor, -1);
    }
    devices_[device] = powered ? address : sip::Endpoint{};
    for (std::uint32_t aor = first_aor; aor <= last_aor; ++aor)
    {
        count(aor, 1);
    }
}

} // namespace sipsim::world
