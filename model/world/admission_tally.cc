#include "model/world/admission_tally.h"

#include "model/world/collector.h"

#include <algorithm>
#include <string_view>

namespace sipsim::world
{

AdmissionTally::AdmissionTally(const World& world, const Layout& layout)
    : world_(world),
      layout_(layout),
      any_limits_(std::ranges::any_of(world.registrars, [](const RegistrarSpec& r) {
          return r.options.admission.enabled();
      }))
{
    // Attackers of one fleet all begin with its first AORs.
    std::vector<std::uint32_t> attacked(world.fleets.size());
    for (const FleetSpec& fleet : world.fleets)
    {
        if (fleet.attack)
        {
            any_attack_ = true;
            auto& victims = attacked[fleet.attack->targets];
            victims = std::max(victims, fleet.attack->victims);
        }
    }
    for (const std::uint32_t victims : attacked)
    {
        victims_ += victims;
    }
}

void
AdmissionTally::on_limit(SimTime at, registrar::Limit limit)
{
    limits_[static_cast<std::size_t>(limit)] += counted(at) ? 1 : 0;
}

void
AdmissionTally::on_wrong_password(SimTime at)
{
    wrong_passwords_ += counted(at) ? 1 : 0;
}

void
AdmissionTally::on_attackers_transition(SimTime at,
                                        AccountIndex ua,
                                        const registration::Transition& t)
{
    using registration::State;
    const bool right = t.from == State::kRegistering && t.to == State::kRegistered &&
                       found_.insert(layout_.aor_of(ua)).second;
    if (right || t.reason == registration::Reason::kWrongGuess)
    {
        guesses_ += counted(at) ? 1 : 0;
    }
}

void
AdmissionTally::put(std::vector<MetricValue>& out, SimTime end) const
{
    const bool guessed =
        any_limits_ || any_attack_ ||
        std::ranges::any_of(world_.fleets, [](const FleetSpec& f) { return f.wrong_password > 0; });
    const SimTime warm{world_.warmup};
    if (!guessed || end <= warm)
    {
        return;
    }
    constexpr double kHour = 3600;
    const double seconds = to_seconds(end - warm);
    out.push_back({.name = "wrong_passwords_per_hour",
                   .value = static_cast<double>(wrong_passwords_) * kHour / seconds});
    constexpr std::array<std::string_view, static_cast<std::size_t>(registrar::Limit::kCount)>
        kLimits{"",
                "limited_by_source",
                "limited_by_suspension",
                "limited_by_session_retries",
                "limited_by_session_timeout",
                "limited_by_terminal_retries",
                "limited_by_register_retries",
                "limited_by_silence"};
    for (std::size_t i = 1; i < kLimits.size() && any_limits_; ++i)
    {
        out.push_back({.name = kLimits[i], .value = static_cast<double>(limits_[i])});
    }
    if (any_attack_)
    {
        out.push_back({.name = "guesses_per_hour",
                       .value = static_cast<double>(guesses_) * kHour / seconds / victims_});
        out.push_back({.name = "passwords_found", .value = static_cast<double>(found_.size())});
    }
}

} // namespace sipsim::world
