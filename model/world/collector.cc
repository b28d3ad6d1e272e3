#include "model/world/collector.h"

#include "model/base/sparse_array.h"
#include "model/world/admission_tally.h"
#include "model/world/belief.h"
#include "model/world/call_tally.h"
#include "model/world/fingerprint.h"
#include "model/world/fleet_tally.h"
#include "model/world/keepalive_count.h"
#include "model/world/latency_histogram.h"
#include "model/world/load_tally.h"
#include "model/world/nat_reach.h"
#include "model/world/pings.h"
#include "model/world/rate_bins.h"
#include "model/world/refresh_phases.h"
#include "model/world/server_tally.h"
#include "model/world/share_tracker.h"
#include "model/world/stale_law.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sipsim::world
{

using registration::State;
using namespace std::chrono_literals;

namespace
{

constexpr SimDuration kLevelStep = 10s;

/// The fault that times to recovery count from: the first to begin after the warm-up.
struct FirstFault
{
    SimTime begin = kNever;
    SimTime end = kNever;
    std::optional<std::uint32_t> fleet{}; // whose devices it hits
};

FirstFault
first_fault(const World& world)
{
    FirstFault first;
    for (const auto& fault : world.faults)
    {
        if (fault.at >= SimTime{world.warmup} && fault.at < first.begin)
        {
            first = {fault.at, end_of(world, fault)};
            if (hits_devices(fault.kind))
            {
                first.fleet = fault.fleet;
            }
        }
    }
    return first;
}

/// Waits for the registered count to come back to a share of what it was.
struct Recovery
{
    double share = 0;
    std::optional<SimTime> reached{};
};

/// An attempt under way.
struct Attempt
{
    SimDuration::rep since : 56 = 0; // ns; a run is at most a year
    std::uint64_t needed : 8 =
        1; // requests: the first, and one for each answer that asked for another
};

static_assert(sizeof(Attempt) == 8);

/// The request before was answered, and the answer asks for the next one.
bool
asks_for_another(registration::Reason reason)
{
    using registration::Reason;
    return reason == Reason::kChallenged || reason == Reason::kStaleNonce ||
           reason == Reason::kIntervalTooBrief || reason == Reason::kRedirected;
}

} // namespace

struct Collector::Impl
{
    Impl(const World& w, const Layout& l)
        : world(w),
          layout(l),
          fault(first_fault(w)),
          reach(nat_reach(w, l)),
          left_behind(stale_law(w, l)),
          tracker(w, l, [this](SimTime at) { integrate(at); }),
          belief(l.accounts(), w.duration, kLevelStep),
          phases(w, l, fault.end, fault.fleet),
          attempts_under_way(l.accounts()),
          registers(w.duration),
          goodput(w.duration),
          attempts(w.duration),
          queue(w.duration),
          proxied(w.proxies.empty() ? SimDuration{0} : w.duration),
          keepalives(w, l)
    {
    }

    [[nodiscard]] bool counted(SimTime at) const
    {
        return at.time_since_epoch() >= world.warmup;
    }

    [[nodiscard]] double share_of(double accounts) const
    {
        return tracker.expected() == 0 ? 0.0 : accounts / tracker.expected();
    }

    /// Integrates what held since the last change; called just before the counts change at `at`.
    void integrate(SimTime at)
    {
        const SimTime from = std::max(integrated_to, SimTime{world.warmup});
        if (at > from)
        {
            const double s = to_seconds(at - from);
            unregistered_s += s * (tracker.expected() - tracker.registered());
            stale_s += s * tracker.stale();
            lowest = std::min(lowest, tracker.registered());
        }
        integrated_to = std::max(integrated_to, at);
    }

    void expire(SimTime now)
    {
        if (!before && now >= fault.begin)
        {
            tracker.advance(fault.begin);
            before = tracker.registered();
            fleets.mark(tracker);
        }
        tracker.advance(now);
    }

    /// Everything that happens by itself up to `now`: expiries, samples, the mark before the fault.
    void advance(SimTime now)
    {
        while (next_sample <= now)
        {
            expire(next_sample);
            registered_share.push_back(share_of(tracker.registered()));
            believed_share.push_back(share_of(belief.sample()));
            stale_bindings.push_back(tracker.stale());
            if (keepalives.any())
            {
                keepalive_rate.push_back(keepalives.rate());
            }
            next_sample += kLevelStep;
        }
        expire(now);
    }

    void watch(SimTime now)
    {
        if (!before || now < fault.end)
        {
            return;
        }
        for (auto& recovery : recoveries)
        {
            if (!recovery.reached && tracker.registered() >= recovery.share * *before)
            {
                recovery.reached = now;
            }
        }
        fleets.watch(now, tracker);
    }

    void mix(SimTime at, std::uint64_t entity, std::uint64_t event)
    {
        fingerprint.mix(static_cast<std::uint64_t>(at.time_since_epoch().count()));
        fingerprint.mix(entity);
        fingerprint.mix(event);
    }

    [[nodiscard]] static double mean_rate(const RateBins& of, SimTime from, SimTime to);
    void time_to(std::vector<MetricValue>& out) const;
    void echo(std::vector<MetricValue>& out) const;
    void nat(std::vector<MetricValue>& out) const;
    void servers(std::vector<MetricValue>& out, SimTime end) const;
    void scalars(std::vector<MetricValue>& out, SimTime end) const;

    const World& world;
    const Layout& layout;
    FirstFault fault;
    std::optional<NatReach> reach;
    std::optional<StaleLaw> left_behind;
    ShareTracker tracker;
    Belief belief;
    RefreshPhases phases;
    SparseArray<Attempt, 32> attempts_under_way;
    RateBins registers;
    RateBins goodput;
    RateBins attempts;
    RateBins queue; // most that waited, in each second
    RateBins proxied;
    KeepaliveCount keepalives;
    LatencyHistogram latency;
    LatencyHistogram service;
    Fingerprint fingerprint;

    SimTime next_sample{};
    std::vector<double> registered_share;
    std::vector<double> believed_share;
    std::vector<double> stale_bindings;
    std::vector<double> keepalive_rate;

    SimTime integrated_to{};
    double unregistered_s = 0;
    double stale_s = 0;
    std::uint32_t lowest = UINT32_MAX;
    std::optional<std::uint32_t> before;
    std::array<Recovery, 2> recoveries{{{.share = 0.95}, {.share = 0.99}}};

    std::uint64_t registers_counted = 0;
    std::uint64_t attempts_offered = 0;
    std::uint64_t attempts_failed = 0;
    std::uint64_t proxied_counted = 0; // REGISTERs at proxies
    std::uint64_t spared_counted = 0;  // of these, answered there
    std::uint64_t stun_counted = 0;
    std::uint64_t pings_counted = 0;
    bool any_station = false;
    bool any_pings = false;
    ServerTally located{world, fault.begin, fault.end};
    CallTally calls{world};
    AdmissionTally admission{world, layout};
    LoadTally load{world, fault.end};
    FleetTally fleets{world, fault.end};
};

Collector::Collector(const World& world, const Layout& layout)
    : impl_(std::make_unique<Impl>(world, layout))
{
    for (ServerIndex server = 0; server < server_count(world); ++server)
    {
        impl_->any_pings = impl_->any_pings || ping_options(world, server).enabled();
    }
    impl_->any_station = std::ranges::any_of(world.registrars, [](const RegistrarSpec& r) {
        return r.options.station.workers > 0;
    });
}

Collector::~Collector() = default;

void
Collector::on_queued(SimTime at,
                     std::uint32_t registrar,
                     std::uint32_t waiting,
                     SimDuration wait,
                     SimDuration service)
{
    impl_->mix(at, registrar, 0xA'0000'0000U | waiting);
    impl_->queue.raise(at, waiting);
    if (impl_->counted(at))
    {
        impl_->service.add(wait + service);
    }
}

void
Collector::on_ua_message(const UaMessage& fact)
{
    const std::uint64_t event =
        (std::uint64_t{fact.bytes} << 32U) | (std::uint64_t{fact.message.status} << 8U) |
        (static_cast<std::uint64_t>(fact.direction) << 1U) | (fact.again ? 1U : 0U);
    impl_->mix(fact.at, fact.ua, event);
    const bool request = fact.direction == Direction::kSend &&
                         fact.message.method == sip::Method::kRegister && fact.message.status == 0;
    if (fact.direction == Direction::kSend && fact.message.method == sip::Method::kSubscribe)
    {
        impl_->load.on_extra(fact.at);
    }
    if (request && impl_->fleets.any())
    {
        impl_->fleets.on_sent(fact.at, impl_->layout.fleet_of_account(fact.ua));
    }
}

void
Collector::expect(AccountIndex ua)
{
    impl_->belief.fetch(ua);
    impl_->attempts_under_way.fetch(ua);
    impl_->tracker.fetch(impl_->layout.aor_of(ua));
}

void
Collector::expect_soon(AccountIndex ua)
{
    impl_->belief.fetch(ua);
    impl_->attempts_under_way.fetch_record(ua);
    impl_->tracker.fetch(impl_->layout.aor_of(ua));
}

void
Collector::on_transition(SimTime at, AccountIndex ua, const registration::Transition& t)
{
    impl_->advance(at);
    impl_->mix(at,
               ua,
               0x1'0000U | (static_cast<std::uint64_t>(t.from) << 8U) |
                   (static_cast<std::uint64_t>(t.to) << 4U) | static_cast<std::uint64_t>(t.reason));
    if (impl_->admission.of_attacker(ua))
    {
        impl_->admission.on_attackers_transition(at, ua, t);
        return;
    }
    impl_->belief.set(ua, t.bound_until, at);
    if (t.to == State::kRegistering && t.from != State::kRegistering)
    {
        impl_->attempts_under_way.take(ua) = {.since = at.time_since_epoch().count()};
        impl_->attempts.add(at);
        impl_->attempts_offered += impl_->counted(at) ? 1 : 0;
    }
    else if (t.from == State::kRegistering && t.to == State::kRegistering)
    {
        Attempt* attempt = impl_->attempts_under_way.find(ua);
        if (attempt != nullptr && asks_for_another(t.reason))
        {
            ++attempt->needed;
        }
    }
    else if (t.from == State::kRegistering)
    {
        const Attempt attempt = impl_->attempts_under_way.take_away(ua, {});
        const SimTime since{SimDuration{attempt.since}};
        if (t.to == State::kRegistered)
        {
            impl_->load.on_registered(at, attempt.needed);
            impl_->phases.add(at, ua);
            if (impl_->counted(since))
            {
                impl_->latency.add(at - since);
            }
        }
        const bool failed = t.to == State::kWaiting || t.to == State::kStopped;
        impl_->attempts_failed += failed && impl_->counted(at) ? 1 : 0;
    }
}

void
Collector::on_register_arrival(SimTime at, std::uint32_t registrar, bool alive)
{
    impl_->advance(at);
    impl_->mix(at, registrar, alive ? 0x2'0001U : 0x2'0000U);
    impl_->registers.add(at);
    impl_->located.on_register(at, registrar, alive);
    impl_->registers_counted += impl_->counted(at) ? 1 : 0;
    impl_->load.on_register(at, alive);
}

void
Collector::on_register_answered(SimTime at,
                                std::uint32_t registrar,
                                std::uint16_t status,
                                bool repeat)
{
    impl_->advance(at);
    impl_->mix(at, registrar, 0x3'0000U | (std::uint64_t{status} << 1U) | (repeat ? 1U : 0U));
    if (status == 200 && !repeat)
    {
        impl_->goodput.add(at);
        impl_->load.on_good(at, impl_->recoveries[1].reached.has_value());
    }
    if (status == 503)
    {
        impl_->load.on_refused(at);
    }
}

void
Collector::on_limit(SimTime at,
                    std::uint32_t registrar,
                    registrar::Limit limit,
                    sip::UserId /*user*/)
{
    impl_->mix(at, registrar, 0xF'0000U | static_cast<std::uint64_t>(limit));
    impl_->admission.on_limit(at, limit);
}

void
Collector::on_wrong_password(SimTime at, std::uint32_t registrar, sip::UserId /*user*/)
{
    impl_->mix(at, registrar, 0xF'1000U);
    impl_->admission.on_wrong_password(at);
}

void
Collector::on_bindings(SimTime at,
                       std::uint32_t aor,
                       const registrar::LocationService::Bindings& bindings)
{
    impl_->advance(at);
    impl_->mix(at, aor, 0x4'0000U | bindings.size());
    impl_->tracker.set_bindings(at, aor, bindings);
    impl_->watch(at);
}

void
Collector::on_bindings_lost(SimTime at, std::uint32_t registrar)
{
    impl_->advance(at);
    impl_->mix(at, registrar, 0x5'0000U);
    impl_->tracker.lose_bindings(at, registrar);
}

void
Collector::on_device(SimTime at, DeviceIndex device, bool powered, sip::Endpoint address)
{
    impl_->advance(at);
    impl_->mix(at, device, 0x6'0000U | (powered ? 1U : 0U));
    impl_->tracker.set_device(at, device, powered, address);
    impl_->keepalives.set_device(at, device, powered);
    impl_->watch(at);
}

void
Collector::on_fault(SimTime at, std::uint32_t fault, bool begins)
{
    impl_->advance(at);
    impl_->mix(at, fault, 0x7'0000U | (begins ? 1U : 0U));
    impl_->watch(at);
}

void
Collector::on_call(SimTime at, std::uint32_t aor, CallClass call)
{
    impl_->mix(at, aor, 0x8'0000U | static_cast<std::uint64_t>(call));
    impl_->calls.on_call(at, call);
}

void
Collector::on_outgoing(SimTime at, AccountIndex ua, OutgoingClass call)
{
    impl_->mix(at, ua, 0x13'0000U | static_cast<std::uint64_t>(call));
    impl_->calls.on_outgoing(at, call);
}

void
Collector::on_drop(SimTime at, DropReason reason)
{
    impl_->mix(at, static_cast<std::uint64_t>(reason), 0x9'0000U);
}

// Keepalives sent one by one show in the fingerprint by what becomes of them (on_drop); computed ones do
// not, so a fingerprint also tells which form a run had.
void
Collector::on_keepalive_sent(SimTime at, DeviceIndex /*device*/)
{
    impl_->keepalives.sent(at);
}

void
Collector::on_keepalive_arrival(SimTime at, ServerIndex /*server*/)
{
    impl_->keepalives.arrived(at);
}

void
Collector::on_proxy_arrival(SimTime at, std::uint32_t proxy, bool alive)
{
    impl_->mix(at, proxy, alive ? 0xB'0001U : 0xB'0000U);
    impl_->proxied.add(at);
    impl_->proxied_counted += impl_->counted(at) ? 1 : 0;
}

void
Collector::on_proxy_answered(SimTime at, std::uint32_t proxy, std::uint16_t status)
{
    impl_->mix(at, proxy, 0xC'0000U | status);
    impl_->spared_counted += impl_->counted(at) && status == 200 ? 1 : 0;
    if (status == 503)
    {
        impl_->load.on_refused(at);
    }
}

void
Collector::on_stun_arrival(SimTime at, std::uint32_t server)
{
    impl_->mix(at, server, 0xD'0000U);
    impl_->stun_counted += impl_->counted(at) ? 1 : 0;
}

void
Collector::on_ping_sent(SimTime at, ServerIndex server)
{
    impl_->mix(at, server, 0xE'0000U);
    impl_->pings_counted += impl_->counted(at) ? 1 : 0;
}

void
Collector::on_dns_query(SimTime at, std::uint32_t dns, bool alive)
{
    impl_->mix(at, dns, alive ? 0x10'0001U : 0x10'0000U);
    impl_->located.on_query(at);
}

void
Collector::on_dns_answered(SimTime at, std::uint32_t dns, dns::Rcode rcode)
{
    impl_->mix(at, dns, 0x11'0000U | static_cast<std::uint64_t>(rcode));
}

void
Collector::on_located(SimTime at, DeviceIndex device, bool located)
{
    impl_->mix(at, device, located ? 0x12'0001U : 0x12'0000U);
    impl_->located.on_located(at, located);
}

double
Collector::Impl::mean_rate(const RateBins& of, SimTime from, SimTime to)
{
    // Whole bins inside [from, to).
    const auto first =
        static_cast<std::size_t>((from.time_since_epoch() + kRateBin - 1ns) / kRateBin);
    const auto last =
        std::min(static_cast<std::size_t>(to.time_since_epoch() / kRateBin), of.bins().size());
    double sum = 0;
    for (std::size_t i = first; i < last; ++i)
    {
        sum += of.bins()[i];
    }
    return last > first ? sum / (static_cast<double>(last - first) * to_seconds(kRateBin)) : NAN;
}

void
Collector::Impl::time_to(std::vector<MetricValue>& out) const
{
    constexpr std::array<std::string_view, 2> kNames{"time_to_95", "time_to_99"};
    for (std::size_t i = 0; i < recoveries.size(); ++i)
    {
        const auto& reached = recoveries[i].reached;
        const bool defined = before.has_value() && *before > 0;
        out.push_back({.name = kNames[i],
                       .value = defined && reached ? std::optional{to_seconds(*reached - fault.end)}
                                                   : std::nullopt,
                       .censored = defined && !reached});
    }
}

void
Collector::Impl::scalars(std::vector<MetricValue>& out, SimTime end) const
{
    const auto put = [&out](std::string_view name, double value) {
        out.push_back({.name = name,
                       .value = std::isnan(value) ? std::nullopt : std::optional{value},
                       .censored = false});
    };
    const SimTime warm{world.warmup};
    const bool faulty = fault.begin != kNever;
    put("register_rate_steady", mean_rate(registers, warm, std::min(fault.begin, end)));
    put("register_rate_peak", registers.peak(warm));
    put("register_rate_outage",
        faulty ? mean_rate(registers, fault.begin, std::min(fault.end, end)) : NAN);
    put("register_rate_peak_after", faulty && fault.end < end ? registers.peak(fault.end) : NAN);
    put("goodput_peak", goodput.peak(warm));
    put("registers_total", static_cast<double>(registers_counted));
    put("offered_attempts", static_cast<double>(attempts_offered));
    put("attempts_failed", static_cast<double>(attempts_failed));
    const bool registering = tracker.expected() > 0;
    put("share_before", before && registering ? share_of(*before) : NAN);
    put("share_min", lowest != UINT32_MAX && registering ? share_of(lowest) : NAN);
    put("share_end", registering ? share_of(tracker.registered()) : NAN);
    put("unregistered_account_seconds", unregistered_s);
    put("stale_account_seconds", stale_s);
    put("stale_per_account", registering ? stale_s / tracker.expected() : NAN);
    put("register_latency_p50", latency.quantile(0.5));
    put("register_latency_p99", latency.quantile(0.99));
    if (any_station)
    {
        put("queue_peak", queue.peak(warm));
        put("service_p50", service.quantile(0.5));
        put("service_p99", service.quantile(0.99));
    }
    echo(out);
    nat(out);
    if (left_behind)
    {
        put("binding_expiry", to_seconds(left_behind->expiry));
        put("refresh_shortest", to_seconds(left_behind->shortest));
        put("refresh_longest", to_seconds(left_behind->longest));
    }
    if (keepalives.any() && end > warm)
    {
        put("keepalives_sent", keepalives.totals().sent);
        put("keepalive_rate_mean", keepalives.totals().arrived / to_seconds(end - warm));
        put("keepalive_link_load", keepalives.link_load());
    }
    servers(out, end);
    located.put(out, end);
    admission.put(out, end);
    if (admission.any_attack() && registering && end > warm)
    {
        put("honest_share", 1 - unregistered_s / (tracker.expected() * to_seconds(end - warm)));
    }
    load.put(out, end, recoveries[1].reached);
    calls.put(out);
}

void
Collector::Impl::servers(std::vector<MetricValue>& out, SimTime end) const
{
    const SimTime warm{world.warmup};
    if (end <= warm)
    {
        return;
    }
    const auto rate = [&](std::string_view name, std::uint64_t count) {
        out.push_back({.name = name, .value = static_cast<double>(count) / to_seconds(end - warm)});
    };
    if (!world.proxies.empty())
    {
        rate("proxy_register_rate_mean", proxied_counted);
        rate("register_rate_mean", registers_counted);
        const double steady = mean_rate(proxied, warm, std::min(fault.begin, end));
        out.push_back({.name = "proxy_register_rate_steady",
                       .value = std::isnan(steady) ? std::nullopt : std::optional{steady}});
        out.push_back({.name = "proxy_register_rate_peak", .value = proxied.peak(warm)});
        out.push_back({.name = "proxy_answered_share",
                       .value = proxied_counted == 0
                                    ? std::nullopt
                                    : std::optional{static_cast<double>(spared_counted) /
                                                    static_cast<double>(proxied_counted)}});
    }
    if (!world.stuns.empty())
    {
        rate("stun_rate_mean", stun_counted);
    }
    if (any_pings)
    {
        rate("ping_rate_mean", pings_counted);
    }
}

void
Collector::Impl::echo(std::vector<MetricValue>& out) const
{
    const std::vector<double> order = phases.order();
    if (order.size() < 2)
    {
        return;
    }
    const auto length = echo_length(order);
    out.push_back({.name = "echo_length", .value = length, .censored = !length});
    out.push_back({.name = "order_parameter_first", .value = order[1]});
    out.push_back({.name = "order_parameter_last", .value = order.back()});
    const auto& fleet = world.fleets[fault.fleet.value_or(0)];
    const auto& home = world.registrars[fleet.registrar].options;
    const bool alike = fault.fleet || world.fleets.size() == 1;
    if (const auto spread = refresh_spread(fleet.registration, home); spread && alike)
    {
        out.push_back({.name = "refresh_spread", .value = spread->width});
        out.push_back({.name = "refresh_spread_kept", .value = spread->kept ? 1.0 : 0.0});
    }
}

void
Collector::Impl::nat(std::vector<MetricValue>& out) const
{
    if (!reach)
    {
        return;
    }
    out.push_back({.name = "nat_timeout", .value = to_seconds(reach->timeout)});
    out.push_back({.name = "nat_keepalive", .value = to_seconds(reach->keepalive)});
    out.push_back({.name = "nat_keeps_port", .value = reach->keeps_port ? 1.0 : 0.0});
    out.push_back({.name = "nat_refresh", .value = to_seconds(reach->refresh)});
    if (reach->devices)
    {
        out.push_back({.name = "nat_devices", .value = static_cast<double>(*reach->devices)});
    }
}

Results
Collector::finish(SimTime end)
{
    impl_->advance(end);
    impl_->integrate(end);
    impl_->watch(end);
    Results results;
    impl_->scalars(results.metrics, end);
    impl_->time_to(results.metrics);
    const double bin = to_seconds(kRateBin);
    const double step = to_seconds(kLevelStep);
    results.series = {{"register_rate", 0, bin, impl_->registers.bins()},
                      {"goodput_rate", 0, bin, impl_->goodput.bins()},
                      {"attempt_rate", 0, bin, impl_->attempts.bins()},
                      {"registered_share", 0, step, impl_->registered_share},
                      {"believed_share", 0, step, impl_->believed_share},
                      {"stale_bindings", 0, step, impl_->stale_bindings}};
    if (impl_->any_station)
    {
        results.series.push_back({"queue_length", 0, bin, impl_->queue.bins()});
    }
    if (!impl_->world.proxies.empty())
    {
        results.series.push_back({"proxy_register_rate", 0, bin, impl_->proxied.bins()});
    }
    impl_->located.put_series(results.series);
    if (auto order = impl_->phases.order(); order.size() > 1)
    {
        results.series.push_back({"order_parameter", 0, 1, std::move(order)});
    }
    if (impl_->keepalives.any())
    {
        results.series.push_back({"keepalive_rate", 0, step, impl_->keepalive_rate});
    }
    impl_->fleets.put_series(results.series, end, impl_->tracker);
    results.histograms = {impl_->latency.histogram("register_latency")};
    results.fingerprint = impl_->fingerprint.value();
    return results;
}

} // namespace sipsim::world
