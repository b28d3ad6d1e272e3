#include "scenarios/runner/config_admission.h"

#include "scenarios/runner/config_schema.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace sipsim::runner
{

namespace
{

struct Preset
{
    std::string_view key;
    std::int64_t value; // a number, or seconds
};

// SS_SIP_AUTHENTICATION_RETRY, _TIMEOUT, SS_AUTHENTICATION_MAX_RETRY, _FAILED_SUSPEND,
// SS_ENDPOINT_REGISTER_RETRY, _SUSPEND as they are delivered.
constexpr std::array kVos3000{Preset{"admission.session_retries", 6},
                              Preset{"admission.session_timeout", 10},
                              Preset{"admission.terminal_retries", 6},
                              Preset{"admission.suspend", 180},
                              Preset{"admission.register_retries", 6},
                              Preset{"admission.register_suspend", 180}};

bool
is_vos3000(const Section& section)
{
    const Setting* preset = section.find("admission.preset");
    const auto* word = preset == nullptr ? nullptr : std::get_if<std::string>(&preset->value.data);
    return word != nullptr && *word == "vos3000";
}

std::optional<std::int64_t>
preset_of(const Section& section, std::string_view key)
{
    const auto preset = std::ranges::find(kVos3000, key, &Preset::key);
    return preset != kVos3000.end() && is_vos3000(section) && section.find(key) == nullptr
               ? std::optional{preset->value}
               : std::nullopt;
}

} // namespace

registrar::AdmissionOptions
read_admission(const Values& values)
{
    using Admission = registrar::AdmissionOptions;
    const auto count = [&](std::string_view key) {
        return static_cast<std::uint16_t>(
            preset_of(values.section(), key).value_or(values.get<std::int64_t>(key)));
    };
    const auto time = [&](std::string_view key) {
        const auto seconds = preset_of(values.section(), key);
        return seconds ? SimDuration{std::chrono::seconds{*seconds}} : values.get<SimDuration>(key);
    };
    const auto word = [&](std::string_view choices, std::string_view key) {
        return place_in(choices, values.get<std::string>(key));
    };
    Admission o;
    o.session_retries = count("admission.session_retries");
    o.session_counts =
        static_cast<Admission::Counts>(word("wrong|retries", "admission.session_counts"));
    o.refused_at = static_cast<Admission::RefusedAt>(word("next|last", "admission.refused_at"));
    o.session_timeout = time("admission.session_timeout");
    o.timer_from = static_cast<Admission::TimerFrom>(
        word("first-challenge|first-request", "admission.timer_from"));
    o.timeout_suspends = values.get<bool>("admission.timeout_suspends");
    o.terminal_retries = count("admission.terminal_retries");
    o.terminal_counts =
        static_cast<Admission::Counts>(word("wrong|retries", "admission.terminal_counts"));
    o.suspend = time("admission.suspend");
    o.register_retries = count("admission.register_retries");
    o.register_counts =
        static_cast<Admission::Counts>(word("wrong|retries", "admission.register_counts"));
    o.register_suspend = time("admission.register_suspend");
    o.terminal =
        static_cast<Admission::Terminal>(word("account|source|both", "admission.terminal"));
    o.when_suspended =
        static_cast<Admission::WhenSuspended>(word("drop|refuse", "admission.when_suspended"));
    o.reply_unauthorized = values.get<bool>("admission.reply_unauthorized");
    o.silent = static_cast<Admission::Silent>(word("unknown|unproven", "admission.silent"));
    o.source_density =
        static_cast<std::uint32_t>(values.get<std::int64_t>("admission.source_density"));
    o.source_sampling = values.get<SimDuration>("admission.source_sampling");
    o.source_remove_latency = values.get<SimDuration>("admission.source_remove_latency");
    o.source_ban = values.get<SimDuration>("admission.source_ban");
    return o;
}

std::optional<std::string>
preset_value(const Section& section, std::string_view key)
{
    const auto value = preset_of(section, key);
    const KeySpec* spec = find_key(section.kind, key);
    return value && spec != nullptr ? std::optional{std::to_string(*value) +
                                                    (spec->type == KeyType::kDuration ? "s" : "")}
                                    : std::nullopt;
}

void
warn_of_preset(const Values& values,
               const registrar::AdmissionOptions& admission,
               Findings& findings)
{
    using namespace std::chrono_literals;
    const Section& section = values.section();
    const auto warn = [&](std::string_view key, const std::string& clause) {
        if (const Setting* setting = section.find(key))
        {
            findings.warnings.add(setting->value.place, complaint(*setting, clause));
        }
    };
    if (!is_vos3000(section))
    {
        return;
    }
    if (admission.suspend < 60s || admission.suspend > 3600s)
    {
        warn("admission.suspend",
             "is outside of what VOS3000 allows (60s to 3600s, SS_AUTHENTICATION_FAILED_SUSPEND)");
    }
    // Its guide states no limits; "never" in production is as near as it comes.
    constexpr std::uint16_t kMostAdvised = 10;
    if (admission.session_retries > kMostAdvised)
    {
        warn("admission.session_retries",
             "is outside of what VOS3000's guide advises (at most 10, "
             "SS_SIP_AUTHENTICATION_RETRY)");
    }
}

} // namespace sipsim::runner
