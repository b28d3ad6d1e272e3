#include "model/profile/overview.h"

#include "model/profile/choice.h"
#include "model/profile/device_parameters.h"
#include "model/profile/field_access.h"

#include <algorithm>

namespace sipsim::profile
{

namespace
{

using registration::RefreshLaw;
using registration::RegistrationOptions;
using registration::RetryLaw;

std::string
per_cent(double share)
{
    return format(100.0 * share) + " %";
}

std::string
refresh_text(const RegistrationOptions& o, bool lead_known)
{
    std::string text = "asks for " + std::to_string(o.expires) + " s, refreshes ";
    switch (o.refresh.kind)
    {
    case RefreshLaw::Kind::kLead:
        text +=
            o.poll.every > SimDuration{0} && o.refresh.lead == SimDuration{0}
                ? "before the expiry"
                : (lead_known ? format(o.refresh.lead) : "an unknown time") + " before the expiry";
        break;
    case RefreshLaw::Kind::kFraction:
        text += "at " + per_cent(o.refresh.low) + " of the expiry";
        break;
    case RefreshLaw::Kind::kUniform:
        text += "between " + per_cent(o.refresh.low) + " and " + per_cent(o.refresh.high) +
                " of the expiry";
        break;
    case RefreshLaw::Kind::kAroundHalf:
        text += "at random between a quarter and three quarters of the expiry";
        break;
    }
    if (o.poll.every > SimDuration{0})
    {
        text += ", looking every " + format(o.poll.every);
    }
    return text;
}

std::string
retry_text(const RegistrationOptions& o)
{
    const RetryLaw& law = o.retry;
    if (law.stop_after == 1)
    {
        return "none";
    }
    std::string text = law.first ? "first after " + format(*law.first) + ", then " : "";
    const std::string base = format(law.base);
    const std::string cap = format(law.cap);
    const std::string up_to = law.cap >= registration::kLongestWait ? "" : " up to " + cap;
    switch (law.kind)
    {
    case RetryLaw::Kind::kConstant:
        text += base;
        break;
    case RetryLaw::Kind::kLinear:
        text += base + " times the failures" + up_to;
        break;
    case RetryLaw::Kind::kRfc5626:
        text += "RFC 5626 from " + base + up_to;
        break;
    case RetryLaw::Kind::kDoubling:
        text += base + " doubling" + up_to;
        break;
    case RetryLaw::Kind::kUniform:
        text += "between " + base + " and " + cap;
        break;
    }
    if (law.first && law.earlier + law.later > SimDuration{0})
    {
        text += ", each";
    }
    if (law.earlier > SimDuration{0})
    {
        text += " +/- " + format(law.earlier);
    }
    else if (law.later > SimDuration{0})
    {
        text += " and up to " + format(law.later) + " more";
    }
    if (!o.retry_flat_on.empty())
    {
        text += "; " + base + " after " + field::text_of(o.retry_flat_on);
    }
    if (o.retry_after_403)
    {
        text += "; " + format(*o.retry_after_403) + " after 403";
    }
    if (!o.retry_on.empty() && o.retry_other)
    {
        text +=
            "; " + format(*o.retry_other) + " after responses but " + field::text_of(o.retry_on);
    }
    return text + (o.honour_retry_after ? "" : "; Retry-After is not read");
}

std::string
give_up_text(const RegistrationOptions& o)
{
    std::string text;
    if (o.retry.stop_after > 0)
    {
        text = "at failure " + std::to_string(o.retry.stop_after);
    }
    if (!o.retry_on.empty() && !o.retry_other)
    {
        text += (text.empty() ? "" : "; ") + ("at responses but " + field::text_of(o.retry_on));
    }
    if (!o.stop_on.empty())
    {
        text += (text.empty() ? "" : "; ") + ("at " + field::text_of(o.stop_on));
    }
    if (!text.empty() && o.retry_after_overrules_stop && o.honour_retry_after)
    {
        text += ", but for a Retry-After";
    }
    return text.empty() ? "never" : text;
}

std::string
timeout_text(const RegistrationOptions& o)
{
    const sip::TransactionOptions& t = o.transaction;
    if (!t.retransmission.intervals.empty())
    {
        return "a list of intervals";
    }
    std::string text = "T1 " + format(t.t1) + ", T2 " + format(t.t2) + ", ";
    const SimDuration f =
        t.retransmission.give_up > SimDuration{0} ? t.retransmission.give_up : 64 * t.t1;
    return text + (t.retransmission.max_sends > 0
                       ? std::to_string(t.retransmission.max_sends) + " sends"
                       : "failed after " + format(f));
}

std::string
keepalive_text(const nat::TraversalOptions& o)
{
    if (o.probe == nat::Probe::kOptions)
    {
        return "OPTIONS every " + format(o.probe_interval);
    }
    return o.keepalives().enabled() ? "every " + format(o.keepalives().interval) : "none";
}

// The canonical text of one of our parameters.
std::string
read(const char* name, const DeviceOptions& options)
{
    return find_device_parameter(name)->read(options);
}

std::string
targets_text(const DeviceOptions& options)
{
    const dns::FailoverOptions& failover = options.failover;
    std::string text = read("dns.mode", options) + ", " + read("dns.selection", options) +
                       ", saved one " + read("dns.failover.preference", options) + ", " +
                       read("dns.failover.tries", options) +
                       (failover.tries == 1 ? " try" : " tries");
    if (failover.try_sends > 0)
    {
        text += " of " + std::to_string(failover.try_sends) + " sends";
    }
    const bool first_alone = failover.targets_per_round == 1 && !failover.round_robin;
    return text + (first_alone ? ", of the first alone" : "");
}

// What the model does against the product's own default: "Use Random Port No (Yes)".
std::string
departures(const Profile& profile)
{
    std::string text;
    for (const VendorParameter& p : profile.parameters)
    {
        if (p.simulated != Simulated::kNot || !p.only || !p.default_value ||
            std::get<Meant>(understand(p, *p.only, profile.product)) ==
                std::get<Meant>(understand(p, *p.default_value, profile.product)))
        {
            continue;
        }
        text += (text.empty() ? "" : ", ") + p.name + " " + written(*p.only) + " (by default " +
                written(*p.default_value) + ")";
    }
    return text;
}

} // namespace

std::vector<Law>
overview(const Profile& profile)
{
    DeviceOptions options;
    apply_known(profile, options);
    const RegistrationOptions& o = options.registration;
    std::string unregister = read("registration.unregister", options);
    if (o.unregister != registration::Unregister::kNone)
    {
        unregister += ", at " + read("registration.unregister_when", options);
    }
    std::string unknown;
    bool lead_known = true;
    for (const std::string& key : must_be_set(profile))
    {
        const VendorParameter* p =
            key.starts_with("vendor.") ? profile.find(key.substr(8, key.size() - 9)) : nullptr;
        lead_known =
            lead_known && (p == nullptr ? key : p->number_sets) != "registration.refresh.lead";
        unknown += (unknown.empty() ? "" : ", ") + key;
    }
    std::vector<Law> laws{{"refresh", refresh_text(o, lead_known)},
                          {"retry", retry_text(o)},
                          {"gives up", give_up_text(o)},
                          {"no answer", timeout_text(o)},
                          {"first",
                           o.initial_delay_max > SimDuration{0}
                               ? "within " + format(o.initial_delay_max)
                               : "at once"},
                          {"keepalive", keepalive_text(options.nat)},
                          {"unregister", unregister},
                          {"targets", targets_text(options)}};
    if (const std::string other = departures(profile); !other.empty())
    {
        laws.emplace_back("not its own", other);
    }
    if (!unknown.empty())
    {
        laws.emplace_back("must be set", unknown);
    }
    return laws;
}

} // namespace sipsim::profile
