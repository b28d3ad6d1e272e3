#include "analysis/nat_curves.h"

#include "analysis/models.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

namespace sipsim::analysis
{
namespace
{

constexpr int kSteps = 96; // of a curve, equal factors

struct Nat
{
    double timeout_s;
    double keepalive_s;
    bool keeps_port;
    double refresh_s;
    std::optional<double> devices;
};

// What all finished runs of the point say.
std::optional<double>
setting(const PointSummary& point, const std::string& name)
{
    const auto* metric = Summary::find(point, name);
    return metric != nullptr && metric->undefined == 0 ? metric->estimate.max : std::nullopt;
}

std::optional<Nat>
nat_of(const PointSummary& point)
{
    const auto timeout = setting(point, "nat_timeout");
    const auto keepalive = setting(point, "nat_keepalive");
    const auto keeps = setting(point, "nat_keeps_port");
    const auto refresh = setting(point, "nat_refresh");
    if (!timeout || !keepalive || !keeps || !refresh || *timeout <= 0.0 || *keepalive <= 0.0 ||
        *refresh <= 0.0)
    {
        return std::nullopt;
    }
    return Nat{.timeout_s = *timeout,
               .keepalive_s = *keepalive,
               .keeps_port = *keeps > 0.0,
               .refresh_s = *refresh,
               .devices = setting(point, "nat_devices")};
}

// From the shortest to the longest interval, and the step at the timeout.
Eigen::VectorXd
grid(double low, double high, double step_at)
{
    std::vector<double> out;
    for (int i = 0; i <= kSteps; ++i)
    {
        out.push_back(low * std::pow(high / low, static_cast<double>(i) / kSteps));
    }
    if (low < step_at && step_at < high)
    {
        out.push_back(std::nextafter(step_at, 0.0));
        out.push_back(step_at);
    }
    std::ranges::sort(out);
    return Eigen::Map<Eigen::VectorXd>(out.data(), static_cast<Eigen::Index>(out.size()));
}

void
draw_laws(NatCurve& curve, const std::vector<PointSummary>& points)
{
    const auto ends = {keepalive_of(points[curve.points.front()]),
                       keepalive_of(points[curve.points.back()])};
    curve.keepalive_s = grid(std::min(ends), std::max(ends), curve.timeout_s);
    curve.reachability = curve.keepalive_s.unaryExpr([&](double k) {
        return reachability_behind_nat(curve.timeout_s, k, curve.keeps_port, curve.refresh_s);
    });
    const auto devices = nat_of(points[curve.points.front()])->devices;
    const bool same = std::ranges::all_of(curve.points, [&](std::size_t index) {
        return nat_of(points[index])->devices == devices;
    });
    if (devices && same)
    {
        curve.keepalive_rate = curve.keepalive_s.unaryExpr(
            [&](double k) { return analysis::keepalive_rate(*devices, k); });
    }
}

} // namespace

void
add_nat_laws(PointSummary& point)
{
    const auto nat = nat_of(point);
    if (!nat || Summary::find(point, kReachability) == nullptr)
    {
        return;
    }
    point.metric_laws[kReachability] =
        reachability_behind_nat(nat->timeout_s, nat->keepalive_s, nat->keeps_port, nat->refresh_s);
    if (nat->devices && Summary::find(point, kKeepaliveRate) != nullptr)
    {
        point.metric_laws[kKeepaliveRate] = keepalive_rate(*nat->devices, nat->keepalive_s);
    }
}

double
keepalive_of(const PointSummary& point)
{
    return *setting(point, "nat_keepalive");
}

std::vector<NatCurve>
nat_curves_of(const std::vector<PointSummary>& points)
{
    std::vector<NatCurve> curves;
    for (std::size_t index = 0; index < points.size(); ++index)
    {
        if (!points[index].metric_laws.contains(kReachability))
        {
            continue;
        }
        const Nat nat = *nat_of(points[index]);
        auto at = std::ranges::find_if(curves, [&](const NatCurve& curve) {
            return curve.timeout_s == nat.timeout_s && curve.keeps_port == nat.keeps_port &&
                   curve.refresh_s == nat.refresh_s;
        });
        if (at == curves.end())
        {
            at = curves.insert(curves.end(),
                               {.timeout_s = nat.timeout_s,
                                .keeps_port = nat.keeps_port,
                                .refresh_s = nat.refresh_s});
        }
        at->points.push_back(index);
    }
    std::ranges::sort(curves, {}, [](const NatCurve& curve) {
        return std::tuple(!curve.keeps_port, curve.timeout_s, curve.refresh_s);
    });
    for (auto& curve : curves)
    {
        std::ranges::stable_sort(curve.points, {}, [&](std::size_t index) {
            return keepalive_of(points[index]);
        });
        draw_laws(curve, points);
    }
    return curves;
}

} // namespace sipsim::analysis
