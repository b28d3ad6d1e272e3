#include "model/network/paths.h"
#include "tests/unit/ns3_fixture.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace sipsim;
using namespace sipsim::ns3carrier::testing;
namespace world = sipsim::world;

namespace
{

/// Time of `octets` of SIP text over all four hops of line_world() in either direction, idle: the sum of
/// ceil(8 * (octets + 28) / rate) and the propagation of each hop.
SimDuration
idle_path(std::uint32_t octets)
{
    const std::uint64_t bits = 8ULL * (octets + 28);
    const auto hop = [&](std::uint64_t mbps, SimDuration propagation) {
        return SimDuration{(bits * 1000 + mbps - 1) / mbps} + propagation;
    };
    return hop(2, 5ms) + hop(10, 3ms) + hop(20, 4ms) + hop(100, 1ms);
}

} // namespace

TEST_CASE(
    "A REGISTER and its 200 take the sum of their hops, to the nanosecond (design: path time)")
{
    const auto facts = run(line_world());
    const auto sent = facts.sent(sip::Method::kRegister);
    const auto received = facts.received(200);
    REQUIRE(sent.size() == 1);
    REQUIRE(received.size() == 1);
    REQUIRE(facts.arrivals.size() == 1);
    CHECK(sent[0].at == SimTime{});
    CHECK(facts.arrivals[0].first == SimTime{idle_path(sent[0].bytes)});
    CHECK(facts.arrivals[0].second);
    CHECK(received[0].at == facts.arrivals[0].first + idle_path(received[0].bytes));
    CHECK(facts.reached(registration::State::kRegistered) == 1);
    REQUIRE(facts.bindings.size() == 1);
    CHECK(facts.bindings[0].second == 1);
}

TEST_CASE("A challenged REGISTER has two round trips, the second with credentials (RFC 3261 22.2)")
{
    auto world = line_world();
    world.registrars[0].options.challenge = registrar::ChallengeWhen::kAlways;
    const auto facts = run(world);
    const auto sent = facts.sent(sip::Method::kRegister);
    REQUIRE(sent.size() == 2);
    CHECK(!sent[0].message.credentials);
    CHECK(sent[1].message.credentials);
    const auto challenged = facts.received(401);
    REQUIRE(challenged.size() == 1);
    CHECK(challenged[0].at == SimTime{idle_path(sent[0].bytes) + idle_path(challenged[0].bytes)});
    CHECK(sent[1].at == challenged[0].at);
    CHECK(facts.received(200).size() == 1);
}

TEST_CASE("Datagrams of one instant leave a shared link in the order of their devices, one by one")
{
    // Three devices of one PoP send at 0 over links of their own and reach the router together; the
    // 10 Mbit/s link to B then takes them one after another.
    const auto facts = run(line_world(3));
    REQUIRE(facts.arrivals.size() == 3);
    const auto sent = facts.sent(sip::Method::kRegister);
    REQUIRE(sent.size() == 3);
    const std::uint32_t bytes = sent[0].bytes;
    CHECK(sent[1].bytes == bytes); // identities have canonical texts of one length
    const SimDuration bottleneck{8ULL * (bytes + 28) * 100}; // at 10 Mbit/s, 100 ns a bit
    for (std::size_t i = 0; i < 3; ++i)
    {
        CHECK(facts.arrivals[i].first ==
              SimTime{idle_path(bytes) + static_cast<SimDuration::rep>(i) * bottleneck});
    }
    const auto received = facts.received(200);
    REQUIRE(received.size() == 3);
    for (std::uint32_t i = 0; i < 3; ++i)
    {
        CHECK(received[i].ua == i);
    }
}

TEST_CASE("A lost REGISTER over UDP is sent 11 times and fails at 32 s (RFC 3261 17.1.2.2)")
{
    auto world = line_world();
    world.topology = network::Topology{world.topology.nodes(),
                                       {{.a = 0, .b = 1, .loss = 1.0}, {.a = 1, .b = 2}}};
    world.duration = 40s;
    const auto facts = run(world);
    const auto sent = facts.sent(sip::Method::kRegister);
    REQUIRE(sent.size() == 11);
    const std::vector<SimDuration> expected{0ms,
                                            500ms,
                                            1500ms,
                                            3500ms,
                                            7500ms,
                                            11500ms,
                                            15500ms,
                                            19500ms,
                                            23500ms,
                                            27500ms,
                                            31500ms};
    for (std::size_t i = 0; i < expected.size(); ++i)
    {
        CHECK(sent[i].at == SimTime{expected[i]});
        CHECK(sent[i].again == (i > 0));
        CHECK(sent[i].bytes == sent[0].bytes);
    }
    CHECK(facts.dropped(world::DropReason::kLoss) == 11);
    CHECK(facts.arrivals.empty());
    REQUIRE(facts.transitions.size() >= 2);
    CHECK(facts.transitions.back().at == SimTime{32s});
    CHECK(facts.transitions.back().transition.reason == registration::Reason::kTimedOut);
}

TEST_CASE("Losses are a function of device and datagram number, not of the other devices")
{
    auto world = line_world(1);
    world.fleets[0].access.loss = 0.5;
    world.duration = 30s;
    const auto alone = run(world);
    world.fleets[0].count = 2;
    const auto together = run(world);
    const auto sends_of_first = [](const Recorder& facts) {
        std::vector<SimTime> at;
        for (const auto& m : facts.sent(sip::Method::kRegister))
        {
            if (m.ua == 0)
            {
                at.push_back(m.at);
            }
        }
        return at;
    };
    CHECK(sends_of_first(alone) == sends_of_first(together));
}

TEST_CASE("Runs of one process are independent: the same world gives the same facts")
{
    auto world = line_world(20);
    world.fleets[0].start = {world::Start::Kind::kRandom, 10s};
    world.fleets[0].access.loss = 0.1;
    world.fleets[0].access.jitter = 2ms;
    world.registrars[0].options.challenge = registrar::ChallengeWhen::kAlways;
    const auto first = run(world);
    auto other = world;
    other.seed = 2;
    const auto between = run(other);
    const auto again = run(world);
    CHECK(first.lines.size() > 100);
    CHECK(first.lines == again.lines);
    CHECK(first.lines != between.lines);
}

TEST_CASE("A run that an observer breaks leaves nothing behind")
{
    class Breaker final : public world::Observer
    {
      public:
        void on_register_arrival(SimTime, std::uint32_t, bool) override
        {
            throw std::runtime_error("observer");
        }
    };

    const auto world = line_world(2);
    const auto before = run(world);
    {
        Breaker breaker;
        const world::Layout layout{world};
        CHECK_THROWS_AS((void)ns3carrier::run_on_packets(world, layout, breaker),
                        std::runtime_error);
    }
    {
        Recorder recorder;
        const world::Layout layout{world};
        ns3carrier::PacketRunOptions options;
        options.stop = []() -> bool { throw std::logic_error("stop"); };
        CHECK_THROWS_AS((void)ns3carrier::run_on_packets(world, layout, recorder, options),
                        std::logic_error);
    }
    CHECK(run(world).lines == before.lines);
}

TEST_CASE("A run can be stopped early, and says so with its cost")
{
    const auto world = line_world();
    const world::Layout layout{world};
    Recorder recorder;
    int asked = 0;
    ns3carrier::PacketRunOptions options;
    options.stop = [&] { return ++asked == 3; };
    const auto cost = ns3carrier::run_on_packets(world, layout, recorder, options);
    CHECK(cost.stopped_early);
    CHECK(asked == 3);
    CHECK(cost.sip_messages == 2); // REGISTER and 200
    CHECK(cost.events > 8);        // four hops each way
}

TEST_CASE("A steady fleet sends its first REGISTER at the instant the world draws for it")
{
    auto world = line_world(5);
    world.fleets[0].start.kind = world::Start::Kind::kSteady;
    world.duration = 3600s;
    const world::Layout layout{world};
    const auto facts = run(world);
    for (world::AccountIndex ua = 0; ua < 5; ++ua)
    {
        const auto sent = facts.sent(sip::Method::kRegister);
        const auto first = std::ranges::find_if(sent, [&](const auto& m) { return m.ua == ua; });
        REQUIRE(first != sent.end());
        CHECK(first->at == world::steady_first_register(world, layout, ua));
    }
}

TEST_CASE("Accounts of one device share its socket, and one AOR among some of them")
{
    auto world = line_world(2);
    world.fleets[0].accounts = 4;
    world.fleets[0].accounts_per_aor = 2;
    world.registrars[0].options.max_contacts = 2;
    world.registrars[0].options.on_second_contact = registrar::OnSecondContact::kAppend;
    const auto facts = run(world);
    CHECK(facts.received(200).size() == 8);
    CHECK(facts.reached(registration::State::kRegistered) == 8);
    CHECK(facts.dropped(world::DropReason::kUnmatched) == 0);
}
