// Registrars of one domain that share their bindings, on both carriers.

#include "tests/carrier/both_carriers.h"
#include "tests/carrier/located_world.h"

using namespace sipsim;
using namespace sipsim::carrier;
using registrar::Sharing;
using world::FaultKind;

namespace
{

constexpr auto kCalls = static_cast<std::size_t>(world::CallClass::kCount);

void
share(world::World& world, Sharing kind, SimDuration delay = 2s)
{
    for (auto& registrar : world.registrars)
    {
        registrar.sharing = {.kind = kind, .replication_delay = delay};
    }
}

/// Calls after `from`, by class.
std::array<std::size_t, kCalls>
calls_since(const Seen& seen, SimTime from)
{
    std::array<std::size_t, kCalls> calls{};
    for (const Fact& fact : seen.recorder.others)
    {
        if (fact.at >= from && fact.what.starts_with("call "))
        {
            ++calls.at(std::stoul(fact.what.substr(fact.what.rfind(' '))));
        }
    }
    return calls;
}

std::size_t
reached(const std::array<std::size_t, kCalls>& calls)
{
    return calls[static_cast<std::size_t>(world::CallClass::kReached)];
}

std::size_t
not_registered(const std::array<std::size_t, kCalls>& calls)
{
    return calls[static_cast<std::size_t>(world::CallClass::kNotRegistered)];
}

} // namespace

TEST_CASE("both carriers: sharing of each kind, deaths of both registrars, bindings kept and lost")
{
    for (const Sharing kind : {Sharing::kNothing, Sharing::kReplicated, Sharing::kDatabase})
    {
        for (const bool keep : {true, false})
        {
            world::World world = located(30);
            share(world, kind, 40s);
            world.fleets[0].accounts = 2;
            world.fleets[0].call_gap = 100s;
            world.registrars[0].keep_bindings = keep;
            world.registrars[1].keep_bindings = keep;
            world.faults = {fault_at(FaultKind::kOutage, 0, 500s, 700s),
                            fault_at(FaultKind::kOutage, 1, 1100s, 500s),
                            fault_at(FaultKind::kOutage, 0, 1900s, 60s),
                            fault_at(FaultKind::kOutage, 0, 1965s, 60s)};
            const Seen seen = check_same(world);
            const std::size_t lost = keep || kind == Sharing::kDatabase ? 0 : 4;
            CHECK(seen.recorder.count("bindings lost") == lost);
        }
    }
}

TEST_CASE(
    "both carriers: phones of one AOR, loss, reboots and removals while bindings are replicated")
{
    for (const SimDuration delay : {SimDuration{0}, SimDuration{30s}})
    {
        world::World world = located(40);
        share(world, Sharing::kReplicated, delay);
        give_loss(world, 0.1, 2ms);
        world.fleets[0].accounts_per_aor = 2;
        world.fleets[0].call_gap = 60s;
        world.fleets[0].locating->failover.preference = dns::Preference::kNone;
        world.fleets[0].locating->failover.next_cseq = true;
        for (auto& registrar : world.registrars)
        {
            registrar.options.max_contacts = 4;
            registrar.options.on_second_contact = registrar::OnSecondContact::kAppend;
            registrar.keep_bindings = false;
        }
        world::FaultSpec cut = fault_at(FaultKind::kPowerCut, 0, 900s, 60s);
        cut.new_address = true;
        cut.share = 0.5;
        world.faults = {cut,
                        fault_at(FaultKind::kOutage, 0, 1500s, 300s),
                        fault_at(FaultKind::kReboot, 0, 2500s, 0s)};
        world.faults[1].unreachable = world::Unreachable::kIcmp;
        (void)check_same(world);
    }
}

TEST_CASE("the second registrar answers for a dead first one at once, if it knows its bindings")
{
    // All have registered by 101 s at the first one, which dies at 200 s; the first refresh is not before
    // 300 s. Until then nobody but it knows where they are, unless they share.
    for (const Sharing kind : {Sharing::kNothing, Sharing::kReplicated, Sharing::kDatabase})
    {
        world::World world = located(200);
        share(world, kind);
        world.duration = 290s;
        world.fleets[0].call_gap = 20s;
        world.registrars[0].keep_bindings = false;
        world.faults = {fault_at(FaultKind::kOutage, 0, 200s, 90s)};
        const Seen seen = run_on(Carrier::kFleet, world);
        const auto calls = calls_since(seen, SimTime{200s});
        const bool shared = kind != Sharing::kNothing;
        CHECK((shared ? not_registered(calls) : reached(calls)) == 0);
        CHECK((shared ? reached(calls) : not_registered(calls)) > 700); // of 900
        // A binding that the domain still knows is one, however many hold it.
        CHECK(metric(seen, "share_end") == (shared ? 1.0 : 0.0));
        CHECK(metric(seen, "stale_account_seconds") == 0.0);
    }
}

TEST_CASE("a fleet without DNS is not forgotten by a registrar that comes back without bindings")
{
    // Its registrar loses them at 200 s and has them back from the other 2 s after its return at 210 s.
    world::World world = located(200);
    share(world, Sharing::kReplicated, 2s);
    world.duration = 290s;
    world.fleets[0].locating.reset();
    world.fleets[0].call_gap = 5s;
    world.registrars[0].keep_bindings = false;
    world.faults = {fault_at(FaultKind::kOutage, 0, 200s, 10s)};
    const Seen seen = check_same(world);
    std::size_t in_between = 0;
    for (const Fact& fact : seen.recorder.others)
    {
        const bool unknown = fact.what.starts_with("call ") && fact.what.ends_with(" 2");
        if (unknown && fact.at >= SimTime{200s})
        {
            CHECK(fact.at >= SimTime{210s});
            CHECK(fact.at < SimTime{212s});
            ++in_between;
        }
    }
    CHECK(in_between > 40); // of 80
    CHECK(reached(calls_since(seen, SimTime{212s})) > 2000);
    CHECK(metric(seen, "share_end") == 1.0);
}

TEST_CASE("the same CSeq at the next server is refused where it knows the first (RFC 3261 10.3, 7)")
{
    // The first registrar grants, its answers do not come through, the phone goes to the second.
    for (const bool next_cseq : {false, true})
    {
        world::World world = located(1);
        share(world, Sharing::kDatabase);
        world.duration = 200s;
        world.fleets[0].locating->failover.next_cseq = next_cseq;
        world.fleets[0].locating->failover.tries = 1;
        world.fleets[0].registration.retry.base = 1000s;
        world.topology = network::Topology({{.id = "0", .name = "A"}, {.id = "1", .name = "B"}},
                                           {{.a = 0, .b = 1, .propagation = 1ms}});
        world.registrars[0].access.propagation = 20s; // an answer after 40 s: Timer F is over
        const Seen seen = run_on(Carrier::kPacket, world);
        CHECK(seen.recorder.count("answered 1 1000") == (next_cseq ? 0 : 1)); // 500
        CHECK(seen.recorder.count("answered 1 400") == (next_cseq ? 1 : 0));
    }
}
