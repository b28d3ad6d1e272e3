#include "model/profile/parameter_makers.h"
#include "model/profile/parameter_tables.h"

#include <array>

namespace sipsim::profile
{

namespace
{

using namespace makers;

SIPSIM_FIELD(lead_above, SimDuration, registration.refresh.lead_above)
SIPSIM_FIELD(retry_first, std::optional<SimDuration>, registration.retry.first)
SIPSIM_FIELD(retry_earlier, SimDuration, registration.retry.earlier)
SIPSIM_FIELD(retry_later, SimDuration, registration.retry.later)
SIPSIM_FIELD(retry_on, registration::StatusPatterns, registration.retry_on)
SIPSIM_FIELD(flat_on, registration::StatusPatterns, registration.retry_flat_on)
SIPSIM_FIELD(retry_other, std::optional<SimDuration>, registration.retry_other)
SIPSIM_FIELD(retry_other_random, SimDuration, registration.retry_other_random)
SIPSIM_FIELD(overrules_stop, bool, registration.retry_after_overrules_stop)
SIPSIM_FIELD(poll_every, SimDuration, registration.poll.every)
SIPSIM_FIELD(poll_ahead, SimDuration, registration.poll.ahead)

constexpr std::array kLaws{
    duration<lead_above>("registration.refresh.lead_above",
                         kWait,
                         "The lead is for an expiry longer than this and than itself (law lead); a "
                         "shorter one is refreshed at its half.",
                         "FreeSWITCH sofia_reg.c: 30s with a lead of 15s"),
    optional_duration<retry_first>("registration.retry.first",
                                   kWait,
                                   "as-others",
                                   "Own wait after the first failure in a row; as-others: the "
                                   "retry law's.",
                                   "pjsua.h, reg_first_retry_interval"),
    duration<retry_earlier>("registration.retry.earlier",
                            kWait,
                            "The wait comes earlier by up to this, drawn uniformly together with "
                            "retry.later; not with retry.jitter.",
                            "pjsua.h, reg_retry_random_interval"),
    duration<retry_later>("registration.retry.later",
                          kWait,
                          "The wait grows by up to this, drawn uniformly.",
                          "Cisco SPA112 Administration Guide, Reg Retry Random Delay; pjsua.h"),
    statuses<retry_on>("registration.retry.on",
                       "Responses that the retry law is for, statuses or classes (\"5xx\"); empty: "
                       "all. Attempts that end without a response are the law's anyway.",
                       kHabit),
    statuses<flat_on>("registration.retry.flat_on",
                      "Failures after which a growing law takes its base again.",
                      "FreeSWITCH sofia_reg.c: 503"),
    optional_duration<retry_other>("registration.retry.other",
                                   kPositiveWait,
                                   "never",
                                   "Wait after a response that retry.on does not name; never: the "
                                   "client gives up.",
                                   "Asterisk pjsip.conf, fatal_retry_interval; Cisco SPA "
                                   "Administration Guide, Reg Retry Long Intvl"),
    duration<retry_other_random>("registration.retry.other_random",
                                 kWait,
                                 "That wait grows by up to this, drawn uniformly.",
                                 "Cisco SPA112 Administration Guide, Reg Retry Long Random Delay"),
    flag<overrules_stop>("registration.retry_after_overrules_stop",
                         "A Retry-After is obeyed where the client would have given up.",
                         "Asterisk res_pjsip_outbound_registration.c; sofia-sip nua_client.c"),
    duration<poll_every>("registration.poll.every",
                         kWait,
                         "The device looks at what is due only this often; 0s: always.",
                         "Kamailio uac module, reg_timer_interval"),
    duration<poll_ahead>("registration.poll.ahead",
                         kWait,
                         "What is due before the next look, or up to this after it, is done at "
                         "this one.",
                         "Kamailio uac_reg.c: 3 s"),
};

} // namespace

std::span<const DeviceParameter>
law_parameters()
{
    return kLaws;
}

} // namespace sipsim::profile
