// Models : what closed forms say of one point's echo and of what its crash leaves behind.
// Drives : build_summary() adds them to each point.
// Keeps  : no law where a run's metrics say that it does not hold, and only as many refreshes of an echo.
// Leaves : the forms (models.h), those of NATs (nat_curves.h).
#pragma once

#include "analysis/summary.h"

namespace sipsim::analysis
{

// To `laws` and `metric_laws` of a point that has its metrics and series.
void add_point_laws(PointSummary& point);

} // namespace sipsim::analysis
