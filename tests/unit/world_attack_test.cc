// Attackers in a World: whose accounts they try, how they deal out the work, behind which box they stand.
#include "model/world/collector.h"
#include "model/world/nat_boxes.h"

#include <doctest/doctest.h>

#include <set>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;

namespace
{

World
attacked(std::uint32_t phones, std::uint32_t victims, std::uint32_t sources, std::uint32_t found_at)
{
    World world;
    world.duration = 3600s;
    world.topology = network::Topology({{.id = "0", .name = "A"}, {.id = "1", .name = "B"}},
                                       {{.a = 0, .b = 1, .propagation = 1ms}});
    world.registrars.push_back({.name = "reg1", .at = 0});
    FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = phones;
    fleet.at = {0, 1};
    FleetSpec attacker;
    attacker.name = "scanner";
    attacker.count = sources;
    attacker.accounts = std::max(1U, victims / sources);
    attacker.at = {0, 1};
    attacker.attack = AttackSpec{.victims = victims, .found_at = found_at};
    attacker.registration.guess.passwords = 100;
    world.fleets = {fleet, attacker};
    return world;
}

} // namespace

TEST_CASE("an attacker's accounts are at other people's AORs, and it has none of its own")
{
    const World world = attacked(6, 4, 2, 0);
    const Layout layout(world);
    CHECK(layout.accounts() == 6 + 4);
    CHECK(layout.aors() == 6);
    std::set<std::uint32_t> tried;
    for (AccountIndex guesser = 6; guesser < 10; ++guesser)
    {
        CHECK(layout.fleet_of_account(guesser) == 1);
        tried.insert(layout.aor_of(guesser));
        const auto who = layout.account(guesser);
        CHECK(who.user == layout.account(layout.aor_of(guesser)).user); // one account each
        CHECK(who.address.host == layout.address(layout.device_of(guesser)).host);
        CHECK(who.right_guess == 0);
    }
    CHECK(tried == std::set<std::uint32_t>{0, 1, 2, 3});
    for (std::uint32_t aor = 0; aor < 6; ++aor)
    {
        CHECK(layout.fleet_of_aor(aor) == 0);
        CHECK(layout.accounts_of_aor(aor).first == aor);
        CHECK(layout.accounts_of_aor(aor).end == aor + 1);
    }
    CHECK(layout.first_aor(1) == 6);
}

TEST_CASE("sources that try the same AOR deal the list out: one of them has the right password")
{
    // Password 8 of the list, three sources: they have 1 4 7, 2 5 8, 3 6 9, so it is the third of the
    // second one.
    const World world = attacked(2, 1, 3, 8);
    const Layout layout(world);
    CHECK(layout.account(2).right_guess == 0);
    CHECK(layout.account(3).right_guess == 3);
    CHECK(layout.account(4).right_guess == 0);
    for (AccountIndex guesser = 2; guesser < 5; ++guesser)
    {
        CHECK(layout.aor_of(guesser) == 0);
    }
}

TEST_CASE("attackers are not among those expected to be registered, whatever they do")
{
    const World world = attacked(4, 1, 1, 1);
    const Layout layout(world);
    Collector collector(world, layout);
    registration::Transition tried;
    tried.from = registration::State::kRegistering;
    tried.to = registration::State::kWaiting;
    tried.reason = registration::Reason::kWrongGuess;
    collector.on_transition(SimTime{1s}, 4, tried);
    tried.to = registration::State::kRegistered;
    tried.reason = registration::Reason::kGranted;
    collector.on_transition(SimTime{2s}, 4, tried);
    collector.on_device(SimTime{2s}, 0, true, layout.address(0));
    const auto results = collector.finish(SimTime{3600s});
    const auto value = [&](std::string_view name) {
        const auto found = std::ranges::find(results.metrics, name, &MetricValue::name);
        REQUIRE(found != results.metrics.end());
        return found->value.value_or(-1);
    };
    CHECK(value("guesses_per_hour") == 2.0);
    CHECK(value("passwords_found") == 1.0);
    CHECK(value("offered_attempts") == 0.0);
    CHECK(value("attempts_failed") == 0.0);
    CHECK(value("unregistered_account_seconds") == 4 * 3600.0); // of the four phones
}

TEST_CASE("several attackers of the same addresses are counted over these, not over each one's")
{
    World world = attacked(4, 2, 1, 0);
    world.fleets.push_back(world.fleets[1]);
    world.fleets[2].name = "second";
    world.fleets[2].attack->victims = 1;
    world.fleets[2].accounts = 1;
    const Layout layout(world);
    Collector collector(world, layout);
    registration::Transition tried;
    tried.from = registration::State::kRegistering;
    tried.to = registration::State::kWaiting;
    tried.reason = registration::Reason::kWrongGuess;
    for (AccountIndex guesser = 4; guesser < 7; ++guesser)
    {
        collector.on_transition(SimTime{1s}, guesser, tried);
        collector.on_transition(SimTime{2s}, guesser, tried);
    }
    const auto results = collector.finish(SimTime{3600s});
    const auto found = std::ranges::find(results.metrics, "guesses_per_hour", &MetricValue::name);
    REQUIRE(found != results.metrics.end());
    CHECK(found->value == 3.0); // six guesses in an hour, of two addresses of record
}

TEST_CASE("attackers beside a fleet have its boxes' addresses, and what comes for them finds them")
{
    for (const std::uint32_t phones : {6U, 7U, 11U})
    {
        CAPTURE(phones);
        World world = attacked(phones, 1, 7, 0);
        world.nats.push_back({.name = "cgn", .options = *nat::preset("full-cone"), .devices = 2});
        world.fleets[0].nat_box = 0;
        world.fleets[1].nat_box = 0;
        world.fleets[1].attack->beside = true;
        const Layout layout(world);
        NatBoxes nats(world, layout);
        const NatPlan& plan = nats.plan();
        const sip::Endpoint server = layout.registrar_address(0);
        std::set<std::pair<std::uint32_t, std::uint32_t>> inside; // address outside, inside
        for (DeviceIndex device = 0; device < phones + 7; ++device)
        {
            CAPTURE(device);
            const NatPlan::Place place = plan.place_of(device);
            CHECK(place.first < phones); // the box is before a device of the fleet
            CHECK(layout.node_of(place.first) == layout.node_of(device));
            const sip::Endpoint inner = plan.inside(device, 0);
            CHECK(plan.device_behind(place.first, inner.host) == device);
            const sip::Host outer = plan.outside(device, 0).host;
            CHECK(outer == layout.address(place.first).host);
            inside.emplace(static_cast<std::uint32_t>(outer),
                           static_cast<std::uint32_t>(inner.host));
            const Crossing out = nats.leave_carrier(SimTime{1s}, device, inner, server);
            REQUIRE(out.passed());
            CHECK(out.endpoint.host == outer);
            const Crossing back =
                nats.enter_carrier(SimTime{2s}, place.first, out.endpoint, server);
            REQUIRE(back.passed());
            CHECK(back.device == device);
            CHECK(back.endpoint == inner);
        }
        CHECK(inside.size() == phones + 7); // no two have the same place
    }
}
