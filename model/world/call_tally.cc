#include "model/world/call_tally.h"

#include "model/world/collector.h"

#include <algorithm>
#include <string_view>

namespace sipsim::world
{

CallTally::CallTally(const World& world)
    : world_(world),
      any_(std::ranges::any_of(world.fleets,
                               [](const FleetSpec& f) { return f.call_gap.has_value(); }))
{
}

void
CallTally::on_call(SimTime at, CallClass call)
{
    calls_[static_cast<std::size_t>(call)] += at.time_since_epoch() >= world_.warmup ? 1 : 0;
}

void
CallTally::on_outgoing(SimTime at, OutgoingClass call)
{
    outgoing_[static_cast<std::size_t>(call)] += at.time_since_epoch() >= world_.warmup ? 1 : 0;
}

void
CallTally::put_outgoing(std::vector<MetricValue>& out) const
{
    if (std::ranges::none_of(world_.fleets,
                             [](const FleetSpec& f) { return f.outgoing_gap.has_value(); }))
    {
        return;
    }
    constexpr std::array<std::string_view, static_cast<std::size_t>(OutgoingClass::kCount)> kNames{
        "outgoing_accepted",
        "outgoing_not_registered_there",
        "outgoing_registered_first",
        "outgoing_no_server",
        "outgoing_suspended"};
    const bool limits = std::ranges::any_of(world_.registrars, [](const RegistrarSpec& r) {
        return r.options.admission.enabled();
    });
    for (std::size_t i = 0; i < (limits ? kNames.size() : kNames.size() - 1); ++i)
    {
        out.push_back({.name = kNames[i], .value = static_cast<double>(outgoing_[i])});
    }
}

void
CallTally::put(std::vector<MetricValue>& out) const
{
    put_outgoing(out);
    if (!any_)
    {
        return;
    }
    constexpr std::array<std::string_view, static_cast<std::size_t>(CallClass::kCount)> kCalls{
        "calls_reached",
        "calls_stale",
        "calls_not_registered",
        "calls_registrar_down",
        "calls_lost",
        "calls_nat_expired",
        "calls_nat_forgotten",
        "calls_nat_filtered",
        "calls_nat_wrong_port",
        "calls_nat_private",
        "calls_proxy_down",
        "calls_proxy_forgot",
        "calls_no_binding_here"};
    constexpr auto kFirstNat = static_cast<std::size_t>(CallClass::kNatExpired);
    constexpr auto kFirstProxy = static_cast<std::size_t>(CallClass::kProxyDown);
    constexpr auto kNoBinding = static_cast<std::size_t>(CallClass::kNoBindingHere);
    const bool nats = !world_.nats.empty();
    const bool proxies = !world_.proxies.empty();
    const bool lands_anywhere = std::ranges::any_of(world_.fleets, [](const FleetSpec& f) {
        return f.call_server != CallServer::kFinds;
    });
    std::uint64_t offered = 0;
    std::uint64_t blocked = 0;
    for (std::size_t i = 0; i < kCalls.size(); ++i)
    {
        const bool of_nats = i >= kFirstNat && i < kFirstProxy;
        const bool shown = i < kFirstNat    ? true
                           : of_nats        ? nats
                           : i < kNoBinding ? proxies
                                            : lands_anywhere;
        if (shown)
        {
            out.push_back({.name = kCalls[i], .value = static_cast<double>(calls_[i])});
        }
        offered += calls_[i];
        blocked += of_nats ? calls_[i] : 0;
    }
    if (nats)
    {
        out.push_back({.name = "calls_blocked_by_nat", .value = static_cast<double>(blocked)});
    }
    if (nats || proxies)
    {
        out.push_back({.name = "reachability",
                       .value = offered == 0 ? std::nullopt
                                             : std::optional{static_cast<double>(calls_[0]) /
                                                             static_cast<double>(offered)}});
    }
    out.push_back({.name = "calls_offered", .value = static_cast<double>(offered)});
}

} // namespace sipsim::world
