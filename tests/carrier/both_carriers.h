#pragma once

// Models : the facts of one world from both carriers, side by side.
// Drives : a carrier test builds a world and compares what its user agents, its registrars and the
//          collector saw.
// Keeps  : each user agent's own events in their order; what belongs to no user agent sorted by time,
//          because which of two user agents comes first at one instant is nobody's promise.
// Leaves : what is right (unit, pair and oracle tests): here only that both say the same.

#include "model/fleet/fleet_carrier.h"
#include "model/ns3/packet_carrier.h"
#include "model/world/collector.h"
#include "model/world/layout.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace sipsim::carrier
{

using namespace std::chrono_literals;

/// One fact in integers: when, of whom, of which kind, and what it said.
struct Fact
{
    SimTime at;
    std::string what;

    friend bool operator==(const Fact&, const Fact&) = default;

    friend auto operator<=>(const Fact& a, const Fact& b)
    {
        return std::tie(a.at, a.what) <=> std::tie(b.at, b.what);
    }
};

/// Everything an observer is told.
class Recorder final : public world::Observer
{
  public:
    void on_ua_message(const world::UaMessage& fact) override
    {
        const sip::Message& m = fact.message;
        std::ostringstream text;
        text << (fact.direction == world::Direction::kSend ? "send " : "recv ") << sip::what(m)
             << " bytes " << fact.bytes << " cseq " << static_cast<std::uint32_t>(m.cseq)
             << " call " << static_cast<std::uint64_t>(m.call_id) << " to "
             << static_cast<std::uint32_t>(m.dst.host) << (fact.again ? " again" : "");
        of_ua[fact.ua].push_back({fact.at, text.str()});
    }

    void on_transition(SimTime at,
                       world::AccountIndex ua,
                       const registration::Transition& t) override
    {
        std::ostringstream text;
        text << registration::name_of(t.from) << " -> " << registration::name_of(t.to) << " by "
             << registration::name_of(t.reason);
        if (with_bounds)
        {
            text << " bound until " << t.bound_until.time_since_epoch().count();
        }
        of_ua[ua].push_back({at, text.str()});
    }

    void on_register_arrival(SimTime at, std::uint32_t registrar, bool alive) override
    {
        other("arrival", at, registrar, alive);
    }

    void on_queued(SimTime at,
                   std::uint32_t registrar,
                   std::uint32_t waiting,
                   SimDuration wait,
                   SimDuration service) override
    {
        std::ostringstream text;
        text << "queued " << registrar << ' ' << waiting << ' ' << wait.count() << ' '
             << service.count();
        others.push_back({at, text.str()});
    }

    void on_register_answered(SimTime at,
                              std::uint32_t registrar,
                              std::uint16_t status,
                              bool repeat) override
    {
        other("answered", at, registrar, std::uint64_t{status} * 2 + (repeat ? 1 : 0));
    }

    void on_limit(SimTime at,
                  std::uint32_t registrar,
                  registrar::Limit limit,
                  sip::UserId user) override
    {
        other("limit",
              at,
              registrar,
              static_cast<std::uint64_t>(user) * 16 + static_cast<std::uint64_t>(limit));
    }

    void on_wrong_password(SimTime at, std::uint32_t registrar, sip::UserId user) override
    {
        other("wrong password", at, registrar, static_cast<std::uint64_t>(user));
    }

    void on_bindings(SimTime at,
                     std::uint32_t aor,
                     const registrar::LocationService::Bindings& bindings) override
    {
        std::ostringstream text;
        text << "bindings of " << aor;
        for (const auto& b : bindings)
        {
            text << ' ' << static_cast<std::uint32_t>(b.contact.host) << " until "
                 << b.expires_at.time_since_epoch().count();
        }
        others.push_back({at, text.str()});
    }

    void on_bindings_lost(SimTime at, std::uint32_t registrar) override
    {
        other("bindings lost", at, registrar, 0);
    }

    void on_device(SimTime at,
                   world::DeviceIndex device,
                   bool powered,
                   sip::Endpoint address) override
    {
        other(powered ? "power on" : "power off",
              at,
              device,
              static_cast<std::uint32_t>(address.host));
    }

    void on_fault(SimTime at, std::uint32_t fault, bool begins) override
    {
        other(begins ? "fault begins" : "fault ends", at, fault, 0);
    }

    void on_call(SimTime at, std::uint32_t aor, world::CallClass c) override
    {
        other("call", at, aor, static_cast<std::uint64_t>(c));
    }

    void on_outgoing(SimTime at, world::AccountIndex ua, world::OutgoingClass c) override
    {
        other("outgoing", at, ua, static_cast<std::uint64_t>(c));
    }

    void on_proxy_arrival(SimTime at, std::uint32_t proxy, bool alive) override
    {
        other("at proxy", at, proxy, alive);
    }

    void on_proxy_answered(SimTime at, std::uint32_t proxy, std::uint16_t status) override
    {
        other("answered by proxy", at, proxy, status);
    }

    void on_stun_arrival(SimTime at, std::uint32_t server) override
    {
        other("at STUN server", at, server, 0);
    }

    void on_dns_query(SimTime at, std::uint32_t dns, bool alive) override
    {
        other("query at", at, dns, alive);
    }

    void on_dns_answered(SimTime at, std::uint32_t dns, dns::Rcode rcode) override
    {
        other("answered by name server", at, dns, static_cast<std::uint64_t>(rcode));
    }

    void on_located(SimTime at, world::DeviceIndex device, bool located) override
    {
        other(located ? "located" : "not located", at, device, 0);
    }

    void on_ping_sent(SimTime at, world::ServerIndex server) override
    {
        other("ping by", at, server, 0);
    }

    void on_drop(SimTime at, world::DropReason reason) override
    {
        other("drop", at, static_cast<std::uint32_t>(reason), 0);
    }

    void on_keepalive_sent(SimTime at, world::DeviceIndex device) override
    {
        other("keepalive of", at, device, 0);
    }

    void on_keepalive_arrival(SimTime at, std::uint32_t registrar) override
    {
        other("keepalive at", at, registrar, 0);
    }

    [[nodiscard]] std::size_t facts() const
    {
        std::size_t n = others.size();
        for (const auto& [ua, facts] : of_ua)
        {
            n += facts.size();
        }
        return n;
    }

    [[nodiscard]] std::size_t count(std::string_view beginning) const
    {
        return static_cast<std::size_t>(std::ranges::count_if(others, [&](const Fact& f) {
            return f.what.starts_with(beginning);
        }));
    }

    bool with_bounds = true; // tell until when a user agent believes itself bound
    std::map<world::AccountIndex, std::vector<Fact>> of_ua;
    std::vector<Fact> others;

  private:
    void other(std::string_view what, SimTime at, std::uint32_t who, std::uint64_t value)
    {
        std::ostringstream text;
        text << what << ' ' << who << ' ' << value;
        others.push_back({at, text.str()});
    }
};

struct Seen
{
    Recorder recorder;
    world::Results results;
    std::uint64_t sip_messages = 0;
    std::uint64_t events = 0; // of the fleet carrier's engine
};

/// Of a metric that is defined there.
inline double
metric(const Seen& seen, std::string_view name)
{
    const auto found = std::ranges::find(seen.results.metrics, name, &world::MetricValue::name);
    REQUIRE(found != seen.results.metrics.end());
    REQUIRE(found->value.has_value());
    return *found->value;
}

/// Instants of the others' facts that begin so.
inline std::vector<SimTime>
instants(const Seen& seen, std::string_view beginning)
{
    std::vector<SimTime> at;
    for (const Fact& fact : seen.recorder.others)
    {
        if (fact.what.starts_with(beginning))
        {
            at.push_back(fact.at);
        }
    }
    return at;
}

enum class Carrier : std::uint8_t
{
    kPacket,
    kFleet,
    kFleetCompact, // with no request kept whole
    kFleetByLink,  // with an event at each link, none of which is booked ahead
};

inline Seen
run_on(Carrier which, const world::World& world, bool with_bounds = true)
{
    Seen seen;
    seen.recorder.with_bounds = with_bounds;
    const world::Layout layout(world);
    world::Collector collector(world, layout);
    world::Observers observers;
    observers.add(seen.recorder);
    observers.add(collector);
    if (which == Carrier::kPacket)
    {
        seen.sip_messages = ns3carrier::run_on_packets(world, layout, observers).sip_messages;
    }
    else
    {
        fleet::FleetRunOptions options;
        options.requests_kept = which == Carrier::kFleetCompact ? 0 : fleet::kRequestsKept;
        options.books_ahead = which != Carrier::kFleetByLink;
        const auto cost = fleet::run_on_fleet(world, layout, observers, options);
        seen.sip_messages = cost.sip_messages;
        seen.events = cost.events;
    }
    seen.results = collector.finish(SimTime{world.duration});
    return seen;
}

/// The first fact in which two lists differ, in words; empty if they are equal.
inline std::string
difference(const std::vector<Fact>& one, const std::vector<Fact>& other)
{
    for (std::size_t i = 0; i < std::max(one.size(), other.size()); ++i)
    {
        if (i < one.size() && i < other.size() && one[i] == other[i])
        {
            continue;
        }
        const auto show = [i](const std::vector<Fact>& facts) {
            return i < facts.size() ? std::to_string(facts[i].at.time_since_epoch().count()) +
                                          " ns " + facts[i].what
                                    : std::string{"nothing"};
        };
        return "fact " + std::to_string(i) + ": the one: " + show(one) +
               "; the other: " + show(other);
    }
    return {};
}

inline std::vector<Fact>
in_order(std::vector<Fact> facts)
{
    std::ranges::sort(facts);
    return facts;
}

inline void
check_same_results(const world::Results& packet, const world::Results& fleet)
{
    REQUIRE(packet.metrics.size() == fleet.metrics.size());
    for (std::size_t i = 0; i < packet.metrics.size(); ++i)
    {
        CAPTURE(packet.metrics[i].name);
        CHECK(packet.metrics[i].value == fleet.metrics[i].value);
        CHECK(packet.metrics[i].censored == fleet.metrics[i].censored);
    }
    REQUIRE(packet.series.size() == fleet.series.size());
    for (std::size_t i = 0; i < packet.series.size(); ++i)
    {
        CAPTURE(packet.series[i].name);
        CHECK(packet.series[i].values == fleet.series[i].values);
    }
    REQUIRE(packet.histograms.size() == fleet.histograms.size());
    for (std::size_t i = 0; i < packet.histograms.size(); ++i)
    {
        CHECK(packet.histograms[i].counts == fleet.histograms[i].counts);
    }
}

inline void
check_equal(const Seen& packet, const Seen& fleet)
{
    REQUIRE(packet.recorder.of_ua.size() == fleet.recorder.of_ua.size());
    for (const auto& [account, facts] : packet.recorder.of_ua)
    {
        const world::AccountIndex ua = account; // what a lambda may capture
        const std::string found = difference(facts, fleet.recorder.of_ua.at(ua));
        CAPTURE(ua);
        REQUIRE(found == std::string{});
    }
    REQUIRE(difference(in_order(packet.recorder.others), in_order(fleet.recorder.others)) ==
            std::string{});
    CHECK(packet.sip_messages == fleet.sip_messages);
    check_same_results(packet.results, fleet.results);
}

/// Runs the world on both carriers and demands the same of both, event for event to the nanosecond,
/// whether the fleet keeps requests whole or not; gives what the fleet carrier saw.
inline Seen
check_same(const world::World& world)
{
    const Seen packet = run_on(Carrier::kPacket, world);
    Seen fleet = run_on(Carrier::kFleet, world);
    check_equal(packet, fleet);
    check_equal(packet, run_on(Carrier::kFleetCompact, world));
    return fleet;
}

/// Where user agents meet in a queue at the very same instant, which of them comes first is nobody's
/// promise: the same events in the same order for each, each as long after the one before as on the
/// other carrier, give or take `slack`; and as many facts of every other kind.
inline Seen
check_close(const world::World& world, SimDuration slack = 1ms)
{
    const Seen packet = run_on(Carrier::kPacket, world, false);
    Seen fleet = run_on(Carrier::kFleet, world, false);
    for (const auto& [account, facts] : packet.recorder.of_ua)
    {
        const world::AccountIndex ua = account; // what a lambda may capture
        const auto& others = fleet.recorder.of_ua[ua];
        CAPTURE(ua);
        REQUIRE(facts.size() == others.size());
        for (std::size_t i = 0; i < facts.size(); ++i)
        {
            REQUIRE(facts[i].what == others[i].what);
            const SimDuration gap =
                i == 0 ? facts[i].at - SimTime{} : facts[i].at - facts[i - 1].at;
            const SimDuration other =
                i == 0 ? others[i].at - SimTime{} : others[i].at - others[i - 1].at;
            REQUIRE(std::chrono::abs(gap - other) <= slack);
        }
    }
    for (const auto* kind :
         {"arrival", "queued", "answered", "bindings of", "call", "drop", "power"})
    {
        CHECK(packet.recorder.count(kind) == fleet.recorder.count(kind));
    }
    CHECK(packet.sip_messages == fleet.sip_messages);
    return fleet;
}

/// Three PoPs in a row, 10 ms and 7 ms apart, the registrar at the far end; devices on the first two;
/// no rate is finite, so nothing waits for anything.
inline world::World
three_pops(std::uint32_t devices, std::uint64_t seed)
{
    world::World world;
    world.seed = seed;
    world.duration = 3600s;
    world.topology = network::Topology(
        {{.id = "0", .name = "A"}, {.id = "1", .name = "B"}, {.id = "2", .name = "C"}},
        {{.a = 0, .b = 1, .propagation = 10ms}, {.a = 1, .b = 2, .propagation = 7ms}});
    world::RegistrarSpec registrar;
    registrar.name = "reg1";
    registrar.at = 2;
    registrar.access.propagation = 1ms;
    world.registrars.push_back(registrar);
    world::FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = devices;
    fleet.at = {0, 1};
    fleet.access.propagation = 5ms;
    fleet.registration.expires = 600;
    fleet.registration.refresh = {.kind = registration::RefreshLaw::Kind::kFraction, .low = 0.5};
    world.fleets.push_back(fleet);
    return world;
}

/// Finite rates everywhere, high enough that hardly anything waits.
inline void
give_rates(world::World& world, std::uint64_t bits_per_second)
{
    auto links = world.topology.links();
    for (auto& link : links)
    {
        link.bandwidth_bps = bits_per_second;
    }
    world.topology = network::Topology(world.topology.nodes(), links);
    for (auto& registrar : world.registrars)
    {
        registrar.access.bandwidth_bps = bits_per_second;
    }
    for (auto& fleet : world.fleets)
    {
        fleet.access.bandwidth_bps = bits_per_second;
    }
}

/// Every link of the map, every access link loses that share of its datagrams.
inline void
give_loss(world::World& world, double loss, SimDuration jitter)
{
    auto links = world.topology.links();
    for (auto& link : links)
    {
        link.loss = loss;
        link.jitter = jitter;
    }
    world.topology = network::Topology(world.topology.nodes(), links);
    for (auto& registrar : world.registrars)
    {
        registrar.access.loss = loss;
        registrar.access.jitter = jitter;
    }
    for (auto& fleet : world.fleets)
    {
        fleet.access.loss = loss;
        fleet.access.jitter = jitter;
    }
}

} // namespace sipsim::carrier
