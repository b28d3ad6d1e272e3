#include "model/world/collector_state.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sipsim::world
{

using namespace std::chrono_literals;

namespace
{

/// A closed form of all accounts holds where so many are registered.
constexpr double kNearlyAll = 0.98;

} // namespace

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
        const auto reached = recovered(i);
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
    put("register_rate_peak_after", faulty && fault.end < end ? registers_after.most() : NAN);
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
    stale_window(out);
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
        const double absent = unregistered_s / (tracker.expected() * to_seconds(end - warm));
        put("honest_share", std::max(0.0, 1 - absent)); // all absent is 1 but for the last bit
    }
    load.put(out, end, recovered(1));
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
    const bool alike = fault.fleets.size() == 1 || world.fleets.size() == 1;
    if (!alike)
    {
        return;
    }
    const auto& fleet = world.fleets[fault.fleets.empty() ? 0 : *fault.fleets.begin()];
    const auto& home = world.registrars[fleet.registrar].options;
    // A proxy that offloads tells devices an expiry of its own.
    const bool told_home =
        home.expiry_spread == 0.0 || !fleet.proxy || !world.proxies[*fleet.proxy].options.offload;
    if (const auto spread = refresh_spread(fleet.registration, home); spread && told_home)
    {
        out.push_back({.name = "refresh_spread", .value = spread->width});
        out.push_back({.name = "refresh_spread_kept", .value = spread->kept ? 1.0 : 0.0});
    }
}

void
Collector::Impl::stale_window(std::vector<MetricValue>& out) const
{
    // Who had no binding leaves none behind.
    if (!left_behind || !before || *before < kNearlyAll * tracker.expected())
    {
        return;
    }
    out.push_back({.name = "binding_expiry", .value = to_seconds(left_behind->expiry)});
    out.push_back({.name = "refresh_shortest", .value = to_seconds(left_behind->shortest)});
    out.push_back({.name = "refresh_longest", .value = to_seconds(left_behind->longest)});
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
