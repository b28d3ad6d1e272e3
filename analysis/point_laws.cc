#include "analysis/point_laws.h"

#include "analysis/models.h"

namespace sipsim::analysis
{
namespace
{

// A closed form begins with all refreshes together: the order parameter right after the fault is 1.
constexpr double kTogether = 0.98;

void
add_echo_law(PointSummary& point)
{
    const auto order = point.series.find("order_parameter");
    const auto* spread = Summary::find(point, "refresh_spread");
    const auto* kept = Summary::find(point, "refresh_spread_kept");
    if (order == point.series.end() || spread == nullptr || kept == nullptr ||
        order->second.all.band.mean[0] < kTogether)
    {
        return;
    }
    Eigen::VectorXd law(order->second.all.band.mean.size());
    for (Eigen::Index k = 0; k < law.size(); ++k)
    {
        law[k] =
            echo_order(*spread->estimate.max, *kept->estimate.max > 0.0, static_cast<double>(k));
    }
    point.laws.emplace(order->first, std::move(law));
}

// Life of what a crash leaves behind; where its settings are known (model/world/stale_law.h).
void
add_stale_law(PointSummary& point)
{
    const auto* expiry = Summary::find(point, "binding_expiry");
    const auto* shortest = Summary::find(point, "refresh_shortest");
    const auto* longest = Summary::find(point, "refresh_longest");
    const bool told = expiry != nullptr && shortest != nullptr && longest != nullptr;
    // A run whose devices were not registered has none of them.
    if (told && expiry->by_seed.size() == point.runs_ok)
    {
        point.metric_laws["stale_per_account"] =
            mean_stale_life(*expiry->estimate.max, *shortest->estimate.max, *longest->estimate.max);
    }
}

} // namespace

void
add_point_laws(PointSummary& point)
{
    add_echo_law(point);
    add_stale_law(point);
}

} // namespace sipsim::analysis
