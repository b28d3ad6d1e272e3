#include "model/world/share_tracker.h"

#include <algorithm>
#include <utility>

namespace sipsim::world
{

namespace
{

using namespace std::chrono_literals;

std::int64_t
second_of(SimTime at)
{
    return at.time_since_epoch() / 1s;
}

} // namespace

ShareTracker::ShareTracker(const World& world, const Layout& layout, Changing changing)
    : world_(world),
      layout_(layout),
      plan_(world, layout),
      changing_(std::move(changing)),
      first_until_(layout.aors(), SimTime::min()),
      first_code_(layout.aors()),
      first_port_(world.nats.empty() ? 0 : layout.aors()),
      second_binding_(layout.aors()),
      devices_(layout.devices()),
      blocks_(layout.aors() / kBlock + 1),
      first_block_(static_cast<std::size_t>(world.duration / 1s) + 1, kNone),
      registered_of_(world.fleets.size() > 1 ? world.fleets.size() : 0)
{
    for (const auto& fleet : world.fleets)
    {
        expected_ += fleet.registration.enabled && !fleet.attack ? fleet.count * fleet.accounts : 0;
    }
}

AccountRange
ShareTracker::accounts_of(std::uint32_t aor) const
{
    return layout_.accounts_of_aor(aor);
}

// As which it may be registered: by each of its two addresses in turn, as the world knows them or as it
// does itself.
sip::Endpoint
ShareTracker::address(DeviceIndex device, Code number) const
{
    return number < 2 ? plan_.outside(device, number) : plan_.inside(device, number - 2U);
}

sip::HostPort
ShareTracker::first_contact(std::uint32_t aor) const
{
    const Code code = first_code_[aor];
    if (code == kOther)
    {
        return first_other_.at(aor);
    }
    sip::HostPort contact = coded_address(aor, code);
    if (!first_port_.empty())
    {
        contact.port = first_port_[aor];
    }
    return contact;
}

void
ShareTracker::set_first_contact(std::uint32_t aor, sip::HostPort contact)
{
    if (first_code_[aor] == kOther)
    {
        first_other_.erase(aor);
    }
    if (!first_port_.empty())
    {
        first_port_[aor] = contact.port;
    }
    first_code_[aor] = code_of(aor, contact, !first_port_.empty());
    if (first_code_[aor] == kOther)
    {
        first_other_[aor] = contact;
    }
}

sip::Endpoint
ShareTracker::coded_address(std::uint32_t aor, Code code) const
{
    const AccountIndex account = accounts_of(aor).first + code / kAddresses;
    return address(layout_.device_of(account), code % kAddresses);
}

// kOther: it names none of those addresses, with their port unless any will do.
ShareTracker::Code
ShareTracker::code_of(std::uint32_t aor, sip::HostPort contact, bool any_port) const
{
    const AccountRange accounts = accounts_of(aor);
    const AccountIndex coded = std::min(accounts.end - accounts.first, kOther / kAddresses + 0U);
    for (Code code = 0; code < coded * kAddresses; ++code)
    {
        const sip::HostPort named = coded_address(aor, code);
        if (named.host == contact.host && (any_port || named.port == contact.port))
        {
            return code;
        }
    }
    return kOther;
}

template <class Visit>
void
ShareTracker::visit(std::uint32_t aor, const Visit& visit) const
{
    if (first_until_[aor] == SimTime::min())
    {
        return;
    }
    visit(Tracked{first_contact(aor), first_until_[aor]});
    if (const Second* second = second_binding_.find(aor))
    {
        visit(Tracked{coded_address(aor, static_cast<Code>(second->code)),
                      SimTime{SimDuration{second->until}}});
        return;
    }
    if (const auto more = more_.empty() ? more_.end() : more_.find(aor); more != more_.end())
    {
        std::ranges::for_each(more->second, visit);
    }
}

// Only when they end.
template <class Visit>
void
ShareTracker::visit_ends(std::uint32_t aor, const Visit& see) const
{
    if (first_until_[aor] == SimTime::min())
    {
        return;
    }
    see(first_until_[aor]);
    if (const Second* second = second_binding_.find(aor))
    {
        see(SimTime{SimDuration{second->until}});
    }
    else if (const auto more = more_.empty() ? more_.end() : more_.find(aor); more != more_.end())
    {
        std::ranges::for_each(more->second, see, &Tracked::until);
    }
}

sip::Endpoint
ShareTracker::address_of(DeviceIndex device) const
{
    switch (devices_[device])
    {
    case Place::kFirstAddress:
        return plan_.outside(device, 0);
    case Place::kSecondAddress:
        return plan_.outside(device, 1);
    case Place::kElsewhere:
        return elsewhere_.at(device);
    case Place::kNowhere:
        break;
    }
    return {};
}

// To the address the world knows the device by, or to whichever of them has power; a proxy knows its flows by
// the device's own.
bool
ShareTracker::leads(std::uint32_t aor, sip::HostPort contact, DeviceIndex device) const
{
    if (leads_to(contact, address_of(device)))
    {
        return true;
    }
    const Place place = devices_[device];
    const FleetSpec& fleet = world_.fleets[layout_.fleet_of_device(device)];
    if (fleet.shared_contact)
    {
        return place != Place::kNowhere && contact == layout_.shared_contact(aor);
    }
    const bool whole = place == Place::kFirstAddress || place == Place::kSecondAddress;
    return whole && fleet.proxy &&
           contact == plan_.inside(device, place == Place::kSecondAddress ? 1 : 0);
}

bool
ShareTracker::reaches(std::uint32_t aor, const Tracked& binding) const
{
    const AccountRange accounts = accounts_of(aor);
    for (AccountIndex account = accounts.first; account < accounts.end; ++account)
    {
        if (leads(aor, binding.contact, layout_.device_of(account)))
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
    const AccountRange accounts = accounts_of(aor);
    for (AccountIndex account = accounts.first; account < accounts.end; ++account)
    {
        const DeviceIndex device = layout_.device_of(account);
        bool reached = false;
        visit(aor, [&](const Tracked& b) { reached = reached || leads(aor, b.contact, device); });
        registered_ += static_cast<std::uint32_t>(reached ? sign : 0);
        if (!registered_of_.empty())
        {
            registered_of_[layout_.fleet_of_account(account)] +=
                static_cast<std::uint32_t>(reached ? sign : 0);
        }
    }
    visit(aor, [&](const Tracked& binding) {
        stale_ += static_cast<std::uint32_t>(reaches(aor, binding) ? 0 : sign);
    });
}

// --- expiry

// Its block is looked at no later than in the second of `until`.
void
ShareTracker::await(std::uint32_t aor, SimTime until)
{
    const auto second = std::max<std::int64_t>(second_of(until), 0);
    if (second < second_)
    {
        soon_.push_back({until, aor});
        std::ranges::push_heap(soon_, std::greater<>{});
        next_ = std::min(next_, until);
    }
    else if (static_cast<std::size_t>(second) < first_block_.size())
    {
        list(aor / kBlock, static_cast<std::uint32_t>(second));
    }
}

void
ShareTracker::list(std::uint32_t block, std::uint32_t second)
{
    Block& listed = blocks_[block];
    if (second >= listed.second)
    {
        return;
    }
    if (listed.second != kNone)
    {
        unlist(listed);
    }
    std::uint32_t& first = first_block_[second];
    listed = {.second = second, .before = kNone, .next = first};
    if (first != kNone)
    {
        blocks_[first].before = block;
    }
    first = block;
}

void
ShareTracker::unlist(const Block& block)
{
    (block.before == kNone ? first_block_[block.second] : blocks_[block.before].next) = block.next;
    if (block.next != kNone)
    {
        blocks_[block.next].before = block.before;
    }
}

void
ShareTracker::fetch_block(std::uint32_t block) const
{
    const std::size_t first = std::size_t{block} * kBlock;
    const std::size_t end = std::min(first + kBlock, first_until_.size());
    for (std::size_t aor = first; aor < end; aor += kCacheLine / sizeof(SimTime))
    {
        prefetch(&first_until_[aor]);
    }
}

void
ShareTracker::open_second()
{
    std::uint32_t block = first_block_[second_++];
    while (block != kNone)
    {
        const std::uint32_t next = blocks_[block].next;
        if (next != kNone)
        {
            fetch_block(next);
        }
        blocks_[block].second = kNone;
        open_block(block);
        block = next;
    }
}

// The first of the first bindings' ends; kNever: there is none.
SimTime
ShareTracker::earliest_of(std::uint32_t first, std::uint32_t end) const
{
    // Less one, in two's complement, the min() of those that have none is the latest of all.
    auto earliest = INT64_MAX;
    for (auto aor = first; aor < end; ++aor)
    {
        const auto until = static_cast<std::uint64_t>(first_until_[aor].time_since_epoch().count());
        earliest = std::min(earliest, static_cast<std::int64_t>(until - 1));
    }
    return earliest == INT64_MAX ? kNever : SimTime{SimDuration{earliest + 1}};
}

// What ends in a second before second_ is due; the block waits for the earliest of the others.
void
ShareTracker::open_block(std::uint32_t block)
{
    const std::uint32_t first = block * kBlock;
    const auto end =
        static_cast<std::uint32_t>(std::min(std::size_t{first} + kBlock, first_until_.size()));
    const SimTime opened{second_ * 1s};
    const bool firsts_only = second_binding_.size() == 0 && more_.empty(); // as mostly
    SimTime earliest = firsts_only ? earliest_of(first, end) : SimTime::min();
    if (earliest < opened)
    {
        earliest = kNever;
        for (auto aor = first; aor < end; ++aor)
        {
            visit_ends(aor, [&](SimTime until) {
                if (until < opened)
                {
                    soon_.push_back({until, aor});
                    std::ranges::push_heap(soon_, std::greater<>{});
                }
                else
                {
                    earliest = std::min(earliest, until);
                }
            });
        }
    }
    if (earliest < SimTime{first_block_.size() * 1s})
    {
        list(block, static_cast<std::uint32_t>(second_of(earliest)));
    }
}

// When what waits for the next second is to be looked at.
SimTime
ShareTracker::next_second() const
{
    return second_ < first_block_.size() ? SimTime{second_ * 1s} : kNever;
}

void
ShareTracker::drop_expired(const Expiry& due)
{
    bool any = false;
    visit_ends(due.aor, [&](SimTime until) { any = any || until <= due.at; });
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
    set_bindings(due.aor, kept);
    count(due.aor, 1);
}

void
ShareTracker::expire(SimTime now)
{
    while (true)
    {
        // What ends in seconds already open comes before what the next one holds.
        while (!soon_.empty() && soon_.front().at <= now && soon_.front().at < next_second())
        {
            std::ranges::pop_heap(soon_, std::greater<>{});
            const Expiry due = soon_.back();
            soon_.pop_back();
            drop_expired(due);
        }
        if (next_second() > now)
        {
            break;
        }
        open_second();
    }
    next_ = soon_.empty() ? next_second() : std::min(next_second(), soon_.front().at);
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
ShareTracker::set_bindings(std::uint32_t aor, std::span<const Tracked> bindings)
{
    first_until_[aor] = bindings.empty() ? SimTime::min() : bindings[0].until;
    if (!bindings.empty())
    {
        set_first_contact(aor, bindings[0].contact);
    }
    set_more(aor, bindings.empty() ? bindings : bindings.subspan(1));
}

// Those beyond the first.
void
ShareTracker::set_more(std::uint32_t aor, std::span<const Tracked> bindings)
{
    const Code code = bindings.size() == 1 ? code_of(aor, bindings[0].contact, false) : kOther;
    const bool compact = code < Second::kCodes;
    if (compact)
    {
        Second& second = second_binding_.take(aor);
        second.set_until(bindings[0].until);
        second.code = code;
    }
    else if (second_binding_.find(aor) != nullptr)
    {
        second_binding_.give_back(aor);
    }
    if (!compact && !bindings.empty())
    {
        more_[aor].assign(bindings.begin(), bindings.end());
    }
    else if (!more_.empty())
    {
        more_.erase(aor);
    }
}

void
ShareTracker::replace(std::uint32_t aor, const registrar::LocationService::Bindings& bindings)
{
    FixedVector<Tracked, sip::kMaxContacts> tracked;
    for (const auto& binding : bindings)
    {
        tracked.push({binding.contact, binding.expires_at});
        await(aor, binding.expires_at);
    }
    set_bindings(aor, {tracked.begin(), tracked.size()});
}

void
ShareTracker::prolong(std::uint32_t aor, const registrar::LocationService::Bindings& bindings)
{
    Second* second = second_binding_.find(aor);
    for (std::size_t i = 0; i < bindings.size(); ++i)
    {
        const SimTime until = bindings[i].expires_at;
        if (i == 0)
        {
            first_until_[aor] = until;
        }
        else if (second != nullptr)
        {
            second->set_until(until);
        }
        else
        {
            more_.at(aor)[i - 1].until = until;
        }
        await(aor, until);
    }
}

void
ShareTracker::set_bindings(SimTime now,
                           std::uint32_t aor,
                           const registrar::LocationService::Bindings& bindings)
{
    if (aor >= first_until_.size())
    {
        return; // an AOR no fleet owns
    }
    if (renews(aor, bindings))
    {
        prolong(aor, bindings);
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
    for (std::uint32_t aor = 0; aor < first_until_.size(); ++aor)
    {
        const std::uint32_t fleet = layout_.fleet_of_aor(aor);
        // What may be left elsewhere comes as facts of its own.
        if (!world_.fleets[fleet].locating && !shares_bindings(world_, registrar) &&
            home_registrar(world_, layout_, fleet) == registrar)
        {
            count(aor, -1);
            set_bindings(aor, {});
        }
    }
}

void
ShareTracker::set_device(SimTime now, DeviceIndex device, bool powered, sip::Endpoint address)
{
    const AccountIndex first = layout_.first_account_of(device);
    const auto& spec = world_.fleets[layout_.fleet_of_device(device)];
    if (spec.attack)
    {
        return; // whatever is bound to it reaches somebody else
    }
    changing_(now);
    const std::uint32_t first_aor = layout_.aor_of(first);
    const std::uint32_t last_aor = layout_.aor_of(first + spec.accounts - 1);
    for (std::uint32_t aor = first_aor; aor <= last_aor; ++aor)
    {
        count(aor, -1);
    }
    elsewhere_.erase(device);
    devices_[device] = !powered                              ? Place::kNowhere
                       : address == plan_.outside(device, 0) ? Place::kFirstAddress
                       : address == plan_.outside(device, 1) ? Place::kSecondAddress
                                                             : Place::kElsewhere;
    if (devices_[device] == Place::kElsewhere)
    {
        elsewhere_[device] = address;
    }
    for (std::uint32_t aor = first_aor; aor <= last_aor; ++aor)
    {
        count(aor, 1);
    }
}

} // namespace sipsim::world
