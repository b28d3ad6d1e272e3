// Models : the sentences under the plots, made from the numbers of a Summary and nothing else.
// Drives : summary.cc puts them into summary.json; `sipsim plot` prints them.
// Keeps  : every number in a sentence carries its interval, or says why there is none; a point counts
//          as under the capacity only if every replication's peak and the interval's upper end are.
// Leaves : advice beyond the points that were swept (no interpolation between them).
#pragma once

#include "analysis/summary.h"

#include <string>
#include <vector>

namespace sipsim::analysis
{

struct Finding
{
    // capacity (peak and recovery) | rate | share | calls | overload | echo | nat | traversal | offload |
    // fleets | servers | policies | attack | runs | note | capacity-note (how it was judged)
    std::string topic;
    std::string text;
};

[[nodiscard]] std::vector<Finding> findings(const Summary& summary);

} // namespace sipsim::analysis
