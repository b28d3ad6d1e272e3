#include "scenarios/runner/config_idle.h"

#include <algorithm>
#include <string>

namespace sipsim::runner
{

void
Idle::warn(bool without, std::initializer_list<std::string_view> keys, std::string_view why) const
{
    for (const std::string_view key : keys)
    {
        if (without && section_.find(key) != nullptr)
        {
            say(key, "has no effect " + std::string{why});
        }
    }
    if (!without || vendor_ == nullptr)
    {
        return;
    }
    for (const VendorSetting& setting : *vendor_)
    {
        const auto idle = [&](const std::string& written) {
            return std::ranges::find(keys, written) != keys.end();
        };
        if (std::ranges::all_of(setting.writes, idle))
        {
            idle_.add(section_.place_of(setting.key),
                      setting.shown + ": has no effect " + std::string{why});
        }
    }
}

void
Idle::say(std::string_view key, std::string_view clause) const
{
    idle_.add(section_.place_of(key), std::string{key} + ": " + std::string{clause});
}

namespace
{

// RFC 3261 §20.33: a positive number.
constexpr std::string_view kSaysNothing = "at 0s: no Retry-After is sent";

void
warn_of_idle_station(const registrar::StationOptions& station, Idle idle)
{
    using Control = registrar::OverloadOptions::Control;
    using WhenFull = registrar::StationOptions::WhenFull;
    const bool limits = station.rate_limit.has_value();
    const bool fills = limits || (station.workers > 0 && station.queue);
    const bool loads =
        station.load_time > SimDuration{0} || station.load_per_binding > SimDuration{0};
    const bool refuses = (fills && station.when_full == WhenFull::kRefuse) ||
                         (loads && station.while_loading == WhenFull::kRefuse);
    idle.warn(station.workers == 0,
              {"station.law", "station.unauthenticated", "station.authenticated", "station.queue"},
              "without station.workers");
    idle.warn(!limits, {"station.burst"}, "without station.rate_limit");
    idle.warn(!fills, {"station.when_full"}, "without station.queue or station.rate_limit");
    idle.warn(!refuses,
              {"station.retry_after", "station.retry_after_law", "station.retry_after_max"},
              "without a refusal that carries it");
    idle.warn(refuses && station.retry_after_law == registrar::StationOptions::RetryAfter::kFixed &&
                  station.retry_after == 0U,
              {"station.retry_after"},
              kSaysNothing);
    const bool controls = station.overload.control != Control::kNone;
    const bool takes_time =
        station.unauthenticated > SimDuration{0} || station.authenticated > SimDuration{0};
    idle.warn(!controls,
              {"station.overload_target", "station.overload_window", "station.overload_validity"},
              "without station.overload_control");
    idle.warn(controls && !takes_time,
              {"station.overload_control"},
              "without station.unauthenticated or station.authenticated");
    idle.warn(!loads, {"station.while_loading"}, "without station.load_time");
}

void
warn_of_idle_suspension(const registrar::AdmissionOptions& admission, Idle idle)
{
    const bool own = admission.session_retries != 0 || admission.terminal_retries != 0 ||
                     admission.timeout_suspends;
    const bool suspends =
        (own && admission.suspend > SimDuration{0}) || admission.register_retries != 0;
    idle.warn(!own,
              {"admission.suspend"},
              "without admission.session_retries, admission.terminal_retries or "
              "admission.timeout_suspends");
    idle.warn(admission.register_retries == 0,
              {"admission.register_counts", "admission.register_suspend"},
              "without admission.register_retries");
    idle.warn(admission.terminal_retries == 0,
              {"admission.terminal_counts"},
              "without admission.terminal_retries");
    idle.warn(!suspends,
              {"admission.terminal", "admission.when_suspended"},
              "without a limit that suspends");
}

// Limits on who proves himself; those per source address count every request.
void
warn_of_idle_admission(const registrar::AdmissionOptions& admission, bool proofs, Idle idle)
{
    idle.warn(
        admission.source_density == 0,
        {"admission.source_sampling", "admission.source_remove_latency", "admission.source_ban"},
        "without admission.source_density");
    if (!proofs)
    {
        return; // all others are reported for that
    }
    idle.warn(admission.session_retries == 0,
              {"admission.session_counts", "admission.refused_at"},
              "without admission.session_retries");
    idle.warn(admission.session_timeout == SimDuration{0},
              {"admission.timer_from", "admission.timeout_suspends"},
              "without admission.session_timeout");
    idle.warn(admission.reply_unauthorized,
              {"admission.silent"},
              "but with admission.reply_unauthorized = false");
    warn_of_idle_suspension(admission, idle);
}

// Where no REGISTER must prove itself, no password is wrong either.
void
warn_of_idle_proofs(bool proofs, Idle idle)
{
    idle.warn(!proofs,
              {"challenge_status",
               "nonce_lifetime",
               "algorithms",
               "qop",
               "wrong_credentials_status",
               "admission.preset",
               "admission.session_retries",
               "admission.session_counts",
               "admission.refused_at",
               "admission.session_timeout",
               "admission.timer_from",
               "admission.timeout_suspends",
               "admission.terminal_retries",
               "admission.terminal_counts",
               "admission.suspend",
               "admission.register_retries",
               "admission.register_counts",
               "admission.register_suspend",
               "admission.terminal",
               "admission.when_suspended",
               "admission.reply_unauthorized",
               "admission.silent"},
              "with challenge = \"never\"");
}

void
warn_of_idle_bindings(const registrar::RegistrarOptions& options, Idle idle)
{
    idle.warn(options.expiry_spread == 0.0, {"expiry_spread_per_user"}, "without expiry_spread");
    if (options.on_second_contact == registrar::OnSecondContact::kAppend &&
        options.max_contacts == 1)
    {
        idle.say("second_contact", "\"append\" acts as \"reject\" with max_contacts = 1");
    }
}

// VOS3000's authentication guide: at least 3 s of SS_SIP_AUTHENTICATION_TIMEOUT for each retry. Its own
// default (6 retries, 10 s) and its table of deployments do not keep to it.
void
warn_of_short_session(const Values& values, const registrar::AdmissionOptions& admission, Idle idle)
{
    const bool timeout = values.given("admission.session_timeout");
    if (!timeout && !values.given("admission.session_retries"))
    {
        return; // both are VOS3000's own
    }
    constexpr SimDuration kPerRetry = std::chrono::seconds{3};
    if (admission.session_timeout > SimDuration{0} &&
        admission.session_timeout < admission.session_retries * kPerRetry)
    {
        // Where it is so at every point: a sweep over both means to go there.
        const std::string advice = ": VOS3000's guide advises 3s for each";
        if (timeout)
        {
            idle.say("admission.session_timeout",
                     "is short for admission.session_retries" + advice);
        }
        else
        {
            idle.say("admission.session_retries",
                     "are many for the session_timeout of admission.preset (" +
                         format(admission.session_timeout) + ')' + advice);
        }
    }
}

void
warn_of_idle_pings(const registrar::PingOptions& ping, Idle idle)
{
    using Kind = registrar::PingOptions::Kind;
    idle.warn(ping.kind == Kind::kNone, {"ping.interval"}, "without ping.kind");
    idle.warn(ping.kind != Kind::kBlank, {"ping.octets"}, "but with ping.kind = \"blank\"");
}

// Of a proxy, whatever its registrar says.
void
warn_of_idle_offer(const proxy::OverloadClientOptions& overload, Idle idle)
{
    const bool offers = overload.algorithms != 0;
    idle.warn(!offers,
              {"overload.burst", "overload.retry_after", "overload.retry_after_max"},
              "without overload.algorithms");
    idle.warn(offers && (overload.algorithms & sip::OverloadControl::kRate) == 0,
              {"overload.burst"},
              "but with overload.algorithms = \"loss-and-rate\"");
    idle.warn(offers && overload.retry_after == 0U && !overload.retry_after_max,
              {"overload.retry_after"},
              kSaysNothing);
}

// Requests of the proxy come to the registrar: it is its own, or takes over the address of that.
bool
meet(const world::World& world, const world::ProxySpec& proxy, std::uint32_t number)
{
    return proxy.registrar == number ||
           std::ranges::any_of(world.faults, [&](const world::FaultSpec& fault) {
               return fault.kind == world::FaultKind::kVipSwitch &&
                      fault.server == proxy.registrar && fault.standby == number;
           });
}

void
warn_of_unanswered_offer(const world::World& world, const world::ProxySpec& proxy, Idle idle)
{
    using Control = registrar::OverloadOptions::Control;
    bool controlled = false;
    bool by_rate = false;
    for (std::uint32_t i = 0; i < world.registrars.size(); ++i)
    {
        const Control control = world.registrars[i].options.station.overload.control;
        controlled |= control != Control::kNone && meet(world, proxy, i);
        by_rate |= control == Control::kRate && meet(world, proxy, i);
    }
    const std::string at = " at registrar " + world.registrars[proxy.registrar].name;
    const std::uint8_t offered = proxy.options.overload.algorithms;
    idle.warn(offered != 0 && !controlled,
              {"overload.algorithms", "overload.retry_after", "overload.retry_after_max"},
              "without station.overload_control" + at);
    idle.warn((offered & sip::OverloadControl::kRate) != 0 && !by_rate,
              {"overload.burst"},
              "without station.overload_control = \"rate\"" + at);
}

// Without any proxy a registrar refuses devices, as they take no part.
void
warn_of_unheard_rate(const world::World& world, std::uint32_t number, Idle idle)
{
    using Control = registrar::OverloadOptions::Control;
    bool loss = false;
    bool rate = false;
    for (const world::ProxySpec& proxy : world.proxies)
    {
        const std::uint8_t offered =
            meet(world, proxy, number) ? proxy.options.overload.algorithms : std::uint8_t{0};
        loss |= (offered & sip::OverloadControl::kLoss) != 0;
        rate |= (offered & sip::OverloadControl::kRate) != 0;
    }
    if (world.registrars[number].options.station.overload.control == Control::kRate && loss &&
        !rate)
    {
        idle.say("station.overload_control",
                 "\"rate\" acts as \"loss\" on proxies, none of which has overload.algorithms = "
                 "\"loss-and-rate\"");
    }
}

} // namespace

void
warn_of_registrar(const Values& values,
                  const registrar::RegistrarOptions& options,
                  Findings& findings)
{
    const Idle idle{values.section(), findings.idle};
    const bool proofs = options.challenge != registrar::ChallengeWhen::kNever;
    warn_of_idle_bindings(options, idle);
    warn_of_idle_proofs(proofs, idle);
    warn_of_idle_station(options.station, idle);
    warn_of_idle_admission(options.admission, proofs, idle);
    warn_of_idle_pings(options.ping, idle);
    idle.warn(options.refuse_status != 0 && options.retry_after == 0U,
              {"retry_after"},
              kSaysNothing);
    if (proofs)
    {
        warn_of_short_session(values, options.admission, idle);
    }
}

void
warn_of_proxy(const Values& values, const proxy::ProxyOptions& options, Findings& findings)
{
    const Idle idle{values.section(), findings.idle};
    warn_of_idle_pings(options.ping, idle);
    warn_of_idle_offer(options.overload, idle);
    idle.warn(!options.offload,
              {"device_expires", "registrar_expires", "forward_below"},
              "without offload");
}

void
warn_of_idle_registration(const Values& values, const Device& device, Findings& findings)
{
    using Kind = registration::RefreshLaw::Kind;
    const registration::RegistrationOptions& options = device.options.registration;
    const Idle idle{values.section(), findings.idle, device.vendor};
    const registration::RefreshLaw& law = options.refresh;
    idle.warn(law.kind != Kind::kLead,
              {"registration.refresh.lead", "registration.refresh.lead_above"},
              "but with registration.refresh.law = \"lead\"");
    idle.warn(law.kind != Kind::kFraction && law.kind != Kind::kUniform,
              {"registration.refresh.low"},
              "but with registration.refresh.law = \"fraction\" or \"uniform\"");
    idle.warn(law.kind != Kind::kUniform,
              {"registration.refresh.high"},
              "but with registration.refresh.law = \"uniform\"");
    idle.warn(law.jitter == 0.0,
              {"registration.refresh.jitter_per_device"},
              "without registration.refresh.jitter");
    idle.warn(options.unregister == registration::Unregister::kNone,
              {"registration.unregister_when"},
              "without registration.unregister");
    idle.warn(options.unregister == registration::Unregister::kNone ||
                  options.unregister_when != registration::UnregisterWhen::kShutdown,
              {"registration.shutdown_grace"},
              "without registration.unregister at a shutdown");
    idle.warn(options.retry.kind == registration::RetryLaw::Kind::kConstant,
              {"registration.retry.cap"},
              "with registration.retry.law = \"constant\"");
}

void
warn_of_idle_locating(const Values& values,
                      const std::vector<VendorSetting>& vendor,
                      const world::LocatingSpec& spec,
                      const registration::RegistrationOptions& options,
                      Findings& findings)
{
    const Idle idle{values.section(), findings.idle, vendor};
    const dns::FailoverOptions& failover = spec.failover;
    const bool cancels = options.unregister != registration::Unregister::kNone &&
                         options.unregister_when == registration::UnregisterWhen::kShutdown;
    const bool remembers = failover.preference != dns::Preference::kNone || failover.round_robin ||
                           failover.calls_follow || cancels;
    idle.warn(failover.preference != dns::Preference::kForDuration,
              {"dns.failover.failback_after"},
              "but with dns.failover.preference = \"for-duration\"");
    idle.warn(!remembers,
              {"dns.failover.then_from_top"},
              "with dns.failover.preference = \"none\": each request begins at the top");
    idle.warn(failover.try_timeout > SimDuration{0},
              {"dns.failover.try_sends"},
              "beside dns.failover.try_timeout");
    if (!spec.configured.empty())
    {
        const std::size_t tried = failover.targets_per_round;
        if (tried != 0 && tried < spec.configured.size() && !failover.round_robin &&
            failover.blocked_for == SimDuration{})
        {
            idle.say("configured",
                     "only the first " + (tried == 1 ? "is" : std::to_string(tried) + " are") +
                         " tried (dns.failover.targets_per_round = " + std::to_string(tried) + ")");
        }
        idle.warn(true,
                  {"dns.mode", "dns.selection", "dns.ttl"},
                  "with configured: nothing is asked");
        if (failover.preference == dns::Preference::kUntilTtl)
        {
            constexpr std::string_view kForEver = "with configured: that list never runs out";
            idle.warn(true, {"dns.failover.failback_at_once"}, kForEver);
            if (values.section().find("dns.failover.preference") != nullptr)
            {
                idle.say("dns.failover.preference",
                         "\"until-ttl\" acts as \"until-no-response\" " + std::string{kForEver});
            }
        }
        return;
    }
    // RFC 3263 §4.2: where the port is written no SRV is asked for.
    idle.warn(spec.port != 0,
              {"dns.mode", "dns.selection", "dns.ttl"},
              "with locate_port: no SRV is asked for");
    idle.warn(spec.port == 0 && spec.location.mode == dns::DnsMode::kA,
              {"dns.selection", "dns.ttl"},
              "with dns.mode = \"a\": no SRV is asked for");
}

void
warn_of_idle_control(const Document& document, const world::World& world, Problems& idle)
{
    if (document.find("live") != nullptr)
    {
        return; // one of the two may be real
    }
    std::uint32_t registrar = 0;
    std::uint32_t proxy = 0;
    for (const Section& section : document.sections)
    {
        if (section.kind == "registrar")
        {
            warn_of_unheard_rate(world, registrar++, {section, idle});
        }
        else if (section.kind == "proxy")
        {
            warn_of_unanswered_offer(world, world.proxies[proxy++], {section, idle});
        }
    }
}

} // namespace sipsim::runner
