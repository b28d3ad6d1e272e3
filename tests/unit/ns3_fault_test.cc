#include "tests/unit/ns3_fixture.h"

#include <doctest/doctest.h>

using namespace sipsim;
using namespace sipsim::ns3carrier::testing;
namespace world = sipsim::world;
using world::DropReason;
using world::FaultKind;

namespace
{

world::FaultSpec
outage(SimDuration at, SimDuration length, world::Unreachable unreachable)
{
    world::FaultSpec fault;
    fault.kind = FaultKind::kOutage;
    fault.at = SimTime{at};
    fault.length = length;
    fault.unreachable = unreachable;
    return fault;
}

} // namespace

TEST_CASE(
    "A silent registrar: the attempt lasts until its transaction gives up, every copy arrives")
{
    auto world = line_world();
    world.faults.push_back(outage(0s, 40s, world::Unreachable::kSilent));
    world.fleets[0].registration.retry.base = 30s;
    world.duration = 100s;
    const auto facts = run(world);
    // 11 sends to 31.5 s, failure at 32 s, the wait of 30 s: one more REGISTER at 62 s, answered.
    CHECK(facts.sent(sip::Method::kRegister).size() == 12);
    CHECK(facts.sent(sip::Method::kRegister).back().at == SimTime{62s});
    REQUIRE(facts.arrivals.size() == 12);
    CHECK(std::ranges::count_if(facts.arrivals, [](const auto& a) { return !a.second; }) == 11);
    CHECK(facts.dropped(DropReason::kServerDead) == 11);
    CHECK(facts.dropped(DropReason::kNoHost) == 0);
    CHECK(facts.received(200).size() == 1);
}

TEST_CASE("A dead process says port unreachable, which ends the attempt at once (RFC 3261 18.4)")
{
    auto world = line_world();
    world.faults.push_back(outage(0s, 40s, world::Unreachable::kIcmp));
    world.fleets[0].registration.retry.base = 30s;
    world.duration = 100s;
    const auto facts = run(world);
    // One REGISTER, a round trip, the wait of 30 s; again at about 30 s; answered at about 60 s.
    const auto sent = facts.sent(sip::Method::kRegister);
    REQUIRE(sent.size() == 3);
    CHECK(facts.arrivals.size() == 3);
    CHECK(facts.dropped(DropReason::kServerDead) == 2);
    const auto failed = std::ranges::find_if(facts.transitions, [](const auto& m) {
        return m.transition.reason == registration::Reason::kTransportError;
    });
    REQUIRE(failed != facts.transitions.end());
    // ICMP: IP 20 + ICMP 8 + the datagram's IP header 20 + 8 octets = 56 octets, back over four hops of
    // 2, 10, 20 and 100 Mbit/s: 224000 + 44800 + 22400 + 4480 ns and 13 ms.
    CHECK(failed->at == facts.arrivals[0].first + 13ms + 295'680ns);
    CHECK(sent[1].at == failed->at + 30s);
    CHECK(facts.received(200).size() == 1);
}

TEST_CASE("A stack that does not listen to ICMP repeats as if the host were dead")
{
    auto world = line_world();
    world.faults.push_back(outage(0s, 40s, world::Unreachable::kIcmp));
    world.fleets[0].registration.listens_to_icmp = false;
    world.duration = 33s;
    CHECK(run(world).sent(sip::Method::kRegister).size() == 11);
}

TEST_CASE("Port unreachable ends the transaction of the account whose datagram it was")
{
    auto world = line_world();
    world.fleets[0].accounts = 3;
    world.faults.push_back(outage(0s, 40s, world::Unreachable::kIcmp));
    world.duration = 20s;
    const auto facts = run(world);
    std::vector<world::AccountIndex> failed;
    for (const auto& m : facts.transitions)
    {
        if (m.transition.reason == registration::Reason::kTransportError)
        {
            failed.push_back(m.ua);
        }
    }
    CHECK(failed == std::vector<world::AccountIndex>{0, 1, 2});
    CHECK(facts.sent(sip::Method::kRegister).size() == 3);
}

TEST_CASE(
    "A registrar that lost its bindings says so when it comes back, one that kept them does not")
{
    auto world = line_world();
    world.faults.push_back(outage(10s, 10s, world::Unreachable::kSilent));
    CHECK(run(world).bindings_lost == 0);
    world.registrars[0].keep_bindings = false;
    CHECK(run(world).bindings_lost == 1);
}

TEST_CASE("Overlapping outages: the registrar is back when the last one ends")
{
    auto world = line_world();
    world.registrars[0].keep_bindings = false;
    world.faults.push_back(outage(0s, 20s, world::Unreachable::kIcmp));
    world.faults.push_back(outage(10s, 20s, world::Unreachable::kSilent));
    world.fleets[0].registration.retry.base = 5s;
    const auto facts = run(world);
    CHECK(facts.bindings_lost == 1);
    REQUIRE(!facts.received(200).empty());
    CHECK(facts.received(200).front().at > SimTime{30s});
}

TEST_CASE("A partition loses what is sent over its links and nothing else")
{
    auto world = line_world();
    world::FaultSpec partition;
    partition.kind = FaultKind::kPartition;
    partition.length = 2s;
    partition.links = {1};
    world.faults.push_back(partition);
    const auto facts = run(world);
    // Sends at 0, 0.5 and 1.5 s are lost at B; the one at 3.5 s arrives.
    CHECK(facts.dropped(DropReason::kLinkDown) == 3);
    REQUIRE(facts.arrivals.size() == 1);
    CHECK(facts.arrivals[0].first > SimTime{3500ms});
    CHECK(facts.received(200).size() == 1);
}

TEST_CASE("A power cut says nothing, keeps the binding and comes back after its length")
{
    auto world = line_world();
    world.faults.push_back(device_fault(FaultKind::kPowerCut, 10s, 20s));
    const auto facts = run(world);
    CHECK(facts.power == std::vector<std::pair<SimTime, bool>>{{SimTime{}, true},
                                                               {SimTime{10s}, false},
                                                               {SimTime{30s}, true}});
    const auto sent = facts.sent(sip::Method::kRegister);
    REQUIRE(sent.size() == 2);
    CHECK(sent[1].at == SimTime{30s});
    CHECK(sent[0].message.call_id != sent[1].message.call_id); // a new life takes a new Call-ID
    CHECK(sent[0].message.src == sent[1].message.src);
}

TEST_CASE("What is on its way to a device without power ends in silence")
{
    auto world = line_world();
    // The REGISTER leaves at 0, the 200 is back after more than 26 ms: the power goes in between.
    world.faults.push_back(device_fault(FaultKind::kPowerCut, 10ms, 20s));
    world.duration = 15s;
    const auto facts = run(world);
    CHECK(facts.arrivals.size() == 1);
    CHECK(facts.dropped(DropReason::kNoHost) == 1);
    CHECK(facts.received(200).empty());
}

TEST_CASE("After a power cut with a new address the old one reaches nobody")
{
    auto world = line_world();
    world.faults.push_back(device_fault(FaultKind::kPowerCut, 10s, 10s));
    world.faults[0].new_address = true;
    const world::Layout layout{world};
    Recorder facts = run_with(world, [&](ns3carrier::PacketWorldHelper& helper) {
        ns3::Simulator::Schedule(ns3::Seconds(50), [&helper, &layout] {
            const std::string text = "\r\n\r\n";
            const auto send = [&](sip::Host to) {
                // From beside the registrar to each of the device's addresses.
                const auto socket =
                    ns3::Socket::CreateSocket(helper.GetRegistrar(0)->GetNode(),
                                              ns3::TypeId::LookupByName("ns3::UdpSocketFactory"));
                socket->Bind();
                socket->SendTo(
                    ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(text.data()),
                                             static_cast<std::uint32_t>(text.size())),
                    0,
                    ns3::InetSocketAddress(ns3carrier::ToNs3(to), sip::kSipPort));
            };
            send(layout.address(0, 0).host);
            send(layout.address(0, 1).host);
        });
    });
    REQUIRE(facts.addresses.size() == 3);
    CHECK(facts.addresses[2].host == layout.address(0, 1).host);
    const auto sent = facts.sent(sip::Method::kRegister);
    REQUIRE(sent.size() == 2);
    CHECK(sent[1].message.contacts[0].uri.at.host == layout.address(0, 1).host);
    CHECK(facts.received(200).size() == 2);
    CHECK(facts.dropped(DropReason::kNoHost) == 1);
    CHECK(facts.dropped(DropReason::kKeepalive) == 1);
}

TEST_CASE("A reboot unregisters at shutdown, at boot or not at all, as the profile says")
{
    using registration::Unregister;
    using registration::UnregisterWhen;
    auto world = line_world();
    world.faults.push_back(device_fault(FaultKind::kReboot, 10s, 0s));
    world.fleets[0].registration.boot_time = 20s;
    auto& options = world.fleets[0].registration;

    SUBCASE("none")
    {
        options.unregister = Unregister::kNone;
        const auto facts = run(world);
        CHECK(facts.sent(sip::Method::kRegister).size() == 2);
        CHECK(facts.sent(sip::Method::kRegister)[1].at == SimTime{30s});
        CHECK(facts.power[1] == std::pair{SimTime{10s}, false});
    }
    SUBCASE("its own contact, at shutdown: power goes when the answer is there")
    {
        options.unregister = Unregister::kOwn;
        options.unregister_when = UnregisterWhen::kShutdown;
        const auto facts = run(world);
        const auto sent = facts.sent(sip::Method::kRegister);
        REQUIRE(sent.size() == 3);
        CHECK(sent[1].at == SimTime{10s});
        CHECK(sent[1].message.contacts[0].expires == 0);
        const auto answered = facts.received(200);
        REQUIRE(answered.size() == 3);
        CHECK(facts.power[1] == std::pair{answered[1].at, false});
        CHECK(sent[2].at == answered[1].at + 20s);
        CHECK(facts.bindings[1].second == 0);
    }
    SUBCASE("all contacts, at boot")
    {
        options.unregister = Unregister::kAll;
        options.unregister_when = UnregisterWhen::kBoot;
        const auto facts = run(world);
        const auto sent = facts.sent(sip::Method::kRegister);
        // Each life begins with a removal, the first one too.
        REQUIRE(sent.size() == 4);
        CHECK(sent[2].at == SimTime{30s});
        CHECK(sent[2].message.contact_star);
        CHECK(!sent[3].message.contact_star);
    }
    SUBCASE("a shutdown nobody answers ends after the grace")
    {
        options.unregister = Unregister::kOwn;
        options.unregister_when = UnregisterWhen::kShutdown;
        options.shutdown_grace = 4s;
        world.faults.push_back(outage(9s, 80s, world::Unreachable::kSilent));
        const auto facts = run(world);
        CHECK(facts.power[1] == std::pair{SimTime{14s}, false});
        CHECK(facts.power[2] == std::pair{SimTime{34s}, true});
    }
}

TEST_CASE("Faults of one instant begin and end in their order in the world")
{
    auto world = line_world();
    world.faults.push_back(outage(10s, 10s, world::Unreachable::kSilent));
    world.faults.push_back(device_fault(FaultKind::kCrash, 20s, 5s));
    world.faults.push_back(outage(10s, 10s, world::Unreachable::kSilent));
    const auto facts = run(world);
    std::vector<std::string> lines;
    std::ranges::copy_if(facts.lines, std::back_inserter(lines), [](const std::string& l) {
        return l.find("fault") != std::string::npos;
    });
    CHECK(lines == std::vector<std::string>{"10000000000 fault 0 begins",
                                            "10000000000 fault 2 begins",
                                            "20000000000 fault 0 ends",
                                            "20000000000 fault 1 begins",
                                            "20000000000 fault 2 ends",
                                            "25000000000 fault 1 ends"});
}

TEST_CASE("A call is reached, stale, lost, not registered, or meets a dead registrar")
{
    using world::CallClass;
    auto world = line_world();
    world.fleets[0].call_gap = 50ms;
    world.duration = 60s;
    world.faults.push_back(device_fault(FaultKind::kPowerCut, 10s, 10s)); // stale
    world::FaultSpec cut;
    cut.kind = FaultKind::kLink;
    cut.at = SimTime{30s};
    cut.length = 10s;
    cut.links = {0};
    world.faults.push_back(cut);                                           // lost
    world.faults.push_back(outage(50s, 10s, world::Unreachable::kSilent)); // registrar down
    const auto facts = run(world);
    REQUIRE(facts.calls.size() > 500);
    for (const auto& [at, seen] : facts.calls)
    {
        const double t = to_seconds(at);
        const auto expected = t < 0.01                ? CallClass::kNotRegistered
                              : t < 10.0              ? CallClass::kReached
                              : t < 20.0              ? CallClass::kStale
                              : t >= 30.0 && t < 40.0 ? CallClass::kLost
                              : t >= 50.0             ? CallClass::kRegistrarDown
                                                      : CallClass::kReached;
        if (t < 0.01 || t > 0.1) // the REGISTER is on its way in between
        {
            CHECK(seen == expected);
        }
    }
}
