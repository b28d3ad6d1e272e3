#include "model/registrar/location_group.h"

#include "model/base/mix.h"

#include <algorithm>
#include <utility>

namespace sipsim::registrar
{

namespace
{

std::uint64_t
hash_of(sip::UserId aor)
{
    return mix(static_cast<std::uint64_t>(aor));
}

// One contact to the registrars that bind it (matches() of draft.h).
bool
same_contact(const Binding& a, const Binding& b)
{
    return (a.instance != sip::InstanceId{} && a.instance == b.instance) || a.uri() == b.uri();
}

const Binding*
find(const LocationService::Bindings& bindings, const Binding& binding)
{
    const auto* found = std::ranges::find_if(bindings, [&](const Binding& other) {
        return same_contact(other, binding);
    });
    return found == bindings.end() ? nullptr : found;
}

} // namespace

LocationGroup::LocationGroup(const SharingOptions& options, std::uint32_t members)
    : options_(options),
      services_(options.kind == Sharing::kDatabase ? 1 : members)
{
    if (options.kind != Sharing::kReplicated || members < 2)
    {
        return;
    }
    members_.resize(members);
    for (std::uint32_t member = 0; member < members; ++member)
    {
        services_[member].group_ = this;
        services_[member].member_ = member;
    }
}

// --- changes

void
LocationGroup::on_change(std::uint32_t member, sip::UserId aor, const Bindings& after, SimTime now)
{
    advance(now);
    const Bindings before = services_[member].table_.lookup(aor, now);
    Change change{.at = now, .aor = aor, .origin = static_cast<std::uint16_t>(member)};
    for (const Binding& binding : before)
    {
        if (find(after, binding) == nullptr)
        {
            change.binding = binding;
            change.removed = true;
            push(change);
        }
    }
    for (const Binding& binding : after)
    {
        const Binding* had = find(before, binding);
        if (had == nullptr || !(*had == binding))
        {
            change.binding = binding;
            change.removed = false;
            push(change);
        }
    }
    set_due();
}

void
LocationGroup::push(const Change& change)
{
    merge(latest_, change, change.at);
    if (Table* next = members_[change.origin].next.get())
    {
        merge(*next, change, change.at);
    }
    const auto slot_hash = [this](std::uint32_t slot) { return hash_of(log_[slot].aor); };
    const std::uint32_t before = newest_.find(hash_of(change.aor), [&](std::uint32_t slot) {
        return log_[slot].aor == change.aor;
    });
    const std::uint32_t slot = log_.push(change);
    log_[slot].before = before;
    if (before != kNoSlot)
    {
        newest_.erase(hash_of(change.aor), before, slot_hash);
    }
    newest_.insert(hash_of(change.aor), slot, slot_hash);
}

void
LocationGroup::pop()
{
    const std::uint32_t slot = log_.oldest();
    const sip::UserId aor = log_[slot].aor;
    const std::uint32_t newest =
        newest_.find(hash_of(aor), [&](std::uint32_t other) { return log_[other].aor == aor; });
    if (newest == slot)
    {
        newest_.erase(hash_of(aor), slot, [this](std::uint32_t i) { return hash_of(log_[i].aor); });
    }
    log_.pop();
}

// The member has changed the contact itself since: its word is the later one.
bool
LocationGroup::outdated(std::uint32_t slot, std::uint32_t member) const
{
    const Change& change = log_[slot];
    std::uint32_t other = newest_.find(hash_of(change.aor),
                                       [&](std::uint32_t i) { return log_[i].aor == change.aor; });
    for (; other != slot; other = log_[other].before)
    {
        if (log_[other].origin == member && same_contact(log_[other].binding, change.binding))
        {
            return true;
        }
    }
    return false;
}

void
LocationGroup::deliver_oldest()
{
    const std::uint32_t slot = log_.oldest();
    const Change& change = log_[slot];
    const SimTime now = change.at + options_.replication_delay;
    for (std::uint32_t member = 0; member < members_.size(); ++member)
    {
        if (member == change.origin || !members_[member].alive || outdated(slot, member))
        {
            continue;
        }
        merge(services_[member].table_, change, now);
        if (Table* next = members_[member].next.get())
        {
            merge(*next, change, now);
        }
    }
    pop();
}

void
LocationGroup::deliver(SimTime now)
{
    while (!log_.empty() && log_[log_.oldest()].at + options_.replication_delay <= now)
    {
        deliver_oldest();
    }
    for (std::uint32_t member = 0; member < members_.size(); ++member)
    {
        if (members_[member].next_at <= now)
        {
            services_[member].table_ = std::move(*members_[member].next);
            members_[member].next.reset();
            members_[member].next_at = kNever;
        }
    }
    set_due();
}

void
LocationGroup::set_due()
{
    due_ = log_.empty() ? kNever : log_[log_.oldest()].at + options_.replication_delay;
    for (const Member& member : members_)
    {
        due_ = std::min(due_, member.next_at);
    }
}

// Model choice: an AOR that has no room for one contact more loses the one that ends first.
void
LocationGroup::merge(Table& table, const Change& change, SimTime now)
{
    Bindings bindings = table.lookup(change.aor, now);
    const Binding* found = find(bindings, change.binding);
    if (change.removed || !change.binding.live(now))
    {
        if (found != nullptr)
        {
            Bindings left;
            for (const Binding& binding : bindings)
            {
                if (&binding != found)
                {
                    (void)left.push(binding);
                }
            }
            table.store(change.aor, left);
        }
        return;
    }
    if (found != nullptr)
    {
        bindings[static_cast<std::size_t>(found - bindings.begin())] = change.binding;
    }
    else if (!bindings.push(change.binding))
    {
        *std::ranges::min_element(bindings, {}, &Binding::expires_at) = change.binding;
    }
    table.store(change.aor, bindings);
}

// --- death and return

bool
LocationGroup::anyone_lives() const
{
    return std::ranges::any_of(members_, &Member::alive);
}

LocationGroup::Loss
LocationGroup::on_death(std::uint32_t member, SimTime now, bool keep)
{
    Loss loss;
    const auto note = [&](sip::UserId user, const Binding&) {
        if (loss.users.empty() || loss.users.back() != user)
        {
            loss.users.push_back(user);
        }
    };
    if (!replicates())
    {
        loss.own = !keep && options_.kind != Sharing::kDatabase;
        if (loss.own)
        {
            service(member).for_each(now, note);
            service(member).clear();
        }
        return loss;
    }
    advance(now);
    members_[member].alive = false;
    members_[member].next.reset();
    members_[member].next_at = kNever;
    loss.own = !keep;
    if (loss.own)
    {
        services_[member].clear();
    }
    if (!anyone_lives())
    {
        latest_.for_each(now, note);
        keep_what_is_left(now);
    }
    set_due();
    return loss;
}

// Nobody lives: what is under way reaches nobody.
void
LocationGroup::keep_what_is_left(SimTime now)
{
    while (!log_.empty())
    {
        pop();
    }
    latest_.clear();
    for (const LocationService& service : services_)
    {
        service.table_.for_each(now, [&](sip::UserId aor, const Binding& binding) {
            const Bindings known = latest_.lookup(aor, now);
            const Binding* other = find(known, binding);
            if (other == nullptr || other->expires_at < binding.expires_at)
            {
                merge(latest_, {.at = now, .aor = aor, .binding = binding}, now);
            }
        });
    }
}

void
LocationGroup::on_return(std::uint32_t member, SimTime now)
{
    if (!replicates())
    {
        return;
    }
    advance(now);
    Member& back = members_[member];
    // Model choice: what a member kept while nobody lived is not told to those who came back before it.
    if (anyone_lives())
    {
        back.next = std::make_unique<Table>();
        back.next_at = now + options_.replication_delay;
        Bindings of_one;
        sip::UserId aor{};
        latest_.for_each(now, [&](sip::UserId user, const Binding& binding) {
            if (user != aor)
            {
                back.next->store(aor, of_one);
                of_one = {};
                aor = user;
            }
            (void)of_one.push(binding);
        });
        back.next->store(aor, of_one);
    }
    back.alive = true;
    set_due();
}

std::size_t
LocationGroup::octets() const
{
    std::size_t octets = latest_.octets() + log_.octets() + newest_.octets();
    for (const LocationService& service : services_)
    {
        octets += service.octets();
    }
    for (const Member& member : members_)
    {
        octets += member.next ? member.next->octets() : 0;
    }
    return octets;
}

} // namespace sipsim::registrar
