#pragma once

// Models : the values of one axis: those of a list in canonical text, and those of range, linspace and
//          logspace.
// Drives : sweep.h.
// Keeps  : generated values carry the unit of what they were made from; text that means the same is
//          the same text ("60s" and "1min").
// Leaves : whether a value suits its key.

#include "model/base/quantity.h"
#include "scenarios/runner/config_document.h"
#include "scenarios/runner/config_schema.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sipsim::runner
{

/// "range" and "step", "linspace", or "logspace".
using AxisParts = std::map<std::string, Value>;

/// The values, or a problem.
///   { range = ["1s", "10s"], step = "1s" }   from the first up to the second, which is included if hit
///   { linspace = ["1s", "10s", 4] }          4 values, evenly spaced, both ends included
///   { logspace = ["1s", "1000s", 4] }        4 values, each the same factor above the one before
[[nodiscard]] std::optional<std::vector<Value>> generate_values(const std::string& path,
                                                                const Place& place,
                                                                const AxisParts& parts,
                                                                Problems& problems);

struct CanonicalValue
{
    std::string text;
    std::optional<Quantity> quantity; // absent: not a number
};

/// `spec` is nullptr for keys of a profile: any unit is read.
[[nodiscard]] CanonicalValue canonical_value(const KeySpec* spec, const Value& value);

/// Of what is a duration without saying so: 60 of a product that counts in minutes.
[[nodiscard]] CanonicalValue canonical_duration(SimDuration duration);

} // namespace sipsim::runner
