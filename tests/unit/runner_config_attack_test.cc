#include "model/world/layout.h"
#include "tests/unit/runner_config_files.h"

using namespace sipsim;
using namespace sipsim::runner;
using namespace std::chrono_literals;

namespace
{

std::string
attacked(const std::string& keys, const std::string& fleet = "", const std::string& more = "")
{
    return ConfigText{.fleet = fleet,
                      .rest = "[[attacker]]\nname = \"scanner\"\ntargets = \"gateways\"\n" + keys +
                              more}
        .text();
}

} // namespace

TEST_CASE("every key of an attacker arrives in the world, after all fleets")
{
    const world::World world =
        first_world(attacked("victims = 6\nsources = 3\nat = \"Denver\"\nbegin = \"80min\"\n"
                             "dictionary = 500\nfound_at = 17\nspacing = \"2s\"\n"
                             "session_guesses = 5\nskips_refused = true\naccess.delay = \"40ms\"\n"
                             "registration.retry_wait = \"7s\"\n",
                             "",
                             "[[fleet]]\nname = \"more\"\nprofile = \"rfc3261\"\ncount = 4\n"
                             "server = \"reg1\"\n"));
    REQUIRE(world.fleets.size() == 3);
    CHECK(world.fleets[1].name == "more");
    const world::FleetSpec& attacker = world.fleets[2];
    REQUIRE(attacker.attack);
    CHECK(attacker.attack->targets == 0);
    CHECK(attacker.attack->victims == 6);
    CHECK(attacker.attack->found_at == 17);
    CHECK(attacker.attack->begin == SimTime{80min});
    CHECK_FALSE(attacker.attack->beside);
    CHECK(attacker.count == 3);
    CHECK(attacker.accounts == 2); // each host has two victims
    CHECK(attacker.at.size() == 1);
    CHECK(attacker.access.propagation == 40ms);
    CHECK(attacker.registration.guess.passwords == 500);
    CHECK(attacker.registration.guess.spacing == 2s);
    CHECK(attacker.registration.guess.per_session == 5);
    CHECK(attacker.registration.guess.skips_refused);
    CHECK(attacker.registration.retry.base == 7s);
    CHECK(world.fleets[0].registration.guess.passwords == 0);
}

TEST_CASE(
    "an attacker tries all addresses of record unless told how many, and several hosts deal the "
    "list of one victim out")
{
    const world::World all = first_world(attacked("", "accounts = 2\naccounts_per_aor = 4\n"));
    CHECK(all.fleets[1].attack->victims == 11); // 22 gateways of two accounts, four to an AOR
    CHECK(all.fleets[1].accounts == 11);
    const world::World one = first_world(attacked("victims = 1\nsources = 4\ndictionary = 10\n"));
    CHECK(one.fleets[1].count == 4);
    CHECK(one.fleets[1].accounts == 1);
    CHECK(one.fleets[1].registration.guess.passwords == 3); // two of the four have only two more
}

TEST_CASE("an attacker beside a fleet stands where it does, behind its boxes")
{
    const world::World world =
        first_world(attacked("beside = true\nvictims = 1\nsources = 2\n",
                             "nat_box = \"cgn\"\nat = [\"Denver\", \"Seattle\"]\n",
                             "[[nat]]\nname = \"home\"\n[[nat]]\nname = \"cgn\"\ndevices = 8\n"));
    CHECK(world.fleets[1].at == world.fleets[0].at);
    CHECK(world.fleets[1].nat_box == 1U);
    CHECK(world::is_beside(world.fleets[1], 0));
}

TEST_CASE("an attacker's parameters may be swept, its product's too")
{
    const Experiment experiment =
        loaded(attacked("",
                        "",
                        "[sweep.over]\n\"attacker.scanner.victims\" = [1, 22]\n"
                        "\"attacker.scanner.registration.retry_wait\" = [\"1s\", \"2s\"]\n"));
    REQUIRE(experiment.points.size() == 4);
    const world::World last = experiment.world(experiment.points[3], 1);
    CHECK(last.fleets[1].attack->victims == 22);
    CHECK(last.fleets[1].registration.retry.base == 2s);
    CHECK(
        problems_of(attacked("", "", "[sweep.over]\n\"attacker.scanner.registration.no\" = [1]\n"))
            .size() == 1);
}

TEST_CASE("every = 2 hits the first device of a fleet and each second one after it")
{
    const world::World world =
        first_world(ConfigText{.rest = "[[fault]]\nkind = \"access\"\ntarget = \"fleet:gateways\"\n"
                                       "at = \"80min\"\nfor = \"5min\"\nevery = 2\n"}
                        .text());
    const world::Layout layout(world);
    for (world::DeviceIndex device = 0; device < 22; ++device)
    {
        const bool cut = device % 2 == 0;
        CHECK(world::access_cut(world, layout, device, SimTime{80min}) == cut);
        CHECK(world::access_cut(world, layout, device, SimTime{85min} - 1ns) == cut);
        CHECK_FALSE(world::access_cut(world, layout, device, SimTime{80min} - 1ns));
        CHECK_FALSE(world::access_cut(world, layout, device, SimTime{85min}));
    }
}
