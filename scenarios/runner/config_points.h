#pragma once

// Models : what is wrong with the points of a sweep, each with the points it is wrong at.
// Drives : the loader builds every point and adds what was found; then all of it is told once.
// Keeps  : what is wrong at some points only names the swept values that make it so, unless it stands at such a
//          value; settings without effect are warned of where they have none at any point.
// Leaves : building a point (config_world.h).

#include "scenarios/runner/config_document.h"
#include "scenarios/runner/config_world.h"
#include "scenarios/runner/sweep.h"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace sipsim::runner
{

class PointFindings
{
  public:
    explicit PointFindings(const std::vector<PlannedAxis>& axes)
        : axes_(axes)
    {
    }

    void add(const Point& point, const Findings& findings);

    /// More than anybody reads: the points that are left need not be built.
    [[nodiscard]] bool enough() const;

    void tell(Problems& errors, Problems& warnings) const;

  private:
    using Key = std::tuple<int, int, std::string>; // line, column, message

    /// In the order of discovery.
    struct Found
    {
        Key key;
        std::vector<std::size_t> points; // of points_
    };

    struct List
    {
        std::vector<Found> found;
        std::map<Key, std::size_t> index;
    };

    void note(const Problems& problems, List& list) const;
    void tell(const List& list, Problems& problems) const;
    /// "; where AXIS is VALUE", or nothing.
    [[nodiscard]] std::string where(const Found& found) const;
    [[nodiscard]] std::size_t choice(std::size_t point, std::size_t axis) const;
    [[nodiscard]] bool stands_at(const Found& found, std::size_t axis) const;

    const std::vector<PlannedAxis>& axes_;
    std::vector<std::uint32_t> points_; // Point::index of those that were built
    List errors_;
    List warnings_;
    List idle_;
};

} // namespace sipsim::runner
