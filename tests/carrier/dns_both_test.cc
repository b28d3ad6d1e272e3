// Devices that locate their servers by DNS, and the name servers they ask, on both carriers.

#include "tests/carrier/both_carriers.h"
#include "tests/carrier/located_world.h"

using namespace sipsim;
using namespace sipsim::carrier;
using world::FaultKind;

namespace
{

/// A caching resolver of a site, name server 1, between the devices and name server 0.
void
add_resolver(world::World& world)
{
    world::DnsSpec site;
    site.name = "site";
    site.access.propagation = 1ms;
    site.forward = {0};
    world.dns.push_back(site);
    world.fleets[0].locating->resolvers = {1};
}

/// A second version of the zone, which leaves registrar 0 out.
void
add_other_zone(world::World& world)
{
    world.zones.push_back({.name = "other",
                           .origin = "sip.example",
                           .records = {srv(1, "b.sip.example"), address_of("b.sip.example", 1)}});
}

/// One device behind a NAT, its first registrar silent from 100 s on, to which it does not come home.
world::World
forsaken()
{
    world::World world = located(1);
    world.duration = 2000s;
    world.nats.push_back({.name = "box", .options = *nat::preset("symmetric")});
    world.fleets[0].nat_box = 0;
    world.fleets[0].locating->failover.preference = dns::Preference::kUntilNoResponse;
    world.faults = {fault_at(FaultKind::kOutage, 0, 100s, 1900s)};
    return world;
}

} // namespace

TEST_CASE("both carriers: a silent first registrar, three accounts per device, each preference")
{
    for (const auto preference : {dns::Preference::kNone,
                                  dns::Preference::kUntilTtl,
                                  dns::Preference::kUntilNoResponse,
                                  dns::Preference::kForDuration})
    {
        world::World world = located(30);
        world.fleets[0].accounts = 3;
        world.fleets[0].call_gap = 300s;
        world.fleets[0].locating->failover.preference = preference;
        world.faults = {fault_at(FaultKind::kOutage, 0, 500s, 900s)};
        const Seen seen = check_same(world);
        // An address that answered may be used for ever, or its list is located anew.
        const bool for_ever = preference == dns::Preference::kUntilNoResponse;
        CHECK(seen.recorder.count("located") >= (for_ever ? 30 : 60));
        CHECK(seen.recorder.count("arrival 1 1") > 30);
    }
}

TEST_CASE("both carriers: a registrar that says port unreachable and loses its bindings")
{
    world::World world = located(30);
    world.fleets[0].accounts = 2;
    world.fleets[0].call_gap = 200s;
    world.fleets[0].locating->failover.blocked_for = 120s;
    world.registrars[0].keep_bindings = false;
    world.faults = {fault_at(FaultKind::kOutage, 0, 800s, 600s)};
    world.faults[0].unreachable = world::Unreachable::kIcmp;
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("bindings lost 0") == 1);
}

TEST_CASE(
    "both carriers: port unreachable of one server, late, ends nothing at the next (RFC 3261 18.4)")
{
    for (const std::uint32_t accounts : {1U, 3U})
    {
        world::World world = located(1);
        world.duration = 20s;
        world.fleets[0].accounts = accounts;
        world.fleets[0].access.propagation = 300ms;
        world.faults = {fault_at(FaultKind::kOutage, 0, 0s, 20s)};
        world.faults[0].unreachable = world::Unreachable::kIcmp;
        const Seen seen = check_same(world);
        // T1 is less than the round trip of 602 ms: the first server is asked twice before it says anything,
        // and for the second time when the next one has been asked.
        const SimTime located_at{602ms};
        const std::size_t n = accounts;
        const std::vector<SimTime> first(n, located_at + 301ms);
        const std::vector<SimTime> again(n, located_at + 500ms + 301ms);
        std::vector<SimTime> at_first = first;
        at_first.insert(at_first.end(), again.begin(), again.end());
        CHECK(instants(seen, "arrival 0 0") == at_first);
        CHECK(instants(seen, "bindings of") == std::vector<SimTime>(n, located_at + 602ms + 301ms));
        for (const auto& [ua, facts] : seen.recorder.of_ua)
        {
            CHECK(std::ranges::none_of(facts, [](const Fact& fact) {
                return fact.what.find("transport error") != std::string::npos;
            }));
        }
    }
}

TEST_CASE("both carriers: a name server that is silent, says port unreachable, is slow, is lame")
{
    for (const auto unreachable : {world::Unreachable::kSilent, world::Unreachable::kIcmp})
    {
        world::World world = located(30);
        world.dns.push_back(world.dns[0]);
        world.dns[1].name = "second";
        world.fleets[0].locating->resolvers = {0, 1};
        world.fleets[0].locating->location.ttl = dns::TtlOf::kLeast;
        world.faults = {fault_at(FaultKind::kOutage, kNs, 0s, 1500s),
                        fault_at(FaultKind::kDnsSlow, kNs + 1, 0s, 60s),
                        fault_at(FaultKind::kDnsSlow, kNs + 1, 30s, 40s),
                        fault_at(FaultKind::kDnsLame, kNs + 1, 1000s, 600s)};
        world.faults[0].unreachable = unreachable;
        world.faults[1].delay = 3s;
        world.faults[2].delay = 4s;
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("query at 0 0") >= 30);
        CHECK(seen.recorder.count("drop 3") > 0);                      // answers that come too late
        CHECK(seen.recorder.count("answered by name server 1 5") > 0); // REFUSED
    }
}

TEST_CASE("both carriers: a zone changes, answers in each order, and the old one comes back")
{
    for (const auto order :
         {dns::RecordOrder::kAsSent, dns::RecordOrder::kRotated, dns::RecordOrder::kShuffled})
    {
        world::World world = located(30);
        world.zones[0].records[1].priority = 1; // both alike: the weight decides
        world.dns[0].authority.order = order;
        add_other_zone(world);
        world.faults = {fault_at(FaultKind::kZoneChange, kNs, 700s, 1500s)};
        world.faults[0].zone = 1;
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("arrival 0 1") > 10);
        CHECK(seen.recorder.count("arrival 1 1") > 30);
    }
}

TEST_CASE("both carriers: a site's resolver, its crash and that of what it asks, SRV and NAPTR")
{
    for (const auto unreachable : {world::Unreachable::kSilent, world::Unreachable::kIcmp})
    {
        world::World world = located(30);
        add_resolver(world);
        world.fleets[0].locating->location.mode = dns::DnsMode::kNaptrSrv;
        world.faults = {fault_at(FaultKind::kOutage, kNs, 0s, 40s),
                        fault_at(FaultKind::kOutage, kNs + 1, 1000s, 300s)};
        world.faults[0].unreachable = unreachable;
        world.faults[1].unreachable = unreachable;
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("query at 1 1") > 30);
        CHECK(seen.recorder.count("answered by name server 1 2") > 0); // SERVFAIL
    }
}

TEST_CASE(
    "both carriers: CNAMEs from one name server's zone to the other's and back (RFC 1034 3.6.2)")
{
    world::World world = located(20);
    world.fleets[0].locating->name = "s.sip.example";
    world.fleets[0].locating->location.mode = dns::DnsMode::kA;
    const auto cname = [](const char* owner, const char* target) {
        return world::RecordSpec{.owner = owner,
                                 .ttl = 1000,
                                 .type = dns::Type::kCname,
                                 .target = target};
    };
    world.zones[0].records = {cname("s.sip.example", "s.hosts.example"),
                              cname("s2.sip.example", "s2.hosts.example")};
    world.zones.push_back({.name = "hosts",
                           .origin = "hosts.example",
                           .records = {cname("s.hosts.example", "s2.sip.example"),
                                       address_of("s2.hosts.example", 0)}});
    world.dns.push_back(world.dns[0]);
    world.dns[1].name = "second";
    world.dns[1].zones = {1};
    world.fleets[0].locating->resolvers = {0, 1};
    for (const std::uint32_t ttl : {1000U, 0U})
    {
        world.zones[1].records[0].ttl = ttl;
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("not located") == 0);
        CHECK(seen.recorder.count("arrival 0 1") > 20);
        // Four names, the first server asked for each, the second for two of them; with TTL 0 one of these
        // anew for each REGISTER.
        const std::size_t located = seen.recorder.count("located");
        CHECK(located >= (ttl == 0 ? 11U : 3U) * 20);
        CHECK(seen.recorder.count("query at 0 1") >= (ttl == 0 ? 1 : 4) * located);
        CHECK(seen.recorder.count("query at 1 1") >= (ttl == 0 ? 1 : 2) * located);
        CHECK(seen.recorder.count("query at 0 1") <= 4 * located);
        CHECK(seen.recorder.count("query at 1 1") <= 2 * located);
    }
}

TEST_CASE("both carriers: more answers than a phone has places, aged by a site's resolver")
{
    world::World world = located(20);
    add_resolver(world);
    world.fleets[0].locating->location.mode = dns::DnsMode::kNaptrSrv;
    world.fleets[0].registration.expires = 60;
    world.dns[0].authority.additional = false;
    auto& records = world.zones[0].records;
    records[0].ttl = records[1].ttl = 50;
    records[3].ttl = 700;
    for (const char* more : {"c.sip.example", "d.sip.example", "e.sip.example"})
    {
        records.push_back(srv(3, more));
        records.push_back(address_of(more, 1));
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("not located") == 0);
    }
}

TEST_CASE("both carriers: a site's resolver without a cache asks as often as it is asked")
{
    world::World world = located(20);
    add_resolver(world);
    world.fleets[0].start = {.kind = world::Start::Kind::kRandom, .span = 1000s};
    world.dns[1].resolver.cache = false;
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("query at 0 1") == seen.recorder.count("query at 1 1"));
    world.dns[1].resolver.cache = true;
    const Seen cached = check_same(world);
    CHECK(cached.recorder.count("query at 0 1") < 6);
}

TEST_CASE(
    "both carriers: a registrar that refuses with Retry-After is left alone so long (RFC 3261 "
    "21.5.4)")
{
    world::World world = located(20);
    world.fleets[0].start = {.kind = world::Start::Kind::kAtOnce};
    world.fleets[0].locating->failover.tries = 1;
    world.registrars[0].options.refuse_status = 503;
    world.registrars[0].options.retry_after = 1000;
    // REGISTERs every 300 s and a round trip, from 0 on: of twelve, those at 0, 1200 and 2400 s ask it.
    const Seen obeys = check_same(world);
    CHECK(obeys.recorder.count("arrival 0 1") == 3 * 20);
    CHECK(obeys.recorder.count("arrival 1 1") == 12 * 20);
    world.fleets[0].registration.honour_retry_after = false;
    CHECK(check_same(world).recorder.count("arrival 0 1") == 12 * 20);
}

TEST_CASE("both carriers: devices behind home NATs locate their servers, lose power, move")
{
    world::World world = located(30);
    world.nats.push_back({.name = "box", .options = *nat::preset("symmetric")});
    world.fleets[0].nat_box = 0;
    world.fleets[0].call_gap = 300s;
    world::FaultSpec cut = fault_at(FaultKind::kPowerCut, 0, 900s, 60s);
    cut.new_address = true;
    cut.return_ramp = 30s;
    world.faults = {cut, fault_at(FaultKind::kReboot, 0, 2000s, 0s)};
    world.faults[1].share = 0.5;
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("located") > 60);
}

TEST_CASE("both carriers: keepalives go where the last REGISTER went")
{
    world::World world = forsaken();
    world.fleets[0].nat.keepalive = {.kind = nat::KeepaliveOptions::Kind::kBlank, .interval = 20s};
    // Each refresh asks DNS again, in vain from 500 s on: the device has moved, and no request tells where.
    for (world::RecordSpec& record : world.zones[0].records)
    {
        record.ttl = 100;
    }
    world.faults.push_back(fault_at(FaultKind::kOutage, kNs, 500s, 1500s));
    const Seen seen = check_same(world);
    // The refresh is due half an expiry of 600 s after the first answer and asks DNS; the first registrar is
    // tried twice for 32 s.
    const SimTime moved = SimTime{3 * kRoundTrip} + 300s + 64s;
    const auto before = instants(seen, "keepalive at 0");
    const auto after = instants(seen, "keepalive at 1");
    REQUIRE_FALSE(before.empty());
    REQUIRE_FALSE(after.empty());
    CHECK(before.back() < moved + kOneWay);
    CHECK(after.front() > moved);
    CHECK(after.front() - before.back() == SimDuration{20s});
    CHECK(before.size() + after.size() == 100); // 2000 s, the first within an interval
}

TEST_CASE("both carriers: probes go where the last REGISTER went, and are answered there")
{
    for (const auto probe : {nat::Probe::kOptions, nat::Probe::kStun})
    {
        world::World world = forsaken();
        world.fleets[0].nat.mode = nat::TraversalMode::kKeepalive;
        world.fleets[0].nat.probe = probe;
        const Seen seen = check_same(world);
        const auto at_second = instants(seen, "arrival 1 1");
        REQUIRE_FALSE(at_second.empty());
        const auto before = instants(seen, "keepalive at 0");
        const auto after = instants(seen, "keepalive at 1");
        REQUIRE_FALSE(before.empty());
        CHECK(before.back() < at_second.front());
        // Every 30 s, or after 24 to 29 s; what is answered is not repeated.
        const auto left = std::chrono::duration_cast<std::chrono::seconds>(SimTime{world.duration} -
                                                                           at_second.front());
        CHECK(after.size() >= static_cast<std::size_t>(left / 30s) - 1);
        CHECK(after.size() <= static_cast<std::size_t>(left / 24s) + 1);
    }
}

TEST_CASE("both carriers: what a NAT shows to another server is no change of the address")
{
    world::World world = forsaken();
    world.fleets[0].locating->failover.preference = dns::Preference::kNone;
    world.faults[0].length =
        500s; // from 100 s: the device leaves, and comes home at a later refresh
    world.fleets[0].nat.mode = nat::TraversalMode::kKeepalive;
    world.fleets[0].nat.probe = nat::Probe::kStun;
    const Seen seen = check_same(world);
    CHECK_FALSE(instants(seen, "keepalive at 1").empty());
    CHECK(instants(seen, "keepalive at 0").back() > instants(seen, "keepalive at 1").back());
    for (const Fact& fact : seen.recorder.of_ua.at(0))
    {
        CHECK(fact.what.find("address changed") == std::string::npos);
    }
}

TEST_CASE("both carriers: keepalives and probes to a port where nobody is")
{
    for (const auto probe : {nat::Probe::kNone, nat::Probe::kOptions, nat::Probe::kStun})
    {
        world::World world = located(5);
        world.zones[0].records[0].port = 5070;
        world.fleets[0].nat.mode = nat::TraversalMode::kKeepalive;
        world.fleets[0].nat.keepalive = {.kind = nat::KeepaliveOptions::Kind::kBlank,
                                         .interval = 20s};
        world.fleets[0].nat.probe = probe;
        world.fleets[0].locating->failover.tries = 1;
        const Seen seen = check_same(world);
        CHECK_FALSE(instants(seen, "keepalive at 1").empty());
    }
}

TEST_CASE("both carriers: queries and answers are lost and jitter")
{
    world::World world = located(40);
    add_resolver(world);
    give_loss(world, 0.1, 2ms);
    world.dns[0].access.loss = 0.2;
    world.dns[1].access.loss = 0.2;
    world.fleets[0].locating->use_expired = true;
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("drop 5") > 0); // kLoss
}

TEST_CASE("both carriers: the answers of two name servers meet on a device's own slow link")
{
    world::World world = located(5);
    world.dns.push_back(world.dns[0]);
    world.dns[1].name = "near";
    world.dns[0].access.propagation = 21ms;
    // The far one answers after 52 ms, the near one, asked 40.3 ms later, 0.3 ms after it: at 1 Mbit/s
    // a link is busy with the first answer for longer.
    world.fleets[0].access.bandwidth_bps = 1'000'000;
    world.fleets[0].locating->resolvers = {0, 1};
    world.fleets[0].locating->resolver.timeout = 40'300us;
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("drop 3") >= 5); // kUnmatched: one late answer at least for each
}

TEST_CASE("both carriers: an answer given up on meets that of the next server on a slow link")
{
    world::World world = located(5);
    world.fleets[0].access.bandwidth_bps = 1'000'000;
    // A try ends after 1 s; the first registrar answers after 1.0003 s of work and a round trip, the second
    // at once: 0.3 ms between two answers that take the device's link some 3 ms each.
    world.fleets[0].locating->failover.tries = 1;
    world.fleets[0].locating->failover.try_timeout = 1s;
    world.registrars[0].options.station.workers = 1;
    world.registrars[0].options.station.unauthenticated = 1'000'300us;
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("drop 3") >= 5); // kUnmatched: a late answer at least for each
}

TEST_CASE("both carriers: the registrar that was located pings, and after a failover the next one")
{
    world::World world = located(10);
    world.warmup = 200s;
    world.fleets[0].registrar = 1; // not the one that DNS puts first
    for (auto& registrar : world.registrars)
    {
        registrar.options.ping = {.kind = registrar::PingOptions::Kind::kOptions, .interval = 30s};
    }
    const auto rate = [&] { return metric(check_same(world), "ping_rate_mean"); };
    CHECK(rate() == doctest::Approx(10.0 / 30.0).epsilon(0.01));
    // Dead for good from 500 s on: within a refresh, 300 s, and Timer F all are at the other.
    world.warmup = 900s;
    world.faults = {fault_at(FaultKind::kOutage, 0, 500s, 3100s)};
    CHECK(rate() == doctest::Approx(10.0 / 30.0).epsilon(0.01));
}
