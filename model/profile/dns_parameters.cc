#include "model/profile/parameter_makers.h"
#include "model/profile/parameter_tables.h"

#include <array>

namespace sipsim::profile
{

namespace
{

using namespace makers;

constexpr Range kTries{.low = 1.0, .high = 15.0};

SIPSIM_FIELD(mode, dns::DnsMode, locating.mode)
SIPSIM_FIELD(selection, dns::Selection, locating.selection)
SIPSIM_FIELD(ttl, dns::TtlOf, locating.ttl)
SIPSIM_FIELD(preference, dns::Preference, failover.preference)
SIPSIM_FIELD(round_robin, bool, failover.round_robin)
SIPSIM_FIELD(calls_follow, bool, failover.calls_follow)
SIPSIM_FIELD(register_first, bool, failover.register_first)
SIPSIM_FIELD(then_from_top, bool, failover.then_from_top)
SIPSIM_FIELD(failback_at_once, bool, failover.failback_at_once)
SIPSIM_FIELD(failback_after, SimDuration, failover.failback_after)
SIPSIM_FIELD(tries, std::uint8_t, failover.tries)
SIPSIM_FIELD(try_sends, std::uint8_t, failover.try_sends)
SIPSIM_FIELD(try_timeout, SimDuration, failover.try_timeout)
SIPSIM_FIELD(targets_per_round, std::uint8_t, failover.targets_per_round)
SIPSIM_FIELD(on_503, bool, failover.on_503)
SIPSIM_FIELD(on_other_5xx, bool, failover.on_other_5xx)
SIPSIM_FIELD(next_cseq, bool, failover.next_cseq)
SIPSIM_FIELD(blocked_for, SimDuration, failover.blocked_for)

constexpr std::array kDns{
    word<mode>("dns.mode",
               "a|srv|naptr-srv",
               "How a server's name is looked up: its addresses, its SRV records first, or the "
               "whole of RFC 3263.",
               "RFC 3263 §4; Grandstream DNS Mode (P103)"),
    word<selection>("dns.selection",
                    "rfc2782|proportional|highest-weight",
                    "Which SRV record of equal priority comes first: as RFC 2782 writes it, with a "
                    "probability of weight over sum, or always the heaviest.",
                    "RFC 2782; Yealink SIP-T46G Administrator Guide for highest-weight"),
    word<ttl>("dns.ttl",
              "srv|address|least",
              "Whose TTL says how long a list of targets may be used.",
              "device habit; RFC 3263 does not say"),
    word<preference>("dns.failover.preference",
                     "none|until-ttl|until-no-response|for-duration|until-registration",
                     "Where a request begins: at the top; or at the address that answered last, "
                     "until the TTL, until it fails, for failback_after, or for calls only.",
                     "Grandstream DNS SRV Failover Mode (P26040); Yealink failback_mode"),
    flag<round_robin>("dns.failover.round_robin",
                      "Preference none: a round begins where the last one ended, not at the top.",
                      "GRP26xx manual p. 30 leaves it open"),
    flag<calls_follow>("dns.failover.calls_follow",
                       "Calls begin at the address that holds the binding, also where a REGISTER "
                       "would begin at the top.",
                       "GRP26xx manual p. 30 leaves it open; HT8xx (P28092): they do not"),
    flag<register_first>("dns.failover.register_first",
                         "A call that fails over to a server without the registration registers "
                         "there first.",
                         "Grandstream Register Before DNS SRV Failover (P29095); Yealink "
                         "register_on_enable"),
    flag<then_from_top>("dns.failover.then_from_top",
                        "After a saved address that fails come all others from the top, not those "
                        "after it first.",
                        "GRP26xx manual p. 30 leaves it open"),
    flag<failback_at_once>("dns.failover.failback_at_once",
                           "A saved address loses its place by a REGISTER of its own, not with the "
                           "next request that is due.",
                           "GRP26xx manual p. 30 leaves it open"),
    duration<failback_after>(
        "dns.failover.failback_after",
        kPositiveWait,
        "Preference for-duration: from the failover to the first target again.",
        "Grandstream Failback timer (P60056): 60 min"),
    count<tries>("dns.failover.tries",
                 kTries,
                 "Tries of a target that does not answer, the first included.",
                 "RFC 3263 §4.3: 1; Grandstream Maximum Number of SIP Request Retries (P60055)"),
    duration<try_timeout>(
        "dns.failover.try_timeout",
        kWait,
        "What ends a try without an answer; 0s: what ends the product's requests.",
        "RFC 3261 §17.1.2.2: 32 s; some give up sooner"),
    count<try_sends>("dns.failover.try_sends",
                     {.low = 0.0, .high = 255.0},
                     "Sends of a request to one target, the interval after the last included, that "
                     "end a try without an answer where try_timeout is 0; 0: what ends the "
                     "product's requests.",
                     "Yealink account.X.sip_server.Y.retry_counts: 1 + 3"),
    count<targets_per_round>("dns.failover.targets_per_round",
                             {.low = 0.0, .high = 16.0},
                             "Targets tried in one round; 0: all.",
                             "device habit; no norm sets it"),
    flag<on_503>("dns.failover.on_503", "A 503 is a failure of the target.", "RFC 3263 §4.3"),
    flag<on_other_5xx>("dns.failover.on_other_5xx",
                       "So is any other 5xx.",
                       "device habit; RFC 3263 §4.3 has 503 only"),
    flag<next_cseq>(
        "dns.failover.next_cseq",
        "What goes to the next target is another request, CSeq one higher, not the same one in "
        "another transaction.",
        "RFC 3261 §10.2 against RFC 3263 §4.3, which is the default"),
    duration<blocked_for>("dns.failover.blocked_for",
                          kWait,
                          "A target that failed is passed over for so long, if another is not.",
                          "device habit; no norm sets it"),
};

} // namespace

std::span<const DeviceParameter>
dns_parameters()
{
    return kDns;
}

} // namespace sipsim::profile
