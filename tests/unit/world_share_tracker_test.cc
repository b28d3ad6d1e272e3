#include "model/base/draw.h"
#include "model/world/belief.h"
#include "model/world/share_tracker.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <vector>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;

namespace
{

enum class Nats
{
    kNone,
    kHome,
    kHomeAndCarrier,
};

World
phones(Nats nats)
{
    World world;
    world.seed = 1;
    world.duration = 1000s;
    world.topology = network::Topology({{.id = "0", .name = "A"}}, {});
    world.registrars.push_back({.name = "reg1", .at = 0});
    FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = 6;
    fleet.accounts_per_aor = 2; // devices 0 and 1, 2 and 3, 4 and 5
    fleet.at = {0};
    if (nats != Nats::kNone)
    {
        world.nats.push_back({.name = "home"});
        fleet.nat_box = 0;
    }
    if (nats == Nats::kHomeAndCarrier)
    {
        world.nats.push_back({.name = "carrier", .options = {}, .devices = 4});
        world.nats[0].behind = 1;
    }
    world.fleets = {fleet};
    return world;
}

/// What the tracker is to say, counted anew from everything that is so.
struct Truth
{
    std::map<std::uint32_t, std::vector<registrar::Binding>> bindings; // by AOR
    std::map<DeviceIndex, sip::Endpoint> addresses;                    // of those with power

    [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> counts(SimTime now,
                                                                 const Layout& layout) const
    {
        std::uint32_t registered = 0;
        std::uint32_t stale = 0;
        for (const auto& [aor, bound] : bindings)
        {
            std::vector<bool> leads_anywhere(bound.size(), false);
            const AccountRange accounts = layout.accounts_of_aor(aor);
            for (AccountIndex account = accounts.first; account < accounts.end; ++account)
            {
                const auto address = addresses.find(layout.device_of(account));
                bool any = false;
                for (std::size_t i = 0; address != addresses.end() && i < bound.size(); ++i)
                {
                    const bool leads = leads_to(bound[i].contact, address->second);
                    leads_anywhere[i] = leads_anywhere[i] || leads;
                    any = any || (leads && now < bound[i].expires_at);
                }
                registered += any ? 1 : 0;
            }
            for (std::size_t i = 0; i < bound.size(); ++i)
            {
                stale += now < bound[i].expires_at && !leads_anywhere[i] ? 1 : 0;
            }
        }
        return {registered, stale};
    }
};

// Contacts as registrars keep them: the device's addresses as it knows them and as the world does, with
// ports that NATs chose, and ones that lead nowhere.
sip::HostPort
some_contact(const NatPlan& plan, DeviceIndex device, std::uint64_t draw)
{
    const auto life = static_cast<std::uint32_t>(draw >> 8U) % 2;
    const auto port = static_cast<std::uint16_t>(1024 + (draw >> 16U) % 3);
    switch (draw % 5)
    {
    case 0:
        return plan.inside(device, life);
    case 1:
        return {plan.outside(device, life).host, port};
    case 2:
        return {plan.outside(device, life).host, sip::kSipPort};
    case 3:
        return {plan.inside(device, life).host, port};
    default:
        return {sip::Host{0xCB00'7101}, port}; // 203.0.113.1
    }
}

} // namespace

TEST_CASE("registered and stale are those of a count from scratch, whatever the contacts name")
{
    for (const Nats nats : {Nats::kNone, Nats::kHome, Nats::kHomeAndCarrier})
    {
        const World world = phones(nats);
        const Layout layout(world);
        const NatPlan plan(world, layout);
        ShareTracker tracker(world, layout, [](SimTime) {});
        Truth truth;
        for (std::uint64_t step = 0; step < 4000; ++step)
        {
            const SimTime now{step * 211ms};
            const std::uint64_t bits =
                draw_bits({.seed = 7, .device = 0, .account = 0}, Purpose::kIdentity, step);
            const DeviceIndex device = static_cast<std::uint32_t>(bits >> 40U) % layout.devices();
            const std::uint32_t aor = layout.aor_of(layout.first_account_of(device));
            tracker.advance(now);
            if ((bits >> 60U) == 0)
            {
                const bool powered = ((bits >> 59U) & 1U) != 0;
                const auto life = static_cast<std::uint32_t>(bits >> 58U) & 1U;
                const sip::Endpoint address = plan.outside(device, life);
                tracker.set_device(now, device, powered, address);
                truth.addresses.erase(device);
                if (powered)
                {
                    truth.addresses[device] = address;
                }
            }
            else
            {
                registrar::LocationService::Bindings bindings;
                for (std::uint64_t i = 0; i < (bits >> 56U) % 4; ++i)
                {
                    registrar::Binding binding;
                    binding.contact = some_contact(plan, device, bits >> (5 * i));
                    binding.expires_at = now + std::chrono::seconds{1 + (bits >> (9 * i)) % 8};
                    bindings.push(binding);
                }
                tracker.set_bindings(now, aor, bindings);
                truth.bindings[aor].assign(bindings.begin(), bindings.end());
            }
            const auto [registered, stale] = truth.counts(now, layout);
            REQUIRE(tracker.registered() == registered);
            REQUIRE(tracker.stale() == stale);
        }
    }
}

TEST_CASE("very many bindings that end in one second, and some of them earlier after all, end when "
          "they do")
{
    World world = phones(Nats::kNone);
    world.fleets[0].count = 400;
    world.fleets[0].accounts_per_aor = 1;
    const Layout layout(world);
    const NatPlan plan(world, layout);
    ShareTracker tracker(world, layout, [](SimTime) {});
    std::vector<SimTime> ends(layout.aors(), SimTime{500s});
    const auto bind = [&](SimTime now, std::uint32_t aor) {
        registrar::LocationService::Bindings bindings;
        registrar::Binding binding;
        binding.contact = plan.outside(layout.device_of(layout.accounts_of_aor(aor).first), 0);
        binding.expires_at = ends[aor];
        bindings.push(binding);
        tracker.set_bindings(now, aor, bindings);
    };
    for (std::uint32_t aor = 0; aor < layout.aors(); ++aor)
    {
        const DeviceIndex device = layout.device_of(layout.accounts_of_aor(aor).first);
        tracker.set_device({}, device, true, plan.outside(device, 0));
        bind({}, aor);
    }
    for (SimTime now{}; now <= SimTime{501s}; now += 1s)
    {
        tracker.advance(now);
        CHECK(tracker.registered() ==
              std::ranges::count_if(ends, [now](SimTime end) { return now < end; }));
        // Some of every other hundred, in no order.
        const auto aor = static_cast<std::uint32_t>(now.time_since_epoch() / 1s) * 37 % 100;
        if (ends[aor] == SimTime{500s} && now < SimTime{400s})
        {
            ends[aor] = now + 7s;
            bind(now, aor);
            ends[aor + 200] = now + 3s;
            bind(now, aor + 200);
        }
    }
}

TEST_CASE(
    "a leap over several ends tells each of them, in order, also in the last part of a second")
{
    World world = phones(Nats::kNone);
    world.fleets[0].accounts_per_aor = 1;
    world.duration = 10'500ms;
    const Layout layout(world);
    const NatPlan plan(world, layout);
    std::vector<SimTime> told;
    ShareTracker tracker(world, layout, [&told](SimTime at) { told.push_back(at); });
    const std::vector<SimDuration> ends{7s, 1'750ms, 3'250ms, 10'250ms, 2s, 3'250ms};
    for (std::uint32_t aor = 0; aor < layout.aors(); ++aor)
    {
        const DeviceIndex device = layout.device_of(layout.accounts_of_aor(aor).first);
        tracker.set_device({}, device, true, plan.outside(device, 0));
        registrar::LocationService::Bindings bindings;
        registrar::Binding binding;
        binding.contact = plan.outside(device, 0);
        binding.expires_at = SimTime{ends[aor]};
        bindings.push(binding);
        tracker.set_bindings({}, aor, bindings);
    }
    CHECK(tracker.registered() == 6);
    told.clear();
    tracker.advance(SimTime{10s});
    CHECK(tracker.registered() == 1);
    tracker.advance(SimTime{10'400ms});
    CHECK(tracker.registered() == 0);
    CHECK(std::ranges::is_sorted(told));
    told.erase(std::unique(told.begin(), told.end()), told.end());
    CHECK(told == std::vector<SimTime>{SimTime{1'750ms},
                                       SimTime{2s},
                                       SimTime{3'250ms},
                                       SimTime{7s},
                                       SimTime{10'250ms}});
}

TEST_CASE("a Contact that devices share reaches whichever of them has power")
{
    World world = phones(Nats::kNone);
    world.fleets[0].shared_contact = true;
    const Layout layout(world);
    ShareTracker tracker(world, layout, [](SimTime) {});
    const auto power = [&](DeviceIndex device, bool on, std::uint32_t life = 0) {
        tracker.set_device(SimTime{}, device, on, layout.address(device, life));
    };
    power(0, true);
    power(1, true);
    registrar::LocationService::Bindings bindings;
    registrar::Binding binding;
    binding.contact = layout.shared_contact(0);
    binding.expires_at = SimTime{100s};
    bindings.push(binding);
    tracker.set_bindings(SimTime{}, 0, bindings);
    CHECK(tracker.registered() == 2);
    power(0, false); // whose address it is
    CHECK(tracker.registered() == 1);
    CHECK(tracker.stale() == 0);
    power(1, false);
    CHECK(tracker.registered() == 0);
    CHECK(tracker.stale() == 1);
    power(0, true, 1); // under another address of its own
    CHECK(tracker.registered() == 1);
    CHECK(tracker.stale() == 0);
    tracker.advance(SimTime{100s});
    CHECK(tracker.registered() == 0);
}

TEST_CASE("a belief is counted at every sample before its end, also beyond 2^16 samples")
{
    for (const SimDuration duration : {SimDuration{1000s}, SimDuration{700'000s}})
    {
        Belief belief(2, duration, 10s);
        const auto last = static_cast<std::uint32_t>(duration / 10s);
        belief.set(0, SimTime{duration} - 15s, SimTime{});
        belief.set(1, SimTime{20s}, SimTime{});
        for (std::uint32_t sample = 0; sample <= last; ++sample)
        {
            const std::uint32_t expected = (sample + 1 < last ? 1U : 0U) + (sample < 2 ? 1U : 0U);
            REQUIRE(belief.sample() == expected);
        }
    }
}
