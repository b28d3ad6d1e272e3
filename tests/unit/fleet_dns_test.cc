// Devices of the fleet carrier that locate their servers by DNS: when they ask, what they do with the answer,
// what becomes of it when a name server is dead, slow or lame. Instants are sums of one-way delays: 5 ms of
// the device's link, 1 ms of each server's.

#include "model/fleet/fleet_carrier.h"
#include "tests/carrier/located_world.h"

#include <doctest/doctest.h>

#include <vector>

using namespace sipsim;
using namespace std::chrono_literals;

namespace
{

using carrier::kOneWay;
using carrier::kRoundTrip;
constexpr SimDuration kBetweenServers = 4ms; // there and back

struct Sent
{
    SimTime at;
    world::ServerIndex server = 0;
    std::uint32_t cseq = 0;

    friend bool operator==(const Sent&, const Sent&) = default;
};

struct Query
{
    SimTime at;
    std::uint32_t dns = 0;
    bool alive = true;

    friend bool operator==(const Query&, const Query&) = default;
};

struct Found
{
    SimTime at;
    bool located = false;

    friend bool operator==(const Found&, const Found&) = default;
};

/// What the tests look at.
class Watch final : public world::Observer
{
  public:
    explicit Watch(const world::Layout& layout)
        : layout_(&layout)
    {
    }

    void on_ua_message(const world::UaMessage& fact) override
    {
        if (fact.direction == world::Direction::kSend && !fact.again)
        {
            sent.push_back({fact.at,
                            layout_->server_at(fact.message.dst.host).value_or(99),
                            static_cast<std::uint32_t>(fact.message.cseq)});
        }
    }

    void on_transition(SimTime at, world::AccountIndex, const registration::Transition& t) override
    {
        if (t.reason == registration::Reason::kNoServer)
        {
            no_server.push_back(at);
        }
    }

    void on_dns_query(SimTime at, std::uint32_t dns, bool alive) override
    {
        queries.push_back({at, dns, alive});
    }

    void on_dns_answered(SimTime, std::uint32_t, dns::Rcode rcode) override
    {
        answers.push_back(rcode);
    }

    void on_located(SimTime at, world::DeviceIndex, bool located) override
    {
        founds.push_back({at, located});
    }

    void on_bindings(SimTime at,
                     std::uint32_t aor,
                     const registrar::LocationService::Bindings& bindings) override
    {
        bound.push_back({at, aor, static_cast<std::uint32_t>(bindings.size())});
    }

    void on_bindings_lost(SimTime at, std::uint32_t registrar) override
    {
        bound.push_back({at, 100 + registrar, 0});
    }

    std::vector<Sent> sent;
    std::vector<Query> queries;
    std::vector<Found> founds;
    std::vector<SimTime> no_server;
    std::vector<dns::Rcode> answers;
    std::vector<Sent> bound; // at, AOR, how many; 100 + registrar: it lost its own

  private:
    const world::Layout* layout_; // while the run lasts
};

/// One device, which asks name server 0.
world::World
one_device()
{
    world::World world = carrier::located(1);
    world.seed = 7;
    world.duration = 200s;
    return world;
}

world::FaultSpec
outage(world::ServerIndex server, SimDuration length)
{
    world::FaultSpec fault;
    fault.kind = world::FaultKind::kOutage;
    fault.server = server;
    fault.length = length;
    return fault;
}

world::FaultSpec
fault_of_dns(world::FaultKind kind, world::ServerIndex server)
{
    world::FaultSpec fault = outage(server, 100s);
    fault.kind = kind;
    return fault;
}

Watch
watch(const world::World& world, std::uint32_t requests_kept = fleet::kRequestsKept)
{
    const world::Layout layout(world);
    Watch seen(layout);
    (void)fleet::run_on_fleet(world, layout, seen, {.requests_kept = requests_kept});
    return seen;
}

constexpr world::ServerIndex kNs = 2; // after two registrars

} // namespace

TEST_CASE("RFC 3263 4.3: a silent first server is tried twice for 32 s, then the next one gets the "
          "request")
{
    world::World world = one_device();
    world.faults = {outage(0, 200s)};
    for (const std::uint32_t kept : {fleet::kRequestsKept, 0U})
    {
        const Watch seen = watch(world, kept);
        // One question: the addresses come with the SRV records (RFC 2782).
        CHECK(seen.queries == std::vector<Query>{{SimTime{kOneWay}, 0, true}});
        CHECK(seen.founds == std::vector<Found>{{SimTime{kRoundTrip}, true}});
        // The same request but for its branch: the same CSeq.
        CHECK(seen.sent == std::vector<Sent>{{SimTime{kRoundTrip}, 0, 1},
                                             {SimTime{kRoundTrip + 32s}, 0, 1},
                                             {SimTime{kRoundTrip + 64s}, 1, 1}});
        CHECK(seen.bound == std::vector<Sent>{{SimTime{kRoundTrip + 64s + kOneWay}, 0, 1}});
    }
}

TEST_CASE("a refresh asks again once the TTL of the SRV records has run out, not before")
{
    world::World world = one_device();
    world.duration = 3000s;
    const Watch seen = watch(world);
    // Half of 600 s after each 2xx comes the next REGISTER; the list of 1000 s is from the answer.
    std::vector<Sent> sent;
    std::vector<Query> queries;
    SimTime attempt{};
    SimTime until = SimTime::min();
    for (std::uint32_t cseq = 1; attempt < SimTime{3000s}; ++cseq)
    {
        SimTime leaves = attempt;
        if (attempt >= until)
        {
            queries.push_back({attempt + kOneWay, 0, true});
            leaves = attempt + kRoundTrip;
            until = leaves + 1000s;
        }
        sent.push_back({leaves, 0, cseq});
        attempt = leaves + kRoundTrip + 300s;
    }
    CHECK(queries.size() == 3); // at 0, 1200 and 2400 s
    CHECK(seen.queries == queries);
    CHECK(seen.sent == sent);
}

TEST_CASE("a dead name server: two rounds of 5 s, no server, and the retry wait, until it is back")
{
    world::World world = one_device();
    world.faults = {outage(kNs, 100s)};
    const Watch seen = watch(world);
    std::vector<Query> queries;
    std::vector<Found> founds;
    std::vector<SimTime> no_server;
    for (const SimDuration attempt : {0s, 40s, 80s}) // 10 s and a wait of 30 s each
    {
        queries.push_back({SimTime{attempt + kOneWay}, 0, false});
        queries.push_back({SimTime{attempt + 5s + kOneWay}, 0, false});
        founds.push_back({SimTime{attempt + 10s}, false});
        no_server.push_back(SimTime{attempt + 10s});
    }
    queries.push_back({SimTime{120s + kOneWay}, 0, true});
    founds.push_back({SimTime{120s + kRoundTrip}, true});
    CHECK(seen.queries == queries);
    CHECK(seen.founds == founds);
    CHECK(seen.no_server == no_server);
    REQUIRE(seen.sent.size() == 1);
    CHECK(seen.sent[0].at == SimTime{120s + kRoundTrip});
}

TEST_CASE("port unreachable from a dead name server sends the query to the next one at once")
{
    world::World world = one_device();
    world.dns.push_back(world.dns[0]);
    world.fleets[0].locating->resolvers = {0, 1};
    world.faults = {outage(kNs, 100s)};
    world.faults[0].unreachable = world::Unreachable::kIcmp;
    const Watch seen = watch(world);
    CHECK(seen.queries == std::vector<Query>{{SimTime{kOneWay}, 0, false},
                                             {SimTime{kRoundTrip + kOneWay}, 1, true}});
    CHECK(seen.founds == std::vector<Found>{{SimTime{2 * kRoundTrip}, true}});
}

TEST_CASE("a lame name server refuses, and the query goes to the next one at once")
{
    world::World world = one_device();
    world.dns.push_back(world.dns[0]);
    world.fleets[0].locating->resolvers = {0, 1};
    world.faults = {fault_of_dns(world::FaultKind::kDnsLame, kNs)};
    const Watch seen = watch(world);
    CHECK(seen.answers == std::vector<dns::Rcode>{dns::Rcode::kRefused, dns::Rcode::kNoError});
    CHECK(seen.queries == std::vector<Query>{{SimTime{kOneWay}, 0, true},
                                             {SimTime{kRoundTrip + kOneWay}, 1, true}});
    CHECK(seen.founds == std::vector<Found>{{SimTime{2 * kRoundTrip}, true}});
}

TEST_CASE("answers of a slow name server come later by the sum of its delays")
{
    world::World world = one_device();
    world.faults = {fault_of_dns(world::FaultKind::kDnsSlow, kNs),
                    fault_of_dns(world::FaultKind::kDnsSlow, kNs)};
    world.faults[0].delay = 1s;
    world.faults[1].delay = 2s;
    Watch seen = watch(world);
    CHECK(seen.founds == std::vector<Found>{{SimTime{kRoundTrip + 3s}, true}});

    // Later than the device waits: it asks again, by the same query, which the first answer answers.
    world.faults[1].delay = 6s;
    seen = watch(world);
    CHECK(seen.queries.size() == 2);
    CHECK(seen.founds == std::vector<Found>{{SimTime{kRoundTrip + 7s}, true}});

    // The process that holds the answer dies.
    world.faults[0].length = 2s;
    world.faults[1].length = 2s;
    world.faults.push_back(outage(kNs, 1s));
    world.faults[2].at = SimTime{3s};
    seen = watch(world);
    CHECK(seen.founds == std::vector<Found>{{SimTime{5s + kRoundTrip}, true}});
}

TEST_CASE("a zone's other version leads to other servers while it is served")
{
    world::World world = one_device();
    world.duration = 3000s;
    world.zones.push_back(
        {.name = "other",
         .origin = "sip.example",
         .records = {carrier::srv(1, "b.sip.example"), carrier::address_of("b.sip.example", 1)}});
    world.faults = {fault_of_dns(world::FaultKind::kZoneChange, kNs)};
    world.faults[0].zone = 1;
    const Watch seen = watch(world);
    // Located at 0 s, during the change, and at 1200 s, after it.
    for (const Sent& sent : seen.sent)
    {
        CHECK(sent.server == (sent.at < SimTime{1200s} ? 1 : 0));
    }
    CHECK(seen.sent.size() == 10);
}

TEST_CASE("a site's resolver asks once for all devices, and answers from its cache")
{
    world::World world = one_device();
    world.fleets[0].count = 20;
    world.dns[0].zones.clear();
    world.dns[0].forward = {1};
    world.dns.push_back(one_device().dns[0]); // the name server behind it
    SUBCASE("alive")
    {
        const Watch seen = watch(world);
        std::vector<Query> queries(20, {SimTime{kOneWay}, 0, true});
        queries.push_back({SimTime{kOneWay + kBetweenServers / 2}, 1, true});
        CHECK(seen.queries == queries);
        CHECK(seen.founds == std::vector<Found>(20, {SimTime{kRoundTrip + kBetweenServers}, true}));
    }
    SUBCASE("the name server behind it is dead, and says so")
    {
        world.faults = {outage(kNs + 1, 200s)};
        world.faults[0].unreachable = world::Unreachable::kIcmp;
        world.duration = 5s;
        const Watch seen = watch(world);
        // Two rounds of the resolver, each ended by port unreachable; then SERVFAIL, and the same in the
        // device's second round.
        REQUIRE(seen.founds.size() == 20);
        CHECK(seen.founds[0] == Found{SimTime{2 * (kRoundTrip + 2 * kBetweenServers)}, false});
        CHECK(seen.answers == std::vector<dns::Rcode>(40, dns::Rcode::kServFail));
    }
    SUBCASE("the name server behind it is silent")
    {
        world.faults = {outage(kNs + 1, 200s)};
        world.fleets[0].locating->resolver.timeout = 20s;
        world.duration = 15s;
        const Watch seen = watch(world);
        CHECK(seen.answers == std::vector<dns::Rcode>(20, dns::Rcode::kServFail)); // after 10 s
    }
}

TEST_CASE("bindings of a located fleet are those anywhere; a registrar that loses its own leaves "
          "the rest")
{
    world::World world = one_device();
    world.registrars[0].keep_bindings = false;
    // A is dead from 100 s and has lost the binding; the refresh at 300 s goes to B in the end.
    world.faults = {outage(0, 400s)};
    world.faults[0].at = SimTime{100s};
    world.duration = 500s;
    const Watch seen = watch(world);
    const SimTime refresh{kRoundTrip + kRoundTrip + 300s};
    CHECK(seen.bound == std::vector<Sent>{{SimTime{kRoundTrip + kOneWay}, 0, 1},
                                          {SimTime{100s}, 100, 0},
                                          {SimTime{100s}, 0, 0},
                                          {refresh + 64s + kOneWay, 0, 1}});
}

TEST_CASE("power loss takes list and cache: the next life asks anew")
{
    world::World world = one_device();
    world::FaultSpec cut;
    cut.kind = world::FaultKind::kPowerCut;
    cut.at = SimTime{50s};
    cut.length = 10s;
    world.faults = {cut};
    world.fleets[0].registration.boot_time = 0s;
    const Watch seen = watch(world);
    CHECK(seen.queries ==
          std::vector<Query>{{SimTime{kOneWay}, 0, true}, {SimTime{60s + kOneWay}, 0, true}});
}

TEST_CASE("accounts of one device share its list: one location for all")
{
    world::World world = one_device();
    world.fleets[0].accounts = 3;
    const Watch seen = watch(world);
    CHECK(seen.queries.size() == 1);
    CHECK(seen.founds.size() == 1);
    CHECK(seen.sent == std::vector<Sent>(3, {SimTime{kRoundTrip}, 0, 1}));
}
