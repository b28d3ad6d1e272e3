#pragma once

// Models : the echo of a fault: how far the accounts' refreshes still fall together, k refreshes after
//          it. With t the time from its end to an account's k-th refresh and T that account's mean delay
//          between refreshes, the order parameter is |mean over accounts of exp(2 pi i t/T)|: 1 if all
//          refresh at the same instant of their period, 0 if evenly over it (Kuramoto's).
// Drives : the collector adds every completed registration.
// Keeps  : O(1) per registration, one octet per account; nothing before the fault's end is looked at.
// Leaves : the closed form (analysis/models.h).

#include "model/world/layout.h"

#include <array>
#include <complex>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace sipsim::world
{

class RefreshPhases
{
  public:
    /// Refreshes after the `kMost`-th are not looked at.
    static constexpr std::size_t kMost = 250;
    /// Below this the refreshes count as spread.
    static constexpr double kSpread = 0.1;

    /// Counts from the first registration that completes at or after `mark`; kNever: none. `fleets`: only
    /// their accounts; empty: all.
    RefreshPhases(const World& world,
                  const Layout& layout,
                  SimTime mark,
                  const std::set<std::uint32_t>& fleets);

    void add(SimTime at, AccountIndex account);

    /// By refresh; 0 is the first registration. It ends where less than 99 % of the accounts that made
    /// that one have come: those with short periods are no sample of all.
    [[nodiscard]] std::vector<double> order() const;

  private:
    const Layout& layout_;
    SimTime mark_;
    AccountIndex first_ = 0;
    std::vector<std::uint8_t> refreshes_;   // by account from first_ on: how many since the mark
    std::vector<SimDuration> mean_refresh_; // by fleet; 0: not looked at
    std::array<std::complex<double>, kMost> sums_{};
    std::array<std::uint32_t, kMost> counts_{};
};

/// The first refresh, 1 or later, at which `order` is below RefreshPhases::kSpread.
[[nodiscard]] std::optional<double> echo_length(std::span<const double> order);

/// What spreads a fleet's refreshes, by its settings: a delay uniform over an interval.
struct RefreshSpread
{
    double width = 0;  // of the interval, over the delay's mean
    bool kept = false; // drawn once per account, not anew each time
};

/// nullopt: user agent and registrar both spread, and the delay is not uniform.
[[nodiscard]] std::optional<RefreshSpread> refresh_spread(
    const registration::RegistrationOptions& options,
    const registrar::RegistrarOptions& registrar);

} // namespace sipsim::world
