#include "model/network/geo.h"

#include <doctest/doctest.h>

#include <array>
#include <numbers>

using namespace sipsim;
using namespace sipsim::network;
using doctest::Approx;

namespace
{

constexpr double kPi = std::numbers::pi;

} // namespace

TEST_CASE("a quarter of a meridian is a quarter of the circumference")
{
    CHECK(great_circle_km({0, 0}, {90, 0}) == Approx(kPi / 2 * kEarthRadiusKm).epsilon(1e-12));
    CHECK(great_circle_km({-45, 20}, {45, 20}) == Approx(kPi / 2 * kEarthRadiusKm).epsilon(1e-12));
}

TEST_CASE("antipodes are half a circumference apart and a place is at no distance from itself")
{
    CHECK(great_circle_km({30, 40}, {-30, -140}) == Approx(kPi * kEarthRadiusKm).epsilon(1e-9));
    CHECK(great_circle_km({30, 40}, {30, 40}) == 0.0);
}

TEST_CASE("the date line is no obstacle")
{
    // One degree of the equator: pi R / 180.
    CHECK(great_circle_km({0, 179.5}, {0, -179.5}) ==
          Approx(kPi * kEarthRadiusKm / 180).epsilon(1e-9));
    const auto centre = centre_of(std::array{Coordinates{0, 179}, Coordinates{0, -179}});
    CHECK(centre.latitude == Approx(0.0));
    CHECK(std::abs(centre.longitude) == Approx(180.0));
}

TEST_CASE("London to New York is 5570 km and takes 27.85 ms")
{
    // The figure of geographers' tables for the sphere; the ellipsoid gives 5585 km.
    const double km = great_circle_km({51.5074, -0.1278}, {40.7128, -74.0060});
    CHECK(km == Approx(5570).epsilon(2e-4));
    // 5570 km / (200 km/ms) = 27.85 ms; 2e-4 of it is 5.6 us.
    CHECK(to_seconds(propagation_over(km, 1.0)) == Approx(0.02785).epsilon(2e-4));
}

TEST_CASE("propagation is 5 us per km of cable to the nearest nanosecond")
{
    CHECK(propagation_over(1.0, 1.0) == SimDuration{5000});
    CHECK(propagation_over(100.0, 1.5) == SimDuration{750'000});
    CHECK(propagation_over(0.0001, 1.0) == SimDuration{1}); // 0.5 ns
    CHECK(propagation_over(0.0, 2.0) == SimDuration{0});
}

TEST_CASE("a destination lies at its distance")
{
    for (const double bearing : {0.0, 37.0, 90.0, 200.0, 355.0})
    {
        const Coordinates origin{50, 179.9};
        const Coordinates there = destination(origin, bearing, 300);
        CHECK(great_circle_km(origin, there) == Approx(300).epsilon(1e-9));
        CHECK(std::abs(there.longitude) <= 180.0);
    }
    // North along a meridian: 111.195 km are one degree.
    CHECK(destination({10, 20}, 0, kPi * kEarthRadiusKm / 180).latitude ==
          Approx(11).epsilon(1e-9));
}

TEST_CASE("places that cancel out have the first of them for centre")
{
    CHECK(centre_of(std::array{Coordinates{0, 0}, Coordinates{0, 180}}) == Coordinates{0, 0});
}
