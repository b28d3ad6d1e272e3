#pragma once

// Models : a sweep: axes over parameters, their values, and the points of their product. Other parameters may go
//          along with an axis. One of the axes may be of cases: each a name for any number of parameters that
//          are set together.
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

/// A value to be written over the document.
struct Write
{
    Target target;
    std::string path; // as messages call it
    Value value;
};

struct PlannedAxis
{
    SweepAxis axis;
    std::vector<std::vector<Write>> writes; // by value: as many as axis.values
};

/// What the axis of cases is called.
inline constexpr std::string_view kCaseAxis = "case";

/// The axes of [sweep.over], with what goes along with them, and that of [sweep.cases], in order of the file.
/// Faulty ones are reported and left out. A parameter is swept by one axis only, so that their order decides no
/// value.
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
