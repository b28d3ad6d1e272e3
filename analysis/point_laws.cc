#include "analysis/point_laws.h"

#include "analysis/models.h"

#include <algorithm>
#include <cmath>

namespace sipsim::analysis
{
namespace
{

// A closed form begins with all refreshes together: the order parameter right after the fault is 1.
constexpr double kTogether = 0.98;

// It leaves out what answers take. That spreads the first registrations, whose order parameter is `first`, by
// some angle, and each refresh by no more; the k-th refresh by at most k + 1 times the angle. Of small angles
// of variance v the order parameter is exp(-v/2): first to the power of (k + 1)^2. How many of `size` refreshes
// that leaves where they are.
Eigen::Index
law_holds_for(double first, Eigen::Index size)
{
    if (first >= 1.0)
    {
        return size;
    }
    const double most = std::sqrt(std::log(kTogether) / std::log(first)); // of k + 1
    return static_cast<Eigen::Index>(std::min(std::floor(most), static_cast<double>(size)));
}

void
add_echo_law(PointSummary& point)
{
    const auto order = point.series.find("order_parameter");
    const auto* spread = Summary::find(point, "refresh_spread");
    const auto* kept = Summary::find(point, "refresh_spread_kept");
    if (order == point.series.end() || spread == nullptr || kept == nullptr)
    {
        return;
    }
    const Eigen::VectorXd& mean = order->second.all.band.mean;
    Eigen::VectorXd law(law_holds_for(mean[0], mean.size()));
    if (law.size() < 2)
    {
        return;
    }
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
