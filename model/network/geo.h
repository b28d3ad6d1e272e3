#pragma once

// Models : places on a spherical Earth, and how long light in fibre takes between them.
// Drives : the topology reader and the generators turn coordinates into propagation times.
// Keeps  : distances are symmetric, non-negative, and at most half a great circle (20 015 km).
// Leaves : the ellipsoid (off by at most 0.6 %), cable routes (the route factor stands for them).

#include "model/base/time.h"

#include <span>

namespace sipsim::network
{

/// WGS84 degrees: latitude in [-90, 90], longitude in [-180, 180], north and east positive.
struct Coordinates
{
    double latitude = 0.0;
    double longitude = 0.0;

    friend bool operator==(const Coordinates&, const Coordinates&) = default;
};

/// Mean Earth radius R1 of the IUGG (Moritz, Geodetic Reference System 1980), km.
inline constexpr double kEarthRadiusKm = 6371.0088;

/// Light in fibre, km per ms: c / 1.5, the customary round figure.
inline constexpr double kFibreKmPerMs = 200.0;

/// Great-circle distance by the haversine formula, km.
[[nodiscard]] double great_circle_km(const Coordinates& from, const Coordinates& to);

/// One-way propagation over `km` of great circle whose cable is `route_factor` (>= 1) times as
/// long, to the nearest nanosecond.
[[nodiscard]] SimDuration propagation_over(double km, double route_factor);

/// The place `km` away from `origin` towards `bearing_degrees` (0 = north, clockwise).
[[nodiscard]] Coordinates destination(const Coordinates& origin, double bearing_degrees, double km);

/// The centre of some places: their mean as unit vectors, so that the date line does no harm.
/// `places` is not empty; places that cancel out exactly give the first of them.
[[nodiscard]] Coordinates centre_of(std::span<const Coordinates> places);

/// The same place on a grid of 1e-5 degrees (about 1 m), as generated maps are written.
[[nodiscard]] Coordinates on_grid(const Coordinates& place);

} // namespace sipsim::network
