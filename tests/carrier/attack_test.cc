// Attackers on both carriers: what they try, what they find, whom they stand beside.

#include "tests/carrier/both_carriers.h"

using namespace sipsim;
using namespace sipsim::carrier;

namespace
{

/// Twenty phones, and an attacker who tries six of them from `sources` hosts.
world::World
attacked(std::uint64_t seed, std::uint32_t sources)
{
    world::World world = three_pops(20, seed);
    world.duration = 1800s;
    auto& admission = world.registrars[0].options.admission;
    admission.session_retries = 6;
    admission.session_timeout = 10s;
    admission.terminal_retries = 6;
    admission.suspend = 180s;
    world::FleetSpec attacker;
    attacker.name = "scanner";
    attacker.count = sources;
    attacker.accounts = std::max(1U, 6 / sources);
    attacker.at = {1};
    attacker.access.propagation = 3ms;
    attacker.attack = world::AttackSpec{.victims = 6, .begin = SimTime{120s}};
    attacker.registration.guess = {.passwords = 60};
    attacker.registration.retry.base = 20s;
    world.fleets.push_back(attacker);
    return world;
}

} // namespace

TEST_CASE("both carriers: an attacker's guesses, the limits they meet, the honest who suffer")
{
    for (const std::uint32_t sources : {1U, 3U, 12U})
    {
        CAPTURE(sources);
        const Seen seen = check_same(attacked(1, sources));
        CHECK(metric(seen, "guesses_per_hour") > 0);
        CHECK(metric(seen, "passwords_found") == 0);
        CHECK(seen.recorder.count("limit") > 0);
    }
}

TEST_CASE("both carriers: a password found is a binding more, or one displaced")
{
    for (const std::uint32_t most : {8U, 1U})
    {
        CAPTURE(most);
        world::World world = attacked(2, 6);
        world.registrars[0].options.max_contacts = static_cast<std::uint8_t>(most);
        world.registrars[0].options.on_second_contact =
            most > 1 ? registrar::OnSecondContact::kAppend : registrar::OnSecondContact::kReplace;
        world.fleets[1].attack->found_at = 9;
        world.fleets[1].registration.guess.spacing = 7s;
        world.fleets[1].registration.guess.per_session = 4;
        world.fleets[0].call_gap = 60s;
        const Seen seen = check_same(world);
        CHECK(metric(seen, "passwords_found") == 6);
        CHECK(metric(seen, "stale_account_seconds") > 0);
    }
}

TEST_CASE("both carriers: a host that holds bindings at several AORs answers the pings to each")
{
    world::World world = attacked(3, 1);
    world.registrars[0].options.ping = {.kind = registrar::PingOptions::Kind::kOptions,
                                        .interval = 53s};
    world.fleets[1].attack->found_at = 5;
    world.fleets[1].registration.guess.spacing = 1s;
    CHECK(metric(check_same(world), "passwords_found") == 6);
}

TEST_CASE("both carriers: attackers behind the same carrier's NAT, limits by source, loss")
{
    for (std::uint64_t seed = 1; seed <= 6; ++seed)
    {
        CAPTURE(seed);
        world::World world = attacked(seed, 6);
        world::NatSpec carrier;
        carrier.name = "cgn";
        carrier.devices = 5;
        world.nats.push_back(carrier);
        world.fleets[0].nat_box = 0;
        world.registrars[0].options.contact_address = registrar::ContactAddress::kSeen;
        world::FleetSpec& attacker = world.fleets[1];
        attacker.nat_box = 0;
        attacker.at = world.fleets[0].at;
        attacker.attack->beside = true;
        attacker.attack->found_at = seed % 2 == 0 ? 12 : 0;
        auto& admission = world.registrars[0].options.admission;
        admission.source_density = 6;
        if (seed % 3 == 0)
        {
            admission.terminal = registrar::AdmissionOptions::Terminal::kSource;
            give_loss(world, 0.05, SimDuration{0});
        }
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("limit") > 0);
    }
}
