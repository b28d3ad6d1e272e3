#include "model/profile/device_parameters.h"

#include "model/profile/parameter_makers.h"
#include "model/profile/parameter_tables.h"

#include <algorithm>
#include <array>

namespace sipsim::profile
{

namespace
{

using namespace field;
using namespace makers;

SIPSIM_FIELD(enabled, bool, registration.enabled)
SIPSIM_FIELD(expires, std::uint32_t, registration.expires)
SIPSIM_FIELD(send_expires, bool, registration.send_expires)
SIPSIM_FIELD(min_granted, std::uint32_t, registration.min_granted)
SIPSIM_FIELD(max_granted, std::uint32_t, registration.max_granted)
SIPSIM_FIELD(refresh_law, registration::RefreshLaw::Kind, registration.refresh.kind)
SIPSIM_FIELD(refresh_lead, SimDuration, registration.refresh.lead)
SIPSIM_FIELD(refresh_low, double, registration.refresh.low)
SIPSIM_FIELD(refresh_high, double, registration.refresh.high)
SIPSIM_FIELD(refresh_jitter, double, registration.refresh.jitter)
SIPSIM_FIELD(jitter_per_device, bool, registration.refresh.jitter_per_device)
SIPSIM_FIELD(retry_law, registration::RetryLaw::Kind, registration.retry.kind)
SIPSIM_FIELD(retry_wait, SimDuration, registration.retry.base)
SIPSIM_FIELD(retry_cap, SimDuration, registration.retry.cap)
SIPSIM_FIELD(retry_jitter, double, registration.retry.jitter)
SIPSIM_FIELD(stop_after, std::uint16_t, registration.retry.stop_after)
SIPSIM_FIELD(retry_after_403, std::optional<SimDuration>, registration.retry_after_403)
SIPSIM_FIELD(stop_on, registration::StatusPatterns, registration.stop_on)
SIPSIM_FIELD(honour_retry_after, bool, registration.honour_retry_after)
SIPSIM_FIELD(initial_delay, SimDuration, registration.initial_delay_max)
SIPSIM_FIELD(preemptive, bool, registration.preemptive_credentials)
SIPSIM_FIELD(max_challenges, std::uint8_t, registration.max_challenges)
SIPSIM_FIELD(adopt_min_expires, bool, registration.adopt_min_expires)
SIPSIM_FIELD(on_redirect, registration::OnRedirect, registration.on_redirect)
SIPSIM_FIELD(unregister, registration::Unregister, registration.unregister)
SIPSIM_FIELD(unregister_when, registration::UnregisterWhen, registration.unregister_when)
SIPSIM_FIELD(shutdown_grace, SimDuration, registration.shutdown_grace)
SIPSIM_FIELD(send_instance, bool, registration.send_instance)
SIPSIM_FIELD(boot_time, SimDuration, registration.boot_time)
SIPSIM_FIELD(rport, bool, registration.rport)
SIPSIM_FIELD(listens_to_icmp, bool, registration.listens_to_icmp)
SIPSIM_FIELD(t1, SimDuration, registration.transaction.t1)
SIPSIM_FIELD(t2, SimDuration, registration.transaction.t2)
SIPSIM_FIELD(t4, SimDuration, registration.transaction.t4)
SIPSIM_FIELD(max_sends, std::uint8_t, registration.transaction.retransmission.max_sends)
SIPSIM_FIELD(give_up, SimDuration, registration.transaction.retransmission.give_up)
SIPSIM_FIELD(keepalive, nat::KeepaliveOptions::Kind, nat.keepalive.kind)
SIPSIM_FIELD(keepalive_interval, SimDuration, nat.keepalive.interval)
SIPSIM_FIELD(traversal, nat::TraversalMode, nat.mode)
SIPSIM_FIELD(discovery, nat::StunDiscoveryKind, nat.discovery)
SIPSIM_FIELD(stun_form, nat::StunForm, nat.form)
SIPSIM_FIELD(stun_refresh, nat::StunRefresh, nat.refresh)
SIPSIM_FIELD(probe, nat::Probe, nat.probe)
SIPSIM_FIELD(probe_interval, SimDuration, nat.probe_interval)
SIPSIM_FIELD(probe_interval_min, SimDuration, nat.probe_interval_min)
SIPSIM_FIELD(probe_interval_max, SimDuration, nat.probe_interval_max)
SIPSIM_FIELD(probe_loss_limit, std::uint8_t, nat.probe_loss_limit)

constexpr std::array kParameters{
    flag<enabled>("registration.enabled",
                  "Whether the device sends REGISTER at all.",
                  "RFC 3261 §10.1"),
    whole_seconds<expires>("registration.expires",
                           "Expiry asked for, sent in the Expires header field.",
                           "RFC 3261 §10.2.1.1"),
    flag<send_expires>("registration.send_expires",
                       "false: no expiry is asked for and the registrar chooses.",
                       "RFC 3261 §10.2.1.1"),
    whole_seconds<min_granted>("registration.min_granted",
                               "A shorter expiry granted is taken for this one.",
                               kHabit),
    whole_seconds<max_granted>("registration.max_granted",
                               "A longer expiry granted is taken for this one.",
                               kHabit),
    word<refresh_law>(
        "registration.refresh.law",
        "lead|fraction|uniform|around-half",
        "When a binding is refreshed: refresh.lead before its expiry (half the expiry if that "
        "is not longer), at the fraction refresh.low of it, uniform between the fractions "
        "refresh.low and refresh.high, or as sofia-sip does: 30 to 60 s before an expiry of more "
        "than 90 s and less than 5 min, else from a quarter to three quarters of it.",
        "RFC 3261 §10.2.4 leaves it to the client"),
    duration<refresh_lead>("registration.refresh.lead",
                           kWait,
                           "How long before the expiry the refresh leaves (law lead).",
                           "RFC 3261 §10.2.4 leaves it to the client"),
    share<refresh_low>("registration.refresh.low",
                       {.low = 0.0, .high = 1.0, .above_low = true},
                       "Fraction of the expiry (law fraction), or its lower bound (law uniform).",
                       "RFC 3261 §10.2.4 leaves it to the client"),
    share<refresh_high>("registration.refresh.high",
                        {.low = 0.0, .high = 1.0, .above_low = true},
                        "Upper bound of the fraction (law uniform).",
                        "RFC 3261 §10.2.4 leaves it to the client"),
    share<refresh_jitter>("registration.refresh.jitter",
                          {.low = 0.0, .high = 1.0, .below_high = true},
                          "The refresh comes earlier by a uniform share of its delay up to this.",
                          kHabit),
    flag<jitter_per_device>("registration.refresh.jitter_per_device",
                            "One draw of the jitter for life instead of one per refresh.",
                            kHabit),
    word<retry_law>(
        "registration.retry.law",
        "constant|linear|rfc5626|doubling|uniform",
        "Wait after a failure: retry_wait, retry_wait times failures, uniform on [W/2, W] with W "
        "= retry_wait * 2^failures, retry_wait doubled at each failure, or uniform between "
        "retry_wait and retry.cap. All but constant stop growing at retry.cap.",
        "RFC 5626 §4.5 for rfc5626; the others are device habits"),
    duration<retry_wait>(
        "registration.retry_wait",
        kPositiveWait,
        "Pause between a failed registration and the next attempt, or the base of it.",
        kHabit),
    duration<retry_cap>("registration.retry.cap",
                        kPositiveWait,
                        "Longest wait of every law but constant.",
                        "RFC 5626 §4.5: 1800 s"),
    share<retry_jitter>("registration.retry.jitter",
                        {.low = 0.0, .high = 1.0},
                        "The wait is multiplied by a uniform draw on [1 - jitter, 1 + jitter].",
                        kHabit),
    count<stop_after>("registration.retry.stop_after",
                      {.low = 0.0, .high = 65'535.0},
                      "Failures in a row after which the client gives up; 0: never.",
                      kHabit),
    P{"registration.retry_after_403",
      ParameterType::kOptionalDuration,
      kPositiveWait,
      "as-others",
      "Own wait after a 403; as-others: the retry law's.",
      kHabit,
      get_optional_duration<retry_after_403>,
      set_optional_duration<retry_after_403>},
    flag<honour_retry_after>("registration.honour_retry_after",
                             "A Retry-After in a failure replaces every other wait.",
                             "RFC 3261 §20.33"),
    duration<initial_delay>("registration.initial_delay",
                            kWait,
                            "The first REGISTER of a life waits uniform on [0, this).",
                            kHabit),
    P{"registration.stop_on",
      ParameterType::kStatuses,
      {.low = 300.0, .high = 699.0},
      "",
      "Statuses (or classes, \"5xx\") after which the client never tries again in this life; a "
      "timeout counts as 408, a transport error as 503.",
      "RFC 3261 §8.1.3.1 for the two; the rest is device habit",
      get_statuses<stop_on>,
      set_statuses<stop_on>},
    flag<preemptive>("registration.preemptive_credentials",
                     "A cached nonce is used before the next challenge.",
                     "RFC 3261 §22.2"),
    count<max_challenges>("registration.max_challenges",
                          {.low = 1.0, .high = 255.0},
                          "Challenges answered per attempt; one more is a failure.",
                          kHabit),
    flag<adopt_min_expires>("registration.adopt_min_expires",
                            "After a 423 the client asks again at once with its Min-Expires.",
                            "RFC 3261 §10.2.8"),
    word<on_redirect>("registration.on_redirect",
                      "follow|fail",
                      "A 3xx: try its first Contact, or count a failure.",
                      "RFC 3261 §8.1.3.4"),
    word<unregister>(
        "registration.unregister",
        "none|own|all",
        "What the client does about its binding when its life ends or begins: nothing, remove "
        "its own Contact, or remove all of the AOR (Contact: *).",
        "RFC 3261 §10.2.2"),
    word<unregister_when>("registration.unregister_when",
                          "shutdown|boot",
                          "Before a graceful end, or before the first REGISTER of the next life.",
                          kHabit),
    duration<shutdown_grace>(
        "registration.shutdown_grace",
        kWait,
        "A graceful end waits at most this long for the answer to its removal.",
        kHabit),
    flag<send_instance>("registration.send_instance",
                        "+sip.instance in the Contact.",
                        "RFC 5626 §4.1"),
    duration<boot_time>("registration.boot_time",
                        kWait,
                        "From power to the first instant at which the client may register.",
                        kHabit),
    flag<rport>("registration.rport",
                ";rport in Via: answers come back to the port that a NAT has given.",
                "RFC 3581 §3"),
    flag<listens_to_icmp>("registration.listens_to_icmp",
                          "An ICMP port unreachable ends the transaction at once.",
                          "RFC 3261 §18.4"),
    duration<t1>("registration.transaction.t1",
                 kTimer,
                 "T1, the estimate of the round-trip time: first retransmission interval.",
                 "RFC 3261 §17.1.1.1"),
    duration<t2>("registration.transaction.t2",
                 kTimer,
                 "T2, longest retransmission interval of a REGISTER but the first.",
                 "RFC 3261 §17.1.2.2"),
    duration<t4>("registration.transaction.t4",
                 kTimer,
                 "T4, longest life of a message in the network.",
                 "RFC 3261 §17.1.2.2"),
    P{"registration.transaction.retransmit_list",
      ParameterType::kDurations,
      kTimer,
      "",
      "Intervals between sends, one by one, the last until the transaction fails; empty: T1 "
      "doubling up to "
      "T2 for 64*T1.",
      "RFC 3261 §17.1.2.2 for the empty list; a list is a device habit",
      get_retransmit_list,
      set_retransmit_list},
    count<max_sends>("registration.transaction.max_sends",
                     {.low = 0.0, .high = 255.0},
                     "Sends after which the transaction fails; 0: no limit.",
                     kHabit),
    duration<give_up>("registration.transaction.give_up",
                      {.low = 0.0, .high = 86'400.0},
                      "Timer F; 0s: 64*T1, or the sum of the list.",
                      "RFC 3261 §17.1.2.2"),
    P{"registration.proxy_require",
      ParameterType::kToken,
      kNoLimits,
      "none",
      "Option tag in Proxy-Require of every REGISTER and OPTIONS; a server that does not know it "
      "answers 420, a failure like any other.",
      "RFC 3261 §20.29; Grandstream GXW410x User Guide p. 27 (tells the server that the unit is "
      "behind a NAT)",
      get_proxy_require,
      set_proxy_require},
    word<traversal>("nat.traversal",
                    "none|keepalive|stun|vpn",
                    "How the device gets through NATs: not at all but for nat.keepalive; by "
                    "keepalives; by STUN, whose mapped address Via and Contact name; by a tunnel, "
                    "so that no NAT is in its way.",
                    "GRP26xx manual p. 30 (NAT Traversal); GXW410x User Guide p. 27"),
    word<keepalive>(
        "nat.keepalive",
        "none|blank|crlf",
        "What the device sends every nat.keepalive_interval to the server it registers "
        "at: nothing, UDP without payload, or two octets (CRLF). In nat.traversal keepalive and "
        "stun (with nat.stun.refresh keepalive) none stands for blank; with vpn it must be none.",
        "device habit; RFC 5626 §3.5 has CRLF on connections only"),
    duration<keepalive_interval>("nat.keepalive_interval",
                                 kInterval,
                                 "From one keepalive to the next, or from one Binding request to "
                                 "the next (nat.stun.refresh binding).",
                                 kHabit),
    word<discovery>(
        "nat.stun.discovery",
        "tree|binding",
        "nat.traversal stun, before the first REGISTER: which NAT is in the way, the mapped "
        "address being used behind cone NATs only; or one Binding request, its mapped address "
        "being used whatever the NAT.",
        "RFC 3489 §10.1; GXW410x User Guide p. 27 and GRP26xx manual p. 30 for tree"),
    word<stun_form>("nat.stun.form",
                    "rfc3489|rfc5389",
                    "Which STUN the device speaks to its STUN server; the tree needs rfc3489.",
                    "RFC 3489 §9.3 (gives up after 9.5 s); RFC 5389 §7.2.1 (39.5 s)"),
    word<stun_refresh>("nat.stun.refresh",
                       "keepalive|binding|none",
                       "nat.traversal stun: what keeps the mapping: the keepalive to the SIP "
                       "server; a Binding request to the STUN server, which notices a new mapped "
                       "address so that the accounts register anew; or nothing.",
                       "device habit; the sources of GXW410x and GRP26xx do not say"),
    word<probe>("nat.probe",
                "none|stun|options",
                "Keepalives that the SIP server answers, or else the accounts register anew: none, "
                "STUN to its SIP port, or SIP OPTIONS.",
                "RFC 5626 §3.5.2, §4.4.2 for stun; HT812/HT814 Administration Guide v1.0.9.3 p. 42 "
                "for options (default there: off)"),
    duration<probe_interval>(
        "nat.probe_interval",
        kInterval,
        "From one OPTIONS to the next (nat.probe options).",
        "HT812/HT814 Administration Guide v1.0.9.3 p. 42: 30 s (1 to 64800 s)"),
    duration<probe_interval_min>(
        "nat.probe_interval_min",
        kInterval,
        "Shortest time from one STUN probe to the next, drawn uniformly for each (nat.probe stun).",
        "RFC 5626 §4.4.2: 24 s"),
    duration<probe_interval_max>("nat.probe_interval_max",
                                 kInterval,
                                 "Longest time from one STUN probe to the next.",
                                 "RFC 5626 §4.4.2: 29 s"),
    count<probe_loss_limit>(
        "nat.probe_loss_limit",
        {.low = 1.0, .high = 255.0},
        "Lost OPTIONS in a row after which the accounts register anew (nat.probe options).",
        "HT812/HT814 Administration Guide v1.0.9.3 p. 42: 3 (3 to 10)"),
};

} // namespace

std::span<const DeviceParameter>
device_parameters()
{
    static const std::vector<DeviceParameter> kAll = [] {
        std::vector<DeviceParameter> all{kParameters.begin(), kParameters.end()};
        for (const auto table : {law_parameters(), dns_parameters()})
        {
            all.insert(all.end(), table.begin(), table.end());
        }
        return all;
    }();
    return kAll;
}

const DeviceParameter*
find_device_parameter(std::string_view name)
{
    const auto all = device_parameters();
    const auto found =
        std::ranges::find_if(all, [&](const P& parameter) { return parameter.name == name; });
    return found == all.end() ? nullptr : &*found;
}

} // namespace sipsim::profile
