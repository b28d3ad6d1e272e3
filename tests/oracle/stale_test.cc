#include "analysis/models.h"
#include "tests/oracle/stage.h"

#include <cmath>

using namespace sipsim;
using namespace sipsim::oracle;
using registrar::OnSecondContact;
using world::FaultKind;

namespace
{

constexpr std::uint32_t kDevices = 400;
constexpr SimTime kStop{2h};

// E = 3600 s, refreshed 20 s before: r = 3580 s. What is left of a binding at a random moment, L, is uniform
// on [20, 3600] s: mean E - r/2 = 1810 s, sd 3580/sqrt(12) = 1033 s, of a mean of 400 52 s; four of them:
constexpr double kWholeLife = 1810.0;
constexpr double kWholeLifeError = 207.0;
// Of a binding that is replaced, or is its device's again, after D = 600 s: E min(L, D) =
// ((600^2 - 20^2)/2 + 600 (3600 - 600)) / 3580 = 553.0 s; its sd is below 130 s, of a mean 6.5 s.
constexpr double kTenMinutes = 553.0;
constexpr double kTenMinutesError = 26.0;

world::World
switches(FaultKind kind, SimDuration length)
{
    world::World world = one_fleet(kDevices, 11);
    world.warmup = 2h - 1min;
    world.duration = 2h + 75min;
    auto& options = world.fleets[0].registration;
    options.expires = 3600;
    options.refresh = {.kind = registration::RefreshLaw::Kind::kLead, .lead = 20s};
    options.unregister = registration::Unregister::kOwn;
    world.registrars[0].options.max_contacts = 8;
    world.faults.push_back({.kind = kind, .at = kStop, .length = length});
    return world;
}

double
stale(const world::World& world)
{
    return metric(run(world), "stale_per_account");
}

} // namespace

TEST_CASE("an orderly stop whose cancel is answered leaves nothing; without a cancel, or by a "
          "crash or power "
          "loss, calls go astray until the restart or the expiry (VOS3000 send unregister)")
{
    CHECK(stale(switches(FaultKind::kRestart, 600s)) == 0.0);
    for (const FaultKind kind : {FaultKind::kRestart, FaultKind::kCrash, FaultKind::kPowerCut})
    {
        world::World world = switches(kind, 600s);
        if (kind == FaultKind::kRestart)
        {
            world.fleets[0].registration.unregister = registration::Unregister::kNone;
        }
        CHECK(std::abs(stale(world) - kTenMinutes) < kTenMinutesError);
    }
}

TEST_CASE("a cancel that the access link, a changed password or too short a grace stops is as good "
          "as none")
{
    world::World cut = switches(FaultKind::kRestart, 600s);
    cut.faults.push_back({.kind = FaultKind::kAccess, .at = kStop - 1s, .length = 601s});
    CHECK(std::abs(stale(cut) - kTenMinutes) < kTenMinutesError);

    world::World password = switches(FaultKind::kRestart, 600s);
    password.faults.push_back({.kind = FaultKind::kPassword, .at = kStop - 1s, .length = 601s});
    CHECK(std::abs(stale(password) - kTenMinutes) < kTenMinutesError);

    // One way is 15 ms: the challenge is back after 30 ms, and the proof leaves then. What has
    // left arrives, so that the grace need not cover the answer. 300/3580 of them have a nonce younger than
    // 300 s and need no challenge; 31 s are four sd of their share (sqrt(.084 .916 / 400) = 0.0139 of 553 s).
    world::World grace = switches(FaultKind::kRestart, 600s);
    grace.fleets[0].registration.shutdown_grace = 25ms;
    CHECK(std::abs(stale(grace) - kTenMinutes * (1.0 - 300.0 / 3580.0)) < kTenMinutesError + 31.0);
    grace.fleets[0].registration.shutdown_grace = 45ms;
    CHECK(stale(grace) == 0.0);
}

TEST_CASE("after a rapid restart the same Contact is the device's own again; another one replaces "
          "the old, "
          "stands beside it, or is refused while it lives (RFC 3261 10.3)")
{
    world::World world = switches(FaultKind::kRestart, 3s);
    world.fleets[0].registration.unregister = registration::Unregister::kNone;
    CHECK(stale(world) ==
          doctest::Approx(3.0).epsilon(0.001)); // nothing is left after less than 20 s
    world.faults[0].new_address = true;
    // And until the proof is there: three ways of 15 ms, on links that take no time to send.
    CHECK(stale(world) == doctest::Approx(3.045).epsilon(1e-6));
    for (const auto second : {OnSecondContact::kAppend, OnSecondContact::kReject})
    {
        world.registrars[0].options.on_second_contact = second;
        CHECK(std::abs(stale(world) - kWholeLife) < kWholeLifeError);
    }
    world.fleets[0].registration.unregister = registration::Unregister::kOwn;
    CHECK(stale(world) == 0.0);
}

TEST_CASE("a short binding's life is exact to a fraction of a second: E - r/2 for E = 20 s, r = 10 "
          "s, over many "
          "blocks of addresses of record")
{
    world::World world = one_fleet(2000, 12);
    world.warmup = 20min;
    world.duration = 25min;
    world.fleets[0].registration.expires = 20;
    world.fleets[0].registration.refresh = {.kind = registration::RefreshLaw::Kind::kFraction,
                                            .low = 0.5};
    world.registrars[0].options.min_expires = 0;
    world.registrars[0].options.challenge = registrar::ChallengeWhen::kNever;
    world.faults.push_back({.kind = FaultKind::kCrash, .at = SimTime{21min}, .length = 1h});
    // Uniform on [10, 20] s: sd 10/sqrt(12) = 2.89 s, of a mean of 2000 0.065 s; four of them, 0.26 s, and the
    // 30 ms that the round trip adds to r.
    CHECK(std::abs(stale(world) - analysis::mean_stale_life(20, 10, 10)) < 0.29);
}
