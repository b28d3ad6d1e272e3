// Rows of VOS3000's shutdown table and of the phones' "unregister on reboot" that need more than one device
// on an address of record, loss on the way, or another address: what is left behind, and who is missing.

#include "tests/carrier/both_carriers.h"

#include <cmath>

using namespace sipsim;
using namespace sipsim::carrier;
using registrar::OnSecondContact;
using registration::Unregister;
using registration::UnregisterWhen;
using world::FaultKind;

namespace
{

constexpr SimTime kStop{2h};

// E = 3600 s, refreshed 20 s before: r = 3580 s. At a random moment the next refresh is uniform on [0, 3580] s
// away, mean 1790 s, and what is left of the binding, L, 20 s more: mean 1810 s; sd 3580/sqrt(12) = 1033 s.
constexpr double kRefresh = 3580;
constexpr double kToRefresh = kRefresh / 2;
constexpr double kSpread = 1033;

/// Four standard deviations of the mean over so many devices.
double
four_sigma(double sd, std::uint32_t devices)
{
    return 4 * sd / std::sqrt(devices);
}

/// E min(L, d): what a binding misleads calls for if its device is back after d.
double
until_back(double d)
{
    return ((d * d - 20 * 20) / 2 + d * (3600 - d)) / kRefresh;
}

world::World
stopped(std::uint32_t devices, FaultKind kind, SimDuration length, Unregister unregister)
{
    world::World world = three_pops(devices, 5);
    world.warmup = 2h - 1min;
    world.duration = 2h + 75min;
    auto& options = world.fleets[0].registration;
    options.expires = 3600;
    options.refresh = {.kind = registration::RefreshLaw::Kind::kLead, .lead = 20s};
    options.unregister = unregister;
    options.boot_time = length;
    world.registrars[0].options.max_contacts = 8;
    world.registrars[0].options.on_second_contact = OnSecondContact::kAppend;
    world.faults.push_back({.kind = kind, .at = kStop, .length = length});
    return world;
}

double
metric(const world::World& world, std::string_view name)
{
    const auto results = run_on(Carrier::kFleet, world).results;
    const auto found = std::ranges::find(results.metrics, name, &world::MetricValue::name);
    REQUIRE(found != results.metrics.end());
    return found->value.value_or(NAN);
}

double
stale(const world::World& world)
{
    return metric(world, "stale_per_account");
}

double
unregistered(const world::World& world)
{
    return metric(world, "unregistered_account_seconds");
}

} // namespace

TEST_CASE(
    "of two instances that share a registration the one that stays is missing until its own next "
    "refresh if the other cancels Contact: *, and not at all if it cancels its own "
    "(V31)")
{
    // The stopped half is away for 600 s and what it takes to register: three round trips at most.
    constexpr std::uint32_t kPairs = 1000;
    for (const Unregister unregister : {Unregister::kNone, Unregister::kOwn, Unregister::kAll})
    {
        world::World world = stopped(2 * kPairs, FaultKind::kRestart, 600s, unregister);
        world.fleets[0].accounts_per_aor = 2;
        world.faults[0].every = 2;
        const double missing = unregistered(world) / kPairs;
        const double left = stale(world) * 2; // per device that stopped
        if (unregister == Unregister::kAll)
        {
            // The cancel takes both; who stopped is back first, but for one that had 600 s to go or less.
            CHECK(std::abs(missing - 600 - kToRefresh) < four_sigma(kSpread, kPairs));
        }
        else
        {
            CHECK(missing == doctest::Approx(600).epsilon(0.001));
        }
        if (unregister == Unregister::kNone)
        {
            CHECK(std::abs(left - until_back(600)) < four_sigma(130, kPairs));
        }
        else
        {
            CHECK(left == 0.0);
        }
    }
}

TEST_CASE("of two instances that share one Contact either's cancel takes the other's registration "
          "away, own "
          "or *, until the other's next refresh or the first's return; without a cancel it stays "
          "(V31, V38)")
{
    // One of each pair is away for 600 s and counts as missing for them. The one that stays refreshes U after
    // the cancel, U uniform on [0, 3580] s, and the returning one registers for both: it misses min(U, 600), by
    // mean 600 - 600^2 / (2 * 3580) = 549.7 s, sd 133 s. If it has refreshed before, who returns is there at
    // once; else after the round trips of a registration, below 0.1 s.
    constexpr std::uint32_t kPairs = 1000;
    constexpr double kMissed = 600 - 600.0 * 600 / (2 * kRefresh);
    for (const Unregister unregister : {Unregister::kNone, Unregister::kOwn, Unregister::kAll})
    {
        world::World world = stopped(2 * kPairs, FaultKind::kRestart, 600s, unregister);
        world.fleets[0].accounts_per_aor = 2;
        world.fleets[0].shared_contact = true;
        world.faults[0].every = 2;
        const double missing = unregistered(world) / kPairs;
        const double law = 600 + (unregister == Unregister::kNone ? 0 : kMissed);
        CHECK(std::abs(missing - law) <
              0.6 + (unregister == Unregister::kNone ? 0 : four_sigma(133, kPairs)));
        CHECK(stale(world) == 0.0); // there is somebody at it all the time
    }
}

TEST_CASE("at 20 % loss a cancel that must be challenged fails in 2.4 of 100 within a grace of 4 s")
{
    // Sent at 0, 0.5, 1.5 and 3.5 s (RFC 3261 17.1.2.2) until the challenge is back, which each copy brings
    // with 0.8 * 0.8 = 0.64; from then on the proof likewise, of which one copy must arrive, 0.8 each. Copies
    // of the proof within the grace, if the challenge came with the first, second, third or fourth: 4, 3, 3, 1.
    // A request whose transaction the server still has is answered as before, so it is always the same challenge.
    constexpr double kBack = 0.64;
    constexpr double kLost = 0.2;
    double fails = std::pow(1 - kBack, 4);
    int copy = 0;
    for (const int proofs : {4, 3, 3, 1})
    {
        fails += std::pow(1 - kBack, copy++) * kBack * std::pow(kLost, proofs);
    }
    CHECK(fails == doctest::Approx(0.0263).epsilon(0.002));
    // Who refreshed less than 300 s ago has a nonce that is good, and needs one copy of four.
    const double with_nonce = 300 / kRefresh;
    fails = (1 - with_nonce) * fails + with_nonce * std::pow(kLost, 4);

    constexpr std::uint32_t kDevices = 4000;
    world::World world = stopped(kDevices, FaultKind::kRestart, 600s, Unregister::kOwn);
    world.fleets[0].access.loss = kLost;
    world.fleets[0].registration.shutdown_grace = 4s;
    const double law = fails * until_back(600);
    const double sd = std::sqrt(fails * (until_back(600) * until_back(600) + 130 * 130));
    // Coming back takes some seconds more with loss: 0.02 of the failed ones' 553 s.
    CHECK(std::abs(stale(world) - law) < four_sigma(sd, kDevices) + 0.02 * law);
}

TEST_CASE(
    "a phone's unregister on reboot, No, Instance or All, alone and one of two on an address of "
    "record (Grandstream)")
{
    constexpr std::uint32_t kPhones = 1000;
    for (const std::uint32_t phones : {1U, 2U})
    {
        for (const Unregister unregister : {Unregister::kNone, Unregister::kOwn, Unregister::kAll})
        {
            world::World world = stopped(kPhones * phones, FaultKind::kReboot, 60s, unregister);
            world.fleets[0].accounts_per_aor = phones;
            world.faults[0].every = phones;
            const double left = stale(world) * phones;
            const double missing = unregistered(world) / kPhones;
            // sd of min(L, 60) is below 60 * sqrt(40/3580).
            if (unregister == Unregister::kNone)
            {
                CHECK(std::abs(left - until_back(60)) < four_sigma(6.4, kPhones));
            }
            else
            {
                CHECK(left == 0.0);
            }
            if (unregister == Unregister::kAll && phones == 2)
            {
                CHECK(std::abs(missing - 60 - kToRefresh) < four_sigma(kSpread, kPhones));
            }
            else
            {
                CHECK(missing == doctest::Approx(60).epsilon(0.002));
            }
        }
    }
}

TEST_CASE(
    "a phone that unregisters at boot from a new address removes its old binding by Contact: * or "
    "by +sip.instance, not by its own Contact (RFC 3261 10.2.2, RFC 5626 5.1)")
{
    constexpr std::uint32_t kPhones = 1000;
    const double whole = kToRefresh + 20;
    for (const Unregister unregister : {Unregister::kNone, Unregister::kOwn, Unregister::kAll})
    {
        for (const bool instance : {false, true})
        {
            world::World world = stopped(kPhones, FaultKind::kReboot, 60s, unregister);
            world.fleets[0].registration.unregister_when = UnregisterWhen::kBoot;
            world.fleets[0].registration.send_instance = instance;
            world.faults[0].new_address = true;
            const bool removed = unregister == Unregister::kAll || instance;
            const double left = stale(world);
            // Removed, or replaced by instance, some round trips after the boot.
            CHECK(std::abs(left - (removed ? until_back(60) : whole)) <
                  four_sigma(removed ? 6.4 : kSpread, kPhones) + (removed ? 0.5 : 0.0));
        }
    }
}

TEST_CASE(
    "crash and move: a standby under another address is registered at once where it replaces or "
    "joins the old one, and where it is refused only when that one has expired (V35, V38)")
{
    constexpr std::uint32_t kSwitches = 1000;
    const double whole = kToRefresh + 20;
    for (const auto second :
         {OnSecondContact::kReplace, OnSecondContact::kAppend, OnSecondContact::kReject})
    {
        world::World world = stopped(kSwitches, FaultKind::kCrash, 3s, Unregister::kOwn);
        world.faults[0].new_address = true;
        world.fleets[0].registration.retry.base = 30s;
        world.registrars[0].options.on_second_contact = second;
        const double missing = unregistered(world) / kSwitches;
        const double left = stale(world);
        if (second == OnSecondContact::kReject)
        {
            // Refused every 30 s; the first try after the end of the old one is 15 s late on average.
            CHECK(std::abs(missing - whole - 15) < four_sigma(kSpread, kSwitches));
        }
        else
        {
            CHECK(missing == doctest::Approx(3).epsilon(0.05));
        }
        if (second == OnSecondContact::kReplace)
        {
            CHECK(left == doctest::Approx(3).epsilon(0.05));
        }
        else
        {
            CHECK(std::abs(left - whole) < four_sigma(kSpread, kSwitches));
        }
    }
}
