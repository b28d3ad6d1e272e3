#include "model/world/calls.h"
#include "model/world/collector.h"
#include "tests/unit/world_stage.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;
using registration::Reason;
using registration::State;

TEST_CASE("an account is registered from its binding to the binding's expiry, to the nanosecond")
{
    Stage stage(phones(2, false));
    stage.bind(0s, 0, 300s);
    stage.bind(20s, 1, 30s);
    const auto results = stage.collector.finish(SimTime{300s});
    // From the warm-up's end at 10 s: account 1 is not registered for 10 s before 20 s, and for
    // 250 s after 50 s. Account 0 is registered throughout.
    CHECK(stage.metric(results, "unregistered_account_seconds").value == doctest::Approx(260.0));
    CHECK(stage.metric(results, "share_min").value == 0.5);
}

TEST_CASE("a binding is stale while its device is off or elsewhere, and is not registered")
{
    Stage stage(phones(1, false));
    stage.bind(0s, 0, 200s);
    stage.collector.on_device(SimTime{50s}, 0, false, stage.layout.address(0));
    stage.collector.on_device(SimTime{70s}, 0, true, stage.layout.address(0)); // back: good again
    stage.collector.on_device(SimTime{100s}, 0, false, stage.layout.address(0));
    stage.collector.on_device(SimTime{110s}, 0, true, stage.layout.address(0, 1)); // elsewhere
    const auto results = stage.collector.finish(SimTime{300s});
    // Stale 50-70 s, and from 100 s to its expiry at 200 s.
    CHECK(stage.metric(results, "stale_account_seconds").value == doctest::Approx(120.0));
    CHECK(stage.metric(results, "unregistered_account_seconds").value ==
          doctest::Approx(20.0 + 200.0));
}

TEST_CASE("rates are counts in 1 s bins from the run's start, peaks count after the warm-up")
{
    Stage stage(phones(1, true));
    for (int i = 0; i < 9; ++i)
    {
        stage.collector.on_register_arrival(SimTime{5s + i * 10ms}, 0, true); // in the warm-up
    }
    for (int i = 0; i < 4; ++i)
    {
        stage.collector.on_register_arrival(SimTime{50s + i * 100ms}, 0, true);
    }
    for (int i = 0; i < 6; ++i)
    {
        stage.collector.on_register_arrival(SimTime{120s + i * 200ms}, 0, false); // 5 and 1
    }
    stage.collector.on_register_arrival(SimTime{200s}, 0, true);
    const auto results = stage.collector.finish(SimTime{300s});
    CHECK(stage.metric(results, "register_rate_peak").value == 5.0);
    CHECK(stage.metric(results, "register_rate_peak_after").value == 1.0);
    CHECK(stage.metric(results, "register_rate_steady").value == doctest::Approx(4.0 / 90.0));
    CHECK(stage.metric(results, "register_rate_outage").value == doctest::Approx(6.0 / 60.0));
    CHECK(stage.metric(results, "registers_total").value == 11.0);
    const auto series = std::ranges::find(results.series, "register_rate", &Series::name);
    REQUIRE(series != results.series.end());
    CHECK(series->values.size() == 300);
    CHECK(series->values[5] == 9.0);
}

TEST_CASE("an attempt is counted once whatever its messages, its latency spans all of them")
{
    Stage stage(phones(1, false));
    const auto move = [&](SimDuration at, State from, State to, Reason why, SimTime until) {
        stage.collector.on_transition(
            SimTime{at},
            0,
            {.from = from, .to = to, .reason = why, .bound_until = until});
    };
    move(20s, State::kStarting, State::kRegistering, Reason::kDeadline, SimTime::min());
    move(20s + 50ms, State::kRegistering, State::kRegistering, Reason::kChallenged, SimTime::min());
    move(20s + 100ms, State::kRegistering, State::kRegistered, Reason::kGranted, SimTime{60s});
    move(50s, State::kRegistered, State::kRegistering, Reason::kDeadline, SimTime{60s});
    move(82s, State::kRegistering, State::kWaiting, Reason::kTimedOut, SimTime{60s});
    const auto results = stage.collector.finish(SimTime{300s});
    CHECK(stage.metric(results, "offered_attempts").value == 2.0);
    CHECK(stage.metric(results, "attempts_failed").value == 1.0);
    CHECK(std::abs(*stage.metric(results, "register_latency_p50").value / 0.1 - 1) < 0.011);
    // The user agent believes itself registered until its own 60 s are over, failed refresh or not.
    const auto belief = std::ranges::find(results.series, "believed_share", &Series::name);
    REQUIRE(belief != results.series.end());
    CHECK(belief->values[5] == 1.0); // at 50 s
    CHECK(belief->values[6] == 0.0); // at 60 s
}

TEST_CASE("an outage that loses bindings leaves nobody registered")
{
    Stage stage(phones(3, true));
    for (AccountIndex account = 0; account < 3; ++account)
    {
        stage.bind(0s, account, 300s);
    }
    stage.collector.on_bindings_lost(SimTime{100s}, 0);
    const auto results = stage.collector.finish(SimTime{300s});
    CHECK(stage.metric(results, "share_before").value == 1.0);
    CHECK(stage.metric(results, "share_end").value == 0.0);
}

TEST_CASE("equal facts give equal fingerprints, another order or instant another one")
{
    const World world = phones(2, false);
    const auto of = [&](SimDuration first, AccountIndex a, AccountIndex b) {
        Stage stage(world);
        stage.bind(first, a, 100s);
        stage.bind(20s, b, 100s);
        return stage.collector.finish(SimTime{300s}).fingerprint;
    };
    CHECK(of(10s, 0, 1) == of(10s, 0, 1));
    CHECK(of(10s, 0, 1) != of(10s, 1, 0));
    CHECK(of(10s, 0, 1) != of(10s + 1ns, 0, 1));
}

namespace
{

/// Two phones with one AOR; which are off, and which a cut path keeps apart.
struct Ground final : Terrain
{
    bool powered(DeviceIndex device) const override
    {
        return on[device];
    }

    std::uint32_t address_life(DeviceIndex) const override
    {
        return 0;
    }

    // Each phone has a node of its own.
    bool path_cut(ServerIndex, network::NodeIndex node) const override
    {
        return cut[node];
    }

    bool alive(ServerIndex) const override
    {
        return up;
    }

    bool refuses(std::uint32_t) const override
    {
        return refusing;
    }

    bool blocks(std::uint32_t, sip::UserId, sip::Host, SimTime) const override
    {
        return false;
    }

    registrar::LocationService::Bindings bindings(std::uint32_t,
                                                  sip::UserId,
                                                  SimTime) const override
    {
        return bound;
    }

    registrar::LocationService::Bindings latest(std::uint32_t, sip::UserId, SimTime) const override
    {
        return bound;
    }

    proxy::Flows flows(std::uint32_t, sip::UserId, SimTime) const override
    {
        return {};
    }

    std::array<bool, 2> on{true, true};
    std::array<bool, 2> cut{false, false};
    bool up = true;
    bool refusing = false;
    registrar::LocationService::Bindings bound;
};

} // namespace

TEST_CASE("a call is reached if any contact answers, lost if one is behind a cut path, else stale")
{
    World world = phones(2, false);
    world.fleets[0].accounts_per_aor = 2;
    world.topology = network::Topology({{.id = "0", .name = "A"}, {.id = "1", .name = "B"}},
                                       {{.a = 0, .b = 1, .propagation = 1ms}});
    world.fleets[0].at = {0, 1};
    const Layout layout(world);
    NatBoxes nats(world, layout);
    registrar::LocationService::Bindings none;
    registrar::LocationService::Bindings two;
    for (const DeviceIndex device : {0U, 1U})
    {
        registrar::Binding binding;
        binding.contact = layout.address(device);
        two.push(binding);
    }
    const CallTargets targets(world, layout);
    Ground ground;
    const auto call = [&](bool up, const registrar::LocationService::Bindings& bindings) {
        ground.up = up;
        ground.bound = bindings;
        return classify(SimTime{}, world, layout, nats, ground, targets, 0, 0);
    };
    CHECK(call(false, two) == CallClass::kRegistrarDown);
    CHECK(call(true, none) == CallClass::kNotRegistered);
    CHECK(call(true, two) == CallClass::kReached);
    ground.refusing = true; // it is being drained
    CHECK(call(true, two) == CallClass::kRegistrarDown);
    ground.refusing = false;
    ground.cut = {true, false};
    CHECK(call(true, two) == CallClass::kReached);
    ground.on = {false, true};
    ground.cut = {false, true};
    CHECK(call(true, two) == CallClass::kLost);
    ground.on = {false, false};
    CHECK(call(true, two) == CallClass::kStale);
    registrar::LocationService::Bindings elsewhere;
    registrar::Binding binding;
    binding.contact = {.host = sip::Host{1}, .port = 5060};
    elsewhere.push(binding);
    ground.on = {true, true};
    CHECK(call(true, elsewhere) == CallClass::kStale);
}

TEST_CASE(
    "calls are counted by class from the warm-up's end, and not at all where none are offered")
{
    World world = phones(2, false);
    world.fleets[0].call_gap = 60s;
    Stage stage(world);
    stage.collector.on_call(SimTime{9s}, 0, CallClass::kReached); // in the warm-up
    const std::vector<std::pair<CallClass, int>> calls{{CallClass::kReached, 5},
                                                       {CallClass::kStale, 4},
                                                       {CallClass::kNotRegistered, 3},
                                                       {CallClass::kRegistrarDown, 2},
                                                       {CallClass::kLost, 1}};
    for (const auto& [call, times] : calls)
    {
        for (int i = 0; i < times; ++i)
        {
            stage.collector.on_call(SimTime{10s}, 1, call);
        }
    }
    const auto results = stage.collector.finish(SimTime{300s});
    CHECK(stage.metric(results, "calls_reached").value == 5.0);
    CHECK(stage.metric(results, "calls_stale").value == 4.0);
    CHECK(stage.metric(results, "calls_not_registered").value == 3.0);
    CHECK(stage.metric(results, "calls_registrar_down").value == 2.0);
    CHECK(stage.metric(results, "calls_lost").value == 1.0);
    CHECK(stage.metric(results, "calls_offered").value == 15.0);
    Stage silent(phones(2, false));
    const auto none = silent.collector.finish(SimTime{300s});
    CHECK(std::ranges::none_of(none.metrics, [](const MetricValue& m) {
        return m.name.starts_with("calls_") && m.value.has_value();
    }));
}

TEST_CASE("calls to an AOR are a Poisson stream of the given mean gap")
{
    SimTime at{};
    double sum = 0;
    double squares = 0;
    constexpr int kCalls = 20'000;
    for (int n = 0; n < kCalls; ++n)
    {
        const SimTime next = next_call(5, 17, static_cast<std::uint64_t>(n), at, 1800s);
        const double gap = to_seconds(next - at);
        sum += gap;
        squares += gap * gap;
        at = next;
    }
    const double mean = sum / kCalls;
    // Exponential: sd equals the mean, 1800 s; the mean of 20 000 has sd 12.7 s: five of them.
    CHECK(std::abs(mean - 1800.0) < 64.0);
    // Variance of an exponential is its mean squared; its estimate's relative sd is sqrt(8/n) = 2 %.
    CHECK(std::abs((squares / kCalls - mean * mean) / (mean * mean) - 1) < 0.10);
}

TEST_CASE("where nobody registers there is no registered share")
{
    World world = phones(2, true);
    world.fleets[0].registration.enabled = false;
    Stage stage(world);
    const auto results = stage.collector.finish(SimTime{300s});
    for (const auto* name : {"share_before", "share_min", "share_end"})
    {
        CHECK_FALSE(stage.metric(results, name).value.has_value());
        CHECK_FALSE(stage.metric(results, name).censored);
    }
}
