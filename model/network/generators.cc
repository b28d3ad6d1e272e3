#include "model/network/generators.h"

#include "model/base/draw.h"
#include "model/network/graphml_attributes.h"
#include "model/network/graphml_values.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace sipsim::network
{

namespace
{

/// Collects what is out of range.
class Ranges
{
  public:
    template <class Number>
    void check(std::string_view name, Number value, Number min, Number max)
    {
        if (!(value >= min && value <= max))
        {
            problems_.push_back({0,
                                 0,
                                 std::string{name} + " = " + text(value) + ": must be from " +
                                     text(min) + " to " + text(max)});
        }
    }

    void check_bandwidth(std::string_view name, std::uint64_t bps)
    {
        if (bps != 0)
        {
            check(name,
                  bps,
                  static_cast<std::uint64_t>(kMinBandwidth),
                  static_cast<std::uint64_t>(kMaxBandwidth));
        }
    }

    void check_centre(const Coordinates& centre)
    {
        constexpr double kMaxLatitude = 60.0;
        check("latitude", centre.latitude, -kMaxLatitude, kMaxLatitude);
        check("longitude", centre.longitude, -180.0, 180.0);
    }

    void check_size(std::uint64_t nodes, std::uint64_t links)
    {
        check<std::uint64_t>("number of nodes", nodes, 1, kMaxNodes);
        check<std::uint64_t>("number of links", links, 0, kMaxLinks);
    }

    [[nodiscard]] bool empty() const
    {
        return problems_.empty();
    }

    [[nodiscard]] std::vector<Problem> take()
    {
        return std::move(problems_);
    }

  private:
    template <class Number>
    static std::string text(Number value)
    {
        if constexpr (std::is_floating_point_v<Number>)
        {
            return shortest_text(value);
        }
        else
        {
            return std::to_string(value);
        }
    }

    std::vector<Problem> problems_;
};

constexpr double kMinRadiusKm = 0.01;
constexpr double kMaxRadiusKm = 5000.0;

/// A map in the making.
class Drawing
{
  public:
    explicit Drawing(double route_factor)
        : route_factor_(route_factor)
    {
    }

    NodeIndex add_node(const std::string& name, const Coordinates& place)
    {
        nodes_.push_back({.id = name, .name = name, .place = on_grid(place)});
        return static_cast<NodeIndex>(nodes_.size() - 1);
    }

    void add_link(NodeIndex a, NodeIndex b, std::uint64_t bps)
    {
        const double km = great_circle_km(place(a), place(b));
        links_.push_back({.a = a,
                          .b = b,
                          .propagation = propagation_over(km, route_factor_),
                          .bandwidth_bps = bps});
    }

    [[nodiscard]] const Coordinates& place(NodeIndex node) const
    {
        return *nodes_[node].place;
    }

    [[nodiscard]] Topology finished()
    {
        return {std::move(nodes_), std::move(links_)};
    }

  private:
    double route_factor_;
    std::vector<Node> nodes_;
    std::vector<Link> links_;
};

struct Ring
{
    std::string prefix;
    std::uint32_t size = 0; // without the PoP it hangs on
    double radius_km = 0.0;
    std::uint64_t bps = 0;
    double bearing = 0.0; // where the ring lies, seen from the PoP it hangs on
};

/// A ring through `anchor`; gives the new PoPs and the direction away from the ring's centre.
std::vector<std::pair<NodeIndex, double>>
add_ring(Drawing& drawing, NodeIndex anchor, const Ring& ring)
{
    constexpr double kTurn = 360.0;
    const Coordinates centre = destination(drawing.place(anchor), ring.bearing, ring.radius_km);
    std::vector<std::pair<NodeIndex, double>> added;
    NodeIndex last = anchor;
    for (std::uint32_t i = 1; i <= ring.size; ++i)
    {
        const double outward =
            std::fmod(ring.bearing + kTurn / 2 + kTurn * i / (ring.size + 1), kTurn);
        const NodeIndex node = drawing.add_node(ring.prefix + std::to_string(i),
                                                destination(centre, outward, ring.radius_km));
        drawing.add_link(last, node, ring.bps);
        added.emplace_back(node, outward);
        last = node;
    }
    drawing.add_link(last, anchor, ring.bps);
    return added;
}

/// The bearing of ring `i` of `n` on a PoP: fanned out by 30 degrees around `outward`.
double
fanned(double outward, std::uint32_t i, std::uint32_t n)
{
    constexpr double kStep = 30.0;
    return outward + kStep * (i - 0.5 * (n - 1));
}

std::vector<Problem>
faults_of(const AccessRings& what)
{
    Ranges ranges;
    const auto most = static_cast<std::uint32_t>(kMaxNodes);
    ranges.check("core", what.core, 3U, most);
    ranges.check("aggregation_rings", what.aggregation_rings, 0U, most);
    ranges.check("aggregation", what.aggregation, 2U, most);
    ranges.check("access_rings", what.access_rings, 0U, most);
    ranges.check("access", what.access, 2U, most);
    ranges.check("core_km", what.core_km, kMinRadiusKm, kMaxRadiusKm);
    ranges.check("aggregation_km", what.aggregation_km, kMinRadiusKm, kMaxRadiusKm);
    ranges.check("access_km", what.access_km, kMinRadiusKm, kMaxRadiusKm);
    ranges.check_bandwidth("core_bps", what.core_bps);
    ranges.check_bandwidth("aggregation_bps", what.aggregation_bps);
    ranges.check_bandwidth("access_bps", what.access_bps);
    ranges.check_centre(what.centre);
    if (ranges.empty())
    {
        const double rings = 1.0 * what.core * what.aggregation_rings;
        const double deep = rings * what.aggregation * what.access_rings;
        const double nodes = what.core + rings * what.aggregation + deep * what.access;
        const double most_nodes = static_cast<double>(kMaxNodes);
        ranges.check("number of nodes", nodes, 1.0, most_nodes);
    }
    return ranges.take();
}

std::vector<Problem>
faults_of(const ScaleFree& what)
{
    Ranges ranges;
    const auto most = static_cast<std::uint32_t>(kMaxNodes);
    ranges.check("nodes", what.nodes, 2U, most);
    ranges.check("links", what.links, 1U, most - 1);
    ranges.check("radius_km", what.radius_km, kMinRadiusKm, kMaxRadiusKm);
    ranges.check_bandwidth("bps", what.bps);
    ranges.check_centre(what.centre);
    if (ranges.empty())
    {
        ranges.check("nodes", what.nodes, what.links + 1, most);
    }
    if (ranges.empty())
    {
        const std::uint64_t m = what.links;
        ranges.check_size(what.nodes, m * (m + 1) / 2 + (what.nodes - m - 1) * m);
    }
    return ranges.take();
}

/// Draws number 0, 1, 2 ... of one map.
class Dice
{
  public:
    explicit Dice(std::uint64_t seed)
        : key_{.seed = seed}
    {
    }

    double next()
    {
        return draw(key_, Purpose::kTopology, n_++);
    }

    std::size_t below(std::size_t bound)
    {
        return std::min(static_cast<std::size_t>(next() * static_cast<double>(bound)), bound - 1);
    }

  private:
    DrawKey key_;
    std::uint64_t n_ = 0;
};

} // namespace

Checked<Topology>
generate(const AccessRings& what, double route_factor)
{
    if (auto faults = faults_of(what); !faults.empty())
    {
        return faults;
    }
    constexpr double kTurn = 360.0;
    Drawing drawing{route_factor};
    std::vector<std::pair<NodeIndex, double>> core;
    for (std::uint32_t i = 0; i < what.core; ++i)
    {
        const double bearing = kTurn * i / what.core;
        core.emplace_back(drawing.add_node("core-" + std::to_string(i + 1),
                                           destination(what.centre, bearing, what.core_km)),
                          bearing);
    }
    for (std::uint32_t i = 0; i < what.core; ++i)
    {
        drawing.add_link(core[i].first, core[(i + 1) % what.core].first, what.core_bps);
    }
    std::uint32_t rings = 0;
    std::vector<std::pair<NodeIndex, double>> aggregation;
    for (const auto& [node, outward] : core)
    {
        for (std::uint32_t i = 0; i < what.aggregation_rings; ++i)
        {
            const auto added = add_ring(drawing,
                                        node,
                                        {.prefix = "agg-" + std::to_string(++rings) + "-",
                                         .size = what.aggregation,
                                         .radius_km = what.aggregation_km,
                                         .bps = what.aggregation_bps,
                                         .bearing = fanned(outward, i, what.aggregation_rings)});
            aggregation.insert(aggregation.end(), added.begin(), added.end());
        }
    }
    rings = 0;
    for (const auto& [node, outward] : aggregation)
    {
        for (std::uint32_t i = 0; i < what.access_rings; ++i)
        {
            add_ring(drawing,
                     node,
                     {.prefix = "access-" + std::to_string(++rings) + "-",
                      .size = what.access,
                      .radius_km = what.access_km,
                      .bps = what.access_bps,
                      .bearing = fanned(outward, i, what.access_rings)});
        }
    }
    return drawing.finished();
}

Checked<Topology>
generate(const ScaleFree& what, double route_factor)
{
    if (auto faults = faults_of(what); !faults.empty())
    {
        return faults;
    }
    Drawing drawing{route_factor};
    Dice dice{what.seed};
    for (std::uint32_t i = 0; i < what.nodes; ++i)
    {
        // Uniform in a disc: the radius goes with the square root.
        constexpr double kTurn = 360.0;
        const double km = what.radius_km * std::sqrt(dice.next());
        const double bearing = kTurn * dice.next();
        drawing.add_node("pop-" + std::to_string(i + 1), destination(what.centre, bearing, km));
    }
    // Each node as often as it has links: a uniform pick prefers in proportion.
    std::vector<NodeIndex> ends;
    const auto join = [&](NodeIndex a, NodeIndex b) {
        drawing.add_link(a, b, what.bps);
        ends.push_back(a);
        ends.push_back(b);
    };
    for (NodeIndex b = 1; b <= what.links; ++b)
    {
        for (NodeIndex a = 0; a < b; ++a)
        {
            join(a, b);
        }
    }
    for (NodeIndex node = what.links + 1; node < what.nodes; ++node)
    {
        std::vector<NodeIndex> chosen;
        while (chosen.size() < what.links)
        {
            const NodeIndex pick = ends[dice.below(ends.size())];
            if (std::ranges::find(chosen, pick) == chosen.end())
            {
                chosen.push_back(pick);
            }
        }
        for (const NodeIndex other : chosen)
        {
            join(other, node);
        }
    }
    return drawing.finished();
}

} // namespace sipsim::network
