// What registrars of one domain know of each other's bindings.

#include "model/registrar/location_group.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <vector>

using namespace sipsim;
using namespace sipsim::registrar;
using namespace std::chrono_literals;

namespace
{

using Bindings = LocationService::Bindings;

constexpr sip::UserId kAor{1};
constexpr SimDuration kDelay = 2s;

Binding
contact(std::uint64_t user, SimTime expires_at, std::uint32_t cseq = 1)
{
    Binding b;
    b.contact_user = sip::UserId{user};
    b.contact = {sip::Host{static_cast<std::uint32_t>(user)}, 5060};
    b.call_id = sip::CallId{user};
    b.cseq = sip::CSeq{cseq};
    b.expires_at = expires_at;
    return b;
}

Bindings
list(std::initializer_list<Binding> items)
{
    Bindings bindings;
    for (const Binding& item : items)
    {
        bindings.push(item);
    }
    return bindings;
}

SimTime
at(SimDuration t)
{
    return SimTime{t};
}

LocationGroup
replicated(std::uint32_t members, SimDuration delay = kDelay)
{
    return LocationGroup{{.kind = Sharing::kReplicated, .replication_delay = delay}, members};
}

} // namespace

TEST_CASE("nothing is shared: each registrar knows its own, and a death takes just that")
{
    LocationGroup group{{}, 2};
    group.service(0).change(kAor, list({contact(7, at(3600s))}), at(0s));
    CHECK(group.service(0).lookup(kAor, at(1h - 1s)).size() == 1);
    CHECK(group.service(1).lookup(kAor, at(1h - 1s)).empty());
    CHECK(group.latest(1, kAor, at(0s)).empty());
    CHECK_FALSE(group.on_death(0, at(1s), true).own);
    CHECK(group.service(0).lookup(kAor, at(2s)).size() == 1);
    const auto loss = group.on_death(0, at(3s), false);
    CHECK(loss.own);
    CHECK(loss.users == std::vector{kAor});
    CHECK(group.service(0).lookup(kAor, at(3s)).empty());
}

TEST_CASE("one database: a change at one is there for all at once, and outlives every process")
{
    LocationGroup group{{.kind = Sharing::kDatabase}, 3};
    group.service(0).change(kAor, list({contact(7, at(3600s))}), at(0s));
    CHECK(&group.service(2) == &group.service(0));
    for (const std::uint32_t member : {0U, 1U, 2U})
    {
        const auto loss = group.on_death(member, at(1s), false);
        CHECK_FALSE(loss.own);
        CHECK(loss.users.empty());
    }
    CHECK(group.latest(1, kAor, at(2s)) == list({contact(7, at(3600s))}));
}

TEST_CASE("replicated: the others know a change after the delay, to the nanosecond")
{
    LocationGroup group = replicated(3);
    group.service(1).change(kAor, list({contact(7, at(3600s))}), at(10s));
    CHECK(group.service(1).lookup(kAor, at(10s)).size() == 1);
    CHECK(group.latest(2, kAor, at(10s)).size() == 1);
    for (const std::uint32_t other : {0U, 2U})
    {
        CHECK(group.service(other).lookup(kAor, at(10s + kDelay - 1ns)).empty());
    }
    CHECK(group.under_way() == 1);
    for (const std::uint32_t other : {0U, 2U})
    {
        CHECK(group.service(other).lookup(kAor, at(10s + kDelay)) == list({contact(7, at(3600s))}));
    }
    CHECK(group.under_way() == 0);
    // A removal goes the same way; the domain as a whole has it at once.
    group.service(0).change(kAor, {}, at(20s));
    CHECK(group.latest(1, kAor, at(20s)).empty());
    CHECK(group.service(1).lookup(kAor, at(20s + kDelay - 1ns)).size() == 1);
    CHECK(group.service(1).lookup(kAor, at(20s + kDelay)).empty());
}

TEST_CASE("replicated without delay: the others know it at once")
{
    LocationGroup group = replicated(2, 0s);
    group.service(0).change(kAor, list({contact(7, at(60s))}), at(1s));
    CHECK(group.service(1).lookup(kAor, at(1s)).size() == 1);
}

TEST_CASE("replicated: of two changes of a contact within the delay the later one wins everywhere")
{
    LocationGroup group = replicated(2);
    group.service(0).change(kAor, list({contact(7, at(100s), 1)}), at(0s));
    group.service(1).change(kAor, list({contact(7, at(101s), 2)}), at(1s));
    // The first one reaches the second registrar at 2 s, whose own is younger.
    CHECK(group.service(1).lookup(kAor, at(2s)) == list({contact(7, at(101s), 2)}));
    CHECK(group.service(0).lookup(kAor, at(2s)) == list({contact(7, at(100s), 1)}));
    CHECK(group.service(0).lookup(kAor, at(3s)) == list({contact(7, at(101s), 2)}));
    CHECK(group.service(1).lookup(kAor, at(9s)) == list({contact(7, at(101s), 2)}));
    CHECK(group.latest(0, kAor, at(9s)) == list({contact(7, at(101s), 2)}));
    // So does a removal, of a contact that another one has just refreshed.
    group.service(1).change(kAor, list({contact(7, at(200s), 3)}), at(10s));
    group.service(0).change(kAor, {}, at(11s));
    CHECK(group.latest(1, kAor, at(11s)).empty());
    for (const std::uint32_t member : {0U, 1U})
    {
        CHECK(group.service(member).lookup(kAor, at(13s)).empty());
    }
}

TEST_CASE("replicated: contacts taken at two registrars within the delay are both kept")
{
    LocationGroup group = replicated(2);
    group.service(0).change(kAor, list({contact(7, at(100s))}), at(0s));
    group.service(1).change(kAor, list({contact(8, at(100s))}), at(1s));
    CHECK(group.latest(0, kAor, at(1s)).size() == 2);
    CHECK(group.service(0).lookup(kAor, at(3s)).size() == 2);
    CHECK(group.service(1).lookup(kAor, at(2s)).size() == 2);
}

TEST_CASE("replicated: a device that moves keeps its one binding by +sip.instance (RFC 5626 6)")
{
    LocationGroup group = replicated(2);
    Binding before = contact(7, at(100s));
    before.instance = sip::InstanceId{5};
    Binding after = contact(8, at(200s));
    after.instance = sip::InstanceId{5};
    group.service(0).change(kAor, list({before}), at(0s));
    group.service(1).change(kAor, list({after}), at(10s));
    CHECK(group.service(0).lookup(kAor, at(12s)) == list({after}));
}

TEST_CASE("replicated: a shorter binding that ends on its way ends the longer one too")
{
    LocationGroup group = replicated(2);
    group.service(0).change(kAor, list({contact(7, at(100s))}), at(0s));
    CHECK(group.service(1).lookup(kAor, at(10s)).size() == 1);
    group.service(0).change(kAor, list({contact(7, at(11s))}), at(10s));
    CHECK(group.service(1).lookup(kAor, at(12s)).empty());
}

TEST_CASE(
    "replicated: one that was down hears nothing, and has the domain's state a delay after it")
{
    for (const bool keep : {true, false})
    {
        LocationGroup group = replicated(2);
        group.service(0).change(kAor, list({contact(7, at(900s))}), at(0s));
        group.service(0).change(sip::UserId{2}, list({contact(8, at(900s))}), at(0s));
        const auto loss = group.on_death(1, at(100s), keep);
        CHECK(loss.own == !keep);
        CHECK(loss.users.empty()); // the other one has them all
        group.service(0).change(kAor, {}, at(200s));
        group.service(0).change(sip::UserId{3}, list({contact(9, at(900s))}), at(200s));
        group.on_return(1, at(300s));
        // Until then it knows what it has kept.
        const SimTime before = at(300s + kDelay - 1ns);
        CHECK(group.service(1).lookup(kAor, before).size() == (keep ? 1 : 0));
        CHECK(group.service(1).lookup(sip::UserId{2}, before).size() == (keep ? 1 : 0));
        CHECK(group.service(1).lookup(sip::UserId{3}, before).empty());
        const SimTime after = at(300s + kDelay);
        CHECK(group.service(1).lookup(kAor, after).empty());
        CHECK(group.service(1).lookup(sip::UserId{2}, after).size() == 1);
        CHECK(group.service(1).lookup(sip::UserId{3}, after).size() == 1);
    }
}

TEST_CASE("replicated: what comes while the state is on its way stays, whoever granted it")
{
    LocationGroup group = replicated(2);
    group.service(0).change(kAor, list({contact(7, at(900s), 1)}), at(0s));
    (void)group.on_death(1, at(100s), false);
    group.service(0).change(sip::UserId{2}, list({contact(8, at(900s))}), at(299s));
    group.on_return(1, at(300s));
    group.service(1).change(kAor, list({contact(7, at(901s), 2)}), at(301s));
    CHECK(group.service(1).lookup(sip::UserId{2}, at(301s)).size() == 1); // it was under way
    CHECK(group.service(1).lookup(kAor, at(302s)) == list({contact(7, at(901s), 2)}));
    CHECK(group.service(1).lookup(sip::UserId{2}, at(302s)).size() == 1);
}

TEST_CASE("replicated: once all are dead, what they have kept is what there is")
{
    LocationGroup group = replicated(2);
    group.service(0).change(kAor, list({contact(7, at(900s))}), at(0s));
    group.service(0).change(sip::UserId{2}, list({contact(8, at(900s))}), at(99s));
    CHECK(group.on_death(0, at(100s), false).users.empty());
    // The second one had not heard of user 2 yet.
    const auto loss = group.on_death(1, at(100s + 500ms), true);
    CHECK_FALSE(loss.own);
    CHECK(loss.users == std::vector{kAor, sip::UserId{2}});
    CHECK(group.latest(0, kAor, at(101s)).size() == 1);
    CHECK(group.latest(0, sip::UserId{2}, at(101s)).empty());
    // The first to return finds nobody to ask; the second finds it.
    group.on_return(0, at(200s));
    CHECK(group.service(0).lookup(kAor, at(210s)).empty());
    group.on_return(1, at(220s));
    CHECK(group.service(1).lookup(kAor, at(230s)).size() == 1);
}

TEST_CASE("replicated: the Path of a binding is the same at all registrars (RFC 3327)")
{
    LocationGroup group = replicated(2);
    Path first;
    first.push({sip::Host{1}, 5060});
    Path second;
    second.push({sip::Host{2}, 5060});
    CHECK(group.service(1).path_number(first) == 1);
    Binding b = contact(7, at(900s));
    b.path = *group.service(0).path_number(second);
    group.service(0).change(kAor, list({b}), at(0s));
    (void)group.on_death(0, at(5s), false);
    CHECK(group.service(1).path(group.service(1).lookup(kAor, at(6s))[0]) == second);
}

// Against the definition, whatever the times: a member knows of a contact what the last change says that it
// made itself or that is older than the delay.
TEST_CASE("replicated: random changes at random members are known as the definition says")
{
    struct Made
    {
        SimTime at;
        std::uint32_t member;
        sip::UserId aor;
        std::optional<Binding> binding;
    };

    constexpr std::uint32_t kMembers = 3;
    LocationGroup group = replicated(kMembers);
    std::vector<Made> made;
    std::uint64_t bits = 12345;
    const auto random = [&bits](std::uint64_t below) {
        bits = mix(bits);
        return bits % below;
    };
    SimTime now{};
    const auto known = [&](std::uint32_t member, sip::UserId aor) {
        const Made* last = nullptr;
        for (const Made& m : made)
        {
            if (m.aor == aor && (m.member == member || m.at + kDelay <= now))
            {
                last = &m;
            }
        }
        return last != nullptr && last->binding && last->binding->live(now) ? list({*last->binding})
                                                                            : Bindings{};
    };
    for (std::uint32_t i = 0; i < 20'000; ++i)
    {
        now += SimDuration{1 + random(300'000'000)};
        const auto member = static_cast<std::uint32_t>(random(kMembers));
        const sip::UserId aor{1 + random(8)};
        if (random(2) == 0)
        {
            REQUIRE(group.service(member).lookup(aor, now) == known(member, aor));
            continue;
        }
        Made change{now, member, aor, std::nullopt};
        const bool had = !known(member, aor).empty();
        if (random(4) != 0)
        {
            change.binding = contact(7, now + SimDuration{random(9'000'000'000)}, i);
        }
        else if (!had)
        {
            continue; // who knows of nothing removes nothing
        }
        group.service(member).change(aor,
                                     change.binding ? list({*change.binding}) : Bindings{},
                                     now);
        made.push_back(change);
        if (made.size() > 400)
        {
            made.erase(made.begin(), made.begin() + 100);
        }
    }
    // Four delays later nothing is under way, and all agree.
    now += 4 * kDelay;
    (void)group.service(0).lookup(kAor, now);
    CHECK(group.under_way() == 0);
}
