// Every fault of devices, registrars and links, on both carriers.

#include "tests/carrier/both_carriers.h"

using namespace sipsim;
using namespace sipsim::carrier;
using registration::Unregister;
using registration::UnregisterWhen;
using world::FaultKind;

namespace
{

world::FaultSpec
of_devices(FaultKind kind, SimDuration at, SimDuration length)
{
    return {.kind = kind, .at = SimTime{at}, .length = length, .share = 0.7};
}

} // namespace

TEST_CASE("both carriers: an outage with bindings kept or lost, silent or with port unreachable")
{
    for (const bool keep : {true, false})
    {
        for (const auto how : {world::Unreachable::kSilent, world::Unreachable::kIcmp})
        {
            for (const std::uint32_t accounts : {1U, 3U})
            {
                world::World world = three_pops(60, 21);
                world.fleets[0].accounts = accounts;
                world.fleets[0].call_gap = 400s;
                world.fleets[0].registration.retry.base = 20s;
                world.registrars[0].keep_bindings = keep;
                world.faults.push_back({.kind = FaultKind::kOutage,
                                        .at = SimTime{1000s},
                                        .length = 400s,
                                        .unreachable = how});
                const Seen seen = check_same(world);
                CHECK(seen.recorder.count("drop 4") > 0); // kServerDead
            }
        }
    }
}

TEST_CASE("both carriers: each of a trunk's 1000 accounts hears of its own REGISTER's ICMP error")
{
    world::World world = three_pops(1, 25);
    world.duration = 100s;
    world.fleets[0].accounts = 1000; // all their REGISTERs are under way at once
    world.fleets[0].start.kind = world::Start::Kind::kAtOnce;
    world.fleets[0].registration.retry.base = 30s;
    world.faults.push_back({.kind = FaultKind::kOutage,
                            .at = SimTime{0s},
                            .length = 20s,
                            .unreachable = world::Unreachable::kIcmp});
    const Seen seen = check_same(world);
    for (const auto& [ua, facts] : seen.recorder.of_ua)
    {
        CHECK(std::ranges::any_of(facts, [](const Fact& fact) {
            return fact.what.find("transport error") != std::string::npos;
        }));
    }
}

TEST_CASE("both carriers: overlapping outages, a device that does not listen to ICMP, loss on top")
{
    world::World world = three_pops(60, 22);
    world.fleets[0].registration.listens_to_icmp = false;
    give_loss(world, 0.05, SimDuration{0});
    world.faults.push_back({.kind = FaultKind::kOutage,
                            .at = SimTime{900s},
                            .length = 600s,
                            .unreachable = world::Unreachable::kIcmp});
    world.faults.push_back({.kind = FaultKind::kOutage,
                            .at = SimTime{1200s},
                            .length = 600s,
                            .unreachable = world::Unreachable::kSilent});
    check_same(world);
    world.fleets[0].registration.listens_to_icmp = true;
    check_same(world);
}

TEST_CASE("both carriers: reboot and restart with each unregister policy")
{
    for (const auto policy : {Unregister::kNone, Unregister::kOwn, Unregister::kAll})
    {
        for (const auto when : {UnregisterWhen::kShutdown, UnregisterWhen::kBoot})
        {
            for (const auto kind : {FaultKind::kReboot, FaultKind::kRestart})
            {
                world::World world = three_pops(40, 23);
                world.fleets[0].accounts = 2;
                world.fleets[0].registration.unregister = policy;
                world.fleets[0].registration.unregister_when = when;
                world.fleets[0].registration.boot_time = 45s;
                world.faults.push_back(of_devices(kind, 1000s, 90s));
                check_same(world);
            }
        }
    }
}

TEST_CASE("both carriers: an orderly end that nobody answers lasts its grace")
{
    world::World world = three_pops(40, 24);
    world.fleets[0].accounts = 2;
    world.fleets[0].registration.unregister = Unregister::kOwn;
    world.faults.push_back({.kind = FaultKind::kOutage, .at = SimTime{990s}, .length = 100s});
    world.faults.push_back(of_devices(FaultKind::kRestart, 1000s, 30s));
    check_same(world);
}

TEST_CASE("both carriers: crash, and power cut with a ramp and new addresses")
{
    world::World world = three_pops(60, 25);
    world.fleets[0].call_gap = 300s;
    world.faults.push_back(of_devices(FaultKind::kCrash, 700s, 20s));
    auto cut = of_devices(FaultKind::kPowerCut, 1500s, 60s);
    cut.return_ramp = 120s;
    cut.new_address = true;
    world.faults.push_back(cut);
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("power off") > 60);
}

TEST_CASE("both carriers: a fault that hits devices that are down, ending or booting")
{
    world::World world = three_pops(60, 26);
    world.fleets[0].registration.unregister = Unregister::kAll;
    world.fleets[0].start = {.kind = world::Start::Kind::kRandom, .span = 100s};
    world.faults.push_back(of_devices(FaultKind::kPowerCut, 50s, 30s));
    world.faults.push_back(of_devices(FaultKind::kRestart, 1000s, 40s));
    world.faults.push_back(of_devices(FaultKind::kPowerCut, 1000s + 10ms, 20s));
    world.faults.push_back(of_devices(FaultKind::kReboot, 1015s, 0s));
    world.faults.push_back(of_devices(FaultKind::kCrash, 0s, 25s));
    check_same(world);
}

TEST_CASE("both carriers: a partition and a link cut lose the same datagrams and calls")
{
    world::World world = three_pops(60, 27);
    world.fleets[0].call_gap = 100s;
    give_rates(world, 100'000'000);
    world.faults.push_back(
        {.kind = FaultKind::kPartition, .at = SimTime{1000s}, .length = 300s, .links = {0}});
    world.faults.push_back(
        {.kind = FaultKind::kLink, .at = SimTime{1200s}, .length = 200s, .links = {1, 0}});
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("drop 6") > 100); // kLinkDown
}

TEST_CASE("both carriers: the return of all after a power cut through narrow links, within 1 ms")
{
    // 300 x 400 octets at 10 Mbit/s: a queue of 0.1 s, in which each datagram takes 0.3 ms.
    world::World world = three_pops(300, 28);
    world.duration = 2000s;
    give_rates(world, 10'000'000);
    give_loss(world, 0.02, SimDuration{0});
    world.faults.push_back({.kind = FaultKind::kPowerCut, .at = SimTime{1000s}, .length = 60s});
    check_close(world);
}

TEST_CASE("both carriers: faults that begin as the run begins")
{
    for (const auto kind :
         {FaultKind::kPowerCut, FaultKind::kCrash, FaultKind::kRestart, FaultKind::kReboot})
    {
        world::World world = three_pops(40, 29);
        world.faults.push_back(of_devices(kind, 0s, 300s));
        const Seen seen = check_same(world);
        // Those who were hit, seven in ten, boot after it and register at once, not when a fleet in
        // steady state would have.
        const SimTime end = world::end_of(world, world.faults[0]);
        std::size_t together = 0;
        for (const auto& [ua, facts] : seen.recorder.of_ua)
        {
            together += !facts.empty() && facts.front().at == end ? 1 : 0;
        }
        CHECK(together > 15);
        CHECK(together < 40);
    }
}

TEST_CASE(
    "both carriers: of three phones that share one Contact one is stopped, unregistered or not")
{
    for (const Unregister unregister : {Unregister::kNone, Unregister::kOwn})
    {
        world::World world = three_pops(60, 30);
        world.fleets[0].accounts_per_aor = 3;
        world.fleets[0].shared_contact = true;
        world.fleets[0].call_gap = 100s;
        world.fleets[0].registration.unregister = unregister;
        world.faults.push_back({.kind = FaultKind::kRestart,
                                .at = SimTime{1000s},
                                .length = 500s,
                                .every = 3,
                                .new_address = true});
        const Seen seen = check_same(world);
        const auto missed = std::to_string(static_cast<int>(world::CallClass::kNotRegistered));
        const auto calls = std::ranges::count_if(seen.recorder.others, [&](const Fact& f) {
            return f.at > SimTime{1000s} && f.at < SimTime{1500s} && f.what.starts_with("call ") &&
                   f.what.ends_with(" " + missed);
        });
        CHECK((calls > 0) == (unregister == Unregister::kOwn));
    }
}

TEST_CASE(
    "both carriers: the devices' own links carry nothing, and the registrar knows other passwords")
{
    for (const auto kind : {FaultKind::kAccess, FaultKind::kPassword})
    {
        for (const std::uint32_t every : {1U, 3U})
        {
            CAPTURE(every);
            world::World world = three_pops(60, 30);
            world.fleets[0].accounts_per_aor = 2;
            world.fleets[0].call_gap = 300s;
            world.fleets[0].registration.retry.base = 40s;
            world.fleets[0].registration.unregister = Unregister::kOwn;
            world.registrars[0].options.on_second_contact = registrar::OnSecondContact::kAppend;
            world.registrars[0].options.max_contacts = 8;
            world::FaultSpec fault{.kind = kind, .at = SimTime{1000s}, .length = 500s};
            // A password is the fleet's.
            fault.share = kind == FaultKind::kAccess && every == 1 ? 0.6 : 1.0;
            fault.every = kind == FaultKind::kAccess ? every : 1;
            world.faults.push_back(fault);
            // Some of them end meanwhile: their cancel is lost, or refused.
            world.faults.push_back(
                {.kind = FaultKind::kRestart, .at = SimTime{1200s}, .length = 60s, .every = 2});
            const Seen seen = check_same(world);
            const auto lost = std::to_string(static_cast<int>(world::CallClass::kLost));
            const auto calls = std::ranges::count_if(seen.recorder.others, [&](const Fact& f) {
                return f.what.starts_with("call ") && f.what.ends_with(" " + lost);
            });
            CHECK((calls > 0) == (kind == FaultKind::kAccess));
            CHECK((seen.recorder.count("wrong password") > 0) == (kind == FaultKind::kPassword));
        }
    }
}
