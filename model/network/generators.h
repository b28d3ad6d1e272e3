#pragma once

// Models : two families of maps when no real one is at hand: a tree of access rings, as operators
//          build metro networks, and a scale-free graph, as the Internet's router map looks.
// Drives : the runner calls generate() for `topology = "generate:..."` and for
//          `sipsim topology --generate ...`.
// Keeps  : the map is connected, a pure function of the text, and on a grid of 1e-5 degrees, so that
//          to_graphml() of it is short and reads back as the same map.
// Leaves : terrain, towns, cost: rings are circles, scale-free PoPs fall anywhere in a disc.

#include "model/base/problem.h"
#include "model/network/topology.h"

#include <cstdint>
#include <string_view>

namespace sipsim::network
{

/// A ring of core PoPs; through each of them `aggregation_rings` rings of `aggregation` more PoPs;
/// through each of those `access_rings` rings of `access` more. Every ring hangs on one PoP of the
/// ring above, which is therefore a cut vertex.
struct AccessRings
{
    std::uint32_t core = 4;              // >= 3
    std::uint32_t aggregation_rings = 1; // >= 0, per core PoP
    std::uint32_t aggregation = 3;       // >= 2, PoPs of an aggregation ring besides the core PoP
    std::uint32_t access_rings = 1;      // >= 0, per aggregation PoP
    std::uint32_t access = 4;            // >= 2, PoPs of an access ring besides the aggregation PoP
    /// Ring radii, km, in (0, 5000].
    double core_km = 200.0;
    double aggregation_km = 40.0;
    double access_km = 10.0;
    /// Link rates per level, bit/s; 0 = infinite.
    std::uint64_t core_bps = 100'000'000'000;
    std::uint64_t aggregation_bps = 10'000'000'000;
    std::uint64_t access_bps = 1'000'000'000;
    /// Centre of the core ring, degrees; latitude within 60 of the equator.
    Coordinates centre{.latitude = 50.0, .longitude = 10.0};
};

/// Barabasi and Albert, "Emergence of scaling in random networks", Science 286 (1999): a complete
/// graph of links + 1 PoPs grows by one PoP at a time, with `links` links to different PoPs, each
/// chosen with probability proportional to the links it has.
struct ScaleFree
{
    std::uint32_t nodes = 100; // > links
    std::uint32_t links = 2;   // >= 1, per new PoP
    std::uint64_t seed = 1;
    /// PoPs fall uniformly in a disc of this radius, km, in (0, 5000].
    double radius_km = 500.0;
    std::uint64_t bps = 10'000'000'000;
    Coordinates centre{.latitude = 50.0, .longitude = 10.0};
};

/// The map, or all parameters out of range. Delays are great circle x `route_factor`.
[[nodiscard]] Checked<Topology> generate(const AccessRings& what, double route_factor = 1.0);
[[nodiscard]] Checked<Topology> generate(const ScaleFree& what, double route_factor = 1.0);

/// A family and its parameters by the names of the fields above (centre: `latitude`, `longitude`),
/// for example "scale-free?nodes=100&links=2&seed=1" or "access-rings?core=5". "generate:" may stand
/// before it, ':' may stand for '?'. All mistakes are reported, columns count from 1 in `spec`.
[[nodiscard]] Checked<Topology> generate(std::string_view spec, double route_factor = 1.0);

} // namespace sipsim::network
