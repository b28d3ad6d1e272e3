#include "scenarios/runner/config_idle.h"

#include <initializer_list>
#include <string>

namespace sipsim::runner
{

namespace
{

// Where `without`, those of `keys` that are given have no effect.
class Idle
{
  public:
    Idle(const Values& values, Findings& findings)
        : values_(values),
          findings_(findings)
    {
    }

    void warn(bool without,
              std::initializer_list<std::string_view> keys,
              std::string_view why) const
    {
        for (const std::string_view key : keys)
        {
            if (without && values_.given(key))
            {
                findings_.idle.add(values_.place(key),
                                   std::string{key} + ": has no effect " + std::string{why});
            }
        }
    }

  private:
    const Values& values_;
    Findings& findings_;
};

void
warn_of_idle_station(const registrar::StationOptions& station, Idle idle)
{
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
    idle.warn(station.overload.control == registrar::OverloadOptions::Control::kNone,
              {"station.overload_target", "station.overload_window", "station.overload_validity"},
              "without station.overload_control");
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
warn_of_idle_bindings(const Values& values,
                      const registrar::RegistrarOptions& options,
                      Findings& findings)
{
    Idle{values, findings}.warn(options.expiry_spread == 0.0,
                                {"expiry_spread_per_user"},
                                "without expiry_spread");
    if (options.on_second_contact == registrar::OnSecondContact::kAppend &&
        options.max_contacts == 1)
    {
        findings.idle.add(values.place("second_contact"),
                          "second_contact: \"append\" acts as \"reject\" with max_contacts = 1");
    }
}

// VOS3000's authentication guide: at least 3 s of SS_SIP_AUTHENTICATION_TIMEOUT for each retry. Its own
// default (6 retries, 10 s) and its table of deployments do not keep to it.
void
warn_of_short_session(const Values& values,
                      const registrar::AdmissionOptions& admission,
                      Findings& findings)
{
    constexpr SimDuration kPerRetry = std::chrono::seconds{3};
    if (admission.session_timeout > SimDuration{0} &&
        admission.session_timeout < admission.session_retries * kPerRetry)
    {
        // Where it is so at every point: a sweep over both means to go there.
        findings.idle.add(values.place("admission.session_timeout"),
                          "admission.session_timeout: is short for admission.session_retries: "
                          "VOS3000's guide advises 3s for each");
    }
}

} // namespace

void
warn_of_registrar(const Values& values,
                  const registrar::RegistrarOptions& options,
                  Findings& findings)
{
    const Idle idle{values, findings};
    const bool proofs = options.challenge != registrar::ChallengeWhen::kNever;
    warn_of_idle_bindings(values, options, findings);
    warn_of_idle_proofs(proofs, idle);
    warn_of_idle_station(options.station, idle);
    warn_of_idle_admission(options.admission, proofs, idle);
    if (proofs)
    {
        warn_of_short_session(values, options.admission, findings);
    }
}

void
warn_of_idle_pings(const Values& values, const registrar::PingOptions& ping, Findings& findings)
{
    using Kind = registrar::PingOptions::Kind;
    if (ping.kind == Kind::kNone && values.given("ping.interval"))
    {
        findings.idle.add(values.place("ping.interval"),
                          "ping.interval: has no effect without ping.kind");
    }
    if (ping.kind != Kind::kBlank && values.given("ping.octets"))
    {
        findings.idle.add(values.place("ping.octets"),
                          "ping.octets: has no effect but with ping.kind = \"blank\"");
    }
}

} // namespace sipsim::runner
