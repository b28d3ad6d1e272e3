// What a fleet and its registrar say to each other without faults, on both carriers.

#include "model/world/reach.h"
#include "tests/carrier/both_carriers.h"

using namespace sipsim;
using namespace sipsim::carrier;

TEST_CASE("both carriers: registration, challenge and refresh are the same to the nanosecond")
{
    world::World world = three_pops(100, 1);
    for (const auto kind : {world::Start::Kind::kSteady,
                            world::Start::Kind::kAtOnce,
                            world::Start::Kind::kRamp,
                            world::Start::Kind::kRandom})
    {
        world.fleets[0].start = {.kind = kind, .span = 300s};
        const Seen seen = check_same(world);
        // 12 refreshes an hour, each at least two messages at the registrar.
        CHECK(seen.recorder.count("arrival") > 100 * 11 * 1);
    }
}

TEST_CASE("both carriers: every kind of challenge, nonce and transaction memory")
{
    for (const auto when : {registrar::ChallengeWhen::kNever,
                            registrar::ChallengeWhen::kInitial,
                            registrar::ChallengeWhen::kAlways})
    {
        for (const SimDuration nonce_lifetime :
             {SimDuration{0}, SimDuration{300s}, SimDuration{2h}})
        {
            world::World world = three_pops(50, 2);
            auto& options = world.registrars[0].options;
            options.challenge = when;
            options.nonce_lifetime = nonce_lifetime; // refreshes come after 300 s: stale or not
            options.stateless = nonce_lifetime == SimDuration{0};
            check_same(world);
        }
    }
}

TEST_CASE("both carriers: a T1 above T2 towards a dead registrar (RFC 3261 17.1.2.2)")
{
    // Each attempt is sent at 0, 8, 12, ..., 508 s, 127 times, and fails at 512 s; the next begins 88 s later. All
    // begin at once, so 2400 s have four attempts whole.
    world::World world = three_pops(10, 3);
    world.duration = 2400s;
    world.fleets[0].start = {.kind = world::Start::Kind::kAtOnce};
    auto& registration = world.fleets[0].registration;
    registration.transaction.t1 = 8s;
    registration.transaction.t2 = 4s;
    registration.retry = {.base = 88s};
    world.faults.push_back({.kind = world::FaultKind::kOutage, .length = 2400s});
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("arrival 0 0") == 10 * 4 * 127);
}

TEST_CASE("both carriers: 407, SHA-256, no qop, no credentials before the challenge")
{
    world::World world = three_pops(50, 3);
    auto& options = world.registrars[0].options;
    options.challenge_status = 407;
    options.algorithms.push(sip::DigestAlgorithm::kSha256);
    options.qop = false;
    world.fleets[0].registration.preemptive_credentials = false;
    world.fleets[0].registration.send_instance = true;
    check_same(world);
}

TEST_CASE("both carriers: a wrong password is refused the same way (RFC 3261 22.1)")
{
    for (const std::uint16_t status : {std::uint16_t{401}, std::uint16_t{403}})
    {
        world::World world = three_pops(50, 4);
        world.registrars[0].options.wrong_credentials_status = status;
        world.fleets[0].wrong_password = 0.3;
        world.fleets[0].registration.retry.base = 20s;
        check_same(world);
    }
}

TEST_CASE("both carriers: 423, 503 with Retry-After, 302 and other refusals")
{
    world::World brief = three_pops(50, 5);
    brief.registrars[0].options.min_expires = 900;
    check_same(brief);

    world::World busy = three_pops(50, 6);
    busy.registrars[0].options.refuse_status = 503;
    busy.registrars[0].options.retry_after = 40;
    check_same(busy);

    // A redirection to a second registrar, which knows these users, and to nobody.
    world::World moved = three_pops(50, 7);
    world::RegistrarSpec second = moved.registrars[0];
    second.name = "reg2";
    second.at = 1;
    moved.registrars.push_back(second);
    const world::Layout layout(moved);
    moved.registrars[0].options.refuse_status = 302;
    moved.registrars[0].options.redirect_to = layout.registrar_address(1);
    CHECK(check_same(moved).recorder.count("bindings of") > 0);
    moved.registrars[0].options.redirect_to = sip::HostPort{sip::Host{0x0808'0808}, 5060};
    check_same(moved);
    moved.registrars[0].options.redirect_to =
        sip::HostPort{layout.registrar_address(1).host, 5070}; // nothing listens there
    check_same(moved);
}

TEST_CASE("both carriers: several fleets, several accounts on a device, shared AORs, calls")
{
    world::World world = three_pops(20, 8);
    world.fleets[0].accounts = 3;
    world.fleets[0].call_gap = 200s;
    world::FleetSpec trunks = world.fleets[0];
    trunks.name = "trunks";
    trunks.count = 15;
    trunks.accounts = 1;
    trunks.accounts_per_aor = 3;
    trunks.registration.expires = 300;
    trunks.registration.initial_delay_max = 10s;
    trunks.start = {.kind = world::Start::Kind::kRamp, .span = 100s};
    world.fleets.push_back(trunks);
    world::FleetSpec silent = trunks;
    silent.name = "silent";
    silent.registration.enabled = false;
    world.fleets.push_back(silent);
    world.registrars[0].options.max_contacts = 3;
    world.registrars[0].options.on_second_contact = registrar::OnSecondContact::kAppend;
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("call") > 100);
}

TEST_CASE("both carriers: with 5 % loss and jitter on every link, the same datagrams are lost")
{
    for (const std::uint32_t accounts : {1U, 3U})
    {
        world::World world = three_pops(100, 9);
        world.fleets[0].accounts = accounts;
        give_loss(world, 0.05, 3ms);
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("drop") > 100);
    }
}

TEST_CASE(
    "both carriers: finite rates, where a datagram seldom waits, cost the same to the nanosecond")
{
    for (const std::uint32_t accounts : {1U, 4U})
    {
        world::World world = three_pops(100, 10);
        world.fleets[0].accounts = accounts;
        give_rates(world, 10'000'000);
        check_same(world);
    }
}

TEST_CASE("both carriers: a queue of hundreds on a slow server link empties in the same order")
{
    world::World world = three_pops(300, 11);
    world.duration = 600s;
    world.fleets[0].start = {.kind = world::Start::Kind::kAtOnce};
    give_rates(world, 10'000'000);
    world.registrars[0].access.bandwidth_bps = 1'000'000; // 300 x 400 octets are 1 s
    check_same(world);
    world.registrars[0].access.queue_limit = 200ms;
    world.registrars[0].access.loss = 0.02;
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("drop 7") > 100); // kQueueFull
}

namespace
{

/// A chain of so many links, a phone at one end and its registrar at the other.
world::World
chain(std::uint32_t links)
{
    world::World world = three_pops(1, 9);
    std::vector<network::Node> nodes;
    std::vector<network::Link> lines;
    for (std::uint32_t i = 0; i <= links; ++i)
    {
        nodes.push_back({.id = std::to_string(i), .name = std::to_string(i)});
    }
    for (std::uint32_t i = 0; i < links; ++i)
    {
        lines.push_back({.a = i, .b = i + 1, .propagation = 10us, .bandwidth_bps = 1'000'000'000});
    }
    world.topology = network::Topology{nodes, lines};
    world.fleets[0].at = {0};
    world.registrars[0].at = links;
    return world;
}

} // namespace

TEST_CASE("both carriers: the longest way that is let pass reaches, a longer one is refused")
{
    // A packet sent with TTL 255 is forwarded by as many routers as leave it at 1 or more (RFC 1812 5.3.1), which
    // is 254: of a chain of 253 links every one.
    const world::World longest = chain(world::kMostLinks);
    CHECK_FALSE(world::too_long_way(longest));
    const Seen seen = check_same(longest);
    CHECK(seen.recorder.count("arrival") > 0);
    const world::World longer = chain(world::kMostLinks + 1);
    const auto way = world::too_long_way(longer);
    REQUIRE(way);
    CHECK(way->links == 254);
    CHECK(way->to == 254);
    CHECK(run_on(Carrier::kPacket, longer).recorder.count("arrival") == 0);
}

TEST_CASE("both carriers: copies and next requests about a T1 apart on a device's slow link")
{
    // At 64 kbit/s a REGISTER takes the link some 50 ms, and each way is 18 ms longer than the device's link: at
    // some of these distances the answer to the first copy comes while the second, T1 later, is still being sent.
    bool met = false;
    for (SimDuration one_way = 140ms; one_way <= 230ms; one_way += 10ms)
    {
        world::World world = three_pops(1, 1);
        world.fleets[0].at = {0};
        world.fleets[0].start = {.kind = world::Start::Kind::kAtOnce};
        world.fleets[0].access.propagation = one_way;
        world.fleets[0].access.bandwidth_bps = 64'000;
        CAPTURE(one_way.count());
        const Seen seen = check_same(world);
        met = met ||
              metric(seen, "register_latency_p99") > 1.0; // 2 T1: a copy of each request was sent
    }
    CHECK(met);
}

TEST_CASE("both carriers: a device is shut down while its refresh is on its link, and unregisters "
          "behind it")
{
    world::World world = three_pops(1, 1);
    world.duration = 700s;
    world.fleets[0].at = {0};
    world.fleets[0].start = {.kind = world::Start::Kind::kAtOnce};
    world.fleets[0].access.bandwidth_bps = 64'000;
    world.fleets[0].registration.unregister = registration::Unregister::kOwn;
    world.fleets[0].registration.unregister_when = registration::UnregisterWhen::kShutdown;
    const auto arrivals_from = [&world](SimTime from) {
        auto at = instants(check_same(world), "arrival");
        std::erase_if(at, [from](SimTime instant) { return instant < from; });
        return at;
    };
    const SimTime refresh = arrivals_from(SimTime{100s}).at(0);
    // It takes the device's link for at least 30 ms (240 octets), and the way from there 18 ms + 5 ms.
    world::FaultSpec restart;
    restart.kind = world::FaultKind::kRestart;
    restart.at = refresh - 23ms - 20ms;
    restart.length = 10s;
    world.faults = {restart};
    const auto arrivals = arrivals_from(refresh);
    REQUIRE(arrivals.size() >= 2);
    CHECK(arrivals[0] == refresh);
    CHECK(arrivals[1] - refresh < 150ms); // the cancel, of at most 1 200 octets
}

TEST_CASE("both carriers: where the answer to a copy comes as the next request is due again, the "
          "order is the "
          "same")
{
    // At least 500 ms there and back, so each request is sent again after T1, 500 ms. The answer to the copy of the
    // first comes 500 ms after the 401 to itself: when the next one is due again. At almost 2 s it is on its way
    // when the next one's copies are not known yet. (At some other lengths it is the other one of the two that is
    // known first on one carrier.)
    for (const auto propagation : {298ms, 984ms, 990ms, 995ms, 1000ms})
    {
        for (const std::uint64_t rate : {1'000'000U, 10'000'000U})
        {
            CAPTURE(propagation);
            CAPTURE(rate);
            world::World world = three_pops(1, 33);
            world.fleets[0].at = {0};
            world.fleets[0].access.propagation = propagation;
            world.fleets[0].start = {.kind = world::Start::Kind::kAtOnce};
            world.duration = 100s;
            give_rates(world, rate);
            const Seen packet = run_on(Carrier::kPacket, world);
            const Seen fleet = run_on(Carrier::kFleet, world);
            check_equal(packet, fleet);
            // In order, whoever's they are.
            CHECK(packet.results.fingerprint == fleet.results.fingerprint);
            CHECK(fleet.recorder.count("drop") >= 2);
        }
    }
}
