#pragma once

// Models : GraphML as it is used for network maps: the Internet Topology Zoo's, and ours.
// Drives : the runner hands over the text of a file; generators' maps are written to text.
// Keeps  : read_graphml(to_graphml(x)) == x under the same options; a file is either a whole map
//          or every problem it has, never a part.
// Leaves : reading files, directed graphs, hyperedges, ports, nested graphs (all refused).
//
// Attributes (attr.name): nodes `label`, `Latitude`, `Longitude`; links `delay_ms`, `bandwidth_bps`
// (or the Zoo's `LinkSpeedRaw`), `loss`, `jitter_ms`. All others are ignored. topologies/README.md
// has their ranges. Without `delay_ms` a link's delay is its great circle times the route factor, at
// 200 km/ms.
//
// Model choice: parallel links are kept and counted; routes use the one of least delay, then the
// first in the file.

#include "model/base/problem.h"
#include "model/network/topology.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::network
{

/// What to do with a node without coordinates at a link without delay_ms.
enum class MissingCoordinates : std::uint8_t
{
    kRefuse,
    /// Model choice: it lies at the centre of its neighbours that have coordinates; where none has,
    /// at the centre of those that got theirs so. Good for the Zoo's hidden branching points, whose
    /// true place is on the way between their neighbours.
    kNeighbours,
};

struct TopologyOptions
{
    /// Cable length over great-circle distance, in [1, 10].
    double route_factor = 1.0;
    MissingCoordinates missing_coordinates = MissingCoordinates::kRefuse;
    /// Largest accepted text, bytes. Kentucky's 754-node map has 0.3 MB.
    std::size_t max_bytes = std::size_t{16} * 1024 * 1024;
    /// Deepest accepted nesting of XML elements; a map needs 4.
    std::size_t max_depth = 32;
    /// Largest accepted map, at most kMaxNodes and kMaxLinks.
    std::size_t max_nodes = kMaxNodes;
    std::size_t max_links = kMaxLinks;
};

/// All options out of range.
[[nodiscard]] std::vector<Problem> validate(const TopologyOptions& options);

/// A connected map of at least one node, or all problems of the text in file order (100 at most, then
/// their number).
[[nodiscard]] Checked<Topology> read_graphml(std::string_view text,
                                             const TopologyOptions& options = {});

/// The map as GraphML. delay_ms is written for links whose delay was given, so that the route
/// factor still acts on the others.
[[nodiscard]] std::string to_graphml(const Topology& topology);

} // namespace sipsim::network
