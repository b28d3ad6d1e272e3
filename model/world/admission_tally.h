#pragma once

// Models : what wrong passwords, limits on them and attackers come to.
// Drives : Collector feeds it facts and puts its metrics among the run's.
// Keeps  : counts, and which AORs attackers have the password of.
// Leaves : definitions (metrics.cc), what honest devices suffer (ShareTracker).

#include "model/world/facts.h"
#include "model/world/layout.h"

#include <array>
#include <cstdint>
#include <unordered_set>
#include <vector>

namespace sipsim::world
{

struct MetricValue;

class AdmissionTally
{
  public:
    /// Both outlive this.
    AdmissionTally(const World& world, const Layout& layout);

    [[nodiscard]] bool any_attack() const
    {
        return any_attack_;
    }

    /// The account is an attacker's.
    [[nodiscard]] bool of_attacker(AccountIndex ua) const
    {
        return any_attack_ && world_.fleets[layout_.fleet_of_account(ua)].attack.has_value();
    }

    void on_limit(SimTime at, registrar::Limit limit);
    void on_wrong_password(SimTime at);
    void on_attackers_transition(SimTime at, AccountIndex ua, const registration::Transition& t);

    /// In a run that ended at `end`.
    void put(std::vector<MetricValue>& out, SimTime end) const;

  private:
    [[nodiscard]] bool counted(SimTime at) const
    {
        return at.time_since_epoch() >= world_.warmup;
    }

    const World& world_;
    const Layout& layout_;
    bool any_limits_ = false;
    bool any_attack_ = false;
    std::array<std::uint64_t, static_cast<std::size_t>(registrar::Limit::kCount)> limits_{};
    std::uint64_t wrong_passwords_ = 0;
    std::uint64_t guesses_ = 0; // that attackers have done with
    double victims_ = 0;        // AORs attacked
    std::unordered_set<std::uint32_t> found_;
};

} // namespace sipsim::world
