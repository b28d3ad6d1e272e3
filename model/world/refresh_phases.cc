#include "model/world/refresh_phases.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sipsim::world
{

RefreshPhases::RefreshPhases(const World& world,
                             const Layout& layout,
                             SimTime mark,
                             const std::set<std::uint32_t>& fleets)
    : layout_(layout),
      mark_(mark)
{
    if (mark == kNever)
    {
        return;
    }
    AccountIndex end = layout.accounts();
    if (!fleets.empty())
    {
        const FleetSpec& last = world.fleets[*fleets.rbegin()];
        first_ = layout.first_account(*fleets.begin());
        end = layout.first_account(*fleets.rbegin()) + last.count * last.accounts;
    }
    refreshes_.assign(end - first_, 0);
    mean_refresh_.assign(world.fleets.size(), SimDuration{0});
    for (std::uint32_t i = 0; i < world.fleets.size(); ++i)
    {
        if (fleets.empty() || fleets.contains(i))
        {
            const SimDuration mean =
                mean_refresh(world.fleets[i].registration, granted_expiry(world, layout, i));
            mean_refresh_[i] = std::max(mean, SimDuration{1});
        }
    }
}

void
RefreshPhases::add(SimTime at, AccountIndex account)
{
    // Accounts before first_ wrap to numbers beyond the last.
    const AccountIndex place = account - first_;
    if (at < mark_ || place >= refreshes_.size() || refreshes_[place] == kMost)
    {
        return;
    }
    const SimDuration period = mean_refresh_[layout_.fleet_of_account(account)];
    if (period == SimDuration{0})
    {
        return;
    }
    const std::uint8_t k = refreshes_[place]++;
    const double phase =
        static_cast<double>(((at - mark_) % period).count()) / static_cast<double>(period.count());
    sums_[k] += std::polar(1.0, 2 * std::numbers::pi * phase);
    ++counts_[k];
}

std::vector<double>
RefreshPhases::order() const
{
    std::vector<double> order;
    for (std::size_t k = 0; k < kMost && counts_[k] > 0 && counts_[k] >= 0.99 * counts_[0]; ++k)
    {
        order.push_back(std::min(1.0, std::abs(sums_[k]) / counts_[k]));
    }
    return order;
}

std::optional<double>
echo_length(std::span<const double> order)
{
    for (std::size_t k = 1; k < order.size(); ++k)
    {
        if (order[k] < RefreshPhases::kSpread)
        {
            return static_cast<double>(k);
        }
    }
    return std::nullopt;
}

std::optional<RefreshSpread>
refresh_spread(const registration::RegistrationOptions& options,
               const registrar::RegistrarOptions& registrar)
{
    using Kind = registration::RefreshLaw::Kind;
    const auto& law = options.refresh;
    registrar::RegistrarOptions unspread = registrar;
    unspread.expiry_spread = 0;
    const std::uint32_t most = granted_expiry(options, unspread);
    const std::uint32_t least = registrar::shortest_grant(registrar, most);
    if (law.kind == Kind::kAroundHalf || options.poll.every > SimDuration{0})
    {
        return std::nullopt; // Not modelled: whole seconds, polls
    }
    const bool law_draws = law.kind == Kind::kUniform && law.low < law.high;
    if (int{law_draws} + int{law.jitter > 0} + int{least < most} > 1)
    {
        return std::nullopt;
    }
    if (law_draws)
    {
        return RefreshSpread{.width = 2 * (law.high - law.low) / (law.high + law.low)};
    }
    if (law.jitter > 0)
    {
        // Uniform on [r(1-j), r] around r(1-j/2).
        return RefreshSpread{.width = law.jitter / (1 - law.jitter / 2),
                             .kept = law.jitter_per_device};
    }
    if (least == most)
    {
        return RefreshSpread{};
    }
    if (law.kind == Kind::kLead &&
        std::max(law.lead, law.lead_above) >= std::chrono::seconds{least})
    {
        return std::nullopt; // the lead leaves nothing of the shortest
    }
    // Whole seconds from least to most, both included: as wide as one second more.
    const double share = law.kind == Kind::kLead ? 1.0 : law.low;
    const double mean = to_seconds(mean_refresh(options, granted_expiry(options, registrar)));
    return RefreshSpread{.width = share * (most - least + 1) / mean,
                         .kept = registrar.expiry_spread_per_user};
}

} // namespace sipsim::world
