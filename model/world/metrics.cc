#include "model/world/collector.h"

#include <array>

namespace sipsim::world
{

namespace
{

constexpr std::array kMetrics = std::to_array<MetricInfo>({
    {"register_rate_steady",
     "1/s",
     "scalar",
     Better::kNeither,
     "REGISTER requests per second at the registrars' interfaces, repeats included, from the end "
     "of "
     "the warm-up to the first fault (or the end of the run)."},
    {"register_rate_peak",
     "1/s",
     "scalar",
     Better::kLess,
     "The largest number of REGISTER requests in one second (bins aligned to the run's start) "
     "after "
     "the warm-up, whether the registrar is alive or dead."},
    {"register_rate_outage",
     "1/s",
     "scalar",
     Better::kLess,
     "REGISTER requests per second, repeats included, during the first fault."},
    {"register_rate_peak_after",
     "1/s",
     "scalar",
     Better::kLess,
     "The largest number of REGISTER requests in one second after the first fault's end."},
    {"goodput_peak",
     "1/s",
     "scalar",
     Better::kNeither,
     "The largest number of 200 answers to REGISTER in one second after the warm-up."},
    {"registers_total",
     "1",
     "scalar",
     Better::kLess,
     "REGISTER requests at the registrars' interfaces after the warm-up, repeats included."},
    {"offered_attempts",
     "1",
     "scalar",
     Better::kLess,
     "Attempts to register begun after the warm-up; an attempt is all messages up to its final "
     "outcome."},
    {"attempts_failed",
     "1",
     "scalar",
     Better::kLess,
     "Attempts to register that failed after the warm-up."},
    {"time_to_95",
     "s",
     "time_to",
     Better::kLess,
     "From the first fault's end until the registered share is 95 % of what it was before the "
     "fault."},
    {"time_to_99",
     "s",
     "time_to",
     Better::kLess,
     "From the first fault's end until the registered share is 99 % of what it was before the "
     "fault."},
    {"share_before", "1", "scalar", Better::kMore, "Registered share just before the first fault."},
    {"share_min", "1", "scalar", Better::kMore, "Smallest registered share after the warm-up."},
    {"share_end", "1", "scalar", Better::kMore, "Registered share at the end of the run."},
    {"unregistered_account_seconds",
     "s",
     "scalar",
     Better::kLess,
     "Time that accounts spent not registered after the warm-up, summed over accounts."},
    {"stale_account_seconds",
     "s",
     "scalar",
     Better::kLess,
     "Time that registrars held bindings reaching nobody or somebody else after the warm-up, "
     "summed "
     "over bindings."},
    {"register_latency_p50",
     "s",
     "scalar",
     Better::kLess,
     "Median of the time from an attempt's first REGISTER to its 2xx, authentication round "
     "included "
     "(resolution 1.1 %)."},
    {"register_latency_p99",
     "s",
     "scalar",
     Better::kLess,
     "99th percentile of the time from an attempt's first REGISTER to its 2xx, authentication "
     "round "
     "included (resolution 1.1 %)."},
    {"queue_peak",
     "1",
     "scalar",
     Better::kLess,
     "Most requests that waited at once for a worker of a registrar, after the warm-up."},
    {"service_p50",
     "s",
     "scalar",
     Better::kLess,
     "Median of the time a request spent at a registrar's service station, waiting included."},
    {"service_p99",
     "s",
     "scalar",
     Better::kLess,
     "99th percentile of the time a request spent at a registrar's service station, waiting "
     "included."},
    {"echo_length",
     "1",
     "time_to",
     Better::kLess,
     "Refreshes after the first fault until order_parameter is below 0.1."},
    {"refresh_spread",
     "1",
     "scalar",
     Better::kNeither,
     "Width of the interval that the settings, of the devices or of their registrar, spread a "
     "refresh over, divided by the mean delay between refreshes; not defined where both spread."},
    {"refresh_spread_kept",
     "1",
     "scalar",
     Better::kNeither,
     "Whether a device keeps its place in that interval (1) or draws anew each time (0)."},
    {"keepalives_sent",
     "1",
     "scalar",
     Better::kNeither,
     "Keepalives that devices sent after the warm-up."},
    {"keepalive_rate_mean",
     "1/s",
     "scalar",
     Better::kNeither,
     "Keepalives per second at the interfaces of registrars and outbound proxies, alive or dead, "
     "after "
     "the warm-up."},
    {"keepalive_link_load",
     "1",
     "scalar",
     Better::kLess,
     "The largest share of a link's rate that keepalives take while every device has power."},
    {"nat_timeout",
     "s",
     "scalar",
     Better::kNeither,
     "Life of a NAT's mapping without traffic, where all devices that are called stand behind "
     "homes' "
     "NATs alike, keep their mappings alive and nothing breaks; not defined elsewhere."},
    {"nat_keepalive",
     "s",
     "scalar",
     Better::kNeither,
     "From one keepalive of these devices to the next."},
    {"nat_keeps_port",
     "1",
     "scalar",
     Better::kNeither,
     "Whether a new mapping of theirs takes the port of the last one (1) or a fresh one (0)."},
    {"nat_refresh",
     "s",
     "scalar",
     Better::kNeither,
     "Mean time from one REGISTER of theirs to the next."},
    {"nat_devices",
     "1",
     "scalar",
     Better::kNeither,
     "Devices that send keepalives, where all do at the same interval."},
    {"calls_offered", "1", "scalar", Better::kNeither, "Calls offered to AORs after the warm-up."},
    {"calls_reached", "1", "scalar", Better::kMore, "Calls for which a contact answers."},
    {"calls_stale",
     "1",
     "scalar",
     Better::kLess,
     "Calls whose every contact reaches nobody or somebody else."},
    {"calls_not_registered", "1", "scalar", Better::kLess, "Calls to an AOR without a binding."},
    {"calls_registrar_down",
     "1",
     "scalar",
     Better::kLess,
     "Calls while the AOR's registrar is down."},
    {"calls_lost",
     "1",
     "scalar",
     Better::kLess,
     "Calls to a contact whose device is there but whose path is cut."},
    {"calls_blocked_by_nat",
     "1",
     "scalar",
     Better::kLess,
     "Calls to a contact whose device is there but whose NAT lets the call through to nobody or to "
     "somebody else."},
    {"calls_nat_expired",
     "1",
     "scalar",
     Better::kLess,
     "Of these, calls to a mapping that has timed out."},
    {"calls_nat_forgotten",
     "1",
     "scalar",
     Better::kLess,
     "Of these, calls to a port that the NAT knows no mapping of."},
    {"calls_nat_filtered",
     "1",
     "scalar",
     Better::kLess,
     "Of these, calls from an address the NAT does not let in."},
    {"calls_nat_wrong_port",
     "1",
     "scalar",
     Better::kLess,
     "Of these, calls to a port while the device's mapping has another by now."},
    {"calls_nat_private",
     "1",
     "scalar",
     Better::kLess,
     "Of these, calls to the device's own address behind its NAT, where no path leads."},
    {"calls_proxy_down",
     "1",
     "scalar",
     Better::kLess,
     "Calls while the proxy on the contact's path is down."},
    {"calls_proxy_forgot",
     "1",
     "scalar",
     Better::kLess,
     "Calls that the proxy on the contact's path has no flow for: it came back without, or the "
     "device "
     "has not refreshed in time."},
    {"reachability", "1", "scalar", Better::kMore, "Calls reached, as a share of calls offered."},
    {"proxy_register_rate_mean",
     "1/s",
     "scalar",
     Better::kNeither,
     "REGISTER requests per second at the proxies' interfaces, alive or dead, repeats included, "
     "after "
     "the warm-up."},
    {"proxy_register_rate_steady",
     "1/s",
     "scalar",
     Better::kNeither,
     "REGISTER requests per second at the proxies' interfaces, repeats included, from the end of "
     "the warm-up to the first fault (or the end of the run)."},
    {"proxy_register_rate_peak",
     "1/s",
     "scalar",
     Better::kLess,
     "The largest number of REGISTER requests in one second at the proxies' interfaces after the "
     "warm-up."},
    {"register_rate_mean",
     "1/s",
     "scalar",
     Better::kLess,
     "REGISTER requests per second at the registrars' interfaces, alive or dead, repeats included, "
     "after the warm-up."},
    {"proxy_answered_share",
     "1",
     "scalar",
     Better::kMore,
     "Of the REGISTER requests at the proxies' interfaces after the warm-up, the share that they "
     "answered 200 without the registrar."},
    {"stun_rate_mean",
     "1/s",
     "scalar",
     Better::kNeither,
     "Requests per second at the STUN servers' interfaces, alive or dead, after the warm-up."},
    {"ping_rate_mean",
     "1/s",
     "scalar",
     Better::kNeither,
     "Pings per second that registrars and proxies sent to contacts after the warm-up."},
    {"proxy_register_rate",
     "1/s",
     "rate_series",
     Better::kNeither,
     "REGISTER requests at the proxies' interfaces, alive or dead, repeats included, in 1 s bins."},
    {"register_rate",
     "1/s",
     "rate_series",
     Better::kNeither,
     "REGISTER requests at the registrars' interfaces, alive or dead, repeats included, in 1 s "
     "bins."},
    {"goodput_rate",
     "1/s",
     "rate_series",
     Better::kNeither,
     "200 answers to REGISTER, repeats excluded, in 1 s bins."},
    {"attempt_rate",
     "1/s",
     "rate_series",
     Better::kNeither,
     "Attempts to register begun, in 1 s bins."},
    {"queue_length",
     "1",
     "rate_series",
     Better::kLess,
     "Most requests that waited at once for a worker of a registrar, in each second in which one "
     "arrived."},
    {"keepalive_rate",
     "1/s",
     "level_series",
     Better::kNeither,
     "Keepalives per second that the devices with power send."},
    {"registered_share",
     "1",
     "level_series",
     Better::kMore,
     "Accounts of powered devices with an unexpired binding whose contact reaches them, as a share "
     "of "
     "all accounts that register."},
    {"believed_share",
     "1",
     "level_series",
     Better::kNeither,
     "Accounts that believe themselves registered, as a share of all accounts that register."},
    {"stale_bindings",
     "1",
     "level_series",
     Better::kLess,
     "Unexpired bindings that reach nobody or somebody else."},
    {"order_parameter",
     "1",
     "period_series",
     Better::kLess,
     "How far refreshes fall together, by refresh after the first fault (0: the first registration "
     "after it): length of the mean over accounts of exp(2 pi i t/T), t the instant of an "
     "account's "
     "refresh, T the mean delay between refreshes; 1 if all at once, 0 if evenly spread."},
    {"fleet_time_to_99",
     "s",
     "fleet_series",
     Better::kLess,
     "Of each fleet, where there are several: from the first fault's end until 99 % of its "
     "accounts "
     "registered before are so again; no number if that is not reached."},
    {"fleet_load_share",
     "1",
     "fleet_series",
     Better::kNeither,
     "Of each fleet: its share of the REGISTERs that devices send, repeats included, in the ten "
     "minutes from the first fault's end."},
    {"fleet_share_end",
     "1",
     "fleet_series",
     Better::kMore,
     "Of each fleet: accounts registered at the end of the run over those just before the first "
     "fault."},
    {"register_latency",
     "s",
     "histogram",
     Better::kLess,
     "Time from an attempt's first REGISTER to its 2xx, authentication round included."},
});

} // namespace

std::span<const MetricInfo>
metrics()
{
    return kMetrics;
}

std::string_view
better_text(Better better)
{
    switch (better)
    {
    case Better::kLess:
        return "less";
    case Better::kMore:
        return "more";
    case Better::kNeither:
        break;
    }
    return "neither";
}

} // namespace sipsim::world
