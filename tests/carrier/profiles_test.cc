// A fleet of every product that is compiled in, on both carriers: the laws are the cores', so nothing may
// differ.

#include "model/profile/profile.h"
#include "tests/carrier/both_carriers.h"

using namespace sipsim;
using namespace sipsim::carrier;
using world::FaultKind;

namespace
{

/// What no source says of a product, said here.
std::vector<profile::Setting>
settings_of(const profile::Profile& product)
{
    std::vector<profile::Setting> settings;
    for (const std::string& key : profile::must_be_set(product))
    {
        const bool vendors = key.starts_with("vendor.");
        const std::string name = vendors ? key.substr(8, key.size() - 9) : key;
        const auto* p = vendors ? product.find(name) : nullptr;
        profile::Value value{std::string{"30s"}};
        if (p != nullptr && !p->numeric)
        {
            value = p->choices.front().name;
        }
        else if (p != nullptr)
        {
            value = std::int64_t{p->name == "expires" ? 600 : 30};
        }
        settings.push_back({vendors ? "vendor." + name : key, value});
    }
    return settings;
}

/// Every product, `devices` of each, with an expiry of ten minutes where the product allows it.
world::World
all_products(std::uint32_t devices, std::uint64_t seed)
{
    world::World world = three_pops(devices, seed);
    const world::FleetSpec first = world.fleets[0];
    world.fleets.clear();
    for (const std::string& name : profile::builtin_profiles())
    {
        const profile::Profile& product = *profile::builtin_profile(name);
        profile::DeviceOptions options;
        for (const auto& problem : profile::apply(product, settings_of(product), options))
        {
            FAIL_CHECK(name, ": ", problem.clause);
        }
        world::FleetSpec fleet = first;
        fleet.name = name;
        fleet.registration = options.registration;
        fleet.registration.expires = 600;
        fleet.nat = options.nat;
        fleet.wrong_password = 0.2;
        fleet.start = {.kind = world::Start::Kind::kRandom, .span = 300s};
        world.fleets.push_back(fleet);
    }
    world.duration = 5400s;
    return world;
}

} // namespace

TEST_CASE("both carriers: every product through an outage, its failures and its give-up")
{
    for (const auto how : {world::Unreachable::kSilent, world::Unreachable::kIcmp})
    {
        world::World world = all_products(5, 61);
        world.registrars[0].options.wrong_credentials_status = 403;
        world.faults.push_back(
            {.kind = FaultKind::kOutage, .at = SimTime{1200s}, .length = 900s, .unreachable = how});
        const Seen seen = check_same(world);
        // 15 products of 5: all but those who gave up register again and again.
        CHECK(seen.recorder.count("arrival") > 15 * 5 * 5);
    }
}

TEST_CASE("both carriers: every product through a power cut, under other addresses")
{
    world::World world = all_products(4, 62);
    for (std::uint32_t fleet = 0; fleet < world.fleets.size(); ++fleet)
    {
        world.faults.push_back({.kind = FaultKind::kPowerCut,
                                .at = SimTime{1500s},
                                .length = 120s,
                                .fleet = fleet,
                                .return_ramp = 60s,
                                .new_address = true});
    }
    check_same(world);
}
