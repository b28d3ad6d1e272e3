#pragma once

// Models : a sweep: axes over parameters, their values, and the points of their product.
// Drives : the loader plans one, and writes each point's values over the document.
// Keeps  : file order, the last axis fastest; values of an axis differ; the plan's size is checked
//          before anything of that size is made.
// Leaves : whether a value suits its key (the loader builds every point).

#include "scenarios/runner/config_document.h"
#include "scenarios/runner/config_path.h"
#include "scenarios/runner/experiment.h"

#include <cstdint>
#include <vector>

namespace sipsim::runner
{

struct PlannedAxis
{
    SweepAxis axis;
    Target target;
    std::vector<Value> values; // as many as axis.values
};

/// The axes of [sweep.over]. Faulty ones are reported and left out.
[[nodiscard]] std::vector<PlannedAxis> read_axes(Document& document, Problems& problems);

/// Settings of [sweep] that are axes, not keys.
[[nodiscard]] bool is_axis_key(std::string_view key);

/// All points. Reports a plan of more than `limit` runs, and gives none.
[[nodiscard]] std::vector<Point> plan_points(const std::vector<PlannedAxis>& axes,
                                             std::uint32_t replications,
                                             std::uint64_t limit,
                                             const Place& place,
                                             Problems& problems);

/// Writes the point's values over the document.
void apply_point(const std::vector<PlannedAxis>& axes, const Point& point, Document& document);

} // namespace sipsim::runner
