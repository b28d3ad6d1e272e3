#include "model/network/geo.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

namespace sipsim::network
{

namespace
{

constexpr double kRadians = std::numbers::pi / 180.0;

/// A longitude of any number of turns, brought into [-180, 180].
double
wrapped(double longitude)
{
    return std::remainder(longitude, 360.0);
}

} // namespace

double
great_circle_km(const Coordinates& from, const Coordinates& to)
{
    const double half_dlat = 0.5 * (to.latitude - from.latitude) * kRadians;
    const double half_dlon = 0.5 * (to.longitude - from.longitude) * kRadians;
    const double h = std::pow(std::sin(half_dlat), 2) + std::cos(from.latitude * kRadians) *
                                                            std::cos(to.latitude * kRadians) *
                                                            std::pow(std::sin(half_dlon), 2);
    return 2.0 * kEarthRadiusKm * std::asin(std::sqrt(std::clamp(h, 0.0, 1.0)));
}

SimDuration
propagation_over(double km, double route_factor)
{
    constexpr double kNsPerMs = 1e6;
    return SimDuration{std::llround(km * route_factor / kFibreKmPerMs * kNsPerMs)};
}

Coordinates
destination(const Coordinates& origin, double bearing_degrees, double km)
{
    const double angle = km / kEarthRadiusKm;
    const double bearing = bearing_degrees * kRadians;
    const double lat = origin.latitude * kRadians;
    const double sin_lat = std::clamp(std::sin(lat) * std::cos(angle) +
                                          std::cos(lat) * std::sin(angle) * std::cos(bearing),
                                      -1.0,
                                      1.0);
    const double dlon = std::atan2(std::sin(bearing) * std::sin(angle) * std::cos(lat),
                                   std::cos(angle) - std::sin(lat) * sin_lat);
    return {std::asin(sin_lat) / kRadians, wrapped(origin.longitude + dlon / kRadians)};
}

Coordinates
centre_of(std::span<const Coordinates> places)
{
    assert(!places.empty());
    double x = 0.0;
    double y = 0.0;
    double z = 0.0;
    for (const Coordinates& place : places)
    {
        const double lat = place.latitude * kRadians;
        const double lon = place.longitude * kRadians;
        x += std::cos(lat) * std::cos(lon);
        y += std::cos(lat) * std::sin(lon);
        z += std::sin(lat);
    }
    constexpr double kCancelled = 1e-9;
    if (std::hypot(x, y, z) < kCancelled)
    {
        return places.front();
    }
    return {std::atan2(z, std::hypot(x, y)) / kRadians, std::atan2(y, x) / kRadians};
}

Coordinates
on_grid(const Coordinates& place)
{
    constexpr double kPerDegree = 1e5;
    return {std::round(place.latitude * kPerDegree) / kPerDegree,
            std::round(place.longitude * kPerDegree) / kPerDegree};
}

} // namespace sipsim::network
